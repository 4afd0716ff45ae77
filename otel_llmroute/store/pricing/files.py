"""Files of prices: TOML in the form of ``llmroute.toml``, and CSV with one row per kind of token or call. Each error
names the file and the line."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import Any, Final

from otel_llmroute.prices import PriceError
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.pricing.table import KEYS, LIST_PRICE, UNITS, Row, plain_number, table_rows

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WHOM: Final = ("provider", "model", "tier", "host", "region")
ABOUT: Final = ("currency", "from", "until", "same_as", "of_tier", "name", "source")
TOLD: Final = ("over_input_tokens", "origin", "version", "added_at")
"""Columns that are written and not taken: ``version`` only keeps rows of one price together."""
CSV_COLUMNS: Final = (*WHOM, "kind", "amount", "per", *ABOUT, *TOLD)
LARGEST_FILE: Final = 10_000_000

Placed = tuple[dict[str, Any], str]
"""A price as a person writes it, and where it stands: ``prices.csv:7``."""


def prices_in_file(name: str) -> list[Placed]:
    """The prices in a ``.toml`` or ``.csv`` file. Raises ``StoreError``."""
    path = Path(name)
    kind = path.suffix.lower()
    if kind not in (".toml", ".csv"):
        raise StoreError(f"{name} is neither .toml nor .csv", "llmroute prices import prices.toml")
    text = text_of(path)
    try:
        prices = toml_prices(text, name) if kind == ".toml" else csv_prices(text, name)
        table_rows(prices)
    except PriceError as error:
        raise StoreError(str(error)) from None
    if not prices:
        raise StoreError(f"{name} has no prices", "[[prices]] tables, or rows under a header")
    return prices


def text_of(path: Path) -> str:
    """The text of a UTF-8 file of reasonable size. Raises ``StoreError``."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise StoreError(f"{path} has more than {LARGEST_FILE} bytes", "several files")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{path} is not UTF-8 text") from error


def toml_prices(text: str, name: str) -> list[Placed]:
    """The ``[[prices]]`` rows of a TOML text, which may have other tables. Raises ``StoreError``."""
    try:
        rows = tomllib.loads(text).get("prices", [])
    except tomllib.TOMLDecodeError as error:
        raise StoreError(f"{name}: not valid TOML: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise StoreError(f"{name}: prices: expected [[prices]] tables")
    lines = [at for at, line in enumerate(text.splitlines(), 1) if line.split("#")[0].replace(" ", "") == "[[prices]]"]
    places = [f"{name}:{lines[at]}" if at < len(lines) else name for at in range(len(rows))]
    return [
        ({key: _plain(value) for key, value in row.items()}, f"{where}: prices[{at}]")
        for at, (row, where) in enumerate(zip(rows, places, strict=True))
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def csv_prices(text: str, name: str) -> list[Placed]:
    """The prices in a CSV text: rows that follow each other and differ in kind and amount alone are one price.

    Raises ``StoreError`` and ``PriceError``.
    """
    prices: list[Placed] = []
    before: tuple[str, ...] | None = None
    for record, where in csv_rows(text, name, CSV_COLUMNS, ("model", "kind", "amount")):
        head = tuple(record.get(key, "") for key in (*WHOM, *ABOUT, "version"))
        key, amount = _amount(record, where)
        if head != before or (key is not None and key in prices[-1][0]):
            prices.append(({key: record[key] for key in (*WHOM, *ABOUT) if record.get(key)}, where))
        before = head
        if key is not None:
            prices[-1][0][key] = amount
    return prices


def csv_rows(text: str, name: str, known: Sequence[str], needed: Sequence[str]) -> Iterator[tuple[dict[str, str], str]]:
    """Rows under a header, without blanks around the values, and where each stands. Raises ``StoreError``."""
    reader = csv.reader(io.StringIO(text))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        unknown = [cell for cell in header if cell not in known]
        missing = [cell for cell in needed if cell not in header]
        if unknown or missing:
            wrong = f"unknown column {unknown[0]!r}" if unknown else f"no column {missing[0]!r}"
            raise StoreError(f"{name}:1: {wrong}; expected some of {', '.join(known)}")
        for cells in reader:
            where = f"{name}:{reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise StoreError(f"{where}: {len(cells)} values under {len(header)} columns")
            yield dict(zip(header, (cell.strip() for cell in cells), strict=True)), where
    except csv.Error as error:
        raise StoreError(f"{name}:{reader.line_num}: not valid CSV: {error}") from None


def _amount(record: Mapping[str, str], where: str) -> tuple[str | None, str]:
    """Key of a price and its amount, for as many as the key says."""
    if record.get("over_input_tokens", "0") not in ("", "0"):
        raise StoreError(
            f"{where}: over_input_tokens: a price from a number of input tokens on cannot be set", "leave such rows out"
        )
    kind = record["kind"]
    if kind == LIST_PRICE:
        return None, ""
    if kind not in KEYS:
        raise StoreError(f"{where}: kind: {kind!r} is not known; known are {', '.join((*KEYS, LIST_PRICE))}")
    key = KEYS[kind]
    return key, _scaled(record["amount"], record.get("per", ""), UNITS[key][1], where)


def _scaled(amount: str, per: str, wanted: int, where: str) -> str:
    """``amount`` for ``per`` as an amount for ``wanted``, exact."""
    if not per or per == str(wanted):
        return amount
    try:
        if int(per) <= 0:
            raise ValueError
        with localcontext() as context:
            context.prec = 60
            scaled = Decimal(amount) * wanted / int(per)
            if scaled * int(per) != Decimal(amount) * wanted:
                raise ValueError
            return plain_number(scaled)
    except (InvalidOperation, ValueError):
        raise StoreError(f"{where}: {amount!r} per {per!r} is not an amount per {wanted}") from None


def csv_records(row: Row, told: Mapping[str, str]) -> list[dict[str, str]]:
    """A price as a person writes it -> records of ``CSV_COLUMNS``."""
    head = {key: str(row.get(key, "")) for key in (*WHOM, *ABOUT)} | dict(told)
    kinds = [(kind, str(row[key]), str(per)) for key, (kind, per) in UNITS.items() if key in row]
    return [
        {**head, "kind": kind, "amount": amount, "per": per} for kind, amount, per in kinds or [(LIST_PRICE, "1", "1")]
    ]
