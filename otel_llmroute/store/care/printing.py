"""Care on the terminal: what was found, what was removed, how far a copy is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from otel_llmroute.store.care import copying as copies
from otel_llmroute.store.care.checks import size
from otel_llmroute.store.output import console_on, plain_table, printable, write_csv, write_json

_LINE_KEYS: Final = ("check", "state", "found", "meaning", "advice")
_STYLES: Final = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def write_examination(found: dict[str, Any], format: str, file: IO[str]) -> None:
    """The answer of ``llmroute doctor``."""
    if format == "json":
        write_json(found, file)
    elif format == "csv":
        write_csv(_LINE_KEYS, [[line[key] for key in _LINE_KEYS] for line in found["lines"]], file)
    else:
        _write_lines(found["lines"], file)
        _write_tables(found["tables"], file)
        write_routers(found["routers"], format, file)


def _write_lines(lines: list[dict[str, Any]], file: IO[str]) -> None:
    table = plain_table()
    table.add_column("", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("found", overflow="fold")
    table.add_column("meaning", overflow="fold")
    for line in lines:
        meaning = line["meaning"] + (f". Try: {line['advice']}" if line["advice"] else "")
        state = Text(line["state"], style=_STYLES.get(line["state"], ""))
        table.add_row(state, printable(line["check"]), printable(line["found"]), printable(meaning))
    console_on(file).print(table)


def _write_tables(tables: list[dict[str, Any]], file: IO[str]) -> None:
    table = plain_table()
    table.add_column("table", no_wrap=True)
    for name in ("rows", "size", "partitions", "parts"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in tables:
        cells = (row["table"], f"{row['rows']:,}", size(row["bytes"]), row["partitions"], row["parts"])
        table.add_row(*(printable(cell) for cell in cells))
    console_on(file).print(table)


def write_routers(routers: list[dict[str, Any]], format: str, file: IO[str]) -> None:
    """The routers in this Python, where there is no store to say more of."""
    if format == "json":
        write_json({"routers": routers}, file)
    elif format == "csv":
        keys = ("router", "package", "version", "hooked", "why_not")
        write_csv(keys, [[router[key] for key in keys] for router in routers], file)
    else:
        _write_router_table(routers, file)


def _write_router_table(routers: list[dict[str, Any]], file: IO[str]) -> None:
    table = plain_table()
    for name in ("router", "package", "version", "recorded"):
        table.add_column(name, no_wrap=name != "recorded")
    installed = [router for router in routers if router["version"] is not None]
    for router in installed:
        recorded = "no: " + router["why_not"] if router["why_not"] else "yes, in an application that is instrumented"
        cells = (router["router"], router["package"], router["version"], recorded)
        table.add_row(*(printable(cell) for cell in cells))
    console = console_on(file)
    if installed:
        console.print(table)
    missing = ", ".join(router["package"] for router in routers if router["version"] is None)
    console.print(Text(f"routers that are not installed in this Python: {missing or 'none'}"), soft_wrap=True)


def write_pruned(found: dict[str, Any], format: str, file: IO[str]) -> None:
    """The answer of ``llmroute prune``."""
    if format == "json":
        write_json(found, file)
    elif format == "csv":
        keys = ("table", "rows", "bytes")
        write_csv(keys, [[row[key] for key in keys] for row in found["tables"]], file)
    else:
        table = plain_table()
        table.add_column("table", no_wrap=True)
        for name in ("rows", "about"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in found["tables"]:
            table.add_row(printable(row["table"]), f"{row['rows']:,}", size(row["bytes"]))
        console_on(file).print(table)


@contextmanager
def copying(what: str, total: int) -> Iterator[copies.Progress]:
    """How far a copy of ``total`` bytes is, on stderr where that is a terminal."""
    columns = (TextColumn(what), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(file=sys.stderr)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, advance=done)
