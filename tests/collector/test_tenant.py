"""Whose data it is follows from who authenticated, never from what a client says of itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult

from otel_llmroute import names
from tests.collector.collector import CONFIG, overlay, running_collector
from tests.collector.conftest import Piped, basic, export, piped_through, post
from tests.store.telemetry import NOW_NS, App, attempt_facts

PASSWORDS = {"acme": "open sesame", "globex": "friend"}
CLAIM = [{"key": names.TENANT_ID, "value": {"stringValue": "globex"}}]


def htpasswd(folder: Path) -> str:
    """The path of a file that knows ``PASSWORDS``."""
    file = folder / "htpasswd"
    hashes = {name: hashlib.sha1(password.encode()).digest() for name, password in PASSWORDS.items()}
    file.write_text("".join(f"{name}:{{SHA}}{base64.b64encode(sha).decode()}\n" for name, sha in hashes.items()))
    return str(file)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Piped]:
    folder = tmp_path_factory.mktemp("guarded")
    with piped_through(folder / "data", "tenant", COLLECTOR_HTPASSWD=htpasswd(folder)) as piped:
        yield piped


@pytest.mark.parametrize("over", ["http", "grpc"])
def test_a_call_belongs_to_who_authenticated_whatever_it_claims(guarded: Piped, over: str) -> None:
    app = App(service=f"claims-{over}")
    app.span("attempt", {**attempt_facts("support.reply", "0.001"), names.TENANT_ID: "globex"})
    app.attempt()
    assert export(guarded.collector, app.spans, over, **basic("acme", "open sesame")) is SpanExportResult.SUCCESS
    rows = guarded.sql(
        f"SELECT tenant, count() AS calls FROM llm_calls WHERE service = '{app.service}' GROUP BY tenant"
    )
    assert [(row["tenant"], int(row["calls"])) for row in rows] == [("acme", 2)]


def test_a_claim_on_the_resource_is_removed(guarded: Piped) -> None:
    span = {"traceId": "1" * 32, "spanId": "2" * 16, "name": "x", "startTimeUnixNano": str(NOW_NS), "attributes": CLAIM}
    resource = {"attributes": [*CLAIM, {"key": "service.name", "value": {"stringValue": "on-resource"}}]}
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
    assert post(guarded.collector, "traces", request, **basic("acme", "open sesame")) == 200
    where = "otel_traces WHERE ServiceName = 'on-resource'"
    guarded.wait_for_rows(where, 1)
    found = guarded.sql(f"SELECT ResourceAttributes AS resource, SpanAttributes AS span FROM {where}")
    assert found == [{"resource": {"service.name": "on-resource"}, "span": {names.TENANT_ID: "acme"}}]


def test_a_log_record_and_a_data_point_belong_to_who_authenticated(guarded: Piped) -> None:
    log = {"timeUnixNano": str(NOW_NS), "body": {"stringValue": "x"}, "attributes": CLAIM}
    logs = {"resourceLogs": [{"resource": {"attributes": CLAIM}, "scopeLogs": [{"logRecords": [log]}]}]}
    point = {"timeUnixNano": str(NOW_NS), "asDouble": 0.5, "attributes": CLAIM}
    cost = {"name": names.METRIC_COST, "sum": {"dataPoints": [point], "aggregationTemporality": 1, "isMonotonic": True}}
    scoped = {"scope": {"name": names.SCOPE}, "metrics": [cost]}
    metrics = {"resourceMetrics": [{"resource": {"attributes": CLAIM}, "scopeMetrics": [scoped]}]}
    for signal, request in (("logs", logs), ("metrics", metrics)):
        assert post(guarded.collector, signal, request, **basic("acme", "open sesame")) == 200
    of_logs = guarded.sql("SELECT LogAttributes AS record, ResourceAttributes AS resource FROM otel_logs")
    of_points = guarded.sql("SELECT attributes AS record, resource_attributes AS resource FROM llm_metrics")
    assert of_logs == of_points == [{"record": {names.TENANT_ID: "acme"}, "resource": {}}]


@pytest.mark.parametrize(
    "headers", [{}, basic("acme", "wrong"), basic("nobody", "friend"), {"authorization": "Bearer x"}]
)
def test_without_credentials_nothing_is_taken(guarded: Piped, headers: dict[str, str]) -> None:
    app = App(service="nobody")
    app.attempt()
    assert [post(guarded.collector, signal, {}, **headers) for signal in ("traces", "logs", "metrics")] == [401] * 3
    assert export(guarded.collector, app.spans, "http", **headers) is SpanExportResult.FAILURE
    assert export(guarded.collector, app.spans, "grpc", **headers) is SpanExportResult.FAILURE
    assert guarded.sql("SELECT count() AS n FROM otel_traces WHERE ServiceName = 'nobody'") == [{"n": 0}]


def test_a_shared_token_lets_in_who_has_it_and_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first-token\nsecond-token\n")
    tokens: dict[str, Any] = {
        "COLLECTOR_TOKEN_FILE": str(tmp_path / "token"),
        "CLICKHOUSE_ENDPOINT": "tcp://127.0.0.1:1",
    }
    with running_collector(CONFIG, overlay("bearer"), **tokens) as collector:
        tried = ("first-token", "second-token", "x")
        asked = {token: post(collector, "traces", {}, authorization=f"Bearer {token}") for token in tried}
        assert asked == {"first-token": 200, "second-token": 200, "x": 401}
        assert post(collector, "traces", {}) == 401
