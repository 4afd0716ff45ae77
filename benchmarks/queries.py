"""How fast panels answer, and what calls take of the disk, from 100,000 to ten million calls over 30 days.

    python benchmarks/queries.py                        # about 4 minutes, 2 GB of disk
    python benchmarks/queries.py --calls 100000,1000000
    python benchmarks/queries.py --together 1           # every call a job, a trace and a route of its own
    python benchmarks/queries.py --json queries.json --columns

Calls go into the typed table as the store's views fill it; then the roll-ups are built, by the statements that the
store itself runs. Panels (at_scale/panels.toml) are asked as the store asks, each nine times, by a warm engine: median.
Beside them the same sums from the calls. Afterwards roll-ups and calls are compared, to 12 decimals. A benchmark prints
and never asserts: the exit code is 0, or 1 when they do not agree.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from at_scale.scale import Scale

from otel_llmroute.config import tomllib
from otel_llmroute.store import maintenance
from otel_llmroute.store.database import Database, Session
from otel_llmroute.store.folder import Folder

HERE = Path(__file__).parent / "at_scale"
ASKED = 9
FROM_CALLS = """
SELECT route, reason, currency, sum(cost) AS total, count() AS calls FROM llm_calls
WHERE ts >= '2026-10-01 00:00:00' AND ts < '2026-10-31 00:00:00' GROUP BY ALL ORDER BY total DESC
"""


def timed(action: Callable[[], Any]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1e3


def medians(session: Session, panels: dict[str, str]) -> dict[str, float]:
    """Panel -> median milliseconds."""
    found = {}
    for name, statement in panels.items():
        session.query(statement)
        found[name] = statistics.median(timed(lambda sql=statement: session.query(sql)) for _ in range(ASKED))
    return found


def show(results: list[dict[str, Any]]) -> None:
    """The table, as Markdown."""
    lines = [["", *(f"{result['calls']:,}" for result in results)], ["---"] * (len(results) + 1)]
    lines += [
        [name.replace("_", " "), *(f"{result['panels_ms'][name]:.0f} ms" for result in results)]
        for name in results[0]["panels_ms"]
    ]
    lines.append(["all, one after the other", *(f"{sum(result['panels_ms'].values()):.0f} ms" for result in results)])
    for label, key, form in (
        ("spend by route and reason, from the calls", "from_calls_ms", "{:.0f} ms"),
        ("building all roll-ups anew", "build_s", "{:.1f} s"),
        ("rows of the roll-ups", "rollup_rows", "{:,}"),
        ("disk per call: calls and roll-ups", "bytes_per_call", "{:.1f} B"),
        ("most memory of the process", "memory_mb", "{:,} MiB"),
        ("roll-ups and calls", "agrees", "{}"),
    ):
        lines.append([label, *(form.format(result[key]) for result in results)])
    print(*(f"| {' | '.join(line)} |" for line in lines), sep="\n")


def measure(scale: Scale, calls: int, panels: dict[str, str]) -> dict[str, Any]:
    filled_s, build_s = scale.fill(calls), scale.build()
    print(f"filled in {filled_s:.0f} s, built in {build_s:.1f} s", file=sys.stderr)
    scale.settle()
    sizes = scale.bytes_per_call()
    counts = [scale.reader.query(f"SELECT count() FROM {rollup}_built").rows[0][0] for rollup in maintenance.ROLLUPS]
    return {
        "calls": calls,
        "panels_ms": medians(scale.reader, panels),
        "from_calls_ms": medians(scale.reader, {"calls": FROM_CALLS})["calls"],
        "build_s": build_s,
        "rollup_rows": sum(counts),
        "bytes_per_call": sum(sizes.values()),
        "bytes_per_call_by_table": sizes,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "agrees": "agree" if scale.agrees() else "DIFFER",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", default="100000,1000000,10000000", help="by comma (100000,1000000,10000000)")
    parser.add_argument("--together", type=int, default=3, help="calls of a job and its trace (3)")
    parser.add_argument("--columns", action="store_true", help="also the bytes of each column of the calls")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    chosen = parser.parse_args()
    panels = {name: panel["sql"] for name, panel in tomllib.loads((HERE / "panels.toml").read_text()).items()}
    results = []
    with tempfile.TemporaryDirectory(prefix="llmroute-bench-") as place:
        database = Database(Folder(Path(place) / "data"))
        scale = Scale(database, chosen.together)
        for calls in map(int, chosen.calls.split(",")):
            results.append(measure(scale, calls, panels))
            print(json.dumps(results[-1]["bytes_per_call_by_table"]), file=sys.stderr)
        if chosen.columns:
            print(*(f"{name:24} {size:6.2f} B" for name, size in scale.columns()), sep="\n", file=sys.stderr)
        database.close()
    show(results)
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0 if all(result["agrees"] == "agree" for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
