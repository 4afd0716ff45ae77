"""Who has just run the example asks: which route should I move to a cheaper model first, and what would it save?"""

from __future__ import annotations

from tests.browser.conftest import Visits
from tests.browser.visit import answer_of
from tests.store.conftest import RunningUp


def test_which_route_to_move_first_is_answered_on_the_first_page_and_proved_one_click_on(
    example: RunningUp, visits: Visits
) -> None:
    visit = visits(example, height=1000)
    period = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    answer = answer_of(example.web, "/api/panel", {"board": "routes", "panel": "cheaper", **period})
    first = answer["rows"][0]
    finding = visit.page.locator("[data-finding=cheaper]")
    said = finding.inner_text()
    assert finding.evaluate("(found) => found.getBoundingClientRect().bottom < innerHeight")
    for what in (first["name"], first["model"], first["other_model"]):
        assert what in said
    finding.get_by_role("link").click()
    visit.settle()
    assert visit.page.evaluate("() => document.activeElement.dataset.panel") == "routes/cheaper"
    row = visit.panels()["routes/cheaper"]["rows"][0]
    assert row[:3] == [first["name"], first["model"], first["other_model"]]
    assert row[3] in said
    assert row[3].startswith("$")
    assert (
        "Whether its answers are as good is not known."
        in visit.page.locator('[data-panel="routes/cheaper"]').inner_text()
    )
