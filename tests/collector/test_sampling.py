"""Sampling the other spans never touches what llmroute recorded."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from tests.collector.conftest import Piped, export, piped_through
from tests.store.conftest import clean_env
from tests.store.telemetry import App

TRACES = 3000
FAILED = TRACES // 50


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Piped, dict[str, Any]]]:
    """A collector that keeps one trace in a hundred and its store, after an app has sent; and the app's ledger."""
    with piped_through(tmp_path_factory.mktemp("up") / "data", APP_SAMPLING_PERCENT="1") as piped:
        command = [sys.executable, "-m", "tests.collector.inbox", piped.collector.otlp_http, str(TRACES)]
        ran = subprocess.run(command, env=clean_env(), capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        time.sleep(3)  # the second in which spans are gathered, and the tick of the decision after it
        yield piped, json.loads(ran.stdout)


def test_every_call_arrives_and_spend_is_exact_when_one_trace_in_a_hundred_is_kept(
    sampled: tuple[Piped, dict[str, Any]],
) -> None:
    piped, ledger = sampled
    found = piped.sql("SELECT kind, currency, count() AS calls, sum(cost) AS spend FROM llm_calls GROUP BY ALL")
    assert [(row["kind"], row["currency"], int(row["calls"]), Decimal(row["spend"])) for row in found] == [
        ("charge", "USD", ledger["charges"], Decimal(ledger["spend"]))
    ]


def test_every_job_arrives_with_its_cost(sampled: tuple[Piped, dict[str, Any]]) -> None:
    piped, ledger = sampled
    found = piped.sql("SELECT count() AS jobs, sum(spend) AS cost FROM jobs_with_cost")
    assert [(int(row["jobs"]), Decimal(row["cost"])) for row in found] == [
        (ledger["charges"], Decimal(ledger["spend"]))
    ]


def test_of_other_spans_one_trace_in_a_hundred_arrives_and_each_that_failed(
    sampled: tuple[Piped, dict[str, Any]],
) -> None:
    piped, ledger = sampled
    rows = piped.sql("SELECT TraceId, count() AS spans FROM otel_traces WHERE ScopeName = 'inbox' GROUP BY TraceId")
    kept = {row["TraceId"]: int(row["spans"]) for row in rows}
    assert set(kept.values()) == {2}, "a trace is kept whole"
    assert set(ledger["failed"]) <= set(kept)
    chosen = len(kept) - FAILED
    # 29.4 are expected; by chance fewer than 8 or more than 60 come once in a hundred thousand runs.
    assert 8 <= chosen <= 60, f"{chosen} of {TRACES - FAILED}"


class OneTrace(RandomIdGenerator):
    """Spans of one trace."""

    def __init__(self) -> None:
        self._trace = super().generate_trace_id()

    def generate_trace_id(self) -> int:
        return self._trace


def test_a_span_that_ends_after_the_decision_goes_the_way_of_its_trace(tmp_path: Path) -> None:
    """As the span around a long stream does."""
    with piped_through(tmp_path / "data", APP_SAMPLING_PERCENT="50") as piped:
        apps = [App(service=f"app-{number}", ids=OneTrace()) for number in range(40)]
        export(piped.collector, [app.span(None, name="child", scope="app") for app in apps])
        time.sleep(4)
        before = {row["ServiceName"] for row in piped.sql("SELECT ServiceName FROM otel_traces")}
        export(piped.collector, [app.span(None, name="root", scope="app") for app in apps])
        time.sleep(4)
        rows = piped.sql("SELECT ServiceName, count() AS spans FROM otel_traces GROUP BY ServiceName")
        assert 0 < len(before) < 40
        assert {row["ServiceName"]: int(row["spans"]) for row in rows} == dict.fromkeys(before, 2)
