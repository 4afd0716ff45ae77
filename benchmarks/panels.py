"""How fast every panel answers with ten million calls of 30 days behind it, and how fast a page is there.

    python benchmarks/panels.py                               # about 15 minutes, 3 GB of disk
    python benchmarks/panels.py --keep /tmp/llmroute-bench    # keep the store there: the next run need not fill it
    python benchmarks/panels.py --only routes/errors,trace    # these panels or boards alone
    python benchmarks/panels.py --without cold,page --json panels.json
    python benchmarks/panels.py --browser .venv-browser/bin/python   # one in which Playwright is installed

Panels are asked as the store asks them. *cold*: the first question of a process that has just opened the store, its
files on the disk alone (as root on Linux; otherwise the line above the table says that the system still had them).
*warm*: the median of nine, for 30 days; narrowed by a filter that the roll-ups have a column for; narrowed by one that
they have not, so that the calls are read; for 15 days and the 15 before; and when calls came just now, so that the
newest hour, of 14,000 calls, is not summed. *page*: all panels of a board asked of `llmroute up` as a browser
asks, six at once, until the last is there: right after a hundred calls were sent, once more with nothing stored since,
and while 50 calls a second arrive; in headless Chromium, where Playwright is installed, right after such calls, until
the first figure is shown and until every panel is drawn.
*while calls arrive*: each panel alone, the median of nine, and how much of it a question for nothing takes.

The budgets: 100 ms for a panel, warm; a second for a page. What is above is marked. It prints and never asserts.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from at_scale import page
from at_scale.asked import (
    VARIANTS,
    Opened,
    Questions,
    cold_ms,
    forgot_files,
    one_trace,
    opened,
    panels,
    questions_of,
    settle,
    warm_ms,
)
from at_scale.scale import Scale, keep_filled

from otel_llmroute.store.database import Database
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.folder import Folder

EXPERIMENTS = 2
"""Routes that are tried in two variants: those with a quarter of the calls."""
PANEL_MS = 100
PAGE_MS = 1000


def measured_panels(folder: Path, only: list[str], without: list[str], times: int) -> list[dict[str, Any]]:
    """Board, panel, and milliseconds by variant; ``None`` is one that failed."""
    chosen = [(board, panel) for board, panel in panels() if _is_chosen(board.name, panel.name, only)]
    with opened(folder) as store:
        trace = one_trace(store.session)
        asked = {(board.name, panel.name): questions_of(board, panel, trace) for board, panel in chosen}
        found = []
        for (on, name), some in asked.items():
            found.append({"board": on, "panel": name, **_times(store, some, times)})
            print(json.dumps(found[-1]), file=sys.stderr)
    if "cold" not in without:
        for row in found:
            forgot_files()
            questions = asked[row["board"], row["panel"]]["whole"]
            row["cold_ms"] = _or_none(lambda q=questions: cold_ms(folder, q))
            print(json.dumps(row), file=sys.stderr)
    return found


def _is_chosen(board: str, panel: str, only: list[str]) -> bool:
    return not only or board in only or f"{board}/{panel}" in only


def _times(store: Opened, variants: dict[str, Questions], times: int) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    settle(store)
    for name, questions in variants.items():
        try:
            found[f"{name}_ms"], found[f"{name}_cpu_ms"] = warm_ms(store, questions, times, name == "arrived")
        except StoreError as error:
            print(f"  {error}", file=sys.stderr)
            found[f"{name}_ms"] = None
    return found


def _or_none(measure: Any) -> float | None:
    try:
        return float(measure())
    except StoreError as error:
        print(f"  {error}", file=sys.stderr)
        return None


def show_panels(rows: list[dict[str, Any]]) -> None:
    """The table, as Markdown: milliseconds, those above the budget in bold."""
    columns = [f"{name}_ms" for name in VARIANTS] + ["cold_ms", "whole_cpu_ms"]
    headings = [*VARIANTS.values(), "30 days, cold", "30 days, of the processors"]
    print(f"| panel | {' | '.join(headings)} |", "|---" * (len(columns) + 1) + "|", sep="\n")
    for row in rows:
        budgets = [PANEL_MS] * 3 + [2 * PANEL_MS, None, None, None]
        cells = [_cell(row.get(name, ""), budget) for name, budget in zip(columns, budgets, strict=True)]
        print(f"| {row['board']}/{row['panel']} | {' | '.join(cells)} |")


def show_pages(rows: list[dict[str, Any]]) -> None:
    """The table, as Markdown: milliseconds, those above the budget in bold."""
    print("", f"| page | {' | '.join(page.TIMES.values())} |", "|---" * (len(page.TIMES) + 1) + "|", sep="\n")
    for row in rows:
        print(f"| {row['board']} | {' | '.join(_cell(row.get(name, ''), PAGE_MS) for name in page.TIMES)} |")


def show_arriving(rows: list[dict[str, Any]]) -> None:
    """Each panel alone, asked of a store that 50 calls a second arrive in, as Markdown: milliseconds."""
    print(
        "",
        "| panel, while calls arrive | median | of this to wait for what arrived | longest |",
        "|---" * 4 + "|",
        sep="\n",
    )
    for row in rows:
        for name, found in row["panels"].items():
            cells = (_cell(found["ms"], PANEL_MS), _cell(found["waits_ms"], None), _cell(found["longest_ms"], None))
            print(f"| {row['board']}/{name} | {' | '.join(cells)} |")


def _cell(value: float | str | None, budget: int | None) -> str:
    if value is None:
        return "**failed**"
    if isinstance(value, str):
        return value
    return f"**{value:,.0f}**" if budget is not None and value > budget else f"{value:,.0f}"


@contextlib.contextmanager
def filled(keep: str | None, calls: int, together: int) -> Iterator[Path]:
    """The data folder of a store with so many calls, summed as the store does it."""
    with contextlib.ExitStack() as held:
        place = Path(keep or held.enter_context(tempfile.TemporaryDirectory(prefix="llmroute-bench-")))
        if took_s := keep_filled(place, calls, together, EXPERIMENTS):
            print(f"filled in {took_s:.0f} s", file=sys.stderr)
        database = Database(Folder(place / "data"))
        scale = Scale(database, together)
        scale.build()
        scale.save_budgets()
        database.close()
        yield place / "data"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000_000, help="how many (10000000)")
    parser.add_argument("--together", type=int, default=3, help="calls of a job and its trace (3)")
    parser.add_argument("--keep", metavar="FOLDER", help="keep the store there, and use the one that is there")
    parser.add_argument("--times", type=int, default=9, help="so often is each panel asked, warm (9)")
    parser.add_argument("--only", default="", metavar="BOARD/PANEL,...", help="these panels or boards alone")
    parser.add_argument("--without", default="", metavar="cold,page", help="what is left out")
    parser.add_argument(
        "--browser", default=sys.executable, metavar="PYTHON", help="one that has Playwright (this one)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    chosen = parser.parse_args()
    only, without = ([word for word in text.split(",") if word] for text in (chosen.only, chosen.without))
    # The calls have fixed days, which no retention may reach.
    os.environ.update({f"LLMROUTE_KEEP_{what}_DAYS": "0" for what in ("RAW", "CALLS", "ROLLUPS")})
    with filled(chosen.keep, chosen.calls, chosen.together) as folder:
        figures: dict[str, Any] = {"calls": chosen.calls, "processors": os.cpu_count(), "load": os.getloadavg()[0]}
        figures["cold_from_disk"] = forgot_files()
        figures["panels"] = measured_panels(folder, only, without, chosen.times)
        boards = [name.partition("/")[0] for name in only]
        figures["pages"] = [] if "page" in without else page.measured(folder, boards, chosen.browser)
    said = "" if figures["cold_from_disk"] else "; cold: only the process, not the files"
    print(
        f"{chosen.calls:,} calls, {os.cpu_count()} processors, load {figures['load']:.1f} before{said}. Milliseconds.\n"
    )
    show_panels(figures["panels"])
    show_pages(figures["pages"])
    show_arriving(figures["pages"])
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
