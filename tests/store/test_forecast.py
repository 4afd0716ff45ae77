"""How often the end of a period falls into the range that was forecast for it: the figures of docs/budgets.md."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from tests.store.budget_truth import DAY, WEEK, outlook

FIRST = datetime(2026, 1, 1, tzinfo=timezone.utc)
FEBRUARY, MARCH, MONDAY = FIRST + 31 * DAY, FIRST + 59 * DAY, FIRST + 32 * DAY
WEEKDAYS = (1.1, 1.15, 1.2, 1.1, 1.0, 0.45, 0.4)
GROWTH = {"growing by 5 %": 1.05, "growing by 10 %": 1.10, "shrinking by 5 %": 0.95}
KINDS = {
    "give or take a fifth": (0.81, 0.82, 0.72),
    "weekends at two fifths": (0.82, 0.90, 0.85),
    "growing by 5 %": (0.76, 0.89, 0.80),
    "growing by 10 %": (0.70, 0.88, 0.66),
    "shrinking by 5 %": (0.86, 0.94, 0.83),
    "give or take three fifths": (0.78, 0.90, 0.72),
    "come in rows": (0.59, 0.77, 0.77),
}
"""Part of what docs/budgets.md calls a kind of days -> how often the end was in the range: of a month, of a week, of a
month with few days known."""


def spends(chance: random.Random, kind: str) -> list[float]:
    """What each of 62 days cost."""
    level, row, found = 100.0, 0.0, []
    for day in range(62):
        level *= GROWTH.get(kind, 1.0) ** (1 / 7)
        usual = 1.0 if kind == "give or take a fifth" else WEEKDAYS[(FIRST + day * DAY).weekday()]
        noise = chance.lognormvariate(-0.02, 0.2)
        if kind == "give or take three fifths":
            noise = chance.lognormvariate(-0.18, 0.6)
        if kind == "come in rows":
            row = 0.7 * row + chance.gauss(0, 0.12)
            noise = math.exp(row)
        found.append(level * usual * noise)
    return found


def is_in_range(chance: random.Random, kind: str, period: str) -> bool:
    """Look at a random day of a period, and see how it ends."""
    days = spends(chance, kind)
    start, end, whole = (MONDAY, MONDAY + WEEK, 6) if period == "week" else (FEBRUARY, MARCH, 27)
    now = start + chance.randint(1, whole) * DAY
    first = now - chance.randint(2, 13) * DAY if period == "few days" else now - 31 * DAY
    moments = [(FIRST + at * DAY, spend) for at, spend in enumerate(days)]
    own = [(at, Decimal(repr(round(spend, 6)))) for at, spend in moments if first <= at < now]
    spent = sum((spend for at, spend in own if at >= start), Decimal(0))
    ahead = outlook(spent, own, first, now, end)
    ended = float(spent) + sum(spend for at, spend in moments if now <= at < end)
    return ahead.low is not None and ahead.high is not None and ahead.low <= ended <= ahead.high


@pytest.mark.parametrize("kind", KINDS)
def test_the_range_holds_as_often_as_the_docs_say(kind: str) -> None:
    found = []
    for at, period in enumerate(("month", "week", "few days")):
        chance = random.Random(at)
        found.append(sum(is_in_range(chance, kind, period) for _ in range(1000)) / 1000)
    assert found == pytest.approx(KINDS[kind], abs=0.006)
    docs = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")
    (line,) = [line for line in docs.splitlines() if line.startswith("| ") and kind in line and line.count("|") == 5]
    assert [cell.strip() for cell in line.split("|")[2:5]] == [f"{part:.0%}".replace("%", " %") for part in KINDS[kind]]


def test_the_last_seven_days_go_on_as_they_were() -> None:
    now = FEBRUARY + 7 * DAY
    own = [(now - (back + 1) * DAY, Decimal(back + 1)) for back in range(28)]
    ahead = outlook(Decimal(28), own, now - 28 * DAY, now, now + timedelta(days=9))
    # 7, 6, 5, 4, 3, 2, 1 and then 7, 6 again.
    assert ahead.forecast == 28 + 28 + 13


def test_a_day_of_calls_is_needed() -> None:
    now, own = FEBRUARY + DAY, [(FEBRUARY + DAY - timedelta(hours=1), Decimal(3))]
    known = [outlook(Decimal(3), own, now - length, now, now + DAY) for length in (DAY, DAY - timedelta(hours=1))]
    assert [ahead.forecast for ahead in known] == [6, None]
