"""What budgets must show, worked out from the ledger by hand: in Python, with ``Decimal``, without the engine."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from otel_llmroute.store.boards.filters import COLUMNS
from otel_llmroute.store.budgets.budget import Budget
from tests.store.ledger import Call

DAY, WEEK = timedelta(days=1), timedelta(days=7)
HISTORY = 4 * WEEK
EXACT = Context(prec=120)
EIGHT_OF_TEN = 1.2816
"""Standard deviations to both sides of the mean, between which a normal distribution is eight times in ten."""


@dataclass(frozen=True)
class Outlook:
    """What the end of a period will be; ``None`` where too little is known."""

    forecast: Decimal | None
    low: float | None
    high: float | None


Rows = dict[tuple[Hashable, ...], dict[str, Any]]


def budget_rows(calls: Sequence[Call], budgets: Sequence[Budget], now: datetime) -> Rows:
    """A row per budget and value."""
    return {
        (budget.name, value): row_of(budget, value, some, now)
        for budget in budgets
        for value, some in under(calls, budget, now).items()
    }


def under(calls: Iterable[Call], budget: Budget, now: datetime) -> dict[str, list[Call]]:
    """Value -> the calls of the period, and of the last 28 days, that the budget is for."""
    start, _ = period_of(budget, now)
    found: dict[str, list[Call]] = defaultdict(list)
    if not budget.each:
        found[""] = []
    for call in calls:
        is_meant = all(getattr(call, COLUMNS[name]) in values for name, values in budget.only.items())
        value = getattr(call, COLUMNS[budget.each]) if budget.each else ""
        if is_meant and min(start, now - HISTORY) <= slot(call, budget) < now and (value or not budget.each):
            found[value].append(call)
    return found


def period_of(budget: Budget, now: datetime) -> tuple[datetime, datetime]:
    """From the first moment of the period to the first after it."""
    zone = ZoneInfo(budget.zone)
    today = (now - timedelta(seconds=1)).astimezone(zone).date()
    first = {"day": today, "week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}
    start = first[budget.period]
    month_after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    after = {"day": start + DAY, "week": start + WEEK, "month": month_after}[budget.period]
    return midnight(start, zone), midnight(after, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(timezone.utc)


def slot(call: Call, budget: Budget) -> datetime:
    """The piece of time that the call is kept in."""
    if budget.made_from == "llm_calls":
        return call.ts.replace(minute=call.ts.minute // 15 * 15, second=0, microsecond=0)
    return call.hour


def row_of(budget: Budget, value: str, calls: Sequence[Call], now: datetime) -> dict[str, Any]:
    start, end = period_of(budget, now)
    current = [call for call in calls if call.ts >= start]
    paid = [call for call in calls if call.currency == budget.currency]
    own = [(slot(call, budget), call.cost) for call in paid if call.cost is not None]
    known = [cost for at, cost in own if at >= start]
    counts = {
        "records": len(current),
        "unpriced": sum(call.cost is None and call.cost_status != "no_usage" for call in current),
        "partly_priced": sum(call.cost_status == "partial" for call in current),
        "no_usage": sum(call.is_without_report for call in current),
    }
    is_unknown = not known and counts["unpriced"] + counts["no_usage"] > 0
    spend = None if is_unknown else sum(known, Decimal(0))
    first = min((slot(call, budget) for call in calls), default=now)
    ahead = None if spend is None else outlook(spend, own, first, now, end)
    name, growth = driver(budget, calls, now)
    reached = [share for share in budget.warn if spend is not None and spend >= budget.amount * share]
    is_above = ahead is not None and ahead.forecast is not None and ahead.forecast > budget.amount
    return {
        "name": budget.name,
        "value": value if budget.each else None,
        "each": budget.each or None,
        "period": budget.period,
        "zone": budget.zone,
        "period_from": f"{start:%Y-%m-%d %H:%M}",
        "period_until": f"{end:%Y-%m-%d %H:%M}",
        "currency": budget.currency,
        "amount": budget.amount,
        "spend": spend,
        "used": None if spend is None else float(spend) / float(budget.amount),
        "level": level(budget, spend, is_above, bool(reached)),
        "warned": float(max(reached)) if reached else None,
        "forecast": ahead and ahead.forecast,
        "forecast_low": ahead and near(ahead.low),
        "forecast_high": ahead and near(ahead.high),
        "exhausted": None if spend is None else exhausted(budget, spend, own, first, now),
        "driver_by": driver_by(budget) if name else None,
        "driver": name,
        "growth": growth,
        **counts,
        "other_currencies": others(budget, current),
    }


def level(budget: Budget, spend: Decimal | None, is_above: bool, is_reached: bool) -> str:
    if spend is None:
        return "unknown"
    if spend > budget.amount:
        return "over"
    if budget.forecast and is_above:
        return "forecast"
    return "warn" if is_reached else "within"


def others(budget: Budget, calls: Iterable[Call]) -> str | None:
    """What was paid in other currencies, by name."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for call in calls:
        if call.currency != budget.currency and call.cost:
            found[call.currency] += call.cost
    texts = [f"{currency} {amount.normalize(EXACT):f}" for currency, amount in sorted(found.items())]
    return ", ".join(texts) or None


def driver_by(budget: Budget) -> str:
    if budget.made_from == "llm_hourly_tenants":
        return "" if budget.each == "tenant" else "tenant"
    return "model" if budget.each == "route" or len(budget.only.get("route", ())) == 1 else "route"


def driver(budget: Budget, calls: Iterable[Call], now: datetime) -> tuple[str | None, Decimal | None]:
    """What grew most, and by how much."""
    length, by = (DAY if budget.period == "day" else WEEK), driver_by(budget)
    grown: dict[str, Decimal] = defaultdict(Decimal)
    for call in calls:
        at = slot(call, budget)
        if by and call.currency == budget.currency and call.cost is not None and at >= now - 2 * length:
            grown[getattr(call, by)] += call.cost if at >= now - length else -call.cost
    found = max(((growth, name) for name, growth in grown.items() if name and growth > 0), default=None)
    return (found[1], found[0]) if found else (None, None)


# --- the forecast -----------------------------------------------------------------------------------------------------


def outlook(
    spend: Decimal, own: Sequence[tuple[datetime, Decimal]], first: datetime, now: datetime, end: datetime
) -> Outlook:
    """``own``: what was spent when, until ``now``; ``first``: when that began to be known."""
    left = (end - now) / DAY
    if left <= 0:
        return Outlook(spend, float(spend), float(spend))
    if now - first < DAY:
        return Outlook(None, None, None)
    forecast = spend + ahead_of(own, first, now, end)
    days = min(28, (now - first) // DAY)
    if days < 2:
        return Outlook(forecast, None, None)
    chance, trend = chance_of(daily(own, now), days, left)
    low = max(float(spend), float(forecast) + min(0.0, trend) - chance)
    return Outlook(forecast, low, float(forecast) + max(0.0, trend) + chance)


def ahead_of(own: Sequence[tuple[datetime, Decimal]], first: datetime, now: datetime, end: datetime) -> Decimal:
    """The last seven days again and again until the end; of what is younger than that, its mean."""
    recent = [(at, cost) for at, cost in own if at >= now - WEEK]
    if now - first >= WEEK:
        return sum((cost * repeats_until(at, end) for at, cost in recent), Decimal(0))
    known_s, left_s = (int(length.total_seconds()) for length in (now - first, end - now))
    whole = sum((cost for _, cost in recent), Decimal(0)) * left_s
    return EXACT.divide(whole, Decimal(known_s)).quantize(Decimal(1).scaleb(-12), "ROUND_DOWN", EXACT)


def repeats_until(at: datetime, end: datetime) -> int:
    times = 0
    while at + (times + 1) * WEEK < end:
        times += 1
    return times


def daily(own: Iterable[tuple[datetime, Decimal]], now: datetime) -> list[float]:
    """What each of the last 28 days cost, back from now."""
    found = [Decimal(0)] * 28
    for at, cost in own:
        back = (now - timedelta(seconds=1) - at) // DAY
        if back < 28:
            found[back] += cost
    return [float(cost) for cost in found]


def chance_of(spends: Sequence[float], days: int, left: float) -> tuple[float, float]:
    """How far chance takes the rest of the period from the forecast in eight of ten cases, and how far it takes it when
    weeks go on changing as they did."""
    whole, part = int(left), left - int(left)
    lived = [(day, 1.0) for day in range(whole)] + [(whole, part)]
    times = [0.0] * 7
    for day, length in lived:
        times[day % 7] += length
    if days >= 14:
        changes = [spends[day] - spends[day + 7] for day in range(days - 7)]
        change, variance = statistics.fmean(changes), statistics.variance(changes) / 2
    else:
        change, variance = 0.0, statistics.variance(spends[:days])
    repeated = sum(each**2 for each in times) if days >= 7 else left**2 / days
    trend = change * sum((day // 7 + 1) * length for day, length in lived)
    return EIGHT_OF_TEN * (variance * (left + repeated)) ** 0.5, trend


def exhausted(
    budget: Budget, spend: Decimal, own: Sequence[tuple[datetime, Decimal]], first: datetime, now: datetime
) -> str | None:
    """When the amount is passed."""
    start, end = period_of(budget, now)
    total = Decimal(0)
    if spend > budget.amount:
        for at, cost in sorted(own):
            total += cost if at >= start else 0
            if total > budget.amount:
                return f"{at:%Y-%m-%d %H:%M}"
    recent = sorted((at, cost) for at, cost in own if at >= now - WEEK and cost)
    if not recent or end <= now or now - first < DAY:
        return None
    if now - first < WEEK:
        rate = EXACT.divide(sum(cost for _, cost in recent), Decimal(int((now - first).total_seconds())))
        passed = now + timedelta(seconds=int(EXACT.divide(budget.amount - spend, rate)))
        return f"{passed:%Y-%m-%d %H:%M}" if passed < end else None
    total, weeks = spend, 0
    while True:
        weeks += 1
        for at, cost in recent:
            if at + weeks * WEEK >= end:
                return None
            total += cost
            if total > budget.amount:
                return f"{at + weeks * WEEK:%Y-%m-%d %H:%M}"


def near(value: float | None) -> Any:
    """A figure that was worked out with floats."""
    return None if value is None else pytest.approx(Decimal(repr(value)), rel=Decimal("1e-9"), abs=Decimal("1e-9"))
