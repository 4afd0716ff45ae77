"""OTLP in: both transports, both encodings, and an answer that says what is wrong with everything else."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GRPCMetricExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import SpanExportResult

from otel_llmroute import names
from tests.store.conftest import Answer, RunningUp
from tests.store.telemetry import App, send

PROTOBUF = "application/x-protobuf"


def request_of(app: App) -> ExportTraceServiceRequest:
    return encode_spans(app.spans)


def post(store: RunningUp, body: bytes, content_type: str = PROTOBUF, path: str = "/v1/traces", **more: str) -> Answer:
    return store.post(store.otlp_http + path, body, content_type=content_type, **more)


def count(store: RunningUp, service: str) -> int:
    return int(store.sql(f"SELECT count() AS n FROM llm_calls WHERE service = '{service}'")[0]["n"])


def one_attempt(service: str) -> App:
    app = App(service=service)
    app.attempt()
    return app


def test_protobuf_is_taken_and_answered_in_protobuf(shared_store: RunningUp) -> None:
    answer = post(shared_store, request_of(one_attempt("plain")).SerializeToString())
    assert (answer.status, answer.headers["content-type"]) == (200, PROTOBUF)
    assert not ExportTraceServiceResponse.FromString(answer.body).HasField("partial_success")
    assert count(shared_store, "plain") == 1


def test_gzip_is_taken_from_the_real_exporters(shared_store: RunningUp) -> None:
    http = OTLPSpanExporter(endpoint=shared_store.otlp_http + "/v1/traces", compression=Compression.Gzip)
    assert http.export(one_attempt("gzip-http").spans) is SpanExportResult.SUCCESS
    http.shutdown()
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter

    rpc = GRPCSpanExporter(endpoint=shared_store.otlp_grpc, insecure=True, compression=grpc.Compression.Gzip)
    assert rpc.export(one_attempt("gzip-grpc").spans) is SpanExportResult.SUCCESS
    rpc.shutdown()
    assert (count(shared_store, "gzip-http"), count(shared_store, "gzip-grpc")) == (1, 1)


def test_a_span_is_the_same_row_over_protobuf_json_and_grpc(shared_store: RunningUp) -> None:
    rows = []
    for way in ("protobuf", "json", "grpc"):
        app = App(service=f"way-{way}")
        span = app.attempt(route="é ü 😀", flag=True, list=["a", "b"], n=[1, 2], small=0.00005)
        span.resource  # noqa: B018 - the same provider made it
        if way == "grpc":
            send(shared_store, app.spans, "grpc")
        elif way == "json":
            answer = post(shared_store, as_otlp_json(request_of(app)), "application/json")
            assert (answer.status, answer.json()) == (200, {})
        else:
            assert post(shared_store, request_of(app).SerializeToString()).status == 200
        where = f"ServiceName = 'way-{way}'"
        columns = "* EXCEPT (TraceId, SpanId, ServiceName, ResourceAttributes)"
        rows += shared_store.sql(f"SELECT {columns}, length(TraceId), length(SpanId) FROM otel_traces WHERE {where}")
    assert len(rows) == 3
    assert rows[0] == rows[1] == rows[2]
    kept = rows[0]["SpanAttributes"]
    assert (kept["flag"], kept["list"], kept["n"], kept["small"]) == ("true", '["a","b"]', "[1,2]", "0.00005")
    assert (rows[0]["SpanKind"], rows[0]["StatusCode"], rows[0]["Duration"]) == ("Client", "Unset", 5_000_000)
    assert rows[0]["Timestamp"] == "2026-09-21 14:13:20.000000000"


def as_otlp_json(request: ExportTraceServiceRequest) -> bytes:
    """As the OTLP specification wants it: ids in hex, enums as numbers, 64-bit integers as text."""
    from google.protobuf.json_format import MessageToDict

    tree = MessageToDict(request, use_integers_for_enums=True)
    for resource in tree["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span, sent in zip(scope["spans"], request.resource_spans[0].scope_spans[0].spans, strict=True):
                span["traceId"], span["spanId"] = sent.trace_id.hex(), sent.span_id.hex()
                span["aFieldOfTheFuture"] = {"x": 1}
    return json.dumps(tree).encode()


BAD: list[tuple[str, bytes, dict[str, str], int, str]] = [
    ("text", b"this is not protobuf", {}, 400, "not an OTLP protobuf request for traces"),
    ("cut short", b"\x0a\xff\x01", {}, 400, "not an OTLP protobuf request for traces"),
    ("not JSON", b"{", {"content_type": "application/json"}, 400, "not an OTLP JSON request for traces"),
    ("a list", b"[]", {"content_type": "application/json"}, 400, "not an OTLP JSON request for traces"),
    ("wrong shape", b'{"resourceSpans": 7}', {"content_type": "application/json"}, 400, "not an OTLP JSON request"),
    ("deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {"content_type": "application/json"}, 400, "not an OTLP JSON"),
    ("no type", b"", {"content_type": ""}, 415, "content type '' is not supported"),
    ("wrong type", b"", {"content_type": "text/plain"}, 415, "content type 'text/plain' is not supported"),
    ("wrong encoding", b"x", {"content_encoding": "br"}, 415, "content encoding 'br' is not supported"),
    ("not gzip", b"this is not gzip", {"content_encoding": "gzip"}, 400, "the body is not gzip"),
    ("two gzips", gzip.compress(b"") * 2, {"content_encoding": "gzip"}, 400, "more follows the gzip body"),
    ("half gzip", gzip.compress(b"x" * 9999)[:-9], {"content_encoding": "gzip"}, 400, "the gzip body is cut short"),
    ("too large", b"x" * (16 * 2**20 + 1), {}, 413, "more than 16777216 bytes"),
]


@pytest.mark.parametrize(("name", "body", "headers", "status", "says"), BAD, ids=[case[0] for case in BAD])
def test_a_wrong_request_is_refused_with_its_reason(
    shared_store: RunningUp, name: str, body: bytes, headers: dict[str, str], status: int, says: str
) -> None:
    answer = post(shared_store, body, **headers)
    is_json = "json" in headers.get("content_type", "")
    message = answer.json()["message"] if is_json else Status.FromString(answer.body).message
    assert (answer.status, "\n" in message) == (status, False)
    assert says in message


def test_a_gzip_bomb_is_refused_before_it_unfolds(shared_store: RunningUp) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"\0" * 2**20) for _ in range(128)) + packer.flush()
    answer = post(shared_store, bomb, content_encoding="gzip")
    assert (answer.status, "after gzip" in Status.FromString(answer.body).message) == (413, True)


@pytest.fixture
def channel(shared_store: RunningUp) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(shared_store.otlp_grpc.removeprefix("http://")) as opened:
        yield opened


@pytest.mark.parametrize(("service", "signal"), [("trace.v1.TraceService", "traces"), ("logs.v1.LogsService", "logs")])
def test_what_is_not_protobuf_is_an_invalid_argument_over_grpc(
    channel: grpc.Channel, service: str, signal: str
) -> None:
    call = channel.unary_unary(f"/opentelemetry.proto.collector.{service}/Export")
    with pytest.raises(grpc.RpcError) as refused:
        call(b"not protobuf", timeout=10)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details() == f"the body is not an OTLP protobuf request for {signal}"


def test_an_unknown_method_is_unimplemented_over_grpc(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Import")(b"", timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_an_empty_request_is_fine(shared_store: RunningUp) -> None:
    assert post(shared_store, b"").status == 200
    assert post(shared_store, b"{}", "application/json").status == 200


def test_a_span_without_ids_is_rejected_and_the_others_are_taken(shared_store: RunningUp) -> None:
    app = App(service="partial")
    for _ in range(3):
        app.attempt()
    request = request_of(app)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[0].trace_id = b"\0" * 16
    spans[1].span_id = b"short"
    answer = ExportTraceServiceResponse.FromString(post(shared_store, request.SerializeToString()).body)
    assert answer.partial_success.rejected_spans == 2
    assert answer.partial_success.error_message == "a trace id is not 16 bytes, or all zero"
    assert count(shared_store, "partial") == 1


def test_times_at_both_ends_of_what_can_be_told_are_taken(shared_store: RunningUp) -> None:
    app = App(service="times")
    app.span("attempt", start_ns=0)
    app.span("attempt", start_ns=2**62, duration_ns=2**61)
    request = request_of(app)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans.add().CopyFrom(spans[0])
    spans[2].start_time_unix_nano, spans[2].end_time_unix_nano, spans[2].span_id = 2000, 1000, b"12345678"
    assert post(shared_store, request.SerializeToString()).status == 200
    found = shared_store.sql("SELECT duration_ns FROM llm_calls WHERE service = 'times' ORDER BY duration_ns")
    assert [row["duration_ns"] for row in found] == [0, 5_000_000, 2**61 // 1000 * 1000]


def test_values_that_cannot_be_stored_harm_no_other_request(shared_store: RunningUp) -> None:
    lone = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","name":"\\ud800"}]}]}]}'
    answer = post(shared_store, lone % (b"a" * 32, b"b" * 16), "application/json")
    assert answer.status == 400
    with ThreadPoolExecutor(8) as senders:
        apps = [one_attempt(f"beside-{at}") for at in range(8)]
        list(senders.map(lambda app: send(shared_store, app.spans), apps))
    assert [count(shared_store, f"beside-{at}") for at in range(8)] == [1] * 8


def test_attributes_of_wrong_types_make_no_row_fail(shared_store: RunningUp) -> None:
    app = App(service="odd")
    for value in ("many", -1, 1e300, True, [1, 2], "", "0x10", "9" * 400):
        odd = dict.fromkeys(
            [
                names.COST_AMOUNT, names.COST_INPUT, names.USAGE_INPUT_TOKENS, names.ATTEMPT_NUMBER,
                names.ATTEMPT_SDK_RETRIES, names.HTTP_STATUS_CODE, names.CHARGE_QUANTITY, names.ROUTE_NAME,
                names.RESPONSE_FINISH_REASONS, names.RESPONSE_TIME_TO_FIRST_CHUNK, names.ROUTE_CANDIDATES,
                names.ROUTE_FALLBACK_USED, names.JOB_REVENUE, names.ROUTE_SCORE,
            ],
            value,
        )  # fmt: skip
        for kind in ("attempt", "charge", "route", "decision", "job"):
            app.span(kind, odd)
    send(shared_store, app.spans)
    assert count(shared_store, "odd") == 16
    found = shared_store.sql(
        "SELECT countIf(cost IS NULL) AS n, countIf(input_tokens IS NULL) AS m FROM llm_calls WHERE service = 'odd'"
    )
    assert found == [{"n": 14, "m": 16}]  # -1 is an amount (a refund), and no count
    assert shared_store.sql("SELECT count() AS n FROM llm_routes WHERE service = 'odd'") == [{"n": 8}]
    assert shared_store.sql("SELECT count() AS n FROM llm_decisions WHERE service = 'odd'") == [{"n": 8}]


@pytest.mark.parametrize("over", ["http", "grpc"])
def test_our_metrics_are_kept_and_others_only_counted(shared_store: RunningUp, over: str) -> None:
    ignored = shared_store.health()["ignored_metric_points"]
    exporter: Any = (
        OTLPMetricExporter(endpoint=shared_store.otlp_http + "/v1/metrics")
        if over == "http"
        else GRPCMetricExporter(endpoint=shared_store.otlp_grpc, insecure=True)
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], Resource({"service.name": f"meter-{over}"}))
    meter = provider.get_meter(names.SCOPE)
    meter.create_counter(names.METRIC_COST, "{USD}").add(0.25, {names.ROUTE_NAME: "a"})
    meter.create_histogram(names.METRIC_DURATION, "s").record(1.5)
    provider.get_meter("someone.else").create_counter("theirs").add(1)
    provider.shutdown()
    found = shared_store.sql(
        "SELECT metric, shape, temporality, value, count, attributes FROM llm_metrics "
        f"WHERE service = 'meter-{over}' AND metric NOT LIKE 'otel.%' ORDER BY metric"
    )
    assert found == [
        {"metric": names.METRIC_DURATION, "shape": "histogram", "temporality": "cumulative", "value": 1.5, "count": 1}
        | {"attributes": {}},
        {"metric": names.METRIC_COST, "shape": "sum", "temporality": "cumulative", "value": 0.25, "count": None}
        | {"attributes": {names.ROUTE_NAME: "a"}},
    ]
    assert shared_store.health()["ignored_metric_points"] > ignored


def test_only_this_machine_is_answered(shared_store: RunningUp) -> None:
    refused = shared_store.post(shared_store.web + "/api/sql", b'{"statement":"SELECT 1"}', host="evil.example:8317")
    assert (refused.status, refused.json()["error"]["message"]) == (403, "the Host header does not name this machine")
    assert post(shared_store, b"", host="evil.example").status == 403
    assert shared_store.post(shared_store.web + "/api/sql", b'{"statement":"SELECT 1"}', host="localhost").status == 200


def test_a_form_of_another_site_cannot_ask(shared_store: RunningUp) -> None:
    body = b'{"statement":"SELECT 1"}'
    answer = shared_store.post(shared_store.web + "/api/sql", body, content_type="text/plain")
    assert (answer.status, answer.json()["error"]["kind"]) == (400, "BadStatement")
