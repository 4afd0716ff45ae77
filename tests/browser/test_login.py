"""A store with a token: a person types it once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import Visits
from tests.store.conftest import RunningUp, end, start_store

TOKEN = "a-token-of-thirty-characters-x"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    running = start_store(tmp_path_factory.mktemp("guarded") / "data", LLMROUTE_TOKEN=TOKEN)
    yield running
    end(running)


def test_the_token_opens_the_boards_where_they_were_asked_for(guarded: RunningUp, visits: Visits) -> None:
    visit = visits(guarded, "board=routes&range=7d")
    visit.allowed.append("Failed to load resource: the server responded with a status of 401")
    page = visit.page
    assert visit.findings() == []
    page.get_by_label("Token").fill("not the token of this store")
    page.keyboard.press("Enter")
    assert page.get_by_role("alert").inner_text() == "That is not the token of this store."
    assert visit.findings() == []
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open the boards").click()
    page.get_by_role("heading", level=1, name="Routes").wait_for()
    assert page.url.endswith("?board=routes&range=7d")
    page.reload()
    page.get_by_role("heading", level=1, name="Routes").wait_for()
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert TOKEN not in str(cookie)


def test_a_page_whose_session_has_ended_asks_for_the_token_again(guarded: RunningUp, visits: Visits) -> None:
    visit = visits(guarded, "board=data")
    visit.allowed.append("Failed to load resource: the server responded with a status of 401")
    visit.page.get_by_label("Token").fill(TOKEN)
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", level=1, name="Quality of the data").wait_for()
    visit.settle()
    # Pressed by the page itself, again and again: it may be gone before a slow browser says that a button was pressed,
    # and before anybody presses it where one more of its questions is answered after the session has ended.
    press = "(button) => void setInterval(() => button.click(), 100)"
    visit.page.get_by_role("button", name="Refresh", exact=True).evaluate(press)
    visit.page.context.clear_cookies()
    visit.page.get_by_role("heading", level=1, name="This store asks for its token").wait_for()
