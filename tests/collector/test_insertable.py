"""No span and no log record can make an insert fail for ever: what follows it arrives."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.collector.clickhouse import Store, running_store
from tests.collector.collector import CONFIG, Collector, running_collector
from tests.collector.conftest import post
from tests.collector.planted import RECORD, event, log, pair, span, text

DAY_NS = 86_400 * 10**9
Piped = tuple[Collector, Store]


@pytest.fixture(scope="module")
def piped() -> Iterator[Piped]:
    with running_store() as store:
        settings: dict[str, Any] = store.env
        with running_collector(CONFIG, **settings) as collector:
            yield collector, store


def call(start_ns: int, service: str, **parts: Any) -> dict[str, Any]:
    """A call that takes a second, unless ``parts`` say otherwise."""
    resource = [*pair("service.name", text(service)), *parts.pop("resource", [])]
    times = {"startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + 10**9)}
    return span(resource=resource, attributes=RECORD, **{**times, **parts})


def sent(collector: Collector, spans: list[dict[str, Any]]) -> None:
    assert post(collector, "traces", {"resourceSpans": spans}) == 200
    collector.wait_until_empty(120)


def test_calls_of_three_hundred_days_are_one_batch(piped: Piped) -> None:
    collector, store = piped
    now = time.time_ns()
    sent(collector, [call(now - day * DAY_NS, "days") for day in range(300)])
    assert store.rows("SELECT count(), uniqExact(toDate(ts)) FROM llm_calls WHERE service = 'days'") == [["300", "300"]]


def test_calls_of_any_day_arrive_and_do_not_stand_before_others(piped: Piped) -> None:
    collector, store = piped
    days = random.Random(3)
    late = [call(days.randrange(0, 2**63), "random") for _ in range(500)]
    assert post(collector, "traces", {"resourceSpans": late}) == 200
    assert post(collector, "traces", {"resourceSpans": [call(time.time_ns(), "after")]}) == 200
    store.wait_for("SELECT count() FROM llm_calls WHERE service = 'after'", 1)
    store.wait_for("SELECT count() FROM llm_calls WHERE service = 'random'", 500, 120)
    assert collector.metric("otelcol_exporter_sent_spans", exporter="clickhouse/late") >= 490


def test_what_cannot_be_counted_once_is_dropped_and_counted(piped: Piped) -> None:
    collector, store = piped
    now = time.time_ns()
    before = collector.metric("otelcol_processor_filter_spans_filtered", filter="filter/valid")
    no_trace, no_span = call(now, "invalid", traceId="0" * 32), call(now, "invalid", spanId="0" * 16)
    last = call(2**64 - 1, "invalid", endTimeUnixNano=str(2**64 - 1))
    sent(collector, [no_trace, no_span, call(2**63, "invalid"), last, call(now, "valid")])
    assert store.rows("SELECT service FROM llm_calls WHERE service IN ('valid', 'invalid')") == [["valid"]]
    assert collector.metric("otelcol_processor_filter_spans_filtered", filter="filter/valid") - before == 4


def test_a_clock_that_was_set_back_makes_no_age_of_the_world(piped: Piped) -> None:
    collector, store = piped
    now = time.time_ns()
    far = [{**event("x", [])[0], "timeUnixNano": str(2**64 - 1)}]
    sent(collector, [call(now, "back", endTimeUnixNano=str(now - 5), events=far)])
    row = "SELECT Duration, toYear(`Events.Timestamp`[1]) FROM otel_traces WHERE ServiceName = 'back'"
    assert store.rows(row) == [["0", "2262"]]


def test_a_large_resource_is_cut_because_every_row_repeats_it(piped: Piped) -> None:
    collector, store = piped
    large = [pair(f"k{number}", text("x" * 50_000))[0] for number in range(200)]
    sent(collector, [call(time.time_ns(), "large", resource=large)])
    longest = "arrayMax(arrayMap(length, mapValues(ResourceAttributes)))"
    row = f"SELECT length(ResourceAttributes), {longest} FROM otel_traces WHERE ServiceName = 'large'"
    assert store.rows(row) == [["128", "1024"]]


@pytest.mark.parametrize("time_ns", [0, 1, 10**18, 2**62, 2**63, 2**64 - 1])
def test_a_log_record_of_any_time_arrives(piped: Piped, time_ns: int) -> None:
    collector, store = piped
    record = log(timeUnixNano=str(time_ns), observedTimeUnixNano="0", body=text(f"at {time_ns}"))
    assert post(collector, "logs", {"resourceLogs": [record]}) == 200
    question = f"FROM otel_logs WHERE Body = 'at {time_ns}'"
    store.wait_for(f"SELECT count() {question}", 1)
    assert abs(int(store.value(f"SELECT toUnixTimestamp(Timestamp) {question}")) - time.time()) < 60
