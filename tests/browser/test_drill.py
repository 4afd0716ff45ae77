"""From what is spent down to the one trace, by clicks alone."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route

from otel_llmroute.store.boards.traces import MOST
from tests.browser.conftest import Visits
from tests.browser.made_up import ASKED, PERIOD
from tests.browser.visit import answer_of
from tests.store.conftest import RunningUp
from tests.store.ledger import SINCE, UNTIL, Ledger

KINDS = {"tenant": "customer", "job": "job"}
"""Panel of margins -> what its rows are."""


def records_of(ledger: Ledger, trace: str) -> Counter[str]:
    """Kind of record -> how many of a trace began in the period. What was said of a job later is not one of them."""
    began = [(call.kind, call.trace_id, call.ts) for call in ledger.calls]
    began += [("route", route.trace_id, route.ts) for route in ledger.routes]
    began += [("decision", decision.trace_id, decision.ts) for decision in ledger.decisions]
    began += [("job", job.trace_id, job.started) for job in ledger.jobs if job.source == "span" and job.started]
    return Counter(kind for kind, of, moment in began if of == trace and SINCE <= moment < UNTIL)


def test_a_dear_trace_is_opened_as_what_happened_in_it(shop: tuple[RunningUp, Ledger], visits: Visits) -> None:
    store, ledger = shop
    visit = visits(store, PERIOD)
    visit.page.get_by_role("navigation", name="Boards").get_by_role("link", name="Trace").click()
    visit.settle()
    links = visit.page.locator('[data-panel="trace/dearest"] tbody a')
    trace = links.first.inner_text()
    links.first.click()
    visit.settle()
    assert visit.page.locator(".trace-id code").inner_text() == trace
    rows = visit.page.locator("table.waterfall tbody tr")
    kinds = Counter(rows.evaluate_all("rows => rows.map((row) => row.dataset.kind)"))
    assert kinds == records_of(ledger, trace)


def test_the_last_trace_of_an_error_is_opened_from_it(shop: tuple[RunningUp, Ledger], visits: Visits) -> None:
    store, ledger = shop
    asked = {"board": "routes", "panel": "errors", "limit": 1, **ASKED}
    (row,) = answer_of(store.web, "/api/panel", asked)["rows"]
    visit = visits(store, f"board=routes&{PERIOD}")
    visit.page.locator('[data-panel="routes/errors"] tbody tr').first.get_by_role("link").last.click()
    visit.settle()
    assert parse_qs(urlsplit(visit.page.url).query)["filter"] == [f"trace={row['last_trace']}"]
    assert visit.page.locator(".trace-id code").inner_text() == row["last_trace"]
    kinds = visit.page.locator("table.waterfall tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.kind)")
    assert Counter(kinds) == records_of(ledger, row["last_trace"])


def test_the_name_of_a_route_leads_to_its_board_narrowed_to_it(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    link = visit.page.locator('[data-panel="spend/route"] tbody a').nth(1)
    name = link.inner_text()
    link.click()
    visit.settle()
    told = parse_qs(urlsplit(visit.page.url).query, keep_blank_values=True)
    assert (told["board"], told["filter"]) == (["routes"], [f"route={'' if name == '(none)' else name}"])
    first = visit.panels()["routes/routes"]["rows"]
    assert {row[0] for row in first} - {""} <= {name} | {row[0] for row in first if len(row) == 1}


def test_every_link_of_a_board_leads_to_a_page_that_answers(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=routes&{PERIOD}")
    places = visit.page.locator("[data-panel] tbody a, [data-finding] a").evaluate_all("all => all.map((a) => a.href)")
    for place in list(dict.fromkeys(places))[::5]:
        visit.go(urlsplit(place).query)
        assert {key: panel["trouble"] for key, panel in visit.panels().items() if panel["trouble"]} == {}
    assert not visit.was_run()


def test_what_leaks_is_named_on_the_first_page_and_leads_to_its_panel(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD, height=900)
    for finding in ("cheaper", "waste", "fallbacks"):
        visit.go(PERIOD)
        visit.page.locator(f"[data-finding={finding}] a").click()
        visit.page.locator(f'[data-panel="routes/{finding}"] tbody').wait_for()
        visit.calm()
        assert visit.page.evaluate("() => document.activeElement.dataset.panel") == f"routes/{finding}"
        assert visit.page.locator(f'[data-panel="routes/{finding}"]').evaluate(
            "(panel) => { const {top} = panel.getBoundingClientRect(); return top >= 0 && top < innerHeight; }"
        )


def test_what_has_no_price_leads_to_where_one_is_set_though_panels_above_are_answered_later(
    full: RunningUp, visits: Visits
) -> None:
    visit = visits(full, PERIOD, height=900)
    held: list[Route] = []
    is_held = True

    def last(route: Route) -> None:
        asked = route.request.post_data_json
        if is_held and asked["board"] == "models" and asked["panel"] != "unpriced":
            held.append(route)
        else:
            route.continue_()

    visit.page.route("**/api/panel", last)
    visit.page.locator("[data-panel] footer a", has_text="without a price").first.click()
    while len(held) < 3:  # as many as are asked at a time: the one that is gone to waits for its turn
        visit.page.wait_for_timeout(50)
    is_held = False
    for route in held:
        route.continue_()
    visit.page.locator("#unpriced tbody").wait_for()
    visit.calm()
    visit.page.wait_for_timeout(1000)
    top = visit.page.locator("#unpriced").evaluate("(panel) => panel.getBoundingClientRect().top")
    assert 0 <= top < 450


def test_the_name_of_a_route_that_is_looked_at_already_leads_on_to_its_traces(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, f"board=routes&{PERIOD}&filter=route=search&compare=1")
    visit.page.locator('[data-panel="routes/routes"] tbody a', has_text="search").first.click()
    visit.page.get_by_role("heading", level=1, name="Trace").wait_for()
    assert parse_qs(urlsplit(visit.page.url).query)["filter"] == ["route=search"]
    visit.page.locator('[data-panel="trace/dearest"] tbody a').first.wait_for()


def test_a_dear_job_leads_to_what_happened_in_it(shop: tuple[RunningUp, Ledger], visits: Visits) -> None:
    store, ledger = shop
    visit = visits(store, f"board=jobs&{PERIOD}")
    job = visit.page.locator('[data-panel="jobs/dearest"] tbody th button').first
    name = job.inner_text()
    job.click()
    visit.page.locator(".trace-id code").first.wait_for()
    told = parse_qs(urlsplit(visit.page.url).query)
    worked_in = {call.trace_id for call in ledger.calls if call.job_id == name and SINCE <= call.ts < UNTIL}
    shown = {each.removeprefix("trace=") for each in told["filter"]}
    assert shown <= worked_in
    assert len(shown) == min(MOST, len(worked_in)) > 0


def test_who_loses_most_money_is_named_and_leads_to_its_panel(example: RunningUp, visits: Visits) -> None:
    ever = {"board": "jobs", "since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    losing = [
        (Decimal(row["gross_margin"]), list(KINDS).index(panel), panel, row["name"])
        for panel in KINDS
        for row in answer_of(example.web, "/api/panel", {**ever, "panel": panel})["rows"]
        if row["gross_margin"] is not None and Decimal(row["gross_margin"]) < 0
    ]
    _, _, panel, name = min(losing)
    visit = visits(example, height=900)
    finding = visit.page.locator("[data-finding=margin]")
    assert f"the {KINDS[panel]} {name or '(none)'} brought in" in finding.inner_text()
    href = finding.locator("a").get_attribute("href")
    finding.locator("a").click()
    visit.page.get_by_role("heading", level=1, name="Jobs and margin").wait_for()
    assert href is not None
    assert href.endswith(f"#{panel}")


@pytest.mark.parametrize(("width", "across"), [(1280, 4), (768, 2), (390, 1)])
def test_the_findings_fill_their_rows(full: RunningUp, visits: Visits, width: int, across: int) -> None:
    page = visits(full, PERIOD, width=width).page
    lefts = page.locator("[data-finding]").evaluate_all("all => all.map((each) => each.getBoundingClientRect().left)")
    assert len(lefts) == 4
    assert len(set(lefts)) == across
