"""The page without a mouse: everything that can be used gets the focus, in order, and shows that it has it."""

from __future__ import annotations

import pytest

from otel_llmroute.store.boards import NAMES
from tests.browser.conftest import Visits
from tests.browser.made_up import PERIOD
from tests.browser.visit import Visit
from tests.store.conftest import RunningUp

USABLE = """() => {
  const usable = 'a[href], button:not(:disabled), select, input, textarea, summary, [tabindex="0"]';
  const isClosed = (each) => each.closest('details:not([open]) > :not(summary)');
  const all = [...document.querySelectorAll(usable)];
  const seen = all.filter((each) => each.checkVisibility({visibilityProperty: true}) && !isClosed(each));
  seen.forEach((each, at) => { each.dataset.at = at; });
  return seen.length;
}"""
FOCUSED = """() => {
  const found = document.activeElement;
  const style = getComputedStyle(found);
  return found === document.body ? null : {
    at: Number(found.dataset.at ?? -1),
    marked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
    what: found.outerHTML.slice(0, 120),
  };
}"""


def tabbed(visit: Visit) -> list[dict[str, object]]:
    """What gets the focus from the top of the page to its end."""
    found: list[dict[str, object]] = []
    visit.page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
    while True:
        visit.page.keyboard.press("Tab")
        focused = visit.page.evaluate(FOCUSED)
        if focused is None or (found and focused["at"] == found[0]["at"]):
            return found
        found.append(focused)


@pytest.mark.parametrize("name", [*NAMES, "sql"])
def test_everything_on_a_board_is_reached_with_the_tab_key(full: RunningUp, visits: Visits, name: str) -> None:
    visit = visits(full, f"board={name}&{PERIOD}")
    count = visit.page.evaluate(USABLE)
    found = tabbed(visit)
    assert [each["at"] for each in found] == list(range(count))
    assert [each["what"] for each in found if not each["marked"]] == []


def test_the_first_tab_leads_past_the_head_to_the_board(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    assert visit.page.evaluate("() => document.activeElement.id") == "board"


def test_a_filter_is_chosen_and_removed_without_a_mouse(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    page = visit.page
    page.get_by_role("button", name="+ Filter").focus()
    page.keyboard.press("Enter")
    page.get_by_label("By", exact=True).wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("reason")
    page.keyboard.press("Tab")
    page.keyboard.type("cos")
    page.get_by_role("checkbox", name="cost", exact=True).wait_for()
    page.locator(".values li").nth(1).wait_for(state="detached")  # until the answer, all values are there
    while not page.evaluate("() => document.activeElement.type === 'checkbox'"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator(".chip", has_text="cost").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.innerText") == "+ Filter"
    assert "filter=reason%3Dcost" in page.url
    page.get_by_role("link", name="Remove the filter reason cost").focus()
    page.keyboard.press("Enter")
    page.locator(".chip").wait_for(state="detached")
    visit.settle()


def test_a_dialog_keeps_the_focus_and_gives_it_back(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    page = visit.page
    page.get_by_role("button", name="By route: SQL", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("link", name="Open in the SQL page").wait_for()
    for _ in range(8):
        page.keyboard.press("Tab")
        focused = page.evaluate("() => document.activeElement.closest('dialog') !== null")
        # The browser's own bar comes after the last of a dialog; the page below it never does.
        assert focused or page.evaluate("() => document.activeElement === document.body")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "By route: SQL"


def test_a_drill_down_needs_no_mouse(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    visit.page.locator('[data-panel="spend/route"] tbody a').first.focus()
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", level=1, name="Routes").wait_for()
    visit.settle()
