"""What the collector takes: spans a second per core, memory, and what waits, at one, five and twenty times a base load.

    make collector telemetrygen                  # once
    python benchmarks/collector.py               # about 4 minutes, 1 GB of disk
    python benchmarks/collector.py --seconds 60 --base 500 --json collector.json

The load is made by telemetrygen, the generator of the collector project: traces of two spans, each span an LLM call
with 25 attributes. The built collector runs with collector/config.yaml as it is; behind it is the engine, with the
schema that ``llmroute migrate`` makes, behind a small HTTP server (tests/collector/clickhouse.py). All of them share
the machine, so what is said per core is made from processor time, not from the clock. The last column is 5 x with
ClickHouse away: what waits on the disk. After each load rows and spend in ClickHouse are held against what the
collector acknowledged. A benchmark prints and never asserts: the exit code is 0, or 1 when they do not agree.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.collector.clickhouse import Double, migrate, running_double  # noqa: E402
from tests.collector.collector import Collector, running_collector  # noqa: E402

TELEMETRYGEN = ROOT / "collector" / "build" / "bin" / "telemetrygen"
COST = Decimal("0.000123456789")
FACTS = {
    "llmroute.record.kind": "attempt",
    "llmroute.route.id": "5f0c1e2d3a4b5c6d",
    "llmroute.route.name": "support.reply",
    "llmroute.route.reason": "complexity",
    "llmroute.route.source": "explicit",
    "llmroute.job.id": "T-1024",
    "llmroute.job.name": "resolve_ticket",
    "llmroute.tenant.id": "acme",
    "llmroute.tenant.plan": "pro",
    "llmroute.feature": "inbox",
    "llmroute.task.class": "reply",
    "llmroute.attempt.reason": "initial",
    "llmroute.attempt.outcome": "accepted",
    "llmroute.usage.status": "reported",
    "llmroute.cost.amount": str(COST),
    "llmroute.cost.currency": "USD",
    "llmroute.cost.source": "local",
    "llmroute.cost.status": "priced",
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-5-mini",
    "gen_ai.response.model": "gpt-5-mini",
}
COUNTS = {"llmroute.attempt.number": 1, "gen_ai.usage.input_tokens": 1834, "gen_ai.usage.output_tokens": 412}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Result:
    """One load. Spans a second, seconds, MiB; ``per_core`` is spans per second of processor time."""

    load: str
    offered: int
    accepted: float
    refused: int
    collector_per_core: float
    clickhouse_per_core: float
    memory_mib: float
    waiting_at_most: int
    waiting_at_end: int
    drained_s: float
    queue_bytes_per_span: float
    agrees: bool


def telemetrygen(endpoint: str, rate: int, seconds: int) -> subprocess.Popen[bytes]:
    """The generator, started: so many spans a second for so long."""
    workers = max(1, min(8, rate // 1000))
    attributes = [f'{name}="{value}"' for name, value in FACTS.items()] + [f"{k}={v}" for k, v in COUNTS.items()]
    command = [str(TELEMETRYGEN), "traces", "--otlp-insecure", "--otlp-endpoint", endpoint, "--duration", f"{seconds}s"]
    command += ["--workers", str(workers), "--rate", str(rate / workers), "--batch-size", "200"]
    command += [word for attribute in attributes for word in ("--telemetry-attributes", attribute)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid: int) -> float:
    """The most memory a process has had resident."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def size_of(folder: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in folder.iterdir() if file.is_file())


def accepted(collector: Collector) -> int:
    return int(collector.metric("otelcol_receiver_accepted_spans"))


def stored(store: Double) -> tuple[int, Decimal]:
    """Calls in ClickHouse, each once, and their spend."""
    ((calls, spend),) = store.rows("SELECT count(), ifNull(sum(cost), 0) FROM llm_calls")
    return int(calls), Decimal(spend)


def waiting(collector: Collector, load: subprocess.Popen[bytes]) -> Iterator[int]:
    """What waits in the queues, twice a second until the load ends."""
    while load.poll() is None:
        yield int(collector.queued())
        time.sleep(0.5)


def loaded(name: str, rate: int, seconds: int, away: bool = False) -> Result:
    """Put a load on a fresh collector and a fresh store."""
    print(f"{name}: {rate:,} spans/s for {seconds} s ...", file=sys.stderr)
    with running_double() as store:
        migrate(store, store.dsn)
        with running_collector(**store.env) as collector:
            assert store.process is not None
            if away:
                store.fail("503")
            collector_s, store_s, began = cpu_s(collector.pid), cpu_s(store.process.pid), time.monotonic()
            load = telemetrygen(collector.otlp_grpc.removeprefix("http://"), rate, seconds)
            depths = [*waiting(collector, load), int(collector.queued())]
            took_s, taken, on_disk = time.monotonic() - began, accepted(collector), size_of(collector.queue)
            store.fail("none")
            while stored(store)[0] < taken and time.monotonic() - began < took_s + 180:
                time.sleep(0.5)
            drained_s = time.monotonic() - began - took_s
            spent_s, store_spent_s = cpu_s(collector.pid) - collector_s, cpu_s(store.process.pid) - store_s
            return Result(
                name,
                rate,
                taken / took_s,
                int(collector.metric("otelcol_receiver_refused_spans")),
                taken / spent_s,
                taken / store_spent_s,
                memory_mib(collector.pid),
                max(depths),
                depths[-1],
                drained_s,
                on_disk / max(1, depths[-1]) if away else 0.0,
                taken > 0 and stored(store) == (taken, taken * COST),
            )


def show(results: list[Result]) -> None:
    """The table, as Markdown."""
    lines = [
        ["", *(result.load for result in results)],
        ["---"] * (len(results) + 1),
        ["offered", *(f"{result.offered:,}/s" for result in results)],
        ["acknowledged", *(f"{result.accepted:,.0f}/s" for result in results)],
        ["refused", *(f"{result.refused:,}" for result in results)],
        ["per core of the collector", *(f"{result.collector_per_core:,.0f}/s" for result in results)],
        ["per core of ClickHouse", *(f"{result.clickhouse_per_core:,.0f}/s" for result in results)],
        ["memory of the collector, at most", *(f"{result.memory_mib:.0f} MiB" for result in results)],
        ["waiting, at most", *(f"{result.waiting_at_most:,}" for result in results)],
        ["waiting when the load ends", *(f"{result.waiting_at_end:,}" for result in results)],
        ["until all is in ClickHouse", *(f"{result.drained_s:.1f} s" for result in results)],
        ["disk per span that waits", *(_bytes(result.queue_bytes_per_span) for result in results)],
        ["rows and spend", *("agree" if result.agrees else "DIFFER" for result in results)],
    ]
    print(*(f"| {' | '.join(line)} |" for line in lines), sep="\n")


def _bytes(count: float) -> str:
    return f"{count:,.0f} B" if count else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30, help="of each load (30)")
    parser.add_argument("--base", type=int, default=1000, help="spans a second at 1 x (1000)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    chosen = parser.parse_args()
    if not TELEMETRYGEN.exists():
        parser.error(f"there is no {TELEMETRYGEN.relative_to(ROOT)}. Try: make telemetrygen")
    results = [loaded(f"{factor} x", factor * chosen.base, chosen.seconds) for factor in (1, 5, 20)]
    results.append(loaded("5 x, ClickHouse away", 5 * chosen.base, chosen.seconds, away=True))
    show(results)
    if chosen.json:
        figures: list[dict[str, Any]] = [asdict(result) for result in results]
        Path(chosen.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result.agrees for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
