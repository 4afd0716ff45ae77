"""A page that somebody looks at: how it is read, and what it did that it must not do."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request

AXE: Final = (Path(__file__).parent / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
PATIENCE_MS: Final = 60_000

_PANELS: Final = """() => Object.fromEntries([...document.querySelectorAll('[data-panel]')].map((panel) => {
  const textOf = (found) => found === null ? null : found.textContent.replace(/\\s+/g, ' ').trim();
  const lines = (selector) => [...panel.querySelectorAll(selector)];
  const figures = (cell) => [...cell.childNodes]
    .filter((node) => !node.classList || !['before', 'new'].some((name) => node.classList.contains(name)))
    .map((node) => node.textContent).join('').trim();
  return [panel.dataset.panel, {
    headings: lines('thead th').map(textOf),
    rows: lines('tbody tr:not(.gone, .typed)').map((row) => [...row.children].map(figures)),
    before: lines('tbody tr:not(.gone, .typed)')
      .map((row) => [...row.children].map((cell) => textOf(cell.querySelector('.before')))),
    gone: lines('tbody tr.gone').map((row) => textOf(row.children[0])),
    notTaken: textOf(panel.querySelector('.not-taken')),
    trouble: textOf(panel.querySelector('.trouble')),
    none: textOf(panel.querySelector('.none')),
  }];
}))"""

_UNSETTLED: Final = """() => {
  const all = [...document.querySelectorAll('[aria-busy=true], .skeleton')];
  const waiting = all.filter((each) => each.checkVisibility());
  waiting[0]?.closest('[data-panel]')?.scrollIntoView();
  return document.querySelector('h1') === null || waiting.length > 0;
}"""


class Visit:
    """One page of a browser. ``allowed`` are beginnings of what its console may say."""

    def __init__(self, page: Page, store: str) -> None:
        self.page = page
        self.store = store
        self.allowed: list[str] = []
        self.asked: list[str] = []
        self._said: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._said.append(f"error: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._said.append(message.text)

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def wrongs(self) -> list[str]:
        """What the console said, and what was asked of anybody but the store."""
        ours = urlsplit(self.store).netloc
        said = [text for text in self._said if not text.startswith(tuple(self.allowed) or ("\0",))]
        return said + [
            url
            for url in self.asked
            if urlsplit(url).netloc != ours and not url.startswith(("data:", f"blob:{self.store}"))
        ]

    def go(self, search: str) -> None:
        """Open an address of the page and wait until everything on it is there."""
        self.page.goto(f"{self.store}/{'?' if search else ''}{search}")
        self.settle()

    def settle(self) -> None:
        """Wait until everything that the page shows has been answered; panels further down are asked by coming near."""
        self.page.wait_for_function(f"() => !({_UNSETTLED})()", polling=100)

    def calm(self) -> None:
        """Wait until what was asked is answered, without going anywhere on the page."""
        self.page.wait_for_function("() => document.querySelector('h1') && !document.querySelector('[aria-busy=true]')")

    def panels(self) -> dict[str, dict[str, Any]]:
        """``board/panel`` -> what it shows."""
        while (more := self.page.locator("[data-panel] button.more")).count():
            more.first.dispatch_event("click")  # a real one waits for frames, which a starved browser may not draw
        return dict(self.page.evaluate(_PANELS))

    def findings(self) -> list[str]:
        """What axe holds against the page that is serious or critical: rule, and the first element."""
        self.page.evaluate(AXE)
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0].get('failureSummary', '')[:300]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What the store answers by itself."""
        return answer_of(self.store, path, body)

    def was_run(self) -> bool:
        """Whether a name of the data ran as code."""
        try:
            return bool(self.page.evaluate("() => 'wasRun' in window"))
        except Error:  # it went away while asked
            return False


def answer_of(store: str, path: str, body: dict[str, Any]) -> Any:
    """The JSON that a store answers."""
    request = urllib.request.Request(
        store + path, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
