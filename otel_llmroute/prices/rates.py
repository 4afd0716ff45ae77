"""Prices as exact integers, and the cost of a usage from them.

A price is pico-units per token or call, held as a numerator over one common denominator: for nearly all models the
denominator is 1, so a cost is a sum of integer products and nothing is ever rounded. Where it is not 1, each part of a
cost is rounded once, half to even.

Kinds lie within kinds: audio input is part of input, what was read from the cache too. Every token is counted once, at
the price of the most specific kind that has one; a kind without a price of its own costs what the kind around it costs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from otel_llmroute.prices.cost import PICO
from otel_llmroute.prices.usage import Usage

Ratio = tuple[int, int]
"""Numerator and denominator of a price in currency units per single token or call."""


class Unit(NamedTuple):
    """What a price key of the data stands for: the field of ``Rates``, and how many of it the price is for. Of time it
    is milliseconds.
    """

    field: str
    per: int


MS_PER_HOUR: Final = 3_600_000

UNITS: Final[dict[str, Unit]] = {
    "input_mtok": Unit("input", 10**6),
    "cache_read_mtok": Unit("cache_read", 10**6),
    "cache_write_mtok": Unit("cache_write", 10**6),
    "cache_write_5m_mtok": Unit("cache_write_5m", 10**6),
    "cache_write_1h_mtok": Unit("cache_write_1h", 10**6),
    "input_audio_mtok": Unit("audio_input", 10**6),
    "input_image_mtok": Unit("image_input", 10**6),
    "cache_audio_read_mtok": Unit("audio_cache_read", 10**6),
    "cache_image_read_mtok": Unit("image_cache_read", 10**6),
    "input_audio_hours": Unit("audio_input_time", MS_PER_HOUR),
    "input_mchars": Unit("input_characters", 10**6),
    "output_mtok": Unit("output", 10**6),
    "output_reasoning_mtok": Unit("reasoning", 10**6),
    "output_audio_mtok": Unit("audio_output", 10**6),
    "output_image_mtok": Unit("image_output", 10**6),
    "web_searches_kcount": Unit("web_search", 1000),
    "storage_searches_kcount": Unit("file_search", 1000),
    "code_executions_kcount": Unit("code_execution", 1000),
    "requests_kcount": Unit("request", 1000),
}
WITHIN: Final = frozenset({"input_video_mtok", "output_video_mtok", "output_citation_mtok"})
"""Kinds of token that no usage tells apart: they cost what the kind around them costs."""

MOST: Final = 2**63 - 1
"""The largest count the wire can carry. A count above it, below 0 or not an ``int`` was not reported."""


@dataclass(
    frozen=True, slots=True
)  # read many times for each call, and made once a day: a tuple is the other way round
class Rates:
    """Pico-units of one token, call, millisecond or character, times ``den``. ``None``: no price of its own."""

    den: int = 1
    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    audio_input: int | None = None
    image_input: int | None = None
    audio_cache_read: int | None = None
    image_cache_read: int | None = None
    audio_input_time: int | None = None
    input_characters: int | None = None
    output: int | None = None
    reasoning: int | None = None
    audio_output: int | None = None
    image_output: int | None = None
    web_search: int | None = None
    file_search: int | None = None
    code_execution: int | None = None
    request: int | None = None
    modal: bool = False
    """Audio, images or reasoning have prices of their own."""

    @classmethod
    def of(cls, prices: Mapping[str, Ratio]) -> Rates:
        """Rates from field name -> price of one."""
        dens = [den // math.gcd(num * PICO, den) for num, den in prices.values()]
        common = math.lcm(*dens)
        rates = {field: num * PICO * common // den for field, (num, den) in prices.items()}
        return cls(den=common, modal=not _MODAL.isdisjoint(rates), **rates)

    def times(self, factor: Ratio) -> Rates:
        """These rates, each times ``factor``."""
        num, den = factor
        return Rates.of({name: (pico * num, PICO * self.den * den) for name, pico in self.prices().items()})

    def prices(self) -> dict[str, int]:
        """Field name -> pico-units times ``den``, of the kinds that have a price."""
        return {
            name: value
            for name in self.__slots__
            if name not in ("den", "modal") and (value := getattr(self, name)) is not None
        }


_MODAL: Final = {
    "audio_input",
    "image_input",
    "audio_cache_read",
    "image_cache_read",
    "reasoning",
    "audio_output",
    "image_output",
}


Parts = tuple["int | None", "int | None", "int | None", "int | None", "int | None", bool]
"""Input, cache reads, cache writes, output and other in pico-units, before they are summed; ``None`` for what was not
reported or has no price of its own. Last, whether every count that was needed was reported, and every count that was
reported had a price.
"""


def checked(usage: Usage) -> Usage:
    """``usage`` without what cannot be a count: a provider that says -1 or "many" has not said how many."""
    counts = usage.counts
    if all(value is None or (type(value) is int and 0 <= value <= MOST) for value in counts.values()):
        return usage
    return Usage(**{name: value for name, value in counts.items() if type(value) is int and 0 <= value <= MOST})


def is_reported(usage: Usage) -> bool:
    """Whether any count is."""
    return any(value is not None for value in usage.counts.values())


def parts_of(usage: Usage, rates: Rates) -> Parts:
    """The cost of ``usage``, which is ``checked``."""
    total, output = usage.input_tokens, usage.output_tokens
    read, write = usage.cache_read_tokens, usage.cache_write_tokens
    uncached = read_cost = write_cost = out = None
    taken = special = special_read = read_taken = 0
    complete = True
    if rates.modal:
        taken, special, read_taken, special_read, complete = _modal_input(usage, rates)
    if rates.cache_read is not None and (read is not None or read_taken):
        rest = max(0, (read or 0) - read_taken)
        taken += rest
        read_cost = rest * rates.cache_read + special_read
    if write is not None or usage.cache_write_5m_tokens or usage.cache_write_1h_tokens:
        written, write_cost = _written(usage, rates)
        taken += written
    if rates.input is None:
        complete = complete and (total or 0) <= taken
    elif total is None:
        complete = False
    else:
        # More tokens of a kind than in all: what is left for the rest is none, never less.
        uncached = special + (total - taken if total > taken else 0) * rates.input
    for counted, rate in (
        (usage.audio_input_ms, rates.audio_input_time),
        (usage.input_characters, rates.input_characters),
    ):
        if rate is not None and counted is not None:
            uncached = (uncached or 0) + counted * rate
        elif rate is not None or (counted and rates.request is None):
            complete = False
    if rates.output is None or output is None:
        complete = complete and rates.output is None and not output
    else:
        out = _modal_output(usage, rates, output) if rates.modal else output * rates.output
    other = rates.request
    if usage.web_searches or usage.file_searches or usage.code_executions:
        other, all_priced = _called(usage, rates)
        complete = complete and all_priced
    den = rates.den
    if den == 1:
        return uncached, read_cost, write_cost, out, other, complete
    return (
        uncached and _half_even(uncached, den),
        read_cost and _half_even(read_cost, den),
        write_cost and _half_even(write_cost, den),
        out and _half_even(out, den),
        other and _half_even(other, den),
        complete,
    )


def fee_of(rates: Rates) -> tuple[int | None, bool]:
    """The fee per request in pico-units, ``None`` if there is none, and whether nothing else costs anything."""
    fee = rates.request
    is_all = not any(price for kind, price in rates.prices().items() if kind != "request")
    return fee and _half_even(fee, rates.den), is_all


def _written(usage: Usage, rates: Rates) -> tuple[int, int | None]:
    """Tokens written to the cache that have a price of their own, and their cost."""
    write, short, long = usage.cache_write_tokens, usage.cache_write_5m_tokens or 0, usage.cache_write_1h_tokens or 0
    rest = short + long if write is None else write
    taken = cost = 0
    for tokens, rate in ((short, rates.cache_write_5m), (long, rates.cache_write_1h)):
        if rate is not None:
            taken += tokens
            cost += tokens * rate
    if rates.cache_write is None:
        return taken, cost if taken else None
    if write is None and not rest:
        return 0, None
    rest = max(0, rest - taken)
    return taken + rest, cost + rest * rates.cache_write


def _modal_input(usage: Usage, rates: Rates) -> tuple[int, int, int, int, bool]:
    """Audio and image input: tokens, cost of the uncached; cached tokens, their cost; whether nothing is missing."""
    tokens = cost = read_tokens = read_cost = 0
    complete = True
    for whole_count, whole_rate, cached_count, cached_rate in (
        (usage.audio_input_tokens, rates.audio_input, usage.audio_cache_read_tokens, rates.audio_cache_read),
        (usage.image_input_tokens, rates.image_input, usage.image_cache_read_tokens, rates.image_cache_read),
    ):
        cached = 0
        if cached_rate is not None:
            # Of cached tokens some may be audio: how many has to be said when both are there and priced apart.
            if usage.cache_read_tokens and whole_count and cached_count is None:
                complete = False
            cached = cached_count or 0
            read_tokens += cached
            read_cost += cached * cached_rate
        whole = 0
        if whole_rate is not None:
            whole = max(0, (whole_count or 0) - cached)
            cost += whole * whole_rate
        tokens += whole + cached
    return tokens, cost, read_tokens, read_cost, complete


def _modal_output(usage: Usage, rates: Rates, output: int) -> int:
    """Output, some kinds of which have prices of their own."""
    assert rates.output is not None
    taken = cost = 0
    for reported, rate in (
        (usage.reasoning_tokens, rates.reasoning),
        (usage.audio_output_tokens, rates.audio_output),
        (usage.image_output_tokens, rates.image_output),
    ):
        if rate is not None:
            tokens = reported or 0
            taken += tokens
            cost += tokens * rate
    return cost + max(0, output - taken) * rates.output


def _called(usage: Usage, rates: Rates) -> tuple[int | None, bool]:
    """Calls that are billed apart, the fee per request among them, and whether each has a price."""
    cost = rates.request
    complete = True
    for calls, rate in (
        (usage.web_searches, rates.web_search),
        (usage.file_searches, rates.file_search),
        (usage.code_executions, rates.code_execution),
    ):
        if calls and rate is None:
            complete = False
        elif calls and rate is not None:
            cost = (cost or 0) + calls * rate
    return cost, complete


def _half_even(num: int, den: int) -> int:
    whole, rest = divmod(num, den)
    if rest * 2 > den or (rest * 2 == den and whole & 1):
        return whole + 1
    return whole
