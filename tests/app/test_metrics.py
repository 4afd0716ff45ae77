"""What the counters say: every attempt once, by low-cardinality attributes, across forks and re-instrumentation."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app.metrics import _MOST_NOTES, Metrics, Series
from tests.app.conftest import Recorded, record


def ask(provider: Standin, times: int = 1, model: str = "gpt-5", **usage: Any) -> None:
    counts = openai_wire.usage(1000, 50, **usage)
    provider.default(Reply(json=openai_wire.chat(model=model, usage=counts)))
    with openai.OpenAI(base_url=provider.openai_url, api_key="k") as client:
        for _ in range(times):
            client.chat.completions.create(model=model, messages=[])


@pytest.fixture
def meter() -> Iterator[tuple[Metrics, InMemoryMetricReader]]:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    yield Metrics(provider.get_meter("test")), reader
    provider.shutdown()


def series(route: str, **changes: Any) -> Series:
    fields = dict.fromkeys(Series._fields) | {"record_kind": "attempt", "route": route, "cost_status": "priced"}
    return Series(**{**fields, "currency": "USD", **changes})


def points(reader: InMemoryMetricReader, name: str) -> list[Any]:
    data = reader.get_metrics_data()
    every = [m for rm in (data.resource_metrics if data else []) for sm in rm.scope_metrics for m in sm.metrics]
    return [point for metric in every if metric.name == name for point in metric.data.data_points]


def test_cost_and_calls_are_counted_by_route_provider_model_outcome_and_source(
    recorded: Recorded, provider: Standin
) -> None:
    with llmroute.route("r"):
        ask(provider, 3)
    ((attributes, cost),) = recorded.metric(names.METRIC_COST)
    assert attributes == {
        names.RECORD_KIND: "attempt",
        names.ROUTE_NAME: "r",
        names.PROVIDER_NAME: "openai",
        names.REQUEST_MODEL: "gpt-5",
        names.ATTEMPT_OUTCOME: "accepted",
        names.COST_STATUS: "priced",
        names.COST_SOURCE: "local",
        names.COST_CURRENCY: "USD",
    }
    assert cost.value == 3 * (1000 * 1.25 + 50 * 10) / 1_000_000
    assert recorded.total(names.METRIC_CALLS) == 3


def test_an_unpriced_call_is_counted_as_a_call_and_not_as_money(recorded: Recorded, provider: Standin) -> None:
    ask(provider, model="nobody-knows-this-model")
    assert recorded.metric(names.METRIC_COST) == []
    ((attributes, calls),) = recorded.metric(names.METRIC_CALLS)
    assert (calls.value, attributes[names.COST_STATUS]) == (1, "unpriced")


def test_audio_tokens_are_a_modality_of_their_own(recorded: Recorded, provider: Standin) -> None:
    ask(provider, audio_in=300)
    seen = {a[names.TOKEN_MODALITY]: p.value for a, p in recorded.metric(names.METRIC_INPUT_TOKENS)}
    assert seen == {"audio": 300, "unknown": 700}


def test_the_tenant_is_on_metrics_only_where_it_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, provider: Standin
) -> None:
    for asked in ("false", "true"):
        monkeypatch.setenv("LLMROUTE_TENANT_METRICS", asked)
        for recorded in record():
            with llmroute.bind(tenant="acme"):
                ask(provider)
            ((attributes, _),) = recorded.metric(names.METRIC_CALLS)
            assert attributes.get(names.TENANT_ID) == ("acme" if asked == "true" else None)


def test_durations_carry_the_error_and_embeddings_are_no_inference(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(status=400, json={"error": {"type": "invalid_request_error"}}))
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k")
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="gpt-5", messages=[])
    provider.script(Reply(json=openai_wire.embeddings()))
    client.embeddings.create(model="text-embedding-3-small", input="x", encoding_format="float")
    ((failed, _),) = recorded.metric(names.METRIC_DURATION)
    assert failed[names.ERROR_TYPE] == "invalid_request_error"
    ((embedded, _),) = recorded.metric(names.METRIC_OPERATION_DURATION)
    assert embedded[names.OPERATION_NAME] == "embeddings"


def test_many_small_costs_add_up_without_a_float_in_between(meter: tuple[Metrics, InMemoryMetricReader]) -> None:
    table, reader = meter
    for _ in range(100_000):
        table.add(series("r"), 123_000_000)  # 0.000123 USD; as floats the sum is 12.300000000000171
    assert len(table._notes) <= _MOST_NOTES  # what waits for a reader is bounded
    (point,) = points(reader, names.METRIC_COST)
    assert point.value == 12.3


def test_the_table_is_bounded_and_what_is_beyond_is_still_counted(meter: tuple[Metrics, InMemoryMetricReader]) -> None:
    table, reader = meter
    for i in range(6000):
        table.add(series(f"route {i}"), 1_000_000_000_000)
    found = points(reader, names.METRIC_COST)
    assert sum(point.value for point in found) == 6000
    assert len(found) <= 2001


def test_threads_lose_no_count(meter: tuple[Metrics, InMemoryMetricReader]) -> None:
    table, reader = meter

    def work() -> None:
        for _ in range(2000):
            table.add(series("r"), 1_000_000_000_000)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert points(reader, names.METRIC_COST)[0].value == 16_000


def test_instrumenting_again_goes_on_counting_where_it_was(provider: Standin) -> None:
    reader = InMemoryMetricReader()
    meter_provider = MeterProvider([reader])
    for _ in range(3):
        llmroute.LLMRouteInstrumentor().instrument(meter_provider=meter_provider)
        ask(provider)
        llmroute.LLMRouteInstrumentor().uninstrument()
    assert [point.value for point in points(reader, names.METRIC_CALLS)] == [3]
    meter_provider.shutdown()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
def test_a_forked_child_begins_from_nothing(recorded: Recorded, provider: Standin) -> None:
    ask(provider)
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            os.write(write, str(recorded.total(names.METRIC_CALLS)).encode())
        finally:
            os._exit(0)
    os.wait()
    assert os.read(read, 100) == b"0"
    assert recorded.total(names.METRIC_CALLS) == 1


def test_a_tracer_provider_that_is_set_after_instrumenting_is_found() -> None:
    # In a process of its own: the global provider can only be set once.
    code = (
        "from otel_llmroute import LLMRouteInstrumentor\n"
        "LLMRouteInstrumentor().instrument()\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.sampling import ALWAYS_OFF\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter\n"
        "exporter = InMemorySpanExporter(); provider = TracerProvider(sampler=ALWAYS_OFF)\n"
        "provider.add_span_processor(SimpleSpanProcessor(exporter)); trace.set_tracer_provider(provider)\n"
        "import otel_llmroute as llmroute\n"
        "tracer = provider.get_tracer('app')\n"
        "with tracer.start_as_current_span('GET', kind=trace.SpanKind.SERVER, attributes={'tenant.id': 'acme'}):\n"
        "    with llmroute.job('j'): pass\n"
        "with tracer.start_as_current_span('GET', kind=trace.SpanKind.SERVER, attributes={'tenant.id': 'acme'}):\n"
        "    with llmroute.job('j'): pass\n"
        "print([(s.name, s.attributes.get('llmroute.tenant.id')) for s in exporter.get_finished_spans()])\n"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[('job j', None), ('job j', 'acme')]"
