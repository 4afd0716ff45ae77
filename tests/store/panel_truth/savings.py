"""What could be saved: counterfactual figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from tests.store.ledger import Call, Ledger
from tests.store.panel_truth.asked import Asked, Rows, attempts, divided, known, part, spend, trust

DESCRIBING = (
    *("hour", "currency", "service", "route", "reason", "provider", "model", "plan", "feature", "task", "risk"),
    *("service_tier", "attempt_reason", "outcome", "purpose"),
)


PARTS = ("cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_other")


def hourly(ledger: Ledger, asked: Asked) -> list[list[Call]]:
    """Attempts as a roll-up puts them together; each by itself where the roll-up has no column for a filter."""
    groups: dict[tuple[Any, ...], list[Call]] = defaultdict(list)
    if not set(asked.filters) <= set(DESCRIBING):
        return [[call] for call in attempts(asked.calls(ledger))]
    for call in attempts(asked.calls(ledger)):
        groups[tuple(getattr(call, name) for name in DESCRIBING)].append(call)
    return list(groups.values())


def is_counted(calls: Sequence[Call]) -> bool:
    """Wholly priced, and the parts of the cost are its sum."""
    parts = sum((getattr(call, name) or Decimal(0) for call in calls for name in PARTS), Decimal(0))
    is_priced = all(call.cost is not None for call in calls)
    return is_priced and not any(trust(calls).values()) and spend(calls) == parts


def total(calls: Iterable[Call], *names: str) -> Any:
    """The sum of some fields, what is not known counting as nothing."""
    return sum((getattr(call, name) or 0 for call in calls for name in names), 0)


def plain_tokens(calls: Sequence[Call]) -> int:
    return int(total(calls, "input_tokens") - total(calls, "cache_read_tokens", "cache_write_tokens"))


def cache_savings(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[tuple[str, ...], list[list[Call]]] = defaultdict(list)
    for some in hourly(ledger, asked):
        one = some[0]
        groups[one.route, one.currency, one.provider, one.model, one.service_tier].append(some)
    found: dict[tuple[str, str], list[tuple[Decimal, Decimal, int]]] = defaultdict(list)
    every: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for (route, currency, *_), hours in groups.items():
        every[route, currency].extend(call for some in hours for call in some)
        counted = [call for some in hours if is_counted(some) for call in some]
        cached = int(total(counted, "cache_read_tokens", "cache_write_tokens"))
        if cached and plain_tokens(counted) > 0:
            paid = Decimal(total(counted, "cost_cache_read", "cost_cache_write"))
            without = divided(Decimal(total(counted, "cost_input")) * cached, plain_tokens(counted))
            found[route, currency].append(((without or Decimal(0)) - paid, paid, cached))
    rows: Rows = {}
    for key, calls in every.items():
        read, write = (int(total(calls, name)) for name in ("cache_read_tokens", "cache_write_tokens"))
        if read + write:
            rows[key] = {
                "name": key[0],
                "currency": key[1],
                "input_tokens": int(total(calls, "input_tokens")),
                "cache_read_tokens": read,
                "cache_write_tokens": write,
                "cache_share": part(read, total(calls, "input_tokens")),
                "saved": known(saved for saved, _, _ in found[key]),
                "spend_cache": known(paid for _, paid, _ in found[key]),
                "tokens_left_out": read + write - sum(cached for _, _, cached in found[key]),
            }
    return rows


def cheaper_models(ledger: Ledger, asked: Asked) -> Rows:
    def described(call: Call) -> tuple[str, str, str, str]:
        return call.provider, call.model, call.service_tier, call.currency

    everything = Asked(asked.since, asked.until, {})
    prices: dict[Any, list[Call]] = defaultdict(list)
    moved: dict[Any, list[Call]] = defaultdict(list)
    for some in filter(is_counted, hourly(ledger, everything)):
        prices[described(some[0])].extend(some)
    for some in filter(is_counted, hourly(ledger, asked)):
        moved[(some[0].route, *described(some[0]))].extend(some)
    rows: Rows = {}
    for (route, *now, currency), calls in moved.items():
        for (*other, paid_in), theirs in prices.items():
            there = cost_there(calls, theirs) if paid_in == currency and other != now else None
            paid = spend(calls)
            if there is not None and paid is not None and paid > there:
                names = ("provider", "model", "service_tier", "other_provider", "other_model", "other_tier")
                rows[(route, *now, *other, currency)] = {
                    "name": route,
                    "currency": currency,
                    **dict(zip(names, [*now, *other], strict=True)),
                    "attempts": len(calls),
                    "priced_by": len(theirs),
                    "spend": paid,
                    "cost_there": there,
                    "saved": paid - there,
                }
    return rows


def cost_there(calls: Sequence[Call], theirs: Sequence[Call]) -> Decimal | None:
    """What the tokens would cost at the average price of others; ``None`` when there is none of input or output."""
    plain, output = plain_tokens(theirs), int(total(theirs, "output_tokens"))
    if plain <= 0 or output <= 0:
        return None
    paid = Decimal(total(theirs, "cost_input"))
    amounts = [divided(paid * plain_tokens(calls), plain)]
    for tokens, cost in (("cache_read_tokens", "cost_cache_read"), ("cache_write_tokens", "cost_cache_write")):
        many, own = int(total(calls, tokens)), int(total(theirs, tokens))
        amounts.append(divided(Decimal(total(theirs, cost)) * many, own) if own else divided(paid * many, plain))
    amounts.append(divided(Decimal(total(theirs, "cost_output")) * int(total(calls, "output_tokens")), output))
    return known(amounts) + Decimal(total(calls, "cost_other"))
