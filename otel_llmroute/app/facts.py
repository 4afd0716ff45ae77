"""What the application says: ``bind``, ``job``, ``route`` and ``decision``.

``bind``, ``job``, ``route`` and ``decision`` are context managers (``with`` and ``async with``) and decorators of
functions, coroutine functions and generators of both kinds; as decorators they begin anew for each call. They
follow the OpenTelemetry Context through threads and tasks. In a process that is not instrumented they do nothing.
None of them raises because of what it is told: a value that cannot be used is left out and logged once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextvars import Token
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opentelemetry import context as otel_context
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

from otel_llmroute import names
from otel_llmroute.app import attribution, decisions, failures, spans, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Scope, enter, leave, parent_context, scope_of, with_scope
from otel_llmroute.app.decorating import decorated
from otel_llmroute.app.given import Money, member, number, pico_of, present
from otel_llmroute.app.records import Facts, RouteState, Tried, new_id
from otel_llmroute.app.routers.precedence import own_facts
from otel_llmroute.app.sampler import was_kept
from otel_llmroute.names import AttemptReason, JobOutcome, ResponseCacheKind, ResponseCacheResult, RouteReason
from otel_llmroute.prices.cost import PICO

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span
    from typing_extensions import Self

    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry

_Function = TypeVar("_Function", bound=Callable[..., Any])
_ERROR: Final = Status(StatusCode.ERROR)


class Scoped(ABC):
    """Something that holds inside a ``with`` block or a decorated function. The shape that the four below share."""

    def __init__(self) -> None:
        self._token: Token[Context] | None = None

    @abstractmethod
    def _open(self, active: Telemetry, context: Context) -> Context:
        """Begin; returns the context that holds inside."""

    def _close(self, error: BaseException | None) -> None:  # noqa: B027 - a bind has nothing to end
        """End; ``error`` is what the block raised."""

    @abstractmethod
    def _anew(self) -> Self:
        """One like this that has not begun: for the next call of a decorated function."""

    def __enter__(self) -> Self:
        active = telemetry.active()
        if active is not None:
            try:
                self._token = enter(self._open(active, otel_context.get_current()))
            except Exception as error:
                complain(f"Could not begin a {type(self).__name__}", error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        leave(self._token)
        self._token = None
        try:
            self._close(error)
        except Exception as failure:
            complain(f"Could not end a {type(self).__name__}", failure)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: _Function) -> _Function:
        """As a decorator: each call of ``function`` runs inside a new one of these."""
        return decorated(function, lambda *args, **kwargs: self._anew())


class bind(Scoped):
    """Facts of everything inside: whose request this is.

    ``purpose``: what the calls inside are for, ``answer`` unless said otherwise (``routing``, ``evaluation``,
    ``shadow``). ``variant`` of ``experiment``: which one this request got. An inner ``bind`` adds to an outer one and
    wins where they differ.
    """

    def __init__(
        self,
        *,
        tenant: str | None = None,
        plan: str | None = None,
        feature: str | None = None,
        task: str | None = None,
        risk: names.RiskLevel | None = None,
        purpose: names.Purpose | None = None,
        experiment: str | None = None,
        variant: str | None = None,
    ) -> None:
        super().__init__()
        self._said = (tenant, plan, feature, task, risk, purpose, experiment, variant)
        self._facts = present(
            (names.TENANT_ID, tenant),
            (names.TENANT_PLAN, plan),
            (names.FEATURE, feature),
            (names.TASK_CLASS, task),
            (names.RISK_LEVEL, member(risk, names.RISK_LEVELS, "risk")),
        )
        self._experiment = decisions.experiments(experiment, variant)
        self._purpose = member(purpose, names.PURPOSES, "purpose")

    def _open(self, active: Telemetry, context: Context) -> Context:
        scope = scope_of(context)
        purpose = self._purpose or scope.purpose
        facts = {**scope.facts, **self._facts}
        decisions.add_experiment(facts, self._experiment)
        return with_scope(context, Scope(facts, scope.route, purpose, scope.anchor, scope.late))

    def _anew(self) -> bind:
        tenant, plan, feature, task, risk, purpose, experiment, variant = self._said
        return bind(
            tenant=tenant,
            plan=plan,
            feature=feature,
            task=task,
            risk=risk,
            purpose=purpose,
            experiment=experiment,
            variant=variant,
        )


class _Record(Scoped):
    """A scope that is also a record: it has a span, and everything inside hangs on that span."""

    _span: Span | None = None
    _active: Telemetry | None = None

    def _begin_span(
        self,
        active: Telemetry,
        context: Context,
        scope: Scope,
        name: str,
        attributes: Facts,
        began_ns: int | None = None,
    ) -> Context:
        """Start the span and return ``context`` with it current, unless it was only kept for its money.

        ``began_ns``: Unix time when it began, if not now.
        """
        self._active = active
        parent = parent_context(context, scope, attributes)
        self._span = active.live_spans.begin(name, parent, SpanKind.INTERNAL, attributes, began_ns)
        if was_kept(self._span, attributes):
            scope.anchor = self._span
            return with_scope(context, scope)
        return set_span_in_context(self._span, with_scope(context, scope))

    def _end_span(
        self,
        attributes: spans.Attributes,
        error: BaseException | None,
        late: Callable[[], spans.Attributes] | None = None,
    ) -> None:
        """End the span with ``attributes``; ``late``: those that take longer to find out than an application waits."""
        span, self._span = self._span, None
        if span is None:
            return
        if span.is_recording():
            if error is not None:
                attributes[names.ERROR_TYPE] = failures.error_type_of(error)
                span.set_status(_ERROR)
            if late is None:
                spans.set_all(span, attributes)
            else:
                spans.say_late(span, partial(_both, attributes, late))
        span.end()


class job(_Record):
    """A unit of work that a customer pays for.

    ``id`` joins it with what is learnt later (``record_outcome``); without one it gets a random one. ``revenue`` in
    ``currency`` (ISO 4217). Its outcome is what ``succeed`` or ``fail`` says; an exception that leaves the block
    makes it ``failure``; otherwise it stays unknown, for ``record_outcome`` to say.
    """

    def __init__(
        self, name: str, *, id: str | None = None, revenue: Money | None = None, currency: str = "USD"
    ) -> None:
        super().__init__()
        self.name = name
        self.id = id or new_id()
        self._given_id = id
        self._revenue = revenue
        self._currency = currency
        self._outcome: JobOutcome | None = None

    def succeed(self) -> None:
        """The customer got what they pay for."""
        self._outcome = "success"

    def fail(self) -> None:
        """The customer did not get it."""
        self._outcome = "failure"

    def finish(self, outcome: JobOutcome) -> None:
        """``success``, ``failure``, ``partial`` or ``abandoned``."""
        self._outcome = member(outcome, names.JOB_OUTCOMES, "job outcome") or self._outcome  # type: ignore[assignment]

    def _open(self, active: Telemetry, context: Context) -> Context:
        outer = scope_of(context)
        facts: Facts = {**outer.facts, names.JOB_ID: self.id, names.JOB_NAME: self.name}
        attribution.add_inherited(facts, active, context, attribution.enclosing_span(context))
        attributes = {**facts, names.RECORD_KIND: "job"}
        pico = pico_of(self._revenue, "revenue of a job")
        if pico is not None:
            attributes[names.JOB_REVENUE] = pico / PICO
            attributes[names.JOB_REVENUE_CURRENCY] = self._currency
        scope = Scope(facts, None, outer.purpose, outer.anchor)
        return self._begin_span(active, context, scope, f"job {self.name}", attributes)

    def _close(self, error: BaseException | None) -> None:
        outcome = self._outcome or ("failure" if isinstance(error, Exception) else None)
        self._end_span(present((names.JOB_OUTCOME, outcome)), error)

    def _anew(self) -> job:
        return job(self.name, id=self._given_id, revenue=self._revenue, currency=self._currency)


class route(_Record):
    """One logical request that has to be answered somewhere, and why it is answered where it is.

    ``policy`` is ``name@version``. ``candidates`` are the ``provider/model`` that could be chosen. ``variant`` of
    ``experiment``: which one this got. The calls made inside are its attempts, by themselves.
    """

    def __init__(
        self,
        name: str,
        *,
        task: str | None = None,
        risk: names.RiskLevel | None = None,
        feature: str | None = None,
        policy: str | None = None,
        candidates: Sequence[str] = (),
        requested_model: str | None = None,
        router: str = "app",
        experiment: str | None = None,
        variant: str | None = None,
        source: names.RouteSource = "explicit",
    ) -> None:
        super().__init__()
        self.name = name
        self.id = new_id()
        self._said: dict[str, Any] = {
            "task": task,
            "risk": risk,
            "feature": feature,
            "policy": policy,
            "candidates": candidates,
            "requested_model": requested_model,
            "router": router,
            "experiment": experiment,
            "variant": variant,
            "source": source,
        }
        self._state: RouteState | None = None
        self._outcome: names.RouteOutcome | None = None

    # --- what the application says of it ---

    def decide(
        self,
        destination: str | None = None,
        *,
        reason: RouteReason | str,
        detail: str | None = None,
        rule: str | None = None,
        score: float | None = None,
        threshold: float | None = None,
        confidence: float | None = None,
        excluded: Sequence[str] = (),
        attempt_reason: AttemptReason | None = None,
        experiment: str | None = None,
        variant: str | None = None,
        avoided_cost: Money | None = None,
        currency: str = "USD",
    ) -> None:
        """Where this goes from now on, and why.

        ``destination``: ``provider/model``, or one of ``cache retrieval batch rule human none``. ``reason``: one of
        the closed list; any other word becomes ``unknown`` with the word as ``detail``. ``excluded``:
        ``provider/model=reason`` of those ruled out. ``attempt_reason``: what the next attempt is, where that
        cannot be seen from the one before, such as ``hedge``. ``variant`` of ``experiment``: which it got.
        ``avoided_cost`` in ``currency`` (ISO 4217): an estimate of what a call to a model would have cost, where the
        destination is none. It is never part of the spend.
        """
        state = self._state
        if state is None:
            return
        kind, provider, model = decisions.selected(destination)
        shared: Facts = {
            **decisions.reasons(reason, detail),
            **present((names.ROUTE_RULE, rule), (names.ROUTE_DESTINATION, kind)),
            **decisions.experiments(experiment, variant),
        }
        own = present(
            (names.ROUTE_SELECTED_PROVIDER, provider),
            (names.ROUTE_SELECTED_MODEL, model),
            (names.ROUTE_SCORE, number(score)),
            (names.ROUTE_THRESHOLD, number(threshold)),
            (names.ROUTE_CONFIDENCE, number(confidence)),
            (names.ROUTE_EXCLUDED, [str(item) for item in excluded]),
        )
        own.update(decisions.avoided(avoided_cost, currency))
        next_reason: Any = member(attempt_reason, names.ATTEMPT_REASONS, "attempt reason")
        state.decide(shared, own, next_reason)

    def cache(
        self,
        result: ResponseCacheResult,
        *,
        kind: ResponseCacheKind = "exact",
        similarity: float | None = None,
        avoided_cost: Money | None = None,
        currency: str = "USD",
    ) -> None:
        """What the application's own response cache said. A hit answers the route: no attempt, no usage, no cost.

        ``avoided_cost`` in ``currency``: an estimate of what the call would have cost.
        """
        state = self._state
        if state is None:
            return
        state.decided.update(
            present(
                (names.RESPONSE_CACHE_RESULT, member(result, names.RESPONSE_CACHE_RESULTS, "response cache result")),
                (names.RESPONSE_CACHE_KIND, member(kind, names.RESPONSE_CACHE_KINDS, "response cache kind")),
                (names.RESPONSE_CACHE_SIMILARITY, number(similarity)),
            )
        )
        state.decided.update(decisions.avoided(avoided_cost, currency))
        if result == "hit":
            self._outcome = "cache_hit"
            self.decide("cache", reason="cache_hit")

    def reject(self) -> None:
        """The answer came and was paid for, but it is not good enough. The next attempt is a retry or a fallback."""
        self._outcome = "rejected"
        state = self._state
        if state is not None and state.served is not None:
            state.served.outcome = "rejected"

    # --- its life ---

    def _open(self, active: Telemetry, context: Context, given: Facts | None = None) -> Context:
        outer = scope_of(context)
        said = self._said
        facts: Facts = {
            **outer.facts,
            names.ROUTE_ID: self.id,
            names.ROUTE_NAME: self.name,
            names.ROUTE_SOURCE: said["source"],
            names.ROUTE_REASON: "explicit",
            names.ROUTE_DESTINATION: "model",
            **(given or {}),
            **present(
                (names.TASK_CLASS, said["task"]),
                (names.RISK_LEVEL, member(said["risk"], names.RISK_LEVELS, "risk")),
                (names.FEATURE, said["feature"]),
                (names.ROUTE_ROUTER, said["router"]),
            ),
        }
        decisions.add_experiment(facts, decisions.experiments(said["experiment"], said["variant"]))
        attribution.add_policy(facts, said["policy"])
        attribution.add_inherited(facts, active, context, attribution.enclosing_span(context))
        self._state = RouteState(facts)
        self._state.is_decided = facts[names.ROUTE_REASON] != "explicit"  # a rule of the configuration says why
        decisions.tell_waiting(self._state, context)
        self._outcome = None
        attributes: Facts = {**facts, names.RECORD_KIND: "route"}
        attributes.pop(names.EXPERIMENT_VARIANT, None)  # a decision may say another experiment, and none of it
        attributes.update(
            present(
                (names.ROUTE_CANDIDATES, decisions.candidates(said["candidates"])),
                (names.ROUTE_REQUESTED_MODEL, said["requested_model"]),
            )
        )
        return self._begin_span(
            active, context, Scope({}, self._state, outer.purpose, outer.anchor), f"route {self.name}", attributes
        )

    def _close(self, error: BaseException | None) -> None:
        state, self._state = self._state, None
        if state is None:
            return
        attributes: spans.Attributes = {names.ROUTE_ATTEMPT_COUNT: state.count}
        attributes[names.ROUTE_OUTCOME] = self._outcome_of(state, error)
        if state.answering:
            attributes[names.ROUTE_FALLBACK_USED] = state.fallback_used
            attributes[names.ROUTE_FALLBACK_PATH] = spans.Words(state.fallback_path)
        said = {**state.facts, **state.decided}
        self._end_span(attributes, error, partial(_learnt, state.served, state.signals, said))

    def _outcome_of(self, state: RouteState, error: BaseException | None) -> names.RouteOutcome:
        if error is not None:
            return "cancelled" if failures.outcome_of(error) == "cancelled" else "error"
        if state.facts.get(names.ROUTE_DESTINATION) == "cache":
            return "cache_hit"
        if self._outcome == "cache_hit" or (self._outcome == "rejected" and state.served is None):
            return self._outcome
        # An exception may have been handled inside: what counts is whether an answer was accepted in the end.
        answering = state.answering
        return "error" if answering and answering[-1].outcome == "failed" and state.served is None else "success"

    def _anew(self) -> route:
        return route(self.name, **self._said)


def _both(attributes: spans.Attributes, late: Callable[[], spans.Attributes]) -> spans.Attributes:
    return {**attributes, **late()}


def _learnt(served: Tried | None, signals: tuple[Signals, ...], said: Facts) -> spans.Attributes:
    """What is known of a route at its end: who answered, what routers told, and over all that what ``said`` says."""
    heard = own_facts(signals)
    if served is not None and names.ROUTE_SERVED_MODEL not in heard:
        heard.update(present((names.ROUTE_SERVED_MODEL, served.served_model or served.model)))
    if served is not None and names.ROUTE_SERVED_PROVIDER not in heard:
        heard.update(present((names.ROUTE_SERVED_PROVIDER, served.served_provider)))
    return {**heard, **said}


class decision(_Record):
    """The work of deciding, where it does I/O. The calls made inside are paid for too, with ``llmroute.purpose =
    routing``.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def _open(self, active: Telemetry, context: Context) -> Context:
        outer = scope_of(context)
        facts = {**(outer.route.facts if outer.route else {}), **outer.facts, names.RECORD_KIND: "decision"}
        scope = Scope(outer.facts, outer.route, "routing", outer.anchor)
        return self._begin_span(active, context, scope, f"decide {self.name}", facts)

    def _close(self, error: BaseException | None) -> None:
        self._end_span({}, error)

    def _anew(self) -> decision:
        return decision(self.name)
