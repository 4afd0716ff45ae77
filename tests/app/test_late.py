"""What an attempt cost is worked out late, by whoever exports or counts it: nobody can tell."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import openai
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision, Sampler, SamplingResult
from standin import Reply, Standin

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor, names
from tests.app.apis import CHAT, EVERY, Api
from tests.app.conftest import Recorded, record

BEGUN_WITH = {
    names.RECORD_KIND: "attempt",
    names.OPERATION_NAME: "chat",
    names.PROVIDER_NAME: "openai",
    names.REQUEST_MODEL: "gpt-5",
    names.SERVER_ADDRESS: "127.0.0.1",
}


class Watching(SpanProcessor):
    """Another's processor: sees spans start and end, and tells them something of its own."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []

    def on_start(self, span: Span, parent_context: Any = None) -> None:
        self.started.append(dict(span.attributes or {}))
        span.set_attribute("app.at_start", "kept")

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(dict(span.attributes or {}))


class Adding(Sampler):
    """A sampler that has something to add."""

    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        attributes = {**(args[4] or {}), "sampling.rule": "all"}
        return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)

    def get_description(self) -> str:
        return "Adding"


def instrumented(provider: TracerProvider) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    LLMRouteInstrumentor().instrument(tracer_provider=provider)
    try:
        yield exporter
    finally:
        LLMRouteInstrumentor().uninstrument()


def call(provider: Standin) -> Any:
    provider.default(CHAT.answer())
    with CHAT.client(provider) as client:
        return CHAT.create(client)


def test_processors_of_others_see_how_an_attempt_starts_and_ends(provider: Standin) -> None:
    watching = Watching()
    tracer_provider = TracerProvider()
    tracer_provider.add_span_processor(watching)
    for exporter in instrumented(tracer_provider):
        call(provider)
        (span,) = exporter.get_finished_spans()
    (started,), (ended,) = watching.started, watching.ended
    assert started == {**BEGUN_WITH, names.SERVER_PORT: started[names.SERVER_PORT]}
    assert ended == dict(span.attributes or {})
    assert ended["app.at_start"] == "kept"
    assert ended[names.COST_AMOUNT] == (1000 * 1.25 + 20 * 10) / 1_000_000


def test_what_a_sampler_adds_is_on_the_span(provider: Standin) -> None:
    for exporter in instrumented(TracerProvider(sampler=Adding())):
        call(provider)
        (span,) = exporter.get_finished_spans()
        attributes = dict(span.attributes or {})
    assert attributes["sampling.rule"] == "all"
    assert BEGUN_WITH.items() <= attributes.items()
    assert attributes[names.COST_STATUS] == "priced"


def test_limits_of_the_provider_hold(provider: Standin) -> None:
    for limits in (SpanLimits(max_span_attributes=10), SpanLimits(max_span_attribute_length=3)):
        for exporter in instrumented(TracerProvider(span_limits=limits)):
            call(provider)
            (span,) = exporter.get_finished_spans()
            attributes = dict(span.attributes or {})
        if limits.max_span_attributes == 10:
            assert len(attributes) == 10
            assert span.dropped_attributes > 10
        else:
            assert max(len(value) for value in attributes.values() if isinstance(value, str)) == 3


def test_an_ended_span_can_be_copied_and_written_before_it_was_read(recorded: Recorded, provider: Standin) -> None:
    call(provider)
    (span,) = recorded.exporter.get_finished_spans()
    assert span._attributes is not None
    copied = copy.deepcopy(span._attributes)
    assert names.COST_AMOUNT in span.to_json()
    assert dict(copied) == dict(span.attributes or {})


def test_threads_that_read_at_once_read_the_same(recorded: Recorded, provider: Standin) -> None:
    for _ in range(50):
        call(provider)
    ready, seen = threading.Barrier(4), []

    def read() -> None:
        ready.wait()
        seen.append([dict(span.attributes or {}) for span in recorded.exporter.get_finished_spans()])
        recorded.reader.get_metrics_data()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] == seen[1] == seen[2] == seen[3]
    assert all(names.COST_AMOUNT in attributes for attributes in seen[0])
    assert recorded.total(names.METRIC_CALLS) == 50


def test_what_the_application_does_to_an_answer_is_not_on_the_bill(recorded: Recorded, provider: Standin) -> None:
    answer = call(provider)
    answer.usage.prompt_tokens += 1_000_000
    answer.usage.prompt_tokens_details.cached_tokens = 999
    answer.model = "another"
    attempt = recorded.attempt()
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_CACHE_READ]) == (1000, 0)
    assert attempt[names.RESPONSE_MODEL] == "gpt-5"


def test_the_price_is_that_of_the_end_of_the_call_however_late_it_is_asked_for(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    quote = type(_prices()).quote

    def at(book: Any, at_ns: int, **what: Any) -> Any:
        asked.append(at_ns)
        return quote(book, at_ns, **what)

    monkeypatch.setattr(type(_prices()), "quote", at)
    call(provider)
    (span,) = recorded.exporter.get_finished_spans()
    assert asked == []
    assert names.COST_AMOUNT in (span.attributes or {})
    assert asked[0] <= (span.end_time or 0)


def _prices() -> Any:
    from otel_llmroute.app import telemetry

    active = telemetry.active()
    assert active is not None
    return active.prices


def test_without_a_sampler_of_ours_an_attempt_begins_with_the_same(
    provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for kept in ("true", "false"):
        monkeypatch.setenv("LLMROUTE_KEEP_UNSAMPLED", kept)
        for recorded in record(ALWAYS_ON):
            call(provider)
            seen.append(set(recorded.attempt()))
    assert seen[0] == seen[1]


def test_facts_of_any_type_are_on_the_span_as_the_sdk_would_have_them(recorded: Recorded, provider: Standin) -> None:
    tenant: Any = UUID(int=7)
    with llmroute.bind(tenant=tenant):
        call(provider)
    assert recorded.attempt()[names.TENANT_ID] == str(tenant)


def test_a_failure_of_ours_reaches_neither_who_exports_nor_who_collects(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from otel_llmroute.app.closings import Closings

    with monkeypatch.context() as patch:

        def broken(*_: Any) -> Any:
            raise IndexError("broken")

        patch.setattr(Closings, "of", broken)
        call(provider)
        call(provider)
        assert [attempt[names.REQUEST_MODEL] for attempt in recorded.attempts()] == ["gpt-5", "gpt-5"]
        assert recorded.total(names.METRIC_CALLS) == 0
    call(provider)
    assert recorded.total(names.METRIC_CALLS) == 1


def test_an_attempt_that_cannot_be_worked_out_is_still_recorded(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    from otel_llmroute.app import lifecycle

    def broken(*_: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(lifecycle.bills, "cost_of", broken)
    answer = CHAT.answer()
    assert isinstance(answer.json, dict)
    answer.json["usage"]["cost"] = 0.5
    provider.default(answer)
    openai.OpenAI(base_url=provider.openai_url, api_key="k").chat.completions.create(model="gpt-5", messages=[])
    attempt = recorded.attempt()
    assert attempt[names.ATTEMPT_OUTCOME] == "accepted"
    assert attempt[names.COST_STATUS] == "no_usage"
    assert recorded.total(names.METRIC_CALLS) == 1


# --- answers that are turned down ---


@pytest.fixture
def in_batches(provider: Standin) -> Iterator[tuple[TracerProvider, InMemorySpanExporter, InMemoryMetricReader]]:
    """Spans are exported when they are flushed, metrics collected when they are read."""
    tracer_provider, exporter, reader = TracerProvider(), InMemorySpanExporter(), InMemoryMetricReader()
    tracer_provider.add_span_processor(BatchSpanProcessor(Read(exporter), schedule_delay_millis=60_000))
    meter_provider = MeterProvider([reader])
    LLMRouteInstrumentor().instrument(tracer_provider=tracer_provider, meter_provider=meter_provider)
    provider.default(CHAT.answer())
    try:
        yield tracer_provider, exporter, reader
    finally:
        LLMRouteInstrumentor().uninstrument()
        tracer_provider.shutdown()
        meter_provider.shutdown()


class Read(SpanExporter):
    """Reads spans when they are exported, as one that sends them does."""

    def __init__(self, kept: InMemorySpanExporter) -> None:
        self._kept = kept

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            span.to_json()
        return self._kept.export(spans)


def counted(reader: InMemoryMetricReader) -> dict[str, int]:
    """Outcome -> attempts, as the metrics have them now."""
    data = reader.get_metrics_data()
    metrics = [m for rm in (data.resource_metrics if data else []) for sm in rm.scope_metrics for m in sm.metrics]
    points = [point for metric in metrics if metric.name == names.METRIC_CALLS for point in metric.data.data_points]
    return {str(point.attributes[names.ATTEMPT_OUTCOME]): point.value for point in points}


def outcomes(exporter: InMemorySpanExporter) -> list[Any]:
    """What became of each attempt, in the order of their ends."""
    told = [dict(span.attributes or {}) for span in exporter.get_finished_spans()]
    return [a[names.ATTEMPT_OUTCOME] for a in told if a[names.RECORD_KIND] == "attempt"]


@pytest.mark.parametrize("is_counted_first", [False, True])
def test_an_answer_that_is_rejected_before_anybody_looks_is_a_rejected_attempt(
    in_batches: Any, provider: Standin, is_counted_first: bool
) -> None:
    tracer_provider, exporter, reader = in_batches
    with CHAT.client(provider) as client, llmroute.route("r") as route:
        CHAT.create(client)
        route.reject()
        CHAT.create(client)
    expected = {"rejected": 1, "accepted": 1}
    if is_counted_first:
        assert counted(reader) == expected
    tracer_provider.force_flush()
    assert outcomes(exporter) == ["rejected", "accepted"]
    assert counted(reader) == expected
    first, second, _ = (dict(span.attributes or {}) for span in exporter.get_finished_spans())
    for name in (names.USAGE_STATUS, names.COST_STATUS, names.COST_AMOUNT):
        assert first[name] == second[name]
    assert first[names.USAGE_STATUS] == "reported"
    assert names.ERROR_TYPE not in first


def test_a_streamed_answer_that_is_rejected_has_all_of_its_usage(in_batches: Any, provider: Standin) -> None:
    tracer_provider, exporter, _ = in_batches
    provider.script(CHAT.stream())
    with CHAT.client(provider) as client, llmroute.route("r") as route:
        for _ in CHAT.create(client, stream=True):
            pass
        route.reject()
    tracer_provider.force_flush()
    assert outcomes(exporter) == ["rejected"]
    (attempt, _) = (dict(span.attributes or {}) for span in exporter.get_finished_spans())
    assert attempt[names.USAGE_STATUS] == "reported"


@pytest.mark.parametrize("is_exported", [False, True])
def test_an_answer_that_is_rejected_after_somebody_looked_stays_as_it_was_seen(
    in_batches: Any, provider: Standin, is_exported: bool
) -> None:
    tracer_provider, exporter, reader = in_batches
    with CHAT.client(provider) as client, llmroute.route("r") as route:
        CHAT.create(client)
        if is_exported:
            tracer_provider.force_flush()
        else:
            assert counted(reader) == {"accepted": 1}
        route.reject()
    tracer_provider.force_flush()
    assert outcomes(exporter) == ["accepted"]
    assert counted(reader) == {"accepted": 1}
    told = dict(exporter.get_finished_spans()[-1].attributes or {})
    assert told[names.ROUTE_OUTCOME] == "rejected"


# --- small bodies ---


class Unread(SpanProcessor):
    """Keeps spans as they ended, and asks nothing of them."""

    def __init__(self) -> None:
        self.ended: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)


@pytest.fixture
def bodies_read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    from otel_llmroute.app import lifecycle

    read: list[bytes] = []

    class Json:
        @staticmethod
        def loads(content: bytes) -> Any:
            read.append(content)
            return json.loads(content)

    monkeypatch.setattr(lifecycle, "json", Json)
    return read


@pytest.mark.parametrize("api", EVERY)
def test_a_small_body_is_read_when_somebody_asks(api: Api, provider: Standin, bodies_read: list[bytes]) -> None:
    tracer_provider, unread = TracerProvider(), Unread()
    tracer_provider.add_span_processor(unread)
    provider.default(api.answer())
    LLMRouteInstrumentor().instrument(tracer_provider=tracer_provider)
    try:
        with api.client(provider) as client, llmroute.route("r"):
            api.create(client)
        assert not bodies_read
        attempt, route = (dict(span.attributes or {}) for span in unread.ended)
        assert len(bodies_read) == 1
    finally:
        LLMRouteInstrumentor().uninstrument()
    assert attempt[names.USAGE_INPUT_TOKENS] == 1000
    assert attempt[names.ATTEMPT_OUTCOME] == "accepted"
    assert route[names.ROUTE_SERVED_MODEL] == attempt[names.RESPONSE_MODEL]


@pytest.mark.parametrize("blanks", [0, 5000])
@pytest.mark.parametrize("api", EVERY)
def test_a_long_body_says_the_same_as_a_small_one(api: Api, blanks: int, recorded: Recorded, provider: Standin) -> None:
    body = json.dumps(api.answer().json) + " " * blanks
    provider.default(Reply(body=body.encode(), headers={"content-type": "application/json"}))
    with api.client(provider) as client:
        api.create(client)
    attempt = recorded.attempt()
    assert attempt[names.USAGE_INPUT_TOKENS] == 1000
    assert attempt[names.USAGE_STATUS] == "reported"
    assert attempt[names.COST_STATUS] == "priced"


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ('"error":{"type":"overloaded"}', "failed"),
        ('"error": null', "accepted"),
        ('"note":"\\"error\\":1"', "accepted"),
    ],
)
def test_an_error_in_a_small_body_is_known_at_once(
    said: str, outcome: str, recorded: Recorded, provider: Standin
) -> None:
    body = "{" + said + ',"id":"c","choices":[],"model":"gpt-5"}'
    provider.default(Reply(body=body.encode(), headers={"content-type": "application/json"}))
    with CHAT.client(provider) as client, llmroute.route("r") as route:
        CHAT.create(client)
        assert [tried.outcome for tried in route._state.tried] == [outcome]  # type: ignore[union-attr]
    assert recorded.attempt()[names.ATTEMPT_OUTCOME] == outcome


def test_what_an_application_does_to_its_answer_changes_no_bill(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.answer())
    with CHAT.client(provider) as client, llmroute.route("r"):
        answer = CHAT.create(client)
        answer.usage.prompt_tokens = 0
        answer.model = "another"
    assert recorded.attempt()[names.USAGE_INPUT_TOKENS] == 1000
