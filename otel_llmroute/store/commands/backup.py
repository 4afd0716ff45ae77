"""``llmroute backup``: a copy of a store, while it runs.

llmroute backup /backups/llm-2026-11-25
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from otel_llmroute.store.commands.options import add_where, example
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import say
from otel_llmroute.store.source import source_at

HELP = "copy a store to a folder, while it runs"
EXAMPLE = example(
    "llmroute backup /backups/llm-2026-11-25", "llmroute restore /backups/llm-2026-11-25 --data ./llm-data"
)


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="folder to make; it must not be there, or be empty")
    add_where(parser)


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.care.backups import backed_up, check_apart, check_target
    from otel_llmroute.store.care.copying import bytes_in
    from otel_llmroute.store.care.manifest import manifest_of
    from otel_llmroute.store.care.printing import copying

    target = Path(args.target).expanduser().absolute()
    check_target(target)
    with source_at(args.url, args.data) as source:
        taken = source.care("snapshot", {})
        snapshot, manifest = Path(taken["path"]), manifest_of(taken["manifest"])
        try:
            check_apart(target, snapshot.parents[1], "another TARGET")
            if not os.access(snapshot, os.R_OK | os.X_OK):
                hint = "llmroute backup on the machine of the store, as its user"
                raise StoreError(f"the files of {source.name} cannot be read here", hint)
            with copying("backup", bytes_in(snapshot)) as progress:
                backed_up(snapshot, manifest, target, progress)
        finally:
            source.care("release", {"id": taken["id"]})
    waiting = f", {manifest.waiting_requests} requests that were not stored yet" if manifest.waiting_requests else ""
    print(target)
    say(f"{manifest.rows} rows{waiting}, as of {manifest.taken_at} UTC")
    return 0
