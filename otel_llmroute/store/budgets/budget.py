"""A budget, as a person writes it in ``llmroute.toml`` and as it is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, get_args

from otel_llmroute.config import ConfigError
from otel_llmroute.store.boards.filters import COLUMNS, TABLES, Filters
from otel_llmroute.store.budgets.zones import UTC, zone_of

Period = Literal["day", "week", "month"]
DIMENSIONS: Final = tuple(name for name in COLUMNS if name not in ("currency", "trace", "experiment", "variant"))
"""What a budget can be narrowed to, and be for each of."""
WARN: Final = (Decimal("0.8"),)
DECIMALS: Final = 12
MOST: Final = Decimal(10) ** 15
LONGEST_NAME: Final = 100

Where = Callable[[str], str]
"""Key of a budget -> file, line and key, for a person."""


@dataclass(frozen=True)
class Budget:
    """What may be spent in a period.

    ``amount`` is in ``currency``. Periods are days, weeks from Monday and months by the clocks of ``zone``. ``only``:
    dimension -> values, one of which a call must have. ``each``: there is one such budget for every value of this
    dimension, "" for a single one. ``warn``: shares of the amount, 0 to 1, ascending. ``forecast``: also warn when the
    forecast for the period's end is above the amount.
    """

    name: str
    amount: Decimal
    currency: str = "USD"
    period: Period = "month"
    zone: str = UTC
    each: str = ""
    only: Filters = field(default_factory=dict)
    warn: tuple[Decimal, ...] = WARN
    forecast: bool = False

    @property
    def made_from(self) -> str:
        """The table its use is summed from: a roll-up that has all of its dimensions, and whose hours its periods begin
        with; else the calls."""
        needed = {*self.only, *filter(None, [self.each])}
        rollups = ("llm_hourly", "llm_hourly_tenants") if zone_of(self.zone).has_whole_hours else ()
        return next((table for table in rollups if needed <= set(TABLES[table])), "llm_calls")

    def told(self) -> dict[str, Any]:
        """As a person would write it, as JSON."""
        return {
            "name": self.name,
            "amount": f"{self.amount:f}",
            "currency": self.currency,
            "period": self.period,
            "zone": self.zone,
            "each": self.each,
            "warn": [f"{share:f}" for share in self.warn],
            "forecast": self.forecast,
            **{name: list(values) for name, values in self.only.items()},
        }


def budget_of(row: Mapping[str, Any], at: Where) -> Budget:
    """The budget that a ``[[budgets]]`` row describes. Raises ``ConfigError`` with one line."""
    known = (*_FIELDS, *DIMENSIONS)
    for key in row:
        if key not in known:
            raise ConfigError(f"{at(key)}: unknown key; known are {', '.join(known)}")
    for key in ("name", "amount"):
        if key not in row:
            raise ConfigError(f"{at('')}: no {key}: a budget needs a name and an amount")
    given = {key: parse(row[key], at(key)) for key, parse in _FIELDS.items() if key in row}
    only = {key: _values(row[key], at(key)) for key in DIMENSIONS if key in row}
    return Budget(**given, only=only)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where}: {value!r} is not a text")
    return value.strip()


def _name(value: object, where: str) -> str:
    name = _text(value, where)
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ConfigError(f"{where}: a name has at most {LONGEST_NAME} printable characters")
    return name


def _number(value: object, where: str, what: str) -> Decimal:
    """A number written as text or as a number of TOML, which is then taken as it is written."""
    text = repr(value) if isinstance(value, float) else str(value).strip()
    try:
        number = Decimal(text) if not isinstance(value, (bool, list, dict)) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ConfigError(f"{where}: {value!r} is not {what}")
    return number


def _amount(value: object, where: str) -> Decimal:
    amount = _number(value, where, 'an amount, such as "50" or "12.50"')
    if not 0 < amount <= MOST:
        raise ConfigError(f"{where}: {value!r} is not an amount above 0 and up to {MOST:f}")
    if -int(amount.normalize().as_tuple().exponent) > DECIMALS:
        raise ConfigError(f"{where}: {value!r} has more than {DECIMALS} decimals")
    return amount


def _currency(value: object, where: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
        raise ConfigError(f"{where}: {value!r} is not a currency of ISO 4217, such as USD or EUR")
    return value


def _period(value: object, where: str) -> str:
    if value not in get_args(Period):
        raise ConfigError(f"{where}: {value!r} is not one of {', '.join(get_args(Period))}")
    return str(value)


def _zone(value: object, where: str) -> str:
    try:
        return zone_of(_text(value, where)).name
    except ValueError as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(f"{where}: {value!r} is not a time zone, such as UTC or Europe/Berlin") from None


def _each(value: object, where: str) -> str:
    if value not in ("", *DIMENSIONS):
        raise ConfigError(f"{where}: {value!r} is not one of {', '.join(DIMENSIONS)}")
    return str(value)


def _shares(value: object, where: str) -> tuple[Decimal, ...]:
    values = value if isinstance(value, (list, tuple)) else [value]
    shares = [_number(each, where, "a share from 0 to 1, such as 0.8, or a list of them") for each in values]
    for share in shares:
        if not 0 < share <= 1 or -int(share.normalize().as_tuple().exponent) > 4:
            raise ConfigError(f"{where}: {share} is not a share above 0 and up to 1, of at most 4 decimals")
    return tuple(sorted(set(shares)))


def _boolean(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where}: {value!r} is not true or false")
    return value


def _values(value: object, where: str) -> tuple[str, ...]:
    values = value if isinstance(value, (list, tuple)) else [value]
    if not values or not all(isinstance(each, str) for each in values):
        raise ConfigError(f"{where}: {value!r} is not a text or a list of texts")
    return tuple(dict.fromkeys(values))


_FIELDS: Final[dict[str, Callable[[object, str], Any]]] = {
    "name": _name,
    "amount": _amount,
    "currency": _currency,
    "period": _period,
    "zone": _zone,
    "each": _each,
    "warn": _shares,
    "forecast": _boolean,
}
