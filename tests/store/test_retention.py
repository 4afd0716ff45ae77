"""How long rows are kept: what is set holds after a restart, and what goes leaves the sums of it behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute.config import Config, ConfigError, load
from otel_llmroute.store.maintenance.days import DAYS
from otel_llmroute.store.maintenance.retention import Retention
from tests.store.conftest import end, llmroute, start_store
from tests.store.engine import Engine, engine_at
from tests.store.records import AGED, call, hour_before, insert_spans, quiet
from tests.store.telemetry import App, attempt_facts, send

NOW = datetime.now(timezone.utc)
APPLY = "otel_llmroute.store.maintenance.tables:settle_tables"
ENGINES = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with engine_at(tmp_path / "data") as running:
        yield running


def days_of(engine: Engine) -> dict[str, str]:
    """Table -> days that its rows are kept; tables that keep them for ever are not in it."""
    found = {}
    for name, whole in engine.rows(ENGINES):
        if " TTL " in whole:
            found[name] = whole.partition("toIntervalDay(")[2].partition(")")[0]
    return found


CONTENT = {"otel_content": "7"}
"""Always: what people wrote is not kept longer for a setting."""


def expire(engine: Engine) -> None:
    """Let the engine do at once what it does in its own time."""
    for (name,) in engine.rows("SELECT table FROM system.parts WHERE active GROUP BY table"):
        engine.command(f"OPTIMIZE TABLE {name} FINAL")


def hourly(engine: Engine) -> dict[datetime, tuple[int, Decimal]]:
    return {
        hour: (n, spend)
        for hour, n, spend in engine.rows("SELECT hour, sum(records), sum(spend) FROM llm_hourly GROUP BY hour")
    }


def test_what_is_configured_is_put_on_the_tables_once(engine: Engine) -> None:
    assert days_of(engine) == CONTENT
    engine.call(APPLY, Retention(30, 400, 1826))
    raw = dict.fromkeys(("otel_traces", "otel_logs"), "30")
    calls = (
        "llm_call_records",
        "llm_route_records",
        "llm_decision_records",
        "llm_job_records",
        "llm_costs",
        "llm_metrics",
    )
    rollups = ("llm_hourly_built", "llm_hourly_tenants_built", "llm_hourly_latency_built")
    hours = ("llm_hours_touched", "llm_rollups_built", "llm_repriced_hours")
    days = ("llm_days_built", "llm_route_hours_touched", *(f"{name}_built" for name in DAYS.values()))
    jobs = ("llm_hourly_jobs_built", *(f"llm_job_hours{part}" for part in ("", "_touched", "_next", "_built")))
    experiments = ("llm_hourly_experiments_built", "llm_experiment_hours", "llm_experiment_hours_built")
    sums = dict.fromkeys((*rollups, *hours, *days, *jobs, *experiments), "1826")
    assert days_of(engine) == raw | dict.fromkeys(calls, "400") | sums | CONTENT
    assert engine.call(APPLY, Retention(30, 400, 1826)) == []
    assert engine.call(APPLY, Retention(7, 400, 1826)) == ["otel_traces", "otel_logs"]
    engine.call(APPLY, Retention(0, 0, 0))
    assert days_of(engine) == CONTENT


def test_every_table_with_a_time_is_kept_so_long(engine: Engine) -> None:
    # A table that is added later has to be in maintenance/retention.sql, or here.
    for_ever = {"llm_prices", "llm_budgets", "llm_retention", "llmroute_schema"}
    engine.call(APPLY, Retention(30, 400, 1826))
    assert {name for name, _ in engine.rows(ENGINES)} - days_of(engine).keys() == for_ever


def test_a_changed_setting_holds_after_a_restart(tmp_path: Path) -> None:
    for days in ("3", "0"):
        store = start_store(tmp_path / "data", LLMROUTE_KEEP_RAW_DAYS=days)
        try:
            (row,) = store.sql("SELECT days FROM llm_retention WHERE name = 'raw'")
            (shown,) = store.sql("SHOW CREATE TABLE otel_traces")
            assert (row["days"], "toIntervalDay(3)" in str(shown)) == (int(days), days == "3")
        finally:
            end(store)


def test_sums_of_hours_stay_when_their_calls_are_gone(engine: Engine) -> None:
    old, new = hour_before(NOW, days=500), hour_before(NOW, days=2)
    insert_spans(engine, [call(n, old, Decimal("0.1")) for n in range(10)])
    insert_spans(engine, [call(n, new, Decimal("0.2")) for n in range(10, 15)])
    quiet(engine)
    whole = {old.replace(tzinfo=None): (10, Decimal("1.0")), new.replace(tzinfo=None): (5, Decimal("1.0"))}
    assert plain_hours(hourly(engine)) == whole
    engine.call(APPLY, Retention(30, 400, 1826))
    expire(engine)
    assert engine.rows("SELECT count() FROM llm_calls") == [[5]]
    assert engine.rows("SELECT count() FROM otel_traces") == [[5]]
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]
    assert engine.build() == 0
    assert plain_hours(hourly(engine)) == whole


def test_a_call_that_arrives_after_its_hour_is_gone_does_not_take_the_place_of_its_sums(engine: Engine) -> None:
    old = hour_before(NOW, days=500)
    insert_spans(engine, [call(n, old, Decimal("0.1")) for n in range(10)])
    quiet(engine)
    engine.call(APPLY, Retention(30, 400, 1826))
    expire(engine)
    assert engine.rows("SELECT count() FROM llm_calls") == [[0]]
    insert_spans(engine, [call(99, old, Decimal("5"))])
    assert plain_hours(hourly(engine)) == {old.replace(tzinfo=None): (10, Decimal("1.0"))}
    quiet(engine)
    expire(engine)
    assert plain_hours(hourly(engine)) == {old.replace(tzinfo=None): (10, Decimal("1.0"))}
    # The same with calls kept for ever: the hour is summed again.
    engine.call(APPLY, Retention(30, 0, 0))
    insert_spans(engine, [call(n, old, Decimal("0.1")) for n in range(10)] + [call(99, old, Decimal("5"))])
    assert plain_hours(hourly(engine)) == {old.replace(tzinfo=None): (11, Decimal("6.0"))}


def test_calls_that_are_too_old_when_they_arrive_leave_nothing_to_be_summed_for_ever(engine: Engine) -> None:
    engine.call(APPLY, Retention(30, 400, 1826))
    insert_spans(engine, [call(n, hour_before(NOW, days=500, hours=n), Decimal("0.1")) for n in range(100)])
    expire(engine)
    engine.command(AGED)
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]
    assert engine.build() == 0
    assert hourly(engine) == {}


def test_an_hour_within_the_time_is_summed_again_for_a_late_call(engine: Engine) -> None:
    engine.call(APPLY, Retention(30, 400, 1826))
    hour = hour_before(NOW, days=399)
    insert_spans(engine, [call(1, hour, Decimal("0.1"))])
    quiet(engine)
    insert_spans(engine, [call(2, hour, Decimal("0.2"))])
    assert plain_hours(hourly(engine)) == {hour.replace(tzinfo=None): (2, Decimal("0.3"))}
    quiet(engine)
    assert plain_hours(hourly(engine)) == {hour.replace(tzinfo=None): (2, Decimal("0.3"))}


def plain_hours(found: dict[Any, tuple[int, Decimal]]) -> dict[Any, tuple[int, Decimal]]:
    return {hour.replace(tzinfo=None): value for hour, value in found.items()}


def test_a_span_of_a_wrong_clock_is_kept(engine: Engine) -> None:
    engine.call(APPLY, Retention(30, 400, 1826))
    ahead = datetime(2200, 1, 1, tzinfo=timezone.utc)
    insert_spans(engine, [call(1, ahead, Decimal("0.1"))])
    expire(engine)
    assert engine.rows("SELECT count() FROM llm_calls") == [[1]]
    assert engine.rows("SELECT count() FROM otel_traces") == [[1]]


def test_a_span_older_than_what_is_kept_is_taken_and_gone_with_the_next_merge(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data", LLMROUTE_KEEP_CALLS_DAYS="10", LLMROUTE_KEEP_RAW_DAYS="5")
    try:
        app = App(service="old")
        start = int((NOW - timedelta(days=60)).timestamp() * 1e9)
        app.span("attempt", attempt_facts("r", "0.5"), start_ns=start)
        app.span("attempt", attempt_facts("r", "0.25"), start_ns=int(NOW.timestamp() * 1e9))
        send(store, app.spans)  # acknowledged
    finally:
        end(store)
    with engine_at(tmp_path / "data") as engine:
        expire(engine)
        assert engine.rows("SELECT cost FROM llm_calls") == [[Decimal("0.25")]]
        assert engine.rows("SELECT count() FROM otel_traces") == [[1]]


@pytest.mark.parametrize(
    ("raw", "calls", "rollups", "kept"),
    [
        (30, 400, 1826, (30, 400, 1826)),
        (30, 400, 90, (30, 400, 400)),
        (30, 0, 90, (30, 0, 0)),
        (0, 400, 0, (0, 400, 0)),
    ],
)
def test_sums_are_never_kept_shorter_than_calls(raw: int, calls: int, rollups: int, kept: tuple[int, int, int]) -> None:
    config = Config(keep_raw_days=raw, keep_calls_days=calls, keep_rollups_days=rollups)
    assert Retention.of(config) == Retention(*kept)


def test_days_are_read_from_the_file_and_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "llmroute.toml"
    file.write_text("[keep]\nraw_days = 7\ncalls_days = 0\n")
    found = load({"LLMROUTE_CONFIG": str(file), "LLMROUTE_KEEP_RAW_DAYS": "9"})
    assert (found.keep_raw_days, found.keep_calls_days, found.keep_rollups_days) == (9, 0, 1826)


@pytest.mark.parametrize("days", ["-1", "a week", "1.5", "true", "100000"])
def test_what_is_no_number_of_days_is_refused(tmp_path: Path, days: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load({"LLMROUTE_KEEP_RAW_DAYS": days})
    said = f"LLMROUTE_KEEP_RAW_DAYS: '{days}' is not a number of days, 0 to 99999; 0 keeps for ever"
    assert str(raised.value) == said
    done = llmroute("up", "--data", str(tmp_path / "data"), LLMROUTE_KEEP_RAW_DAYS=days)
    assert (done.returncode, done.stderr) == (2, f"Error: {said}\n")
