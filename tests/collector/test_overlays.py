"""Tiers and overlays at work: a balancer in front, TLS, span metrics."""

from __future__ import annotations

import gzip
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.request import Request, urlopen

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint
from opentelemetry.sdk.trace.export import SpanExportResult

from tests.collector.collector import CONFIG, FOLDER, overlay, running_collector
from tests.collector.conftest import export, piped_through
from tests.store.telemetry import App

STORE_DOWN = "tcp://127.0.0.1:1"


def test_a_balancer_keeps_what_a_gateway_cannot_take(tmp_path: Path) -> None:
    with piped_through(tmp_path / "data") as piped:
        gateway = piped.collector
        port = str(gateway.ports["COLLECTOR_GRPC_PORT"])
        with running_collector(FOLDER / "balancer.yaml", GATEWAY_HOST="127.0.0.1", GATEWAY_PORT=port) as balancer:
            before, meanwhile = App(service="before"), App(service="meanwhile")
            for app in (before, meanwhile):
                for _ in range(20):
                    app.attempt()
            assert export(balancer, before.spans) is SpanExportResult.SUCCESS
            piped.wait_for_rows("llm_calls WHERE service = 'before'", 20)
            gateway.kill()
            assert export(balancer, meanwhile.spans) is SpanExportResult.SUCCESS
            balancer.restart()
            time.sleep(2)
            gateway.start()
            piped.wait_for_rows("llm_calls WHERE service = 'meanwhile'", 20, 60)
            balancer.wait_until_empty()


def test_large_spans_do_not_make_a_batch_that_the_store_refuses(tmp_path: Path) -> None:
    bodies = []
    for _ in range(3):
        app = App(service="large")
        for _ in range(900):
            app.attempt(**{f"long.{number}": "x" * 3000 for number in range(5)})
        bodies.append(gzip.compress(encode_spans(app.spans).SerializeToString(), 1))
    headers = {"content-type": "application/x-protobuf", "content-encoding": "gzip"}
    with piped_through(tmp_path / "data") as piped, ThreadPoolExecutor(len(bodies)) as senders:
        url = f"{piped.collector.otlp_http}/v1/traces"
        asked = [Request(url, body, headers) for body in bodies]
        assert [answer.status for answer in senders.map(lambda one: urlopen(one, timeout=60), asked)] == [200] * 3
        piped.wait_for_rows("llm_calls WHERE service = 'large'", 2700, 30)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key, made = tmp_path / "tls.key", tmp_path / "tls.crt"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-noenc",
        "-days",
        "2",
    ]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, *subject, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


def test_with_tls_a_sender_checks_the_certificate_and_plain_text_is_refused(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for bundle in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(bundle, raising=False)  # these go before the file that an exporter is given
    made, key = map(str, certificate)
    files = {"COLLECTOR_TLS_CERT": made, "COLLECTOR_TLS_KEY": key}
    app = App()
    app.attempt()
    with running_collector(CONFIG, overlay("tls"), CLICKHOUSE_ENDPOINT=STORE_DOWN, **files) as collector:
        url = collector.otlp_http.replace("http://", "https://") + "/v1/traces"
        known = OTLPSpanExporter(url, certificate_file=made)
        assert known.export(app.spans) is SpanExportResult.SUCCESS
        known.shutdown()
        assert export(collector, app.spans) is SpanExportResult.FAILURE


class MetricsStore(BaseHTTPRequestHandler):
    """Takes OTLP metrics and keeps the newest value of each."""

    calls: ClassVar[dict[str, float]] = {}

    def do_POST(self) -> None:
        body = gzip.decompress(self.rfile.read(int(self.headers["content-length"])))
        for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (metric for scoped in group.scope_metrics for metric in scoped.metrics):
                if metric.name == "traces.span.metrics.calls":
                    self.calls.update({name_of(point): point.as_int for point in metric.sum.data_points})
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def name_of(point: NumberDataPoint) -> str:
    """The name of the spans that a point counts."""
    return next(str(pair.value.string_value) for pair in point.attributes if pair.key == "span.name")


@pytest.fixture
def metrics_store() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), MetricsStore)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_span_metrics_count_what_is_not_kept_too(metrics_store: str) -> None:
    app = App()
    for _ in range(30):
        app.span(None, name="GET /inbox", scope="app")
        app.attempt()
    settings = {"METRICS_ENDPOINT": metrics_store, "METRICS_INTERVAL": "1s", "APP_SAMPLING_PERCENT": "0"}
    with running_collector(CONFIG, overlay("span_metrics"), CLICKHOUSE_ENDPOINT=STORE_DOWN, **settings) as collector:
        assert export(collector, app.spans) is SpanExportResult.SUCCESS
        until = time.monotonic() + 30
        while MetricsStore.calls != {"GET /inbox": 30, "chat gpt-5-mini": 30}:
            assert time.monotonic() < until, MetricsStore.calls
            time.sleep(0.2)
