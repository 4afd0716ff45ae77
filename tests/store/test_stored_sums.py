"""What a running store answers from sums is what its views say, whatever was delivered, built, broken off or priced."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from otel_llmroute.store.boards import boards
from otel_llmroute.store.boards.asking import PanelQuestion
from otel_llmroute.store.boards.filters import SUMMED, tables_of
from otel_llmroute.store.maintenance import ROLLUPS
from otel_llmroute.store.maintenance.days import DAYS, Day
from tests.effort import tries
from tests.store import ledger as book
from tests.store.engine import Engine, engine_at
from tests.store.ledger import SINCE, UNTIL, made_up
from tests.store.records import quiet

SUMS = "tests.store.stored_panels"
READ = {*SUMMED, "llm_calls", "llm_routes", "llm_decisions"}
SUMMED_PANELS = [(on, panel) for on in boards() for panel in on.panels if {*tables_of(panel.sql)} & READ]
PANELS = list({panel.question: (on, panel) for on, panel in SUMMED_PANELS}.values())
"""One of each question that reads what is summed, or views of calls."""
PERIODS = ((SINCE - timedelta(days=13), UNTIL), (SINCE - timedelta(days=6, hours=3), SINCE - timedelta(hours=2)))
"""Long enough that days are read whole; the second ends at midnight, and the period before it begins within a day."""
NAMED = {"route": ("search", ""), "plan": ("pro",), "tenant": ("acme",), "trace": (f"{3:032x}", f"{4:032x}")}
VIEWS = re.compile(r"\b(FROM|JOIN)\s+(llm_\w+)")
FILTERS: tuple[dict[str, tuple[str, ...]], ...] = ({}, *({name: values} for name, values in NAMED.items()))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("sums") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    sums = ("llm_days_built", "llm_route_hours_touched", *(f"{name}_built" for name in DAYS.values()))
    for table in (*book.TABLES, *sums):
        engine.command(f"TRUNCATE TABLE {table}")


def questions() -> Iterator[PanelQuestion]:
    for on, panel in PANELS:
        for since, until in PERIODS:
            for filters in FILTERS:
                taken = {name: values for name, values in filters.items() if name in panel.filters}
                if filters == taken:
                    yield PanelQuestion(on.name, panel.name, since, until, taken)


def assert_alike(engine: Engine, chance: random.Random) -> None:
    """What is answered from sums and from views, of some questions."""
    for question in chance.sample(list(questions()), 12):
        of_sums, of_views = engine.call(f"{SUMS}:both_ways", question)
        assert of_sums == of_views, question


def insert_calls(engine: Engine, calls: list[book.Call]) -> None:
    book._insert(engine, "llm_call_records", calls)


@pytest.mark.parametrize("seed", range(tries(1, 2)))
def test_sums_say_what_views_say_after_every_delivery_build_and_repricing(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    told = made_up(seed, 240)
    calls = chance.sample(told.calls, len(told.calls))
    steps = [
        lambda: insert_calls(engine, calls[:100]),
        engine.build,
        lambda: engine.call(f"{SUMS}:sum_days"),
        lambda: insert_calls(engine, calls[80:200]),
        lambda: book._insert(engine, "llm_route_records", told.routes[:60]),
        lambda: book._repriced(engine, calls[:200], chance, 0.3),
        lambda: engine.call(f"{SUMS}:sum_days"),
        lambda: book._insert(engine, "llm_route_records", told.routes[40:]),
        lambda: insert_calls(engine, calls[150:]),
    ]
    chance.shuffle(steps)
    for step in [*steps, engine.build, lambda: engine.call(f"{SUMS}:sum_days")]:
        step()
        assert_alike(engine, chance)


def days_read(engine: Engine, name: str) -> Any:
    return engine.call(f"{SUMS}:days_read", name)


def test_a_day_is_read_whole_until_something_is_delivered_for_it_and_when_it_is_summed_again(engine: Engine) -> None:
    call = made_up(1, 1).calls[0]
    insert_calls(engine, [call, replace(call, ts=call.ts - timedelta(days=2), span_id="other")])
    assert days_read(engine, "llm_hourly") == 0
    engine.call(f"{SUMS}:sum_days")
    insert_calls(engine, [])
    engine.command("TRUNCATE TABLE llm_metrics")  # a statement that may have changed calls: it is looked again
    assert [days_read(engine, name) for name in ("llm_hourly", "llm_arrivals")] == [2, 2]
    insert_calls(engine, [replace(call, span_id="late")])
    assert [days_read(engine, name) for name in ("llm_hourly", "llm_arrivals")] == [1, 1]
    engine.call(f"{SUMS}:sum_days")
    engine.command("TRUNCATE TABLE llm_metrics")
    assert [days_read(engine, name) for name in ("llm_hourly", "llm_arrivals")] == [2, 2]


def hours_read(engine: Engine, name: str) -> Any:
    return engine.call(f"{SUMS}:hours_read", name)


def test_what_was_just_delivered_is_read_from_the_calls_until_its_hour_is_summed(engine: Engine) -> None:
    call = replace(made_up(1, 1).calls[0], received_at=datetime.now(timezone.utc))
    insert_calls(engine, [replace(call, ts=call.ts - timedelta(hours=hour)) for hour in range(7)])
    assert [hours_read(engine, name) for name in ROLLUPS] == [7, 7, 7]
    assert engine.rows("SELECT count() FROM llm_rollups_clean") == [[0]]
    assert_alike(engine, random.Random(5))
    quiet(engine)
    assert [hours_read(engine, name) for name in ROLLUPS] == [0, 0, 0]
    insert_calls(engine, [replace(call, span_id="late")])
    assert [hours_read(engine, name) for name in ROLLUPS] == [1, 1, 1]
    assert_alike(engine, random.Random(6))


def test_an_hour_with_computed_costs_is_summed_while_somebody_waits_since_its_records_do_not_know_them(
    engine: Engine,
) -> None:
    calls = made_up(1, 1).calls
    insert_calls(engine, calls)
    book._repriced(engine, calls, random.Random(1), 1.0)
    assert hours_read(engine, "llm_hourly") == 0
    assert engine.rows("SELECT name, count() FROM llm_rollups_clean GROUP BY name") == [["llm_hourly", 1]]
    assert_alike(engine, random.Random(5))


def test_more_than_a_question_should_wait_for_is_left_to_the_views(engine: Engine) -> None:
    call = made_up(1, 1).calls[0]
    calls = [replace(call, ts=call.ts - timedelta(hours=hour)) for hour in range(7)]
    insert_calls(engine, calls)
    book._repriced(engine, calls, random.Random(1), 1.0)
    assert hours_read(engine, "llm_hourly") is None
    assert engine.rows("SELECT count() FROM llm_rollups_clean") == [[0]]
    assert_alike(engine, random.Random(5))


def test_an_hour_whose_calls_are_gone_holds_nothing_as_in_its_view(engine: Engine) -> None:
    insert_calls(engine, made_up(1, 1).calls)
    engine.build()
    engine.command("TRUNCATE TABLE llm_call_records")
    engine.command("INSERT INTO llm_hours_touched SELECT hour, touched_at, 1, 0 FROM llm_hours_touched FINAL")
    assert hours_read(engine, "llm_hourly") == 1
    assert_alike(engine, random.Random(5))


def views_read(engine: Engine, question: PanelQuestion) -> set[str]:
    names = {found[2] for found in VIEWS.finditer(str(engine.call(f"{SUMS}:asked_of", question)))}
    return names & {str(row[0]) for row in engine.rows("SELECT name FROM system.tables WHERE engine = 'View'")}


def test_no_view_of_calls_is_planned_until_a_cost_of_the_period_is_computed_anew(engine: Engine) -> None:
    calls = made_up(1, 40).calls
    insert_calls(engine, calls)
    engine.build()
    asked = [question for question in questions() if question.panel not in ("month", "jobs")]
    assert [question for question in asked if views_read(engine, question)] == []
    past = [replace(call, ts=call.ts - timedelta(days=90)) for call in calls]
    insert_calls(engine, past)
    book._repriced(engine, past, random.Random(1), 1.0)
    dearest = PanelQuestion("trace", "dearest", *PERIODS[0])
    assert views_read(engine, dearest) == set()
    book._repriced(engine, calls, random.Random(1), 1.0)
    assert views_read(engine, dearest) == {"llm_calls"}
    assert views_read(engine, replace(dearest, panel="waterfall")) == {"llm_calls"}
    assert_alike(engine, random.Random(5))


def test_days_and_hours_of_which_there_are_none_are_not_planned(engine: Engine) -> None:
    call = made_up(1, 1).calls[0]
    insert_calls(engine, [replace(call, ts=call.ts - timedelta(days=day)) for day in range(5)])
    day = call.ts.replace(hour=0, minute=0, second=0, microsecond=0)
    lag = PanelQuestion("data", "lag", day - timedelta(days=9), day + timedelta(days=1))
    assert "llm_daily_arrivals_built" not in engine.call(f"{SUMS}:asked_of", lag)
    engine.call(f"{SUMS}:sum_days")
    engine.command("TRUNCATE TABLE llm_metrics")
    whole = replace(lag, since=day - timedelta(days=4))
    assert "llm_call_records" not in engine.call(f"{SUMS}:asked_of", whole)
    assert "llm_call_records" in engine.call(f"{SUMS}:asked_of", lag)
    for question in (lag, whole):
        of_sums, of_views = engine.call(f"{SUMS}:both_ways", question)
        assert of_sums == of_views


def test_of_one_trace_is_read_by_its_id_before_all_else(engine: Engine) -> None:
    told = made_up(1, 40)
    for calls in (told.calls, [replace(call, received_at=call.received_at + timedelta(1)) for call in told.calls[:9]]):
        insert_calls(engine, calls)
    book._insert(engine, "llm_route_records", told.routes)
    one = PanelQuestion("trace", "waterfall", *PERIODS[0], {"trace": (told.calls[2].trace_id,)})
    asked = str(engine.call(f"{SUMS}:asked_of", one))
    assert re.findall(r"FROM (\w+) FINAL PREWHERE trace_id IN {only_trace:", asked) == [
        *("llm_route_records", "llm_decision_records", "llm_call_records")
    ]
    assert "PREWHERE" not in engine.call(f"{SUMS}:asked_of", replace(one, filters={}))
    of_sums, of_views = engine.call(f"{SUMS}:both_ways", one)
    assert of_sums == of_views
    assert of_sums["rows"]


@pytest.mark.parametrize(("name", "reads_calls"), [("", False), ("plan", False), ("tenant", True)])
def test_sums_are_read_once_though_not_all_that_is_compared_is_narrowed(
    engine: Engine, name: str, reads_calls: bool
) -> None:
    insert_calls(engine, made_up(1, 40).calls)
    engine.build()
    filters = {name: NAMED[name]} if name else {}
    cheaper = PanelQuestion("routes", "cheaper", *PERIODS[0], filters)
    asked = str(engine.call(f"{SUMS}:asked_of", cheaper))
    assert (asked.count("FROM llm_hourly_built"), "llm_call_records" in asked) == (1, reads_calls)
    assert views_read(engine, cheaper) == set()
    of_sums, of_views = engine.call(f"{SUMS}:both_ways", cheaper)
    assert of_sums == of_views


def test_sums_of_a_day_that_were_broken_off_are_never_read(engine: Engine) -> None:
    insert_calls(engine, made_up(3, 40).calls)
    engine.build()
    engine.call(f"{SUMS}:sum_days")
    for name in DAYS.values():
        engine.command(f"INSERT INTO {name}_built SELECT * REPLACE (build + 1 AS build) FROM {name}_built LIMIT 3")
    assert_alike(engine, random.Random(5))


def test_a_day_lies_within_a_period_that_it_does_not_stick_out_of_and_nothing_cuts() -> None:
    start = datetime(2026, 9, 3, tzinfo=timezone.utc)
    day, hour = Day(start, 1), timedelta(hours=1)
    assert day.is_within((start, start + 24 * hour))
    assert day.is_within((start - 48 * hour, start, start + 24 * hour))
    assert not day.is_within((start + hour, start + 48 * hour))
    assert not day.is_within((start - hour, start + 23 * hour))
    assert not day.is_within((start - hour, start + hour, start + 48 * hour))
