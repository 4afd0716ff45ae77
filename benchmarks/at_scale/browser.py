"""How long a page takes in headless Chromium: ``python browser.py ADDRESS``. Needs Playwright alone.

Each line of stdin, ``first``, ``screen`` or ``drawn``, is answered with a line: milliseconds of the browser's own
clock, since it was told to go there. Each time it knows nothing of the page.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCREEN, TALL = {"width": 1280, "height": 900}, {"width": 1280, "height": 12_000}
PANEL = "section[data-panel]"
FIRST = f"""() => [...document.querySelectorAll('{PANEL} .body')].some(
    (body) => !body.querySelector('.skeleton') && /[0-9]/.test(body.textContent)) && performance.now()"""
ON_SCREEN = f"""() => {{
    const panels = [...document.querySelectorAll('{PANEL}')];
    const seen = panels.filter((each) => each.getBoundingClientRect().top < innerHeight);
    const isDone = (each) => each.ariaBusy !== 'true' && !each.querySelector('.skeleton, .chart:not([data-drawn])');
    return seen.length && seen.every(isDone) && performance.now();
}}"""
ALL = f"""() => document.querySelector('{PANEL}')
    && !document.querySelector('{PANEL}[aria-busy="true"], {PANEL} .skeleton') && performance.now()"""
"""Panels below the screen are drawn when they come near, so all of them only on a tall one."""
ENDS = {"first": (SCREEN, FIRST), "screen": (SCREEN, ON_SCREEN), "drawn": (TALL, ALL)}
WAIT_MS = 120_000


def once_ms(browser: Browser, address: str, size: dict[str, int], until: str) -> float:
    """Until the page says something but false."""
    context = browser.new_context(viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address, wait_until="commit")
    found = page.wait_for_function(until, timeout=WAIT_MS, polling=5).json_value()
    context.close()
    return float(found)


def main() -> int:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for line in sys.stdin:
            print(once_ms(browser, sys.argv[1], *ENDS[line.strip()]), flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
