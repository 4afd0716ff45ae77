"""Roll-ups show what the calls show, at every moment, whatever was delivered, built, interrupted or priced again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute.store.maintenance import ROLLUPS, statement
from tests.effort import tries
from tests.store.engine import Engine, engine_at

FIRST_HOUR = datetime(2026, 9, 21, 10, tzinfo=timezone.utc)
COLUMNS = (
    *("kind", "ts", "trace_id", "span_id", "service", "route", "model", "tenant", "plan", "currency"),
    *("cost", "cost_status", "outcome", "attempt_number", "input_tokens", "duration_ns", "received_at"),
)
COSTS = ("ts", "trace_id", "span_id", "service", "computed_at", "price_version", "cost", "currency", "cost_status")
TABLES = ("llm_call_records", "llm_costs", "llm_hours_touched", "llm_repriced_hours", "llm_rollups_built")


@dataclass
class Truth:
    """What was delivered, by the sender's own book: a call is its key, and its cost the newest that is known."""

    calls: dict[int, tuple[int, str, str, Decimal | None]] = field(default_factory=dict)
    """Number -> hour, route, tenant, cost."""
    costs: dict[int, Decimal | None] = field(default_factory=dict)

    def cost_of(self, number: int) -> Decimal | None:
        return self.costs[number] if number in self.costs else self.calls[number][3]

    def by(self, *what: int) -> dict[tuple[Any, ...], tuple[int, Decimal | None]]:
        """Calls and spend by hour (0), route (1) or tenant (2)."""
        found: dict[tuple[Any, ...], tuple[int, Decimal | None]] = {}
        for number, call in self.calls.items():
            key = tuple(call[place] for place in what)
            count, spend = found.get(key, (0, None))
            cost = self.cost_of(number)
            found[key] = (count + 1, spend if cost is None else (spend or Decimal()) + cost)
        return found


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("rollups") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    empty(engine)


def empty(engine: Engine) -> None:
    for table in (*TABLES, *(f"{rollup}_built" for rollup in ROLLUPS)):
        engine.command(f"TRUNCATE TABLE {table}")


def key_of(number: int, hour: int) -> list[Any]:
    """Start, ids and service of a call."""
    moment = FIRST_HOUR + timedelta(hours=hour, seconds=number)
    return [moment, f"{number:032x}", f"{number:016x}", "app"]


def deliver(engine: Engine, truth: Truth, numbers: list[int], age_s: int = 3600) -> None:
    """Deliver calls in one insert, the first time or again; ``age_s`` ago."""
    received = datetime.now(timezone.utc) - timedelta(seconds=age_s)
    rows = []
    for number in numbers:
        hour, route, tenant, cost = truth.calls.setdefault(number, call_of(number))
        ts, trace_id, span_id, service = key_of(number, hour)
        rest = ["USD" if cost is not None else "", cost, "priced" if cost is not None else "unpriced"]
        row = [
            "attempt",
            ts,
            trace_id,
            span_id,
            service,
            route,
            "m",
            tenant,
            "pro",
            *rest,
            "accepted",
            1,
            10,
            5,
            received,
        ]
        rows.append(row)
    engine.insert("llm_call_records", list(COLUMNS), rows)


def call_of(number: int) -> tuple[int, str, str, Decimal | None]:
    cost = None if number % 5 == 0 else Decimal(number * 123_456_789 % 10**12).scaleb(-12)
    return number % 4, f"route-{number % 3}", f"tenant-{number % 2}", cost


def reprice(engine: Engine, truth: Truth, numbers: list[int], step: int) -> None:
    """Append another cost to calls that are there."""
    computed = datetime.now(timezone.utc) - timedelta(seconds=3000 - step)
    rows = []
    for number in (number for number in numbers if number in truth.calls):
        truth.costs[number] = Decimal(step * 1000 + number).scaleb(-6)
        cost = truth.costs[number]
        rows.append([*key_of(number, truth.calls[number][0]), computed, f"v{step}", cost, "USD", "priced"])
    if rows:
        engine.insert("llm_costs", list(COSTS), rows)


def break_off(engine: Engine, rollup: str) -> None:
    """A build that was killed half-way: some rows of an hour are there, others are not."""
    select = statement("build_rollup", rollup).partition("_built\n")[2]
    engine.command(f"INSERT INTO {rollup}_built SELECT * FROM ({select}) WHERE rowNumberInAllBlocks() % 2 = 0")
    engine.command(statement("mark_rollup", rollup))


def assert_equal(engine: Engine, truth: Truth) -> None:
    """The roll-ups against the truth, and against the calls."""

    def found(table: str, what: str, count: str, amount: str) -> dict[tuple[Any, ...], tuple[int, Decimal | None]]:
        rows = engine.rows(f"SELECT {what}, sum({count}), sum({amount}) AS total FROM {table} GROUP BY ALL")
        return {tuple(row[:-2]): (int(row[-2]), row[-1]) for row in rows}

    hour = f"toInt64(dateDiff('hour', toDateTime('{FIRST_HOUR:%Y-%m-%d %H:%M:%S}', 'UTC'), hour))"
    expected = truth.by(0, 1)
    assert found("llm_hourly", f"{hour}, toString(route)", "records", "spend") == expected
    assert found("llm_calls", f"{hour}, toString(route)", "1", "cost") == expected
    assert found("llm_hourly_tenants", f"{hour}, tenant", "records", "spend") == truth.by(0, 2)
    answered = engine.rows(f"SELECT {hour}, sum(attempts) FROM llm_hourly_latency GROUP BY ALL")
    assert {(row[0],): int(row[1]) for row in answered} == {key: count for key, (count, _) in truth.by(0).items()}


NUMBERS = st.lists(st.integers(1, 40), min_size=1, max_size=25)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), NUMBERS),
        st.tuples(st.just("deliver just now"), NUMBERS),
        st.tuples(st.just("reprice"), NUMBERS),
        st.tuples(st.just("build"), st.just([])),
        st.tuples(st.just("break off"), st.integers(0, 2).map(lambda number: [number])),
        st.tuples(st.just("merge"), st.just([])),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=tries(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_deliveries_builds_breaks_and_repricings_gives_the_truth(
    engine: Engine, steps: list[tuple[str, list[int]]]
) -> None:
    empty(engine)
    truth = Truth()
    for step, (what, numbers) in enumerate(steps):
        if what.startswith("deliver"):
            deliver(engine, truth, numbers, 0 if what == "deliver just now" else 3600 - step)
        elif what == "reprice":
            reprice(engine, truth, numbers, step)
        elif what == "build":
            engine.build()
        elif what == "break off":
            break_off(engine, ROLLUPS[numbers[0]])
        else:
            engine.command("OPTIMIZE TABLE llm_call_records FINAL")
        assert_equal(engine, truth)


def test_a_quiet_hour_is_built_once_and_then_read_from_the_build(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, list(range(1, 41)))
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[12]]
    assert engine.build() == 0
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]
    assert engine.rows("SELECT count() FROM llm_rollups_clean") == [[12]]
    engine.command("TRUNCATE TABLE llm_call_records")  # so that nothing but the builds can answer
    assert engine.rows("SELECT sum(records), sum(spend) FROM llm_hourly") == [
        [40, sum(cost for _, _, _, cost in truth.calls.values() if cost is not None)]
    ]


def test_an_hour_is_not_built_while_something_arrives_for_it(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, [1, 2, 3], age_s=0)
    engine.build()
    assert engine.rows("SELECT count() FROM llm_rollups_clean") == [[0]]
    assert_equal(engine, truth)


def test_a_delivery_for_a_built_hour_shows_at_once_and_it_is_built_again(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, [4, 8, 12])
    engine.build()
    deliver(engine, truth, [16], age_s=1800)
    assert_equal(engine, truth)
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[3]]
    engine.build()
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]
    assert_equal(engine, truth)


def test_a_build_that_was_broken_off_is_never_read(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, list(range(1, 41)))
    for rollup in ROLLUPS:
        break_off(engine, rollup)
    assert_equal(engine, truth)
    engine.build()
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]
    assert_equal(engine, truth)


QUANTILES = """
SELECT quantilesExactWeighted(0.5, 0.95, 0.99)(seconds, attempts), max(seconds)
FROM llm_hourly_latency WHERE measure = 'latency'
"""


def test_what_took_no_time_or_nonsense_is_no_latency(engine: Engine) -> None:
    rows = []
    for number, first_chunk_s in enumerate([1.0, 0.0, float("nan"), float("inf"), -1.0, None]):
        ts, trace_id, span_id, service = key_of(number, 0)
        outcome = "failed" if number else "accepted"
        rest = ["USD", Decimal(1), "priced", outcome, 1, 10, 0, datetime.now(timezone.utc), first_chunk_s]
        rows.append(["attempt", ts, trace_id, span_id, service, "r", "m", "t", "pro", *rest])
    engine.insert("llm_call_records", [*COLUMNS, "first_chunk_s"], rows)
    found = engine.rows("SELECT measure, round(seconds, 2), attempts FROM llm_hourly_latency ORDER BY ALL")
    assert found == [["first_chunk", 0.0, 1], ["first_chunk", 1.0, 1], ["latency", 0.0, 1]]


def test_latency_is_within_two_and_a_half_percent_of_the_truth_built_or_not(engine: Engine) -> None:
    rows = []
    for number in range(1, 1001):
        ts, trace_id, span_id, service = key_of(number, 0)
        rest = ["USD", Decimal(1), "priced", "accepted", 1, 10, number * 10**6, datetime.now(timezone.utc)]
        rows.append(["attempt", ts, trace_id, span_id, service, "r", "m", "t", "pro", *rest])
    for built in (False, True):
        for row in rows:
            row[-1] = datetime.now(timezone.utc) - timedelta(hours=2 if built else 0)
        empty(engine)
        engine.insert("llm_call_records", list(COLUMNS), rows)
        engine.build()
        assert engine.rows("SELECT count() > 0 FROM llm_hourly_latency_built") == [[built]]
        ((found, slowest),) = engine.rows(QUANTILES)
        assert found == pytest.approx([0.5, 0.95, 0.99], rel=0.025)
        assert slowest == pytest.approx(1.0, rel=0.025)


def test_many_hours_are_built_in_turns(engine: Engine) -> None:
    rows = []
    for number in range(100):
        ts, trace_id, span_id, service = key_of(number, number)
        rest = ["USD", Decimal(1), "priced", "accepted", 1, 10, 5, datetime.now(timezone.utc) - timedelta(hours=1)]
        rows.append(["attempt", ts, trace_id, span_id, service, "r", "m", "t", "pro", *rest])
    engine.insert("llm_call_records", list(COLUMNS), rows)
    left, turns = 1, 0
    while left:
        left, turns = engine.build(), turns + 1
    assert turns == 3
    assert engine.rows("SELECT sum(spend), count() FROM llm_hourly") == [[Decimal(100), 100]]
    assert engine.rows("SELECT count() FROM llm_rollups_due") == [[0]]


def test_outdated_builds_are_swept_when_they_are_many(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, list(range(1, 41)))
    engine.build()
    old = "SELECT toDateTime('2026-09-21 10:00:00', 'UTC'), 1, 1, 'attempt', toString(number) FROM numbers(20000)"
    engine.command(f"INSERT INTO llm_hourly_built (hour, build, build_rows, kind, route) {old}")
    engine.sweep()
    engine.command("SELECT sleep(1)")
    assert_equal(engine, truth)
    assert engine.rows("SELECT count() FROM llm_hourly_built WHERE build = 1") == [[0]]
