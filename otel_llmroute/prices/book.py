"""The price book: what a call cost, from the price data and a user's overrides."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.prices.call import Call
from otel_llmroute.prices.cost import NO_USAGE, UNPRICED, Cost
from otel_llmroute.prices.in_force import prices_at, rates_of, times_of_day
from otel_llmroute.prices.lists import DIRECTORY, PriceLists
from otel_llmroute.prices.overrides import Override
from otel_llmroute.prices.quotes import NS_PER_DAY, DayQuote, NoQuote, Price, Quote, is_free
from otel_llmroute.prices.rates import UNITS, WITHIN, Rates, checked
from otel_llmroute.prices.sellers import LISTS, ROUTER_PREFIXES, WITHOUT_LIST, bare_host, is_local, provider_of_host

if TYPE_CHECKING:
    from otel_llmroute.prices.usage import Usage

Entry = Quote | DayQuote | NoQuote
"""What calls of one kind are charged at on one UTC day."""

KEPT: Final = 4096
"""Quotes kept. When there are more, all are dropped: a caller that invents names cannot make the process grow."""
_AWS_MODEL: Final = re.compile(r"arn:[^/]*:(foundation-model|inference-profile)/")
"""The ARN of a model: its id is what comes after. Those of prompt routers and provisioned models name none."""
LONGEST: Final = 512
"""Characters of a name that is looked up at all."""


class PriceBook:
    """Prices by provider, model, served tier and day. Thread-safe: what is kept is only ever replaced as a whole.

    A row of ``overrides`` that is for the call wins over the data, the first such row over later ones. ``directory``
    holds other data files than those that came with the program (see ``build.py``).
    """

    def __init__(self, overrides: Sequence[Override] = (), *, directory: str | os.PathLike[str] = DIRECTORY) -> None:
        self._overrides = tuple(overrides)
        self._lists = PriceLists(os.fspath(directory))
        self._kept: dict[tuple[object, ...], Entry] = {}

    def cost_of(
        self,
        usage: Usage,
        *,
        provider: str,
        model: str | None,
        tier: str | None = None,
        at_ns: int,
        speed: str | None = None,
        host: str | None = None,
        region: str | None = None,
    ) -> Cost:
        """Cost of ``usage`` at the prices of the UTC day and time of ``at_ns`` (Unix time). Never raises.

        ``provider`` is ``gen_ai.provider.name``; ``tier`` and ``speed`` are what was served, not what was asked for; a
        known API ``host`` says who sends the bill, whatever ``provider`` says.
        """
        try:
            entry = self._kept.get((provider, model, tier, speed, host, region, at_ns // NS_PER_DAY))
            if entry is None:
                entry = self._entry(provider, model, tier, speed, host, region, at_ns)
            return entry.cost_of(checked(usage), at_ns)
        except Exception:  # a type that the contract does not allow: nothing is known, and the caller goes on
            return NO_USAGE if usage is None else UNPRICED

    def quote(
        self,
        at_ns: int,
        *,
        provider: str,
        model: str | None,
        tier: str | None = None,
        speed: str | None = None,
        host: str | None = None,
        region: str | None = None,
    ) -> Entry:
        """What such calls are charged at on the UTC day of ``at_ns`` (Unix time); arguments as for ``cost_of``."""
        return self._entry(provider, model, tier, speed, host, region, at_ns)

    def times_of_day(self) -> list[int]:
        """Nanoseconds of the UTC day at which a price of any list changes, in order. Reads every list."""
        found: set[int] = set()
        for row in self._lists.rows():
            if row["prices"] is not None:
                found.update(times_of_day(row["prices"]), times_of_day(row.get("variants", ())))
        return sorted(found)

    def list_versions(self) -> frozenset[str]:
        """The versions of all lists, as costs name them."""
        return frozenset(map(self._lists.version, self._lists.index()["lists"]))

    def price(
        self,
        *,
        provider: str,
        model: str | None,
        tier: str | None = None,
        at_ns: int | None = None,
        speed: str | None = None,
        host: str | None = None,
        region: str | None = None,
    ) -> Price | None:
        """The prices in force, for people; now if ``at_ns`` is not given. None when there are none."""
        now = time.time_ns() if at_ns is None else at_ns
        return self._entry(provider, model, tier, speed, host, region, now).price(now)

    def explain(
        self,
        *,
        provider: str,
        model: str | None,
        tier: str | None = None,
        at_ns: int | None = None,
        speed: str | None = None,
        host: str | None = None,
        region: str | None = None,
    ) -> str:
        """One line: the prices in force and where they are from, or why there are none."""
        now = time.time_ns() if at_ns is None else at_ns
        entry = self._entry(provider, model, tier, speed, host, region, now)
        return entry.why if isinstance(entry, NoQuote) else _told(entry.price(now))

    def _entry(
        self,
        provider: str,
        model: str | None,
        tier: str | None,
        speed: str | None,
        host: str | None,
        region: str | None,
        at_ns: int,
    ) -> Entry:
        """What is kept for a call, or is looked up and kept now."""
        day = at_ns // NS_PER_DAY
        names = (provider, model, tier, speed, host, region)
        for name in names:
            if name is not None and (not isinstance(name, str) or len(name) > LONGEST):
                return NoQuote(f"a name that is no text of up to {LONGEST} characters")
        key = (*names, day)
        entry = self._kept.get(key)
        if entry is None:
            entry = self._looked_up(Call(provider, model, tier, speed, host, region, day))
            if len(self._kept) >= KEPT:
                self._kept = {}
            self._kept[key] = entry
        return entry

    def _looked_up(self, call: Call) -> Entry:
        if not call.model:
            return NoQuote("the call names no model")
        sellers = (call.provider, self._list_of(call.provider, call.host) or call.provider)
        for override in self._overrides:
            if override.is_for(sellers, call.model, call.tier, call.host, call.region, call.day):
                return self._overridden(override, call)
        return self._listed(call)

    def _overridden(self, override: Override, call: Call) -> Entry:
        if override.rates is not None:
            return Quote(
                "override",
                override.model,
                call.tier,
                override.version,
                override.rates,
                currency=override.currency,
                free=is_free(override.rates),
            )
        if override.same_as is not None:
            call = call.instead(*override.same_as)
        if override.of_tier is not None:
            call = call.at_tier(override.of_tier)
        entry = self._listed(call)
        if isinstance(entry, DayQuote):
            return DayQuote(tuple((start, _times(quote, override)) for start, quote in entry.quotes))
        return _times(entry, override) if isinstance(entry, Quote) else entry

    def _listed(self, call: Call) -> Entry:
        """The price of the data."""
        found = self._row(call)
        if found is None:
            return NoQuote(f"no price list has {call.model!r} of {call.provider!r}")
        name, listed_in, row = found
        if row["prices"] is None or (row["prices"] == {} and call.provider == "gcp.vertex_ai"):
            return NoQuote(f"{listed_in} lists {row['id']!r} without a price")
        # A model taken over from another seller's list: that seller's tiers are not this one's.
        variants = row.get("variants", ()) if name == listed_in else ()
        quotes = []
        for start in sorted({0}.union(times_of_day(row["prices"]), times_of_day(variants))):
            prices = prices_at(row["prices"], variants, call, start)
            if prices is None:
                return NoQuote(f"{name} has no price of {row['id']!r} for {call.served()} on {call.date()}")
            quotes.append((start, self._quote(name, listed_in, row["id"], call, prices)))
        return quotes[0][1] if len(quotes) == 1 else DayQuote(tuple(quotes))

    def _quote(self, name: str, listed_in: str, model: str, call: Call, prices: Mapping[str, Any]) -> Quote:
        version = self._lists.version(name)
        missing = prices.keys() - UNITS.keys() - WITHIN
        if "input_audio_hours" in prices:
            missing.discard("audio_hours")  # the same hours, of whichever direction
            if listed_in == "groq":
                missing.add("ten seconds at least, whatever was listened to")
        if not prices:
            return Quote(name, model, call.served(), version, Rates.of({"input": (0, 1), "output": (0, 1)}), free=True)
        starts = {start for price in prices.values() if isinstance(price, dict) for start, _ in price["over"]}
        steps = tuple((start, rates_of(prices, start + 1)) for start in sorted(starts, reverse=True))
        rates = rates_of(prices, 0)
        bound = bool(missing) or _has_unlisted_surcharge(name, model, call) or _has_unlisted_fee(listed_in, call)
        return Quote(
            name,
            model,
            call.served(),
            version,
            rates,
            steps,
            lower_bound=bound,
            free=is_free(rates) and not steps,
            audio_apart=listed_in == "openai",
        )

    def _row(self, call: Call) -> tuple[str, str, Mapping[str, Any]] | None:
        """The list that was asked, the list that has the model, and its row."""
        name = self._list_of(call.provider, call.host)
        # Google's resource names: "models/gemini-2.5-pro", "projects/.../publishers/google/models/gemini-2.5-pro".
        model = call.model.rpartition("models/")[2] if name == "google" else call.model
        if name == "aws" and _AWS_MODEL.match(model):
            model = model.rpartition("/")[2]
        if name is not None and (found := self._lists.row(name, model)) is not None:
            return name, *found
        if call.provider in WITHOUT_LIST or (call.host and provider_of_host(call.host)):
            return None
        prefix, slash, rest = model.partition("/")
        if slash and prefix in ROUTER_PREFIXES:
            name = self._list_of(prefix, None)
            found = self._lists.row(name, rest) if name is not None else None
            return None if name is None or found is None else (name, *found)
        if name is not None or (call.host and is_local(call.host)):
            return None
        guess = self._lists.seller_of(model)
        found = self._lists.row(guess, model) if guess is not None else None
        return None if guess is None or found is None else (guess, *found)

    def _list_of(self, provider: str, host: str | None) -> str | None:
        """The list of whoever sends the bill."""
        for name in (provider_of_host(host) if host else None, provider):
            if name and name not in WITHOUT_LIST:
                name = LISTS.get(name, name)
                for each in (name, name.replace("_", "-")):
                    if self._lists.has(each):
                        return each
        return None


def _times(quote: Quote, override: Override) -> Quote:
    """``quote`` with the override's factor and name."""
    rates = quote.rates.times(override.factor)
    return replace(
        quote,
        version=override.version,
        rates=rates,
        steps=tuple((start, above.times(override.factor)) for start, above in quote.steps),
        free=quote.free or (is_free(rates) and not quote.steps),
        # A row that names the region states its price, surcharge and all.
        lower_bound=quote.lower_bound and override.region is None,
    )


def _has_unlisted_surcharge(name: str, model: str, call: Call) -> bool:
    """Whether the seller is known to add something for the region that the data does not have."""
    host = bare_host(call.host) if call.host else ""
    if name == "anthropic":
        return call.region == "us"
    if name == "openai":
        return host.endswith(".api.openai.com")
    # Regional endpoints of Vertex AI cost more from Claude 4.5 on.
    if name == "google" and model.startswith("claude-") and not model.startswith(("claude-3", "claude-4-")):
        return call.region not in (None, "global") or host.endswith("-aiplatform.googleapis.com")
    return False


def _has_unlisted_fee(listed_in: str, call: Call) -> bool:
    """Whether each call of the model makes a search, whose fee the data does not have."""
    return listed_in == "openai" and ("-search-preview" in call.model or call.model.endswith("-search-api"))


def _told(price: Price | None) -> str:
    if price is None:
        return "no price"
    units = ", ".join(
        f"{unit.kind} {unit.amount.normalize():f}/{unit.per:,}"
        + (f" over {unit.over_input_tokens:,} input tokens" if unit.over_input_tokens else "")
        for unit in price.units
    )
    return f"{price.seller} {price.model} {price.tier}, {price.currency}, {price.version}: {units}"
