"""Enrich mode with spans as other instrumentations write them, and as they should not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Tracer
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, ParentBasedTraceIdRatio
from opentelemetry.trace import SpanKind, Status, StatusCode

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import complaints, suppression
from tests.app.conftest import Recorded, record

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini"}
USED = {"gen_ai.usage.input_tokens": 5_100, "gen_ai.usage.output_tokens": 50}
USD = 0.001375  # 5,100 x 0.25 and 50 x 2 USD per million


@pytest.fixture
def enriched(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    yield from record()


@pytest.fixture
def writer(enriched: Recorded) -> Tracer:
    tracer = enriched.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")
    assert isinstance(tracer, Tracer)
    return tracer


def spans_by_name(recorded: Recorded) -> dict[str, ReadableSpan]:
    return {span.name: span for span in recorded.exporter.get_finished_spans()}


def test_a_paid_call_gets_its_cost_and_its_route(enriched: Recorded, writer: Tracer) -> None:
    with (
        llmroute.bind(tenant="acme"),
        llmroute.route("support.reply", task="draft"),
        writer.start_as_current_span("chat gpt-5-mini", attributes=CHAT) as span,
    ):
        span.set_attributes(USED)
    attempt = enriched.attempt()
    assert {name: value for name, value in attempt.items() if name.startswith("llmroute.cost")} == {
        "llmroute.cost.status": "priced",
        "llmroute.cost.amount": USD,
        "llmroute.cost.currency": "USD",
        "llmroute.cost.source": "local",
        "llmroute.cost.input": 0.001275,
        "llmroute.cost.output": 0.0001,
    }
    assert attempt["llmroute.route.name"] == "support.reply"
    assert attempt["llmroute.task.class"] == "draft"
    assert attempt["llmroute.tenant.id"] == "acme"
    assert attempt["llmroute.attempt.number"] == 1
    assert enriched.total("llmroute.cost") == pytest.approx(USD, abs=1e-12)
    assert enriched.total("llmroute.calls") == 1
    route = spans_by_name(enriched)["route support.reply"].attributes
    assert route is not None
    assert (route["llmroute.route.attempt_count"], route["llmroute.route.served_model"]) == (1, "gpt-5-mini")


def test_reasoning_that_the_provider_s_own_usage_counts_beside_the_completion_is_output(
    enriched: Recorded, writer: Tracer
) -> None:
    usage = {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "reasoning_tokens": 94}
    grok = {**CHAT, "gen_ai.provider.name": "x_ai", "gen_ai.request.model": "grok-4"}
    with writer.start_as_current_span("chat grok-4", attributes=grok) as span:
        span.set_attribute("gen_ai.usage.raw", json.dumps(usage))
    assert enriched.attempt()["llmroute.cost.amount"] == 0.001641  # 32 x 3 and 103 x 15 USD per million


def test_a_fallback_is_seen_as_one(enriched: Recorded, writer: Tracer) -> None:
    with llmroute.route("support.reply"):
        with writer.start_as_current_span("chat gpt-5-mini", attributes=CHAT) as span:
            span.set_attribute("error.type", "openai.RateLimitError")
            span.set_status(Status(StatusCode.ERROR))
        with writer.start_as_current_span("chat gpt-5", attributes={**CHAT, "gen_ai.request.model": "gpt-5"}) as span:
            span.set_attributes(USED)
    first, second = enriched.attempts()
    assert (first["llmroute.attempt.outcome"], first["llmroute.cost.status"]) == ("failed", "no_usage")
    assert second["llmroute.attempt.reason"] == "fallback_rate_limit"
    assert second["llmroute.attempt.number"] == 2


def test_agents_tools_and_workflows_count_for_nothing_though_they_repeat_what_was_used(
    enriched: Recorded, writer: Tracer
) -> None:
    agents = enriched.tracer_provider.get_tracer("opentelemetry.instrumentation.openai_agents")
    for operation in ("invoke_agent", "invoke_workflow", "execute_tool"):
        with agents.start_as_current_span(operation) as agent:
            for _ in range(2):
                with writer.start_as_current_span("chat gpt-5-mini", attributes={**CHAT, **USED}):
                    pass
            agent.set_attributes({**CHAT, **USED, "gen_ai.operation.name": operation})
    assert len(enriched.attempts()) == 6
    assert enriched.total("llmroute.cost") == pytest.approx(6 * USD, abs=1e-12)


@pytest.mark.parametrize("inner_first", [True, False], ids=["inner ends first", "outer ends first"])
def test_nested_spans_of_one_call_count_once_in_whatever_order_they_end(enriched: Recorded, inner_first: bool) -> None:
    outer, inner = (
        enriched.tracer_provider.get_tracer(scope).start_span("chat", context, attributes={**CHAT, **USED})
        for scope, context in (("openlit.instrumentation.openai", None), ("openinference.instrumentation.openai", None))
    )
    inner = enriched.tracer_provider.get_tracer("openinference.instrumentation.openai").start_span(
        "chat", trace.set_span_in_context(outer), attributes={**CHAT, **USED}
    )
    for span in (inner, outer) if inner_first else (outer, inner):
        span.end()
    assert len(enriched.attempts()) == 1
    assert enriched.total("llmroute.calls") == 1


def test_alike_calls_one_after_the_other_by_different_writers_are_two(enriched: Recorded) -> None:
    for scope in ("openlit.instrumentation.openai", "openinference.instrumentation.openai"):
        enriched.tracer_provider.get_tracer(scope).start_span("chat", attributes={**CHAT, **USED}).end()
    assert enriched.total("llmroute.cost") == pytest.approx(2 * USD, abs=1e-12)


@pytest.mark.parametrize(
    ("scope", "attributes", "input_tokens"),
    [
        ("opentelemetry.instrumentation.genai.anthropic", {"gen_ai.usage.input_tokens": 5_100}, 5_100),
        ("openlit.instrumentation.anthropic", {"gen_ai.usage.input_tokens": 2_100}, 5_100),
        ("somebody.else", {"gen_ai.usage.input_tokens": 100}, 3_100),
        ("openinference.instrumentation.anthropic", {"llm.token_count.prompt": 5_100}, 5_100),
        ("older.instrumentation", {"gen_ai.usage.prompt_tokens": 5_100}, 5_100),
    ],
)
def test_input_tokens_include_the_cache_whatever_the_writer_does(
    scope: str, attributes: dict[str, int], input_tokens: int, enriched: Recorded
) -> None:
    span = enriched.tracer_provider.get_tracer(scope).start_span(
        "chat claude-haiku-4-5",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "anthropic",
            "gen_ai.response.model": "claude-haiku-4-5",
            "gen_ai.usage.cache_read.input_tokens": 2_000,
            "gen_ai.usage.cache_creation.input_tokens": 1_000,
            "gen_ai.usage.output_tokens": 50,
            **attributes,
        },
    )
    span.end()
    attempt = enriched.attempt()
    assert attempt["gen_ai.usage.input_tokens"] == input_tokens
    assert attempt["gen_ai.usage.cache_write.input_tokens"] == 1_000
    assert attempt["llmroute.cost.input"] == pytest.approx((input_tokens - 3_000) * 1e-6, abs=1e-12)


def test_an_hour_of_cache_is_priced_as_such_where_the_writer_tells(enriched: Recorded) -> None:
    enriched.tracer_provider.get_tracer("com.anthropic.sdk.python").start_span(
        "anthropic.messages.create",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-haiku-4-5",
            "gen_ai.usage.input_tokens": 3_100,
            "gen_ai.usage.output_tokens": 50,
            "gen_ai.usage.cache_write.input_tokens": 3_000,
            "anthropic.usage.cache_creation.ephemeral_5m_input_tokens": 1_000,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 2_000,
        },
    ).end()
    # 1,000 at 1.25 and 2,000 at 2 USD per million
    assert enriched.attempt()["llmroute.cost.cache_write"] == pytest.approx(0.00525, abs=1e-12)


@pytest.mark.parametrize("key", suppression.KEYS, ids=["in plain words", "of the SDK"])
def test_a_call_that_is_suppressed_counts_for_nothing(enriched: Recorded, writer: Tracer, key: str) -> None:
    token = otel_context.attach(otel_context.set_value(key, True))
    try:
        writer.start_span("chat gpt-5-mini", attributes={**CHAT, **USED}).end()
    finally:
        otel_context.detach(token)
    assert enriched.total(names.METRIC_CALLS) == 0
    writer.start_span("chat gpt-5-mini", attributes={**CHAT, **USED}).end()
    assert enriched.total(names.METRIC_CALLS) == 1


# --- sampling ---


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    yield from record(ParentBased(ALWAYS_OFF))


def test_in_a_dropped_trace_only_paid_calls_and_records_of_ours_are_kept(dropped: Recorded) -> None:
    writer = dropped.tracer_provider.get_tracer("openlit.instrumentation.openai")
    application = dropped.tracer_provider.get_tracer("the application's")
    with (
        application.start_as_current_span("request"),
        llmroute.job("j"),
        writer.start_as_current_span("chat gpt-5-mini", kind=SpanKind.CLIENT) as span,
    ):
        with application.start_as_current_span("POST"), application.start_as_current_span("connect"):
            pass
        span.set_attributes({**CHAT, **USED})
    kept = spans_by_name(dropped)
    assert set(kept) == {"chat gpt-5-mini", "job j"}
    assert all((span.attributes or {})["llmroute.sampling.kept"] for span in kept.values())
    assert dropped.total("llmroute.cost") == pytest.approx(USD, abs=1e-12)


def test_uninstrument_takes_the_sampler_and_the_processors_off_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    sampler = ParentBasedTraceIdRatio(0.25)
    running = record(sampler)
    recorded = next(running)
    assert recorded.tracer_provider.sampler is not sampler
    left = recorded.tracer_provider.get_tracer("opentelemetry.instrumentation.openai").start_span(
        "chat x", attributes={**CHAT, **USED}
    )
    next(running, None)
    assert recorded.tracer_provider.sampler is sampler
    assert len(recorded.tracer_provider._active_span_processor._span_processors) == 1
    left.end()  # begun before: it ends as its writer meant it
    assert recorded.attempts() == []


# --- what it must survive ---

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["{", "[]", "{}", '{"prompt_tokens": "x"}', '{"input_tokens": null}', "chat", "LLM", "http://[", "auto"]
    ),
    st.lists(st.text(max_size=5), max_size=3),
    st.binary(max_size=5),
)
NAMES = (
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.system",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.response.id",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.raw",
    "gen_ai.openai.api_base",
    "openai.response.service_tier",
    "openinference.span.kind",
    "llm.token_count.prompt",
    "llm.provider",
    "error.type",
    "duration",
    "logfire.span_type",
    "server.address",
)


@settings(max_examples=200, deadline=None)
@given(
    scope=st.sampled_from(["logfire.openai", "openlit", "openinference.instrumentation.openai", "x"]),
    attributes=st.dictionaries(st.sampled_from(NAMES), ODD),
    is_paid=st.booleans(),
)
def test_odd_attributes_raise_nothing_and_cost_nothing_unknown(
    scope: str, attributes: dict[str, Any], is_paid: bool
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("LLMROUTE_MODE", "enrich")
        for recorded in record():
            with recorded.tracer_provider.get_tracer(scope).start_as_current_span("chat x") as span:
                span.set_attributes({**attributes, **({"gen_ai.operation.name": "chat"} if is_paid else {})})
            assert len(recorded.exporter.get_finished_spans()) == 1
            assert complaints._made == set()
            statuses = {attempt["llmroute.cost.status"] for attempt in recorded.attempts()}
            assert statuses <= {"no_usage", "unpriced"}
