"""A data folder of the first version, opened by this one: everything is kept, whatever interrupts the migration."""

from __future__ import annotations

import multiprocessing
import pickle
import shutil
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.store.conftest import end, llmroute, start_store
from tests.store.engine import Engine, engine_at
from tests.store.records import AGED, LOG, SPAN, call, insert_spans, quiet, span
from tests.store.telemetry import App, send

FIRST = 7
"""The newest schema file of the first version. Files do not change, so today's files 1 to 7 make its tables."""
START = datetime(2026, 9, 1, tzinfo=timezone.utc)
IN_PROCESS_S = 270
"""Only what hangs takes so long: the longest takes a twentieth of it on a machine that has nothing else to do."""
POINT = ("ts", "started", "service", "run_id", "metric", "unit", "shape", "temporality", "attributes", "value", "count")
FIGURES = {
    "calls": """SELECT * EXCEPT ({leave}, experiment, variant, unanswered) FROM llm_calls {final}
        ORDER BY ts, trace_id, span_id, service""",
    "routes": "SELECT * EXCEPT (experiment, variant, avoided_currency) FROM llm_routes {final} ORDER BY ts, span_id",
    "decisions": "SELECT * FROM llm_decisions {final} ORDER BY ts, span_id",
    "job_records": "SELECT * FROM llm_job_records FINAL ORDER BY ALL",
    "jobs": "SELECT * FROM llm_jobs ORDER BY job_id",
    "metrics": "SELECT * FROM llm_metrics FINAL ORDER BY ts",
    "spans": "SELECT * FROM otel_traces FINAL ORDER BY Timestamp, SpanId",
    "logs": "SELECT * FROM otel_logs ORDER BY ALL",
    # Calls that say nothing of retries were NULL there, and are none now.
    "spend_by_route": "SELECT * REPLACE (ifNull(sdk_retries, 0) AS sdk_retries) FROM spend_by_route ORDER BY ALL",
    "unpriced_models": "SELECT * FROM unpriced_models ORDER BY ALL",
    "jobs_with_cost": "SELECT * FROM jobs_with_cost ORDER BY job_id, currency",
}
LEFT_OUT = {"parent_span_id", "response_id"}
"""Columns that llm_calls no longer has; otel_traces has them."""


def old_rows() -> list[list[Any]]:
    """What the first version was sent: 60 calls on 3 routes and 5 days, a third without a price, with routes, decisions
    and jobs."""
    rows = []
    for n in range(60):
        at = START + timedelta(hours=2 * n)
        facts = {
            "llmroute__route__id": f"R{n}",
            "llmroute__job__id": f"J{n % 7}",
            "gen_ai__request__model": f"m{n % 4}",
        }
        made = call(n, at, None if n % 3 == 0 else Decimal(n) / 1000, **facts)
        made[6] |= {
            "llmroute.route.name": f"r{n % 3}",
            "gen_ai.usage.input_tokens": str(n),
            "gen_ai.response.id": f"id{n}",
        }
        rows.append(made)
        rows.append(span(100 + n, at, "route", llmroute__route__id=f"R{n}", llmroute__route__candidates='["a","b"]'))
    rows += [span(200 + n, START, "decision", llmroute__route__score="0.5") for n in range(3)]
    rows += [span(300 + n, START, "job", llmroute__job__id=f"J{n}", llmroute__job__revenue="1.5") for n in range(7)]
    return rows


def made_by_the_first_version(folder: Path, figures: Path) -> None:
    """Make its folder, and write down what its views showed."""
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.schema import RECORD, _apply, migrations

    database = Database(Folder(folder))
    session = database.writer()
    session.command(RECORD)
    for migration in migrations()[:FIRST]:
        _apply(session, migration)
    rows = old_rows()
    session.insert("otel_traces", SPAN, rows, "a")
    session.insert("otel_traces", SPAN, rows[10:40], "b")
    late = {"llmroute.job.id": "J3", "llmroute.job.outcome": "failure"}
    events = [[START + timedelta(days=9), "", "", "app", late, "llmroute.job.outcome"], [START, "", "", "app", {}, ""]]
    session.insert("otel_logs", LOG, events, "c")
    point = [START, START, "app", "run", "llmroute.calls", "{call}", "sum", "cumulative", {"a": "b"}, 60.0, None]
    session.insert("llm_metrics", POINT, [point], "d")
    names = [row[0] for row in session.query("SELECT name FROM system.columns WHERE table = 'llm_calls'").rows]
    assert set(names) > LEFT_OUT
    found = {name: session.query(asked).rows for name, asked in statements("FINAL", ", ".join(LEFT_OUT)).items()}
    figures.write_bytes(pickle.dumps(found))
    database.close()


def statements(final: str, leave: str) -> dict[str, str]:
    return {name: asked.format(final=final, leave=leave) for name, asked in FIGURES.items()}


def figures(engine: Engine) -> dict[str, list[list[Any]]]:
    return {name: engine.rows(asked) for name, asked in statements("", "hour").items()}


Old = tuple[Path, dict[str, list[list[Any]]]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Old:
    folder = tmp_path_factory.mktemp("first")
    in_process(made_by_the_first_version, folder / "data", folder / "figures")
    return folder / "data", pickle.loads((folder / "figures").read_bytes())


def in_process(target: Any, *arguments: Any) -> None:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join(IN_PROCESS_S)
    assert process.exitcode == 0


@pytest.fixture
def old(made: Old, tmp_path: Path) -> Old:
    """A copy of the folder of the first version, and its figures."""
    shutil.copytree(made[0], tmp_path / "data", symlinks=True)
    return tmp_path / "data", made[1]


def assert_kept(engine: Engine, wanted: dict[str, list[list[Any]]]) -> None:
    """Everything is as before, and the roll-ups show it, before and after they are built."""
    found = figures(engine)
    for name in FIGURES:
        assert found[name] == wanted[name], name
    spend = engine.rows("SELECT currency, count(), sum(cost) FROM llm_calls GROUP BY currency")
    assert spend == [["EUR", 60, sum((Decimal(n) / 1000 for n in range(60) if n % 3), Decimal())]]
    hourly = "SELECT currency, sum(records), sum(spend) FROM llm_hourly GROUP BY currency"
    assert engine.rows(hourly) == spend
    quiet(engine)
    assert engine.rows(hourly) == spend
    assert engine.rows("SELECT count() FROM llm_rollups_clean WHERE name = 'llm_hourly'") == [[60]]
    assert engine.rows("SELECT calls FROM data_health WHERE check IN ('stored', 'delivered')") == [[60], [75]]


def test_all_that_the_first_version_stored_is_kept(old: Old) -> None:
    folder, wanted = old
    with engine_at(folder) as engine:
        assert_kept(engine, wanted)


def test_every_view_of_an_upgraded_store_can_be_asked(old: Old) -> None:
    with engine_at(old[0]) as engine:
        views = engine.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
        assert len(views) >= 16
        for (name,) in views:
            engine.command(f"SELECT * FROM {name} FORMAT Null")


def test_an_upgraded_store_has_the_tables_of_a_new_one(old: Old, tmp_path: Path) -> None:
    asked = """SELECT name, engine_full, as_select, comment FROM system.tables
        WHERE database = currentDatabase() AND NOT startsWith(name, '.inner') ORDER BY name"""
    columns = """SELECT table, name, type, default_expression, compression_codec, comment FROM system.columns
        WHERE database = currentDatabase() ORDER BY table, position"""
    found = []
    for folder in (old[0], tmp_path / "new"):
        with engine_at(folder) as engine:
            found.append((engine.rows(asked), engine.rows(columns)))
    assert found[0] == found[1]


def test_an_upgraded_store_takes_spans_and_knows_those_it_has(old: Old) -> None:
    with engine_at(old[0]) as engine:
        insert_spans(engine, old_rows()[:30])
        insert_spans(engine, [call(999, START, Decimal("7"))])
        assert engine.rows("SELECT count() FROM llm_calls") == [[61]]
        spend = sum((Decimal(n) / 1000 for n in range(60) if n % 3), Decimal(7))
        assert engine.rows("SELECT sum(spend) FROM llm_hourly") == [[spend]]


def test_llmroute_up_upgrades_and_goes_on(old: Old) -> None:
    store = start_store(old[0])
    try:
        app = App(service="new")
        app.attempt(cost="0.5")
        send(store, app.spans)
        found = store.sql("SELECT service, count() AS n FROM llm_calls GROUP BY service ORDER BY service")
    finally:
        end(store)
    assert found == [{"service": "app", "n": 60}, {"service": "new", "n": 1}]


# Interruptions --------------------------------------------------------------------------------------------------------


class Interrupted(Exception):
    """What a test interrupts with."""


class Interrupting:
    """A session that fails after so many statements."""

    def __init__(self, session: Any, statements: int) -> None:
        self._session = session
        self._left = statements

    def query(self, statement: str) -> Any:
        return self._session.query(statement)

    def command(self, statement: str) -> None:
        self._session.command(statement)
        self._left -= 1
        if self._left == 0:
            raise Interrupted


def interrupted_after_each_statement(folder: Path, done: Path) -> None:
    """Migrate; fail after the first statement of a start, then the second of the next, and so on through each file."""
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.schema import migrate, migrations

    database = Database(Folder(folder))
    session, interruptions = database.writer(), 0
    for migration in migrations()[FIRST:]:
        # The first statement of a start is that of llmroute_schema; the last of a file notes it.
        for count in range(2, len(migration.statements) + 3):
            try:
                migrate(Interrupting(session, count), "here")  # type: ignore[arg-type]
            except Interrupted:
                interruptions += 1
            # File 21 copies this table. So often, and so quickly that nothing is merged, it would grow for ever.
            session.command("OPTIMIZE TABLE llm_job_records FINAL")
    assert migrate(session, "here") == []
    database.close()
    done.write_text(str(interruptions))


def test_a_migration_that_fails_after_any_statement_is_resumed_to_the_same_result(old: Old, tmp_path: Path) -> None:
    from otel_llmroute.store.schema import migrations

    folder, wanted = old
    in_process(interrupted_after_each_statement, folder, tmp_path / "done")
    statements = sum(len(migration.statements) + 1 for migration in migrations()[FIRST:])
    assert int((tmp_path / "done").read_text()) == statements
    with engine_at(folder) as engine:
        assert_kept(engine, wanted)


def migrated(folder: Path) -> None:
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.schema import migrate

    database = Database(Folder(folder))
    migrate(database.writer(), "here")
    database.close()


def test_a_migration_that_is_killed_at_any_moment_is_resumed_to_the_same_result(old: Old) -> None:
    folder, wanted = old
    kills = 0
    while (code := exit_code_of_a_migration(folder, killed_after_s=0.03 * 1.5**kills)) is None:
        kills += 1
    assert code == 0
    assert kills >= 3
    with engine_at(folder) as engine:
        assert_kept(engine, wanted)


def exit_code_of_a_migration(folder: Path, killed_after_s: float) -> int | None:
    """``None`` when it was killed, so long after the engine had opened the folder."""
    locked = folder / "clickhouse" / "status"
    locked.unlink(missing_ok=True)  # left by one that was killed
    process = multiprocessing.get_context("spawn").Process(target=migrated, args=(folder,))
    process.start()
    while process.is_alive() and not locked.exists():
        time.sleep(0.005)
    process.join(killed_after_s)
    if process.exitcode is not None:
        return process.exitcode
    process.kill()
    process.join()
    return None


def test_a_newer_schema_is_refused_with_one_line(tmp_path: Path) -> None:
    from otel_llmroute.store.schema import migrations

    with engine_at(tmp_path / "data") as engine:
        engine.command("INSERT INTO llmroute_schema (version, name) VALUES (9999, '9999_later.sql')")
    newest = migrations()[-1].version
    data = tmp_path / "data"
    said = f"Error: the data folder {data} has schema 9999, this version knows {newest}. Try: a newer otel-llmroute\n"
    for command in (("up",), ("spend",), ("doctor",)):
        done = llmroute(*command, "--data", str(tmp_path / "data"))
        assert (done.returncode, done.stderr) == (2, said)
        assert (done.stdout == "") == (command != ("doctor",))  # which says what it knows without a store


def with_states_of_latency(folder: Path) -> None:
    """A store of schema 15, whose latency is kept as states, built."""
    from otel_llmroute.store import maintenance
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.schema import RECORD, _apply, migrations

    database = Database(Folder(folder))
    session = database.writer()
    session.command(RECORD)
    for migration in migrations()[:15]:
        _apply(session, migration)
    session.insert("otel_traces", SPAN, [call(n, START, Decimal(1)) for n in range(20)], "a")
    session.command(AGED)
    for rollup in maintenance.ROLLUPS:
        for act in ("build_rollup", "mark_rollup"):
            session.command(maintenance.statement(act, rollup))
    assert session.query("SELECT name, count() FROM llm_rollups_clean GROUP BY ALL ORDER BY ALL").rows == BUILT
    database.close()


BUILT = [["llm_hourly", 1], ["llm_hourly_latency", 1], ["llm_hourly_tenants", 1]]


EXPERIMENTS_FROM = 24
"""The schema file that brings the columns of experiments."""


def before_experiments(folder: Path) -> None:
    """A store of the schema before them, with a call of one all the same, and a route with an estimate."""
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.schema import RECORD, _apply, migrations

    database = Database(Folder(folder))
    session = database.writer()
    session.command(RECORD)
    for migration in migrations():
        if migration.version < EXPERIMENTS_FROM:
            _apply(session, migration)
    session.insert("otel_traces", SPAN, in_an_experiment(0), "a")
    found = session.query("SELECT * FROM llm_calls").records(), session.query("SELECT * FROM llm_routes").records()
    assert [len(rows) for rows in found] == [1, 1]
    database.close()
    folder.with_name("found").write_bytes(pickle.dumps(found))


def in_an_experiment(n: int) -> list[list[Any]]:
    said = {"llmroute__experiment__name": "cheaper", "llmroute__experiment__variant": "b"}
    older = {"llmroute__response_cache__avoided_cost": "0.25"}
    newer = {"llmroute__route__avoided_cost_estimate": "0.5", "llmroute__route__avoided_cost_currency": "EUR"}
    return [call(n, START, Decimal(1), **said), span(100 + n, START, "route", **said, **(newer if n else older))]


def test_experiments_begin_with_what_comes_after_the_upgrade_and_all_else_is_as_it_was(tmp_path: Path) -> None:
    in_process(before_experiments, tmp_path / "data")
    before = pickle.loads((tmp_path / "found").read_bytes())
    with engine_at(tmp_path / "data") as engine:
        for view, (row,) in zip(("llm_calls", "llm_routes"), before, strict=True):
            names = ", ".join(row)
            assert engine.rows(f"SELECT {names} FROM {view}") == [list(row.values())]
        insert_spans(engine, in_an_experiment(1))
        parts = "SELECT experiment, variant{} FROM {} ORDER BY span_id"
        assert engine.rows(parts.format("", "llm_calls")) == [["", ""], ["cheaper", "b"]]
        assert engine.rows(parts.format(", toString(avoided_cost), avoided_currency", "llm_routes")) == [
            ["", "", "0.25", ""],
            ["cheaper", "b", "0.5", "EUR"],
        ]


def test_latency_kept_as_states_is_counted_anew(tmp_path: Path) -> None:
    in_process(with_states_of_latency, tmp_path / "data")
    latency = "SELECT measure, sum(attempts) FROM llm_hourly_latency GROUP BY ALL"
    with engine_at(tmp_path / "data") as engine:
        assert engine.rows(latency) == [["latency", 20]]
        quiet(engine)
        assert engine.rows("SELECT sum(attempts) FROM llm_hourly_latency_built") == [[20]]
        assert engine.rows(latency) == [["latency", 20]]
        assert engine.rows("SELECT name, count() FROM llm_rollups_clean GROUP BY ALL ORDER BY ALL") == BUILT


UNANSWERED_FROM = 28
"""The schema file that leaves attempts out of those without a report of usage that failed before an answer came."""
WITHOUT_REPORT = ("llm_hourly", "llm_hourly_tenants", "llm_hourly_jobs", "llm_hourly_experiments", "llm_arrivals")
DAYS_OF = ("llm_daily", "llm_daily_tenants", "llm_daily_arrivals")
SUMMED_DAYS = """
SELECT sum(no_usage), sum(records) FROM {name}_built
WHERE (day, build) IN (SELECT day, build FROM llm_days_built FINAL WHERE name = '{name}')
"""


def with_failures_as_without_report(folder: Path, calls_are_gone: bool) -> None:
    """A store of schema 27 with sums of hours and days: in the first hour one attempt that was answered and two that
    failed, one of these in the middle of its answer, none with usage, and in the second one with a price."""
    from otel_llmroute.store import maintenance
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.maintenance import days, experiments, jobs
    from otel_llmroute.store.schema import RECORD, _apply, migrations

    older = [migration for migration in migrations() if migration.version < UNANSWERED_FROM]
    text = days.statement
    days.statement = lambda name, rollup: (
        text(name, rollup).replace(" + h.unanswered", "").replace(", sum(h.unanswered)", "")
    )
    jobs.migrations = experiments.migrations = lambda: older
    database = Database(Folder(folder))
    session = database.writer()
    session.command(RECORD)
    for migration in older:
        _apply(session, migration)
    session.insert("otel_traces", SPAN, without_report(), "a")
    for table in ("llm_hours_touched", "llm_job_hours_touched"):
        session.command(AGED.replace("llm_hours_touched", table))
    assert maintenance.build(session) == 0
    while days.build_days(session):
        pass
    for view in WITHOUT_REPORT:
        assert session.query(f"SELECT sum(no_usage), sum(records) FROM {view}").rows == [[3, 4]], view
    for name in DAYS_OF:
        assert session.query(SUMMED_DAYS.format(name=name)).rows == [[3, 4]], name
    if calls_are_gone:
        session.command("TRUNCATE TABLE llm_call_records")
    database.close()


def without_report() -> list[list[Any]]:
    said = {
        "llmroute__job__id": "J1", "llmroute__experiment__name": "cheaper", "llmroute__experiment__variant": "b"
    }  # fmt: skip
    rows = [call(n, START, None, **said) for n in range(3)]
    for row, outcome in zip(rows, ("accepted", "failed", "failed"), strict=True):
        row[6] |= {"llmroute.cost.status": "no_usage", "llmroute.attempt.outcome": outcome}
    rows[1][6]["gen_ai.response.time_to_first_chunk"] = "0.3"
    return [*rows, call(3, START + timedelta(hours=1), Decimal(1), **said)]


def test_an_attempt_that_was_never_answered_is_no_longer_without_report(tmp_path: Path) -> None:
    in_process(with_failures_as_without_report, tmp_path / "data", False)
    builds = "SELECT name, hour, build FROM llm_rollups_clean WHERE name != 'llm_hourly_latency' ORDER BY ALL"
    with engine_at(tmp_path / "data") as engine:
        before = engine.rows(builds)
        assert [(name, hour.hour) for name, hour, _ in before] == [("llm_hourly", 1), ("llm_hourly_tenants", 1)]
        for is_built in (False, True):
            for view in WITHOUT_REPORT:
                assert engine.rows(f"SELECT sum(no_usage), sum(records) FROM {view}") == [[2, 4]], (view, is_built)
            assert engine.rows("SELECT sum(unanswered) FROM llm_hourly") == [[1]]
            assert [
                engine.call("tests.store.stored_panels:days_read", name) for name in ("llm_hourly", "llm_arrivals")
            ] == [int(is_built)] * 2
            assert engine.build() == 0
            engine.call("tests.store.stored_panels:sum_days")
        after = engine.rows(builds)
        assert len(after) == 4
        assert [build for build in after if build in before] == before
        for name in DAYS_OF:
            assert engine.rows(SUMMED_DAYS.format(name=name)) == [[2, 4]], name


def test_sums_whose_calls_are_gone_stay_as_they_were(tmp_path: Path) -> None:
    in_process(with_failures_as_without_report, tmp_path / "data", True)
    with engine_at(tmp_path / "data") as engine:
        for view in WITHOUT_REPORT[:-1]:
            assert engine.rows(f"SELECT sum(no_usage), sum(records) FROM {view}") == [[3, 4]], view
        for name in DAYS_OF:
            assert engine.rows(SUMMED_DAYS.format(name=name)) == [[3, 4]], name
        assert engine.call("tests.store.stored_panels:days_read", "llm_arrivals") == 1
