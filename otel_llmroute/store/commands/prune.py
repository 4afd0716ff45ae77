"""``llmroute prune``: remove what is older than a day.

llmroute prune --before 2026-09-01 --dry-run
llmroute prune --before 2026-09-01 --raw-only --yes
"""

from __future__ import annotations

import argparse
import sys

from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import say
from otel_llmroute.store.source import source_at

HELP = "remove what is older than a day"
EXAMPLE = example("llmroute prune --before 2026-09-01 --dry-run", "llmroute prune --before 2026-09-01 --raw-only --yes")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--before", required=True, metavar="DATE", help="first UTC day that stays, such as 2026-09-01")
    parser.add_argument("--raw-only", action="store_true", help="only spans and logs as delivered; no figure changes")
    parser.add_argument("--dry-run", action="store_true", help="say what would be removed and remove nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.care.printing import write_pruned

    asked = {"before": args.before, "raw_only": args.raw_only}
    with source_at(args.url, args.data) as source:
        found = source.care("prune", {**asked, "dry_run": True})
        rows = sum(table["rows"] for table in found["tables"])
        if not args.dry_run and rows:
            _confirm(args, rows, source.name)
            found = source.care("prune", {**asked, "dry_run": False})
        write_pruned(found, args.format, sys.stdout)
        if found["jobs_across"]:
            say(f"{found['jobs_across']} jobs go on after {found['before']}: their calls before it go, the jobs stay")
        say(f"{'would remove' if found['dry_run'] else 'removed'} {rows} rows from {source.name}")
    return 0


def _confirm(args: argparse.Namespace, rows: int, name: str) -> None:
    """Raises ``StoreError`` unless a person says yes."""
    if args.yes:
        return
    if not sys.stdin.isatty():
        raise StoreError(f"{rows} rows of {name} would be removed for good", "--yes, or --dry-run first")
    print(
        f"Remove {rows} rows older than {args.before} from {name} for good? [y/N] ", end="", file=sys.stderr, flush=True
    )
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise StoreError("nothing was removed")
