"""On a real server, and on a cluster where there is one: the figures are those of the spans, however these come."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from otel_llmroute.store.maintenance import ROLLUPS
from tests.server.conftest import Store, eventually, migrated
from tests.store.clickhouse import Span, calls

HOUR_NS = 3_600 * 10**9


def paid(spans: list[Span]) -> tuple[int, Decimal]:
    """How many of the spans are calls or charges, and what they cost: worked out from their numbers alone."""
    numbers = {span.number for span in spans if span.number % 6 in (0, 1, 3)}
    return len(numbers), sum((Decimal(n + 1) / 1_000_000 for n in numbers if n % 7), Decimal(0))


TOTALS = {
    "llm_calls": "SELECT count(), sum(cost) FROM {db}.llm_calls",
    "llm_hourly": "SELECT sum(records), sum(spend) FROM {db}.llm_hourly",
    "llm_hourly_tenants": "SELECT sum(records), sum(spend) FROM {db}.llm_hourly_tenants",
    "jobs_with_cost": "SELECT sum(attempts) + sum(charges), sum(spend) FROM {db}.jobs_with_cost",
    "spend_by_route": "SELECT (SELECT count() FROM {db}.llm_calls), sum(spend) FROM {db}.spend_by_route",
}


def check(store: Store, spans: list[Span]) -> None:
    store.settled()
    found = {name: store.rows(question)[0] for name, question in TOTALS.items()}
    assert found == dict.fromkeys(TOTALS, paid(spans))


def test_the_schema_is_applied_once(store: Store) -> None:
    again = migrated(store.target)
    assert (again.returncode, again.stderr.count("applied")) == (0, 0), again.stderr
    assert store.rows("SELECT count() > 10, count() = uniq(version) FROM {db}.llmroute_schema FINAL") == [(1, 1)]


def test_what_is_delivered_again_counts_once(store: Store) -> None:
    spans = calls(120)
    store.insert(spans)
    store.insert(spans)
    store.insert(spans[30:80])
    check(store, spans)


def test_a_late_outcome_reaches_its_job_wherever_both_are(store: Store) -> None:
    at_ns = calls(120)[-1].at_ns + HOUR_NS
    for job in range(11):
        store.outcome(f"job-{job}", ("failure", "success")[job % 2], at_ns, trace=f"{job:032x}")
        store.outcome(f"job-{job}", ("failure", "success")[job % 2], at_ns, trace=f"{job:032x}")
    store.settled()
    found = store.rows("SELECT job_id, outcome, outcome_from FROM {db}.llm_jobs ORDER BY toUInt8(substring(job_id, 5))")
    assert found == [(f"job-{job}", ("failure", "success")[job % 2], "outcome") for job in range(11)]


def test_the_server_builds_roll_ups_by_itself_and_again_when_something_comes_late(store: Store) -> None:
    spans = calls(120)
    store.insert(spans)
    eventually("every hour is built", 400, lambda: is_built(store))
    check(store, spans)
    late = [replace(span, at_ns=span.at_ns - 50 * HOUR_NS) for span in calls(60, first=120)]
    store.insert(late)
    check(store, spans + late)
    eventually("every hour is built again", 400, lambda: is_built(store))
    check(store, spans + late)
    assert store.server.rows("SELECT view, exception FROM system.view_refreshes WHERE exception != ''") == []


def is_built(store: Store) -> bool:
    store.settled()
    hours = "(SELECT count() FROM (SELECT DISTINCT hour, _shard_num FROM {db}.llm_hours_touched))"
    if not store.target.cluster:
        hours = hours.replace(", _shard_num", "")
    return bool(store.rows(f"SELECT (SELECT count() FROM {{db}}.llm_rollups_clean) = {len(ROLLUPS)} * {hours}")[0][0])
