"""The public OTLP exporters of other languages, sending into a real store: ``make test-clients``.

All send the calls of ``calls.json``. Whoever sends them, over whichever transport, compressed or not, the rows are the
same and so is the money.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest
import uvicorn
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind

from otel_llmroute import names
from otel_llmroute.store.receiver.canonical import Canonical
from otel_llmroute.store.receiver.grpc import OTLPServer
from otel_llmroute.store.receiver.http import otlp_app
from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.receiver.refusals import not_now
from otel_llmroute.store.receiver.signals import Signal
from otel_llmroute.store.receiver.spool import Spool
from tests.store.conftest import RunningUp, end, start_store

HERE = Path(__file__).parent
CALLS = HERE / "calls.json"
JS = ("js-http", "js-http-gzip", "js-proto", "js-proto-gzip", "js-grpc", "js-grpc-gzip")
GO = ("go-http", "go-http-gzip", "go-grpc", "go-grpc-gzip")
PYTHON = ("py-http", "py-http-gzip", "py-grpc", "py-grpc-gzip", "py-grpc-deflate")

Send = Callable[[str, str], None]
"""Sends the calls to an OTLP/HTTP and an OTLP/gRPC address."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    running = start_store(tmp_path_factory.mktemp("store") / "data")
    yield running
    end(running)


# Senders --------------------------------------------------------------------------------------------------------------


def run(*command: str | Path, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def javascript() -> Callable[..., None]:
    """Sends with the exporters of JavaScript."""
    if shutil.which("npm") is None:
        pytest.skip("NOT TESTED: the JavaScript exporters, because npm is not installed")
    wanted, installed = HERE / "js" / "package-lock.json", HERE / "js" / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=HERE / "js")

    def send(http: str, rpc: str, signals: str = "all") -> None:
        run("node", "sender.mjs", http, rpc, CALLS, signals, cwd=HERE / "js")

    return send


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Send:
    """Sends with the exporters of Go."""
    if shutil.which("go") is None:
        pytest.skip("NOT TESTED: the Go exporters, because go is not installed")
    sender = tmp_path_factory.mktemp("go") / "sender"
    run("go", "build", "-o", sender, "./sender", cwd=HERE / "go")
    return lambda http, rpc: run(sender, http, rpc, CALLS, cwd=HERE)


def python(http: str, rpc: str) -> None:
    """Sends with the exporters of Python."""
    send_from("py-http", HTTPSpanExporter(endpoint=http + "/v1/traces"))
    send_from("py-http-gzip", HTTPSpanExporter(endpoint=http + "/v1/traces", compression=Compression.Gzip))
    for suffix, compression in (("", None), ("-gzip", grpc.Compression.Gzip), ("-deflate", grpc.Compression.Deflate)):
        send_from(f"py-grpc{suffix}", GRPCSpanExporter(endpoint=rpc, insecure=True, compression=compression))


def send_from(service: str, exporter: SpanExporter) -> None:
    provider = TracerProvider(resource=Resource({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer(names.SCOPE)
    for call in json.loads(CALLS.read_text()):
        tracer.start_span(call["name"], kind=SpanKind.CLIENT, attributes=call["attributes"]).end()
    provider.shutdown()


@pytest.fixture(scope="session", params=["javascript", "go", "python"])
def sender(request: pytest.FixtureRequest) -> tuple[Callable[..., None], tuple[str, ...]]:
    """One that sends, and the services that it sends as."""
    if request.param == "python":
        return python, PYTHON
    return request.getfixturevalue(request.param), JS if request.param == "javascript" else GO


# Rows -----------------------------------------------------------------------------------------------------------------

OWN = "trace_id, span_id, parent_span_id, ts, duration_ns, received_at, service"


Rows = tuple[list[dict[str, Any]], ...]


def rows_of(store: RunningUp, service: str) -> Rows:
    """Attempts and charges, routes, and spans, without what differs from one span to another."""
    spans = "SpanName, SpanKind, ScopeName, StatusCode, SpanAttributes"
    return (
        store.sql(f"SELECT * EXCEPT ({OWN}, hour) FROM llm_calls WHERE service = '{service}' ORDER BY route, cost"),
        store.sql(f"SELECT * EXCEPT ({OWN}) FROM llm_routes WHERE service = '{service}'"),
        store.sql(f"SELECT {spans} FROM otel_traces WHERE ServiceName = '{service}' ORDER BY SpanName"),
    )


def test_every_exporter_delivers_the_same_rows_and_the_same_money(
    store: RunningUp, sender: tuple[Callable[..., None], tuple[str, ...]]
) -> None:
    send, services = sender
    expected = reference(store, f"reference of {services[0]}")
    send(store.otlp_http, store.otlp_grpc)
    for service in services:
        assert rows_of(store, service) == expected
        assert spend(store, service) == {"USD": Decimal("0.002123456790"), "EUR": Decimal(2)}


def reference(store: RunningUp, service: str) -> Rows:
    """The rows of the calls, sent uncompressed from Python over HTTP."""
    send_from(service, HTTPSpanExporter(endpoint=store.otlp_http + "/v1/traces"))
    rows = rows_of(store, service)
    assert [len(table) for table in rows] == [5, 1, 7]
    return rows


def spend(store: RunningUp, service: str) -> dict[str, Decimal]:
    where = f"WHERE service = '{service}' AND cost IS NOT NULL"
    rows = store.sql(f"SELECT currency, sum(cost) AS spend FROM llm_calls {where} GROUP BY currency")
    return {row["currency"]: Decimal(row["spend"]) for row in rows}


def test_logs_and_metrics_of_javascript_arrive(store: RunningUp, javascript: Callable[..., None]) -> None:
    javascript(store.otlp_http, store.otlp_grpc)
    for service in JS:
        where = f"WHERE ServiceName = '{service}'"
        logs = store.sql(f"SELECT DISTINCT Body, SeverityNumber, LogAttributes, ScopeName FROM otel_logs {where}")
        assert logs == [
            {"Body": '{"list":[1,[2.5,"x"]],"none":null,"text":"ünï"}', "SeverityNumber": 9}
            | {"LogAttributes": {"outcome": "success"}, "ScopeName": names.SCOPE}
        ]
        points = store.sql(
            f"SELECT DISTINCT metric, shape, unit, value, attributes FROM llm_metrics WHERE service = '{service}' "
            "ORDER BY metric"
        )
        assert points == [
            {
                "metric": "gen_ai.client.operation.duration",
                "shape": "histogram",
                "unit": "s",
                "value": 1.5,
                "attributes": {},
            },
            {"metric": names.METRIC_COST, "shape": "sum", "unit": "{USD}", "value": 0.25}
            | {"attributes": {names.ROUTE_NAME: "tiny"}},
        ]


# A collector in between -----------------------------------------------------------------------------------------------


@contextmanager
def rotel(store: RunningUp, protocol: str) -> Iterator[str]:
    """The collector ``rotel``, which passes all it gets on to the store; its OTLP/HTTP address."""
    agent = os.environ.get("LLMROUTE_ROTEL")
    if not agent:
        pytest.skip("NOT TESTED: rotel, because LLMROUTE_ROTEL does not say where its agent is (make test-clients)")
    ports = [free_port(), free_port()]
    endpoint = store.otlp_grpc if protocol == "grpc" else store.otlp_http
    options = {
        "--otlp-grpc-endpoint": f"127.0.0.1:{ports[0]}",
        "--otlp-http-endpoint": f"127.0.0.1:{ports[1]}",
        "--exporter": "otlp",
        "--otlp-exporter-endpoint": endpoint,
        "--otlp-exporter-protocol": protocol,
    }
    command = [agent, "start", *(word for pair in options.items() for word in pair)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(ports[1])
        yield f"http://127.0.0.1:{ports[1]}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


@pytest.mark.parametrize("protocol", ["grpc", "http"])
def test_what_comes_through_rotel_is_the_same_money(store: RunningUp, protocol: str) -> None:
    with rotel(store, protocol) as address:
        send_from(f"rotel-{protocol}", HTTPSpanExporter(endpoint=address + "/v1/traces"))
    assert spend(store, f"rotel-{protocol}") == {"USD": Decimal("0.002123456790"), "EUR": Decimal(2)}
    assert rows_of(store, f"rotel-{protocol}")[0] == reference(store, f"reference of rotel over {protocol}")[0]


# Retrying -------------------------------------------------------------------------------------------------------------


class Busy(Spool):
    """A spool that has no room the first times, and then keeps what it gets."""

    def __init__(self, times: int) -> None:
        self._times = times
        self.told = 0
        self.kept: list[bytes] = []

    def append(self, signal: Signal, request: Canonical) -> Future[None]:
        if self.told < self._times:
            self.told += 1
            raise not_now("the disk is full")
        self.kept.append(request.body)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def spans(self) -> dict[str, list[str]]:
        """Names of the spans of each service."""
        found: dict[str, list[str]] = {}
        for body in self.kept:
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = next(
                    pair.value.string_value for pair in group.resource.attributes if pair.key == "service.name"
                )
                found.setdefault(service, []).extend(span.name for scoped in group.scope_spans for span in scoped.spans)
        return found


@contextmanager
def receiver(spool: Spool) -> Iterator[tuple[str, str]]:
    """The real receiver on a spool of the test's own; its addresses."""
    loop = asyncio.new_event_loop()
    with ExitStack() as held:
        sock = held.enter_context(socket.socket())
        sock.bind(("127.0.0.1", 0))
        intake = Intake(spool)
        config = uvicorn.Config(otlp_app(intake), lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        ports: Future[int] = Future()

        async def serve() -> None:
            rpc = OTLPServer(intake, None)
            port = rpc.bind("127.0.0.1", 0)
            await rpc.start()
            ports.set_result(port)
            await server.serve(sockets=[sock])
            await rpc.stop(0)

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
        thread.start()
        try:
            port = ports.result(30)
            wait_for(sock.getsockname()[1])
            yield f"http://127.0.0.1:{sock.getsockname()[1]}", f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(30)


def test_exporters_send_again_what_a_store_without_room_refused(
    sender: tuple[Callable[..., None], tuple[str, ...]],
) -> None:
    send, services = sender
    spool = Busy(times=2)
    with receiver(spool) as (http, rpc):
        send(http, rpc, "traces") if services is JS else send(http, rpc)
    names_sent = [call["name"] for call in json.loads(CALLS.read_text())]
    assert spool.told == 2
    assert spool.spans() == dict.fromkeys(services, names_sent)
