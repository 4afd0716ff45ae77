"""Money is never sampled away: spans and metrics say the same at any rate, and attribution does not depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, DEFAULT_OFF, ParentBasedTraceIdRatio, Sampler
from opentelemetry.trace import SpanKind
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor, names
from otel_llmroute.app.sampler import SpendSampler, SpendSamplerFactory
from tests.app.conftest import Recorded, record

RATES = {"0 %": ALWAYS_OFF, "10 %": ParentBasedTraceIdRatio(0.1), "100 %": ALWAYS_ON, "parent off": DEFAULT_OFF}
# USD per million tokens: gpt-5 input, cached input, output (the public price list; an independent ledger).
INPUT, CACHED, OUTPUT = Decimal("1.25"), Decimal("0.125"), Decimal(10)


def reply(prompt: int, cached: int, completion: int) -> Reply:
    usage = openai_wire.usage(prompt, completion, cached=cached)
    return Reply(json=openai_wire.chat(model="gpt-5-2025-08-07", usage=usage))


def ledger(prompt: int, cached: int, completion: int) -> Decimal:
    return ((prompt - cached) * INPUT + cached * CACHED + completion * OUTPUT) / 1_000_000


def spent(recorded: Recorded) -> Decimal:
    return sum((Decimal(repr(a[names.COST_AMOUNT])) for a in recorded.attempts()), Decimal(0))


@pytest.fixture(params=RATES)
def sampled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    yield from record(RATES[request.param])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 100), st.integers(0, 30_000)), min_size=1, max_size=12)
)
def test_the_total_cost_is_the_ledgers_from_spans_and_from_metrics_at_any_rate(
    sampled: Recorded, provider: Standin, calls: list[tuple[int, int, int]]
) -> None:
    sampled.exporter.clear()
    before = Decimal(repr(sampled.total(names.METRIC_COST)))
    provider.script(*(reply(p, p * c // 100, o) for p, c, o in calls))
    with openai.OpenAI(base_url=provider.openai_url, api_key="k") as client:
        for _ in calls:
            client.chat.completions.create(model="gpt-5", messages=[])
    truth = sum((ledger(p, p * c // 100, o) for p, c, o in calls), Decimal(0))
    from_metrics = Decimal(repr(sampled.total(names.METRIC_COST))) - before
    assert spent(sampled) == truth
    assert abs(from_metrics - truth) < Decimal("1e-9")
    assert len(sampled.attempts()) == len(calls)


def test_tokens_and_calls_are_counted_at_any_rate(sampled: Recorded, provider: Standin) -> None:
    provider.script(*[reply(1000, 400, 50)] * 5)
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k")
    for _ in range(5):
        client.chat.completions.create(model="gpt-5", messages=[])
    counted = [
        names.METRIC_CALLS,
        names.METRIC_INPUT_TOKENS,
        names.METRIC_CACHE_READ_TOKENS,
        names.METRIC_OUTPUT_TOKENS,
    ]
    assert [sampled.total(name) for name in counted] == [5, 5000, 2000, 250]


def test_a_record_kept_against_the_sampler_says_so_and_brings_no_other_span_with_it(provider: Standin) -> None:
    for recorded in record(ALWAYS_OFF):
        provider.default(reply(10, 0, 1))
        client = openai.OpenAI(base_url=provider.openai_url, api_key="k")
        tracer = recorded.tracer_provider.get_tracer("app")
        with (
            tracer.start_as_current_span("request"),
            llmroute.job("j"),
            tracer.start_as_current_span("between"),
            llmroute.route("r"),
            tracer.start_as_current_span("inner"),
        ):
            client.chat.completions.create(model="gpt-5", messages=[])
            assert not trace.get_current_span().get_span_context().trace_flags.sampled
        ended = recorded.exporter.get_finished_spans()
        assert [span.name for span in ended] == ["chat gpt-5", "route r", "job j"]
        assert all(span.attributes[names.SAMPLING_KEPT] is True for span in ended)
        attempt, route, job = ended
        assert (attempt.parent.span_id, route.parent.span_id) == (route.context.span_id, job.context.span_id)
        assert len({span.context.trace_id for span in ended}) == 1


def test_a_record_of_a_sampled_trace_is_not_marked(provider: Standin) -> None:
    for recorded in record(ALWAYS_ON):
        provider.default(reply(10, 0, 1))
        openai.OpenAI(base_url=provider.openai_url, api_key="k").chat.completions.create(model="gpt-5", messages=[])
        assert names.SAMPLING_KEPT not in recorded.attempt()


def test_the_switch_leaves_the_sampler_alone_and_metrics_still_count(
    monkeypatch: pytest.MonkeyPatch, provider: Standin
) -> None:
    monkeypatch.setenv("LLMROUTE_KEEP_UNSAMPLED", "false")
    for recorded in record(ALWAYS_OFF):
        assert recorded.tracer_provider.sampler is ALWAYS_OFF
        provider.default(reply(1000, 0, 0))
        client = openai.OpenAI(base_url=provider.openai_url, api_key="k")
        client.chat.completions.create(model="gpt-5", messages=[])
        assert recorded.exporter.get_finished_spans() == ()
        assert recorded.total(names.METRIC_COST) == 0.00125


def test_what_is_dropped_counts_for_its_route_and_leaves_the_span_around_it_alone(
    monkeypatch: pytest.MonkeyPatch, provider: Standin
) -> None:
    monkeypatch.setenv("LLMROUTE_KEEP_UNSAMPLED", "false")
    for recorded in record(ALWAYS_OFF):
        provider.script(Reply(status=429, headers={"retry-after": "0.001"}), *[reply(1000, 0, 0)] * 2)
        client = openai.OpenAI(base_url=provider.openai_url, api_key="k")
        with recorded.tracer_provider.get_tracer("app").start_as_current_span("request") as request:
            with llmroute.job("j"), llmroute.route("r") as route:
                route.decide("openai/gpt-5", reason="cost")
                client.chat.completions.create(model="gpt-5", messages=[])
                assert trace.get_current_span() is request
            client.chat.completions.create(model="gpt-5", messages=[])
            assert trace.get_current_span() is request
        assert recorded.exporter.get_finished_spans() == ()
        spent = {attributes[names.ROUTE_NAME]: point.value for attributes, point in recorded.metric(names.METRIC_COST)}
        here = "test_what_is_dropped_counts_for_its_route_and_leaves_the_span_around_it_alone"
        assert {route.rpartition(":")[2]: cost for route, cost in spent.items()} == {"r": 0.00125, here: 0.00125}


@pytest.mark.parametrize("sampler", [ALWAYS_OFF, ALWAYS_ON], ids=["unsampled", "sampled"])
def test_routes_and_tenants_come_from_the_request_whether_or_not_it_is_sampled(
    provider: Standin, sampler: Sampler
) -> None:
    for recorded in record(sampler):
        provider.default(reply(10, 0, 1))
        client = openai.OpenAI(base_url=provider.openai_url, api_key="k")
        tracer = recorded.tracer_provider.get_tracer("app")
        with tracer.start_as_current_span("GET", kind=SpanKind.SERVER) as server:
            server.set_attribute("http.route", "/tickets/{id}")
            server.set_attribute("tenant.id", "acme")
            client.chat.completions.create(model="gpt-5", messages=[])
        attempt = recorded.attempt()
        seen = (attempt[names.ROUTE_NAME], attempt[names.ROUTE_SOURCE], attempt[names.TENANT_ID])
        assert seen == ("/tickets/{id}", "http", "acme")


def test_uninstrument_gives_every_tracer_its_sampler_back() -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF)
    early = provider.get_tracer("early")
    instrumentor = LLMRouteInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    late = provider.get_tracer("late")
    assert isinstance(early.sampler, SpendSampler)
    assert isinstance(late.sampler, SpendSampler)
    instrumentor.uninstrument()
    assert provider.sampler is early.sampler is late.sampler is ALWAYS_OFF


@pytest.mark.parametrize(
    ("argument", "delegate"),
    [
        (None, "ParentBased{root:AlwaysOnSampler"),
        ("always_off", "AlwaysOffSampler"),
        ("traceidratio;0.25", "TraceIdRatioBased{0.25}"),
        ("parentbased_traceidratio;0.5", "ParentBased{root:TraceIdRatioBased{0.5}"),
        ("0.1", "ParentBased{root:TraceIdRatioBased{0.1}"),
        ("no such thing", "ParentBased{root:AlwaysOnSampler"),
        ("traceidratio;many", "ParentBased{root:AlwaysOnSampler"),
    ],
)
def test_the_environment_names_the_sampler_that_ours_goes_around(argument: str | None, delegate: str) -> None:
    assert SpendSamplerFactory(argument).get_description().startswith(f"llmroute{{{delegate}")


def test_the_sdk_finds_the_sampler_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from opentelemetry.sdk._configuration import _get_sampler, _import_sampler

    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "llmroute")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "always_off")
    sampler = _import_sampler(_get_sampler())
    assert isinstance(sampler, SpendSampler)
    assert sampler.delegate is ALWAYS_OFF
