"""Values of every type, and points of every kind, become the same columns through the collector and directly; tables
that the exporter made before are used as they are."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from otel_llmroute import names
from otel_llmroute.store.receiver.signals import METRICS, TRACES, Signal
from tests.collector.clickhouse import migrate, running_double
from tests.collector.collector import CONFIG, running_collector
from tests.collector.paths import Paths, both_paths, differing

TEXTS = ("", "0.001", "12", " 12", "1e-7", "1e400", "-1", "NaN", "true", "True", '["a"]', "[1,", "a\0b", "☃ <b> & \\ '")
DOUBLES = (0.0, -0.0, 0.1, 1e-7, 1.5e-12, 123456.789, 1e15, 1e20, 1e21, 1e22, -3.0, float("nan"))
INTEGERS = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1)
LISTS: tuple[tuple[Any, ...], ...] = ((), ("a",), ("a/b", "<c> & \\ ☃"), (1, 2.5, True), (b"\xff",))
TYPED = (
    names.COST_AMOUNT, names.COST_INPUT, names.COST_CURRENCY, names.USAGE_INPUT_TOKENS, names.USAGE_OUTPUT_TOKENS,
    names.ATTEMPT_NUMBER, names.ATTEMPT_OUTCOME, names.RESPONSE_FINISH_REASONS, names.REQUEST_STREAM, names.ROUTE_NAME,
    names.CHARGE_QUANTITY, names.ROUTE_CANDIDATES, names.ROUTE_FALLBACK_USED, names.ROUTE_SCORE,
    names.ROUTE_ATTEMPT_COUNT, names.RESPONSE_CACHE_AVOIDED_COST, names.JOB_REVENUE, names.JOB_ID, names.TENANT_ID,
    names.ERROR_TYPE,
)  # fmt: skip
"""Attributes behind columns of every type."""
KINDS = ("attempt", "charge", "route", "decision", "job")


def value(of: Any) -> AnyValue:
    """An attribute's value."""
    if isinstance(of, tuple):
        return AnyValue(array_value=ArrayValue(values=[value(item) for item in of]))
    if isinstance(of, dict):
        return AnyValue(kvlist_value=KeyValueList(values=[pair(key, item) for key, item in of.items()]))
    kinds = {bool: "bool_value", int: "int_value", float: "double_value", str: "string_value", bytes: "bytes_value"}
    return AnyValue(**{kinds[type(of)]: of}) if of is not None else AnyValue()


def pair(key: str, of: Any) -> KeyValue:
    return KeyValue(key=key, value=value(of))


OTHERS: tuple[Any, ...] = (True, False, None, b"", b"\0\xff", {"a": 1, "b": ("c",)}, ((1,), {"a": ()}))
VALUES = (*TEXTS, *DOUBLES, *INTEGERS, *LISTS, *OTHERS)


WAYS = ("calls", "app", "late")
"""The exporters of the configuration."""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paths]:
    with both_paths(tmp_path_factory.mktemp("values")) as found:
        for signal, request in ((TRACES, spans()), (METRICS, points())):
            for base in (found.up.otlp_http, found.collector.otlp_http):
                deliver(base, signal, request)
        found.wait_for("otel_traces", "llm_calls", "llm_routes", "llm_decisions", "llm_metrics")
        yield found


def deliver(base: str, signal: Signal, request: Message) -> None:
    body, kind = request.SerializeToString(), {"content-type": "application/x-protobuf"}
    with urllib.request.urlopen(urllib.request.Request(base + signal.path, body, kind), timeout=60) as answer:
        assert answer.status == 200


def spans() -> ExportTraceServiceRequest:
    """Records of every kind; each has one typed attribute of a type that it should not have."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend([pair("service.name", "values"), pair("zones", ("a", "b")), pair("count", 3)])
    scope = group.scope_spans.add()
    scope.scope.name = names.SCOPE
    for number, (key, of) in enumerate((key, of) for key in TYPED for of in VALUES):
        span = _span(scope, number)
        span.attributes.extend([pair(names.RECORD_KIND, KINDS[number % 5] if key != names.COST_AMOUNT else "attempt")])
        span.attributes.append(pair(key, of))
    return request


def _span(scope: Any, number: int) -> Any:
    """A span with a kind, a status, an event and a link of every sort."""
    began = time.time_ns()
    span = scope.spans.add(
        trace_id=(number + 1).to_bytes(16, "big"), span_id=(number + 1).to_bytes(8, "big"), name=f"call {number % 3}",
        kind=number % 6, start_time_unix_nano=began, end_time_unix_nano=began + (number % 7 - 1) * 1_000_001,
    )  # fmt: skip
    span.status.code, span.status.message = number % 3, ("", "said ☃")[number % 2]
    span.trace_state = ("", "ot=th:8")[number % 2]
    event = span.events.add(name="retry", time_unix_nano=began + 5)
    event.attributes.append(pair("of", VALUES[number % len(VALUES)]))
    link = span.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, trace_state="a=b")
    link.attributes.append(pair("of", VALUES[-number % len(VALUES)]))
    return span


def points() -> ExportMetricsServiceRequest:
    """Metrics of every kind and temporality, of ours and of another scope; a point that says it has no value."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    group.resource.attributes.extend([pair("service.name", "values"), pair("llmroute.run.id", "run-7")])
    for name in (names.SCOPE, "another"):
        scope = group.scope_metrics.add()
        scope.scope.name = name
        for temporality in (0, 1, 2):
            _add_metrics(scope, temporality)
    return request


def _add_metrics(scope: Any, temporality: int) -> None:
    when = {"start_time_unix_nano": time.time_ns() - 10**9, "time_unix_nano": time.time_ns()}
    attributes = [pair(names.COST_CURRENCY, "USD"), pair("zones", ("a", 1)), pair("share", 0.25)]
    total = scope.metrics.add(name=f"sum.{temporality}", unit="{USD}").sum
    total.aggregation_temporality = temporality
    total.data_points.add(as_double=0.123456789, attributes=attributes, **when)
    total.data_points.add(as_int=2**40, attributes=attributes[:1], **when)
    total.data_points.add(flags=1, **when)
    scope.metrics.add(name=f"gauge.{temporality}").gauge.data_points.add(as_double=-1.5, **when)
    for kind in ("histogram", "exponential_histogram"):
        metric = getattr(scope.metrics.add(name=f"{kind}.{temporality}", unit="s"), kind)
        metric.aggregation_temporality = temporality
        metric.data_points.add(count=3, sum=0.75, attributes=attributes, **when)
    scope.metrics.add(name="summary").summary.data_points.add(count=3, sum=0.75, **when)


@pytest.mark.parametrize("table", ["llm_calls", "llm_routes", "llm_decisions", "llm_jobs", "llm_hourly", "llm_metrics"])
def test_values_of_every_type_become_the_same_columns(paths: Paths, table: str) -> None:
    through, direct = paths.rows(table)
    assert through
    assert differing(through, direct) == {}


def test_raw_spans_have_the_same_text(paths: Paths) -> None:
    through, direct = paths.rows("otel_traces")
    assert len(through) == len(TYPED) * len(VALUES)
    assert differing(through, direct) == {}


def test_a_number_without_end_has_another_word_and_is_no_money_on_either_path(paths: Paths) -> None:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    span = _span(scope, 10**6)
    infinite = float("inf")
    span.attributes.extend(
        [pair(names.RECORD_KIND, "attempt"), pair(names.COST_AMOUNT, infinite), pair(names.TENANT_ID, infinite)]
    )
    for base in (paths.up.otlp_http, paths.collector.otlp_http):
        deliver(base, TRACES, request)
    question = "SELECT tenant, toString(cost) FROM llm_calls WHERE service = ''"
    paths.store.wait_for("SELECT count() FROM llm_calls WHERE service = ''", 1)
    assert (paths.store.rows(question), paths.direct(question)) == ([["Infinity", "\\N"]], [["+Inf", "\\N"]])


def test_tables_that_the_exporter_made_before_are_used_as_they_are(tmp_path: Path) -> None:
    making = tmp_path / "making.yaml"
    making.write_text("".join(["exporters:\n", *(f"  clickhouse/{way}: {{create_schema: true}}\n" for way in WAYS)]))
    with running_double() as store, running_collector(CONFIG, making, **store.env) as collector:
        deliver(collector.otlp_http, METRICS, points())
        store.wait_for("SELECT count() FROM otel_metrics_sum", 18)
        migrate(store, store.dsn)
        deliver(collector.otlp_http, METRICS, points())
        deliver(collector.otlp_http, TRACES, spans())
        store.wait_for("SELECT count() FROM otel_metrics_sum", 36)
        store.wait_for("SELECT count() FROM otel_traces", len(TYPED) * len(VALUES))
        assert store.value("SELECT engine FROM system.tables WHERE name = 'otel_metrics_sum'") == "MergeTree"
        shapes = store.rows("SELECT shape, count(), sum(value) FROM llm_metrics GROUP BY shape ORDER BY shape")
        assert shapes == [["gauge", "3", "-4.5"], ["histogram", "6", "4.5"], ["sum", "9", "3298534883328.3706"]]
        store.wait_for("SELECT count() > 0 FROM llm_calls WHERE service = 'values'", 1)
