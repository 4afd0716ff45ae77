"""Whose a call is does not depend on what is sampled: below spans that were dropped, the request's span still says."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import openai
import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    Decision,
    ParentBased,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, Tracer, TraceState
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from standin import Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import attribution, entries
from otel_llmroute.app.sampler import SpendSampler
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded, record

SERVED = {"http.route": "/tickets/{id}", "tenant.id": "acme", "tenant.plan": "pro"}
OF_THE_REQUEST = ("/tickets/{id}", "http", "acme", "pro")
UPSTREAM = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(0))


class Without(Sampler):
    """Drops everything, and hands on no trace state; or one of its own."""

    def __init__(self, state: TraceState | None = None) -> None:
        self.state = state

    def should_sample(self, *arguments: Any, **named: Any) -> SamplingResult:
        return SamplingResult(Decision.DROP, None, self.state)

    def get_description(self) -> str:
        return "without"


class Filter(Sampler):
    """Keeps all but the application's own spans."""

    def should_sample(
        self, parent_context: Any, trace_id: int, name: str, kind: Any = None, attributes: Any = None, *rest: Any
    ) -> SamplingResult:
        return SamplingResult(Decision.DROP if name.startswith("own") else Decision.RECORD_AND_SAMPLE, attributes)

    def get_description(self) -> str:
        return "filter"


SAMPLERS: dict[str, Sampler] = {
    "everything": ALWAYS_ON,
    "nothing": ALWAYS_OFF,
    "a ratio": ParentBasedTraceIdRatio(0.0),
    "the parent's": ParentBased(ALWAYS_OFF),
    "no trace state": Without(),
    "a trace state of its own": Without(TraceState([("ot", "th:0")])),
    "what is not the application's": Filter(),
}


@pytest.fixture(params=SAMPLERS)
def sampled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    yield from record(SAMPLERS[request.param])


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    yield from record(ParentBased(ALWAYS_OFF))


def application(recorded: Recorded) -> Tracer:
    return recorded.tracer_provider.get_tracer("the application's")


def whose(attributes: Any) -> tuple[Any, ...]:
    """Route, its source, tenant and plan."""
    return tuple(
        attributes.get(name) for name in (names.ROUTE_NAME, names.ROUTE_SOURCE, names.TENANT_ID, names.TENANT_PLAN)
    )


def entry_of() -> str | None:
    """The name of the span that tells whose a call is that is made now."""
    found: Any = attribution.enclosing_span(otel_context.get_current())
    return None if found is None else found.name


# --- the same at any rate ---


def test_a_call_below_the_applications_own_spans_is_the_requests(sampled: Recorded, client: openai.OpenAI) -> None:
    tracer = application(sampled)
    with (
        tracer.start_as_current_span("GET", kind=SpanKind.SERVER) as server,
        tracer.start_as_current_span("own: load the ticket"),
        tracer.start_as_current_span("own: reply"),
    ):
        server.set_attributes(SERVED)  # late, as some frameworks do
        ask(client)
    assert whose(sampled.attempt()) == OF_THE_REQUEST
    ((counted, _),) = sampled.metric(names.METRIC_CALLS)
    assert counted[names.ROUTE_NAME] == "/tickets/{id}"


def test_so_is_all_else_that_the_application_says_there(sampled: Recorded, client: openai.OpenAI) -> None:
    tracer = application(sampled)
    with (
        tracer.start_as_current_span("work", kind=SpanKind.CONSUMER, attributes=SERVED),
        tracer.start_as_current_span("own"),
    ):
        llmroute.charge("search", amount="0.01")
        with llmroute.job("j"), tracer.start_as_current_span("own: inner"), llmroute.route("r"):
            ask(client)
    assert [whose(span.attributes) for span in sampled.spans()] == [
        OF_THE_REQUEST,
        ("r", "explicit", "acme", "pro"),
        ("r", "explicit", "acme", "pro"),
        (None, None, "acme", "pro"),
    ]


def test_a_call_in_a_copy_of_a_spans_context_is_the_requests(sampled: Recorded, client: openai.OpenAI) -> None:
    tracer = application(sampled)
    with (
        tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED),
        tracer.start_as_current_span("own") as own,
        trace.use_span(NonRecordingSpan(own.get_span_context())),
    ):
        ask(client)
    assert whose(sampled.attempt()) == OF_THE_REQUEST


def test_a_call_in_a_copy_of_a_jobs_context_is_the_requests_though_the_sampler_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, client: openai.OpenAI
) -> None:
    monkeypatch.chdir(tmp_path)
    for recorded in record(TraceIdRatioBased(1.0)):
        with (
            application(recorded).start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED),
            llmroute.job("j"),
            trace.use_span(NonRecordingSpan(trace.get_current_span().get_span_context())),
        ):
            ask(client)
        assert whose(recorded.attempt()) == OF_THE_REQUEST


def test_what_outlives_a_span_of_the_application_is_the_requests(sampled: Recorded, client: openai.OpenAI) -> None:
    tracer = application(sampled)
    with tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED):
        with tracer.start_as_current_span("own"):
            left = otel_context.get_current()
        token = otel_context.attach(left)
        ask(client)
        otel_context.detach(token)
    assert whose(sampled.attempt()) == OF_THE_REQUEST


def test_what_is_done_after_the_answer_is_the_requests(sampled: Recorded, client: openai.OpenAI) -> None:
    tracer = application(sampled)
    with tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED, end_on_exit=False) as server:
        server.end()
        with tracer.start_as_current_span("own: in the background"):
            ask(client)
    assert whose(sampled.attempt()) == OF_THE_REQUEST


def test_a_worker_that_a_request_has_left_behind_is_nobodys(sampled: Recorded) -> None:
    tracer = application(sampled)
    with (
        tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED),
        tracer.start_as_current_span("own"),
    ):
        left = otel_context.get_current()
    gc.collect()
    assert attribution.enclosing_span(left) is None


def test_requests_of_one_trace_served_at_once_are_told_apart(sampled: Recorded, provider: Standin) -> None:
    provider.default(answer())
    tracer = application(sampled)
    upstream = trace.set_span_in_context(NonRecordingSpan(UPSTREAM))

    async def serve(number: int, others: int) -> None:
        said = {"http.route": f"/{number}", "tenant.id": f"tenant {number}"}
        with tracer.start_as_current_span("GET", upstream, kind=SpanKind.SERVER, attributes=said):
            begun.append(number)
            while len(begun) <= others:
                await asyncio.sleep(0)
            with tracer.start_as_current_span("own"):
                async with openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k") as client:
                    await client.chat.completions.create(model="gpt-5", messages=[])

    async def serve_all() -> None:
        await asyncio.gather(*(serve(number, 2) for number in range(3)))

    begun: list[int] = []
    asyncio.run(serve_all())
    found = sorted(whose(attempt)[::2] for attempt in sampled.attempts())
    assert found == [("/0", "tenant 0"), ("/1", "tenant 1"), ("/2", "tenant 2")]


def test_the_innermost_request_says_and_the_one_around_it_what_that_does_not(
    sampled: Recorded, client: openai.OpenAI
) -> None:
    tracer = application(sampled)
    with (
        tracer.start_as_current_span("gateway", kind=SpanKind.SERVER, attributes=SERVED),
        tracer.start_as_current_span("own"),
    ):
        with (
            tracer.start_as_current_span("mounted", kind=SpanKind.SERVER, attributes={"http.route": "/mounted"}),
            tracer.start_as_current_span("own: inner"),
        ):
            ask(client)
        ask(client)
    inner, outer = sampled.attempts()
    assert whose(inner) == ("/mounted", "http", "acme", "pro")
    assert whose(outer) == OF_THE_REQUEST


# --- what it goes by ---


def test_below_a_request_to_another_process_alone_there_is_nothing_to_inherit(
    sampled: Recorded, client: openai.OpenAI
) -> None:
    tracer = application(sampled)
    with (
        tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED),
        trace.use_span(NonRecordingSpan(UPSTREAM)),  # as a framework does that knows only what it was sent
    ):
        ask(client)
    assert sampled.attempt()[names.ROUTE_SOURCE] == "callsite"
    assert names.TENANT_ID not in sampled.attempt()


def test_threads_that_are_given_the_context_know_the_request(dropped: Recorded) -> None:
    tracer = application(dropped)
    found: list[str | None] = []

    def work(context: otel_context.Context) -> None:
        otel_context.attach(context)
        found.append(entry_of())

    with tracer.start_as_current_span("GET", kind=SpanKind.SERVER), tracer.start_as_current_span("own"):
        thread = threading.Thread(target=work, args=[otel_context.get_current()])
        thread.start()
        thread.join()
    assert found == ["GET"]


def test_in_enrich_mode_it_is_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    told = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini"}
    for recorded in record(ParentBased(ALWAYS_OFF)):
        writer = recorded.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")
        tracer = application(recorded)
        with (
            tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=SERVED),
            tracer.start_as_current_span("own"),
            writer.start_as_current_span("chat gpt-5-mini", kind=SpanKind.CLIENT, attributes=told) as span,
        ):
            with tracer.start_as_current_span("POST"):
                assert entry_of() == "GET"
            span.set_attributes({"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 1})
        assert whose(recorded.attempt()) == OF_THE_REQUEST


# --- what it leaves ---


def test_a_trace_state_holds_no_request_alive(dropped: Recorded) -> None:
    tracer = application(dropped)
    gc.disable()
    try:
        with tracer.start_as_current_span("GET", kind=SpanKind.SERVER) as server:
            with tracer.start_as_current_span("own") as own:
                gone = weakref.ref(server)
            del server
        assert gone() is None
        assert entries.around(own) is None
    finally:
        gc.enable()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda state: pickle.loads(pickle.dumps(state))])
def test_a_copy_of_a_trace_state_is_a_plain_one(copied: Callable[[Any], Any]) -> None:
    state = entries.inside(TraceState([("vendor", "1")]))
    assert (type(copied(state)), copied(state)) == (TraceState, state)


def test_what_was_in_the_trace_state_is_handed_on(sampled: Recorded) -> None:
    tracer, carrier = application(sampled), dict[str, str]()
    sent = SpanContext(1, 2, is_remote=True, trace_flags=TraceFlags(0), trace_state=TraceState([("vendor", "1")]))
    plain = TracerProvider(sampler=sampled.tracer_provider.sampler.delegate)  # type: ignore[attr-defined]
    found = []
    for each in (tracer, plain.get_tracer("the application's")):
        carrier.clear()
        with (
            each.start_as_current_span("GET", trace.set_span_in_context(NonRecordingSpan(sent)), SpanKind.SERVER),
            each.start_as_current_span("own"),
        ):
            TraceContextTextMapPropagator().inject(carrier)
        found.append(carrier.get("tracestate"))
    assert found[0] == found[1]


def test_requests_that_begin_before_it_is_switched_on_are_not_mistaken_for_what_they_hold() -> None:
    provider = TracerProvider(sampler=SpendSampler(ParentBased(ALWAYS_ON)))
    tracer = provider.get_tracer("the application's")
    with tracer.start_as_current_span("GET", kind=SpanKind.SERVER) as server:
        instrumentor = llmroute.LLMRouteInstrumentor()
        instrumentor.instrument(tracer_provider=provider)
        try:
            with (
                tracer.start_as_current_span("own") as own,
                trace.use_span(NonRecordingSpan(server.get_span_context())),
            ):
                assert own.is_recording()
                assert entry_of() is None
        finally:
            instrumentor.uninstrument()


def test_a_span_of_somebody_elses_without_a_context_hurts_nobody(sampled: Recorded) -> None:
    nowhere: Any = None
    with (
        trace.use_span(NonRecordingSpan(nowhere)),
        application(sampled).start_as_current_span("own"),
        trace.use_span(NonRecordingSpan(nowhere)),
    ):
        assert entry_of() is None
