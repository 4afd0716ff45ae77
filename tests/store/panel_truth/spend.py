"""What the questions of the board of spend give."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

from tests.store.budget_truth import budget_rows, near, outlook
from tests.store.ledger import Call, Ledger
from tests.store.made_up_budgets import BUDGETS
from tests.store.panel_truth.asked import (
    Asked,
    Rows,
    attempts,
    by_currency,
    divided,
    is_failed,
    known,
    part,
    requests,
    spend,
    trust,
    with_share,
)


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
    calls = asked.calls(ledger, min(month, asked.until - timedelta(days=28)))
    first = min((call.hour for call in calls), default=asked.until)
    rows: Rows = {}
    for (_, currency), some in by_currency(calls, lambda call: "").items():
        now = [call for call in some if call.hour >= month]
        so_far = spend(now) if now else Decimal(0)
        own = [(call.hour, call.cost) for call in some if call.cost is not None]
        ahead = None if so_far is None else outlook(so_far, own, first, asked.until, end)
        rows[(currency,)] = {
            "currency": currency,
            "month": f"{month:%Y-%m-%d}",
            "spend": so_far,
            "forecast": ahead and ahead.forecast,
            "forecast_low": ahead and near(ahead.low),
            "forecast_high": ahead and near(ahead.high),
            "records": len(now),
            **trust(now),
        }
    return rows


def budget_use(ledger: Ledger, asked: Asked) -> Rows:
    return budget_rows(ledger.calls, BUDGETS, asked.until)


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
    priced = sum(call.cost is not None for call in calls)
    coverage = part(priced, priced + found["unpriced"])
    return {(): {"records": len(calls), "priced": priced, "coverage": coverage, **found}}
