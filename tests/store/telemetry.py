"""Real telemetry for the store: spans of the OpenTelemetry SDK with our attributes, sent by the real OTLP exporters."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind

from otel_llmroute import names
from tests.store.conftest import RunningUp

NOW_NS = 1_790_000_000_000_000_000
"""A moment in September 2026."""


class SameIds(IdGenerator):
    """Ids of a program that seeds its random numbers."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self._random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(128) or 1


@dataclass
class App:
    """An instrumented program: makes finished spans, keeps them, and sends any of them as often as asked."""

    service: str = "app"
    run: str = ""
    ids: IdGenerator | None = None
    spans: list[ReadableSpan] = field(default_factory=list)

    def __post_init__(self) -> None:
        attributes = {"service.name": self.service, **({"llmroute.run.id": self.run} if self.run else {})}
        provider = TracerProvider(resource=Resource(attributes), id_generator=self.ids)
        self._memory = InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(self._memory))
        self.provider = provider
        self._clock = itertools.count(NOW_NS, 1_000_000)

    def span(
        self,
        kind: str | None,
        attributes: Mapping[str, Any] | None = None,
        *,
        scope: str = names.SCOPE,
        name: str = "chat gpt-5-mini",
        start_ns: int | None = None,
        duration_ns: int = 5_000_000,
    ) -> ReadableSpan:
        """One finished span, a record of ``kind`` (``None``: no record of ours)."""
        start = next(self._clock) if start_ns is None else start_ns
        record = {names.RECORD_KIND: kind} if kind else {}
        span = self.provider.get_tracer(scope).start_span(
            name, kind=SpanKind.CLIENT, attributes={**record, **(attributes or {})}, start_time=start
        )
        span.end(start + duration_ns)
        made = self._memory.get_finished_spans()[-1]
        self._memory.clear()
        self.spans.append(made)
        return made

    def attempt(self, route: str = "support.reply", cost: str | None = "0.001", **more: Any) -> ReadableSpan:
        """An attempt on ``route``. ``cost`` in USD, ``None`` for one that no price list knows."""
        return self.span("attempt", {**attempt_facts(route, cost), **more})


def attempt_facts(route: str, cost: str | None, currency: str = "USD") -> dict[str, Any]:
    """The attributes of a plain attempt."""
    facts: dict[str, Any] = {
        names.ROUTE_NAME: route,
        names.ROUTE_REASON: "task_class",
        names.PROVIDER_NAME: "openai",
        names.REQUEST_MODEL: "gpt-5-mini",
        names.RESPONSE_MODEL: "gpt-5-mini-2026-08-07",
        names.OPERATION_NAME: "chat",
        names.ATTEMPT_OUTCOME: "accepted",
        names.ATTEMPT_REASON: "initial",
        names.USAGE_STATUS: "reported",
        names.USAGE_INPUT_TOKENS: 1000,
        names.USAGE_OUTPUT_TOKENS: 100,
        names.USAGE_CACHE_READ: 250,
        names.COST_STATUS: "unpriced",
    }
    if cost is not None:
        facts |= {names.COST_AMOUNT: float(Decimal(cost)), names.COST_CURRENCY: currency, names.COST_STATUS: "priced"}
    return facts


@contextmanager
def http_exporter(store: RunningUp) -> Iterator[HTTPSpanExporter]:
    exporter = HTTPSpanExporter(endpoint=store.otlp_http + "/v1/traces")
    yield exporter
    exporter.shutdown()


@contextmanager
def grpc_exporter(store: RunningUp) -> Iterator[GRPCSpanExporter]:
    exporter = GRPCSpanExporter(endpoint=store.otlp_grpc, insecure=True)
    yield exporter
    exporter.shutdown()


def send(store: RunningUp, spans: Sequence[ReadableSpan], over: str = "http") -> None:
    """Send spans with a real exporter; returns when the store has acknowledged them."""
    with (http_exporter if over == "http" else grpc_exporter)(store) as exporter:
        assert exporter.export(spans) is SpanExportResult.SUCCESS
