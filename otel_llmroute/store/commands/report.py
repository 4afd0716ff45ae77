"""``llmroute report``: a board, on the terminal.

llmroute report routes --since 7d --filter plan=pro
"""

from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone

from otel_llmroute.store.boards import NAMES, board
from otel_llmroute.store.boards.asking import LIMIT, MOST, PanelQuestion
from otel_llmroute.store.boards.filters import COLUMNS, Filters, checked_filters
from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import say
from otel_llmroute.store.source import source_at
from otel_llmroute.store.times import from_engine, moment_of

HELP = "the boards: spend, routes, jobs and margin, models, quality of the data, one trace"
EXAMPLE = example(
    "llmroute report",
    "llmroute report routes --since 24h --filter plan=pro",
    "llmroute report jobs --panel tenant --format csv",
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "board", nargs="?", default="spend", metavar="BOARD", help=f"{', '.join(NAMES)} (default: spend)"
    )
    parser.add_argument("--panel", metavar="NAME", help="only this panel of the board")
    parser.add_argument(
        "--since", default="30d", metavar="TIME", help="as in llmroute spend, to the hour (default: 30d)"
    )
    parser.add_argument("--until", metavar="TIME", help="up to, not including, to the hour (default: now)")
    parser.add_argument(
        "--filter",
        dest="filters",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"only what has that value; several of one name: any of them. {', '.join(COLUMNS)}",
    )
    parser.add_argument("--limit", type=_limit, metavar="N", help=f"rows of a panel (default: {LIMIT} in a table)")
    add_source(parser)


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {MOST}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    asked = questions(args)
    with source_at(args.url, args.data) as source:
        answers = [source.panel(question) for question in asked]
        name = source.name
    if not any(answer["rows"] for answer in answers):
        say(f"nothing in {name} for that period and those filters. Try: a longer --since, or llmroute doctor")
    from otel_llmroute.store.report_table import write_report

    on = board(args.board)
    write_report(answers, {"board": on.name, "title": on.title, "about": on.about}, args.format, sys.stdout)
    return 0


def questions(args: argparse.Namespace) -> list[PanelQuestion]:
    """What to ask of each panel. Raises ``StoreError``."""
    on = board(args.board)
    panels = [on.panel(args.panel)] if args.panel else list(on.panels)
    if args.format == "csv" and len(panels) > 1:
        raise StoreError("CSV is of one panel", f"--panel {panels[0].name}")
    now = datetime.now(timezone.utc)
    since = _time(args.since, now)
    until = _time(args.until, now) if args.until else now
    filters = filters_of(args.filters)
    limit = args.limit or (LIMIT if args.format == "table" else MOST)
    return [PanelQuestion(on.name, panel.name, since, until, filters, limit) for panel in panels]


def _time(text: str, now: datetime) -> datetime:
    return from_engine(moment_of(text, now))


def filters_of(texts: list[str]) -> Filters:
    """``["route=a", "route=b"]`` as filters. A value may be empty: what has none. Raises ``StoreError``."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise StoreError(f"--filter {text!r} is no NAME=VALUE", "--filter route=support.reply")
        found.setdefault(name.strip(), []).append(value)
    return checked_filters(found)
