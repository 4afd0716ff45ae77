"""Prices as they lie in ``llm_prices``, as a person writes them, and as a ``PriceBook`` takes them.

As a person writes it, a price is the mapping of a ``[[prices]]`` row (``docs/prices.md``), with ``source`` beside it.
In the table it is one row per kind of token or call, all with one ``version``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.config import DEFAULT_FILE, ConfigFile
from otel_llmroute.prices import Override, PriceBook, PriceError
from otel_llmroute.prices.overrides import PER_CALL, PER_TOKEN
from otel_llmroute.store.errors import StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

Row = Mapping[str, Any]

UNITS: Final[dict[str, tuple[str, int]]] = {
    **{key: (kind, 10**6) for key, kind in PER_TOKEN.items()},
    **PER_CALL,
    **{
        key: (key, 1)
        for key in ("discount", "surcharge", "gpu_hour", "gpus", "tokens_per_second", "input_tokens_per_second")
    },
}
"""Key of a price as a person writes it -> kind in the table, and how many of it the amount is for."""
LIST_PRICE: Final = "list_price"
"""Kind of a price that is the list price as it is, of another model or tier."""
KEYS: Final = {kind: key for key, (kind, _) in UNITS.items()}
NAMES: Final = {"provider": "provider", "model": "model", "tier": "service_tier", "host": "host", "region": "region"}
"""Whom a price is for: key -> column."""
COLUMNS: Final = (
    "version", "added_at", "position", "name", "provider", "model", "service_tier", "host", "region", "kind", "amount",
    "per", "currency", "same_as", "of_tier", "valid_from", "valid_to", "source",
)  # fmt: skip
DECIMALS: Final = 18
_FIRST, _LAST = date(1970, 1, 1), date(2149, 6, 6)
LONGEST_SOURCE: Final = 1000
MOST_PRICES: Final = 10_000


@dataclass(frozen=True)
class StoredPrice:
    """One version of a price. ``added`` is UTC text; ``row`` is as a person writes it; ``override`` prices calls."""

    version: str
    added: str
    row: Row
    source: str
    override: Override


def prices_of(records: Sequence[Mapping[str, Any]]) -> list[StoredPrice]:
    """The prices in the answer to ``prices.sql``, in its order."""
    rows: dict[str, dict[str, Any]] = {}
    first: dict[str, Mapping[str, Any]] = {}
    for record in records:
        version = str(record["version"])
        first.setdefault(version, record)
        row = rows.setdefault(version, _named(record))
        if record["kind"] != LIST_PRICE:
            row[KEYS[record["kind"]]] = plain_number(Decimal(record["amount"]))
    return [_stored(version, first[version], row) for version, row in rows.items()]


def _named(record: Mapping[str, Any]) -> dict[str, Any]:
    keys = {**NAMES, "name": "name", "same_as": "same_as", "of_tier": "of_tier"}
    row = {key: str(record[column]) for key, column in keys.items() if record[column]}
    if record["currency"] != "USD":
        row["currency"] = str(record["currency"])
    days = {"from": record["valid_from_day"], "until": record["valid_to_day"]}
    return row | {key: day for key, day in days.items() if day}


def _stored(version: str, record: Mapping[str, Any], row: dict[str, Any]) -> StoredPrice:
    override = Override.parse(row, version)._replace(version=version)
    return StoredPrice(version, str(record["added"]), row, str(record["source"]), override)


def table_rows(prices: Sequence[tuple[Row, str]], now: datetime | None = None) -> list[list[Any]]:
    """Rows of ``llm_prices``, columns as ``COLUMNS``, for prices given together, each with the place that errors name.

    Raises ``PriceError``.
    """
    if len(prices) > MOST_PRICES:
        raise StoreError(f"{len(prices)} prices at once, at most {MOST_PRICES} are taken", "several files")
    added = now or datetime.now(timezone.utc)
    added = added.replace(microsecond=added.microsecond // 1000 * 1000)
    versions: set[str] = set()
    rows: list[list[Any]] = []
    for position, (row, where) in enumerate(prices):
        rows += _rows_of(row, where, position, added, versions)
    return rows


def _rows_of(row: Row, where: str, position: int, added: datetime, versions: set[str]) -> list[list[Any]]:
    source = row.get("source", "")
    if not isinstance(source, str) or len(source) > LONGEST_SOURCE:
        raise PriceError(f"{where}.source: expected a text of at most {LONGEST_SOURCE} characters")
    price = {key: value for key, value in row.items() if key != "source"}
    override = Override.parse(price, where)
    name = override.version.removeprefix("override/")
    version = f"store/{name}@{added:%Y-%m-%dT%H:%M:%S}.{added.microsecond // 1000:03d}"
    if version in versions:  # two of one name in one file
        version += f"+{position}"
    versions.add(version)
    days = [_day(price, key, where) for key in ("from", "until")]
    head = [version, added, position, str(price.get("name", "")).strip()]
    names = [str(getattr(override, key) or "") for key in NAMES]
    tail = [override.currency, "/".join(override.same_as or ()), override.of_tier or "", *days, source]
    return [[*head, *names, kind, amount, per, *tail] for kind, amount, per in _amounts(price, where)]


def _amounts(row: Row, where: str) -> list[tuple[str, Decimal, int]]:
    """Kind, amount and what it is for, of a row that ``Override`` takes."""
    amounts = []
    for key, (kind, per) in UNITS.items():
        if key in row:
            value = row[key]
            number = Decimal(repr(value) if isinstance(value, float) else value)
            if -int(number.normalize().as_tuple().exponent) > DECIMALS:
                raise PriceError(f"{where}.{key}: {value!r} has more than {DECIMALS} decimals")
            amounts.append((kind, number, per))
    return amounts or [(LIST_PRICE, Decimal(1), 1)]


def _day(row: Row, key: str, where: str) -> date | None:
    value = row.get(key)
    day = date.fromisoformat(value) if isinstance(value, str) else value
    if day is not None and not _FIRST <= day <= _LAST:
        raise PriceError(f"{where}.{key}: {day} is not between {_FIRST} and {_LAST}")
    return day


def add_prices(writer: Session, prices: Sequence[tuple[Row, str]]) -> list[str]:
    """Append prices to the table. Returns their versions, in the order given. Raises ``PriceError``."""
    rows = table_rows(prices)
    versions = list(dict.fromkeys(row[0] for row in rows))
    if rows:
        writer.insert("llm_prices", COLUMNS, rows, token=f"{versions[0]} {len(rows)}")
    return versions


def configured_rows(environ: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """The ``[[prices]]`` rows of ``llmroute.toml`` as JSON can hold them. The file was checked by ``config.load``."""
    rows = ConfigFile.read(os.environ if environ is None else environ).table.get("prices", [])
    return [{key: _sent(value) for key, value in row.items()} for row in rows]


def _sent(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def overrides_of(rows: Iterable[Row]) -> list[Override]:
    """Overrides from rows as ``configured_rows`` gives them. Raises ``PriceError``."""
    return [Override.parse(row, f"{DEFAULT_FILE}: prices[{at}]") for at, row in enumerate(rows)]


def price_book(stored: Sequence[StoredPrice], configured: Sequence[Override]) -> PriceBook:
    """Which price is in force for a call: of the store (the one added last), else of ``llmroute.toml``, else listed."""
    return PriceBook((*(price.override for price in stored), *configured))


def origin_of(version: str) -> str:
    """Where a price version is from: ``store``, ``llmroute.toml`` or ``price list``."""
    return {"store": "store", "override": "llmroute.toml"}.get(version.partition("/")[0], "price list")


def plain_number(number: Decimal) -> str:
    """A number without an exponent and without zeros at the end."""
    with localcontext() as context:
        context.prec = 60
        return f"{number.normalize():f}"
