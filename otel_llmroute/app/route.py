"""What the application says of one request: ``route``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from otel_llmroute import names
from otel_llmroute.app import attribution, decisions, failures, spans
from otel_llmroute.app.complaints import raising_nothing
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.given import Money, Remembered, member, number, present
from otel_llmroute.app.records import Facts, RouteState, Tried, falling_back, new_id, served_by
from otel_llmroute.app.routers.precedence import own_facts
from otel_llmroute.app.scoped import Record
from otel_llmroute.names import AttemptReason, ResponseCacheKind, ResponseCacheResult, RouteReason

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry


class route(Record):
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
        self._candidates = candidates
        self._words = (name, task, risk, feature, policy, requested_model, router, experiment, variant, source)
        self._state: RouteState | None = None
        self._outcome: names.RouteOutcome | None = None

    # --- what the application says of it ---

    @raising_nothing("Could not take a decision")
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
        if self._outcome == "cache_hit":  # it goes on
            self._outcome = None
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
            (names.ROUTE_EXCLUDED, decisions.candidates(excluded)),
        )
        own.update(decisions.avoided(avoided_cost, currency))
        next_reason: Any = member(attempt_reason, names.ATTEMPT_REASONS, "attempt reason")
        state.decide(shared, own, next_reason)

    @raising_nothing("Could not take what a response cache said")
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
        said = member(result, names.RESPONSE_CACHE_RESULTS, "response cache result")
        if said == "hit":
            self.decide("cache", reason="cache_hit", avoided_cost=avoided_cost, currency=currency)
            self._outcome = "cache_hit"
        elif self._outcome == "cache_hit":  # it was not good enough after all
            self._outcome = None
        state.decided.update(
            present(
                (names.RESPONSE_CACHE_RESULT, said),
                (names.RESPONSE_CACHE_KIND, member(kind, names.RESPONSE_CACHE_KINDS, "response cache kind")),
                (names.RESPONSE_CACHE_SIMILARITY, number(similarity)),
            )
        )

    @raising_nothing("Could not take the rejection of an answer")
    def reject(self) -> None:
        """The answer came and was paid for, but it is not good enough. The next attempt is a retry or a fallback.

        The attempt itself is ``rejected`` as well if that is said before its span is exported and before the metrics
        are collected, which is done seconds later in batches. A span that is exported as it ends stays ``accepted``.
        """
        self._outcome = "rejected"
        served = self._state.served if self._state is not None else None
        if served is not None:
            served.reject()

    # --- its life ---

    def _open(self, active: Telemetry, context: Context, begun: Begun | None = None) -> Context:
        """``begun``: as ``begun_with`` gives it."""
        outer = scope_of(context)
        if begun is None:
            first, said, alone = _worded.of(self._words)
            facts: Facts = {**outer.facts, **first, names.ROUTE_ID: self.id}
            if names.EXPERIMENT_NAME in said:
                facts.pop(names.EXPERIMENT_VARIANT, None)  # of another experiment
            facts.update(said)
        else:
            facts = {**outer.facts, **begun.facts, names.ROUTE_ID: self.id}
            alone = begun.alone
        if context:
            attribution.add_inherited(facts, active, context, attribution.enclosing_span(context))
        self._state = state = RouteState(facts)
        if facts[names.ROUTE_REASON] != "explicit":
            state.is_decided = True  # a rule of the configuration says why
        if outer.purpose == "routing":
            state.is_routing = True
        decisions.tell_waiting(state, context)
        self._outcome = None
        attributes: Facts = {**facts, **alone}
        attributes.pop(names.EXPERIMENT_VARIANT, None)  # a decision may say another experiment, and none of it
        if self._candidates:
            attributes[names.ROUTE_CANDIDATES] = decisions.candidates(self._candidates)
        inner = outer.inner({}, state, outer.purpose)
        return self._begin_span(active, context, inner, f"route {self.name}", attributes)

    def _close(self, error: BaseException | None) -> None:
        state, self._state = self._state, None
        if state is None:
            return
        answering = state.answering
        served = served_by(answering)
        attributes: spans.Attributes = {names.ROUTE_ATTEMPT_COUNT: state.count}
        attributes[names.ROUTE_OUTCOME] = self._outcome_of(state, error, answering, served)
        decided = state.decided.copy()  # which may be added to even now
        self._end_span(attributes, error, partial(_learnt, answering, served, state.signals, state.facts, decided))

    def _outcome_of(
        self, state: RouteState, error: BaseException | None, answering: list[Tried], served: Tried | None
    ) -> names.RouteOutcome:
        if error is not None:
            return "cancelled" if failures.outcome_of(error) == "cancelled" else "error"
        if state.facts.get(names.ROUTE_DESTINATION) == "cache":
            return "cache_hit"
        if self._outcome == "cache_hit" or (self._outcome == "rejected" and served is None):
            return self._outcome
        # An exception may have been handled inside: what counts is whether an answer was accepted in the end.
        if not answering or answering[-1].outcome != "failed" or served is not None:
            return "success"
        return "success" if answering[-1].number <= state.answered_at else "error"

    def _renew(self) -> None:
        self.id = new_id()

    def _anew(self) -> route:
        said: dict[str, Any] = dict(zip(_WORDS, self._words, strict=True))
        return route(**said, candidates=self._candidates)


_WORDS: Final = (
    *("name", "task", "risk", "feature", "policy", "requested_model", "router", "experiment", "variant", "source"),
)
"""Arguments of ``route`` that are texts."""


class Begun(NamedTuple):
    """What routes begin with that are alike. To be copied, never changed."""

    facts: Facts
    """What their attempts have as well."""
    alone: Facts
    """What only their spans carry."""


def begun_with(given: Facts, router: str, requested_model: str | None = None) -> Begun:
    """What a route of ``router`` begins with. ``given``: its name and who says so, with ``attribution.route_facts``."""
    said = {"name": given[names.ROUTE_NAME], "source": given[names.ROUTE_SOURCE], "router": router}
    first, told, alone = _worded.of(tuple(map({**said, "requested_model": requested_model}.get, _WORDS)))
    return Begun({**first, **given, **told}, alone)


@Remembered
def _worded(
    name: str,
    task: str | None,
    risk: str | None,
    feature: str | None,
    policy: str | None,
    requested_model: str | None,
    router: str,
    experiment: str | None,
    variant: str | None,
    source: str,
) -> tuple[Facts, Facts, Facts]:
    """What a route begins with, what was said of it, and what only its span carries."""
    first: Facts = {
        names.ROUTE_NAME: name,
        names.ROUTE_SOURCE: source,
        names.ROUTE_REASON: "explicit",
        names.ROUTE_DESTINATION: "model",
    }
    said: Facts = present(
        (names.TASK_CLASS, task),
        (names.RISK_LEVEL, member(risk, names.RISK_LEVELS, "risk")),
        (names.FEATURE, feature),
        (names.ROUTE_ROUTER, router),
    )
    said.update(decisions.experiments(experiment, variant))
    attribution.add_policy(said, policy)
    return first, said, {names.RECORD_KIND: "route", **present((names.ROUTE_REQUESTED_MODEL, requested_model))}


def _learnt(
    answering: Sequence[Tried], served: Tried | None, signals: tuple[Signals, ...], facts: Facts, decided: Facts
) -> spans.Attributes:
    """What is known of a route at its end: who was asked, who answered, what routers told, and over all that its
    ``facts`` and what was ``decided``."""
    heard = own_facts(signals)
    if served is not None and names.ROUTE_SERVED_MODEL not in heard:
        heard.update(present((names.ROUTE_SERVED_MODEL, served.served_model or served.model)))
    if served is not None and names.ROUTE_SERVED_PROVIDER not in heard:
        heard.update(present((names.ROUTE_SERVED_PROVIDER, served.served_provider)))
    return {**(falling_back(answering) if answering else {}), **heard, **facts, **decided}
