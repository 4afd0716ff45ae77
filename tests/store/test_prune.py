"""Removing what is old: what stays shows what it showed before."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import CLI, RunningUp, clean_env, end, llmroute, start_store
from tests.store.engine import Engine, engine_at
from tests.store.records import LOG, call, insert_spans, quiet, span
from tests.store.telemetry import App, attempt_facts, send

PRUNE = "otel_llmroute.store.care.pruning:pruned"
DAY = datetime(2026, 9, 1, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
FIGURES = {
    "calls": "SELECT * EXCEPT received_at FROM llm_calls WHERE ts >= '2026-09-01' ORDER BY span_id",
    "routes": "SELECT * EXCEPT received_at FROM llm_routes WHERE ts >= '2026-09-01' ORDER BY span_id",
    "hourly": "SELECT * FROM llm_hourly WHERE hour >= '2026-09-01' ORDER BY ALL",
    "tenants": "SELECT * FROM llm_hourly_tenants WHERE hour >= '2026-09-01' ORDER BY ALL",
    "latency": "SELECT * FROM llm_hourly_latency WHERE hour >= '2026-09-01' ORDER BY ALL",
    "jobs": "SELECT * FROM llm_hourly_jobs WHERE hour >= '2026-09-01' ORDER BY ALL",
    "touched": "SELECT hour, delivered, repriced FROM llm_hours_touched FINAL WHERE hour >= '2026-09-01' ORDER BY hour",
    "clean": "SELECT name, hour FROM llm_rollups_clean WHERE hour >= '2026-09-01' ORDER BY ALL",
    "raw": "SELECT SpanId FROM otel_traces FINAL WHERE Timestamp >= '2026-09-01' ORDER BY SpanId",
}
TIMES = {
    "hour": (
        *("llm_hourly", "llm_hourly_tenants", "llm_hours_touched", "llm_rollups_built"),
        *("llm_hourly_built", "llm_hourly_jobs"),
    ),
    "ts": ("llm_calls", "llm_routes", "llm_decisions", "llm_costs", "llm_job_records"),
    "Timestamp": ("otel_traces", "otel_logs"),
}
OLD = [f"SELECT count() FROM {name} WHERE {time} < '2026-09-01'" for time, names in TIMES.items() for name in names]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with engine_at(tmp_path / "data") as running:
        fill(running)
        yield running


def fill(engine: Engine) -> None:
    """Forty hours around the first of September: half of them before. One call an hour, one in both halves repriced."""
    rows = []
    for n in range(40):
        at = DAY + (n - 20) * HOUR
        rows.append(call(n, at, Decimal("0.1"), llmroute__route__id=f"R{n}", llmroute__job__id=f"J{n}"))
        rows.append(span(100 + n, at, "route", llmroute__route__id=f"R{n}"))
        rows.append(span(200 + n, at, "decision", llmroute__route__id=f"R{n}"))
        rows.append(span(300 + n, at, "job", llmroute__job__id=f"J{n}", llmroute__job__revenue="1"))
    insert_spans(engine, rows)
    insert_spans(engine, rows[100:120])
    engine.insert("otel_logs", list(LOG), [[DAY - HOUR, "", "", "app", {}, ""], [DAY + HOUR, "", "", "app", {}, ""]])
    columns = ["ts", "trace_id", "span_id", "service", "computed_at", "cost", "currency", "cost_status"]
    costs = [
        [DAY + (n - 20) * HOUR, f"{n:032x}", f"{n:016x}", "app", DAY, Decimal("0.7"), "EUR", "priced"] for n in (3, 33)
    ]
    engine.insert("llm_costs", columns, costs)
    quiet(engine)


def figures(engine: Engine) -> dict[str, list[list[Any]]]:
    return {name: engine.rows(statement) for name, statement in FIGURES.items()}


def prune(engine: Engine, *, raw_only: bool = False, dry_run: bool = False) -> dict[str, Any]:
    return dict(engine.call(PRUNE, "2026-09-01", raw_only, dry_run))


def test_what_is_older_goes_and_every_figure_of_what_stays_is_as_before(engine: Engine) -> None:
    before = figures(engine)
    assert len(before["calls"]) == 20
    prune(engine)
    assert figures(engine) == before
    assert [engine.rows(statement) for statement in OLD] == [[[0]]] * len(OLD)
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]
    spend = Decimal("0.1") * 19 + Decimal("0.7")
    assert engine.rows("SELECT sum(cost) FROM llm_calls") == [[spend]]
    assert engine.rows("SELECT sum(spend) FROM llm_hourly") == [[spend]]


def test_a_day_in_the_middle_of_a_month_parts_it(engine: Engine) -> None:
    insert_spans(engine, [call(1000 + n, DAY + timedelta(days=14, hours=n), Decimal(1)) for n in range(-3, 3)])
    engine.call(PRUNE, "2026-09-15", False, False)
    assert engine.rows("SELECT min(ts), count(), sum(cost) FROM llm_calls") == [
        ["2026-09-15 00:00:00.000000000", 3, Decimal(3)]
    ]
    assert engine.rows("SELECT min(Timestamp), count() FROM otel_traces FINAL") == [
        ["2026-09-15 00:00:00.000000000", 3]
    ]
    assert engine.rows("SELECT sum(records), sum(spend) FROM llm_hourly") == [[3, Decimal(3)]]


def test_data_points_of_the_day_before_stay(engine: Engine) -> None:
    columns = ["ts", "started", "service", "metric", "value"]
    points = [
        [DAY - hours * HOUR, DAY - 90 * HOUR, "app", "llmroute.calls", float(hours)] for hours in (-1, 1, 23, 25, 800)
    ]
    engine.insert("llm_metrics", columns, points)
    prune(engine)
    assert engine.rows("SELECT value FROM llm_metrics FINAL ORDER BY ts") == [[23.0], [1.0], [-1.0]]


def test_what_was_removed_before_is_not_forgotten(engine: Engine) -> None:
    for day in ("2026-09-01", "2026-08-01"):
        engine.call(PRUNE, day, False, False)
    assert engine.rows("SELECT toString(before) FROM llm_retention FINAL WHERE name = 'pruned'") == [
        ["2026-09-01 00:00:00"]
    ]


def test_a_dry_run_says_what_would_go_and_removes_nothing(engine: Engine) -> None:
    everything = engine.rows("SELECT sum(rows) FROM system.parts WHERE active AND table != 'llm_retention'")
    planned = prune(engine, dry_run=True)
    assert engine.rows("SELECT sum(rows) FROM system.parts WHERE active AND table != 'llm_retention'") == everything
    done = prune(engine)
    assert {table["table"]: table["rows"] for table in planned["tables"]} == {
        table["table"]: table["rows"] for table in done["tables"]
    }
    # A repeated delivery is there until the engine has merged it.
    assert {table["table"] for table in done["tables"] if table["bytes"] == 0 and table["rows"]} == set()
    assert (planned["dry_run"], done["dry_run"], planned["before"]) == (True, False, "2026-09-01")
    assert sum(table["rows"] for table in prune(engine)["tables"]) == 0


def test_raw_alone_changes_no_figure_at_all(engine: Engine) -> None:
    everything = {name: statement.replace(">= '2026-09-01'", "> '2000-01-01'") for name, statement in FIGURES.items()}
    del everything["raw"]
    before = {name: engine.rows(statement) for name, statement in everything.items()}
    removed = prune(engine, raw_only=True)
    assert {table["table"] for table in removed["tables"]} == {"otel_traces", "otel_logs"}
    assert {name: engine.rows(statement) for name, statement in everything.items()} == before
    assert len(before["calls"]) == 40
    assert engine.rows("SELECT count() FROM otel_traces FINAL") == [[80]]
    assert engine.rows("SELECT count() FROM otel_logs") == [[1]]


def test_routes_and_jobs_that_go_on_after_the_day_stay_whole(engine: Engine) -> None:
    rows = [
        span(900, DAY - HOUR, "route", llmroute__route__id="R-across"),
        call(901, DAY - HOUR, Decimal("1"), llmroute__route__id="R-across", llmroute__job__id="J-across"),
        call(902, DAY + HOUR, Decimal("2"), llmroute__route__id="R-across", llmroute__job__id="J-across"),
        job(903, "J-across", "long", "9"),
        job(904, "J-late", "late", "8"),
    ]
    insert_spans(engine, rows)
    late = {"llmroute.job.id": "J-late", "llmroute.job.outcome": "failure"}
    engine.insert("otel_logs", list(LOG), [[DAY + 2 * HOUR, "", "", "app", late, "llmroute.job.outcome"]])
    assert prune(engine)["jobs_across"] == 1
    jobs = "SELECT job_id, name, revenue, outcome, spend FROM jobs_with_cost WHERE job_id LIKE 'J-%' ORDER BY job_id"
    assert engine.rows(jobs) == [
        ["J-across", "long", Decimal(9), "", Decimal(2)],
        ["J-late", "late", Decimal(8), "failure", None],
    ]
    assert engine.rows("SELECT count() FROM llm_routes WHERE route_id = 'R-across'") == [[1]]


def test_a_job_that_goes_on_after_the_day_begins_anew_with_its_first_call_since(engine: Engine) -> None:
    across = {"llmroute__job__id": "J-across", "llmroute__job__name": "across"}
    insert_spans(engine, [call(n, DAY + hours * HOUR, Decimal(n), **across) for n, hours in ((901, -1), (902, 1))])
    quiet(engine)
    jobs = "SELECT toString(hour), jobs, spend FROM llm_hourly_jobs WHERE job_name = 'across'"
    assert engine.rows(jobs) == [["2026-08-31 23:00:00", 1, Decimal(1803)]]
    prune(engine)
    assert engine.rows(jobs) == [["2026-09-01 01:00:00", 1, Decimal(902)]]


def job(number: int, identity: str, name: str, revenue: str) -> list[Any]:
    facts = {"llmroute__job__id": identity, "llmroute__job__name": name, "llmroute__job__revenue": revenue}
    return span(number, DAY - 2 * HOUR, "job", **facts)


def test_a_call_that_arrives_for_a_day_that_was_removed_counts_alone(engine: Engine) -> None:
    prune(engine)
    insert_spans(engine, [call(999, DAY - 3 * HOUR, Decimal("4"))])
    late = "SELECT sum(records), sum(spend) FROM llm_hourly WHERE hour < '2026-09-01'"
    assert engine.rows(late) == [[1, Decimal(4)]]
    quiet(engine)
    assert engine.rows(late) == [[1, Decimal(4)]]


@pytest.mark.parametrize("day", ["2026-13-01", "yesterday", "2999-01-01", "1970-01-01", "2026-09-01' OR 1"])
def test_what_is_no_day_of_the_past_is_refused(engine: Engine, day: str) -> None:
    with pytest.raises(AssertionError, match="StoreError: --before"):
        engine.call(PRUNE, day, False, False)
    assert engine.rows("SELECT count() FROM llm_calls") == [[40]]


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    running = start_store(tmp_path_factory.mktemp("prune") / "data")
    app = App()
    for n in range(4):
        app.span("attempt", attempt_facts("r", "0.5"), start_ns=int((DAY + (n - 2) * HOUR).timestamp() * 1e9))
    send(running, app.spans)
    yield running
    end(running)


def count(store: RunningUp) -> int:
    return int(store.sql("SELECT count() AS n FROM llm_calls")[0]["n"])


def test_without_a_yes_nothing_is_removed(store: RunningUp) -> None:
    done = llmroute("prune", "--before", "2026-09-01", "--data", str(store.folder))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"rows of {store.web} would be removed for good. Try: --yes, or --dry-run first\n")
    assert count(store) == 4


def test_a_person_is_asked_at_the_terminal(store: RunningUp) -> None:
    ours, theirs = pty.openpty()
    command = [*CLI, "prune", "--before", "2026-09-01", "--data", str(store.folder)]
    process = subprocess.Popen(
        command, env=clean_env(), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.write(ours, b"no\n")
    out, said = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert (process.returncode, out) == (2, "")
    assert said.endswith("for good? [y/N] Error: nothing was removed\n")
    assert count(store) == 4


def test_a_running_store_is_pruned_when_told(store: RunningUp) -> None:
    done = llmroute("prune", "--before", "2026-09-01", "--yes", "--format", "json", "--data", str(store.folder))
    assert done.returncode == 0, done.stderr
    rows = {table["table"]: table["rows"] for table in json.loads(done.stdout)["tables"] if table["rows"]}
    assert rows == {"otel_traces": 2, "llm_hours_touched": 2, "llm_call_records": 2}
    assert count(store) == 2
