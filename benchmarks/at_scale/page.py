"""How long a page takes: its panels asked of a running store as a browser asks, and in the browser itself."""

from __future__ import annotations

import contextlib
import json
import random
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from at_scale.arriving import calls_arriving, newest_calls, send
from at_scale.asked import LIMIT, SINCE, UNTIL, panels
from at_scale.store import Store, running_store

AT_ONCE = 6
"""Connections that a browser has to one server."""
TIMES = {
    "answered_ms": "all answered",
    "again_ms": "all answered again, nothing stored since",
    "tenant_ms": "for one customer",
    "arriving_ms": "all answered, 50 calls a second arriving",
    "first_figure_ms": "first figure shown",
    "screen_ms": "all on the screen drawn",
    "drawn_ms": "all drawn",
}
"""Time -> its heading."""
ENDS = {"first_figure_ms": "first", "screen_ms": "screen", "drawn_ms": "drawn"}
"""Time in the browser -> what its script calls that."""
TURNS = 5
ALONE = 9
CUSTOMER = {"tenant": ["tenant-7"]}


def measured(folder: Path, only: list[str], browser: str) -> list[dict[str, Any]]:
    """Board, and milliseconds; ``panels``: of each of them alone, while calls arrive. ``browser``: a Python that has
    Playwright; "" leaves its part out."""
    names = dict.fromkeys(board.name for board, _ in panels() if not only or board.name in only)
    rows: list[dict[str, Any]] = []
    with running_store(folder) as store:
        for name in names:
            rows.append({"board": name, "answered_ms": answered_ms(store, name, {})})
            rows[-1]["again_ms"] = statistics.median(_all_ms(store, name, {}) for _ in range(TURNS))
            rows[-1]["tenant_ms"] = answered_ms(store, name, CUSTOMER)
            with calls_arriving(store):
                rows[-1]["arriving_ms"] = answered_ms(store, name, {})
                rows[-1]["panels"] = {panel: alone_ms(store, name, panel) for panel in _panels(name)}
            if browser:
                rows[-1].update(seen(store, name, browser))
            print(json.dumps(rows[-1]), file=sys.stderr)
    return rows


def seen(store: Store, board: str, browser: str) -> dict[str, float]:
    """Until the first figure is shown, all panels on the screen are drawn, and all that there are: medians, each time
    right after calls came."""
    period = f"since={SINCE:%Y-%m-%dT%H:%M}&until={UNTIL:%Y-%m-%dT%H:%M}"
    address = f"{store.addresses['web']}/?board={board}&{period}"
    script = Path(__file__).with_name("browser.py")
    command, pipe = [browser, str(script), address], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1) as opened:
        times = {name: [_opened_ms(store, opened, end) for _ in range(TURNS)] for name, end in ENDS.items()}
        _, said = opened.communicate()
    if opened.returncode:
        print(f"  not measured in a browser: {said.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    return {name: statistics.median(found) for name, found in times.items()}


def _opened_ms(store: Store, browser: subprocess.Popen[str], end: str) -> float:
    """The page opened once; 0 when the browser is gone."""
    assert browser.stdin is not None
    assert browser.stdout is not None
    send(store, newest_calls(100))
    with contextlib.suppress(BrokenPipeError):
        browser.stdin.write(f"{end}\n")
    return float(browser.stdout.readline() or 0)


def answered_ms(store: Store, board: str, filters: dict[str, list[str]]) -> float:
    """Until every panel of the board has its answer: median, after one that is not counted."""
    times = [_once_ms(store, board, filters) for _ in range(TURNS + 1)]
    return statistics.median(times[1:])


def _once_ms(store: Store, board: str, filters: dict[str, list[str]]) -> float:
    # A store that receives: the newest hour is not summed.
    send(store, newest_calls(100))
    return _all_ms(store, board, filters)


def _all_ms(store: Store, board: str, filters: dict[str, list[str]]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: _ask(store, board, name, filters), _panels(board)))
    return (time.perf_counter() - began) * 1e3


def _panels(board: str) -> list[str]:
    """The panels of a page. A waterfall is asked for once a trace was chosen."""
    return [panel.name for each, panel in panels() if each.name == board and panel.chart != "waterfall"]


def alone_ms(store: Store, board: str, panel: str) -> dict[str, float]:
    """A panel asked again and again, after one that is not counted: the median, the longest, and what of the median
    a question without any panel takes, which waits for what was acknowledged as well."""
    ask = {"ms": lambda: _ask(store, board, panel, {}), "waits_ms": lambda: store.sql("SELECT 1")}
    times: dict[str, list[float]] = {name: [] for name in ask}
    for _ in range(ALONE + 1):
        for name, asked in ask.items():
            time.sleep(random.uniform(0.1, 0.4))
            began = time.perf_counter()
            asked()
            times[name].append((time.perf_counter() - began) * 1e3)
    found = {name: statistics.median(some[1:]) for name, some in times.items()}
    return {**found, "longest_ms": max(times["ms"][1:])}


def _ask(store: Store, board: str, panel: str, filters: dict[str, list[str]]) -> None:
    period = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
    body = json.dumps({"board": board, "panel": panel, **period, "filters": filters, "limit": LIMIT}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(store.addresses["web"] + "/api/panel", body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=120) as response:
        response.read()
