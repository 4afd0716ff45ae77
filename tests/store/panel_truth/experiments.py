"""What the questions on experiments, and on requests that no model answers, give."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.store.ledger import Call, JobRecord, Ledger, RouteRecord
from tests.store.panel_truth.asked import Asked, Rows, attempts, by_currency, divided, known, part, spend, trust
from tests.store.panel_truth.jobs import job_of
from tests.store.panel_truth.models import quantile

FEWEST = 30


def answered_without_model(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[tuple[str, str], list[RouteRecord]] = defaultdict(list)
    for route in asked.routes(ledger):
        if route.destination not in ("", "model"):
            groups[route.destination, route.avoided_currency].append(route)
    return {
        key: {
            "name": key[0],
            "currency": key[1],
            "routes": len(routes),
            "estimated": sum(route.avoided_cost is not None for route in routes),
            "avoided": known(route.avoided_cost for route in routes),
        }
        for key, routes in groups.items()
    }


def experiment_variants(ledger: Ledger, asked: Asked) -> Rows:
    """A filter for a variant chooses among rows that know of all variants."""
    chosen = {name: values for name, values in asked.filters.items() if name in ("experiment", "variant")}
    others = {name: values for name, values in asked.filters.items() if name not in chosen}
    rows = every_variant(ledger, replace(asked, filters=others))
    places = {"experiment": 0, "variant": 1}
    return {
        key: row for key, row in rows.items() if all(key[places[name]] in values for name, values in chosen.items())
    }


def every_variant(ledger: Ledger, asked: Asked) -> Rows:
    calls = [call for call in asked.calls(ledger) if call.experiment]
    routes: dict[tuple[str, str], list[RouteRecord]] = defaultdict(list)
    for route in asked.routes(ledger):
        if route.experiment:
            routes[route.experiment, route.variant].append(route)
    paid = by_currency(calls, lambda call: (call.experiment, call.variant))
    variants = {key for key, _ in paid}
    missing: dict[tuple[Any, str], list[Call]] = {(key, ""): [] for key in routes if key not in variants}
    jobs = jobs_of(ledger, calls)
    rows: Rows = {}
    for (key, currency), some in [*paid.items(), *missing.items()]:
        rows[(*key, currency)] = {
            "name": key[0],
            "variant": key[1],
            "currency": currency,
            **of_routes(routes[key], some),
            **of_jobs(jobs.get(key, {}), some),
            "attempts": len(attempts(some)),
            "spend": spend(some) if some else Decimal(0),
            **trust(some),
        }
    return rows


def of_routes(routes: Sequence[RouteRecord], calls: Sequence[Call]) -> dict[str, Any]:
    """What is known of the routes of a variant, and of what their calls cost in one currency."""
    answered = [route for route in routes if route.outcome in ("success", "cache_hit")]
    failed = sum(route.outcome == "error" for route in routes)
    own = {route.route_id for route in routes}
    cost = spend(call for call in calls if call.route_id in own)
    seconds = [route.duration_ns / 1e9 for route in answered]
    is_enough = len(answered) >= FEWEST
    low, high = wilson(failed, len(routes)) if is_enough else (None, None)
    around = interval(routes, calls) if is_enough and cost is not None else (None, None)
    return {
        "routes": len(routes),
        "answered": len(answered),
        "failed": failed,
        "failed_share": part(failed, len(routes)),
        "failed_low": low,
        "failed_high": high,
        "cost_per_answer": divided(cost, len(answered)),
        "cost_low": around[0],
        "cost_high": around[1],
        **{f"p{level}_s": quantile(seconds, level / 100) for level in (50, 95)},
        "samples": "enough" if is_enough else "too few",
    }


def wilson(some: int, of: int) -> tuple[float, float]:
    share, z2 = some / of, 1.96**2
    middle, around = share + z2 / (2 * of), 1.96 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return (middle - around) / (1 + z2 / of), (middle + around) / (1 + z2 / of)


def interval(routes: Sequence[RouteRecord], calls: Sequence[Call]) -> tuple[Decimal, Decimal]:
    """Of cost per answer: the spread of the residuals of each route, one by one."""
    costs = {route.route_id: 0.0 for route in routes}
    for call in calls:
        if call.route_id in costs:
            costs[call.route_id] += float(call.cost or 0)
    is_answered = {route.route_id: route.outcome in ("success", "cache_hit") for route in routes}
    answered = sum(is_answered.values())
    ratio = sum(costs.values()) / answered
    away = [cost - ratio * is_answered[route_id] for route_id, cost in costs.items()]
    n = len(costs)
    variance = sum(each * each for each in away) / (n - 1)
    around = 1.96 * math.sqrt(variance / n) / (answered / n)
    return tuple(Decimal(repr(round(value, 9))) for value in (max(ratio - around, 0.0), ratio + around))  # type: ignore[return-value]


def jobs_of(ledger: Ledger, calls: Sequence[Call]) -> dict[tuple[str, str], dict[str, str]]:
    """Experiment and variant -> job -> ``shared`` or its outcome."""
    said: dict[str, list[JobRecord]] = defaultdict(list)
    for record in ledger.jobs:
        said[record.job_id].append(record)
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        if call.job_id:
            seen[call.experiment, call.job_id].add(call.variant)
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for (experiment, job_id), variants in seen.items():
        for variant in variants:
            outcome = job_of(job_id, said[job_id], []).outcome
            found[experiment, variant][job_id] = "shared" if len(variants) > 1 else outcome
    return found


def of_jobs(jobs: dict[str, str], calls: Sequence[Call]) -> dict[str, Any]:
    outcomes = list(jobs.values())
    own = [call for call in calls if jobs.get(call.job_id, "shared") != "shared"]
    return {
        "jobs": len(outcomes) - outcomes.count("shared"),
        "succeeded": outcomes.count("success"),
        "shared_jobs": outcomes.count("shared"),
        "cost_per_success": divided(spend(own), outcomes.count("success")),
    }
