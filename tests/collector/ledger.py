"""Senders with a ledger: real OTLP exporters that send each batch until it is acknowledged, and what then has to be in
the store: every acknowledged span once, its money to the last of 12 decimals."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Protocol

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from otel_llmroute import names
from tests.collector.clickhouse import Store
from tests.collector.collector import Collector
from tests.store.telemetry import App

BATCH = 100
GIVE_UP_S = 5
"""When an exporter gives a batch up; the sender then sends it again."""
PICO = 1_000_000_000_000


class Exporter(Protocol):
    """What a sender sends with."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult: ...

    def shutdown(self) -> None: ...


class Sender(threading.Thread):
    """An app that records calls and sends them in batches. ``acknowledged``: span id -> cost."""

    def __init__(self, number: int, exporter: Exporter, pause_s: float) -> None:
        super().__init__(name=f"sender-{number}", daemon=True)
        self.acknowledged: dict[str, Decimal] = {}
        self.refused = 0
        self.longest_s = 0.0
        self._exporter, self._pause_s = exporter, pause_s
        self._random = random.Random(number)
        self._app = App(service=f"sender-{number}")
        self._stopped = threading.Event()

    def run(self) -> None:
        for number in itertools.count():
            if self._stopped.is_set():
                return
            self._deliver(self._batch(number))
            self._stopped.wait(self._pause_s)

    def stop(self) -> None:
        """End after the batch under way was acknowledged."""
        self._stopped.set()

    def _batch(self, number: int) -> dict[str, tuple[ReadableSpan, Decimal]]:
        """Calls of now: span id -> the span and its cost."""
        made = {}
        for _ in range(BATCH):
            cost = Decimal(self._random.randrange(10**9)) / PICO
            more = {names.TENANT_ID: f"tenant-{number % 3}", names.JOB_ID: f"{self.name}-{number % 7}"}
            span = self._app.attempt(f"route.{number % 5}", str(cost), start_ns=time.time_ns(), **more)
            assert span.context is not None
            made[f"{span.context.span_id:016x}"] = (span, cost)
        self._app.spans.clear()
        return made

    def _deliver(self, batch: dict[str, tuple[ReadableSpan, Decimal]]) -> None:
        began = time.monotonic()
        while self._exporter.export([span for span, _ in batch.values()]) is not SpanExportResult.SUCCESS:
            self.refused += 1
            time.sleep(0.05)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.acknowledged |= {name: cost for name, (_, cost) in batch.items()}


class Ledger:
    """What all senders have acknowledged."""

    def __init__(self, senders: Sequence[Sender]) -> None:
        self.senders = senders

    @property
    def acknowledged(self) -> dict[str, Decimal]:
        """Span id -> cost."""
        return {name: cost for sender in self.senders for name, cost in list(sender.acknowledged.items())}

    def wait_for(self, count: int, within_s: float = 60) -> None:
        """Until so many more spans were acknowledged."""
        wanted, until = len(self.acknowledged) + count, time.monotonic() + within_s
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, f"only {len(self.acknowledged)} of {wanted} spans were acknowledged"
            time.sleep(0.05)

    def stop(self) -> None:
        """Let each finish what it sends."""
        for sender in self.senders:
            sender.stop()
        for sender in self.senders:
            sender.join(120)
            assert not sender.is_alive(), f"{sender.name} was not acknowledged within 120 s"

    def check(self, store: Store, within_s: float = 90, others: int = 0) -> None:
        """Everything acknowledged is in ``llm_calls`` once, and all totals are the ledger's. ``others``: calls without
        a cost that others sent and that are there already."""
        expected = self.acknowledged
        assert expected, "nothing was acknowledged"
        ours = "service LIKE 'sender-%'"
        store.wait_for(f"SELECT count() FROM llm_calls WHERE {ours}", len(expected), within_s)
        found = store.rows(f"SELECT span_id, toString(cost) FROM llm_calls WHERE {ours}")
        stored = {name: Decimal(cost) for name, cost in found}
        assert (len(found), stored) == (len(stored), expected)
        total = sum(expected.values(), Decimal(0))
        for what in ("cost) FROM llm_calls", "spend) FROM llm_hourly", "spend) FROM llm_hourly_tenants"):
            assert Decimal(store.value(f"SELECT sum({what}")) == total, what
        assert store.value("SELECT sum(records) FROM llm_hourly") == str(len(expected) + others)


@contextmanager
def sending(collector: Collector, count: int = 3, pause_s: float = 0.05) -> Iterator[Ledger]:
    """Senders at work, by turns over gRPC and HTTP; they are stopped with the block."""
    makers = (
        lambda: GRPCSpanExporter(collector.otlp_grpc, insecure=True, timeout=GIVE_UP_S),
        lambda: HTTPSpanExporter(f"{collector.otlp_http}/v1/traces", timeout=GIVE_UP_S),
    )
    exporters: list[Exporter] = [makers[number % 2]() for number in range(count)]
    ledger = Ledger([Sender(number, exporter, pause_s) for number, exporter in enumerate(exporters)])
    for sender in ledger.senders:
        sender.start()
    try:
        yield ledger
        ledger.stop()
    finally:
        for sender in ledger.senders:
            sender.stop()
        for exporter in exporters:
            exporter.shutdown()
