"""Attempts that are equal in all that their price depends on, and what becomes of their cost. Pure: no engine here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple

from otel_llmroute.prices import NS_PER_DAY, Cost, PriceBook, Usage, from_pico, nothing_used, to_pico
from otel_llmroute.prices.cost import PICO
from otel_llmroute.prices.quotes import DayQuote, NoQuote
from otel_llmroute.store.questions.spend import money_text

COUNTS: Final = (
    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "reasoning_tokens", "text_input_tokens", "audio_input_tokens", "image_input_tokens",
    "text_output_tokens", "audio_output_tokens", "image_output_tokens", "server_tool_calls",
)  # fmt: skip
"""Fields of ``Usage`` that the table has, in the order of ``reprice_groups.sql``."""
_MOST_PICO: Final = 10**18
"""A cost of Decimal(18, 12) is below this."""


class Group(NamedTuple):
    """One row of ``reprice_groups.sql``. Money is integer pico-units of ``currency``; ``None`` is not known."""

    group_id: bytes
    provider: str
    model: str
    tier: str
    host: str
    region: str
    day: int
    slot: int
    usage: Sequence[int | None]
    is_repriced: bool
    status: str
    currency: str
    version: str
    amount: int | None
    parts: tuple[int | None, ...]
    attempts: int

    @classmethod
    def of(cls, row: Sequence[Any]) -> Group:
        """The group in a row of the answer."""
        counts = 8 + len(COUNTS)
        group_id, provider, model, tier, host, region, day, slot = row[:8]
        repriced, status, currency, version, amount = row[counts : counts + 5]
        usage, parts = row[8:counts], tuple(row[counts + 5 : -1])
        return cls(
            group_id, provider, model, tier, host, region, day, slot,
            usage, bool(repriced), status, currency, version, amount, parts, row[-1],
        )  # fmt: skip


Fate = Literal["unchanged", "changed", "newly_priced", "still_unpriced", "kept", "no_usage", "not_recomputable"]
"""What becomes of a cost. ``kept``: it is known, and no price for it is known here."""


class Verdict(NamedTuple):
    """What becomes of the cost of a group, and why it cannot be worked out again if it cannot."""

    fate: Fate
    cost: Cost
    why: str = ""


TOOLS: Final = "which tools the provider ran (usage has only their number)"
CACHED_KINDS: Final = "how many of the tokens read from the cache were audio or images"
BESIDE: Final = "what the recorded cost has beside its tokens (another model's tokens, tools)"
NOT_IN_USAGE: Final = (
    "what made the recorded cost differ from its usage (speed, tier, tools or tokens of another model)"
)
TOO_LARGE: Final = "nothing: the cost is larger than a column holds"


class Pricing:
    """Says what becomes of groups. ``moments`` are the nanoseconds of the day that ``Group.slot`` counts."""

    def __init__(self, book: PriceBook, listed: PriceBook, moments: Sequence[int]) -> None:
        self._book = book
        self._listed = listed
        self._list_versions = listed.list_versions()
        self._starts = (0, *moments)

    def verdict(self, group: Group) -> Verdict:
        """What becomes of its cost."""
        usage = _usage(group.usage)
        now = self._cost(self._book, group, usage)
        if now.status == "no_usage":
            return Verdict("kept" if group.amount is not None else "no_usage", now)
        if now.amount is None:
            return Verdict("still_unpriced" if group.amount is None else "kept", now)
        if _is_same(now, group):
            return Verdict("unchanged", now)
        if now.amount >= _MOST_PICO:
            return Verdict("not_recomputable", now, TOO_LARGE)
        if missing := self._missing(group, usage, now):
            return Verdict("not_recomputable", now, missing)
        return Verdict("newly_priced" if group.amount is None else "changed", now)

    def _cost(self, book: PriceBook, group: Group, usage: Usage) -> Cost:
        return book.cost_of(
            usage,
            provider=group.provider,
            model=group.model or None,
            tier=group.tier or None,
            host=group.host or None,
            region=group.region or None,
            at_ns=self._at_ns(group),
        )

    def _at_ns(self, group: Group) -> int:
        return group.day * NS_PER_DAY + self._starts[group.slot]

    def _missing(self, group: Group, usage: Usage, now: Cost) -> str:
        """What would have to be known for the cost to be worked out from the usage; "" when nothing is missing."""
        if group.is_repriced:
            return ""  # worked out from the usage before
        if group.amount is not None and group.version in self._list_versions:
            listed = self._cost(self._listed, group, usage)
            if listed.price_version == group.version:
                # The very prices of the record: they must give what was recorded, else the usage does not say all.
                return "" if _is_same(listed, group) else TOOLS if usage.server_tool_calls else NOT_IN_USAGE
        if usage.server_tool_calls:
            return TOOLS
        if group.parts[-1] and now.other is None:
            return BESIDE
        return CACHED_KINDS if self._has_cached_kinds(group, usage) else ""

    def _has_cached_kinds(self, group: Group, usage: Usage) -> bool:
        if not usage.cache_read_tokens or not (usage.audio_input_tokens or usage.image_input_tokens):
            return False
        at = self._at_ns(group)
        entry = self._book.quote(
            at,
            provider=group.provider,
            model=group.model or None,
            tier=group.tier or None,
            host=group.host or None,
            region=group.region or None,
        )
        if isinstance(entry, NoQuote):
            return False
        rates = (entry.at(at) if isinstance(entry, DayQuote) else entry).rates
        return bool(
            (usage.audio_input_tokens and rates.audio_cache_read is not None)
            or (usage.image_input_tokens and rates.image_cache_read is not None)
        )


def _usage(counts: Sequence[int | None]) -> Usage:
    usage = nothing_used()
    usage.counts.update(zip(COUNTS, counts, strict=True))
    return usage


def _is_same(cost: Cost, group: Group) -> bool:
    return (
        cost.status == group.status
        and cost.currency == group.currency
        and _is_sent_as(cost.amount, group.amount)
        and all(map(_is_sent_as, (cost.input, cost.cache_read, cost.cache_write, cost.output, cost.other), group.parts))
    )


def _is_sent_as(pico: int | None, recorded: int | None) -> bool:
    """Whether ``recorded`` is ``pico``, or what is left of it after it was sent as a double."""
    if pico == recorded or pico is None or recorded is None:
        return pico == recorded
    # Exact below some 4,500 units of the currency; above, a double does not have the twelfth decimal.
    return abs(pico - recorded) < 10**4 and to_pico(Decimal(repr(pico / PICO))) == recorded


FATES: Final[tuple[Fate, ...]] = (
    "changed", "newly_priced", "unchanged", "kept", "still_unpriced", "no_usage", "not_recomputable",
)  # fmt: skip


@dataclass
class _Sums:
    calls: int = 0
    old: int = 0
    new: int = 0
    known_before: int = 0
    known_now: int = 0
    fates: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))

    def count(self, fate: Fate, calls: int, old: int | None, new: int | None) -> None:
        """``calls`` whose cost of ``old`` pico-units each becomes ``new``."""
        self.calls += calls
        self.fates[fate] += calls
        if old is not None:
            self.old += old * calls
            self.known_before += calls
        if new is not None:
            self.new += new * calls
            self.known_now += calls

    def add(self, other: _Sums) -> None:
        """Both together."""
        self.calls += other.calls
        self.old += other.old
        self.new += other.new
        self.known_before += other.known_before
        self.known_now += other.known_now
        for fate, calls in other.fates.items():
            self.fates[fate] += calls


class _Key(NamedTuple):
    provider: str
    model: str
    version: str
    old_currency: str
    currency: str


class Report:
    """What a repricing changes, while it runs and at its end."""

    def __init__(self) -> None:
        self._rows: dict[_Key, _Sums] = defaultdict(_Sums)
        self._missing: Counter[tuple[str, str, str]] = Counter()

    def add(self, group: Group, verdict: Verdict) -> None:
        """Count a group."""
        cost, calls = verdict.cost, group.attempts
        if verdict.fate in ("changed", "newly_priced"):
            version, currency, amount = cost.price_version or "", cost.currency, cost.amount
        else:
            version, currency, amount = group.version, group.currency, group.amount
        currency = currency if amount is not None else ""
        old_currency = group.currency if group.amount is not None else currency
        row = self._rows[_Key(group.provider, group.model, version, old_currency, currency)]
        row.count(verdict.fate, calls, group.amount, amount)
        if verdict.fate == "not_recomputable":
            self._missing[group.provider, group.model, verdict.why] += calls

    def plain(self) -> dict[str, Any]:
        """As JSON: rows by provider, model and price version, totals by currency, and what was missing."""
        rows = sorted(self._rows.items(), key=lambda item: (-abs(item[1].new - item[1].old), item[0]))
        return {
            "rows": [
                {
                    "provider": key.provider,
                    "model": key.model,
                    "price_version": key.version or None,
                    **_figures(key, sums),
                }
                for key, sums in rows
            ],
            "totals": [_figures(key, sums) for key, sums in self._totals()],
            "not_recomputable": [
                {"provider": provider, "model": model, "missing": why, "calls": calls}
                for (provider, model, why), calls in sorted(self._missing.items(), key=lambda item: (-item[1], item[0]))
            ],
        }

    def _totals(self) -> list[tuple[_Key, _Sums]]:
        totals: dict[_Key, _Sums] = defaultdict(_Sums)
        for key, sums in self._rows.items():
            totals[_Key("", "", "", key.old_currency, key.currency)].add(sums)
        # What has no cost has no currency: it stands with the money where there is one kind of it.
        nothing = _Key("", "", "", "", "")
        if nothing in totals and len(totals) == 2:
            unpriced = totals.pop(nothing)
            next(iter(totals.values())).add(unpriced)
        return sorted(totals.items())


def _figures(key: _Key, sums: _Sums) -> dict[str, Any]:
    is_one_currency = key.old_currency == key.currency
    return {
        "currency": key.currency or None,
        "old_currency": key.old_currency or None,
        "calls": sums.calls,
        "old_spend": _money(sums.old) if sums.known_before else None,
        "new_spend": _money(sums.new) if sums.known_now else None,
        "difference": _money(sums.new - sums.old) if sums.known_now and is_one_currency else None,
        **{fate: sums.fates[fate] for fate in FATES},
    }


def _money(pico: int) -> str:
    text = money_text(from_pico(pico))
    assert text is not None
    return text
