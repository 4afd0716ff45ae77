"""``llmroute doctor``: whether the store is well, what to do where it is not, and which routers here are seen.

llmroute doctor
llmroute doctor --format json
"""

from __future__ import annotations

import argparse
import sys

from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.errors import QuestionFailed, StoreError
from otel_llmroute.store.source import source_at

HELP = "say what is running, how far it is, what is wrong with the data, and which routers here are seen"
EXAMPLE = example("llmroute doctor", "llmroute doctor --data ./llm-data --format json") + (
    "\n\nexit codes: 0 all is well, 1 there are warnings or problems, 2 nothing can be asked"
)


def add(parser: argparse.ArgumentParser) -> None:
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    from otel_llmroute.store.care.printing import write_examination, write_routers
    from otel_llmroute.store.care.routers import routers_found

    routers = routers_found()
    try:
        with source_at(args.url, args.data) as source:
            found = source.care("doctor", {})
    except StoreError as error:
        write_routers(routers, args.format, sys.stdout)  # they need no store
        if isinstance(error, QuestionFailed):
            raise StoreError(error.message, error.hint) from error  # 1 is for what was found
        raise
    write_examination({**found, "routers": routers}, args.format, sys.stdout)
    return 0 if found["state"] == "ok" else 1
