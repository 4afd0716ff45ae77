"""What a call adds to the roll-ups is what they sum, and one trace is found without reading the calls of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from otel_llmroute.store.boards.filters import FROM_CALLS
from otel_llmroute.store.maintenance import ROLLUPS
from otel_llmroute.store.questions import question
from tests.store.engine import Engine, engine_at
from tests.store.ledger import Ledger, deliver, made_up

COUNTED = (
    "records",
    "requests",
    "failed",
    "sdk_retries",
    "unpriced",
    "partly_priced",
    "no_usage",
    "unanswered",
    "attempts",
)
ADDED = re.compile(rf"^({'|'.join(COUNTED)}|spend\w*|\w+_tokens|duration_ns)$")
"""Columns that are summed; the others describe."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("measured") / "data") as running:
        yield running


def columns_of(engine: Engine, table: str) -> list[str]:
    return [str(row[0]) for row in engine.rows(f"DESCRIBE TABLE {table}")]


@pytest.mark.parametrize("rollup", ROLLUPS)
def test_the_calls_sum_up_to_the_roll_up_in_each_of_its_columns(engine: Engine, rollup: str) -> None:
    deliver(engine, made_up(11, 200), seed=11)
    calls = f"({question(FROM_CALLS[rollup])})"
    names = columns_of(engine, rollup)
    assert columns_of(engine, calls) == names
    by = [name for name in names if not ADDED.match(name)]
    shown = ", ".join([*by, *(f"sum({name})" for name in names if name not in by)])
    summed = f"SELECT {shown} FROM {{}} GROUP BY {', '.join(by)} ORDER BY ALL"
    assert engine.rows(summed.format(rollup)) == engine.rows(summed.format(calls)) != []


def test_one_trace_is_found_without_reading_the_calls_of_others(engine: Engine) -> None:
    engine.command("TRUNCATE TABLE llm_call_records")
    ts = "toDateTime64('2026-09-01 02:00:00', 9, 'UTC') + number"
    many = f"SELECT 'attempt', {ts}, lower(hex(number)) FROM numbers(100000)"
    engine.command(f"INSERT INTO llm_call_records (kind, ts, trace_id) {many}")
    asked = "SELECT kind FROM llm_calls WHERE trace_id = lower(hex(70000))"
    assert engine.rows(asked) == [["attempt"]]
    said = "\n".join(str(row[0]) for row in engine.rows(f"EXPLAIN indexes = 1 {asked}"))
    used = re.search(r"Name: by_trace.*?Granules: (\d+)/(\d+)", said, re.DOTALL)
    assert used is not None
    assert int(used[1]) <= 2 < 10 <= int(used[2])


def test_a_call_that_was_delivered_again_is_found_once_by_its_trace_as_it_came_last(engine: Engine) -> None:
    (first, *others) = made_up(5, 40).calls
    first = replace(first, kind="attempt", trace_id="a1", cost=Decimal(1), cost_status="priced", cost_source="local")
    last = replace(first, cost=Decimal(2), received_at=first.received_at + timedelta(hours=1))
    for table in ("llm_call_records", "llm_costs", "llm_repriced_hours"):
        engine.command(f"TRUNCATE TABLE {table}")
    deliver(engine, Ledger([last, *others]), seed=5, repricings=0)
    deliver_beside(engine, first)
    assert engine.rows("SELECT cost FROM llm_calls WHERE trace_id = 'a1'") == [[Decimal(2)]]


def deliver_beside(engine: Engine, call: object) -> None:
    """An older version of it, in a part of its own."""
    names = list(vars(call))
    engine.insert("llm_call_records", names, [[vars(call)[name] for name in names]])
