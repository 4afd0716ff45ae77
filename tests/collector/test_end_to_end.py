"""An instrumented app sends through the real collector, with the configuration that ships, into the engine: rows and
money are the sender's, and those that ``llmroute up`` stores of the same telemetry, column by column."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.collector import desk
from tests.collector.clickhouse import Store
from tests.collector.collector import ROOT
from tests.collector.paths import ORDERED, Paths, both_paths, differing
from tests.store.conftest import clean_env

SEEDS = {"grpc": 11, "http": 12}


@dataclass(frozen=True)
class Sent:
    """The same telemetry in two stores, and what the senders know of it: protocol -> ledger."""

    paths: Paths
    ledger: dict[str, list[desk.Line]]

    @property
    def store(self) -> Store:
        return self.paths.store


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "llmroute.toml").write_text(desk.TOML)
    with both_paths(folder) as paths:
        endpoints = {"grpc": paths.collector.otlp_grpc, "http": paths.collector.otlp_http}
        ledger = {over: worked(folder, SEEDS[over], over, endpoints[over], paths.up.otlp_http) for over in SEEDS}
        paths.wait_for("llm_calls", "llm_routes", "llm_jobs", "otel_traces", "otel_logs", "llm_metrics")
        yield Sent(paths, ledger)


def worked(folder: Path, seed: int, over: str, collector: str, direct: str) -> list[desk.Line]:
    """Run the app to its end; its ledger."""
    path = os.pathsep.join((str(ROOT / "examples"), str(ROOT)))
    env = clean_env(LLMROUTE_CONFIG=str(folder / "llmroute.toml"), PYTHONPATH=path)
    command = [sys.executable, "-m", "tests.collector.desk", str(seed), over, collector, direct]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [desk.Line(**line) for line in json.loads(done.stdout)]


def spent(ledger: Sequence[desk.Line]) -> dict[str, Decimal]:
    """Currency -> money."""
    totals: dict[str, Decimal] = {}
    for row in ledger:
        if row.cost is not None:
            totals[row.currency] = totals.get(row.currency, Decimal(0)) + Decimal(row.cost)
    return totals


def spends(store: Store, where: str, column: str = "spend") -> dict[str, Decimal]:
    """Currency -> money, as the store has it."""
    found = store.rows(f"SELECT currency, toString(sum({column})) {where} GROUP BY currency HAVING currency != ''")
    return {currency: Decimal(amount) for currency, amount in found}


@pytest.mark.parametrize("over", SEEDS)
def test_rows_and_money_are_the_senders(sent: Sent, over: str) -> None:
    fields = "job_id, tenant, if(kind = 'attempt', route, ''), kind, model, toString(cost), currency"
    stored = sent.store.rows(f"SELECT {fields} FROM llm_calls WHERE service = 'desk-{over}'")
    ledger = sent.ledger[over]
    expected = [[*row.facts, row.cost or "\\N", row.currency] for row in ledger]
    assert sorted(map(_with_plain_money, stored)) == sorted(map(_with_plain_money, expected))
    assert spends(sent.store, f"FROM llm_calls WHERE service = 'desk-{over}'", "cost") == spent(ledger)


def _with_plain_money(values: list[str]) -> list[str]:
    """0.1 is 0.10."""
    return [f"{Decimal(value):.12f}" if at == 5 and value != "\\N" else value for at, value in enumerate(values)]


@pytest.mark.parametrize("table", ORDERED)
def test_every_column_is_what_the_direct_path_stores(sent: Sent, table: str) -> None:
    through, direct = sent.paths.rows(table)
    assert through
    assert differing(through, direct) == {}


@pytest.mark.parametrize("rollup", ["llm_hourly", "llm_hourly_tenants"])
def test_the_roll_ups_have_the_senders_money(sent: Sent, rollup: str) -> None:
    assert spends(sent.store, f"FROM {rollup}") == spent([row for rows in sent.ledger.values() for row in rows])


def test_the_metrics_that_came_along_agree_with_the_rows(sent: Sent) -> None:
    question = (ROOT / "otel_llmroute/store/questions/metrics_against_calls.sql").read_text()
    since = question.replace("{since:DateTime64(9, 'UTC')}", "(now64(9, 'UTC') - INTERVAL 1 HOUR)")
    found = {(row[0], row[1]): (float(row[2]), float(row[3])) for row in sent.store.rows(since)}
    expected = {}
    for over, ledger in sent.ledger.items():
        expected[f"desk-{over}", ""] = float(sum(row.kind == "attempt" for row in ledger))
        expected |= {(f"desk-{over}", currency): float(money) for currency, money in spent(ledger).items()}
    assert found == {at: (pytest.approx(value), pytest.approx(value)) for at, value in expected.items()}


def test_what_happened_later_is_known_of_the_jobs(sent: Sent) -> None:
    late = sent.store.rows("SELECT job_id FROM llm_jobs WHERE outcome = 'abandoned' ORDER BY job_id")
    reviewed = sent.store.rows("SELECT job_id FROM llm_jobs WHERE review_minutes = 2.5 ORDER BY job_id")
    for found, every in ((late, 3), (reviewed, 5)):
        expected = [f"{seed}-{number}" for seed in SEEDS.values() for number in range(0, desk.JOBS, every)]
        assert [row[0] for row in found] == sorted(expected)
