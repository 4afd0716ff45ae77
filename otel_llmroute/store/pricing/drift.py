"""Why the store's spend on a model and a day is not what the provider billed.

Drift is the store's spend less the provider's. Each reason has the part of the drift that it explains, where that can
be told; what is left when nothing is open is ``unexplained``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from otel_llmroute.prices import PriceBook
from otel_llmroute.store.pricing.in_force import Side, Whom
from otel_llmroute.store.pricing.invoices import PARTS, TOKENS, Billed, Invoice
from otel_llmroute.store.pricing.table import plain_number

Tokens = Mapping[str, Mapping[str, int]]
"""Served tier -> kind of ``TOKENS`` -> count."""
_EQUAL: Final = Decimal("0.000001")
"""Amounts that differ by no more are equal: so much is lost on the way as doubles."""
_NOTHING: Final = Decimal(0)


class Reason(NamedTuple):
    """Why there is a drift: a word for machines, a sentence, and how much of the drift it is; ``None`` is not known."""

    kind: str
    text: str
    amount: Decimal | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"kind": self.kind, "text": self.text, "amount": _text(self.amount)}


@dataclass(frozen=True)
class Ours:
    """What the store has of one model on one UTC day. ``calls`` have usage, ``no_usage`` have none."""

    calls: int
    no_usage: int
    unpriced: int
    partly_priced: int
    cost: Decimal | None
    currencies: frozenset[str]
    tokens: Tokens
    unpriced_tokens: Mapping[str, int]
    parts: Mapping[str, Decimal]


class Pair:
    """Both sides of one day and model. ``names`` are all that stand for it; ``name`` is without the snapshot's date."""

    def __init__(
        self,
        invoice: Invoice,
        day: date,
        names: list[str],
        name: str,
        theirs: Billed | None,
        ours: Ours,
        book: PriceBook,
    ) -> None:
        self._invoice, self._day, self._names = invoice, day, names
        self._theirs, self._ours, self._is_billed = theirs or Billed(), ours, theirs is not None
        self._side = Side("", book, day)
        # The names of a dashboard, as "Claude Haiku 4.5", are on no price list.
        self._model = next((each for each in reversed(names) if " " not in each), name)
        self._is_exact = True
        self._billed = self._billed_cost()

    def _billed_cost(self) -> Decimal | None:
        """What was billed; where the file has no money, what it counts at our prices."""
        if not self._is_billed:
            return _NOTHING
        return self._cost(self._theirs.tokens) if self._invoice.has_usage else self._theirs.cost

    @property
    def drift(self) -> Decimal | None:
        """``None`` where one side is not known, or the currencies are not the same."""
        if self._billed is None or not self._ours.currencies <= {self._theirs.currency or "USD"}:
            return None
        return (self._ours.cost or _NOTHING) - self._billed

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        counted = self._invoice.counted
        billed = {kind: count if kind in counted else None for kind, count in _summed(self._theirs.tokens).items()}
        nothing_here = self._ours.cost is None and not self._ours.unpriced
        return {
            "day": self._day.isoformat(),
            "model": self._names[-1] or "(all models)",
            "names": self._names,
            "billed": {
                "requests": self._theirs.requests,
                **billed,
                "cost": _text(self._billed),
                "cost_is": "at our prices" if self._invoice.has_usage else "billed",
            },
            "store": {
                "calls": self._ours.calls,
                **_summed(self._ours.tokens),
                "cost": "0" if nothing_here else _text(self._ours.cost),
            },
            "drift": _text(self.drift),
            "reasons": [reason.plain() for reason in self._reasons()],
        }

    def _reasons(self) -> list[Reason]:
        found = [*self._names_held_together(), *self._counts(), *self._unpriced(), *self._tiers()]
        if not self._is_exact:
            text = "the price depends on the length of each prompt; amounts are those of short ones"
            found.append(Reason("long_prompts", text))
        drift = self.drift
        if drift is None:
            return found
        left = drift - sum((reason.amount for reason in found if reason.amount is not None), _NOTHING)
        is_open = any(reason.amount is None and reason.kind != "snapshots" for reason in found)
        if abs(left) <= _EQUAL:
            return found
        if abs(left) <= self._rounding():
            return [*found, Reason("rounding", f"amounts in the file have {self._theirs.decimals} decimals", left)]
        if not self._invoice.has_usage and self._is_billed and self._ours.calls:
            return [*found, *self._parts(left)]
        if not is_open:
            found.append(Reason("unexplained", "counts agree: costs here were worked out at other prices", left))
        return found

    def _rounding(self) -> Decimal:
        """How much the amounts of the file can be off together."""
        if self._theirs.cost is None:
            return _EQUAL
        return max(_EQUAL, self._theirs.lines * Decimal(5).scaleb(-self._theirs.decimals - 1))

    def _names_held_together(self) -> Iterator[Reason]:
        if len(self._names) > 1:
            yield Reason("snapshots", f"held together as one model: {', '.join(self._names)}")

    def _counts(self) -> Iterator[Reason]:
        """Calls and tokens that one side has more of."""
        theirs, ours = self._theirs, self._ours
        if not self._is_billed:
            text = f"{ours.calls:,} calls are not in the file: another account, or billed later"
            yield Reason("not_billed", text, ours.cost)
        elif not ours.calls:
            amount = None if self._billed is None else -self._billed
            yield Reason("missing_calls", f"the store has none of it{_without_usage(ours)}", amount)
        elif self._invoice.has_usage:
            yield from self._differing_counts()
        elif theirs.cost is not None and ours.no_usage:
            yield Reason("no_usage", f"{ours.no_usage:,} calls were recorded without usage, and may have been billed")

    def _differing_counts(self) -> Iterator[Reason]:
        theirs, ours = _summed(self._theirs.tokens), _summed(self._ours.tokens)
        counted = [kind for kind in TOKENS if kind in self._invoice.counted]
        more: dict[str, int] = {kind: theirs[kind] - ours[kind] for kind in counted}
        requests = None if self._theirs.requests is None else self._theirs.requests - self._ours.calls
        if not any(more.values()) and not requests:
            return
        said = ", ".join(f"{count:+,} {kind.replace('_', ' ')}" for kind, count in more.items() if count)
        said = f": {said}" if said else ""
        amount = self._cost_of_difference(more)
        if requests is not None and requests > 0:
            text = f"{requests:,} of {self._theirs.requests:,} requests are not in the store"
            yield Reason("missing_calls", f"{text}{_without_usage(self._ours)}{said}", amount)
        elif requests is not None and requests < 0:
            yield Reason("extra_calls", f"the store has {-requests:,} calls more than were billed{said}", amount)
        elif requests is None and all(count >= 0 for count in more.values()):
            yield Reason("missing_calls", f"billed and not in the store{_without_usage(self._ours)}{said}", amount)
        else:
            yield Reason("token_counts", f"counts differ, billed against here{said}", amount)

    def _unpriced(self) -> Iterator[Reason]:
        ours = self._ours
        if ours.unpriced:
            cost = self._cost({"standard": ours.unpriced_tokens})
            hint = "no price is known" if cost is None else "llmroute reprice --only unpriced"
            yield Reason(
                "unpriced", f"{ours.unpriced:,} calls have no cost here: {hint}", None if cost is None else -cost
            )
        if ours.partly_priced:
            yield Reason("partly_priced", f"{ours.partly_priced:,} calls are priced in part: a lower bound")

    def _tiers(self) -> Iterator[Reason]:
        """Tokens that were served at another tier than the store has them at."""
        theirs, ours = _by_tier(self._theirs.tokens), _by_tier(self._ours.tokens)
        moved = sorted(tier for tier in {*theirs, *ours} if theirs.get(tier, 0) != ours.get(tier, 0))
        if not self._invoice.has_usage or len(moved) < 2 or not (self._is_billed and self._ours.calls):
            return
        said = ", ".join(f"{tier} {theirs.get(tier, 0):,} billed and {ours.get(tier, 0):,} here" for tier in moved)
        amount = None
        if sum(theirs.values()) == sum(ours.values()):
            here, there = self._cost(self._ours.tokens), self._cost(self._theirs.tokens)
            amount = here - there if here is not None and there is not None else None
        yield Reason("tier", f"tokens by tier: {said}", amount)

    def _parts(self, left: Decimal) -> list[Reason]:
        """Of a cost export: which part of the cost is another, as its lines say."""
        theirs = {part: self._theirs.parts.get(part, _NOTHING) for part in PARTS}
        ours = {part: self._ours.parts.get(part, _NOTHING) for part in PARTS}
        if set(self._theirs.parts) <= {"other"}:
            return [Reason("unexplained", "the file does not split costs by kind of token", left)]
        differ = [part for part in PARTS if abs(ours[part] - theirs[part]) > self._rounding()]
        ratios = [theirs[part] / ours[part] for part in differ if ours[part]]
        if len(ratios) == len(differ) > 1 and max(ratios) - min(ratios) < Decimal("0.01"):
            share = sum(ratios) / len(ratios)
            why = (
                "a discount: the list price in the file is ours"
                if self._is_at_list_price()
                else ("another tier, a discount, or calls that one side lacks")
            )
            return [Reason("factor", f"every part is billed at {share:.3f} of what it costs here: {why}", left)]
        found = [
            Reason(
                "cache" if part.startswith("cache") else part,
                f"{part.replace('_', ' ')}: {_text(theirs[part])} billed, {_text(ours[part])} here",
                ours[part] - theirs[part],
            )
            for part in differ
        ]
        return found or [Reason("unexplained", "no part explains it alone", left)]

    def _is_at_list_price(self) -> bool:
        listed, ours = self._theirs.list_cost, self._ours.cost
        return listed is not None and ours is not None and abs(listed - ours) <= max(self._rounding(), ours / 1000)

    def _cost_of_difference(self, more: Mapping[str, int]) -> Decimal | None:
        """What the store lacks, or has too much of, at our prices, as a part of the drift."""
        if all(count >= 0 for count in more.values()):
            cost, sign = self._cost({"standard": more}), -1
        elif all(count <= 0 for count in more.values()):
            cost, sign = self._cost({"standard": {kind: -count for kind, count in more.items()}}), 1
        else:
            return None
        return None if cost is None else cost * sign

    def _cost(self, tokens: Tokens) -> Decimal | None:
        """Tokens by tier at our prices. Notes when that is not exact."""
        whole = _NOTHING
        for tier, counts in tokens.items():
            if not any(counts.values()):
                continue
            whom = Whom(self._invoice.format.provider, self._model, tier, usage=_usage(counts))
            cost, is_exact = self._side.least_cost(whom)
            if cost is None:
                return None
            self._is_exact = self._is_exact and is_exact
            whole += cost
        return whole


def _usage(counts: Mapping[str, int]) -> dict[str, int | None]:
    # Lifetimes of cache writes are said by some alone: 0 of both is "not said".
    return {kind: count for kind, count in counts.items() if count or not kind.startswith("cache_write_")}


def _without_usage(ours: Ours) -> str:
    return f" ({ours.no_usage:,} calls were recorded without usage)" if ours.no_usage else ""


def _summed(tokens: Tokens) -> dict[str, int]:
    return {kind: sum(counts[kind] for counts in tokens.values()) for kind in TOKENS}


def _by_tier(tokens: Tokens) -> dict[str, int]:
    return {tier: counts["input_tokens"] + counts["output_tokens"] for tier, counts in tokens.items()}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain_number(amount) if amount else "0"
