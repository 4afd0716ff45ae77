"""A decision of the application's own, checked, and where it goes: to the route in force, else to the call or the
route that comes next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, NamedTuple

from opentelemetry import context as otel_context
from opentelemetry import trace

from otel_llmroute import names
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.given import Money, currency_of, pico_of, plain, present
from otel_llmroute.app.records import Facts, RouteState
from otel_llmroute.names import AttemptReason
from otel_llmroute.prices.cost import PICO

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.routers.signals import Signals

ANSWERING: Final = (None, "answer")
"""Purposes of a call that a decision is made for."""
LONGEST_DETAIL: Final = 64
LONGEST_WAIT_S: Final = 30.0
"""A decision that nothing has come of by then was made for something else."""


_TOO_MUCH: Final = 10**6 * PICO
"""No call costs as much, and no column of money holds it."""


class Decision(NamedTuple):
    """What a decision says: to be shared with attempts and charges, and of the route alone."""

    shared: Facts
    own: Facts
    next_reason: AttemptReason | None = None

    def tell(self, state: RouteState) -> None:
        """It is what ``state`` goes by from now on."""
        state.decide(self.shared, self.own, self.next_reason)


def selected(destination: object) -> tuple[str, str, str]:
    """Destination, provider and model of ``provider/model``, a model alone, or a destination without a model."""
    destination = plain(destination)
    if not isinstance(destination, str):
        if destination is not None:
            complain("A destination is not a text; it is left out")
        return "model", "", ""
    if not destination:
        return "model", "", ""
    if destination in names.ROUTE_DESTINATIONS:
        return destination, "", ""
    provider, _, model = destination.rpartition("/") if destination.count("/") == 1 else destination.partition("/")
    return ("model", provider, model) if model else ("model", "", destination)


def reasons(reason: object, detail: object) -> Facts:
    """One of the closed list; any other word is ``unknown`` with the word as its detail."""
    reason, detail = plain(reason), plain(detail)
    if not isinstance(reason, str) or reason not in names.ROUTE_REASONS:
        reason, detail = "unknown", reason if detail is None or detail == "" else detail
    said = "" if detail is None else str(detail)
    return present((names.ROUTE_REASON, reason), (names.ROUTE_REASON_DETAIL, said[:LONGEST_DETAIL]))


def experiments(experiment: str | None, variant: str | None) -> Facts:
    """The experiment and the variant of it; a variant of nothing is left out."""
    if experiment is None or (isinstance(experiment, str) and not experiment):
        if variant is not None:
            complain("A variant of no experiment is left out")
        return {}
    return present((names.EXPERIMENT_NAME, experiment), (names.EXPERIMENT_VARIANT, variant))


def add_experiment(facts: Facts, said: Facts) -> None:
    """Add what ``experiments`` gave: a variant that was there before is of another experiment."""
    if said:
        facts.pop(names.EXPERIMENT_VARIANT, None)
        facts.update(said)


def avoided(cost: Money | None, currency: str) -> Facts:
    """The application's estimate of what the call that was not made would have cost."""
    pico = pico_of(cost, "avoided cost")
    if pico is None or pico >= _TOO_MUCH:
        return {}
    return {names.ROUTE_AVOIDED_COST: pico / PICO, names.ROUTE_AVOIDED_CURRENCY: currency_of(currency)}


def candidates(values: Sequence[str] | None) -> list[str]:
    """``provider/model`` of each; a single text is one of them, not its letters."""
    if values is None or isinstance(values, str):
        return [values] if values else []
    return [str(plain(value)) for value in values]


# --- where it goes ---


class _Waiting(NamedTuple):
    tell: Callable[[RouteState], None]
    trace_id: int
    since_s: float


_Held = list[_Waiting]
"""One decision until it is taken, then empty. Contexts are copied for each task and some threads, this is not:
whichever of them takes it has it."""
_waiting: Final[ContextVar[_Held | None]] = ContextVar("llmroute-decision", default=None)
_RUN: Final = otel_context.create_key("llmroute-run")


class _Heard(RouteState):
    """What routers say before there is a route to take it."""

    def hear(self, signals: Signals) -> None:
        self.signals = (*self.signals, signals)


class _Run:
    """A run of a framework whose steps are threads and tasks of their own: what one decides, another one does."""

    def __init__(self, outer: _Run | None) -> None:
        self.outer = outer
        self.waiting: _Held = []


def with_run(context: Context) -> Context:
    """``context`` where a run begins: what is decided in it waits for a call in it, whichever thread or task makes it,
    and no longer than the run lasts.
    """
    return otel_context.set_value(_RUN, _Run(_run_of(context)), context)


def deliver(context: Context, tell: Callable[[RouteState], None]) -> None:
    """Tell the route in force. Where there is none, the route or the attempt that begins next in this thread, task or
    run, within the same trace and half a minute: a worker goes on to another request, whose call this was not made for.
    """
    scope = scope_of(context)
    state = scope.route
    if state is not None:
        # What is decided within a router that is asked to decide is about that router's own request.
        if scope.asker is None or not scope.asker.is_routing or state.is_routing:
            tell(state)
        return
    run = _run_of(context)
    held = [_Waiting(tell, _trace_id(context), time.monotonic())]
    if run is not None:
        run.waiting = held
    else:
        _waiting.set(held)


def tell_waiting(state: RouteState, context: Context) -> None:
    """Tell ``state``, which begins in ``context``, what was decided for it before, if anything was."""
    waiting = _taken(context) if _waiting.get() or _RUN in context else None
    if waiting is not None and time.monotonic() - waiting.since_s <= LONGEST_WAIT_S:
        waiting.tell(state)


def add_waiting(facts: Facts, context: Context, operation: str) -> tuple[Signals, ...]:
    """Add to an attempt that stands in no route what the application decided for it before; returned is what a router
    said. An embedding is made on the way to an answer: no router of models is asked for it.
    """
    if operation == "embeddings" or (not _waiting.get() and _RUN not in context):
        return ()
    state = _Heard({})
    tell_waiting(state, context)
    if not state.signals:
        facts.update(state.facts)
        facts.update(state.decided)
    return state.signals


def _run_of(context: Context) -> _Run | None:
    run = context.get(_RUN)
    return run if isinstance(run, _Run) else None


def _taken(context: Context) -> _Waiting | None:
    """What waits for a call made in ``context``, which nobody else gets then: that of the innermost run first."""
    run, held = _run_of(context), _waiting.get()
    if run is None and not held:
        return None
    trace_id = _trace_id(context)
    while run is not None:
        waiting = _taken_from(run.waiting, trace_id)
        if waiting is not None:
            return waiting
        run = run.outer
    if not held:
        return None
    waiting = _taken_from(held, trace_id)
    _waiting.set(None)  # here it waits no longer, even if it is left to another task
    return waiting


def _taken_from(held: _Held, trace_id: int) -> _Waiting | None:
    """What was decided in this trace. That of another is left there: a task begun meanwhile has no right to it."""
    try:
        return held.pop() if held[0].trace_id == trace_id else None  # atomic: another thread may take it as well
    except IndexError:
        return None


def _trace_id(context: Context) -> int:
    return int(trace.get_current_span(context).get_span_context().trace_id)
