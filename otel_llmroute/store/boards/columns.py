"""What the columns of the questions are called on a board, and in what unit they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["text", "count", "money", "share", "seconds", "minutes", "time", "number"]


@dataclass(frozen=True)
class Column:
    """A column of an answer. Money is in the currency of its row. ``counterfactual``: what did not happen;
    ``estimate``: worked out from what is like it."""

    name: str
    heading: str
    unit: Unit
    figures: Literal["measured", "estimate", "counterfactual"] = "measured"


COLUMNS: Final = {
    column.name: column
    for column in (
        Column("name", "Name", "text"),
        Column("time", "Time", "time"),
        Column("month", "Month from", "time"),
        Column("currency", "Currency", "text"),
        Column("reason", "Reason", "text"),
        Column("kind", "Record", "text"),
        Column("label", "What", "text"),
        Column("span", "Span", "text"),
        Column("route", "Route", "text"),
        Column("began", "Began", "time"),
        Column("start_s", "After", "seconds"),
        Column("duration_s", "Took", "seconds"),
        Column("provider", "Provider", "text"),
        Column("model", "Model", "text"),
        Column("service_tier", "Tier", "text"),
        Column("outcome", "Outcome", "text"),
        Column("error", "Error", "text"),
        Column("last_seen", "Last seen", "time"),
        Column("last_trace", "Last trace", "text"),
        Column("newest_call", "Newest call", "time"),
        Column("check", "Check", "text"),
        Column("meaning", "Meaning", "text"),
        Column("requested_model", "Asked for", "text"),
        Column("selected_model", "Chosen", "text"),
        Column("served_model", "Answered", "text"),
        Column("other_provider", "Provider to", "text"),
        Column("other_model", "Model to", "text"),
        Column("other_tier", "Tier to", "text"),
        Column("spend", "Spend", "money"),
        Column("spend_before", "Before", "money"),
        Column("change", "Change", "share"),
        Column("forecast", "Month's end", "money", "estimate"),
        Column("spend_share", "Share", "share"),
        Column("cost_per_call", "Per call", "money"),
        Column("per_1k_calls", "Per 1k calls", "money"),
        Column("fallback_spend", "Fallbacks cost", "money"),
        Column("first_choice_cost", "First choice, each", "money"),
        Column("premium", "Premium", "money", "estimate"),
        Column("spend_cache", "Cached tokens cost", "money"),
        Column("saved", "Saved", "money", "counterfactual"),
        Column("cost_there", "Would cost", "money", "counterfactual"),
        Column("cost_per_job", "Per job", "money"),
        Column("cost_per_success", "Per success", "money"),
        Column("failed_spend", "Failed jobs cost", "money"),
        Column("review_spend", "Review cost", "money"),
        Column("revenue", "Revenue", "money"),
        Column("gross_margin", "Gross margin", "money"),
        Column("margin_share", "Margin", "share"),
        Column("review_minutes", "Review", "minutes"),
        Column("records", "Records", "count"),
        Column("attempts", "Attempts", "count"),
        Column("requests", "Calls", "count"),
        Column("answered", "Answered", "count"),
        Column("streams", "Streams", "count"),
        Column("routes", "Calls", "count"),
        Column("calls", "Records", "count"),
        Column("failed", "Failed", "count"),
        Column("failed_share", "Failed share", "share"),
        Column("sdk_retries", "SDK retry", "count"),
        Column("retries", "Retries", "count"),
        Column("fallbacks", "Fallbacks", "count"),
        Column("unbilled", "Unbilled", "count"),
        Column("candidates", "Candidates", "number"),
        Column("request_share", "Share of calls", "share"),
        Column("attempt_share", "Share of model", "share"),
        Column("input_tokens", "Input tokens", "count"),
        Column("output_tokens", "Output tokens", "count"),
        Column("cache_read_tokens", "Cache reads", "count"),
        Column("cache_write_tokens", "Cache writes", "count"),
        Column("tokens_left_out", "Left out", "count"),
        Column("cache_share", "Cached", "share"),
        Column("priced_by", "Seen there", "count"),
        Column("hits", "Hits", "count"),
        Column("misses", "Misses", "count"),
        Column("stale", "Stale", "count"),
        Column("bypassed", "Bypassed", "count"),
        Column("hit_share", "Hit share", "share"),
        Column("p50_s", "p50", "seconds"),
        Column("p95_s", "p95", "seconds"),
        Column("p99_s", "p99", "seconds"),
        Column("first_chunk_p50_s", "First chunk p50", "seconds"),
        Column("first_chunk_p95_s", "First chunk p95", "seconds"),
        Column("first_chunk_p99_s", "First chunk p99", "seconds"),
        Column("lag_p50_s", "Lag p50", "seconds"),
        Column("lag_p95_s", "Lag p95", "seconds"),
        Column("lag_max_s", "Lag max", "seconds"),
        Column("jobs", "Jobs", "count"),
        Column("succeeded", "Success", "count"),
        Column("failed_jobs", "Failure", "count"),
        Column("partial_jobs", "Partial", "count"),
        Column("abandoned_jobs", "Abandoned", "count"),
        Column("open_jobs", "Open", "count"),
        Column("without_revenue", "No revenue", "count"),
        Column("mixed_jobs", "Mixed currency", "count"),
        Column("priced", "Priced", "count"),
        Column("coverage", "Coverage", "share"),
        Column("share", "Share", "share"),
        Column("unpriced", "Unpriced", "count"),
        Column("partly_priced", "Partly priced", "count"),
        Column("no_usage", "No usage", "count"),
        Column("delivered", "Delivered", "count"),
        Column("repeated", "Repeated", "count"),
    )
}
