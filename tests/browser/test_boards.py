"""Every board in a browser, full and empty: its figures are the store's answers, its filters do what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from otel_llmroute.store.boards import NAMES, Board, board, boards
from otel_llmroute.store.boards.filters import COLUMNS
from tests.browser.conftest import Visits
from tests.browser.made_up import ASKED, CODE, LONG, PERIOD
from tests.browser.shown import headings_of, rows_of
from tests.browser.visit import Visit, answer_of
from tests.store.conftest import RunningUp, end, start_store
from tests.store.telemetry import App, send

ROWS = {"time": 10_000, "waterfall": 10_000}
"""Chart -> rows that the page asks for, where they are more than 500."""


def in_tables(on: Board) -> str:
    """The address of a board with all its panels as tables."""
    return f"board={on.name}&tables={','.join(panel.name for panel in on.panels)}&{PERIOD}"


def answers(store: RunningUp, on: Board, filters: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """``board/panel`` -> what the store answers. The waterfall is of one trace, and asked when there is one."""
    return {
        f"{on.name}/{panel.name}": answer_of(
            store.web,
            "/api/panel",
            {"board": on.name, "panel": panel.name, "filters": filters, "limit": ROWS.get(panel.chart, 500), **ASKED},
        )
        for panel in on.panels
        if panel.chart != "waterfall" or "trace" in filters
    }


def has_records(answered: dict[str, dict[str, Any]]) -> bool:
    """Whether any panel has more to tell than that there is nothing."""
    return any(row.get("records") != 0 for answer in answered.values() for row in answer["rows"])


def assert_shown(visit: Visit, answered: dict[str, dict[str, Any]]) -> None:
    """The panels show these answers, and nothing else."""
    shown = visit.panels()
    assert {name: panel["trouble"] for name, panel in shown.items() if panel["trouble"]} == {}
    for name, answer in answered.items():
        if name not in shown and not has_records(answered):
            continue  # once its first panels are empty a board asks for no more
        expected = rows_of(answer)
        assert [row[: len(answer["columns"])] for row in shown[name]["rows"]] == expected, name
        assert (shown[name]["none"] is not None) == (not expected), name
        if expected:
            assert shown[name]["headings"][: len(answer["columns"])] == headings_of(answer), name
        says = shown[name]["notTaken"]
        assert (says is not None) == bool(answer["filters_not_taken"]), name


@pytest.mark.parametrize("name", NAMES)
def test_a_board_shows_the_answers_of_the_store(full: RunningUp, visits: Visits, name: str) -> None:
    on = board(name)
    answered = answers(full, on, {})
    assert_shown(visits(full, in_tables(on)), answered)
    # Some panels have nothing to tell about a time without deliveries, or without a trace that is chosen.
    assert len([answer for answer in answered.values() if answer["rows"]]) >= len(answered) - 1


@pytest.mark.parametrize("name", NAMES)
def test_a_board_without_data_says_how_to_begin(empty: RunningUp, visits: Visits, name: str) -> None:
    visit = visits(empty, f"board={name}")
    visit.page.get_by_role("heading", name="Nothing has arrived yet").wait_for()
    assert f"llmroute run --data {empty.folder} -- python app.py" in visit.page.inner_text("main")
    assert visit.page.locator("[data-panel]").first.is_hidden()


def test_a_period_without_data_says_how_to_come_to_some(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "since=2020-01-01T00:00&until=2020-01-02T00:00&filter=route=search")
    visit.page.get_by_role("heading", name="Nothing in this period that meets these filters").wait_for()
    visit.page.get_by_role("link", name="Remove the filters").click()
    visit.page.get_by_role("heading", name="Nothing in this period", exact=True).wait_for()
    assert "filter=" not in visit.page.url


def value_of(store: RunningUp, name: str) -> str:
    """A value of a filter that was seen, not the one that all have."""
    seen = answer_of(store.web, "/api/values", {"filter": name, **ASKED})["values"]
    return next(value for value in seen if value)


@pytest.mark.parametrize("name", list(COLUMNS))
def test_a_filter_changes_every_panel_that_can_take_it_and_the_others_say_so(
    full: RunningUp, visits: Visits, name: str
) -> None:
    value = value_of(full, name)
    visit = visits(full, "board=data")
    taken, changed = [], []
    for on in boards():
        whole, answered = answers(full, on, {}), answers(full, on, {name: [value]})
        visit.go(f"{in_tables(on)}&filter={name}={value}")
        assert_shown(visit, answered)
        taken += [key for key, answer in answered.items() if key in whole and not answer["filters_not_taken"]]
        changed += [key for key in taken if key in whole and answered.get(key, {}).get("rows") != whole[key]["rows"]]
    assert set(taken) - set(changed) == set()
    assert taken


@pytest.mark.parametrize("value", [*CODE, LONG, "it's", "'); DROP TABLE llm_calls; --", ""])
def test_a_filter_for_a_name_that_is_code_narrows_to_that_name(full: RunningUp, visits: Visits, value: str) -> None:
    on = board("routes")
    visit = visits(full, f"{in_tables(on)}&filter={quote(f'route={value}')}")
    assert_shown(visit, answers(full, on, {"route": [value]}))
    assert not visit.was_run()


def test_what_has_no_price_is_shown_and_takes_no_place_of_what_has_one(visits: Visits, tmp_path: Path) -> None:
    app = App(service="shop")
    for number in range(10):
        app.attempt(f"paid.{number}", str(20 - number))
    for number in range(5):
        app.attempt(f"new.{number}", None)
    store = start_store(tmp_path / "data")
    try:
        send(store, app.spans)
        panel = visits(store, "board=spend&since=2026-09-21T00:00&until=2026-09-22T00:00").page.locator("#route")
        names = panel.locator("table.bars tbody th").evaluate_all(
            "(cells) => cells.map((cell) => cell.innerText.trim())"
        )
        assert names == ["USD", *(f"paid.{number}" for number in range(8)), "No currency", "new.0", "new.1", "new.2"]
        assert panel.locator("a.more").inner_text() == "All 15 rows"
        assert "5 without a price" in panel.locator("footer").inner_text()
    finally:
        end(store)
