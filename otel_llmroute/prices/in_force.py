"""Which prices of a row are in force: by day, by time of day, by how the call was served. Notation: ``build.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from datetime import time as TimeOfDay
from decimal import Decimal
from typing import Any, Final

from otel_llmroute.prices.call import EPOCH, Call
from otel_llmroute.prices.rates import UNITS, Rates, Ratio
from otel_llmroute.prices.tiers import STANDARD

_SERVED: Final = ("service_tier", "processing", "speed")


def prices_at(
    prices: Any, variants: Sequence[Mapping[str, Any]], call: Call, moment_ns: int
) -> Mapping[str, Any] | None:
    """Prices by key at that time of the call's day; None when the served tier has none in force."""
    standard: Mapping[str, Any] = prices
    if isinstance(prices, list):
        in_force = (each for each in reversed(prices) if _is_in_force(each, call.day, moment_ns))
        standard = next(in_force, prices[0])["prices"]
    chosen = [each for each in variants if _is_in_force(each, call.day, moment_ns) and _is_served(each["when"], call)]
    served = {value for each in chosen for key, value in each["when"].items() if key in _SERVED}
    wanted = {call.tier, call.speed} - {STANDARD}
    # Two at once, as batch and fast, would need one variant that says both.
    if not wanted <= served or len(wanted) > 1:
        return None
    merged: dict[str, Any] = {}
    for variant in reversed(chosen):
        merged |= variant["prices"]
    return {**standard, **merged}


def _is_served(when: Mapping[str, str], call: Call) -> bool:
    """Whether a variant is for how the call was served."""
    return all(
        value in (call.tier, call.speed) if key in _SERVED else key == "route" and value == call.region
        for key, value in when.items()
    )


def _is_in_force(row: Mapping[str, Any], day: int, moment_ns: int) -> bool:
    if "from" in row:
        return day >= date.fromisoformat(row["from"]).toordinal() - EPOCH
    if "time" not in row:
        return True
    start, end = (_ns_of(moment) for moment in row["time"])
    if end < start:
        return moment_ns >= start or moment_ns < end
    return start <= moment_ns < end


def times_of_day(rows: Any) -> Iterable[int]:
    """Nanoseconds of the day at which prices change."""
    return () if isinstance(rows, dict) else (_ns_of(moment) for row in rows for moment in row.get("time", ()))


def _ns_of(moment: str) -> int:
    time_of_day = TimeOfDay.fromisoformat(moment)
    seconds = (time_of_day.hour * 60 + time_of_day.minute) * 60 + time_of_day.second
    return seconds * 10**9 + time_of_day.microsecond * 1000


def rates_of(prices: Mapping[str, Any], input_tokens: int) -> Rates:
    """Rates for a call with that many input tokens."""
    return Rates.of(
        {unit.field: _ratio(prices[key], unit.per, input_tokens) for key, unit in UNITS.items() if key in prices}
    )


def _ratio(price: Any, per: int, input_tokens: int) -> Ratio:
    if isinstance(price, dict):
        over = (amount for start, amount in reversed(price["over"]) if input_tokens > start)
        price = next(over, price["base"])
    num, den = Decimal(price).as_integer_ratio()
    return num, den * per
