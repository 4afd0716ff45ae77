"""``llmroute reconcile``: the store against what a provider says it billed, and why they differ.

llmroute reconcile completions_usage_2026-11-01_2026-11-25.csv
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import date, timedelta

from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.output import say
from otel_llmroute.store.questions.spend import SpendQuestion
from otel_llmroute.store.source import source_at
from otel_llmroute.store.times import moment_of

HELP = "compare with a provider's usage or cost export, and explain the drift"
EXAMPLE = example(
    "llmroute reconcile completions_usage_2026-11-01_2026-11-25.csv",
    "llmroute reconcile claude_api_cost_2026_11.csv --since 2026-11-10 --format json",
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="INVOICE.csv", help="usage or cost export of OpenAI or Anthropic, CSV")
    parser.add_argument("--provider", choices=("openai", "anthropic"), help="whose it is (default: by its header)")
    parser.add_argument("--since", metavar="TIME", help="from that UTC day on (default: the first in the file)")
    parser.add_argument("--until", metavar="TIME", help="before that UTC day (default: after the last in the file)")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.commands.prices import stored_prices
    from otel_llmroute.store.pricing.invoices import invoice_in_file
    from otel_llmroute.store.pricing.printing import write_reconciled
    from otel_llmroute.store.pricing.reconciliation import reconciled
    from otel_llmroute.store.pricing.table import configured_rows, overrides_of, price_book

    invoice = invoice_in_file(args.file, args.provider)
    since, until = _day(args.since, SpendQuestion.since), _day(args.until, SpendQuestion.until)
    billed = {key: each for key, each in invoice.billed.items() if since <= key[0] < until}
    if not billed:
        say(f"{args.file} has no usage for that period")
    days = [day for day, _ in billed] or [since]
    since, until = max(since, min(days)), min(until, max(days) + timedelta(days=1))
    period = {"since": f"{since} 00:00:00", "until": f"{until} 00:00:00", "provider": invoice.format.provider}
    with source_at(args.url, args.data) as source:
        rows = source.ask("spend_per_day", period) if billed else []
        book = price_book(stored_prices(source), overrides_of(configured_rows()))
    records = reconciled(replace(invoice, billed=billed), rows, book)
    head = {"file": args.file, "export": invoice.format.name, **period}
    write_reconciled(head, records, args.format, sys.stdout)
    return 0


def _day(text: str | None, default: str) -> date:
    return date.fromisoformat((moment_of(text) if text else default)[:10])
