"""``mode = enrich``: for people who keep another instrumentation. Its spans of paid calls become our attempts: cost and
route facts are added to them.

What an SDK does inside a call (retries, an abandoned stream, an hour of cache) is as visible as the other
instrumentation makes it. Several of them may tell of the same call, as spans inside each other or beside each other;
the first of them to end that knows what was used becomes the attempt, so the call is counted once. What a span tells
is only known when it ends: at its start an agent's looks like a call's.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, sampling

from otel_llmroute import names
from otel_llmroute.app import attribution, decisions, foreign, spans, suppression
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Scope, scope_of
from otel_llmroute.app.metrics import Series
from otel_llmroute.app.openings import host_of
from otel_llmroute.app.records import Facts
from otel_llmroute.app.routers.precedence import own_facts, shared_facts
from otel_llmroute.app.sampler import SpendSampler
from otel_llmroute.prices import Cost, Usage
from otel_llmroute.prices.cost import NO_USAGE

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, SpanKind, TraceState
    from opentelemetry.util.types import Attributes

    from otel_llmroute.app.telemetry import Telemetry

_LEFT: Final = frozenset({"GeneratorExit", names.OTHER})
"""Error types that others give to a stream which the application has left. OpenTelemetry's has no other name for it."""
_CANCELLED: Final = frozenset({"CancelledError", "Cancelled"})
_WIDEST_GAP: Final = 10
_MOST_REMEMBERED: Final = 512
_ASKED: Final = "_otel_llmroute_ending"
_FOREIGN_COST: Final = "gen_ai.usage.cost"  # a leaf where the proposed names have a branch


class _Begun(NamedTuple):
    """Whose call it is, worked out while its call site was on the stack."""

    context: Context
    scope: Scope
    callsite: str | None


class _Told:
    """A call that was counted, so that it is known again when another instrumentation tells of it."""

    __slots__ = ("_call", "_ended_ns", "_response_id", "by", "counted_ns")

    def __init__(self, call: foreign.Call, by: str, ended_ns: int) -> None:
        self._call = call
        self._ended_ns = ended_ns
        self._response_id = call.response_id
        self.counted_ns = time.time_ns()
        self.by = {by}
        """Scopes that have told of it; each tells once."""

    def is_told_by(self, call: foreign.Call, by: str, ended_ns: int) -> bool:
        """Whether ``call``, by another scope, can only be this one. If so, that scope has told of it."""
        if by in self.by or call.started_ns > self._ended_ns or ended_ns < self._call.started_ns:
            return False
        if self._response_id and call.response_id:
            is_same = self._response_id == call.response_id
        else:
            is_same = _is_alike(self._call, call)
        if is_same:
            self.by.add(by)
            self._response_id = self._response_id or call.response_id
        return is_same


class Enricher(SpanProcessor):
    """Adds what we know to the GenAI spans of others, just before they end. Never raises."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._begun: WeakKeyDictionary[Any, _Begun] = WeakKeyDictionary()
        self._inside: WeakKeyDictionary[Any, WeakSet[Any]] = WeakKeyDictionary()
        self._settled: WeakKeyDictionary[Any, _Told] = WeakKeyDictionary()
        """Spans whose call is counted: by themselves, or by a span inside them."""
        self._told: deque[_Told] = deque(maxlen=_MOST_REMEMBERED)
        self._lock = threading.Lock()
        self.on = True

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Work out whose call it is, and see to it that we are asked before ``span`` ends."""
        scope = span.instrumentation_scope
        # Anthropic's own spans are made even where Logfire has suppressed all others; but Logfire exports none of them.
        if not self.on or scope is None or scope.name == names.SCOPE or _is_suppressed():
            return
        try:
            context = otel_context.get_current() if parent_context is None else parent_context
            if foreign.is_genai(scope.name, span.attributes or {}):
                self._begun[span] = self._begin(context)
                for outer in self._around(span):
                    self._inside.setdefault(outer, WeakSet()).add(span)
            # The SDK tells processors of an end when the attributes cannot be changed any more.
            span.__dict__[_ASKED] = self._ending
            span.__class__ = _asking(type(span))
        except Exception as error:
            complain("Could not attribute a span of another instrumentation", error)

    def _begin(self, context: Context) -> _Begun:
        telemetry = self._telemetry
        callsite = telemetry.callsites.nearest(3) if telemetry.config.callsite else None
        return _Begun(context, scope_of(context), callsite)

    def _ending(self, span: Span, end_ns: int | None) -> None:
        if not self.on or not span.is_recording() or span.instrumentation_scope is None:
            return
        try:
            by = span.instrumentation_scope.name
            call = foreign.call_of(span, by)
            if call is not None and self._is_new(span, by, call, end_ns):
                self._enrich(span, call)
        except Exception as error:
            complain("Could not enrich a span of another instrumentation", error)

    def _is_new(self, span: Span, by: str, call: foreign.Call, end_ns: int | None) -> bool:
        around = self._around(span)
        with self._lock:
            told = self._settled.get(span) or self._settled_around(around)
            if told is not None:
                told.by.add(by)
                return False
            if call.usage is None and not call.failed and (call.is_told_later or self._another_may_know(span, around)):
                return False
            ended_ns = end_ns or time.time_ns()
            told = next((told for told in self._since(call.started_ns) if told.is_told_by(call, by, ended_ns)), None)
            is_new = told is None
            if told is None:
                told = _Told(call, by, ended_ns)
                self._told.append(told)
            for settled in (span, *around):
                self._settled.setdefault(settled, told)
            return is_new

    def _since(self, started_ns: int) -> Iterator[_Told]:
        return takewhile(lambda told: told.counted_ns >= started_ns, reversed(self._told))

    def _settled_around(self, around: Sequence[ReadableSpan]) -> _Told | None:
        return next((told for outer in around if (told := self._settled.get(outer)) and _is_call(outer)), None)

    def _around(self, span: Span) -> list[ReadableSpan]:
        # OpenInference leaves the span of an Anthropic stream current after its end: what comes then is not inside it.
        begun_ns = span.start_time or 0
        _, *outer = self._telemetry.enclosing.outward(span)
        return [around for around in outer if around.end_time is None or around.end_time > begun_ns]

    def _another_may_know(self, span: Span, around: Sequence[ReadableSpan]) -> bool:
        return any(inner.end_time is None for inner in self._inside.get(span, ())) or any(
            outer in self._begun and _may_be_call(outer) for outer in around
        )

    def _enrich(self, span: Span, call: foreign.Call) -> None:
        telemetry = self._telemetry
        begun = self._begun.get(span) or self._begin(otel_context.get_current())
        if begun.scope.late is not None:
            begun.scope.late(begun.context)  # there is a decision to be recorded: a call was made for it
        outcome = _outcome(call)
        facts = self._facts(begun, call, outcome, self._asked_in(span, begun))
        cost = self._cost(call, span.start_time or time.time_ns())
        added: spans.Attributes = {
            **facts,
            names.RECORD_KIND: "attempt",
            names.PURPOSE: begun.scope.purpose or "answer",
            names.ATTEMPT_OUTCOME: outcome,
            names.USAGE_STATUS: _usage_status(call, outcome),
            **_standard(call, span.attributes or {}),
        }
        mirror = telemetry.config.mirror_cost and _FOREIGN_COST not in (span.attributes or {})
        spans.add_cost(added, cost, mirror)
        spans.set_all(span, added)
        series = _series(call, facts, outcome, cost, telemetry.config.tenant_metrics)
        telemetry.metrics.add(series, cost.amount, call.usage)

    def _asked_in(self, span: Span, begun: _Begun) -> Context:
        """The context around all spans that may be of the same call: a decision about it was made there."""
        alike = (outer for outer in self._around(span) if outer in self._begun and _may_be_call(outer))
        return next((self._begun[outer].context for outer in reversed(list(alike))), begun.context)

    def _facts(self, begun: _Begun, call: foreign.Call, outcome: names.AttemptOutcome, asked_in: Context) -> Facts:
        telemetry, scope, callsite = self._telemetry, begun.scope, begun.callsite
        facts: Facts = {names.CALLSITE: callsite} if callsite else {}
        if scope.route is None:
            facts.update(scope.facts)
            attribution.add_unrouted(facts, telemetry, begun.context, callsite, call.request_model, call.provider)
            facts[names.ATTEMPT_NUMBER], facts[names.ATTEMPT_REASON] = 1, "initial"
            if scope.purpose in decisions.ANSWERING:
                heard = decisions.add_waiting(facts, asked_in, call.operation)
                facts.update({**own_facts(heard), **shared_facts(heard)})
            return facts
        facts.update(scope.route.facts)
        facts.update(scope.facts)
        tried = scope.route.begin_attempt(call.provider, call.request_model, scope.purpose, scope.asker)
        tried.end(outcome, call.error_type, None, lambda: call.model)
        facts[names.ATTEMPT_NUMBER], facts[names.ATTEMPT_REASON] = tried.number, tried.reason
        return facts

    def _cost(self, call: foreign.Call, at_ns: int) -> Cost:
        if call.usage is None:
            return NO_USAGE
        host = host_of(call.address, call.port)
        return self._telemetry.prices.cost_of(
            call.usage, provider=call.provider, model=call.model, tier=call.tier, host=host, at_ns=at_ns
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Nothing to do: what there was to add was added before."""

    def shutdown(self) -> None:
        """Add nothing more."""
        self.on = False

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is buffered."""
        return True


class EnrichingSampler(SpendSampler):
    """Keeps the spans of paid calls that others make as well, and nothing below them.

    It goes by what is there when a span starts: ``gen_ai.operation.name``, ``openinference.span.kind``, or a name as
    the conventions form them. Several instrumentations at once are all kept; one of their spans has the cost.
    """

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> sampling.SamplingResult:
        """The decision of ``SpendSampler``, raised for paid calls, and taken back where only such a call is around."""
        result = super().should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)
        if attributes and names.RECORD_KIND in attributes:
            return result
        around = getattr(trace.get_current_span(parent_context), "attributes", None)
        is_below_kept = names.SAMPLING_KEPT in (around or ())
        if result.decision is sampling.Decision.RECORD_AND_SAMPLE and not is_below_kept:
            return result
        if foreign.is_paid(name, kind, attributes):
            kept = {**(attributes or {}), names.SAMPLING_KEPT: True}
            return sampling.SamplingResult(sampling.Decision.RECORD_AND_SAMPLE, kept, result.trace_state)
        if is_below_kept:
            return sampling.SamplingResult(sampling.Decision.DROP, None, result.trace_state)
        return result


@functools.cache
def _asking(kind: type[Span]) -> type[Span]:
    """``kind``, whose spans ask us before they end.

    A class, because a method put on one span would hold the span, or be gone with it in ``start_span(...).end()``.
    """

    def end(self: Span, end_time: int | None = None) -> None:
        self.__dict__[_ASKED](self, end_time)
        kind.end(self, end_time)

    return type(kind.__name__, (kind,), {"end": end})


def _is_suppressed() -> bool:
    # As opentelemetry.instrumentation.utils has it, of a distribution that need not be there.
    context = otel_context.get_current()
    return any(context.get(key) for key in suppression.KEYS)


def _is_call(span: ReadableSpan) -> bool:
    return foreign.call_of(span, "") is not None


def _may_be_call(span: ReadableSpan) -> bool:
    """A span that has not ended, of which nothing says by now that it is not one of a paid call."""
    operation = (span.attributes or {}).get(names.OPERATION_NAME)
    return span.end_time is None and (operation is None or operation in foreign.INFERENCE)


def _outcome(call: foreign.Call) -> names.AttemptOutcome:
    if not call.failed:
        return "accepted"
    if call.error_type in _LEFT:
        return "abandoned"
    return "cancelled" if call.error_type in _CANCELLED else "failed"


def _usage_status(call: foreign.Call, outcome: names.AttemptOutcome) -> names.UsageStatus:
    usage = call.usage
    if usage is None:
        return "missing"
    whole = usage.input_tokens is not None and (usage.output_tokens is not None or call.operation == "embeddings")
    return "reported" if whole and outcome == "accepted" else "partial"


def _standard(call: foreign.Call, attributes: Any) -> spans.Attributes:
    """The standard attributes that readers go by, where the writer has others or counts otherwise."""
    added: spans.Attributes = {}
    if call.usage is not None:
        spans.add_usage(added, call.usage)
    for name, value in (
        (names.OPERATION_NAME, call.operation),
        (names.PROVIDER_NAME, call.provider),
        (names.REQUEST_MODEL, call.request_model),
        (names.RESPONSE_MODEL, call.model),
        (names.ERROR_TYPE, call.error_type),
    ):
        if value is not None and name not in attributes:
            added[name] = value
    return {name: value for name, value in added.items() if attributes.get(name) != value}


def _is_alike(one: foreign.Call, other: foreign.Call) -> bool:
    """Whether ``other`` has nothing to tell that ``one`` has not told."""
    of_one_provider = one.provider in other.provider or other.provider in one.provider
    if other.usage is None:
        return of_one_provider
    a, b = one.usage or Usage(), other.usage
    # OpenLLMetry adds the placeholder of Anthropic's first event to the output of a stream.
    gap = abs((a.output_tokens or 0) - (b.output_tokens or 0))
    return of_one_provider and a.input_tokens == b.input_tokens and gap <= _WIDEST_GAP


def _series(call: foreign.Call, facts: Facts, outcome: names.AttemptOutcome, cost: Cost, with_tenant: bool) -> Series:
    known = cost.amount is not None
    tenant = facts.get(names.TENANT_ID) if with_tenant else None
    return Series(
        record_kind="attempt",
        route=str(facts[names.ROUTE_NAME]),
        provider=call.provider,
        operation=call.operation,
        request_model=call.request_model,
        response_model=call.model,
        address=call.address,
        port=None,
        outcome=outcome,
        currency=cost.currency if known else None,
        cost_source=cost.source if known else None,
        cost_status=cost.status,
        tenant=None if tenant is None else str(tenant),
    )
