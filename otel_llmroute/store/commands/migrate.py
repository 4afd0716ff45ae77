"""``llmroute migrate``: the tables on a ClickHouse server or cluster.

llmroute migrate --dsn clickhouse://admin@ch-1:8123/otel --cluster main
"""

from __future__ import annotations

import argparse
import re

from otel_llmroute.store.commands.options import example
from otel_llmroute.store.dsn import Dsn, dsn_of
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import say

HELP = "make or update the tables on a ClickHouse server or cluster"
EXAMPLE = example(
    "llmroute migrate --dsn clickhouse://admin@localhost:8123/otel",
    "llmroute migrate --dsn https://admin@ch-1.example.com:8443 --cluster main --dry-run",
)
DEFAULT_DATABASE = "otel"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dsn",
        metavar="URL",
        help="clickhouse://, http:// or https:// USER@HOST:PORT/DATABASE, the HTTP port (default: $LLMROUTE_DSN); "
        "the password also from $CLICKHOUSE_PASSWORD",
    )
    parser.add_argument("--cluster", metavar="NAME", default="", help="replicated and sharded tables on this cluster")
    parser.add_argument(
        "--database", metavar="NAME", help=f"database to use (default: that of the DSN, else {DEFAULT_DATABASE})"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the SQL that is missing and do nothing")


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.budgets.start import configured_budgets
    from otel_llmroute.store.budgets.table import save_on
    from otel_llmroute.store.migration import migrated
    from otel_llmroute.store.remote import Server
    from otel_llmroute.store.schema.dialect import Target

    dsn = dsn_of(args.dsn)
    target = Target(database_named(args.database or dsn.database or DEFAULT_DATABASE), args.cluster)
    _say_port(dsn)
    server = Server(dsn)
    try:
        for step in migrated(server, target, args.dry_run):
            if args.dry_run:
                print(";\n\n".join(step.statements) + ";\n")
            elif step.name:
                say(f"applied {step.name}")
        if not args.dry_run and save_on(server, target.database, configured_budgets()):
            say("the budgets of llmroute.toml are in force")
    finally:
        server.close()
    where = f"{target.database} on {dsn}" + (f", cluster {target.cluster}" if target.cluster else "")
    say(f"nothing was changed: {where}" if args.dry_run else f"up to date: {where}")
    return 0


def database_named(name: str) -> str:
    """The name, when it is one that needs no quotes in SQL. Raises ``StoreError``."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise StoreError(f"{name!r} is not a name for a database", "letters, digits and _")
    return name


def _say_port(dsn: Dsn) -> None:
    if dsn.native_port:
        say(f"port {dsn.native_port} speaks the native protocol; this program speaks HTTP and uses port {dsn.port}")
