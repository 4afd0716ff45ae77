"""What one call is charged at: the prices in force for a model, a tier and a day, and the cost they give."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, NamedTuple

from otel_llmroute.prices.cost import NO_USAGE, PICO, UNPRICED, Cost
from otel_llmroute.prices.rates import UNITS, Rates, fee_of, is_reported, parts_of

if TYPE_CHECKING:
    from otel_llmroute.names import CostStatus
    from otel_llmroute.prices.usage import Usage

NS_PER_DAY = 86_400 * 10**9
_SHOWN = Context(28)
"""For people, whatever context the application has set."""
_PER = {unit.field: unit.per for unit in UNITS.values()}


class UnitPrice(NamedTuple):
    """One price as people write it: ``amount`` of the currency for ``per`` tokens or calls of ``kind``."""

    kind: str
    amount: Decimal
    per: int
    over_input_tokens: int = 0
    """Holds for all tokens of a call whose input is more than this."""


class Price(NamedTuple):
    """The prices in force, for people. ``seller`` is the price list and ``model`` its entry, or the override's."""

    seller: str
    model: str
    tier: str
    currency: str
    version: str
    units: tuple[UnitPrice, ...]
    lower_bound: bool
    """A surcharge or a unit is known to be missing: costs are ``partial``."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices in force. ``steps`` are rates above a number of input tokens, highest first."""

    seller: str
    model: str
    tier: str
    version: str
    rates: Rates
    steps: tuple[tuple[int, Rates], ...] = ()
    currency: str = "USD"
    lower_bound: bool = False
    free: bool = False
    audio_apart: bool = False
    """Audio has a price of its own, also where none is known: it does not cost what text does."""

    def cost_of(self, usage: Usage, at_ns: int) -> Cost:
        """The cost of ``usage``, which is ``checked``. Parts are rounded once; the amount is their exact sum."""
        total = usage.input_tokens
        if total is None and not is_reported(usage):
            return NO_USAGE
        rates = self.rates
        if self.steps and total is not None:
            rates = next((above for start, above in self.steps if total > start), rates)
        uncached, read, write, out, other, complete = parts_of(usage, rates)
        if uncached is None and read is None and write is None and out is None and other is None:
            return UNPRICED
        amount = (uncached or 0) + (read or 0) + (write or 0) + (out or 0) + (other or 0)
        if self.audio_apart and _has_unpriced_audio(usage, rates):
            complete = False
        status: CostStatus = "priced" if complete and not self.lower_bound else "partial"
        if self.free and amount == 0 and (complete or _only_tokens(usage)):
            status = "free"
        return Cost(status, "local", self.currency, amount, uncached, read, write, out, other, self.version)

    def fee(self, at_ns: int) -> Cost:
        """The cost of a call that was answered without a word of its usage: the fee per request, if there is one."""
        fee, is_all = fee_of(self.rates)
        if fee is None:
            return NO_USAGE
        status: CostStatus = "partial" if self.lower_bound or not is_all else "priced" if fee else "free"
        return Cost(status, "local", self.currency, fee, other=fee, price_version=self.version)

    def price(self, at_ns: int) -> Price:
        """The same for people."""
        units = tuple(_units(self.rates, 0))
        for start, rates in reversed(self.steps):
            units += tuple(unit for unit in _units(rates, start) if unit._replace(over_input_tokens=0) not in units)
        return Price(self.seller, self.model, self.tier, self.currency, self.version, units, self.lower_bound)


class DayQuote(NamedTuple):
    """Prices that change with the time of day: from each nanosecond of the UTC day, in order, what holds."""

    quotes: tuple[tuple[int, Quote], ...]

    def at(self, at_ns: int) -> Quote:
        """What holds at that moment."""
        moment = at_ns % NS_PER_DAY
        return next(quote for start, quote in reversed(self.quotes) if moment >= start)

    def cost_of(self, usage: Usage, at_ns: int) -> Cost:
        """The cost of ``usage`` at the price of that moment."""
        return self.at(at_ns).cost_of(usage, at_ns)

    def fee(self, at_ns: int) -> Cost:
        """The fee per request at the price of that moment."""
        return self.at(at_ns).fee(at_ns)

    def price(self, at_ns: int) -> Price:
        """The prices of that moment."""
        return self.at(at_ns).price(at_ns)


class NoQuote(NamedTuple):
    """No price is known, and why."""

    why: str

    def cost_of(self, usage: Usage, at_ns: int) -> Cost:
        """No amount: never 0 for what is not known."""
        return UNPRICED if is_reported(usage) else NO_USAGE

    def fee(self, at_ns: int) -> Cost:
        """No amount."""
        return NO_USAGE

    def price(self, at_ns: int) -> None:
        """None."""


def is_free(rates: Rates) -> bool:
    """Whether everything that has a price costs nothing, input or output among it."""
    prices = rates.prices()
    return not any(prices.values()) and (rates.input is not None or rates.output is not None)


def _has_unpriced_audio(usage: Usage, rates: Rates) -> bool:
    return bool(
        (usage.audio_input_tokens and rates.audio_input is None)
        or (usage.audio_output_tokens and rates.audio_output is None)
    )


def _only_tokens(usage: Usage) -> bool:
    besides = usage.audio_input_ms or usage.input_characters
    return not (usage.web_searches or usage.file_searches or usage.code_executions or besides)


def _units(rates: Rates, start: int) -> list[UnitPrice]:
    return [
        UnitPrice(kind, _SHOWN.divide(pico * _PER[kind], PICO * rates.den), _PER[kind], start)
        for kind, pico in rates.prices().items()
    ]
