"""Variants of an experiment, compared by what is known of them, and with how sure that is."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from otel_llmroute.store.boards import board
from otel_llmroute.store.boards.asking import PanelQuestion
from otel_llmroute.store.maintenance.experiments import experiments_statement
from tests.effort import tries
from tests.store import ledger as book
from tests.store.engine import Engine, engine_at
from tests.store.ledger import SINCE, TABLES, UNTIL, Call, JobRecord, Ledger, RouteRecord, deliver, made_up
from tests.store.panel_truth import Asked
from tests.store.panel_truth.experiments import experiment_variants
from tests.store.test_boards import answer, assert_true, like, plain

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


def test_a_variant_that_is_chosen_keeps_its_shared_jobs(engine: Engine) -> None:
    call = replace(routed("a", [1]).calls[0], job_id="J")
    shown(engine, Ledger([call, replace(call, variant="b", span_id="other")]))
    (row,) = answer(engine, ROUTES, PANEL, filters={"variant": ("b",)})["rows"]
    assert (row["variant"], row["jobs"], row["shared_jobs"]) == ("b", 0, 1)


SUMS = "tests.store.stored_panels"
PERIODS = ((SINCE, UNTIL), (SINCE - timedelta(days=13), UNTIL), (SINCE - timedelta(days=7), SINCE + timedelta(hours=2)))


@dataclass
class Delivered:
    """What a sender knows of: each thing once, however often it was delivered."""

    calls: dict[str, Call] = field(default_factory=dict)
    routes: dict[str, RouteRecord] = field(default_factory=dict)
    jobs: dict[tuple[str, str], JobRecord] = field(default_factory=dict)

    def ledger(self) -> Ledger:
        return Ledger(list(self.calls.values()), list(self.routes.values()), list(self.jobs.values()))

    def deliver(self, engine: Engine, told: Ledger) -> None:
        """All of ``told``, once more where it was delivered before."""
        tables: dict[str, list[Any]] = {
            "llm_call_records": told.calls,
            "llm_route_records": told.routes,
            "llm_job_records": told.jobs,
        }
        for table, records in tables.items():
            book._insert(engine, table, records)
        self.calls |= {call.span_id: call for call in told.calls}
        self.routes |= {route.span_id: route for route in told.routes}
        self.jobs |= {(record.job_id, record.span_id): record for record in told.jobs}

    def reprice(self, engine: Engine, chance: random.Random) -> None:
        known = list(self.calls.values())
        self.calls = {call.span_id: call for call in book._repriced(engine, known, chance, 0.3)}


def spread(seed: int, calls: int) -> Ledger:
    """A ledger in which routes and jobs have calls in many hours, and a few jobs most of them."""
    told, chance = made_up(seed, calls), random.Random(seed)
    jobs = [f"J{number}" for number in range(4)]
    some = [
        replace(call, route_id=chance.choice(told.routes).route_id, job_id=chance.choice([call.job_id, *jobs]))
        for call in told.calls
    ]
    return Ledger(some, told.routes, told.jobs)


def parts_of(told: Ledger, chance: random.Random, many: int) -> list[Ledger]:
    """The ledger in so many deliveries, in any order; a fifth of it twice."""
    parts = [Ledger() for _ in range(many)]
    for name in ("calls", "routes", "jobs"):
        for record in getattr(told, name):
            for part in chance.sample(parts, 2 if chance.random() < 0.2 else 1):
                getattr(part, name).append(record)
    return parts


def assert_all_true(engine: Engine, known: Ledger, periods: Sequence[tuple[datetime, datetime]] = PERIODS) -> None:
    """What sums say, and what views say, is what follows from all that was delivered."""
    for since, until in periods:
        expected = experiment_variants(known, Asked(since, until, {}))
        for found in engine.call(f"{SUMS}:both_ways", PanelQuestion("routes", "experiments", since, until)):
            rows = {(row["name"], row["variant"], row["currency"] or ""): plain(row, PANEL) for row in found["rows"]}
            assert rows == {
                key: {name: like(name, value, PANEL) for name, value in row.items()} for key, row in expected.items()
            }


def break_off(engine: Engine) -> None:
    """A build that was killed half-way: some of its rows are there, others are not."""
    select = experiments_statement("build").partition("_built\n")[2]
    engine.command(
        f"INSERT INTO llm_hourly_experiments_built SELECT * FROM ({select}) WHERE rowNumberInAllBlocks() % 2 = 0"
    )
    engine.command(experiments_statement("mark"))


def empty(engine: Engine) -> None:
    for table in (*TABLES, "llm_route_hours_touched", "llm_days_built", "llm_daily_experiments_built"):
        engine.command(f"TRUNCATE TABLE {table}")


@pytest.mark.parametrize("seed", range(tries(1, 2)))
def test_sums_and_views_are_true_after_every_delivery_build_break_and_repricing(engine: Engine, seed: int) -> None:
    empty(engine)
    chance, known = random.Random(seed), Delivered()
    told = spread(seed + 20, 160)
    done: list[Any] = [lambda part=part: known.deliver(engine, part) for part in parts_of(told, chance, 4)]
    done += [engine.build, engine.build, lambda: engine.call(f"{SUMS}:sum_days"), lambda: break_off(engine)]
    done += [lambda: known.reprice(engine, chance)]
    chance.shuffle(done)
    for step in [*done, engine.build, lambda: engine.call(f"{SUMS}:sum_days")]:
        step()
        assert_all_true(engine, known.ledger(), [chance.choice(PERIODS)])


def test_hours_are_summed_when_they_are_quiet_and_read_from_what_was_summed(engine: Engine) -> None:
    empty(engine)
    known = Delivered()
    known.deliver(engine, spread(7, 120))
    assert engine.rows("SELECT count() > 5 FROM llm_experiment_hours_due") == [[True]]
    assert engine.build() == 0
    assert engine.rows("SELECT count() FROM llm_experiment_hours_open") == [[0]]
    for table in ("llm_call_records", "llm_route_records", "llm_job_records"):  # so that nothing but sums can answer
        engine.command(f"TRUNCATE TABLE {table}")
    assert_all_true(engine, known.ledger())


def test_without_experiments_nothing_is_summed_and_nothing_is_stored(engine: Engine) -> None:
    empty(engine)
    told = made_up(3, 60)
    plain_calls = [replace(call, experiment="", variant="") for call in told.calls]
    plain_routes = [replace(route, experiment="", variant="") for route in told.routes]
    Delivered().deliver(engine, Ledger(plain_calls, plain_routes, told.jobs))
    engine.build()
    for table in ("llm_experiment_hours", "llm_hourly_experiments_built", "llm_experiment_hours_open"):
        assert engine.rows(f"SELECT count() FROM {table}") == [[0]]


def test_an_hour_is_not_summed_by_itself_while_something_arrives_for_it(engine: Engine) -> None:
    empty(engine)
    now = datetime.now(timezone.utc).replace(microsecond=0)
    told = routed("a", [1])
    Delivered().deliver(engine, Ledger([replace(call, received_at=now) for call in told.calls]))
    engine.build()
    assert engine.rows("SELECT count() FROM llm_experiment_hours_built") == [[0]]
    assert engine.rows("SELECT count() FROM llm_experiment_hours_open") == [[1]]
