"""What the questions of the board of routes give, but for what could be saved."""

from __future__ import annotations

from collections import defaultdict

from tests.store.ledger import Call, Ledger, RouteRecord
from tests.store.panel_truth.asked import (
    Asked,
    Rows,
    attempts,
    by_currency,
    divided,
    is_failed,
    part,
    requests,
    spend,
    trust,
    with_share,
)


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
            "unbilled": sum(call.cost_status == "no_usage" for call in some),
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
