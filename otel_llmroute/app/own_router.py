"""The application's own router: a function that says which model a request goes to."""

from __future__ import annotations

import functools
import inspect
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from opentelemetry import trace

from otel_llmroute import names
from otel_llmroute.app import choices, decisions, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Scope, current, scope_of, with_scope
from otel_llmroute.app.decisions import Decision
from otel_llmroute.app.facts import decision
from otel_llmroute.app.records import Facts
from otel_llmroute.names import RouteReason

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from otel_llmroute.app.telemetry import Telemetry

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MOST_INPUTS: Final = 16


@overload
def router(function: _Function, /) -> _Function: ...
@overload
def router(
    *, name: str | None = None, reason: RouteReason | str = "rule", rule: str | None = None, record: Sequence[str] = ()
) -> Callable[[_Function], _Function]: ...
def router(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    reason: RouteReason | str = "rule",
    rule: str | None = None,
    record: Sequence[str] = (),
) -> Callable[..., Any]:
    """Record what a function, or a coroutine function, decides: ``@router`` or ``@router(...)``. So may be any object
    that is called as one; of a generator, or of a coroutine that a plain function returns, nothing is recorded.

    It returns a model's name or an object that says more of its decision (``choices.decision_of``); ``None`` decides
    nothing. Returned is what it returned. The decision goes to the route in force; without one to the call, or the
    route, that comes next (``decisions.deliver``). ``reason`` and ``rule`` are those of a decision that says none;
    ``rule`` is ``name`` without one, and ``name`` the function's. ``record``: names of arguments whose values are kept
    as ``llmroute.decision.input.<name>``, if they are short (``choices.input_of``).

    Calls of models made inside have the purpose ``routing``, and a ``decide`` record around them.
    """

    def decorate(function: _Function) -> _Function:
        said = name or str(getattr(function, "__name__", "router"))
        made = _Router(said, reason, rule or said, _Inputs(function, record))
        is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(type(function), "__call__", None)  # noqa: B004 - what it is, not whether it is there
        )
        around = _around_coroutine if is_async else _around_function
        return functools.wraps(function)(around(function, made))  # type: ignore[return-value]

    return decorate if function is None else decorate(function)


class _Router:
    """What is known of a router before it is called."""

    def __init__(self, name: str, reason: str, rule: str, inputs: _Inputs) -> None:
        self.name, self._reason, self._rule, self._inputs = name, reason, rule, inputs

    def told(self, work: Work, chosen: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """It has returned ``chosen``. Never raises."""
        if chosen is None or telemetry.active() is None:
            return
        try:
            if type(chosen) not in _AT_ONCE and _comes_later(chosen):
                return
            made = choices.decision_of(chosen, self._reason, self._rule)
            made.own.update(self._inputs.of(args, kwargs))
            work.made = made
            decisions.deliver(current(), made.tell)
        except Exception as error:
            complain("Could not record a decision", error)


_AT_ONCE: Final = frozenset({str, dict})
"""Types of what most routers return."""


def _comes_later(chosen: object) -> bool:
    """Whether it is not known yet what comes of ``chosen``: nobody else may wait for it first."""
    return inspect.isawaitable(chosen) or inspect.isgenerator(chosen) or inspect.isasyncgen(chosen)


def _around_function(function: Callable[..., Any], made: _Router) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with Work(made.name) as work:
            chosen = function(*args, **kwargs)
            made.told(work, chosen, args, kwargs)
        return chosen

    return wrapper


def _around_coroutine(function: Callable[..., Any], made: _Router) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with Work(made.name) as work:
            chosen = await function(*args, **kwargs)
            made.told(work, chosen, args, kwargs)
        return chosen

    return wrapper


class Work(decision):
    """The work of a router: a record only once a call is made inside, since deciding by a rule is none."""

    made: Decision | None = None
    """What it came to."""
    _kept: Span | None = None
    """Its record, if it was kept though the sampler dropped its trace."""
    _inside: Scope | None = None
    """The scope inside, until it is over."""
    _active: Telemetry
    _around: Context
    _began_ns: int
    """Unix time."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._lock = threading.Lock()

    def _open(self, active: Telemetry, context: Context) -> Context:
        return with_scope(context, self._begin(active, context))

    def _begin(self, active: Telemetry, context: Context) -> Scope:
        """The scope inside."""
        outer = scope_of(context)
        self._active, self._around, self._began_ns = active, context, time.time_ns()
        self._inside = inside = Scope(outer.facts, outer.route, "routing", outer.anchor, self._begun, outer.asker)
        return inside

    def _begun(self, context: Context) -> tuple[Context, Span | None]:
        """As ``Late``. A span of the application's own in between stays."""
        with self._lock:
            if self._inside is None:
                return context, None
            try:
                around = self._around
                if self._span is None:
                    self._kept = scope_of(self._begin_record(self._active, around, self._began_ns)).anchor
                if self._span is not None and trace.get_current_span(context) is trace.get_current_span(around):
                    context = trace.set_span_in_context(self._span, context)
            except Exception as error:
                complain("Could not begin a decision", error)
            return context, self._kept

    def _close(self, error: BaseException | None) -> None:
        with self._lock:
            inside, self._inside = self._inside, None
            if inside is not None:
                inside.late = None  # which holds this, and this it: nobody waits for the garbage collector
            if self._span is not None:
                self._end_span({**self.made.shared, **self.made.own} if self.made else {}, error)

    def _anew(self) -> Work:
        return Work(self.name)


class _Inputs:
    """The arguments of ``function`` that it is told to record."""

    def __init__(self, function: Callable[..., Any], record: Sequence[str]) -> None:
        self._wanted: list[tuple[str, str, int, object]] = []
        """Parameter, attribute, position, default."""
        if not record:
            return
        wanted = [record] if isinstance(record, str) else list(record)[:_MOST_INPUTS]
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            parameters = []
        for position, parameter in enumerate(parameters):
            if parameter.name in wanted:
                at = position if parameter.kind in _BY_POSITION else len(parameters)
                default = None if parameter.default is parameter.empty else parameter.default
                attribute = names.DECISION_INPUT.replace("<name>", parameter.name)
                self._wanted.append((parameter.name, attribute, at, default))
        if missing := sorted(set(wanted) - {parameter.name for parameter in parameters}):
            complain(f"A router has no argument {', '.join(missing)} to record")

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Facts:
        """The attributes of one call."""
        facts: Facts = {}
        for name, attribute, at, default in self._wanted:
            value = choices.input_of(args[at] if at < len(args) else kwargs.get(name, default))
            if value is not None:
                facts[attribute] = value
        return facts


_BY_POSITION: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
