"""How long a page takes: its panels asked of a running store as a browser asks, and in the browser itself."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from at_scale.asked import LIMIT, SINCE, UNTIL, panels
from at_scale.store import Store, running_store
from at_scale.traffic import templates

AT_ONCE = 6
"""Connections that a browser has to one server."""
TIMES = {
    "answered_ms": "all answered",
    "tenant_ms": "for one customer",
    "first_figure_ms": "first figure shown",
    "drawn_ms": "all drawn",
}
"""Time -> its heading."""
TURNS = 5
CUSTOMER = {"tenant": ["tenant-7"]}


def measured(folder: Path, only: list[str], browser: str) -> list[dict[str, Any]]:
    """Board, and milliseconds. ``browser``: a Python that has Playwright; "" leaves its part out."""
    names = dict.fromkeys(board.name for board, _ in panels() if not only or board.name in only)
    rows: list[dict[str, Any]] = []
    with running_store(folder) as store:
        for name in names:
            rows.append({"board": name, "answered_ms": answered_ms(store, name, {})})
            rows[-1]["tenant_ms"] = answered_ms(store, name, CUSTOMER)
            if browser:
                rows[-1].update(seen(store, name, browser))
            print(json.dumps(rows[-1]), file=sys.stderr)
    return rows


def seen(store: Store, board: str, browser: str) -> dict[str, float]:
    """Until the first figure is shown, and until all panels are drawn."""
    period = f"since={SINCE:%Y-%m-%dT%H:%M}&until={UNTIL:%Y-%m-%dT%H:%M}"
    address = f"{store.addresses['web']}/?board={board}&{period}"
    script = Path(__file__).with_name("browser.py")
    done = subprocess.run([browser, str(script), address, str(TURNS)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  not measured in a browser: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return {}
    return dict(json.loads(done.stdout))


def answered_ms(store: Store, board: str, filters: dict[str, list[str]]) -> float:
    """Until every panel of the board has its answer: median, after one that is not counted."""
    times = [_once_ms(store, board, filters) for _ in range(TURNS + 1)]
    return statistics.median(times[1:])


def _once_ms(store: Store, board: str, filters: dict[str, list[str]]) -> float:
    _send(store)
    # A waterfall is asked for once a trace was chosen.
    names = [panel.name for each, panel in panels() if each.name == board and panel.chart != "waterfall"]
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda name: _ask(store, board, name, filters), names))
    return (time.perf_counter() - began) * 1e3


def _send(store: Store) -> None:
    """A hundred calls of the newest hour, as in a store that receives: it has to be summed again."""
    start_ns = int((UNTIL - timedelta(minutes=30)).timestamp()) * 10**9
    (template,) = templates(1, 200, 7, start_ns, 1000)
    headers = {"Content-Type": "application/x-protobuf"}
    address = store.addresses["otlp_http"] + "/v1/traces"
    request = urllib.request.Request(address, template.fresh(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        response.read()


def _ask(store: Store, board: str, panel: str, filters: dict[str, list[str]]) -> None:
    period = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
    body = json.dumps({"board": board, "panel": panel, **period, "filters": filters, "limit": LIMIT}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(store.addresses["web"] + "/api/panel", body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=120) as response:
        response.read()
