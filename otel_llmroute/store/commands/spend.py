"""``llmroute spend``: what was spent, by route or by something else.

llmroute spend --by route,reason --since 24h
"""

from __future__ import annotations

import argparse
import sys

from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.output import say
from otel_llmroute.store.questions.spend import DIMENSIONS, SpendQuestion, dimensions_of
from otel_llmroute.store.source import source_at
from otel_llmroute.store.times import moment_of

HELP = "what was spent, by route, model, tenant and more"
EXAMPLE = example(
    "llmroute spend",
    "llmroute spend --by tenant --since 7d",
    "llmroute spend --by route,reason --format json",
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by", default="route", metavar="WHAT", help=f"one or two of {', '.join(DIMENSIONS)} (default: route)"
    )
    parser.add_argument("--since", metavar="TIME", help="90m, 24h or 7d ago, or 2026-11-01T12:00 in UTC (default: all)")
    parser.add_argument("--until", metavar="TIME", help="up to, not including; as --since (default: now and later)")
    parser.add_argument("--run", dest="run_id", default="", metavar="ID", help="only what one `llmroute run` sent")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    whole = SpendQuestion()
    question = SpendQuestion(
        by=dimensions_of(args.by),
        since=moment_of(args.since) if args.since else whole.since,
        until=moment_of(args.until) if args.until else whole.until,
        run=args.run_id,
    )
    with source_at(args.url, args.data) as source:
        answer = source.spend(question)
        if not answer["rows"]:
            say(f"no calls in {source.name} for that period yet")
        if answer["rows"] or args.format != "table":
            from otel_llmroute.store.spend_table import write_spend

            write_spend(answer, args.format, sys.stdout)
    return 0
