"""All that is shown is in the address: reloaded, gone back to, and clicked together."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import Visits
from tests.browser.made_up import PERIOD
from tests.browser.visit import Visit
from tests.store.conftest import RunningUp


def seen(visit: Visit) -> dict[str, Any]:
    """What a person sees of the state, but for the time of day."""
    visit.settle()
    page = visit.page
    return {
        "board": page.locator("h1").inner_text(),
        "panels": visit.panels(),
        "chips": page.locator(".chip").all_inner_texts(),
        "pressed": page.get_by_role("button", name="Compare").get_attribute("aria-pressed"),
        "period": page.locator(".segments [aria-current=true]").inner_text(),
        "theme": page.evaluate("() => document.documentElement.dataset.theme"),
        "refresh": page.get_by_label("Refresh by itself").input_value(),
    }


def clicked_together(visit: Visit) -> None:
    """Everything that can be chosen, chosen by hand."""
    page = visit.page
    page.get_by_role("navigation", name="Boards").get_by_role("link", name="Models and tiers").click()
    page.get_by_role("button", name="Compare with the period before").click()
    page.get_by_role("button", name="+ Filter").click()
    page.get_by_label("By", exact=True).select_option("plan")
    page.get_by_role("checkbox", name="pro", exact=True).check()
    page.get_by_role("checkbox", name="(none)", exact=True).check()
    page.keyboard.press("Escape")
    page.get_by_label("Theme").select_option("dark")
    page.get_by_label("Refresh by itself").select_option("300")
    page.get_by_role("link", name="Tiers: show as table").click()


def test_what_was_clicked_together_survives_a_reload(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    clicked_together(visit)
    before = seen(visit)
    told = parse_qs(urlsplit(visit.page.url).query)
    assert {name: told[name] for name in ("board", "compare", "filter", "theme", "refresh", "tables")} == {
        "board": ["models"],
        "compare": ["1"],
        "filter": ["plan=pro", "plan="],
        "theme": ["dark"],
        "refresh": ["300"],
        "tables": ["tiers"],
    }
    assert before["chips"][0].split("\n")[0].startswith("plan pro or (none)")
    visit.page.reload()
    assert seen(visit) == before


def test_back_and_forward_give_the_pages_as_they_were(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, PERIOD)
    page = visit.page
    first = seen(visit)
    page.get_by_role("navigation", name="Boards").get_by_role("link", name="Routes").click()
    second = seen(visit)
    page.locator('[data-panel="routes/routes"] tbody a').first.click()
    third = seen(visit)
    assert (first["board"], second["board"], third["board"]) == ("Spend", "Routes", "Routes")
    assert (second["chips"], len(third["chips"])) == ([], 1)
    page.go_back()
    assert seen(visit) == second
    page.go_back()
    assert seen(visit) == first
    page.go_forward()
    page.go_forward()
    assert seen(visit) == third


def test_a_period_that_is_typed_is_asked_for(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=data")
    visit.page.get_by_role("button", name="Custom").click()
    visit.page.get_by_label("From, UTC").fill("2026-09-01T02:00")
    visit.page.get_by_label("To, UTC").fill("2026-09-01T06:00")
    visit.page.get_by_role("button", name="Show it").click()
    assert seen(visit)["period"] == "2026-09-01 02:00 to 2026-09-01 06:00"
    whole = visits(full, f"board=data&{PERIOD}")
    assert visit.panels() == whole.panels()


def test_a_relative_period_ends_with_the_hour_that_is_under_way(full: RunningUp, visits: Visits) -> None:
    from datetime import datetime, timedelta, timezone

    visit = visits(full, "board=data&range=24h")
    with visit.page.expect_request("**/api/panel") as asked:
        visit.page.get_by_role("button", name="Refresh", exact=True).click()
    told = asked.value.post_data_json
    since, until = (datetime.fromisoformat(told[name].replace("Z", "+00:00")) for name in ("since", "until"))
    now = datetime.now(timezone.utc)
    assert until - since == timedelta(hours=24)
    assert until.replace(minute=0, second=0) == until
    assert timedelta() < until - now <= timedelta(hours=1)


def test_an_address_that_makes_no_sense_shows_the_first_board(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=nothing&range=aeon&refresh=-1&theme=pink&filter=&filter==x&since=then&tables=,")
    assert visit.page.locator("h1").inner_text() == "Spend"


def test_a_filter_that_does_not_exist_is_refused_in_one_line(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=data")
    visit.allowed.append("Failed to load resource: the server responded with a status of 400")
    visit.go(f"board=data&filter=colour=red&{PERIOD}")
    troubles = {panel["trouble"] for panel in visit.panels().values()}
    assert len(troubles) == 1
    assert str(troubles.pop()).startswith("there is no filter 'colour'")


def test_what_the_address_has_wrong_is_said_in_one_line(full: RunningUp, visits: Visits) -> None:
    visit = visits(full, "board=nope&since=yesterday&range=9y&theme=pink&sort=route.-nothing&filter=route")
    assert visit.page.locator("main > .not-taken").inner_text().partition(": ")[2].split(", ") == [
        "since=yesterday",
        "range=9y",
        "theme=pink",
        "filter=route",
        "board=nope",
        "sort=route.-nothing",
    ]
    visit.go(f"board=models&compare=1&theme=dark&tables=tiers&sort=tiers.-spend&filter=plan=&{PERIOD}")
    assert visit.page.locator("main > .not-taken").count() == 0
