"""The page in a real browser, on stores with a made-up month, with the example's data, and with nothing.

Every visit is watched: an error on the console, a request to elsewhere or a policy that was broken fails its test.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import chromium
from tests.browser.made_up import whole_shop
from tests.browser.visit import Visit
from tests.store.conftest import CLI, RunningUp, clean_env, end, start_store
from tests.store.engine import engine_at
from tests.store.ledger import Ledger, deliver

ROOT = Path(__file__).parents[2]
PICTURES = Path(__file__).parent / "build" / "pictures"
"""What the boards looked like, for a person to look at. Not kept in the repository."""


class Visits(Protocol):
    """Opens the page of a store, at an address of it."""

    def __call__(
        self, store: RunningUp, search: str = "", *, theme: str = "light", height: int = 2400, width: int = 1440
    ) -> Visit: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningUp, Ledger]]:
    """A running store, and the ledger of what is in it."""
    folder = tmp_path_factory.mktemp("shop") / "data"
    with engine_at(folder) as engine:
        ledger = deliver(engine, whole_shop(), 7)
    running = start_store(folder)
    yield running, ledger
    end(running)


@pytest.fixture(scope="session")
def full(shop: tuple[RunningUp, Ledger]) -> RunningUp:
    return shop[0]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    running = start_store(tmp_path_factory.mktemp("empty") / "data")
    yield running
    end(running)


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """The store that ``make demo`` leaves behind."""
    folder = tmp_path_factory.mktemp("example") / "data"
    program = [sys.executable, str(ROOT / "examples/support_inbox/main.py")]
    command = [*CLI, "run", "--data", str(folder), "--", *program]
    subprocess.run(command, env=clean_env(), cwd=ROOT, check=True, capture_output=True, timeout=300)
    running = start_store(folder)
    yield running
    end(running)


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Opens pages; when the test ends, none of them may have done what a page must not."""
    opened: list[Visit] = []

    def visit(
        store: RunningUp, search: str = "", *, theme: str = "light", height: int = 2400, width: int = 1440
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            accept_downloads=True,
            locale="en-US",
        )
        page: Page = context.new_page()
        opened.append(Visit(page, store.web))
        opened[-1].go(search)
        return opened[-1]

    yield visit
    done = [each.wrongs() for each in opened]
    for each in opened:
        each.page.context.close()
    assert done == [[] for _ in opened]
