"""What an attempt cost: what the provider says it charged, else what was used at the prices in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from otel_llmroute.prices import Cost, Usage
from otel_llmroute.prices.cost import NO_USAGE, to_pico

if TYPE_CHECKING:
    from otel_llmroute.app.openings import Target
    from otel_llmroute.app.sdks.answer import Answer
    from otel_llmroute.prices import PriceBook

_MOST_MONEY: Final = Decimal(1_000_000)
_COUNTS: Final = tuple(field.name for field in fields(Usage))


def cost_of(
    answer: Answer, prices: PriceBook, target: Target, requested_model: str | None, at_ns: int
) -> tuple[Cost, Usage | None]:
    """The cost of ``answer`` and all that was used for it by the model that gave it.

    What the provider reported wins. What was used beside the answer is priced apart: by its own model, and with its own
    number of tokens where the price depends on it.
    """
    usage = answer.usage
    if answer.cost is not None and (reported := money(answer.cost)) is not None:
        cost = Cost("priced" if reported else "free", "provider", "USD", reported, other=reported)
        return cost, _with(usage, answer)
    own_model = answer.priced_as or answer.model or requested_model
    cost = NO_USAGE
    if usage is not None:
        billed = _read_not_written(usage) if answer.writes_as_reads else usage
        cost = _priced(answer, prices, target, billed, own_model, at_ns)
        if billed is not usage and cost.amount is not None:
            cost = cost._replace(status="partial")
    if not answer.beside:
        return cost, usage
    for model, used in answer.beside:
        beside = _priced(answer, prices, target, used, model or own_model, at_ns)
        cost = _sum(cost, beside, apart=model is not None)
    return cost, _with(usage, answer)


def _priced(answer: Answer, prices: PriceBook, target: Target, used: Usage, model: str | None, at_ns: int) -> Cost:
    return prices.cost_of(
        used,
        provider=answer.seller or target.provider,
        model=model,
        tier=answer.tier,
        speed=answer.speed,
        region=answer.region,
        host=target.host,
        at_ns=at_ns,
    )


def _read_not_written(usage: Usage) -> Usage:
    """``usage`` with all cache writes as reads, the least that they can cost; ``usage`` itself if it has none."""
    if not usage.cache_write_tokens:
        return usage
    read = (usage.cache_read_tokens or 0) + usage.cache_write_tokens
    written = {"cache_write_tokens": None, "cache_write_5m_tokens": None, "cache_write_1h_tokens": None}
    return replace(usage, cache_read_tokens=read, **written)


def _sum(cost: Cost, more: Cost, apart: bool) -> Cost:
    """Both together. ``apart``: the second is another model's, so it is no part of this one's input or output."""
    if more.amount is None or (cost.amount is not None and more.currency != cost.currency):
        return cost._replace(status="partial") if cost.amount is not None else cost
    if apart:
        more = Cost(more.status, more.source, more.currency, more.amount, other=more.amount)
    if cost.amount is None:
        return more._replace(status="partial")
    statuses = {cost.status, more.status}
    return cost._replace(
        status="partial" if "partial" in statuses else "priced" if "priced" in statuses else "free",
        amount=cost.amount + (more.amount or 0),
        input=_plus(cost.input, more.input),
        cache_read=_plus(cost.cache_read, more.cache_read),
        cache_write=_plus(cost.cache_write, more.cache_write),
        output=_plus(cost.output, more.output),
        other=_plus(cost.other, more.other),
    )


def _plus(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


def _with(usage: Usage | None, answer: Answer) -> Usage | None:
    """``usage`` and what the same model used beside it."""
    for used in _of_the_same_model(answer):
        usage = used if usage is None else _added(usage, used)
    return usage


def _of_the_same_model(answer: Answer) -> Iterable[Usage]:
    return (used for model, used in answer.beside if model is None)


def _added(usage: Usage, more: Usage) -> Usage:
    return replace(usage, **{name: _plus(getattr(usage, name), getattr(more, name)) for name in _COUNTS})


def money(reported: object) -> int | None:
    """A cost that somebody reported (a number or a decimal text, in USD) in pico-units; ``None`` if it is none."""
    if reported is None or isinstance(reported, bool) or not isinstance(reported, (int, float, str)):
        return None
    try:
        amount = Decimal(repr(reported) if not isinstance(reported, str) else reported)
    except (ArithmeticError, ValueError):
        return None
    return to_pico(amount) if amount.is_finite() and 0 <= amount <= _MOST_MONEY else None
