"""Which price is in force for whom on a day, where it is from, and what two days or two sources have different."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Final

from otel_llmroute.prices import NS_PER_DAY, Price, PriceBook, Usage, from_pico
from otel_llmroute.prices.call import EPOCH
from otel_llmroute.prices.quotes import DayQuote, NoQuote, Quote
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.pricing.groups import COUNTS
from otel_llmroute.store.pricing.table import StoredPrice, origin_of, plain_number
from otel_llmroute.store.questions.spend import money_text

NAMES: Final = ("provider", "model", "tier", "host", "region")


@dataclass(frozen=True)
class Whom:
    """Whom a price is asked for; "" is not said. Counts are of the attempts that were made, ``None`` when not known."""

    provider: str
    model: str
    tier: str = ""
    host: str = ""
    region: str = ""
    calls: int | None = None
    usage: Mapping[str, int | None] | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Whom:
        """From a row of ``used_prices.sql``."""
        usage = {name: record[name] for name in COUNTS if name in record}
        return cls(
            record["provider"],
            record["model"],
            record["service_tier"],
            record["host"],
            record["region"],
            int(record["calls"]),
            usage,
        )

    def asked(self) -> dict[str, Any]:
        """Arguments of a ``PriceBook``."""
        return {
            "provider": self.provider,
            "model": self.model,
            "tier": self.tier or None,
            "host": self.host or None,
            "region": self.region or None,
        }

    def names(self) -> dict[str, str]:
        """The same by name."""
        return {name: getattr(self, name) for name in NAMES}


def noon_of(day: date) -> int:
    """A moment of a UTC day, in nanoseconds since 1970."""
    return (day.toordinal() - EPOCH) * NS_PER_DAY + NS_PER_DAY // 2


def day_of(text: str | None) -> date:
    """A UTC day; today without a text. Raises ``StoreError``."""
    if not text:
        return datetime.now(timezone.utc).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise StoreError(f"{text!r} is not a day", "2026-10-01") from None


def shown(book: PriceBook, stored: Sequence[StoredPrice], whom: Whom, day: date) -> dict[str, Any]:
    """The price in force for ``whom`` on a day, as JSON: units, where it is from, or why there is none."""
    at_ns = noon_of(day)
    price = book.price(at_ns=at_ns, **whom.asked())
    head: dict[str, Any] = {**whom.names(), "calls": whom.calls, "day": day.isoformat()}
    if price is None:
        nothing = dict.fromkeys(("origin", "version", "currency", "source"))
        why = book.explain(at_ns=at_ns, **whom.asked())
        return {**head, **nothing, "lower_bound": False, "units": [], "why": why}
    sources = {each.version: each.source for each in stored}
    return {
        **head,
        "origin": origin_of(price.version),
        "version": price.version,
        "currency": price.currency,
        "source": sources.get(price.version) or None,
        "lower_bound": price.lower_bound,
        "units": units_of(price),
        "why": None,
    }


def units_of(price: Price) -> list[dict[str, Any]]:
    """Kind, amount, what it is for, and above how many input tokens."""
    return [
        {
            "kind": unit.kind,
            "amount": plain_number(unit.amount),
            "per": unit.per,
            "over_input_tokens": unit.over_input_tokens,
        }
        for unit in price.units
    ]


@dataclass(frozen=True)
class Side:
    """One of two things compared: what people call it, its prices, and the day."""

    name: str
    book: PriceBook
    day: date

    def price(self, whom: Whom) -> Price | None:
        return self.book.price(at_ns=noon_of(self.day), **whom.asked())

    def cost(self, whom: Whom) -> Decimal | None:
        """What all attempts of ``whom`` would cost, where it follows from the sums of their tokens: not when the price
        depends on the length of each prompt, or is per request. In the currency of the price."""
        quote = self._quote(whom)
        return None if quote is None or quote.steps or quote.rates.request is not None else _cost(quote, whom)

    def least_cost(self, whom: Whom) -> tuple[Decimal | None, bool]:
        """The same as if every prompt were short and no request cost a fee, and whether that is exact."""
        quote = self._quote(whom)
        if quote is None:
            return None, False
        return _cost(replace(quote, steps=()), whom), not quote.steps and quote.rates.request is None

    def _quote(self, whom: Whom) -> Quote | None:
        entry = self.book.quote(noon_of(self.day), **whom.asked())
        if isinstance(entry, NoQuote) or whom.usage is None:
            return None
        return entry.at(noon_of(self.day)) if isinstance(entry, DayQuote) else entry


def _cost(quote: Quote, whom: Whom) -> Decimal | None:
    cost = quote.cost_of(Usage(**(whom.usage or {})), 0)
    return None if cost.amount is None else from_pico(cost.amount)


def difference(whom: Whom, old: Side, new: Side) -> dict[str, Any] | None:
    """What is different for ``whom``, as JSON; ``None`` when nothing is."""
    before, after = old.price(whom), new.price(whom)
    kinds = _changes(before, after)
    currencies = [price.currency if price else None for price in (before, after)]
    if not kinds and currencies[0] == currencies[1]:
        return None
    costs = [side.cost(whom) for side in (old, new)]
    known = costs[0] is not None and costs[1] is not None and currencies[0] == currencies[1]
    return {
        **whom.names(),
        "calls": whom.calls,
        "old_version": before.version if before else None,
        "new_version": after.version if after else None,
        "old_currency": currencies[0],
        "currency": currencies[1],
        "kinds": kinds,
        "effect": money_text(costs[1] - costs[0]) if known else None,  # type: ignore[operator]
    }


def _changes(before: Price | None, after: Price | None) -> list[dict[str, Any]]:
    old, new = _by_kind(before), _by_kind(after)
    return [
        {"kind": kind, "per": per, "over_input_tokens": over, "old": old.get(key), "new": new.get(key)}
        for key in dict.fromkeys((*old, *new))
        if old.get(key) != new.get(key)
        for kind, per, over in (key,)
    ]


def _by_kind(price: Price | None) -> dict[tuple[str, int, int], str]:
    units = price.units if price else ()
    return {(unit.kind, unit.per, unit.over_input_tokens): plain_number(unit.amount) for unit in units}
