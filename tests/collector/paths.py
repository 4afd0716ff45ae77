"""Two stores that get the same telemetry, one through the collector and one directly, compared column by column."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.collector.clickhouse import Store, rows_of, running_store
from tests.collector.collector import Collector, running_collector
from tests.store.conftest import RunningUp, end, start_store

ORDERED: Final = {
    "llm_calls": "ts, span_id",
    "llm_routes": "ts, span_id",
    "llm_decisions": "ts, span_id",
    "llm_jobs": "job_id",
    "jobs_with_cost": "job_id, currency",
    "spend_by_route": "ALL",
    "unpriced_models": "ALL",
    "llm_hourly": "ALL",
    "llm_hourly_tenants": "ALL",
    "llm_hourly_latency": "ALL",
    "otel_traces": "Timestamp, SpanId",
    "otel_logs": "ALL",
    "llm_metrics": "ALL",
}
"""What is compared, and the order in which."""
LEFT_OUT: Final = dict.fromkeys(("llm_calls", "llm_routes", "llm_decisions"), ("received_at",))
"""When each store took a row: the two cannot be equal, and nothing is worked out from it but lateness."""
MADE_EQUAL: Final = {"LogAttributes": "mapFilter((name, value) -> name != 'event.name', LogAttributes)"}
"""The collector's configuration writes the name of an event into the attributes too: the exporter writes the column
EventName only if the store could be asked for its columns when it started."""
_REPEATED: Final = frozenset({"otel_traces", "llm_metrics"})
"""Tables with one row per delivery until they are merged."""


@dataclass(frozen=True)
class Paths:
    """``store`` is behind ``collector``; ``up`` takes OTLP itself."""

    store: Store
    collector: Collector
    up: RunningUp

    def direct(self, question: str) -> list[list[str]]:
        """What ``llmroute up`` answers, each value as text."""
        answer = self.up.post(self.up.clickhouse, question.encode())
        assert answer.status == 200, answer.body
        return rows_of(answer.body.decode())

    def wait_for(self, *tables: str) -> None:
        """Until the store behind the collector has as many rows as the other one."""
        for table in tables:
            question = f"SELECT count() FROM {table}{_once(table)}"
            self.store.wait_for(question, self.direct(question)[0][0])

    def rows(self, table: str) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
        """All rows of a table or view, through the collector and directly: column -> text."""
        columns = self.direct(f"SELECT name, type FROM system.columns WHERE table = '{table}' AND database = 'default'")
        compared = [(name, kind) for name, kind in columns if name not in LEFT_OUT.get(table, ())]
        shown = ", ".join(_shown(name, kind) for name, kind in compared)
        question = f"SELECT {shown} FROM {table}{_once(table)} ORDER BY {ORDERED[table]}"
        names = [name for name, _ in compared]
        through, direct = (
            [dict(zip(names, row, strict=True)) for row in ask(question)] for ask in (self.store.rows, self.direct)
        )
        return through, direct


def _once(table: str) -> str:
    return " FINAL" if table in _REPEATED else ""


def _shown(name: str, kind: str) -> str:
    """A column as text: times in UTC, attributes in the order of their names, as their order does not count."""
    if kind.startswith("Map("):
        return f"toString(mapSort({MADE_EQUAL.get(name, f'`{name}`')}))"
    if kind.startswith("Array(Map("):
        return f"toString(arrayMap(m -> mapSort(m), `{name}`))"
    if kind.startswith("Array(DateTime"):
        return f"toString(arrayMap(t -> toString(t, 'UTC'), `{name}`))"
    return f"toString(`{name}`, 'UTC')" if "DateTime" in kind else f"toString(`{name}`)"


def differing(through: list[dict[str, str]], direct: list[dict[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Column -> values that differ, the direct path's second; under ``rows`` how many there are, when that differs."""
    found: dict[str, list[tuple[str, str]]] = {}
    if len(through) != len(direct):
        found["rows"] = [(str(len(through)), str(len(direct)))]
    for one, other in zip(through, direct, strict=False):
        for name in (name for name in one if one[name] != other[name]):
            found.setdefault(name, []).append((one[name], other[name]))
    return found


@contextmanager
def both_paths(folder: Path) -> Iterator[Paths]:
    """Both, running; ``folder`` is for the data of ``llmroute up``."""
    with running_store() as store, running_collector(**store.env) as collector:
        up = start_store(folder / "data")
        try:
            yield Paths(store, collector, up)
        finally:
            end(up)
