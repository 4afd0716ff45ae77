"""Options that several commands share."""

from __future__ import annotations

import argparse

from otel_llmroute.store.output import FORMATS
from otel_llmroute.store.source import DEFAULT_URL


def add_where(parser: argparse.ArgumentParser) -> None:
    """Where to ask."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--url", metavar="URL", help=f"web address of a running store, such as {DEFAULT_URL}")
    where.add_argument(
        "--data",
        metavar="DIR",
        help="data folder, asked through the store running on it or opened (default: .llmroute)",
    )


def add_source(parser: argparse.ArgumentParser) -> None:
    """Where to ask, and how to print."""
    add_where(parser)
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="how to print (default: table)")


def example(*lines: str) -> str:
    """An epilog that shows how the command is typed."""
    return "example:\n" + "\n".join(f"  {line}" for line in lines)
