"""What panels must show, worked out from the ledger by hand: in Python, with ``Decimal``, without the engine.

Each function gives the rows of one question, by what tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.store.ledger import Ledger
from tests.store.panel_truth.asked import Asked, Rows
from tests.store.panel_truth.data import arrival_lag, data_checks, repeated_deliveries
from tests.store.panel_truth.experiments import answered_without_model, experiment_variants
from tests.store.panel_truth.jobs import dearest_jobs, jobs_by
from tests.store.panel_truth.models import latency_by, models_without_price, spend_by_model_and_tier
from tests.store.panel_truth.routes import (
    errors_by_route,
    fallback_premium,
    reasons_by_route,
    response_cache_by_route,
    route_paths,
    wasted_attempts,
)
from tests.store.panel_truth.savings import cache_savings, cheaper_models
from tests.store.panel_truth.spend import (
    budget_use,
    month_to_date,
    price_coverage_of_period,
    spend_and_before,
    spend_by,
    spend_by_tenant,
    spend_over_time,
)
from tests.store.panel_truth.trace import trace_records, traces_by_cost

__all__ = ["KEYS", "TRUTHS", "Asked"]

TRUTHS: Mapping[str, Callable[[Ledger, Asked], Rows]] = {
    truth.__name__: truth
    for truth in (
        *(spend_by, spend_by_tenant, spend_and_before, month_to_date, spend_over_time, price_coverage_of_period),
        budget_use,
        *(reasons_by_route, wasted_attempts, fallback_premium, cache_savings, cheaper_models, latency_by),
        *(errors_by_route, route_paths, response_cache_by_route, spend_by_model_and_tier, models_without_price),
        *(experiment_variants, answered_without_model),
        *(data_checks, repeated_deliveries, arrival_lag, jobs_by, dearest_jobs, traces_by_cost, trace_records),
    )
}
"""Question -> its rows."""

KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("spend_by", "spend_by_tenant", "fallback_premium", "cache_savings", "jobs_by", "dearest_jobs"),
        ("name", "currency"),
    ),
    **dict.fromkeys(("spend_and_before", "month_to_date"), ("currency",)),
    **dict.fromkeys(("price_coverage_of_period", "repeated_deliveries"), ()),
    **dict.fromkeys(("latency_by", "response_cache_by_route", "arrival_lag"), ("name",)),
    "experiment_variants": ("name", "variant", "currency"),
    "answered_without_model": ("name", "currency"),
    "budget_use": ("name", "value"),
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
