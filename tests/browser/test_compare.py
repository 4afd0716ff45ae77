"""The page compared with the period before, asked again by itself, and when the store does not answer."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Request, Route

from otel_llmroute.store.spend_table import decimals_for
from tests.browser.conftest import Visits
from tests.browser.made_up import ASKED, PERIOD
from tests.browser.shown import text_of
from tests.browser.visit import Visit, answer_of
from tests.store.conftest import RunningUp, end, start_store
from tests.store.telemetry import App, send

GONE = "ERR_CONNECTION_REFUSED"
HIDE = """(is) => {
  Object.defineProperty(document, 'hidden', {value: is, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_each_row_stands_above_what_it_was_in_the_period_before(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"compare=1&tables=route&{PERIOD}")
    body = {"board": "spend", "panel": "route", "limit": 500, "compare": True, **ASKED}
    answer = answer_of(full.web, "/api/panel", body)
    shown = visit.panels()["spend/route"]
    spend = next(at for at, column in enumerate(answer["columns"]) if column["name"] == "spend")
    decimals = decimals_for([row["spend"] for row in answer["rows"]])
    by_name = {(row[0], row[spend]): before[spend] for row, before in zip(shown["rows"], shown["before"], strict=True)}
    for row in answer["rows"]:
        now = (row["name"] or "(none)", text_of(answer["columns"][spend], row, decimals))
        if row["before"] is None:
            assert by_name[now] is None
        else:
            was = text_of(answer["columns"][spend], {**row, **row["before"]}, decimals)
            assert str(by_name[now]).split(" ")[0] == was
    assert any(row["before"] for row in answer["rows"])
    assert len(shown["gone"]) == len(answer["gone"])


def test_no_row_stands_above_anything_when_nothing_is_compared(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    panels = visit.panels().items()
    assert [key for key, panel in panels if any(any(row) for row in panel["before"]) or panel["gone"]] == []


def questions(visit: Visit) -> int:
    return len([url for url in visit.asked if url.endswith("/api/panel")])


def test_the_page_asks_again_by_itself_while_it_is_looked_at(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=data")
    visit.page.clock.install()
    visit.go(f"board=data&refresh=10&{PERIOD}")
    first, panels = questions(visit), visit.panels()
    visit.page.clock.fast_forward(10_000)
    visit.page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    visit.settle()
    assert questions(visit) >= first + 4
    assert visit.panels() == panels


def test_a_page_that_nobody_looks_at_does_not_ask(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=data")
    visit.page.clock.install()
    visit.go(f"board=data&refresh=10&{PERIOD}")
    visit.page.evaluate(HIDE, True)
    before = questions(visit)
    visit.page.clock.fast_forward(35_000)
    assert questions(visit) == before
    with visit.page.expect_request("**/api/panel"):
        visit.page.evaluate(HIDE, False)
    visit.settle()


def test_what_arrives_is_there_after_a_refresh(visits: Visits, tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    try:
        visit = visits(store, "board=routes&since=2026-09-21T00:00&until=2026-09-22T00:00")
        visit.page.get_by_role("heading", name="Nothing has arrived yet").wait_for()
        app = App(service="shop")
        app.attempt("support.reply", "0.02")
        send(store, app.spans)
        visit.page.get_by_role("button", name="Refresh", exact=True).click()
        visit.page.get_by_role("link", name="support.reply").first.wait_for()
        visit.settle()
    finally:
        end(store)


def test_when_the_store_has_stopped_every_panel_says_so_in_one_line(visits: Visits, tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    try:
        visit = visits(store, "board=data")
    finally:
        end(store)
    visit.allowed.append(f"Failed to load resource: net::{GONE}")
    visit.page.get_by_role("button", name="Refresh", exact=True).evaluate("(button) => button.click()")
    visit.page.wait_for_function("() => document.querySelectorAll('.trouble').length >= 3")
    said = {str(panel["trouble"]) for panel in visit.panels().values()}
    assert said == {"the store does not answerTry: is llmroute up still running?Ask again"}


def test_a_panel_that_fails_says_why_and_the_others_stay(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=data")
    visit.allowed.append("Failed to load resource: the server responded with a status of 422")

    def refuse(route: Route, request: Request) -> None:
        if request.post_data_json["panel"] != "lag":
            route.continue_()
            return
        error = {"kind": "QuestionFailed", "message": "the question took longer than 30 s", "hint": "a shorter period"}
        route.fulfill(status=422, json={"error": error})

    visit.page.route("**/api/panel", refuse)
    visit.go(f"board=data&{PERIOD}")
    troubles = {name: panel["trouble"] for name, panel in visit.panels().items()}
    assert troubles.pop("data/lag") == "the question took longer than 30 sTry: a shorter periodAsk again"
    assert set(troubles.values()) == {None}
    assert visit.panels()["data/coverage"]["none"] is None
    visit.page.unroute("**/api/panel")
    visit.page.get_by_role("button", name="Ask again").click()
    visit.settle()
    assert visit.panels()["data/lag"]["trouble"] is None
    assert visit.panels()["data/lag"]["rows"]


def test_a_question_that_nobody_waits_for_any_more_is_given_up(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=data&{PERIOD}")
    failed: list[Request] = []
    visit.page.on("requestfailed", lambda request: failed.append(request))
    held: list[Request] = []

    def hold(route: Route, request: Request) -> None:
        if request.post_data_json["board"] == "routes":
            held.append(request)
        else:
            route.continue_()

    # The route stays to the end: taking it away would let the held questions go on to the store, which answers them.
    visit.page.route("**/api/panel", hold)
    visit.page.get_by_role("navigation", name="Boards").get_by_role("link", name="Routes").click()
    visit.page.wait_for_function("() => document.querySelector('h1').innerText === 'Routes'")
    while not held:
        visit.page.wait_for_timeout(20)
    visit.page.get_by_role("navigation", name="Boards").get_by_role("link", name="Quality of the data").click()
    visit.settle()
    assert [request.url for request in held if request not in failed] == []
