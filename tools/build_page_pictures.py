"""Take the README's pictures of the page, dark and light, from the example's own data: ``make pictures``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from otel_llmroute.store.background import BackgroundStore
from otel_llmroute.store.folder import folder_at
from tests.browser.chromium import chromium

ROOT: Final = Path(__file__).parents[1]
SIZE: Final = {"width": 1280, "height": 860}
BOARDS: Final = ("spend", "routes")


def main() -> None:
    """Run the example into a folder of its own, and write ``docs/page-BOARD-THEME.png``."""
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data")
        example = [sys.executable, str(ROOT / "examples/support_inbox/main.py")]
        command = [sys.executable, "-m", "otel_llmroute.store.cli", "run", "--data", data, "--report", "none", "--"]
        subprocess.run([*command, *example], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with BackgroundStore(folder_at(data)) as store, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for board in BOARDS:
                for theme in ("light", "dark"):
                    take(browser, f"{store.web}/?board={board}&theme={theme}", ROOT / f"docs/page-{board}-{theme}.png")


def take(browser: Browser, address: str, file: Path) -> None:
    """A picture of what one sees first at an address, when all of it is there."""
    page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector("[aria-busy=true]", state="detached")
    page.wait_for_timeout(1_000)  # for charts, which are loaded after the figures
    page.screenshot(path=file)
    page.close()


if __name__ == "__main__":
    main()
