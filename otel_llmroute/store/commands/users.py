"""``llmroute users``: the SQL of roles, limits and row policies, for an administrator to read and run.

llmroute users --database otel --tenant acme --tenant globex | clickhouse-client --multiquery
"""

from __future__ import annotations

import argparse

from otel_llmroute.store.commands.migrate import DEFAULT_DATABASE, database_named
from otel_llmroute.store.commands.options import example

HELP = "print the SQL of roles, limits and row policies for a ClickHouse server"
EXAMPLE = example(
    "llmroute users > roles.sql",
    "llmroute users --tenant acme --tenant globex | clickhouse-client --multiquery",
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tenant", metavar="NAME", action="append", default=[], help="a customer who reads its own rows; name them all"
    )
    parser.add_argument("--cluster", metavar="NAME", default="", help="for all servers of this cluster")
    parser.add_argument("--database", metavar="NAME", default=DEFAULT_DATABASE, help=f"(default: {DEFAULT_DATABASE})")
    parser.add_argument(
        "--owner",
        metavar="USER",
        action="append",
        help="the user who ran llmroute migrate, and on a cluster without a secret the one as whom its servers ask "
        "each other (default: default)",
    )


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.access import access
    from otel_llmroute.store.schema.dialect import Target

    print(access(Target(database_named(args.database), args.cluster), args.tenant, args.owner or ["default"]), end="")
    return 0
