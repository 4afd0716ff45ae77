"""What is taken along is what the terminal writes: CSV and JSON of every panel, its SQL, rows of a statement."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from otel_llmroute.store.boards import NAMES, board
from otel_llmroute.store.report_table import write_report
from tests.browser.conftest import Visits
from tests.browser.made_up import ASKED, PERIOD
from tests.browser.visit import Visit, answer_of
from tests.store.conftest import RunningUp


def saved(visit: Visit, label: str) -> tuple[str, str]:
    """Name and text of what a button saves, at a pace of less than ten in a second: Chromium drops what is more."""
    visit.page.wait_for_timeout(110)
    with visit.page.expect_download() as under_way:
        visit.page.get_by_role("button", name=label, exact=True).click()
    return under_way.value.suggested_filename, Path(under_way.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_is_saved_as_the_terminal_writes_it(full: RunningUp, visits: Visits, name: str) -> None:
    on = board(name)
    visit = visits(full, f"board={name}&{PERIOD}")
    for panel in on.panels:
        if panel.chart == "waterfall":
            continue
        body = {"board": name, "panel": panel.name, "limit": 10_000, **ASKED}
        answer = answer_of(full.web, "/api/panel", body)
        if not answer["rows"]:
            assert visit.page.get_by_role("button", name=f"{panel.title}: save as CSV").is_disabled()
            continue
        written = io.StringIO()
        write_report([answer], {"title": on.title, "about": on.about}, "csv", written)
        file = f"{name}-{panel.name}-2026-09-01-2026-09-01"
        assert saved(visit, f"{panel.title}: save as CSV") == (f"{file}.csv", written.getvalue())
        saved_as, text = saved(visit, f"{panel.title}: save as JSON")
        assert (saved_as, json.loads(text)) == (f"{file}.json", answer)


def test_the_sql_of_a_panel_is_read_copied_and_asked_on(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=routes&filter=plan=pro&{PERIOD}")
    page = visit.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Errors: SQL").click()
    dialog = page.get_by_role("dialog", name="SQL of Errors")
    dialog.get_by_role("link", name="Open in the SQL page").wait_for()
    statement = dialog.locator("pre").inner_text()
    body = {"board": "routes", "panel": "errors", "filters": {"plan": ["pro"]}, "limit": 10_000, **ASKED}
    assert statement.strip() == visit.post("/api/panel/sql", body)["statement"].strip()
    dialog.get_by_role("button", name="Copy the statement").click()
    dialog.get_by_text("Copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == visit.post("/api/panel/sql", body)["statement"]
    dialog.get_by_role("link", name="Open in the SQL page").click()
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="Result").wait_for()
    rows = visit.post("/api/panel", body)["rows"]
    assert page.get_by_role("status").filter(has_text="row").first.inner_text().split()[0] == str(len(rows))


def test_a_statement_is_asked_with_the_keyboard_and_its_rows_are_saved(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=sql")
    statement = (
        "SELECT route, sum(cost) AS spend, toUInt64(18446744073709551615) AS large, NULL AS nothing\n"
        "FROM llm_calls GROUP BY route ORDER BY route"
    )
    visit.page.get_by_label("Statement", exact=True).fill(statement)
    visit.page.keyboard.press("Control+Enter")
    visit.page.get_by_role("heading", name="Result").wait_for()
    told = visit.post("/api/sql", {"statement": statement})
    names = [column["name"] for column in told["columns"]]
    file, text = saved(visit, "CSV")
    whole = [["" if value is None else str(value) for value in row] for row in told["rows"]]
    assert (file, list(csv.reader(io.StringIO(text)))) == ("answer.csv", [names, *whole])
    _, text = saved(visit, "JSON")
    assert [list(map(str, row.values())) for row in json.loads(text)] == [list(map(str, row)) for row in told["rows"]]
    assert not visit.was_run()


def test_a_statement_that_would_change_the_store_is_refused_in_one_line(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=sql")
    visit.allowed.append("Failed to load resource: the server responded with a status of 4")
    visit.page.get_by_label("Statement", exact=True).fill("DROP TABLE llm_call_records")
    visit.page.get_by_role("button", name="Run").click()
    said = visit.page.get_by_role("alert").inner_text()
    assert len(said.split("\n")) <= 2
    assert visit.post("/api/sql", {"statement": "SELECT count() > 0 FROM llm_call_records"})["rows"] == [[True]]


def test_a_question_of_a_board_is_put_into_the_editor(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=sql&{PERIOD}")
    visit.page.locator("summary", has_text="Models and tiers").click()
    visit.page.get_by_role("button", name="What does each model cost, per thousand calls?").click()
    body = {"board": "models", "panel": "models", "limit": 10_000, **ASKED}
    statement = visit.post("/api/panel/sql", body)["statement"]
    visit.page.wait_for_function("(text) => document.querySelector('#statement').value === text", arg=statement)


def test_the_tables_of_the_store_are_told_with_what_their_columns_mean(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=sql")
    visit.page.locator("summary", has_text="llm_calls").click()
    told = visit.post(
        "/api/sql",
        {"statement": "SELECT comment FROM system.columns WHERE table = 'llm_calls' AND comment != '' LIMIT 1"},
    )["rows"]
    if told:
        visit.page.get_by_text(told[0][0], exact=True).first.wait_for()
    visit.page.locator("code", has_text="attempt_reason").first.wait_for()
