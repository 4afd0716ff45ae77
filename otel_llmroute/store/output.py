"""Answers on the terminal: tables by rich, CSV, JSON. What is not known is never printed as 0."""

from __future__ import annotations

import csv
import itertools
import json
import os
import sys
from collections.abc import Sequence
from typing import IO, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

FORMATS: Final = ("table", "json", "csv")
UNKNOWN: Final = "-"
PIPED_WIDTH: Final = 120


def say(message: str) -> None:
    """Talk to the person: stderr, so that stdout holds results alone."""
    print(f"llmroute: {message}", file=sys.stderr, flush=True)


def console_on(file: IO[str]) -> Console:
    """A console as wide as its terminal; 120 columns where there is none and ``COLUMNS`` says nothing else."""
    return Console(file=file, width=_width_of(file), highlight=False, markup=False, emoji=False)


def _width_of(file: IO[str]) -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(file.fileno()).columns or PIPED_WIDTH
    except (OSError, ValueError):  # no terminal, no file
        return PIPED_WIDTH


def plain_table(gap: int = 2) -> Table:
    """A table with a line under its head and nothing else; columns stand ``gap`` blanks apart."""
    return Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, gap - 1, 0, 0), show_edge=False)


def printable(value: Any) -> Text:
    """Text that does nothing to a terminal: control characters become spaces."""
    return Text("".join(sign if sign.isprintable() else " " for sign in str(value)))


def as_text(value: Any) -> str:
    """A value of an answer in a cell: NULL is ``-``, lists and maps are JSON."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def write_json(value: Any, file: IO[str]) -> None:
    """JSON with an indent and a line break at its end; exact also where ``file`` cannot have every letter."""
    encoding = (getattr(file, "encoding", None) or "utf-8").lower()
    json.dump(value, file, ensure_ascii=not encoding.startswith("utf"), indent=2)
    file.write("\n")


class _Lines:
    """Ends the rows of ``csv.writer`` with a line feed. Told so itself, it would put no quotes around a field with a
    carriage return, which readers take for the end of a row."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def write_csv(header: Sequence[str], rows: Sequence[Sequence[Any]], file: IO[str]) -> None:
    """CSV with a header; NULL is an empty field."""
    writer = csv.writer(_Lines(file))
    writer.writerow(header)
    writer.writerows([["" if value is None else as_text(value) for value in row] for row in rows])


def write_rows(answer: dict[str, Any], format: str, file: IO[str]) -> None:
    """The answer to a statement."""
    header, rows = [column["name"] for column in answer["columns"]], answer["rows"]
    if format == "json":
        keys = _distinct(header)
        write_json([dict(zip(keys, row, strict=True)) for row in rows], file)
    elif format == "csv":
        write_csv(header, rows, file)
    else:
        _rows_table(answer["columns"], rows, file)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names; one that was there before has the first number behind it with which it was not: ``a``, ``a_2``."""
    found: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        found.append(next(each for each in itertools.chain([name], numbered) if each not in found))
    return found


def _rows_table(columns: Sequence[dict[str, str]], rows: Sequence[Sequence[Any]], file: IO[str]) -> None:
    table = plain_table()
    for column in columns:
        is_number = column["type"].removeprefix("Nullable(").startswith(("UInt", "Int", "Float", "Decimal"))
        table.add_column(printable(column["name"]), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(printable(as_text(value)) for value in row))
    console_on(file).print(table)
