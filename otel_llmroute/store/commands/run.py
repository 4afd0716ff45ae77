"""``llmroute run -- COMMAND``: a program under instrumentation, a store behind it, a table when it ends."""

from __future__ import annotations

import argparse

from otel_llmroute.store.commands.options import example
from otel_llmroute.store.errors import StoreError

HELP = "run a program under instrumentation and print what it spent"
EXAMPLE = example("llmroute run -- python app.py")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="COMMAND")


def run(args: argparse.Namespace) -> int:
    raise StoreError("llmroute run is not there yet", "llmroute up, and opentelemetry-instrument python app.py")
