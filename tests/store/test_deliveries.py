"""What was delivered twice counts once, as it was said last, whatever it is looked for by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from otel_llmroute.store.boards.asking import PanelQuestion
from tests.store.engine import Engine, engine_at
from tests.store.ledger import SINCE, UNTIL, _insert, made_up

LATER = timedelta(seconds=1)
MOMENT = f"{SINCE:%Y-%m-%d %H:%M:%S}"
TRACE = "0" * 31 + "7"
ONE = replace(
    made_up(1, 1).calls[0],
    kind="attempt",
    ts=SINCE,
    trace_id=TRACE,
    cost=Decimal(1),
    currency="USD",
    cost_status="priced",
    cost_source="provider",
    received_at=SINCE,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The same call three times, each time another customer's and of another experiment; among many others, so that an
    index leaves most of each delivery unread."""
    with engine_at(tmp_path_factory.mktemp("deliveries") / "data") as running:
        running.command("SYSTEM STOP MERGES llm_call_records")
        for number in range(3):
            said = f"{number}"
            others = (
                "INSERT INTO llm_call_records"
                " (kind, ts, trace_id, span_id, service, cost, currency, cost_status, cost_source, received_at)"
                f" SELECT 'attempt', '{MOMENT}', toString(number), '{number}', 'app', 0, 'USD', 'priced', 'provider',"
                f" '{MOMENT}' FROM numbers(20000)"
            )
            running.command(others)
            call = replace(ONE, tenant=said, experiment=said, received_at=SINCE + number * LATER)
            _insert(running, "llm_call_records", [call])
        yield running


def read(engine: Engine, question: PanelQuestion) -> list[dict[str, Any]]:
    return list(engine.call("tests.store.stored_panels:read", question))


def spend(engine: Engine, **filters: str) -> list[tuple[int, Decimal]]:
    question = PanelQuestion("spend", "service", SINCE, UNTIL, {name: (value,) for name, value in filters.items()})
    return [(row["records"], Decimal(row["spend"])) for row in read(engine, question)]


@pytest.mark.parametrize("name", ["tenant", "experiment"])
def test_a_call_is_under_what_it_was_said_to_be_last(engine: Engine, name: str) -> None:
    assert [spend(engine, **{name: str(number)}) for number in range(3)] == [[], [], [(1, Decimal(1))]]


def test_a_call_is_once_in_its_trace(engine: Engine) -> None:
    assert spend(engine, trace=TRACE) == [(1, Decimal(1))]
    question = PanelQuestion("trace", "waterfall", SINCE, UNTIL, {"trace": (TRACE,)})
    assert [(row["kind"], Decimal(row["spend"])) for row in read(engine, question)] == [("attempt", Decimal(1))]
