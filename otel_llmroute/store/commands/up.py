"""``llmroute up``: the store, until it is told to stop.

llmroute up --data ./llm-data
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import time

from otel_llmroute.store.commands.options import example
from otel_llmroute.store.errors import FolderInUse, StoreError
from otel_llmroute.store.folder import Running, folder_at
from otel_llmroute.store.output import say
from otel_llmroute.store.source import store_of

HELP = "run the store: OTLP in, ClickHouse inside, answers out"
EXAMPLE = example("llmroute up --data ./llm-data", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 python app.py")


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="data folder (default: $LLMROUTE_DATA, else .llmroute)")
    parser.add_argument("--host", default="127.0.0.1", help="address; other than loopback needs LLMROUTE_TOKEN")
    for name, port, what in (
        ("--otlp-grpc-port", 4317, "OTLP over gRPC"),
        ("--otlp-http-port", 4318, "OTLP over HTTP"),
        ("--web-port", 8317, "the boards, and questions"),
        ("--clickhouse-port", 8123, "ClickHouse's HTTP interface, to read"),
    ):
        parser.add_argument(
            name, type=port_of, default=port, metavar="PORT", help=f"{what} (default: {port}; 0: a free one)"
        )
    parser.add_argument("--until-stdin-closes", action="store_true", help="also stop when standard input ends")


def port_of(text: str) -> int:
    """A port number, 0 to 65535."""
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port, 0 to 65535")
    return int(text)


def run(args: argparse.Namespace) -> int:
    began = time.monotonic()
    logging.basicConfig(level=logging.WARNING, format="llmroute: %(levelname)s %(name)s: %(message)s")
    folder = folder_at(args.data)
    _check_not_running(folder.running())
    try:
        from otel_llmroute.store.server import Listening, serve
    except ImportError as error:
        raise StoreError(f"the store is not installed ({error})", "pip install 'otel-llmroute[local]'") from error

    def ready(running: Running) -> None:
        say(
            f"ready after {time.monotonic() - began:.1f} s: boards {running.web}, OTLP/HTTP {running.otlp_http}, "
            f"OTLP/gRPC {running.otlp_grpc}, clickhouse {running.clickhouse}, data {running.data}"
        )

    listening = Listening(args.host, args.otlp_grpc_port, args.otlp_http_port, args.web_port, args.clickhouse_port)
    asyncio.run(serve(folder, listening, args.until_stdin_closes, ready))
    return 0


def _check_not_running(running: Running | None) -> None:
    """A quick and clear answer before ports and the engine are tried."""
    if running is None or store_of(running) is None:
        return
    raise FolderInUse(
        f"a store already runs on {running.data} (process {running.pid}, {running.web})",
        "llmroute spend, or stop it first",
    )
