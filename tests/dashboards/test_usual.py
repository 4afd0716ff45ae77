"""What is usual at an hour of the week is what one works out by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.statement import panel_sql
from tests.dashboards.alerting import ASK, NOW, calls, long_ago, recorded
from tests.dashboards.grafana import asked
from tests.store.engine import Engine

WEEKS = 4
HOURS = 3
GIVEN = {"weeks": WEEKS, "hours": HOURS}


def rows(engine: Engine, question: str) -> dict[str, dict[str, Any]]:
    """Name -> row, in the middle of an hour that has not ended."""
    now = NOW + timedelta(minutes=40)
    found = engine.call(ASK, asked(panel_sql(question, parameters=GIVEN), now, now, {}))
    return {row.get("name", ""): row for row in found}


def at(week: int, hour: int) -> Any:
    return NOW - timedelta(weeks=week) + timedelta(hours=hour)


amounts = st.lists(st.integers(0, 12), min_size=WEEKS + 1, max_size=WEEKS + 1)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(counts=amounts, hours=st.lists(st.integers(-HOURS, -1), min_size=WEEKS + 1, max_size=WEEKS + 1))
def test_spend_and_calls_are_held_against_the_median_of_the_weeks_before(
    empty: Engine, counts: list[int], hours: list[int]
) -> None:
    """What lies just before and after the hours of the week, and in the hour that runs, counts nowhere."""
    inside = [calls(count, at(week, hours[week]), cost=Decimal("0.7")) for week, count in enumerate(counts)]
    outside = [calls(3, at(week, hour)) for week in range(WEEKS + 1) for hour in (-HOURS - 1, 0)]
    recorded(empty, long_ago(), *inside, *outside)
    before = sorted(counts[1:])
    found = rows(empty, "spend_against_usual")
    if counts[0]:
        row = found["support"]
        usual = before[WEEKS // 2] * Decimal("0.7")
        assert (Decimal(row["spend"]), Decimal(row["usual"])) == (counts[0] * Decimal("0.7"), usual)
        assert row["ratio"] == (pytest.approx(counts[0] / before[WEEKS // 2]) if before[WEEKS // 2] else None)
        assert (row["requests"], row["records"], row["unpriced"]) == (counts[0],) * 2 + (0,)
    assert set(found) == ({"support"} if counts[0] else set())
    (row,) = rows(empty, "calls_against_usual").values()
    assert (row["records"], row["usual"]) == (counts[0], before[(WEEKS - 1) // 2])


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(shares=st.lists(st.sampled_from([None, 0, 10, 25, 50, 90]), min_size=WEEKS + 1, max_size=WEEKS + 1))
def test_the_cache_is_held_against_the_median_share_of_the_weeks_that_had_input(
    empty: Engine, shares: list[int | None]
) -> None:
    inside = [
        calls(2, at(week, -2), input_tokens=1000, cache_read_tokens=share * 10)
        for week, share in enumerate(shares)
        if share is not None
    ]
    recorded(empty, long_ago(), *inside)
    found = rows(empty, "cache_share_against_usual")
    assert set(found) == ({"support"} if shares[0] is not None else set())
    if shares[0] is not None:
        known = sorted(share / 100 for share in shares[1:] if share is not None)
        usual = known[len(known) // 2] if known else None
        row = found["support"]
        assert (row["requests"], row["input_tokens"], row["known_weeks"]) == (2, 2000, len(known))
        assert row["cache_share"] == pytest.approx(shares[0] / 100)
        assert row["usual"] == (None if usual is None else pytest.approx(usual))
        assert row["drop"] == (pytest.approx(1 - shares[0] / 100 / usual) if usual else None)


def test_wasted_spend_is_that_of_attempts_with_an_outcome_nobody_used(empty: Engine) -> None:
    hour = NOW + timedelta(hours=-1)
    outcomes = ("accepted", "failed", "rejected", "discarded", "cancelled", "abandoned")
    every = [calls(1, hour, outcome=outcome) for outcome in outcomes]
    recorded(
        empty, *every, calls(2, hour, outcome="accepted", currency="EUR"), calls(1, hour, kind="charge", outcome="")
    )
    sql = asked(panel_sql("waste_share_by_route"), hour, NOW, {})
    found = {row["currency"]: row for row in empty.call(ASK, sql)}
    assert {name: (row["attempts"], row["wasted"], row["spend"]) for name, row in found.items()} == {
        "USD": (6, 5, "6"),
        "EUR": (2, 0, "2"),
    }
    assert (found["USD"]["wasted_share"], found["EUR"]["wasted_share"]) == (pytest.approx(5 / 6), 0)
