"""While a page is open, what was touched is summed before the next question, once it is quiet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import cast

import pytest

from otel_llmroute.store.boards.asking import PanelQuestion
from otel_llmroute.store.maintenance import prefetching
from otel_llmroute.store.maintenance.summing import Summing
from tests.store.engine import Engine, engine_at
from tests.store.ledger import _insert, made_up

SUMS = "tests.store.stored_panels"
CLEAN = "SELECT name, count() FROM llm_rollups_clean GROUP BY name"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("ahead") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    for table in (
        "llm_call_records",
        "llm_hours_touched",
        "llm_rollups_built",
        "llm_hourly_built",
        "llm_hourly_tenants_built",
    ):
        engine.command(f"TRUNCATE TABLE {table}")
    for table in ("llm_job_hours", "llm_job_hours_touched", "llm_job_hours_built", "llm_hourly_jobs_built"):
        engine.command(f"TRUNCATE TABLE {table}")


def insert_a_call(engine: Engine, received: timedelta) -> None:
    """One call of a job, received so long from now."""
    call = replace(made_up(1, 1).calls[0], job_id="T-1", received_at=datetime.now(timezone.utc) + received)
    _insert(engine, "llm_call_records", [call])


def test_an_hour_is_summed_ahead_once_it_is_quiet(engine: Engine) -> None:
    insert_a_call(engine, timedelta(minutes=-1))
    engine.call(f"{SUMS}:sum_ahead", "llm_hourly")
    assert engine.rows(CLEAN) == [["llm_hourly", 1]]
    assert engine.call(f"{SUMS}:hours_read", "llm_hourly") == 0


def test_an_hour_that_changes_all_the_time_is_left_to_the_question(engine: Engine) -> None:
    insert_a_call(engine, timedelta(minutes=+1))
    for name in ("llm_hourly", "llm_hourly_jobs"):
        engine.call(f"{SUMS}:sum_ahead", name)
    assert engine.rows(CLEAN) == []
    assert engine.rows("SELECT count() FROM llm_job_hours_built") == [[0]]
    assert engine.call(f"{SUMS}:hours_read", "llm_hourly") == 1


def test_jobs_are_summed_ahead_once_they_are_quiet(engine: Engine) -> None:
    insert_a_call(engine, timedelta(minutes=-1))
    engine.call(f"{SUMS}:sum_ahead", "llm_hourly_jobs")
    assert engine.rows("SELECT count() FROM llm_job_hours_open") == [[0]]
    assert engine.rows("SELECT sum(records) FROM llm_hourly_jobs_built") == [[1]]


def test_what_was_asked_for_once_is_summed_without_being_asked_for_again(engine: Engine) -> None:
    insert_a_call(engine, timedelta(minutes=-1))
    assert engine.call(f"{SUMS}:prefetched", "llm_hourly", 100.0)
    assert engine.rows(CLEAN) == [["llm_hourly", 1]]


def test_nothing_is_summed_ahead_while_nobody_asks(engine: Engine) -> None:
    insert_a_call(engine, timedelta(minutes=-1))
    assert not engine.call(f"{SUMS}:sums_while_nobody_asks")
    assert engine.rows(CLEAN) == []


CALL = """
INSERT INTO llm_call_records
    (kind, ts, trace_id, span_id, service, route, tenant, cost, currency, cost_status, received_at)
VALUES
    ('attempt', '2026-09-03 10:00:00', '{number}', '{number}', 'app', 'search', 'acme', 1, 'USD', 'priced', now64(3))
"""


@pytest.mark.parametrize("panel", ["route", "tenant"])
def test_a_panel_shows_all_that_was_stored_before_it_was_asked_whatever_is_summed_meanwhile(
    engine: Engine, panel: str
) -> None:
    day = datetime(2026, 9, 3, tzinfo=timezone.utc)
    question = PanelQuestion("spend", panel, day, day + timedelta(days=1))
    seen = engine.call(f"{SUMS}:seen_while_calls_arrive", question, CALL, 12)
    assert [shown for before, shown, begun in seen if not before <= shown <= begun] == []
    assert seen[-1][0] > 0
    assert engine.rows("SELECT count() > 0 FROM llm_rollups_built") == [[1]]


class Watched:
    """What a prefetcher watches: how often something was stored, and what it was told to sum."""

    def __init__(self, is_quiet: bool, asked: list[str]) -> None:
        self._is_quiet, self._asked, self._looks, self.summed = is_quiet, asked, 0, 0

    @property
    def changes(self) -> int:
        self._looks += 1
        return 1 if self._is_quiet else self._looks

    def asked(self) -> list[str]:
        return self._asked

    def sum_ahead(self, name: str) -> None:
        self.summed += 1


@pytest.mark.parametrize(
    ("is_quiet", "asked", "summed"),
    [(True, ["llm_hourly"], 1), (False, ["llm_hourly"], 0), (True, [], 0)],
    ids=["once-when-it-is-quiet", "not-while-it-changes", "never-unasked"],
)
def test_what_was_asked_for_is_summed_once_it_is_quiet(
    monkeypatch: pytest.MonkeyPatch, is_quiet: bool, asked: list[str], summed: int
) -> None:
    monkeypatch.setattr(prefetching, "EVERY_S", 0.001)
    monkeypatch.setattr(prefetching, "BUSY_S", 600.0)
    watched = Watched(is_quiet, asked)
    thread = prefetching.Prefetcher(cast(Summing, watched))
    thread.start()
    until = time.monotonic() + 60
    while watched._looks < 50 and time.monotonic() < until:
        time.sleep(0.01)
    thread.stop()
    assert watched._looks >= 50
    assert watched.summed == summed


class Quiet:
    """What is asked for, and how much was stored."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.changes = 0
        self.done: list[str] = []

    def asked(self) -> list[str]:
        return list(self.names)

    def sum_ahead(self, name: str) -> None:
        self.done.append(name)


@pytest.mark.parametrize(("names", "done"), [(("llm_hourly",), ["llm_hourly", "answers"]), ((), [])])
def test_answers_are_given_ahead_once_it_is_quiet_and_summed(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], done: list[str]
) -> None:
    monkeypatch.setattr(prefetching, "EVERY_S", 0.01)
    quiet = Quiet(*names)
    thread = prefetching.Prefetcher(cast(Summing, quiet), lambda: quiet.done.append("answers"))
    thread.start()
    until = time.monotonic() + 10
    while quiet.done[-2:] != done[-2:] and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.1)  # and not again, when nothing has changed
    thread.stop()
    assert quiet.done == done


def test_what_goes_wrong_ahead_of_a_question_is_told_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(prefetching, "EVERY_S", 0.001)
    quiet = Quiet("llm_hourly")

    def fails() -> None:
        quiet.changes += 1
        raise KeyError("unforeseen")

    thread = prefetching.Prefetcher(cast(Summing, quiet), fails)
    thread.start()
    until = time.monotonic() + 60
    while quiet.changes < 5 and time.monotonic() < until:
        time.sleep(0.01)
    thread.stop()
    assert quiet.changes >= 5
    (told,) = caplog.records
    assert told.exc_info is not None
