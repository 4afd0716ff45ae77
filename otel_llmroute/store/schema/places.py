"""Where each table and view is on a cluster, and how its rows find their shard.

``EACH_SHARD``: on every shard, over the rows that are there; a Distributed table of the same name stands for all. What
is known of a span is on the shard of its trace id, so what is delivered twice meets there and counts once.
``ONCE``: over the Distributed tables, the same on every server: where rows come in, and what needs those of all shards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from otel_llmroute.store.schema.statement import UnknownStatement


@dataclass(frozen=True)
class Place:
    """``on_each_shard`` or once; ``shard_by`` is what decides on the shard of a row that is written ("": rows are never
    written through the Distributed table)."""

    on_each_shard: bool = True
    shard_by: str = ""


EACH_SHARD: Final = Place()
ONCE: Final = Place(on_each_shard=False)

PLACES: Final[dict[str, Place]] = {
    "llmroute_schema": Place(shard_by="version"),
    # Equal deliveries have to meet: the hash is over what two deliveries of one row have in common.
    "otel_traces": Place(shard_by="cityHash64(TraceId)"),
    "otel_logs": Place(shard_by="cityHash64(TraceId, SpanId, Timestamp, Body)"),
    "otel_content": Place(shard_by="cityHash64(TraceId)"),
    "llm_metrics": Place(shard_by="cityHash64(service, metric, ts)"),
    # A cost has to meet its call.
    "llm_costs": Place(shard_by="cityHash64(trace_id)"),
    "llm_prices": Place(shard_by="cityHash64(provider, model)"),
    # What was saved at once is on one shard.
    "llm_budgets": Place(shard_by="cityHash64(saved_at)"),
    # Requests are unfolded where they come in; their rows go on by the hash of otel_traces, otel_logs and llm_metrics.
    "otlp_traces": ONCE,
    "otlp_logs": ONCE,
    "otlp_metrics": ONCE,
    "otel_metrics_sum": ONCE,
    "otel_metrics_gauge": ONCE,
    "otel_metrics_histogram": ONCE,
    "otel_metrics_exponential_histogram": ONCE,
    "otel_metrics_summary": ONCE,
    "otel_traces_from_otlp": ONCE,
    "otel_logs_from_otlp": ONCE,
    "llm_metrics_from_otlp": ONCE,
    "llm_metrics_from_sums": ONCE,
    "llm_metrics_from_gauges": ONCE,
    "llm_metrics_from_histograms": ONCE,
    "llm_metrics_from_exponential_histograms": ONCE,
    # Tables until schema 8, views since.
    "llm_calls": EACH_SHARD,
    "llm_routes": EACH_SHARD,
    "llm_decisions": EACH_SHARD,
    "llm_calls_from_spans": EACH_SHARD,
    "llm_routes_from_spans": EACH_SHARD,
    "llm_decisions_from_spans": EACH_SHARD,
    "llm_call_records": EACH_SHARD,
    "llm_route_records": EACH_SHARD,
    "llm_decision_records": EACH_SHARD,
    "llm_call_records_from_spans": EACH_SHARD,
    "llm_route_records_from_spans": EACH_SHARD,
    "llm_decision_records_from_spans": EACH_SHARD,
    # What is said of a job lies on the shards of its spans and events: llm_jobs reads all of them.
    "llm_job_records": EACH_SHARD,
    "llm_job_records_from_spans": EACH_SHARD,
    "llm_job_records_from_logs": EACH_SHARD,
    "llm_jobs": ONCE,
    # Takes the place of llm_job_records on one server; a cluster keeps the table that it has.
    "llm_job_records_by_hour": ONCE,
    "llm_job_hours": EACH_SHARD,
    "llm_job_hours_from_calls": EACH_SHARD,
    "llm_job_hours_from_records": EACH_SHARD,
    "llm_job_hours_touched": EACH_SHARD,
    "llm_job_hours_touched_from_calls": EACH_SHARD,
    "llm_job_hours_touched_from_records": EACH_SHARD,
    "llm_job_hours_touched_from_costs": EACH_SHARD,
    # No shard has all of a job: a cluster sums jobs while reading, so these stay empty there.
    "llm_job_hours_next": EACH_SHARD,
    "llm_job_hours_built": EACH_SHARD,
    "llm_hourly_jobs_built": EACH_SHARD,
    "llm_job_hours_open": ONCE,
    "llm_job_hours_due": ONCE,
    "llm_job_hours_now": ONCE,
    "llm_hourly_jobs_now": ONCE,
    "llm_hourly_jobs": ONCE,
    "llm_experiment_hours": EACH_SHARD,
    "llm_experiment_hours_from_calls": EACH_SHARD,
    "llm_experiment_hours_from_routes": EACH_SHARD,
    # A job of an experiment is on several shards as any other: these stay empty there, too.
    "llm_experiment_hours_built": EACH_SHARD,
    "llm_hourly_experiments_built": EACH_SHARD,
    "llm_daily_experiments_built": EACH_SHARD,
    "llm_experiment_hours_open": ONCE,
    "llm_experiment_hours_due": ONCE,
    "llm_hourly_experiments_now": ONCE,
    "llm_hourly_experiments": ONCE,
    "jobs_with_cost": ONCE,
    "spend_by_route": ONCE,
    "unpriced_models": ONCE,
    "data_health": ONCE,
    "llm_repriced_hours": EACH_SHARD,
    "llm_repriced_hours_from_costs": EACH_SHARD,
    # Each shard sums its own calls: a roll-up has one row per shard where one server has one row.
    "llm_hours_touched": EACH_SHARD,
    "llm_hours_touched_from_records": EACH_SHARD,
    "llm_hours_touched_from_costs": EACH_SHARD,
    "llm_rollups_built": EACH_SHARD,
    "llm_retention": EACH_SHARD,
    "llm_rollups_clean": EACH_SHARD,
    "llm_rollups_due": EACH_SHARD,
    "llm_measured_calls": EACH_SHARD,
    "llm_measured_latencies": EACH_SHARD,
    "llm_hourly": EACH_SHARD,
    "llm_hourly_now": EACH_SHARD,
    "llm_hourly_built": EACH_SHARD,
    "llm_hourly_tenants": EACH_SHARD,
    "llm_hourly_tenants_now": EACH_SHARD,
    "llm_hourly_tenants_built": EACH_SHARD,
    "llm_hourly_latency": EACH_SHARD,
    "llm_hourly_latency_now": EACH_SHARD,
    "llm_hourly_latency_built": EACH_SHARD,
    # Of days only the store in one process has sums: these stay empty on servers.
    "llm_days_built": EACH_SHARD,
    "llm_daily_built": EACH_SHARD,
    "llm_daily_tenants_built": EACH_SHARD,
    "llm_daily_latency_built": EACH_SHARD,
    "llm_daily_jobs_built": EACH_SHARD,
    "llm_daily_failures_built": EACH_SHARD,
    "llm_daily_unpriced_built": EACH_SHARD,
    "llm_daily_arrivals_built": EACH_SHARD,
    "llm_daily_routes_built": EACH_SHARD,
    "llm_daily_without_model_built": EACH_SHARD,
    "llm_failed_attempts": EACH_SHARD,
    "llm_unpriced_attempts": EACH_SHARD,
    "llm_arrivals": EACH_SHARD,
    "llm_measured_routes": EACH_SHARD,
    "llm_routes_without_model": EACH_SHARD,
    "llm_route_hours_touched": EACH_SHARD,
    "llm_route_hours_touched_from_records": EACH_SHARD,
}


def place_of(name: str) -> Place:
    """Raises ``UnknownStatement`` for a table or view that nobody has placed."""
    if name not in PLACES:
        raise UnknownStatement(f"schema/places.py does not say where {name} is on a cluster")
    return PLACES[name]
