"""``llmroute restore``: a data folder from a backup.

llmroute restore /backups/llm-2026-11-25 --data ./llm-data
"""

from __future__ import annotations

import argparse
from pathlib import Path

from otel_llmroute.store.commands.options import example
from otel_llmroute.store.folder import Folder
from otel_llmroute.store.output import say

HELP = "make a data folder of a backup, and compare it with what the backup noted"
EXAMPLE = example("llmroute restore /backups/llm-2026-11-25 --data ./llm-data")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="folder that llmroute backup made")
    parser.add_argument("--data", metavar="DIR", required=True, help="data folder to make; empty, or not there yet")
    parser.add_argument("--replace", action="store_true", help="put it in the place of the store that is there")


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.care.backups import restored
    from otel_llmroute.store.care.copying import bytes_in
    from otel_llmroute.store.care.printing import copying

    source, folder = Path(args.source).expanduser().absolute(), Folder(Path(args.data).expanduser().absolute())
    with copying("restore", bytes_in(source)) as progress:
        found = restored(source, folder, args.replace, progress)
    print(folder.path)
    manifest = found.manifest
    say(f"{manifest.rows} rows and the money of {found.months} months are as the backup noted, {manifest.taken_at} UTC")
    if found.expired:
        say(f"not compared: {found.expired} months that are older than rows are kept; llmroute up drops them")
    if manifest.waiting_requests:
        say(f"{manifest.waiting_requests} requests more wait in its spool. Stored by: llmroute up --data {args.data}")
    return 0
