"""``llmroute reprice``: costs worked out again at the price in force at the time of each call, and appended.

llmroute reprice --since 2026-11-01 --dry-run
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.errors import StoreUnreachable
from otel_llmroute.store.questions.spend import SpendQuestion
from otel_llmroute.store.source import source_at
from otel_llmroute.store.times import moment_of

HELP = "work out costs again at the price in force at the time of each call"
EXAMPLE = example(
    "llmroute reprice --since 2026-11-01 --dry-run",
    "llmroute reprice --since 30d --only unpriced",
    "llmroute reprice --since 30d --provider openai --model gpt-5-mini",
)
_FILTERS = {
    "route": "route",
    "provider": "provider",
    "model": "model (the one that answered)",
    "tenant": "customer",
    "service": "service",
    "tier": "tier served",
    "run": "`llmroute run`",
}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", required=True, metavar="TIME", help="calls from then on, as in llmroute spend")
    parser.add_argument("--until", metavar="TIME", help="up to, not including (default: now and later)")
    for name, what in _FILTERS.items():
        parser.add_argument(f"--{name}", default="", dest=f"only_{name}", metavar="NAME", help=f"only of this {what}")
    parser.add_argument("--only", choices=("unpriced",), help="only calls that have no cost")
    parser.add_argument("--dry-run", action="store_true", help="report what would change and write nothing")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.pricing.printing import write_report
    from otel_llmroute.store.pricing.repricing import RepriceQuestion
    from otel_llmroute.store.pricing.table import configured_rows

    question = RepriceQuestion(
        since=moment_of(args.since),
        until=moment_of(args.until) if args.until else SpendQuestion.until,
        only_unpriced=args.only == "unpriced",
        dry_run=args.dry_run,
        **{name: getattr(args, f"only_{name}") for name in _FILTERS},
    )
    with source_at(args.url, args.data) as source:
        report = _report(source.reprice(question, configured_rows()))
        if report is None:
            raise StoreUnreachable(f"{source.name} did not answer to the end", "llmroute reprice again")
        write_report(report, args.format, sys.stdout)
    return 0


def _report(events: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """The report, at the end; until then how far it is, on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("calls"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    report: dict[str, Any] | None = None
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("calls", total=None)
        for event in events:
            if "progress" in event:
                progress.update(task, completed=event["progress"]["done"], total=event["progress"]["of"])
            report = event.get("report", report)
    return report
