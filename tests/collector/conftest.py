"""The collector in front of a running ``llmroute up``: spans sent to the one are asked of the other."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tests.collector.collector import CONFIG, Collector, overlay, running_collector
from tests.store.conftest import RunningUp, end, start_store


@dataclass
class Piped:
    """A collector and the store behind it."""

    collector: Collector
    store: RunningUp

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement, when all that was acknowledged has arrived. Money is text."""
        self.collector.wait_until_empty()
        return self.store.sql(statement)

    def wait_for_rows(self, table: str, count: int, within_s: float = 30) -> None:
        """Until the table has so many rows: for spans that are sampled first."""
        until = time.monotonic() + within_s
        while (found := int(self.store.sql(f"SELECT count() AS n FROM {table}")[0]["n"])) != count:
            assert time.monotonic() < until, f"{found} rows in {table}, not {count}:\n{self.collector.said()}"
            time.sleep(0.2)


@contextmanager
def piped_through(folder: Path, *overlays: str, **env: str) -> Iterator[Piped]:
    """``config.yaml`` with ``overlays`` in front of a store in ``folder``. App spans are decided on after a second."""
    store = start_store(folder)
    settings: dict[str, Any] = {
        "LLMROUTE_ENDPOINT": store.otlp_http,
        "APP_DECISION_WAIT": "1s",
        "APP_SAMPLING_PERCENT": "100",
        **env,
    }
    configs = [CONFIG, overlay("embedded"), *map(overlay, overlays)]
    try:
        with running_collector(*configs, **settings) as collector:
            yield Piped(collector, store)
    finally:
        end(store)


@pytest.fixture
def piped(tmp_path: Path) -> Iterator[Piped]:
    with piped_through(tmp_path / "data") as running:
        yield running


def export(collector: Collector, spans: Sequence[ReadableSpan], over: str = "http", **headers: str) -> SpanExportResult:
    """Send spans with a real exporter, and say whether the collector has taken them."""
    if over == "http":
        exporter: SpanExporter = HTTPSpanExporter(collector.otlp_http + "/v1/traces", headers=headers)
    else:
        exporter = GRPCSpanExporter(endpoint=collector.otlp_grpc, insecure=True, headers=headers, timeout=5)
    try:
        return exporter.export(spans)
    finally:
        exporter.shutdown()


def post(collector: Collector, signal: str, request: dict[str, Any], **headers: str) -> int:
    """Send a request as OTLP/JSON to ``/v1/{signal}``; the HTTP status."""
    named = {"content-type": "application/json", **headers}
    url = f"{collector.otlp_http}/v1/{signal}"
    asked = urllib.request.Request(url, json.dumps(request).encode(), named, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def basic(name: str, password: str) -> dict[str, str]:
    """The header that says who sends."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
