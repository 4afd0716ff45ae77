"""Every query of every dashboard runs on the engine, and gives the rows that the same panel gives elsewhere."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboards.build import ROOT
from otel_llmroute.store.boards import Board, Panel, board, boards
from otel_llmroute.store.boards.asking import PanelQuestion
from otel_llmroute.store.boards.filters import COLUMNS as FILTERS
from tests.dashboards.grafana import Values, asked, interpolated, rows_of
from tests.store.engine import Engine
from tests.store.ledger import HOSTILE, SINCE, UNTIL, Ledger

PANELS = [(each, panel) for each in boards() for panel in each.panels]
IDS = [f"{each.name}-{panel.name}" for each, panel in PANELS]
ASK = f"{rows_of.__module__}:{rows_of.__name__}"


@cache
def dashboard(name: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((ROOT / "grafana" / f"{name}.json").read_text(encoding="utf-8"))
    return made


def statement(on: Board, panel: Panel) -> str:
    """What the dashboard asks for a panel."""
    (target,) = dashboard(on.name)["panels"][on.panels.index(panel)]["targets"]
    return str(target["rawSql"])


def shown(engine: Engine, sql: str, values: Values, **how: str) -> list[dict[str, Any]]:
    return list(engine.call(ASK, asked(sql, SINCE, UNTIL, values, **how)))


def elsewhere(engine: Engine, on: Board, panel: Panel, values: Values) -> list[dict[str, Any]]:
    """The rows of the panel as the store answers, narrowed by those values that it can take."""
    asking = PanelQuestion(on.name, panel.name, SINCE, UNTIL, dict(values), 999)
    rows = engine.call("otel_llmroute.store.boards.asking:answer", asking)["rows"]
    if panel.chart != "time":
        return list(rows)
    drawn = [{name: row[name] for name in ("time", "currency", panel.value)} for row in rows]
    return [{**row, panel.value: None if row[panel.value] is None else float(row[panel.value])} for row in drawn]


def like(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Floats as good as their digits; a time that is drawn has seconds."""
    return [{name: _like(name, value) for name, value in row.items()} for row in rows]


def _like(name: str, value: Any) -> Any:
    if isinstance(value, float):
        return pytest.approx(value)
    return f"{value}:00" if name == "time" else value


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_panel_shows_the_rows_that_the_store_answers(filled: tuple[Engine, Ledger], on: Board, panel: Panel) -> None:
    engine, _ = filled
    rows = shown(engine, statement(on, panel), {})
    assert rows == like(elsewhere(engine, on, panel, {}))
    assert rows or panel.question == "budget_use"


@pytest.mark.parametrize("name", FILTERS)
def test_every_variable_narrows_what_it_can(filled: tuple[Engine, Ledger], name: str) -> None:
    engine, ledger = filled
    found = sorted({str(getattr(call, FILTERS[name])) for call in ledger.calls})
    asked_for = [
        ("spend", "route"),
        ("spend", "tenant"),
        ("routes", "latency"),
        ("jobs", "tenant"),
        ("trace", "dearest"),
    ]
    for where, which in asked_for:
        on = board(where)
        assert_narrowed(engine, on, on.panel(which), {name: (found[-1],) if name == "trace" else (found[0], found[-1])})


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_panel_is_narrowed_by_what_its_table_has_and_what_only_calls_have_and_by_nothing_else(
    filled: tuple[Engine, Ledger], on: Board, panel: Panel
) -> None:
    engine, _ = filled
    for values in ({"plan": ("pro", "")}, {"tenant": ("acme",)}, {"model": ("large",)}):
        assert_narrowed(engine, on, panel, values)


def assert_narrowed(engine: Engine, on: Board, panel: Panel, values: Values) -> None:
    """A variable that the statement does not ask for is one that the panel cannot take, and that narrows nothing."""
    sql = statement(on, panel)
    (name,) = values
    is_asked = f"${{{name}:queryparam}}" in sql
    assert is_asked or name not in panel.filters or (name == "trace" and on.name != "trace")
    assert shown(engine, sql, values) == like(elsewhere(engine, on, panel, values if is_asked else {})), values


@pytest.mark.parametrize("how", [{}, {"safe": "", "everything": "All"}], ids=["scenes", "10.4"])
def test_several_variables_must_all_be_met(filled: tuple[Engine, Ledger], how: dict[str, str]) -> None:
    engine, _ = filled
    on = board("spend")
    for values in ({"route": ("search",), "model": ("large", "small")}, {"tenant": ("acme",), "route": ("search",)}):
        for panel in map(on.panel, ("now", "month", "time", "route", "tenant", "coverage")):
            assert shown(engine, statement(on, panel), values, **how) == like(elsewhere(engine, on, panel, values))


def test_a_period_is_of_the_whole_hours_around_the_time_range(filled: tuple[Engine, Ledger]) -> None:
    engine, _ = filled
    on = board("spend")
    sql = statement(on, on.panel("route"))
    around = asked(sql, SINCE + timedelta(minutes=59), UNTIL - timedelta(minutes=59), {})
    assert engine.call(ASK, around) == shown(engine, sql, {})


# --- variables --------------------------------------------------------------------------------------------------------

OPTIONS = {
    variable["name"]: variable["query"]["rawSql"]
    for each in boards()
    for variable in dashboard(each.name)["templating"]["list"]
    if variable["type"] == "query"
}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_variable_lists_what_was_there_in_the_time_range(filled: tuple[Engine, Ledger], name: str) -> None:
    engine, ledger = filled
    rows = shown(engine, OPTIONS[name], {})
    there = {str(getattr(call, FILTERS[name])) for call in ledger.calls if SINCE <= call.ts < UNTIL}
    assert {row["value"] for row in rows} == there
    assert all(row["text"] == (row["value"] or "(none)") for row in rows)


@pytest.mark.parametrize("how", [{}, {"safe": "", "everything": "All"}], ids=["scenes", "10.4"])
@pytest.mark.parametrize("value", [*HOSTILE, "\\", "\\' OR 1 = 1 --", "a,b", "{a}", "a&var-route=b", "$__fromTime", ""])
def test_a_value_with_quotes_backslashes_or_sql_selects_exactly_itself(
    filled: tuple[Engine, Ledger], value: str, how: dict[str, str]
) -> None:
    engine, ledger = filled
    on = board("spend")
    for name, which in (("route", "route"), ("tenant", "route"), ("tenant", "tenant"), ("model", "time")):
        values, panel = {name: (value,)}, on.panel(which)
        assert shown(engine, statement(on, panel), values, **how) == like(elsewhere(engine, on, panel, values))
    assert engine.rows("SELECT count() FROM llm_calls") == [[len(ledger.calls)]]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SQL = st.sampled_from(["'", "\\", "\\'", "''", "--", "*/", "`", "$__all", "${route}", ";", "&var-route=", "%27", "\n"])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(st.lists(TEXT | SQL, max_size=4).map("".join), min_size=1, max_size=3, unique=True))
def test_any_values_arrive_in_the_engine_as_they_were_chosen(filled: tuple[Engine, Ledger], values: list[str]) -> None:
    engine, _ = filled
    sql = statement(board("spend"), board("spend").panel("route"))
    chosen = re.search(r"^    (if\('\$\{route.*) AS only_route,$", sql, re.MULTILINE)
    assert chosen
    for how in ({}, {"safe": "", "everything": "All"}):
        filled_in = interpolated(f"SELECT {chosen[1]}", {"route": tuple(values)}, **how)
        expected = [] if values in (["$__all"], ["All"]) else values
        assert engine.rows(filled_in) == [[expected]]


def test_variables_stand_between_quotes_and_are_left_nothing_that_could_end_them() -> None:
    every = "".join(map(chr, range(0xD800)))
    for safe in ("@:$,;", ""):
        assert re.fullmatch(
            r"[\w.~%=&@:$,;-]+", interpolated("${route:queryparam}", {"route": (every,)}, safe), re.ASCII
        )
    for each in boards():
        for panel in dashboard(each.name)["panels"]:
            (target,) = panel["targets"]
            sql = target["rawSql"]
            quoted = re.findall(r"'&?\$\{\w+:queryparam\}'", sql)
            assert len(quoted) == len(re.findall(r"\$\{|\[\[", sql))


READ = re.compile(r"ReadFromMergeTree \(\w+\.(\w+)\)(?:(?!ReadFrom).)*?Parts: (\d+)", re.DOTALL)


@pytest.mark.parametrize("values", [{}, {"route": ("search",)}, {"tenant": ("acme",)}], ids=["all", "route", "tenant"])
def test_calls_are_read_only_when_the_roll_up_cannot_say_and_then_the_roll_up_is_not(
    filled: tuple[Engine, Ledger], values: Values
) -> None:
    engine, _ = filled
    while engine.build():
        pass
    for where, which in (("spend", "route"), ("spend", "month"), ("routes", "waste"), ("routes", "latency")):
        sql = asked(statement(board(where), board(where).panel(which)), SINCE, UNTIL, values)
        plan = "\n".join(str(line) for (line,) in engine.rows("EXPLAIN indexes = 1 " + sql.split("\n", 1)[1]))
        read = {table for table, parts in READ.findall(plan) if int(parts)}
        built = {table for table in read if table.startswith("llm_hourly")}
        calls = read & {"llm_call_records", "llm_costs"}
        assert (bool(built), bool(calls)) == ("tenant" not in values, "tenant" in values), which
