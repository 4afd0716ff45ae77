"""What panels must show, worked out from the ledger by hand: in Python, with ``Decimal``, without the engine.

Each function gives the rows of one question, by what tells them apart.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from tests.store.ledger import Call, DecisionRecord, JobRecord, Ledger, RouteRecord

Rows = dict[tuple[Hashable, ...], dict[str, Any]]
EXACT = Context(prec=120)
STEP = Decimal(1).scaleb(-12)


@dataclass(frozen=True)
class Asked:
    """A period of whole hours, filters by column, and the column that is grouped by."""

    since: datetime
    until: datetime
    filters: Mapping[str, Sequence[str]]
    by: str = ""

    def meets(self, record: object) -> bool:
        return all(getattr(record, column) in values for column, values in self.filters.items())

    def calls(self, ledger: Ledger, since: datetime | None = None) -> list[Call]:
        """Attempts and charges in the period that meet the filters."""
        since = since or self.since
        return [call for call in ledger.calls if since <= call.ts < self.until and self.meets(call)]

    def routes(self, ledger: Ledger) -> list[RouteRecord]:
        return [route for route in ledger.routes if self.since <= route.ts < self.until and self.meets(route)]


def known(values: Iterable[Any]) -> Any:
    """The sum of what is known; ``None`` when nothing is."""
    found = [value for value in values if value is not None]
    return sum(found[1:], found[0]) if found else None


def divided(amount: Decimal | None, by: int) -> Decimal | None:
    """The quotient to 12 decimals, cut off."""
    if amount is None or by == 0:
        return None
    return EXACT.divide(amount, Decimal(by)).quantize(STEP, ROUND_DOWN, EXACT)


def part(some: Any, whole: Any) -> float | None:
    return None if some is None or not whole else float(some) / float(whole)


def by_currency(
    calls: Iterable[Call], key: Callable[[Call], Hashable], weight: Callable[[Call], bool] = lambda call: True
) -> dict[tuple[Any, str], list[Call]]:
    """Calls by key and currency; those without a currency are beside the one that most of their key have."""
    groups: dict[Hashable, dict[str, list[Call]]] = defaultdict(lambda: defaultdict(list))
    for call in calls:
        groups[key(call)][call.currency].append(call)
    found: dict[tuple[Any, str], list[Call]] = defaultdict(list)
    for name, paid in groups.items():
        main = max(paid, key=lambda currency: (currency != "", sum(map(weight, paid[currency])), currency))
        for currency, some in paid.items():
            found[name, currency or main].extend(some)
    return dict(found)


def trust(calls: Sequence[Call]) -> dict[str, int]:
    return {
        "unpriced": sum(call.cost is None and call.cost_status != "no_usage" for call in calls),
        "partly_priced": sum(call.cost_status == "partial" for call in calls),
        "no_usage": sum(call.cost_status == "no_usage" for call in calls),
    }


def spend(calls: Iterable[Call]) -> Decimal | None:
    return known(call.cost for call in calls)


def requests(calls: Iterable[Call]) -> int:
    return sum(call.kind == "attempt" and call.attempt_number in (None, 1) for call in calls)


def is_failed(call: Call) -> bool:
    return call.kind == "attempt" and (call.outcome == "failed" or (call.outcome == "" and call.status == "Error"))


def attempts(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.kind == "attempt"]


def with_share(rows: Rows, of: str, within: Callable[[dict[str, Any]], Hashable], name: str) -> Rows:
    """The rows with their part of the sum of ``of`` among those that are alike."""
    wholes: dict[Hashable, Any] = {}
    for row in rows.values():
        wholes[within(row)] = known([wholes.get(within(row)), row[of]])
    for row in rows.values():
        row[name] = part(row[of], wholes[within(row)])
    return rows


def spend_by(ledger: Ledger, asked: Asked) -> Rows:
    rows: Rows = {}
    for (name, currency), calls in by_currency(asked.calls(ledger), lambda call: getattr(call, asked.by)).items():
        rows[name, currency] = {
            "name": name,
            "currency": currency,
            "records": len(calls),
            "attempts": len(attempts(calls)),
            "requests": requests(calls),
            "failed": sum(map(is_failed, calls)),
            "sdk_retries": sum(call.sdk_retries or 0 for call in calls),
            "retries": sum(call.attempt_reason == "retry" for call in calls),
            "fallbacks": sum(call.attempt_reason.startswith("fallback") for call in calls),
            "input_tokens": known(call.input_tokens for call in calls),
            "cache_read_tokens": known(call.cache_read_tokens for call in calls),
            "output_tokens": known(call.output_tokens for call in calls),
            "spend": spend(calls),
            **trust(calls),
            "cost_per_call": divided(spend(calls), requests(calls)),
            "failed_share": part(sum(map(is_failed, calls)), len(attempts(calls))),
            "cache_share": part(
                known(call.cache_read_tokens for call in calls), known(call.input_tokens for call in calls)
            ),
        }
    return with_share(rows, "spend", lambda row: row["currency"], "spend_share")


def spend_by_tenant(ledger: Ledger, asked: Asked) -> Rows:
    whole = spend_by(ledger, Asked(asked.since, asked.until, asked.filters, "tenant"))
    left_out = ("attempts", "sdk_retries", "retries", "fallbacks", "cache_read_tokens", "failed_share", "cache_share")
    return {key: {name: row[name] for name in row if name not in left_out} for key, row in whole.items()}


def spend_and_before(ledger: Ledger, asked: Asked) -> Rows:
    def is_now(call: Call) -> bool:
        return call.ts >= asked.since

    rows: Rows = {}
    before = asked.since - (asked.until - asked.since)
    for (_, currency), calls in by_currency(asked.calls(ledger, before), lambda call: "", is_now).items():
        now, then = [call for call in calls if is_now(call)], [call for call in calls if not is_now(call)]
        rows[(currency,)] = {
            "currency": currency,
            "spend": spend(now),
            "spend_before": spend(then),
            "change": None
            if spend(now) is None or not spend(then)
            else float(spend(now) - spend(then)) / float(spend(then)),
            "requests": requests(now),
            "failed": sum(map(is_failed, now)),
            "records": len(now),
            **trust(now),
        }
    return rows


def month_to_date(ledger: Ledger, asked: Asked) -> Rows:
    month = (asked.until - timedelta(seconds=1)).replace(day=1, hour=0, minute=0, second=0)
    end = (month + timedelta(days=32)).replace(day=1)
    week = asked.until - timedelta(days=7)
    calls = asked.calls(ledger, min(month, week))
    first = min((call.hour for call in calls if call.hour >= week), default=None)
    rows: Rows = {}
    for (_, currency), some in by_currency(calls, lambda call: "").items():
        now = [call for call in some if call.hour >= month]
        so_far = spend(now) if now else Decimal(0)
        recent = spend(call for call in some if call.hour >= week) or Decimal(0)
        left = int((end - asked.until).total_seconds())
        forecast = None
        if so_far is not None and first is not None:
            forecast = so_far + (divided(recent * left, int((asked.until - first).total_seconds())) or 0)
        rows[(currency,)] = {
            "currency": currency,
            "month": f"{month:%Y-%m-%d}",
            "spend": so_far,
            "forecast": forecast,
            "records": len(now),
            **trust(now),
        }
    return rows


def spend_over_time(ledger: Ledger, asked: Asked) -> Rows:
    step = 3600 if asked.until - asked.since <= timedelta(hours=72) else 86_400

    def moment(call: Call) -> str:
        seconds = int(call.hour.timestamp()) // step * step
        return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M}"

    rows: Rows = {}
    for (time, currency), calls in by_currency(asked.calls(ledger), moment).items():
        row = {"time": time, "currency": currency, "spend": spend(calls), "requests": requests(calls)}
        rows[time, currency] = {**row, "records": len(calls), **trust(calls)}
    return rows


def price_coverage_of_period(ledger: Ledger, asked: Asked) -> Rows:
    calls = asked.calls(ledger)
    if not calls:
        return {}
    found = trust(calls)
    priced = len(calls) - found["unpriced"] - found["no_usage"]
    coverage = part(priced, len(calls) - found["no_usage"])
    return {(): {"records": len(calls), "priced": priced, "coverage": coverage, **found}}


def reasons_by_route(ledger: Ledger, asked: Asked) -> Rows:
    rows: Rows = {}
    for ((name, reason), currency), calls in by_currency(
        asked.calls(ledger), lambda call: (call.route, call.reason)
    ).items():
        row = {"name": name, "reason": reason, "currency": currency, "records": len(calls), "spend": spend(calls)}
        rows[name, reason, currency] = {**row, "requests": requests(calls), **trust(calls)}
    with_share(rows, "requests", lambda row: row["name"], "request_share")
    return with_share(rows, "spend", lambda row: (row["name"], row["currency"]), "spend_share")


def wasted_attempts(ledger: Ledger, asked: Asked) -> Rows:
    wasted = ("failed", "rejected", "discarded", "cancelled", "abandoned")
    calls = [call for call in attempts(asked.calls(ledger)) if call.outcome in wasted]
    rows: Rows = {}
    for ((name, outcome), currency), some in by_currency(calls, lambda call: (call.route, call.outcome)).items():
        found = trust(some)
        rows[name, outcome, currency] = {
            "name": name,
            "outcome": outcome,
            "currency": currency,
            "attempts": len(some),
            "spend": spend(some),
            "unbilled": found["no_usage"],
            "unpriced": found["unpriced"],
            "partly_priced": found["partly_priced"],
            "sdk_retries": sum(call.sdk_retries or 0 for call in some),
        }
    return rows


def fallback_premium(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in attempts(asked.calls(ledger)):
        groups[call.route, call.currency].append(call)
    rows: Rows = {}
    for (name, currency), calls in groups.items():
        others = [call for call in calls if call.attempt_reason.startswith("fallback")]
        firsts = [call for call in calls if call.attempt_reason in ("", "initial") and call.outcome == "accepted"]
        priced_others, priced_firsts = (sum(call.cost is not None for call in some) for some in (others, firsts))
        usual, paid = spend(firsts), spend(others)
        premium = None
        if usual is not None and paid is not None:
            premium = paid - (divided(usual * priced_others, priced_firsts) or 0)
        if others:
            rows[name, currency] = {
                "name": name,
                "currency": currency,
                "fallbacks": len(others),
                "fallback_spend": paid,
                "first_choice_cost": divided(usual, priced_firsts),
                "premium": premium,
                "unpriced": trust(others)["unpriced"],
            }
    return rows


DESCRIBING = (
    *("hour", "currency", "service", "route", "reason", "provider", "model", "plan", "feature", "task", "risk"),
    *("service_tier", "attempt_reason", "outcome", "purpose"),
)
PARTS = ("cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_other")


def hourly(calls: Iterable[Call]) -> list[list[Call]]:
    """Attempts as a roll-up puts them together."""
    groups: dict[tuple[Any, ...], list[Call]] = defaultdict(list)
    for call in attempts(calls):
        groups[tuple(getattr(call, name) for name in DESCRIBING)].append(call)
    return list(groups.values())


def is_counted(calls: Sequence[Call]) -> bool:
    """Wholly priced, and the parts of the cost are its sum."""
    parts = sum((getattr(call, name) or Decimal(0) for call in calls for name in PARTS), Decimal(0))
    return not any(trust(calls).values()) and spend(calls) == parts


def total(calls: Iterable[Call], *names: str) -> Any:
    """The sum of some fields, what is not known counting as nothing."""
    return sum((getattr(call, name) or 0 for call in calls for name in names), 0)


def plain_tokens(calls: Sequence[Call]) -> int:
    return int(total(calls, "input_tokens") - total(calls, "cache_read_tokens", "cache_write_tokens"))


def cache_savings(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[tuple[str, ...], list[list[Call]]] = defaultdict(list)
    for some in hourly(asked.calls(ledger)):
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
    for some in filter(is_counted, hourly(everything.calls(ledger))):
        prices[described(some[0])].extend(some)
    for some in filter(is_counted, hourly(asked.calls(ledger))):
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


def quantile(values: Sequence[float], level: float) -> float | None:
    """The smallest value that so great a part of all is not above."""
    return sorted(values)[max(math.ceil(len(values) * level), 1) - 1] if values else None


def latency_by(ledger: Ledger, asked: Asked) -> Rows:
    took: dict[str, list[float]] = defaultdict(list)
    began: dict[str, list[float]] = defaultdict(list)
    for call in attempts(asked.calls(ledger)):
        if call.outcome not in ("failed", "cancelled", "abandoned"):
            took[getattr(call, asked.by)].append(max(call.duration_ns / 1e9, 1e-6))
        if call.first_chunk_s is not None:
            began[getattr(call, asked.by)].append(call.first_chunk_s)
    return {
        (name,): {
            "name": name,
            "answered": len(took[name]),
            "streams": len(began[name]),
            **{f"p{level}_s": quantile(took[name], level / 100) for level in (50, 95, 99)},
            **{f"first_chunk_p{level}_s": quantile(began[name], level / 100) for level in (50, 95, 99)},
        }
        for name in {*took, *began}
    }


def errors_by_route(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[tuple[str, ...], list[Call]] = defaultdict(list)
    for call in filter(is_failed, asked.calls(ledger)):
        groups[call.route, call.provider, call.model, call.error_type].append(call)
    rows: Rows = {}
    for key, calls in groups.items():
        last = max(calls, key=lambda call: call.ts)
        row = dict(zip(("name", "provider", "model", "error"), key, strict=True))
        rows[key] = {
            **row,
            "failed": len(calls),
            "last_seen": f"{last.ts:%Y-%m-%d %H:%M:%S}",
            "last_trace": last.trace_id,
        }
    return rows


def route_paths(ledger: Ledger, asked: Asked) -> Rows:
    names = ("requested_model", "selected_model", "served_model")
    groups: dict[tuple[str, ...], list[RouteRecord]] = defaultdict(list)
    for route in asked.routes(ledger):
        groups[(route.route, *(getattr(route, name) for name in names))].append(route)
    rows: Rows = {}
    for key, routes in groups.items():
        said = [len(route.candidates) for route in routes if route.candidates]
        rows[key] = {
            **dict(zip(("name", *names), key, strict=True)),
            "routes": len(routes),
            "fallbacks": sum(route.fallback_used is True for route in routes),
            "failed": sum(route.outcome == "error" for route in routes),
            "candidates": part(sum(said), len(said)),
        }
    return rows


def response_cache_by_route(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[str, list[str]] = defaultdict(list)
    for route in asked.routes(ledger):
        if route.response_cache_result:
            groups[route.route].append(route.response_cache_result)
    rows: Rows = {}
    for name, results in groups.items():
        hits, misses, stale, bypassed = (results.count(each) for each in ("hit", "miss", "stale", "bypass"))
        row = {"name": name, "hits": hits, "misses": misses, "stale": stale, "bypassed": bypassed}
        rows[(name,)] = {**row, "hit_share": part(hits, hits + misses + stale)}
    return rows


def spend_by_model_and_tier(ledger: Ledger, asked: Asked) -> Rows:
    names = ("provider", "model", "service_tier")
    rows: Rows = {}
    for (key, currency), calls in by_currency(
        attempts(asked.calls(ledger)), lambda call: tuple(getattr(call, name) for name in names)
    ).items():
        priced = sum(call.cost is not None for call in calls)
        rows[(*key, currency)] = {
            **dict(zip(names, key, strict=True)),
            "currency": currency,
            "attempts": len(calls),
            "spend": spend(calls),
            **trust(calls),
            "input_tokens": known(call.input_tokens for call in calls),
            "output_tokens": known(call.output_tokens for call in calls),
            "per_1k_calls": divided(None if spend(calls) is None else spend(calls) * 1000, priced),
        }
    return with_share(rows, "attempts", lambda row: (row["provider"], row["model"]), "attempt_share")


def models_without_price(ledger: Ledger, asked: Asked) -> Rows:
    names = ("provider", "model", "service_tier")
    groups: dict[tuple[str, ...], list[Call]] = defaultdict(list)
    for call in attempts(asked.calls(ledger)):
        if call.cost is None and call.cost_status != "no_usage":
            groups[tuple(getattr(call, name) for name in names)].append(call)
    return {
        key: {
            **dict(zip(names, key, strict=True)),
            "attempts": len(calls),
            "input_tokens": known(call.input_tokens for call in calls),
            "output_tokens": known(call.output_tokens for call in calls),
            "last_seen": f"{max(call.ts for call in calls):%Y-%m-%d %H:%M:%S}",
        }
        for key, calls in groups.items()
    }


def ended(call: Call) -> datetime:
    return call.ts + timedelta(microseconds=call.duration_ns // 1000)


def data_checks(ledger: Ledger, asked: Asked) -> Rows:
    calls = asked.calls(ledger)
    arrived = {route.route_id for route in ledger.routes}
    counts = {
        "stored": len(calls),
        "late": sum(call.received_at > ended(call) + timedelta(hours=1) for call in calls),
        "ahead": sum(call.ts > call.received_at + timedelta(minutes=5) for call in calls),
        **trust(calls),
        "sampled_out": sum(call.sampling_kept for call in calls),
        "without_route": sum(call.route_id != "" and call.route_id not in arrived for call in calls),
    }
    return {
        (check,): {"check": check, "calls": count, "share": part(count, len(calls))}
        for check, count in counts.items()
        if calls
    }


def repeated_deliveries(ledger: Ledger, asked: Asked) -> Rows:
    delivered = sum(count for hour, count in ledger.delivered.items() if asked.since <= hour < asked.until)
    stored = len(asked.calls(ledger))
    return {(): {"delivered": delivered, "records": stored, "repeated": delivered - stored}} if delivered else {}


def arrival_lag(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[str, list[Call]] = defaultdict(list)
    for call in asked.calls(ledger):
        groups[call.service].append(call)
    rows: Rows = {}
    for name, calls in groups.items():
        lags = sorted(_ms(call.received_at) - _ms(ended(call)) for call in calls)
        rows[(name,)] = {
            "name": name,
            "records": len(calls),
            **{f"lag_p{level}_s": lags[level * len(lags) // 100] / 1000 for level in (50, 95)},
            "lag_max_s": lags[-1] / 1000,
            "newest_call": f"{max(map(ended, calls)):%Y-%m-%d %H:%M:%S}",
        }
    return rows


def _ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


@dataclass(frozen=True)
class Job:
    """What is known of a job in the end."""

    job_id: str
    began: datetime | None
    tenant: str
    plan: str
    feature: str
    service: str
    job_name: str
    outcome: str
    review_minutes: float | None
    revenue: Decimal | None
    revenue_currency: str
    everything: str = ""


def job_of(job_id: str, records: Sequence[JobRecord], calls: Sequence[Call]) -> Job:
    """What was said last, and by its first call what was never said."""
    said = sorted(records, key=lambda record: record.ts)
    spans = [record for record in said if record.source == "span"]
    first = min(calls, key=lambda call: call.ts) if calls else None

    def last(name: str, some: Sequence[JobRecord] = said) -> str:
        values = [getattr(record, name) for record in some]
        return ([value for value in values if value] or [""])[-1]

    def last_or_first_call(name: str, some: Sequence[JobRecord] = said) -> str:
        return last(name, some) or (getattr(first, name) if first else "")

    service = spans[-1].service if spans else ""
    earned = [record for record in said if record.revenue is not None]
    starts = [record.started for record in spans if record.started]
    return Job(
        job_id,
        min(starts) if starts else (first.ts if first else None),
        *(last_or_first_call(name) for name in ("tenant", "plan", "feature")),
        service or (first.service if first else ""),
        last_or_first_call("job_name"),
        last("outcome"),
        known(record.review_minutes for record in said),
        earned[-1].revenue if earned else None,
        earned[-1].revenue_currency if earned else "",
    )


@dataclass
class Money:
    """A job's money in one currency."""

    job: Job
    calls: list[Call]
    revenue: Decimal | None = None
    is_mixed: bool = False


def money_of(job: Job, calls: Sequence[Call]) -> dict[str, Money]:
    """Currency -> what the job cost and earned in it."""
    paid: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        paid[call.currency].append(call)
    earned_in = job.revenue_currency if job.revenue is not None else ""
    choices = [(cur != "", spend(some) is not None, len(some), cur) for cur, some in paid.items()]
    main = max([*choices, (earned_in != "", False, 0, earned_in)])[3]
    found: dict[str, Money] = {}
    for currency, some in [*paid.items(), (earned_in, [])]:
        money = found.setdefault(currency or main, Money(job, []))
        money.calls.extend(some)
    if job.revenue is not None:
        found[earned_in or main].revenue = job.revenue
    for money in found.values():
        money.is_mixed = len(found) > 1
    return found


def jobs_by(ledger: Ledger, asked: Asked) -> Rows:
    said: dict[str, list[JobRecord]] = defaultdict(list)
    calls: dict[str, list[Call]] = defaultdict(list)
    for record in ledger.jobs:
        said[record.job_id].append(record)
    for call in ledger.calls:
        if call.job_id and call.ts >= asked.since:
            calls[call.job_id].append(call)
    groups: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for job_id in {*said, *calls}:
        job = job_of(job_id, said[job_id], calls[job_id])
        if job.began is not None and asked.since <= job.began < asked.until and asked.meets(job):
            for currency, money in money_of(job, calls[job_id]).items():
                groups[getattr(job, asked.by), currency].append(money)
    return {key: {"name": key[0], "currency": key[1], **margin(some)} for key, some in groups.items()}


def margin(some: Sequence[Money]) -> dict[str, Any]:
    """The figures of jobs in one currency."""
    calls = [call for money in some for call in money.calls]
    cost = spend(calls) if calls else Decimal(0)
    outcomes = [money.job.outcome for money in some]
    revenue = known(money.revenue for money in some)
    mixed = sum(money.is_mixed for money in some)
    left = None if mixed or revenue is None or cost is None else revenue - cost
    reviews = [call for call in calls if call.charge_kind == "human_review"]
    return {
        "jobs": len(some),
        "spend": cost,
        "cost_per_job": divided(cost, len(some)),
        "succeeded": outcomes.count("success"),
        "failed_jobs": outcomes.count("failure"),
        "partial_jobs": outcomes.count("partial"),
        "abandoned_jobs": outcomes.count("abandoned"),
        "open_jobs": outcomes.count(""),
        "cost_per_success": divided(cost, outcomes.count("success")),
        "failed_spend": spend(call for money in some if money.job.outcome == "failure" for call in money.calls),
        "review_minutes": known(money.job.review_minutes for money in some),
        "review_spend": spend(reviews),
        "revenue": revenue,
        "gross_margin": left,
        "without_revenue": sum(money.revenue is None for money in some),
        "mixed_jobs": mixed,
        "margin_share": part(left, revenue),
        **trust(calls),
    }


def traces_by_cost(ledger: Ledger, asked: Asked) -> Rows:
    rows: Rows = {}
    for (name, currency), calls in by_currency(asked.calls(ledger), lambda call: call.trace_id).items():
        first = min(calls, key=lambda call: call.ts)
        rows[name, currency] = {
            "name": name,
            "currency": currency,
            "spend": spend(calls),
            "records": len(calls),
            "attempts": len(attempts(calls)),
            "failed": sum(map(is_failed, calls)),
            "began": f"{first.ts:%Y-%m-%d %H:%M:%S}",
            "route": first.route,
            **trust(calls),
        }
    return rows


Step = tuple[datetime, dict[str, Any]]


def trace_records(ledger: Ledger, asked: Asked) -> Rows:
    def is_asked(start: datetime | None, record: object) -> bool:
        return start is not None and asked.since <= start < asked.until and asked.meets(record)

    steps = [_job_step(job) for job in ledger.jobs if job.source == "span" and is_asked(job.started, job)]
    steps += [_route_step(route) for route in asked.routes(ledger)]
    steps += [_decision_step(decision) for decision in ledger.decisions if is_asked(decision.ts, decision)]
    steps += [_call_step(call) for call in asked.calls(ledger)]
    firsts: dict[str, datetime] = {}
    for start, row in steps:
        firsts[row["name"]] = min(start, firsts.get(row["name"], start))
    return {
        (row["name"], row["span"]): {**row, "start_s": (start - firsts[row["name"]]).total_seconds()}
        for start, row in steps
    }


def _step(record: Any, kind: str, label: str, duration_s: float, **more: Any) -> dict[str, Any]:
    nothing = {"reason": "", "model": "", "outcome": "", "currency": "", "spend": None}
    unknown = {"unpriced": 0, "partly_priced": 0, "no_usage": 0}
    named = {"name": record.trace_id, "kind": kind, "span": record.span_id, "label": label, "duration_s": duration_s}
    return {**named, **nothing, **unknown, **more}


def _job_step(job: JobRecord) -> Step:
    start = job.started or job.ts
    return start, _step(job, "job", job.job_name, (job.ts - start).total_seconds(), outcome=job.outcome)


def _route_step(route: RouteRecord) -> Step:
    more = {"reason": route.reason, "model": route.served_model, "outcome": route.outcome}
    return route.ts, _step(route, "route", route.route, route.duration_ns / 1e9, **more)


def _decision_step(decision: DecisionRecord) -> Step:
    duration_s = decision.duration_ns / 1e9
    return decision.ts, _step(decision, "decision", decision.route, duration_s, reason=decision.reason)


def _call_step(call: Call) -> Step:
    more = {"reason": call.attempt_reason or call.charge_kind, "model": call.model, "outcome": call.outcome}
    paid = {"currency": call.currency, "spend": call.cost, **trust([call])}
    return call.ts, _step(call, call.kind, call.route, call.duration_ns / 1e9, **more, **paid)


TRUTHS: Mapping[str, Callable[[Ledger, Asked], Rows]] = {
    truth.__name__: truth
    for truth in (
        *(spend_by, spend_by_tenant, spend_and_before, month_to_date, spend_over_time, price_coverage_of_period),
        *(reasons_by_route, wasted_attempts, fallback_premium, cache_savings, cheaper_models, latency_by),
        *(errors_by_route, route_paths, response_cache_by_route, spend_by_model_and_tier, models_without_price),
        *(data_checks, repeated_deliveries, arrival_lag, jobs_by, traces_by_cost, trace_records),
    )
}
"""Question -> its rows."""

KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("spend_by", "spend_by_tenant", "fallback_premium", "cache_savings", "jobs_by"), ("name", "currency")
    ),
    **dict.fromkeys(("spend_and_before", "month_to_date"), ("currency",)),
    **dict.fromkeys(("price_coverage_of_period", "repeated_deliveries"), ()),
    **dict.fromkeys(("latency_by", "response_cache_by_route", "arrival_lag"), ("name",)),
    "traces_by_cost": ("name", "currency"),
    "trace_records": ("name", "span"),
    "spend_over_time": ("time", "currency"),
    "reasons_by_route": ("name", "reason", "currency"),
    "wasted_attempts": ("name", "outcome", "currency"),
    "cheaper_models": (
        *("name", "provider", "model", "service_tier", "other_provider", "other_model", "other_tier"),
        "currency",
    ),
    "errors_by_route": ("name", "provider", "model", "error"),
    "route_paths": ("name", "requested_model", "selected_model", "served_model"),
    "spend_by_model_and_tier": ("provider", "model", "service_tier", "currency"),
    "models_without_price": ("provider", "model", "service_tier"),
    "data_checks": ("check",),
}
"""Question -> the columns that tell its rows apart."""
