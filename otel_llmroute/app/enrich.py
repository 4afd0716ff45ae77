"""``mode = enrich``: for people who keep another instrumentation. Its GenAI spans become our attempts: cost and route
facts are added.

One call may pass several instrumentations: only the outermost of nested spans becomes an attempt, so it is counted
once. What an SDK does inside a call (retries, abandoned streams, 1-hour cache writes) is as visible as the other
instrumentation makes it.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from opentelemetry import context as otel_context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

from otel_llmroute import names
from otel_llmroute.app import attribution, spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.metrics import Counts, Series
from otel_llmroute.app.records import Facts, Tried
from otel_llmroute.prices import Cost, Usage
from otel_llmroute.prices.cost import NO_USAGE

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.telemetry import Telemetry

_INFERENCE: Final = frozenset({"chat", "text_completion", "generate_content", "embeddings", "completion"})
_GENAI_SCOPE: Final = re.compile(
    r"openai|anthropic|gen_?ai|openinference|openlit|logfire|litellm|traceloop", re.IGNORECASE
)
_COUNTS: Final = (
    ("input_tokens", names.USAGE_INPUT_TOKENS, "llm.token_count.prompt"),
    ("output_tokens", names.USAGE_OUTPUT_TOKENS, "llm.token_count.completion"),
    ("cache_read_tokens", names.USAGE_CACHE_READ, "llm.token_count.prompt_details.cache_read"),
    ("cache_write_tokens", names.USAGE_CACHE_WRITE, "llm.token_count.prompt_details.cache_write"),
    ("reasoning_tokens", names.USAGE_REASONING, "llm.token_count.completion_details.reasoning"),
)
"""Field of ``Usage``, the standard attribute, the one that OpenInference writes."""


class Enricher(SpanProcessor):
    """Adds what we know to the GenAI spans of others, while they can still be added to. Never raises."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._begun: WeakKeyDictionary[Any, tuple[Facts, Tried | None]] = WeakKeyDictionary()
        self.on = True

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Work out whose call it is, while its call site is on the stack."""
        scope = span.instrumentation_scope
        if not self.on or scope is None or scope.name == names.SCOPE or not _GENAI_SCOPE.search(scope.name):
            return
        try:
            outer = [enclosing for enclosing in self._telemetry.enclosing.outward(span) if enclosing in self._begun]
            if not outer:
                self._begun[span] = self._attribute(span, parent_context)
        except Exception as error:
            complain("Could not attribute a span of another instrumentation", error)

    def _attribute(self, span: Span, parent_context: Context | None) -> tuple[Facts, Tried | None]:
        telemetry = self._telemetry
        context = otel_context.get_current() if parent_context is None else parent_context
        scope = scope_of(context)
        callsite = telemetry.callsites.nearest(3) if telemetry.config.callsite else None
        attributes = span.attributes or {}
        model, provider = _text(attributes, names.REQUEST_MODEL), _text(attributes, names.PROVIDER_NAME) or "unknown"
        facts: Facts = {names.CALLSITE: callsite} if callsite else {}
        if scope.route is not None:
            facts.update(scope.route.facts)
            facts.update(scope.facts)
            tried = scope.route.begin_attempt(provider, model)
            facts[names.ATTEMPT_NUMBER], facts[names.ATTEMPT_REASON] = tried.number, tried.reason
            return facts, tried
        facts.update(scope.facts)
        attribution.add_route(facts, telemetry, context, callsite, model, provider)
        attribution.add_inherited(facts, telemetry, context)
        facts[names.ATTEMPT_NUMBER], facts[names.ATTEMPT_REASON] = 1, "initial"
        return facts, None

    def _on_ending(self, span: Span) -> None:
        """Add the record to ``span``: the SDK calls this when it ends, before it becomes immutable."""
        begun = self._begun.get(span)
        if begun is None:
            return
        try:
            attributes = dict(span.attributes or {})
            if attributes.get(names.OPERATION_NAME) in _INFERENCE or "llm.model_name" in attributes:
                self._enrich(span, attributes, *begun)
        except Exception as error:
            complain("Could not enrich a span of another instrumentation", error)

    def _enrich(self, span: Span, attributes: dict[str, Any], facts: Facts, tried: Tried | None) -> None:
        usage = _usage(attributes)
        model = (
            _text(attributes, names.RESPONSE_MODEL)
            or _text(attributes, names.REQUEST_MODEL)
            or _text(attributes, "llm.model_name")
        )
        provider = _text(attributes, names.PROVIDER_NAME) or _text(attributes, "llm.provider") or "unknown"
        cost = self._cost(usage, provider, model, attributes)
        failed = span.status.status_code is StatusCode.ERROR
        outcome: names.AttemptOutcome = "failed" if failed else "accepted"
        error_type = _text(attributes, names.ERROR_TYPE)
        if tried is not None:
            tried.end(outcome, error_type, None, model)
        added: spans.Attributes = {
            **facts,
            names.RECORD_KIND: "attempt",
            names.PURPOSE: "answer",
            names.ATTEMPT_OUTCOME: outcome,
            names.USAGE_STATUS: "missing" if usage is None else "reported",
        }
        spans.add_cost(added, cost, self._telemetry.config.mirror_cost)
        span.set_attributes(added)
        self._count(facts, attributes, provider, model, outcome, cost, usage)

    def _cost(self, usage: Usage | None, provider: str, model: str | None, attributes: dict[str, Any]) -> Cost:
        if usage is None:
            return NO_USAGE
        tier = _text(attributes, names.OPENAI_RESPONSE_SERVICE_TIER)
        return self._telemetry.prices.cost_of(usage, provider=provider, model=model, tier=tier, at_ns=time.time_ns())

    def _count(
        self,
        facts: Facts,
        attributes: dict[str, Any],
        provider: str,
        model: str | None,
        outcome: str,
        cost: Cost,
        usage: Usage | None,
    ) -> None:
        known = cost.amount is not None
        series = Series(
            record_kind="attempt",
            route=str(facts[names.ROUTE_NAME]),
            provider=provider,
            operation=_text(attributes, names.OPERATION_NAME) or "chat",
            request_model=_text(attributes, names.REQUEST_MODEL),
            response_model=model,
            address=_text(attributes, names.SERVER_ADDRESS),
            port=None,
            outcome=outcome,
            currency=cost.currency if known else None,
            cost_source=cost.source if known else None,
            cost_status=cost.status,
            tenant=None,
        )
        usage = usage or Usage()
        self._telemetry.metrics.add(
            series,
            Counts(
                cost.amount,
                usage.input_tokens or 0,
                usage.output_tokens or 0,
                usage.cache_read_tokens or 0,
                usage.cache_write_tokens or 0,
                usage.reasoning_tokens or 0,
            ),
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Nothing to do: what there was to add was added before."""

    def shutdown(self) -> None:
        """Add nothing more."""
        self.on = False

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is buffered."""
        return True


def _text(attributes: dict[str, Any] | Any, name: str) -> str | None:
    for key in (name, *names.OLDER.get(name, ())):
        value = attributes.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def _usage(attributes: dict[str, Any]) -> Usage | None:
    usage, found = Usage(), False
    for field, name, openinference in _COUNTS:
        for key in (name, *names.OLDER.get(name, ()), openinference):
            value = attributes.get(key)
            if type(value) is int and value >= 0:
                setattr(usage, field, value)
                found = True
                break
    cached = (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    if usage.input_tokens is not None and cached > usage.input_tokens:
        usage.input_tokens += cached  # a writer that leaves the cache out of the input, against the GenAI rule
    return usage if found else None
