"""Panels that look at the newest fifty thousand calls alone: what is before them is left out, and no call of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from otel_llmroute.store.boards import board
from tests.store.engine import Engine, engine_at
from tests.store.ledger import SINCE, TABLES
from tests.store.test_boards import answer

MOST = 50_000
"""As the headers of ``traces_by_cost.sql`` and ``data_checks.sql`` say."""
DEAR, LAST = "dear", "last"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("newest") / "data") as running:
        yield running


def deliver(engine: Engine, newer: int) -> None:
    """A dear call whose route is missing, and in the hour after it so many cheap ones in one trace."""
    for table in TABLES:
        engine.command(f"TRUNCATE TABLE {table}")
    columns = "kind, ts, trace_id, span_id, service, route_id, cost, currency, cost_status, cost_source, received_at"
    of_hour = (
        "INSERT INTO llm_call_records ({}) SELECT 'attempt', toDateTime64('{}', 9, 'UTC'), '{}', toString(number),"
        " 'app', '{}', {}, 'USD', 'priced', 'provider', '{}' FROM numbers({})"
    )
    hours = (f"{SINCE + timedelta(hours=later):%Y-%m-%d %H:%M:%S}" for later in (0, 1))
    for hour, trace, route, cost, count in zip(hours, (DEAR, LAST), ("gone", ""), (9, 0), (1, newer), strict=True):
        engine.command(of_hour.format(columns, hour, trace, route, cost, hour, count))


def dearest(engine: Engine) -> list[str]:
    rows = answer(engine, board("trace"), board("trace").panel("dearest"))["rows"]
    return [row["name"] for row in rows]


def without_route(engine: Engine) -> dict[str, Any]:
    rows = answer(engine, board("data"), board("data").panel("checks"))["rows"]
    return {row["check"]: row["calls"] for row in rows}


@pytest.mark.parametrize(("newer", "is_left_out"), [(MOST, True), (MOST - 1, False)])
def test_what_was_delivered_before_the_newest_calls_is_left_out(engine: Engine, newer: int, is_left_out: bool) -> None:
    deliver(engine, newer)
    assert dearest(engine) == ([LAST] if is_left_out else [DEAR, LAST])
    checks = without_route(engine)
    assert (checks["stored"], checks["without_route"]) == (newer + 1, 0 if is_left_out else 1)


def test_an_hour_of_more_than_the_newest_calls_is_looked_at_whole(engine: Engine) -> None:
    deliver(engine, MOST + 1)
    rows = answer(engine, board("trace"), board("trace").panel("dearest"))["rows"]
    assert [(row["name"], row["records"]) for row in rows] == [(LAST, MOST + 1)]


@pytest.mark.parametrize(("before", "is_found"), [(2 * MOST - 2, True), (2 * MOST - 1, False)])
def test_a_route_that_began_before_the_newest_calls_is_found_among_twice_as_many(
    engine: Engine, before: int, is_found: bool
) -> None:
    deliver(engine, before)
    later = f"{SINCE + timedelta(hours=1):%Y-%m-%d %H:%M:%S}"
    columns = "kind, ts, trace_id, span_id, service, route_id, cost, currency, cost_status, cost_source, received_at"
    engine.command(
        f"INSERT INTO llm_call_records ({columns}) VALUES ('attempt', '{later}', 'long', 's', 'app', 'long', 0, 'USD', "
        f"'priced', 'provider', '{later}')"
    )
    engine.command(
        "INSERT INTO llm_route_records (ts, trace_id, span_id, service, route_id, route, received_at) "
        f"VALUES ('{SINCE:%Y-%m-%d %H:%M:%S}', 'long', 'r', 'app', 'long', 'a', '{later}')"
    )
    assert without_route(engine)["without_route"] == (0 if is_found else 1)
