"""The store killed with SIGKILL again and again under load. The ledger is kept by the senders, in Decimal.

``LLMROUTE_KILLS`` says how often (10; ``make soak``: 100).
"""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otel_llmroute import names
from tests.store.conftest import RunningUp, end, start_store
from tests.store.telemetry import NOW_NS, App, attempt_facts

KILLS = int(os.environ.get("LLMROUTE_KILLS", 10))
BATCH = 60
PAUSE_S = 0.0 if KILLS <= 10 else 0.3
"""Between two batches, so that the ledger of a long run stays small enough to be compared after each kill."""
HOUR_NS = 3600 * 10**9


@dataclass
class Ledger:
    """What a sender sent, and what of it was acknowledged."""

    spans: list[ReadableSpan] = field(default_factory=list)
    spend: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    acknowledged: set[int] = field(default_factory=set)
    """Places in ``spans``."""


class Sender(threading.Thread):
    """An app that goes on sending. What was not acknowledged goes into later batches, with spans that were sent before:
    as an exporter with a queue does that was restarted."""

    def __init__(self, number: int, exporter: SpanExporter) -> None:
        super().__init__(name=f"sender-{number}", daemon=True)
        self.service = f"sender-{number}"
        self.ledger = Ledger()
        self.told = threading.Event()
        self._app = App(service=self.service)
        self._exporter = exporter
        self._chance = random.Random(number)
        self._waiting: list[int] = []

    def run(self) -> None:
        while not self.told.is_set():
            self._waiting += [self._made() for _ in range(BATCH)]
            self._send(self._batch())
            self.told.wait(PAUSE_S)
        while self._waiting:
            self._send(self._waiting[:BATCH])
        self._exporter.shutdown()

    def _made(self) -> int:
        """One more attempt, of any hour of two days; its place in the ledger."""
        pico, route = self._chance.randrange(10**10), f"route-{self._chance.randrange(5)}"
        facts = {**attempt_facts(route, None), names.COST_AMOUNT: pico / 10**12, names.COST_CURRENCY: "USD"}
        start = NOW_NS + self._chance.randrange(48) * HOUR_NS + len(self.ledger.spans)
        self.ledger.spans.append(self._app.span("attempt", {**facts, names.COST_STATUS: "priced"}, start_ns=start))
        self.ledger.spend[route] += Decimal(pico).scaleb(-12)
        return len(self.ledger.spans) - 1

    def _batch(self) -> list[int]:
        """What waits and some of what was sent before, in any order."""
        sent = len(self.ledger.spans)
        batch = [*self._waiting[:BATCH], *(self._chance.randrange(sent) for _ in range(self._chance.randrange(20)))]
        self._chance.shuffle(batch)
        return batch

    def _send(self, batch: list[int]) -> None:
        found = self._exporter.export([self.ledger.spans[place] for place in batch])
        if found is SpanExportResult.SUCCESS:
            self.ledger.acknowledged.update(batch)
            self._waiting = [place for place in self._waiting if place not in self.ledger.acknowledged]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Killed:
    """A store that is killed and started again on the same ports and folder."""

    folder: Path
    http: int = field(default_factory=free_port)
    grpc: int = field(default_factory=free_port)
    starts_s: list[float] = field(default_factory=list)
    running: RunningUp | None = None

    def start(self) -> RunningUp:
        began = time.monotonic()
        options = (f"--otlp-http-port={self.http}", f"--otlp-grpc-port={self.grpc}")
        self.running = start_store(self.folder, *options)
        self.starts_s.append(time.monotonic() - began)
        return self.running

    def kill(self) -> None:
        assert self.running is not None
        self.running.process.send_signal(signal.SIGKILL)
        self.running.process.communicate(timeout=60)


@contextmanager
def sending(store: Killed) -> Iterator[list[Sender]]:
    """Senders over both transports, with exporters that try again by themselves."""
    senders = [
        Sender(0, HTTPSpanExporter(endpoint=f"http://127.0.0.1:{store.http}/v1/traces", timeout=3)),
        Sender(1, HTTPSpanExporter(endpoint=f"http://127.0.0.1:{store.http}/v1/traces", timeout=3)),
        Sender(2, GRPCSpanExporter(endpoint=f"http://127.0.0.1:{store.grpc}", insecure=True, timeout=3)),
    ]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        for sender in senders:
            sender.told.set()


def test_no_kill_loses_or_doubles_anything_that_was_acknowledged(tmp_path: Path) -> None:
    store, chance = Killed(tmp_path / "data"), random.Random(KILLS)
    store.start()
    with sending(store) as senders:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.5))
            store.kill()
            assert_acknowledged_is_there(store.start(), senders)
    for sender in senders:
        sender.join(120)
        assert not sender.is_alive()
    running = store.running
    assert running is not None
    try:
        assert_equals_the_ledger(running, senders)
        assert list((store.folder / "spool" / "refused").iterdir()) == []
        assert list((store.folder / "spool" / "damaged").iterdir()) == []
    finally:
        end(running)
    again = sorted(store.starts_s[1:])
    sent = sum(len(sender.ledger.spans) for sender in senders)
    print(
        f"\n{KILLS} kills, {sent} spans; ready at first after {store.starts_s[0]:.2f} s, "
        f"again after {again[len(again) // 2]:.2f} s, at most {again[-1]:.2f} s"
    )


def assert_acknowledged_is_there(running: RunningUp, senders: list[Sender]) -> None:
    """Each span that was acknowledged before the question is in the answer."""
    known = {sender.service: set(sender.ledger.acknowledged) for sender in senders}
    for sender in senders:
        rows = running.sql(f"SELECT DISTINCT trace_id FROM llm_calls WHERE service = '{sender.service}'")
        stored = {row["trace_id"] for row in rows}
        expected = {format(sender.ledger.spans[place].context.trace_id, "032x") for place in known[sender.service]}
        assert expected - stored == set()


def assert_equals_the_ledger(running: RunningUp, senders: list[Sender]) -> None:
    """Every span once, in every table and roll-up."""
    for sender in senders:
        ledger, where = sender.ledger, f"WHERE service = '{sender.service}'"
        for table, amount in (("llm_calls", "cost"), ("llm_hourly", "spend"), ("llm_hourly_now", "spend")):
            rows = running.sql(f"SELECT route, sum({amount}) AS total FROM {table} {where} GROUP BY route")
            assert {row["route"]: Decimal(row["total"]) for row in rows} == dict(ledger.spend)
        assert running.sql(f"SELECT count() AS n FROM llm_calls {where}") == [{"n": len(ledger.spans)}]
        assert running.sql(f"SELECT sum(records) AS n FROM llm_hourly {where}") == [{"n": len(ledger.spans)}]
        rows = running.sql(f"SELECT count() AS n FROM otel_traces FINAL WHERE ServiceName = '{sender.service}'")
        assert rows == [{"n": len(ledger.spans)}]
    whole = sum((sum(sender.ledger.spend.values()) for sender in senders), Decimal())
    assert sum(Decimal(row["spend"]) for row in running.spend(by="route")["rows"]) == whole
