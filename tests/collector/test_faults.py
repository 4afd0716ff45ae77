"""The real collector under faults of the store and of its own: what it acknowledged is counted once, whatever happens.

``LLMROUTE_OUTAGE_S=60`` makes the store be away for a minute instead of ten seconds.
"""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.sdk.trace.export import SpanExportResult

from otel_llmroute import names
from otel_llmroute.store.receiver.signals import LOGS, SIGNALS, Signal
from tests.collector.clickhouse import Store, running_store
from tests.collector.collector import CONFIG, Collector, running_collector
from tests.collector.ledger import sending
from tests.store.hostile import Maker
from tests.store.telemetry import App

OUTAGE_S = float(os.environ.get("LLMROUTE_OUTAGE_S", "10"))


@pytest.fixture
def store() -> Iterator[Store]:
    with running_store() as found:
        yield found


@pytest.fixture
def collector(store: Store) -> Iterator[Collector]:
    with running_collector(**store.env) as found:
        yield found


def test_a_store_that_is_away_for_a_while_gets_everything_afterwards(store: Store, collector: Collector) -> None:
    with sending(collector) as ledger:
        ledger.wait_for(500)
        store.kill()
        began = time.monotonic()
        ledger.wait_for(1000)
        while time.monotonic() < began + OUTAGE_S:
            time.sleep(0.1)
        store.start()
        ledger.wait_for(500)
    ledger.check(store)


@pytest.mark.parametrize("status", ["500", "503", "refuse"])
def test_a_store_that_answers_with_errors_gets_everything_afterwards(
    store: Store, collector: Collector, status: str
) -> None:
    with sending(collector) as ledger:
        ledger.wait_for(500)
        store.fail(status)
        store.wait_until_failed(3)
        store.fail("none")
        ledger.wait_for(500)
    ledger.check(store)


def test_a_slow_store_keeps_no_sender_waiting(store: Store, collector: Collector) -> None:
    with sending(collector) as ledger:
        store.fail("slow", seconds=2)
        store.wait_until_failed(3)
        ledger.wait_for(500)
        assert max(sender.longest_s for sender in ledger.senders) < 2
        store.fail("none")
    ledger.check(store)


def test_a_store_that_never_answers_is_given_up_and_asked_again(store: Store, tmp_path: Path) -> None:
    impatient = tmp_path / "impatient.yaml"
    impatient.write_text("exporters: {clickhouse/calls: {timeout: 2s}}")
    with running_collector(CONFIG, impatient, **store.env) as collector, sending(collector) as ledger:
        ledger.wait_for(300)
        store.fail("hang", times=3, seconds=20)
        store.wait_until_failed(3)
        ledger.stop()
        ledger.check(store)


def test_an_insert_whose_answer_was_lost_counts_once(store: Store, collector: Collector) -> None:
    with sending(collector) as ledger:
        store.fail("cut", times=3)
        store.wait_until_failed(3)
    ledger.check(store)
    # What comes again as it was is not even stored again.
    assert store.value("SELECT count() FROM otel_traces") == str(len(ledger.acknowledged))


def test_a_collector_killed_ten_times_under_load_loses_nothing(store: Store, collector: Collector) -> None:
    with sending(collector) as ledger:
        for _ in range(10):
            ledger.wait_for(400)
            collector.restart()
        ledger.wait_for(400)
    ledger.check(store)


def test_a_collector_and_a_store_killed_together_lose_nothing(store: Store, collector: Collector) -> None:
    with sending(collector) as ledger:
        for _ in range(3):
            ledger.wait_for(500)
            store.kill()
            ledger.wait_for(300)
            collector.kill()
            store.start()
            collector.start()
        ledger.wait_for(500)
    ledger.check(store)


def test_a_full_queue_makes_senders_wait_and_loses_nothing(store: Store) -> None:
    room = 2000
    with running_collector(COLLECTOR_QUEUE_ITEMS=str(room), **store.env) as collector, sending(collector) as ledger:
        store.fail("503")
        until = time.monotonic() + 10
        while sum(sender.refused for sender in ledger.senders) < 2:
            assert time.monotonic() < until + 20, "nobody had to wait"
            time.sleep(0.1)
        assert 0 < waiting(collector) <= room
        store.fail("none")
        ledger.stop()
        ledger.check(store)


def test_a_collector_that_starts_before_its_store_loses_no_call_and_no_late_fact(store: Store) -> None:
    store.kill()
    with running_collector(**store.env) as collector, sending(collector) as ledger:
        request = ExportLogsServiceRequest()
        scope = request.resource_logs.add().scope_logs.add()
        scope.scope.name = names.SCOPE
        for job in range(3):
            record = scope.log_records.add(time_unix_nano=time.time_ns(), event_name=names.EVENT_JOB_OUTCOME)
            record.attributes.add(key=names.JOB_ID).value.string_value = f"late-{job}"
            record.attributes.add(key=names.JOB_OUTCOME).value.string_value = "failure"
        assert delivered(collector, LOGS, request)
        ledger.wait_for(500)
        store.start()
        ledger.stop()
        ledger.check(store)
        store.wait_for("SELECT countIf(outcome = 'failure') FROM llm_jobs WHERE job_id LIKE 'late-%'", 3)


REFUSED = "ALTER TABLE otel_traces ADD CONSTRAINT refused CHECK SpanName != 'refused'"
"""What makes the engine refuse a span for ever, and with it the insert that it is in."""


def test_a_span_that_the_engine_refuses_holds_up_no_other_batch_and_comes_when_it_may(
    store: Store, collector: Collector
) -> None:
    store.command(REFUSED)
    with refused(collector) as bad, sending(collector) as ledger:
        ledger.wait_for(1000)
        store.wait_for("SELECT count() > 500 FROM llm_calls", 1)
        assert store.value("SELECT count() FROM llm_calls WHERE service = 'refused'") == "0"
        assert waiting(collector) >= bad
        ledger.stop()
        store.command("ALTER TABLE otel_traces DROP CONSTRAINT refused")
        store.wait_for("SELECT count() FROM llm_calls WHERE service = 'refused'", bad)
        ledger.check(store, others=bad)
    collector.wait_until_empty()


def test_what_is_given_up_on_request_is_counted(store: Store, tmp_path: Path) -> None:
    store.command(REFUSED)
    hasty = tmp_path / "hasty.yaml"
    soon = {**store.env, "COLLECTOR_GIVE_UP_AFTER": "30s"}
    hasty.write_text("exporters: {clickhouse/calls: {retry_on_failure: {max_interval: 1s, max_elapsed_time: 3s}}}")
    with running_collector(CONFIG, hasty, **soon) as collector, refused(collector) as bad:
        until = time.monotonic() + 60
        while waiting(collector):
            assert time.monotonic() < until, "nothing was given up"
            time.sleep(0.1)
        failed = collector.metric("otelcol_exporter_send_failed_spans", exporter="clickhouse/calls")
        assert failed == bad
        with sending(collector) as ledger:
            ledger.wait_for(500)
        ledger.check(store)


@contextmanager
def refused(collector: Collector) -> Iterator[int]:
    """Calls that the engine refuses are in the queue, in a batch of their own; how many."""
    app = App(service="refused")
    spans = [app.span("attempt", {}, name="refused", start_ns=time.time_ns()) for _ in range(20)]
    exporter = GRPCSpanExporter(collector.otlp_grpc, insecure=True)
    assert exporter.export(spans) is SpanExportResult.SUCCESS
    until = time.monotonic() + 30
    while not collector.metric("otelcol_exporter_in_flight_requests", exporter="clickhouse/calls", data_type="traces"):
        assert time.monotonic() < until, "the batch was not sent"
        time.sleep(0.05)
    yield len(spans)
    exporter.shutdown()


def waiting(collector: Collector) -> float:
    """Calls that are in the queue or on their way to the store."""
    return collector.metric("otelcol_exporter_queue_size", exporter="clickhouse/calls", data_type="traces")


def test_no_request_of_any_shape_holds_the_queues_up(store: Store, collector: Collector) -> None:
    taken = dict.fromkeys((signal.name for signal in SIGNALS), 0)
    for seed in range(60):
        for signal in SIGNALS:
            taken[signal.name] += delivered(collector, signal, Maker(f"{signal.name} {seed}").request(signal))
    assert all(count > 15 for count in taken.values()), taken
    with sending(collector) as ledger:
        ledger.wait_for(500)
    ledger.check(store)
    collector.wait_until_empty(60)


def delivered(collector: Collector, signal: Signal, message: Any) -> bool:
    """Send once; whether it was acknowledged. A request may be refused, but for good."""
    request = urllib.request.Request(
        f"{collector.otlp_http}{signal.path}", message.SerializeToString(), {"content-type": "application/x-protobuf"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status in (200, 400)
    return bool(status == 200)
