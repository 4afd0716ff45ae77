"""A store with so many calls, filled as its views fill it, with the roll-ups that the store itself builds."""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from pathlib import Path

from otel_llmroute.store import maintenance
from otel_llmroute.store.budgets.budget import Budget
from otel_llmroute.store.budgets.table import save
from otel_llmroute.store.database import Database
from otel_llmroute.store.folder import Folder
from otel_llmroute.store.maintenance.days import DAYS, build_days
from otel_llmroute.store.maintenance.jobs import jobs_statement
from otel_llmroute.store.maintenance.retention import Retention
from otel_llmroute.store.maintenance.tables import settle_tables
from otel_llmroute.store.schema import migrate

HERE = Path(__file__).parent
TYPED = (
    "llm_call_records",
    "llm_route_records",
    "llm_job_records",
    "llm_costs",
    "llm_hours_touched",
    "llm_rollups_built",
    "llm_job_hours",
    "llm_job_hours_touched",
    "llm_job_hours_built",
    "llm_hourly_jobs_built",
)
BATCH = 500_000
PARTS = 16
"""Routes and jobs are made of the calls in so many turns: less memory."""

DISK = """
SELECT table, sum(bytes_on_disk) AS size FROM system.parts WHERE active AND database = currentDatabase() GROUP BY table
"""
COLUMNS = """
SELECT name, data_compressed_bytes AS size FROM system.columns
WHERE table = 'llm_call_records' AND size > 0 ORDER BY size DESC
"""
SUMS = """
SELECT hour, route, sum({count}) AS n, sum({amount}) AS s FROM {table} GROUP BY hour, route ORDER BY hour, route
"""
BUDGETS = (
    Budget("all", Decimal(500)),
    Budget("customers", Decimal(50), each="tenant", only={"plan": ("free", "pro")}),
    Budget("route", Decimal(4), period="day", zone="Europe/Berlin", only={"route": ("area0.step0",)}, forecast=True),
)
"""One of each kind: of everything, of each of the customers, of a route by the clocks of a place."""


class Scale:
    """A store with so many calls. Times are in seconds. ``together``: calls of a job; ``experiments``: routes that are
    tried in two variants."""

    def __init__(self, database: Database, together: int, experiments: int = 0) -> None:
        self._writer, self.reader = database.writer(), database.reader()
        migrate(self._writer, "benchmark")
        settle_tables(self._writer, Retention(0, 0, 0))
        self._calls, self._together, self._experiments = 0, together, experiments

    def fill(self, calls: int) -> float:
        """Have ``calls`` calls; seconds that it took."""
        began = time.perf_counter()
        while self._calls < calls:
            more = min(BATCH, calls - self._calls)
            chosen = {"together": self._together, "experiments": self._experiments}
            self._insert("calls", there=self._calls, more=more, **chosen)
            self._calls += more
            print(f"  {self._calls:,} calls", file=sys.stderr)
        return time.perf_counter() - began

    def add_routes_and_jobs(self) -> float:
        """The routes and jobs that the calls are in; seconds that it took."""
        began = time.perf_counter()
        for part in range(PARTS):
            for name in ("routes", "jobs"):
                self._insert(name, part=part, parts=PARTS)
        return time.perf_counter() - began

    def save_budgets(self) -> None:
        """Have budgets, as a store has whose ``llmroute.toml`` says some."""
        save(self._writer, BUDGETS)

    def _insert(self, name: str, **chosen: int) -> None:
        ready = (HERE / f"{name}.sql").read_text(encoding="utf-8")
        for key, value in chosen.items():
            ready = ready.replace(f"{{{key}:UInt64}}", f"toUInt64({value})")
        self._writer.command(ready)

    def build(self) -> float:
        """Build the roll-ups; seconds that it took."""
        began = time.perf_counter()
        while maintenance.build(self._writer):
            pass
        while build_days(self._writer):
            pass
        return time.perf_counter() - began

    def settle(self) -> None:
        """Delete outdated builds and merge, as the store and the engine do by themselves in time."""
        for rollup in maintenance.ROLLUPS:
            sweep = maintenance.statement("sweep_rollup", rollup)
            self._writer.command(sweep.replace("INTERVAL 1 HOUR", "INTERVAL 0 HOUR"))  # no one is reading them
            self._writer.command(f"OPTIMIZE TABLE {rollup}_built FINAL")
        self._writer.command(jobs_statement("sweep").replace("INTERVAL 1 HOUR", "INTERVAL 0 HOUR"))
        records = ("llm_call_records", "llm_route_records", "llm_job_records")
        for table in (*records, "llm_job_hours", "llm_hourly_jobs_built"):
            self._writer.command(f"OPTIMIZE TABLE {table} FINAL")

    def bytes_per_call(self) -> dict[str, float]:
        """Bytes on disk per call, by table."""
        rows = self.reader.query(DISK).rows
        kept = {*TYPED, *(f"{sums}_built" for sums in (*maintenance.ROLLUPS, *DAYS.values()))}
        return {str(table): size / self._calls for table, size in rows if table in kept}

    def columns(self) -> list[tuple[str, float]]:
        """The largest columns of the calls, in bytes per call."""
        rows = self.reader.query(COLUMNS).rows
        return [(str(name), size / self._calls) for name, size in rows]

    def agrees(self) -> bool:
        """Whether roll-ups and calls say the same of every route and hour."""
        rolled = self.reader.query(SUMS.format(count="records", amount="spend", table="llm_hourly")).rows
        return rolled == self.reader.query(SUMS.format(count="1", amount="cost", table="llm_calls")).rows


def keep_filled(folder: Path, calls: int, together: int, experiments: int) -> float:
    """Have a store of that many calls, routes and jobs in ``folder``, as it is kept from an earlier run or made now;
    seconds that it took. Only one process may have the folder."""
    chosen = {"calls": calls, "together": together, "experiments": experiments}
    stamp, wanted = folder / "filled.json", {**chosen, "made_by": _made_by()}
    if stamp.exists() and json.loads(stamp.read_text(encoding="utf-8")) == wanted:
        return 0.0
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"Error: {folder} holds something else. Try: another --keep, or delete it")
    database = Database(Folder(folder / "data"))
    scale = Scale(database, together, experiments)
    took = scale.fill(calls) + scale.add_routes_and_jobs() + scale.build()
    scale.settle()
    database.close()
    stamp.write_text(json.dumps(wanted) + "\n", encoding="utf-8")
    return took


def _made_by() -> list[str]:
    """What the calls, routes and jobs are made by."""
    return [(HERE / f"{name}.sql").read_text(encoding="utf-8") for name in ("calls", "routes", "jobs")]
