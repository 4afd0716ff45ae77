"""What the page asks besides a panel's answer: its SQL written out, the values to choose from, the period before."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from otel_llmroute.store.boards import Board, Panel, boards
from otel_llmroute.store.boards.asking import PanelQuestion, statement_of
from otel_llmroute.store.boards.filters import COLUMNS
from otel_llmroute.store.boards.seen import SeenQuestion, seen_question_of
from otel_llmroute.store.boards.statement import written_out
from otel_llmroute.store.errors import BadStatement
from tests.store.engine import Engine, engine_at
from tests.store.ledger import HOSTILE, SINCE, UNTIL, Ledger, deliver, made_up

PANELS = [(each, panel) for each in boards() for panel in each.panels]
IDS = [f"{each.name}-{panel.name}" for each, panel in PANELS]
ALL = 10_000
HOSTILE_FILTERS = {"tenant": (*HOSTILE, "", "acme"), "plan": (*HOSTILE, "", "pro", "free")}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Ledger]]:
    with engine_at(tmp_path_factory.mktemp("asked") / "data") as engine:
        yield engine, deliver(engine, made_up(7, 300), 7)


def asked(on: Board, panel: Panel, **more: Any) -> PanelQuestion:
    return PanelQuestion(on.name, panel.name, **{"since": SINCE, "until": UNTIL, "limit": ALL, **more})


def answer(engine: Engine, question: PanelQuestion, how: str = "asking:answer") -> dict[str, Any]:
    return dict(engine.call(f"otel_llmroute.store.boards.{how}", question))


def exact(value: Any) -> Any:
    """Amounts alike, however many zeros they end with; no currency is none."""
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return Decimal(value)
    return value or None if isinstance(value, str) else value


@pytest.mark.parametrize("filters", [{}, HOSTILE_FILTERS], ids=["all", "hostile"])
@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_the_sql_written_out_is_read_only_and_gives_the_rows_of_its_panel(
    filled: tuple[Engine, Ledger], on: Board, panel: Panel, filters: dict[str, tuple[str, ...]]
) -> None:
    engine, _ = filled
    question = asked(on, panel, filters=filters)
    told = engine.call("otel_llmroute.store.questions.sql:answer", written_out(*statement_of(question)))
    names = [column["name"] for column in told["columns"]]
    written = [{name: exact(value) for name, value in zip(names, row, strict=True)} for row in told["rows"]]
    assert written == [{name: exact(value) for name, value in row.items()} for row in answer(engine, question)["rows"]]


@pytest.mark.parametrize("name", COLUMNS)
def test_the_values_seen_are_those_of_the_period_the_dearest_first(filled: tuple[Engine, Ledger], name: str) -> None:
    engine, ledger = filled
    found = seen(engine, SeenQuestion(name, SINCE, UNTIL, limit=1000))
    assert found == {"filter": name, "values": dearest_first(ledger, COLUMNS[name]), "has_more": False}


def seen(engine: Engine, question: SeenQuestion) -> dict[str, Any]:
    return dict(engine.call("otel_llmroute.store.boards.seen:seen", question))


def dearest_first(ledger: Ledger, column: str) -> list[str]:
    """Worked out by hand: by the largest share of what was spent in one currency, then by records, then by name."""
    spend: dict[str, dict[str, Decimal | None]] = defaultdict(dict)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    records: dict[str, int] = defaultdict(int)
    for call in ledger.calls:
        if not SINCE <= call.hour < UNTIL:
            continue
        value = str(getattr(call, column))
        records[value] += 1
        before = spend[value].get(call.currency)
        spend[value][call.currency] = before if call.cost is None else (before or Decimal(0)) + call.cost
        totals[call.currency] += call.cost or 0

    def order(value: str) -> tuple[Any, ...]:
        shares = [part / totals[paid] for paid, part in spend[value].items() if part is not None and totals[paid]]
        return (not shares, -max(shares, default=0), -records[value], value.encode())

    return sorted(records, key=order)


def test_values_are_found_by_a_part_in_any_case_and_hostile_text_finds_itself_alone(
    filled: tuple[Engine, Ledger],
) -> None:
    engine, _ = filled
    assert seen(engine, SeenQuestion("route", SINCE, UNTIL, "SUPPORT"))["values"] == ["support.reply"]
    every = seen(engine, SeenQuestion("plan", SINCE, UNTIL, limit=1000))["values"]
    for text in HOSTILE:
        assert seen(engine, SeenQuestion("plan", SINCE, UNTIL, text))["values"] == [v for v in every if text in v]
    assert seen(engine, SeenQuestion("plan", SINCE, UNTIL, limit=1)) == {
        "filter": "plan",
        "values": every[:1],
        "has_more": True,
    }


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"filter": "colour"}, "there is no filter 'colour'"),
        ({"filter": ["route"]}, "there is no filter \"['route']\""),
        ({"filter": "route", "contains": 1}, "'contains' is not a text of at most 200 characters"),
        ({"filter": "route", "limit": 0}, "'limit' is not a number from 1 to 1000"),
        ({"filter": "route", "since": "then"}, "'since' is not a time"),
    ],
)
def test_a_wrong_question_for_values_is_one_clear_line(told: dict[str, Any], message: str) -> None:
    with pytest.raises(BadStatement) as refused:
        seen_question_of({"since": "2026-09-01", "until": "2026-09-02", **told})
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("on", "panel"), [(on, panel) for on, panel in PANELS if panel.chart != "time"], ids=lambda each: each.name
)
def test_compared_is_the_panel_beside_its_answer_for_the_period_before(
    filled: tuple[Engine, Ledger], on: Board, panel: Panel
) -> None:
    engine, _ = filled
    question = asked(on, panel)
    before = answer(engine, replace(question, since=SINCE - (UNTIL - SINCE), until=SINCE))
    told = answer(engine, question, "comparing:compared")
    rows = [{name: value for name, value in row.items() if name != "before"} for row in told["rows"]]
    assert {**told, "rows": rows} == {
        **answer(engine, question),
        "compared_with": {"since": before["since"], "until": before["until"]},
        "gone": told["gone"],
    }
    then = [{**row, **row["before"]} for row in told["rows"] if row["before"] is not None] + told["gone"]
    assert len(then) == len(before["rows"])
    texts = {column.name for column in panel.columns if column.unit == "time"} | {"last_trace", "meaning"}
    assert ordered(then, texts) == ordered(before["rows"], texts)


def test_over_time_a_step_is_compared_with_that_of_as_many_steps_before(filled: tuple[Engine, Ledger]) -> None:
    engine, _ = filled
    question = PanelQuestion("spend", "time", SINCE, UNTIL, {}, ALL)
    told = answer(engine, question, "comparing:compared")
    before = answer(engine, replace(question, since=SINCE - (UNTIL - SINCE), until=SINCE))["rows"]
    known = {(moment(row) + (UNTIL - SINCE).total_seconds(), row["currency"]): row["spend"] for row in before}
    compared = {(moment(row), row["currency"]): row["before"]["spend"] for row in told["rows"] if row["before"]}
    gone = {(moment(row) + (UNTIL - SINCE).total_seconds(), row["currency"]): row["spend"] for row in told["gone"]}
    assert {**compared, **gone} == known
    assert compared


def moment(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(f"{row['time']}+00:00").timestamp()


def ordered(rows: list[dict[str, Any]], without: set[str]) -> list[list[tuple[str, Any]]]:
    """What rows have, but for texts that say nothing of a figure and are told as of now."""
    hidden = without | {"before", "last_seen", "began", "newest_call", "span"}
    return sorted(([(k, v) for k, v in row.items() if k not in hidden] for row in rows), key=str)


def test_rows_past_the_limit_are_compared_as_well_and_never_told_as_gone(filled: tuple[Engine, Ledger]) -> None:
    engine, _ = filled
    on, panel = next((on, panel) for on, panel in PANELS if (on.name, panel.name) == ("spend", "route"))
    whole = answer(engine, asked(on, panel), "comparing:compared")
    first = answer(engine, asked(on, panel, limit=2), "comparing:compared")
    assert first == {**whole, "rows": whole["rows"][:2], "has_more": True, "gone": whole["gone"][:2]}
