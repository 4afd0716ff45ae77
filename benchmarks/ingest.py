"""How many spans a second the embedded store takes, acknowledged and stored, over HTTP and gRPC.

    python benchmarks/ingest.py                  # about 5 minutes
    python benchmarks/ingest.py --seconds 5      # a first look
    python benchmarks/ingest.py --json ingest.json

Requests of 500 spans are made before; while it measures, the sender only changes their trace ids and sends them. Sender
and store share the machine. Acknowledged is flushed to the disk, in the spool; stored is in the tables, with all views
fed. Afterwards calls and dollars in the tables are compared with the sender's ledger. A benchmark prints and never
asserts: the exit code is 0, or 1 when the ledger does not agree.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import threading
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from at_scale.store import Store, running_store
from at_scale.traffic import Template, templates

SPANS = 500
START_NS = 1_790_000_000 * 10**9


@dataclass
class Load:
    """What was sent over ``connections`` connections, and how it went."""

    over: str
    connections: int
    spans: int
    acknowledged_per_s: float
    stored_per_s: float
    p50_ms: float
    p95_ms: float
    refused: int
    """Requests that were told to come back later."""
    store_cores: float
    memory_mb: int
    agrees: bool = False


class Sender:
    """Threads that send as fast as they are answered."""

    def __init__(self, store: dict[str, str], over: str, pool: list[Template]) -> None:
        self._store, self._over, self._pool = store, over, pool
        self._lock = threading.Lock()
        self.latencies: list[float] = []
        self.refused = 0
        self.sent: dict[int, int] = defaultdict(int)

    def run(self, connections: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self._one, args=(number, until)) for number in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, number: int, until: float) -> None:
        send = _http(self._store["otlp_http"]) if self._over == "http" else _grpc(self._store["otlp_grpc"])
        at = number
        while time.monotonic() < until:
            which = at % len(self._pool)
            at += 7
            body, began = self._pool[which].fresh(), time.perf_counter()
            while not send(body):
                with self._lock:
                    self.refused += 1
                time.sleep(0.2)
            with self._lock:
                self.latencies.append(time.perf_counter() - began)
                self.sent[which] += 1


def _http(address: str) -> Any:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=120)

    def send(body: bytes) -> bool:
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        response = connection.getresponse()
        response.read()
        if response.status not in (200, 429, 503):
            raise SystemExit(f"the store answered {response.status}")
        return response.status == 200

    return send


def _grpc(address: str) -> Any:
    import grpc

    channel = grpc.insecure_channel(urlsplit(address).netloc, options=[("grpc.use_local_subchannel_pool", 1)])
    export = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")

    def send(body: bytes) -> bool:
        try:
            export(body, timeout=120)
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
                raise
            return False
        return True

    return send


def send_for(
    addresses: dict[str, str], over: str, pool: list[Template], connections: int, seconds: float, results: Any
) -> None:
    """In a process of its own: the sender's work is not the store's."""
    sender = Sender(addresses, over, pool)
    began = time.monotonic()
    sender.run(connections, seconds)
    results.put((time.monotonic() - began, sender.latencies, sender.refused, dict(sender.sent)))


def measure(over: str, connections: int, seconds: float, pool: list[Template]) -> Load:
    """One store, one load, and whether the tables say what was sent."""
    context = multiprocessing.get_context("spawn")
    with running_store() as store:
        results = context.Queue()
        cpu, began = store.cpu_s(), time.monotonic()
        process = context.Process(
            target=send_for, args=(store.addresses, over, pool, connections, seconds, results), daemon=True
        )
        process.start()
        took, latencies, refused, sent = results.get()
        process.join()
        while store.health()["waiting"]["records"]:
            time.sleep(0.05)
        stored_s = took + (time.monotonic() - began - took)
        spans = sum(pool[which].spans * times for which, times in sent.items())
        latencies.sort()
        load = Load(
            over,
            connections,
            spans,
            round(spans / took),
            round(spans / stored_s),
            round(latencies[len(latencies) // 2] * 1e3, 1),
            round(latencies[len(latencies) * 95 // 100] * 1e3, 1),
            refused,
            round((store.cpu_s() - cpu) / stored_s, 2),
            store.most_memory_mb(),
        )
        load.agrees = agrees(store, pool, sent)
    return load


def agrees(store: Store, pool: list[Template], sent: dict[int, int]) -> bool:
    """Whether calls and dollars of every route are those of the ledger, to 12 decimals."""
    ledger: dict[str, Decimal] = defaultdict(Decimal)
    for which, times in sent.items():
        for route, dollars in pool[which].spend.items():
            ledger[route] += dollars * times
    calls = sum(pool[which].calls * times for which, times in sent.items())
    asked = "SELECT route, sum({amount}) AS total FROM {table} GROUP BY route"
    found, rolled = (
        {row[0]: Decimal(row[1]) for row in store.sql(asked.format(amount=amount, table=table))}
        for amount, table in (("cost", "llm_calls"), ("spend", "llm_hourly"))
    )
    ((count,),) = store.sql("SELECT count() AS n FROM llm_calls")
    return found == dict(ledger) == rolled and int(count) == calls


def show(loads: list[Load]) -> None:
    heads = ("over", "connections", "spans", "acknowledged/s", "stored/s", "p50", "p95", "told to wait")
    print(f"| {' | '.join((*heads, 'cores of the store', 'memory', 'ledger'))} |")
    print("|---" * 11 + "|")
    for load in loads:
        cells = (
            *(load.over, load.connections, f"{load.spans:,}"),
            *(f"{load.acknowledged_per_s:,.0f}", f"{load.stored_per_s:,.0f}"),
            *(f"{load.p50_ms:g} ms", f"{load.p95_ms:g} ms", load.refused, f"{load.store_cores:g}"),
            *(f"{load.memory_mb} MiB", "agrees" if load.agrees else "DIFFERS"),
        )
        print(f"| {' | '.join(map(str, cells))} |")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30, help="how long each load is sent (30)")
    parser.add_argument("--connections", default="1,4,16", help="by comma (1,4,16)")
    parser.add_argument("--over", default="http,grpc", help="by comma (http,grpc)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    chosen = parser.parse_args()
    print("making requests ...", file=sys.stderr)
    pool = templates(40, SPANS, seed=1, start_ns=START_NS, step_ns=20 * 10**6)
    print(f"{sum(len(t.body) for t in pool) / sum(t.spans for t in pool):.0f} bytes a span\n", file=sys.stderr)
    loads = []
    for over in chosen.over.split(","):
        for connections in map(int, chosen.connections.split(",")):
            loads.append(measure(over, connections, chosen.seconds, pool))
            print(loads[-1], file=sys.stderr)
    show(loads)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps([asdict(load) for load in loads], indent=1) + "\n", encoding="utf-8")
    return 0 if all(load.agrees for load in loads) else 1


if __name__ == "__main__":
    sys.exit(main())
