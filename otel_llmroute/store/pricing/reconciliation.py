"""What a provider says it billed and what the store has, side by side by UTC day and model."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from otel_llmroute.prices import PriceBook
from otel_llmroute.store.pricing.drift import Ours, Pair
from otel_llmroute.store.pricing.invoices import PARTS, TOKENS, Billed, Invoice

_DATE: Final = re.compile(r"[-@](20\d\d-?[01]\d-?[0-3]\d|latest)$")


def base_name(model: str) -> str:
    """A model's name without the date of its snapshot, written one way: ``Claude Haiku 4.5`` and
    ``claude-haiku-4-5-20251001`` are both ``claude-haiku-4-5``."""
    name = re.sub(r"[ ._]+", "-", model.strip().lower().rpartition("/")[2])
    return _DATE.sub("", name)


def reconciled(invoice: Invoice, rows: Iterable[Mapping[str, Any]], book: PriceBook) -> list[dict[str, Any]]:
    """One record per UTC day and model, the largest drift first. ``rows`` answer ``spend_per_day.sql``."""
    records = [pair.plain() for pair in _pairs(invoice, rows, book)]
    return sorted(records, key=lambda record: (-abs(Decimal(record["drift"] or 0)), record["day"], record["model"]))


def _pairs(invoice: Invoice, rows: Iterable[Mapping[str, Any]], book: PriceBook) -> Iterator[Pair]:
    """Names are matched as they are where both sides tell the same snapshots apart, else without their dates."""
    theirs: dict[tuple[date, str], dict[str, Billed]] = defaultdict(dict)
    ours: dict[tuple[date, str], dict[str, _Sums]] = defaultdict(lambda: defaultdict(_Sums))
    is_whole = all(model == "" for _, model in invoice.billed)
    for (day, model), each_billed in invoice.billed.items():
        theirs[day, base_name(model)][model] = each_billed
    for row in rows:
        model = "" if is_whole else str(row["model"]).lower()
        ours[date.fromisoformat(row["day"]), base_name(model)][model].add(row)
    for day, name in sorted({*theirs, *ours}):
        one, other = theirs.get((day, name), {}), ours.get((day, name), {})
        names = sorted({*one, *other})
        groups = [[each] for each in names] if set(one) == set(other) else [names]
        for group in groups:
            billed = _all_billed([one[each] for each in group if each in one])
            sums = _all_ours([other[each] for each in group if each in other])
            if billed is not None or sums.calls:
                yield Pair(invoice, day, group, base_name(name), billed, sums.ours(), book)


def _all_billed(billed: Sequence[Billed]) -> Billed | None:
    """What several snapshots were billed, together; ``None`` for none."""
    if len(billed) < 2:
        return billed[0] if billed else None
    whole = Billed(currency=billed[0].currency)
    for each in billed:
        whole.lines += each.lines
        whole.decimals = max(whole.decimals, each.decimals)
        whole.requests = _plus(whole.requests, each.requests)
        whole.cost, whole.list_cost = _plus(whole.cost, each.cost), _plus(whole.list_cost, each.list_cost)
        _add_tokens(whole.tokens, each.tokens)
        for part, amount in each.parts.items():
            whole.parts[part] = whole.parts.get(part, Decimal(0)) + amount
    return whole


@dataclass
class _Sums:
    """What the store has, while it is summed."""

    calls: int = 0
    no_usage: int = 0
    unpriced: int = 0
    partly_priced: int = 0
    cost: Decimal | None = None
    currencies: set[str] = field(default_factory=set)
    tokens: dict[str, dict[str, int]] = field(default_factory=dict)
    unpriced_tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TOKENS, 0))
    parts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row of the answer."""
        tier = "standard" if row["tier"] in ("", "default") else str(row["tier"])
        cost = None if row["cost"] is None else Decimal(row["cost"])
        self.plus(
            _Sums(
                int(row["calls"]),
                int(row["no_usage"]),
                int(row["unpriced"]),
                int(row["partly_priced"]),
                cost,
                {row["currency"]} if cost is not None else set(),
                {tier: {kind: int(row[kind] or 0) for kind in TOKENS}},
                {kind: int(row.get(f"unpriced_{kind}") or 0) for kind in TOKENS},
                {part: Decimal(row[f"cost_{part}"]) for part in PARTS if row[f"cost_{part}"] is not None},
            )
        )

    def plus(self, more: _Sums) -> None:
        """Count more of it."""
        for name in ("calls", "no_usage", "unpriced", "partly_priced"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.cost = _plus(self.cost, more.cost)
        self.currencies |= more.currencies
        _add_tokens(self.tokens, more.tokens)
        for kind, count in more.unpriced_tokens.items():
            self.unpriced_tokens[kind] += count
        for part, amount in more.parts.items():
            self.parts[part] = self.parts.get(part, Decimal(0)) + amount

    def ours(self) -> Ours:
        """The sums."""
        return Ours(
            self.calls, self.no_usage, self.unpriced, self.partly_priced, self.cost, frozenset(self.currencies),
            self.tokens, self.unpriced_tokens, self.parts,
        )  # fmt: skip


def _all_ours(sums: Iterable[_Sums]) -> _Sums:
    whole = _Sums()
    for each in sums:
        whole.plus(each)
    return whole


def _add_tokens(to: dict[str, dict[str, int]], more: Mapping[str, Mapping[str, int]]) -> None:
    for tier, counts in more.items():
        sums = to.setdefault(tier, dict.fromkeys(TOKENS, 0))
        for kind, count in counts.items():
            sums[kind] += count


def _plus(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other
