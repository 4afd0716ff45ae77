"""The page writes figures as the terminal does: the same function of both, on thousands of amounts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from otel_llmroute.store.boards.columns import COLUMNS
from otel_llmroute.store.report_table import cell
from otel_llmroute.store.spend_table import count, decimals_for, duration, money, share
from tests.browser.conftest import Visits
from tests.store.conftest import RunningUp

CASES: Final = 3000
TIES: Final = ("0.00005", "0.00015", "0.00025", "-0.00005", "0.5", "1.5", "0.005", "0.015", "99.995", "100", "0.01")

_ANSWERS: Final = """async ([module, name, asked]) => {
  const found = (await import(`/static/page/${module}.js`))[name];
  return asked.map((each) => found(...each));
}"""


def chance() -> random.Random:
    return random.Random(11)


def amounts(dice: random.Random) -> Iterator[str]:
    """Money as the store tells it: exact, of any size, and ties."""
    yield from TIES
    for _ in range(CASES):
        digits = dice.randint(1, 24)
        yield format(Decimal(dice.randint(-(10**digits), 10**digits)).scaleb(-dice.randint(6, 18)), "f")


def floats(dice: random.Random) -> Iterator[float]:
    """Also those that lie in the middle between two that can be shown."""
    for _ in range(CASES):
        yield dice.choice(
            [dice.random(), dice.randint(-400, 400) / 800, dice.randint(0, 20_000) / 4, 0.0, 0.004999, 0.005]
        )


def assert_alike(
    visits: Visits, store: RunningUp, name: str, python: Callable[..., Any], asked: list[list[Any]]
) -> None:
    page = visits(store, "board=sql").page
    told = page.evaluate(_ANSWERS, ["figures", name, asked])
    assert list(zip(asked, told, strict=True)) == [(each, python(*each)) for each in asked]


def test_money_is_rounded_marked_and_grouped_alike(empty: RunningUp, visits: Visits) -> None:
    dice = chance()
    asked = [[amount, dice.choice(["USD", "EUR", "CHF", None]), dice.choice([2, 4, 6])] for amount in amounts(dice)]
    assert_alike(visits, empty, "money", money, asked)


def test_amounts_get_as_many_decimals(empty: RunningUp, visits: Visits) -> None:
    dice = chance()
    asked = [[[amount, None, dice.choice(TIES)]] for amount in amounts(dice)]
    assert_alike(visits, empty, "decimalsFor", decimals_for, [*asked, [[]], [[None]]])


def test_counts_shares_and_times_are_written_alike(empty: RunningUp, visits: Visits) -> None:
    dice = chance()
    numbers = [[dice.randint(0, 10 ** dice.randint(1, 12))] for _ in range(CASES)]
    assert_alike(visits, empty, "count", count, [*numbers, [None]])
    parts = [[each] for each in floats(dice)]
    assert_alike(visits, empty, "share", share, [*parts, [None]])
    assert_alike(visits, empty, "duration", duration, [[abs(each)] for [each] in parts])
    assert_alike(visits, empty, "change", lambda part: f"{part:+.0%}", parts)


def test_a_cell_says_the_same_of_what_is_known_in_part_and_not_at_all(empty: RunningUp, visits: Visits) -> None:
    dice, asked = chance(), []
    for column in COLUMNS.values():
        for _ in range(40):
            row = {"spend": dice.choice([None, "1.25"]), "currency": dice.choice(["USD", None]), **gaps(dice)}
            row[column.name] = value_of(column.unit, dice)
            asked.append([{"name": column.name, "unit": column.unit}, row, 4])
    assert_alike(
        visits,
        empty,
        "figure",
        lambda column, row, decimals: cell(column["name"], column["unit"], row, decimals),
        asked,
    )


def gaps(dice: random.Random) -> dict[str, int]:
    return {name: dice.choice([0, 0, 2]) for name in ("unpriced", "partly_priced", "no_usage")}


def value_of(unit: str, dice: random.Random) -> Any:
    """A value of that unit, or none. Texts are short: what does not fit is cut on a terminal alone."""
    values: dict[str, list[Any]] = {
        "money": ["0", "12.34567", "-3", "0.00001", None],
        "count": [0, 17, 12_345, 4_500_000, None],
        "share": [0.0, 0.001, 0.42, 1.0, -0.5, None],
        "seconds": [0.0, 0.82, 3.25, None],
        "minutes": [4.0, 2.5, 0.125, None],
        "number": [2.0, 2.25, 3.75, None],
        "text": ["acme", "", "it's", None],
        "time": ["2026-09-01 12:00", None],
    }
    return dice.choice(values[unit])


def test_amounts_are_summed_exactly(empty: RunningUp, visits: Visits) -> None:
    dice = chance()
    asked = [[[dice.choice(TIES) for _ in range(dice.randint(1, 9))]] for _ in range(300)]
    page = visits(empty, "board=sql").page
    told = page.evaluate(_ANSWERS, ["decimals", "sumOf", asked])
    assert [Decimal(each) for each in told] == [sum(map(Decimal, each)) for [each] in asked]
