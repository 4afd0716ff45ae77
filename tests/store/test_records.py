"""What a span's attributes become: columns of llm_calls, llm_routes and llm_jobs, late facts included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GRPCLogExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from otel_llmroute import names
from otel_llmroute.store.environment import RUN_ID
from otel_llmroute.store.schema import migrations, statements_of
from tests.store.conftest import RunningUp
from tests.store.telemetry import NOW_NS, App, attempt_facts, send

SCHEMA = "\n".join(statement for migration in migrations() for statement in migration.statements)
LITERALS = set(re.findall(r"'((?:llmroute|gen_ai|openai|error|http|server)\.[a-z0-9_.]+)'", SCHEMA))


def test_every_name_in_the_schema_is_a_name_on_the_wire() -> None:
    known = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)}
    older = {name for others in names.OLDER.values() for name in others}
    assert LITERALS - known - older == {RUN_ID}


def test_every_attribute_of_ours_has_a_column() -> None:
    named_by_the_application = {row.name for row in names.ATTRIBUTES if "<" in row.name}  # found in otel_traces
    assert {row.name for row in names.ATTRIBUTES} - LITERALS - named_by_the_application == set()


def test_every_standard_name_that_is_stored_is_read_under_its_older_names_too() -> None:
    stored = {older for name, others in names.OLDER.items() if name in LITERALS for older in others}
    assert stored - LITERALS == set()


def test_older_names_fill_the_same_columns(shared_store: RunningUp) -> None:
    older = {
        "gen_ai.system": "anthropic",
        "gen_ai.usage.prompt_tokens": 1000,
        "gen_ai.usage.completion_tokens": 200,
        "gen_ai.usage.cache_creation.input_tokens": 30,
        "gen_ai.usage.cache_read_input_tokens": 40,
    }
    app = App(service="older")
    app.span("attempt", older)
    # Of both, the standard name counts.
    app.span("attempt", {**older, names.USAGE_INPUT_TOKENS: 7, names.PROVIDER_NAME: "openai"})
    send(shared_store, app.spans)
    columns = "provider, input_tokens, output_tokens, cache_write_tokens, cache_read_tokens"
    found = shared_store.sql(f"SELECT {columns} FROM llm_calls WHERE service = 'older' ORDER BY ts")
    assert [list(row.values()) for row in found] == [["anthropic", 1000, 200, 30, 40], ["openai", 7, 200, 30, 40]]


def test_an_attempt_fills_its_row(shared_store: RunningUp) -> None:
    facts = attempt_facts("support.reply", "0.000123456789") | {
        names.ROUTE_ID: "R-1", names.ROUTE_SOURCE: "explicit", names.ROUTE_REASON_DETAIL: "draft",
        names.ROUTE_RULE: "cheap", names.ROUTE_ROUTER: "app", names.ROUTE_DESTINATION: "model",
        names.POLICY_NAME: "support", names.POLICY_VERSION: "7", names.JOB_ID: "T-17", names.JOB_NAME: "ticket",
        names.TENANT_ID: "acme", names.TENANT_PLAN: "pro", names.FEATURE: "inbox", names.TASK_CLASS: "draft",
        names.RISK_LEVEL: "low", names.REVIEW_STATUS: "pending", names.ATTEMPT_NUMBER: 2,
        names.ATTEMPT_REASON: "fallback_rate_limit", names.ATTEMPT_OUTCOME: "failed", names.ATTEMPT_SDK_RETRIES: 2,
        names.PURPOSE: "answer", names.RESPONSE_ID: "resp_1", names.RESPONSE_FINISH_REASONS: ["stop", "length"],
        names.REQUEST_STREAM: True, names.USAGE_STATUS: "partial", names.USAGE_CACHE_WRITE: 5,
        names.USAGE_CACHE_WRITE_5M: 3, names.USAGE_CACHE_WRITE_1H: 2, names.USAGE_REASONING: 60,
        names.USAGE_SERVER_TOOL_CALLS: 1, names.COST_SOURCE: "local", names.COST_INPUT: 0.0001,
        names.COST_OTHER: 0.000023456789, names.PRICE_VERSION: "2026-09", names.PRICE_SERVICE_TIER: "flex",
        names.PRICE_REGION: "eu", names.CALLSITE: "app.py:answer", names.ERROR_TYPE: "RateLimitError",
        names.HTTP_STATUS_CODE: 429, names.RESPONSE_TIME_TO_FIRST_CHUNK: 0.25, names.SERVER_ADDRESS: "api.openai.com",
        names.HTTP_ROUTE: "/reply", names.SAMPLING_KEPT: True,
        names.EXPERIMENT_NAME: "shorter", names.EXPERIMENT_VARIANT: "b",
    }  # fmt: skip
    app = App(service="whole", run="whole-run")
    span = app.span("attempt", facts, start_ns=NOW_NS + 1)
    send(shared_store, app.spans)
    (row,) = shared_store.sql("SELECT * EXCEPT (received_at, hour) FROM llm_calls WHERE service = 'whole'")
    assert row == EXPECTED | {
        "trace_id": format(span.context.trace_id, "032x"),
        "span_id": format(span.context.span_id, "016x"),
    }


EXPECTED: dict[str, Any] = {
    "kind": "attempt", "ts": "2026-09-21 14:13:20.000000001", "service": "whole",
    "run_id": "whole-run", "route_id": "R-1", "route": "support.reply", "route_source": "explicit",
    "reason": "task_class", "reason_detail": "draft", "rule": "cheap", "router": "app", "destination": "model",
    "policy": "support", "policy_version": "7", "job_id": "T-17", "job_name": "ticket", "tenant": "acme",
    "plan": "pro", "feature": "inbox", "task": "draft", "risk": "low", "review_status": "pending",
    "attempt_number": 2, "attempt_reason": "fallback_rate_limit", "outcome": "failed", "sdk_retries": 2,
    "purpose": "answer", "operation": "chat", "provider": "openai", "request_model": "gpt-5-mini",
    "response_model": "gpt-5-mini-2026-08-07", "model": "gpt-5-mini-2026-08-07",
    "finish_reasons": ["stop", "length"], "stream": True, "usage_status": "partial", "input_tokens": 1000,
    "output_tokens": 100, "cache_read_tokens": 250, "cache_write_tokens": 5, "cache_write_5m_tokens": 3,
    "cache_write_1h_tokens": 2, "reasoning_tokens": 60, "text_input_tokens": None, "audio_input_tokens": None,
    "image_input_tokens": None, "text_output_tokens": None, "audio_output_tokens": None,
    "image_output_tokens": None, "server_tool_calls": 1, "cost": "0.000123456789", "currency": "USD",
    "cost_source": "local", "cost_status": "priced", "cost_input": "0.000100000000", "cost_cache_read": None,
    "cost_cache_write": None, "cost_output": None, "cost_other": "0.000023456789", "price_version": "2026-09",
    "service_tier": "flex", "region": "eu", "charge_kind": "", "charge_quantity": None, "charge_unit": "",
    "callsite": "app.py:answer", "http_route": "/reply", "server_address": "api.openai.com", "http_status": 429,
    "first_chunk_s": 0.25, "error_type": "RateLimitError", "status": "Unset", "duration_ns": 5_000_000,
    "sampling_kept": True, "experiment": "shorter", "variant": "b", "unanswered": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "stored"),
    [
        (4.5e-7, "0.000000450000"),
        (1e-12, "0.000000000001"),
        (0.1 + 0.2, "0.300000000000"),
        (0.0123456789996, "0.012345679000"),  # rounded, not cut off
        (0, "0.000000000000"),
        (1234.5, "1234.500000000000"),
        (-0.5, "-0.500000000000"),
        (1e9, None),
        (float("nan"), None),
        (float("inf"), None),
    ],
)
def test_money_is_rounded_to_twelve_decimals_and_what_is_no_money_is_unknown(
    shared_store: RunningUp, amount: float, stored: str | None
) -> None:
    app = App(service=f"amount {amount}")
    app.span("attempt", {names.COST_AMOUNT: amount})
    send(shared_store, app.spans)
    assert shared_store.sql(f"SELECT cost FROM llm_calls WHERE service = 'amount {amount}'") == [{"cost": stored}]


def test_a_route_answered_from_a_cache_is_no_call_and_is_counted_beside_them(shared_store: RunningUp) -> None:
    app = App(run="cached")
    app.attempt("faq", "0.5", **{names.ROUTE_ID: "A"})
    route = {names.ROUTE_NAME: "faq", names.ROUTE_REASON: "cache_hit", names.ROUTE_DESTINATION: "cache"}
    app.span("route", {**route, names.ROUTE_ID: "A", names.ROUTE_DESTINATION: "model"})
    cached = {names.RESPONSE_CACHE_RESULT: "hit", names.RESPONSE_CACHE_AVOIDED_COST: 0.5}
    app.span("route", {**route, names.ROUTE_ID: "B", names.ROUTE_CANDIDATES: ["x", "y"], **cached})
    send(shared_store, app.spans)
    (row,) = shared_store.spend(run="cached")["rows"]
    assert (row["calls"], row["attempts"], row["without_attempt"]) == (1, 1, 1)
    assert (row["spend"], row["cost_per_call"]) == ("0.5", "0.5")
    assert row["reasons"] == {"cache_hit": 1, "task_class": 1}
    columns = "candidates, response_cache_result, avoided_cost, fallback_used"
    assert shared_store.sql(f"SELECT {columns} FROM llm_routes WHERE route_id = 'B' AND run_id = 'cached'") == [
        {
            "candidates": ["x", "y"],
            "response_cache_result": "hit",
            "avoided_cost": "0.500000000000",
            "fallback_used": None,
        }
    ]


@pytest.mark.parametrize(
    ("view", "table", "explained"),
    [
        ("llm_calls", "llm_call_records", {"kind", "reason", "cost", "cost_status", "usage_status", "outcome"}),
        ("llm_routes", "llm_route_records", {"reason"}),
        ("llm_decisions", "llm_decision_records", {"reason"}),
    ],
)
def test_columns_are_explained_where_the_docs_say_it(
    shared_store: RunningUp, view: str, table: str, explained: set[str]
) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "questions.md").read_text(encoding="utf-8")
    assert f"{table}` for `{view}`" in docs
    comments = {row["name"]: row["comment"] for row in shared_store.sql(f"DESCRIBE {table}")}
    assert {name for name in explained if not comments[name]} == set()
    assert explained <= {row["name"] for row in shared_store.sql(f"DESCRIBE {view}")}


@contextmanager
def logs(store: RunningUp, over: str = "http") -> Iterator[Any]:
    """Emit late facts: a function of the event's name, its attributes and its time, over the real exporter."""
    provider = LoggerProvider(resource=Resource({"service.name": "late"}))
    exporter: Any = (
        OTLPLogExporter(endpoint=store.otlp_http + "/v1/logs")
        if over == "http"
        else GRPCLogExporter(endpoint=store.otlp_grpc, insecure=True)
    )
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))

    def emit(event: str, attributes: dict[str, Any], at_ns: int) -> None:
        record = LogRecord(
            timestamp=at_ns,
            observed_timestamp=at_ns,
            severity_number=SeverityNumber.INFO,
            event_name=event,
            attributes=attributes,
        )
        provider.get_logger(names.SCOPE).emit(record)

    yield emit
    provider.shutdown()


def job(store: RunningUp, job_id: str) -> dict[str, Any]:
    (row,) = store.sql(f"SELECT * FROM jobs_with_cost WHERE job_id = '{job_id}'")
    return row


@pytest.mark.parametrize("over", ["http", "grpc"])
def test_an_outcome_that_became_known_later_replaces_the_one_of_the_span(shared_store: RunningUp, over: str) -> None:
    job_id = f"T-{over}"
    app = App()
    facts = {names.JOB_ID: job_id, names.JOB_NAME: "ticket", names.TENANT_ID: "acme"}
    app.span("job", {**facts, names.JOB_OUTCOME: "success", names.JOB_REVENUE: 1.5, names.JOB_REVENUE_CURRENCY: "EUR"})
    app.attempt(cost="0.25", **{names.JOB_ID: job_id})
    app.attempt(cost="0.50", **{names.JOB_ID: job_id})
    send(shared_store, app.spans)
    before = job(shared_store, job_id)
    assert (before["outcome"], before["spend"], before["attempts"]) == ("success", "0.750000000000", 2)
    week = 7 * 86_400 * 10**9
    with logs(shared_store, over) as emit:
        for _ in range(2):  # delivered twice
            emit(names.EVENT_JOB_OUTCOME, {names.JOB_ID: job_id, names.JOB_OUTCOME: "failure"}, NOW_NS + week)
            review = {names.JOB_ID: job_id, names.REVIEW_STATUS: "edited", names.REVIEW_MINUTES: 4.0}
            emit(names.EVENT_REVIEW, review, NOW_NS + week + 1)
        emit("someone.else", {names.JOB_ID: job_id, names.JOB_OUTCOME: "partial"}, NOW_NS + week + 2)
    after = job(shared_store, job_id)
    assert (after["outcome"], after["review_status"], after["review_minutes"]) == ("failure", "edited", 4.0)
    assert (after["name"], after["tenant"], after["spend"]) == ("ticket", "acme", "0.750000000000")
    assert (after["revenue"], after["revenue_currency"]) == ("1.500000000000", "EUR")


def test_an_outcome_may_come_before_the_job_and_a_cost_before_both(shared_store: RunningUp) -> None:
    app = App()
    app.attempt(cost="0.25", **{names.JOB_ID: "early"})
    send(shared_store, app.spans)
    assert (job(shared_store, "early")["outcome"], job(shared_store, "early")["spend"]) == ("", "0.250000000000")
    with logs(shared_store) as emit:
        emit(names.EVENT_JOB_OUTCOME, {names.JOB_ID: "early", names.JOB_OUTCOME: "abandoned"}, NOW_NS + 10**12)
    assert job(shared_store, "early")["outcome"] == "abandoned"
    late = app.span("job", {names.JOB_ID: "early", names.JOB_NAME: "ticket", names.JOB_OUTCOME: "success"})
    send(shared_store, [late])
    assert (job(shared_store, "early")["name"], job(shared_store, "early")["outcome"]) == ("ticket", "abandoned")


def test_a_schema_file_is_cut_into_its_statements() -> None:
    text = "-- about; this\nCREATE TABLE a (x String DEFAULT ';');\n\n-- and\nSELECT 1;\n"
    assert [part.splitlines()[-1] for part in statements_of(text)] == [
        "CREATE TABLE a (x String DEFAULT ';')",
        "SELECT 1",
    ]
