"""Variants of an experiment, compared by what is known of them, and with how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from otel_llmroute.store.boards import board
from tests.store.engine import Engine, engine_at
from tests.store.ledger import SINCE, Call, Ledger, RouteRecord, deliver, made_up
from tests.store.test_boards import answer, assert_true

ROUTES = board("routes")
PANEL = ROUTES.panel("experiments")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("experiments") / "data") as running:
        yield running


def routed(variant: str, cents: list[int], failed: int = 0) -> Ledger:
    """A route with one call each, of so many cents; the first ones failed."""
    one = made_up(1, 4)
    call, route = one.calls[0], one.routes[0]
    calls: list[Call] = []
    routes: list[RouteRecord] = []
    for number, cent in enumerate(cents):
        key = f"{variant}{number}"
        at = SINCE + timedelta(seconds=number)
        said = {"ts": at, "span_id": key, "route_id": key, "experiment": "cheaper", "variant": variant}
        cost = {"cost": Decimal(cent) / 100, "currency": "USD", "cost_status": "priced", "cost_source": "provider"}
        calls.append(replace(call, kind="attempt", job_id="", received_at=at, **said, **cost))
        outcome = "error" if number < failed else "success"
        routes.append(replace(route, outcome=outcome, duration_ns=number * 10**9, received_at=at, **said))
    return Ledger(calls, routes)


def shown(engine: Engine, *ledgers: Ledger) -> dict[str, dict[str, Any]]:
    """Variant -> its row."""
    both = Ledger(
        [call for each in ledgers for call in each.calls], [route for each in ledgers for route in each.routes]
    )
    deliver(engine, both, 1, repricings=0)
    return {row["variant"]: row for row in answer(engine, ROUTES, PANEL)["rows"]}


def test_a_cost_per_answer_has_bounds_that_follow_from_how_far_the_routes_differ(engine: Engine) -> None:
    rows = shown(engine, routed("a", [2] * 40), routed("b", [1, 3] * 50))
    around = 1.96 * 0.01 / math.sqrt(99)
    figures = {
        name: [float(row[key]) for key in ("cost_low", "cost_per_answer", "cost_high")] for name, row in rows.items()
    }
    assert figures == {
        "a": pytest.approx([0.02, 0.02, 0.02], abs=1e-9),
        "b": pytest.approx([0.02 - around, 0.02, 0.02 + around], abs=1e-9),
    }
    assert [row["samples"] for row in rows.values()] == ["enough", "enough"]


def test_failed_routes_are_paid_for_by_those_that_were_answered(engine: Engine) -> None:
    row = shown(engine, routed("a", [1] * 50, failed=10))["a"]
    assert (row["routes"], row["answered"], row["failed"], row["failed_share"]) == (50, 40, 10, 0.2)
    assert (row["spend"], row["cost_per_answer"]) == ("0.5", "0.0125")
    assert row["failed_low"] < 0.2 < row["failed_high"]
    assert row["failed_low"] == pytest.approx(0.1124, abs=5e-5)  # Wilson (1927), 10 of 50
    assert row["failed_high"] == pytest.approx(0.3304, abs=5e-5)


def test_a_few_routes_get_no_bounds(engine: Engine) -> None:
    row = shown(engine, routed("b", [1] * 29))["b"]
    bounds = {name: row[name] for name in ("cost_low", "cost_high", "failed_low", "failed_high")}
    assert (row["samples"], bounds) == ("too few", dict.fromkeys(bounds))
    assert row["cost_per_answer"] == "0.01"


def test_many_variants_in_many_currencies_are_what_the_ledger_gives(engine: Engine) -> None:
    ledger = deliver(engine, made_up(5, 1500), 5)
    assert assert_true(engine, ledger, ROUTES, PANEL, {}) > 6
    assert {row["samples"] for row in answer(engine, ROUTES, PANEL)["rows"]} == {"too few", "enough"}
