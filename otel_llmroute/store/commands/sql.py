"""``llmroute sql``: a statement of your own, reading only.

llmroute sql 'SELECT model, sum(cost) FROM llm_calls GROUP BY model'
"""

from __future__ import annotations

import argparse
import sys

from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.questions.statement import reading
from otel_llmroute.store.source import source_at

HELP = "ask with a statement of your own; - reads it from standard input"
EXAMPLE = example("llmroute sql 'SELECT * FROM spend_by_route'", "llmroute sql 'SHOW TABLES' --format csv")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("statement", metavar="STATEMENT", help="SELECT, WITH, SHOW, DESCRIBE, EXPLAIN or EXISTS")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.output import write_rows

    statement = reading(sys.stdin.read() if args.statement == "-" else args.statement)
    with source_at(args.url, args.data) as source:
        write_rows(source.sql(statement), args.format, sys.stdout)
    return 0
