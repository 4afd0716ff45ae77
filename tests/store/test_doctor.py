"""What is wrong with a store is said, and nothing is said of one that is well."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Counter, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from otel_llmroute import names
from otel_llmroute.store.care import examination
from otel_llmroute.store.care.checks import lasting, percent, size
from otel_llmroute.store.errors import QuestionFailed
from otel_llmroute.store.folder import Folder
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.engine import Engine, engine_at
from tests.store.records import AGED, call, hour_before, insert_spans, quiet
from tests.store.telemetry import App, attempt_facts, send

NOW = datetime.now(timezone.utc)
EXAMINE = "otel_llmroute.store.care.examination:examined"
PRUNE = "otel_llmroute.store.care.pruning:pruned"
CHECKS = [
    *("store", "versions", "newest", "spool", "refused", "damaged", "roll-ups", "outdated builds", "prices"),
    *("duplicates", "late", "ahead", "no usage", "sampled out", "without route", "metrics", "disk", "parts"),
]


def now_app(service: str = "app") -> App:
    """An application whose clock is right."""
    app = App(service=service)
    app._clock = iter(range(time.time_ns() - 10**9, 2**62, 1_000_000))  # type: ignore[assignment]
    return app


def doctor(*options: str) -> tuple[int, dict[str, Any]]:
    """Its exit code and what it found."""
    done = llmroute("doctor", "--format", "json", *options)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def states(found: dict[str, Any]) -> dict[str, str]:
    return {line["check"]: line["state"] for line in found["lines"]}


def line(found: dict[str, Any], check: str) -> dict[str, Any]:
    (one,) = (line for line in found["lines"] if line["check"] == check)
    return dict(one)


# The command ----------------------------------------------------------------------------------------------------------


def test_a_running_store_that_is_well_says_so(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    try:
        app = now_app()
        for _ in range(3):
            app.attempt()
        send(store, app.spans)
        code, found = doctor("--data", str(store.folder))
    finally:
        end(store)
    assert (code, found["state"]) == (0, "ok")
    assert states(found) == dict.fromkeys([*CHECKS, "writer", "rejected"], "ok")
    assert line(found, "store")["found"] == f"process {store.process.pid} at {store.web}"
    assert line(found, "prices")["found"] == "100 % of attempts, 100 % of tokens"
    assert {table["table"]: table["rows"] for table in found["tables"]}["llm_call_records"] == 3


def test_a_folder_that_no_store_runs_on_is_examined_as_well(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    app = now_app()
    app.attempt()
    send(store, app.spans)
    store.process.send_signal(signal.SIGKILL)  # before half a second has passed
    store.process.communicate(timeout=60)
    code, found = doctor("--data", str(tmp_path / "data"))
    assert code == 1
    assert line(found, "store")["found"] == f"not running, opened {tmp_path / 'data'}"
    spool = line(found, "spool")
    assert (spool["state"], spool["advice"]) == ("warning", "llmroute up")
    assert " in 1 segments, the oldest " in spool["found"]
    assert {check for check, state in states(found).items() if state != "ok"} == {"spool", "newest"}


def test_the_table_says_what_to_do(tmp_path: Path) -> None:
    with engine_at(tmp_path / "data"):
        pass
    done = llmroute("doctor", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "warning  newest" in done.stdout
    assert "Try: llmroute run -- python app.py" in " ".join(done.stdout.split())
    assert "llmroute_schema" in done.stdout


def test_where_nothing_can_be_asked_the_exit_code_is_2(tmp_path: Path) -> None:
    done = llmroute("doctor", "--data", str(tmp_path / "none"))
    assert (done.returncode, done.stderr.startswith("Error: ")) == (2, True)
    assert "newest" not in done.stdout


# Faults ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def engine(data: Path) -> Iterator[Engine]:
    with engine_at(data) as running:
        yield running


def examined(engine: Engine, data: Path, health: dict[str, Any] | None = None) -> dict[str, Any]:
    return dict(engine.call(EXAMINE, Folder(data), health))


def test_requests_put_aside_are_counted_with_their_reason(engine: Engine, data: Path) -> None:
    for aside in ("refused", "damaged"):
        (data / "spool" / aside).mkdir(parents=True)
    for number in range(2):
        (data / "spool" / "refused" / f"traces-{number}.otlp").write_bytes(b"x")
        (data / "spool" / "refused" / f"traces-{number}.txt").write_text(f"reason {number}\n")
    (data / "spool" / "damaged" / "logs-0000000001.otlp").write_bytes(b"x")
    found = examined(engine, data)
    refused, damaged = line(found, "refused"), line(found, "damaged")
    assert (refused["state"], refused["found"]) == ("warning", f"2 in {data / 'spool' / 'refused'}: reason 0")
    assert (damaged["state"], damaged["found"]) == ("problem", f"1 in {data / 'spool' / 'damaged'}")
    assert found["state"] == "problem"


def test_records_that_were_rejected_are_counted(engine: Engine, data: Path) -> None:
    found = line(examined(engine, data, {"pid": 1, "rejected": 3}), "rejected")
    assert (found["state"], found["found"]) == ("warning", "3")


@pytest.mark.parametrize(("age_s", "state"), [(5, "ok"), (120, "warning"), (3600, "problem")])
def test_a_spool_that_is_not_emptied_is_a_problem(engine: Engine, data: Path, age_s: int, state: str) -> None:
    (data / "spool").mkdir(parents=True)
    segment = data / "spool" / "traces-0000000001-00000000.otlp"
    segment.write_bytes(b"x" * 2000)
    os.utime(segment, (time.time() - age_s,) * 2)
    found = line(examined(engine, data, {"pid": 1, "waiting": {"records": 7, "bytes": 2000}}), "spool")
    assert found["state"] == state
    assert found["found"].startswith("7 records, 2.0 kB in 1 segments, the oldest ")


def test_trouble_of_the_writer_is_a_problem(engine: Engine, data: Path) -> None:
    found = line(examined(engine, data, {"pid": 1, "trouble": "no room on the disk"}), "writer")
    assert (found["state"], found["found"]) == ("problem", "no room on the disk")


def test_models_without_a_price_are_named(engine: Engine, data: Path) -> None:
    tokens = {"gen_ai__usage__input_tokens": "100", "gen_ai__request__model": "m", "gen_ai__provider__name": "acme"}
    rows = [call(n, NOW, Decimal(1) if n < 19 else None, **tokens) for n in range(20)]
    insert_spans(engine, rows)
    found = line(examined(engine, data), "prices")
    assert (found["state"], found["found"]) == ("warning", "95 % of attempts, 95 % of tokens")
    assert found["meaning"] == "have a price; not acme/m"
    insert_spans(engine, [call(n, NOW, None, **tokens) for n in range(20, 30)])
    assert line(examined(engine, data), "prices")["state"] == "problem"


def test_calls_that_are_late_ahead_or_without_usage_are_counted(engine: Engine, data: Path) -> None:
    insert_spans(engine, [call(n, NOW, Decimal(1)) for n in range(10)])
    assert {states(examined(engine, data))[check] for check in ("late", "ahead", "no usage")} == {"ok"}
    insert_spans(
        engine,
        [
            call(50, NOW - timedelta(hours=3), Decimal(1)),
            # Ahead of when it arrives, however long ago this module was loaded.
            call(51, datetime.now(timezone.utc) + timedelta(minutes=9), Decimal(1)),
        ],
    )
    without = call(52, NOW, None)
    without[6]["llmroute.cost.status"] = "no_usage"
    insert_spans(engine, [without])
    found = examined(engine, data)
    assert [line(found, check)["found"] for check in ("late", "ahead", "no usage")] == ["1 of 13 calls (7.7 %)"] * 3
    assert {states(found)[check] for check in ("late", "ahead", "no usage")} == {"warning"}


def test_calls_delivered_again_are_counted(engine: Engine, data: Path) -> None:
    rows = [call(n, NOW, Decimal(1)) for n in range(10)]
    insert_spans(engine, rows)
    insert_spans(engine, rows[:4])
    found = line(examined(engine, data), "duplicates")
    assert (found["state"], found["found"]) == ("warning", "4 of 10")


def test_a_call_of_the_future_is_said_to_begin_then(engine: Engine, data: Path) -> None:
    insert_spans(engine, [call(1, datetime.now(timezone.utc) + timedelta(days=100, minutes=30), Decimal(1))])
    assert line(examined(engine, data), "newest")["found"].endswith(" ago, began 100 d from now")


def test_hours_that_wait_to_be_summed_are_counted(engine: Engine, data: Path) -> None:
    insert_spans(engine, [call(n, hour_before(NOW, hours=n), Decimal(1)) for n in range(100)])
    engine.command(AGED)
    assert (line(examined(engine, data), "roll-ups")["found"], states(examined(engine, data))["roll-ups"]) == (
        "100 hours due",
        "warning",
    )
    quiet(engine)
    assert line(examined(engine, data), "roll-ups")["found"] == "0 hours due"


class Refusing:
    """A session of a store that is too large for one question."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def query(self, statement: str, parameters: Any = None) -> Any:
        if "data_health" in statement:
            raise QuestionFailed("the question reached a limit: memory")
        return self._session.query(statement, parameters)


def examined_by_one_that_refuses(session: Any, folder: Folder) -> dict[str, Any]:
    return examination.examined(Refusing(session), folder, None)  # type: ignore[arg-type]


def test_a_question_that_reaches_a_limit_leaves_the_other_answers(engine: Engine, data: Path) -> None:
    insert_spans(engine, [call(1, NOW, Decimal(1))])
    found = dict(engine.call("tests.store.test_doctor:examined_by_one_that_refuses", Folder(data)))
    delivery = line(found, "delivery")
    assert (delivery["state"], delivery["found"]) == ("warning", "not known")
    assert delivery["meaning"] == "the question reached a limit: memory"
    assert line(found, "prices")["found"] == "100 % of attempts, - of tokens"


# Metrics against calls ------------------------------------------------------------------------------------------------

POINT = ("ts", "started", "service", "metric", "shape", "temporality", "attributes", "value")


def counted(engine: Engine, *points: tuple[float, float, float], temporality: str = "cumulative", **more: str) -> None:
    """Data points of ``llmroute.calls``: minutes ago when it was counted and when counting began, and the value."""
    attributes = {"llmroute.record.kind": "attempt", **more}
    rows = [
        [
            NOW - timedelta(minutes=at),
            NOW - timedelta(minutes=since),
            "app",
            "llmroute.calls",
            "sum",
            temporality,
            attributes,
            value,
        ]
        for at, since, value in points
    ]
    engine.insert("llm_metrics", list(POINT), rows)


def calls(engine: Engine, first: int, count: int, minutes_ago: float) -> None:
    insert_spans(
        engine, [call(n, NOW - timedelta(minutes=minutes_ago), Decimal("0.5")) for n in range(first, first + count)]
    )


def arrived(engine: Engine, data: Path) -> list[tuple[str, str]]:
    return [(row["state"], row["found"]) for row in examined(engine, data)["lines"] if row["check"] == "metrics"]


def test_calls_that_were_counted_and_did_not_arrive_are_missed(engine: Engine, data: Path) -> None:
    calls(engine, 0, 97, 20)
    counted(engine, (15, 30, 60), (10, 30, 97), (5, 30, 97))
    assert arrived(engine, data) == [("ok", "app: 97 of 97 calls arrived")]
    counted(engine, (4, 30, 100))
    assert arrived(engine, data) == [("warning", "app: 97 of 100 calls arrived")]
    counted(engine, (3, 30, 200))
    assert arrived(engine, data) == [("problem", "app: 97 of 200 calls arrived")]


def test_a_restart_of_the_application_begins_another_sum(engine: Engine, data: Path) -> None:
    calls(engine, 0, 10, 55)
    calls(engine, 10, 5, 20)
    counted(engine, (50, 60, 10), (40, 60, 10), (10, 30, 5))
    assert arrived(engine, data) == [("ok", "app: 15 of 15 calls arrived")]


def test_series_and_processes_are_added_up(engine: Engine, data: Path) -> None:
    calls(engine, 0, 12, 20)
    counted(engine, (10, 30, 4), outcome="accepted")
    counted(engine, (10, 30, 5), outcome="failed")
    counted(engine, (10, 29, 3), outcome="accepted")
    assert arrived(engine, data) == [("ok", "app: 12 of 12 calls arrived")]


def test_delta_sums_are_added_up(engine: Engine, data: Path) -> None:
    calls(engine, 0, 6, 20)
    counted(engine, (15, 30, 4), (10, 15, 0), (5, 10, 2), temporality="delta")
    assert arrived(engine, data) == [("ok", "app: 6 of 6 calls arrived")]


def test_only_what_ended_while_it_was_counted_is_compared(engine: Engine, data: Path) -> None:
    calls(engine, 0, 5, 90)  # before counting began: by a version without metrics, say
    calls(engine, 5, 5, 20)
    calls(engine, 10, 5, 1)  # after the newest data point
    counted(engine, (10, 30, 5))
    assert arrived(engine, data) == [("ok", "app: 5 of 5 calls arrived")]


def test_a_sum_that_began_before_the_days_compared_goes_on_from_where_it_was(engine: Engine, data: Path) -> None:
    week = 7 * 24 * 60
    calls(engine, 0, 8, 20)
    counted(engine, (week + 60, week + 120, 1000), (week + 5, week + 120, 1100), (10, week + 120, 1108))
    assert arrived(engine, data) == [("ok", "app: 8 of 8 calls arrived")]


def test_what_was_removed_is_not_missed(engine: Engine, data: Path) -> None:
    today = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    since = (NOW - today).total_seconds() / 60
    calls(engine, 0, 10, since + 30)
    calls(engine, 10, 4, 0)
    counted(engine, (since + 20, since + 60, 10), (-1, since + 60, 14))
    assert arrived(engine, data) == [("ok", "app: 14 of 14 calls arrived")]
    engine.call(PRUNE, str(today.date()), False, False)
    assert arrived(engine, data) == [("ok", "app: 4 of 4 calls arrived")]


def test_money_is_compared_per_currency_as_it_was_recorded(engine: Engine, data: Path) -> None:
    calls(engine, 0, 4, 20)
    attributes = {"llmroute.cost.currency": "EUR"}
    row = [
        NOW - timedelta(minutes=10),
        NOW - timedelta(minutes=30),
        "app",
        "llmroute.cost",
        "sum",
        "cumulative",
        attributes,
        2.0,
    ]
    engine.insert("llm_metrics", list(POINT), [row])
    assert arrived(engine, data) == [("ok", "app: 2 of 2 EUR arrived")]
    repriced = [[NOW - timedelta(minutes=20), f"{0:032x}", f"{0:016x}", "app", NOW, Decimal(9), "EUR", "priced"]]
    columns = ["ts", "trace_id", "span_id", "service", "computed_at", "cost", "currency", "cost_status"]
    engine.insert("llm_costs", columns, repriced)
    assert arrived(engine, data) == [("ok", "app: 2 of 2 EUR arrived")]
    engine.insert("llm_metrics", list(POINT), [[NOW, *row[1:7], 2.5]])
    assert arrived(engine, data) == [("problem", "app: 2 of 2.5 EUR arrived")]


@pytest.mark.parametrize("temporality", [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA])
def test_real_metrics_show_what_a_sampler_dropped(tmp_path: Path, temporality: AggregationTemporality) -> None:
    store = start_store(tmp_path / "data")
    try:
        exporter = OTLPMetricExporter(store.otlp_http + "/v1/metrics", preferred_temporality={Counter: temporality})
        provider = MeterProvider([PeriodicExportingMetricReader(exporter, 60_000)], Resource({"service.name": "app"}))
        counter = provider.get_meter(names.SCOPE).create_counter(names.METRIC_CALLS)
        app = now_app()
        counted_and_kept(store, app, counter, provider)
        found = doctor("--data", str(store.folder))[1]
        provider.shutdown()
    finally:
        end(store)
    found_lines = [(row["state"], row["found"]) for row in found["lines"] if row["check"] == "metrics"]
    assert found_lines == [("problem", "app: 4 of 8 calls arrived")]


def counted_and_kept(store: RunningUp, app: App, counter: Any, provider: MeterProvider) -> None:
    """Eight calls are counted, in two exports; half of their spans are sent."""
    for _ in range(2):
        for at in range(4):
            counter.add(1, {"llmroute.route.name": "r"})
            if at % 2:
                app.span("attempt", attempt_facts("r", "0.5"), start_ns=time.time_ns())
        time.sleep(0.02)
        provider.force_flush()
    send(store, app.spans)


def test_values_are_readable() -> None:
    assert [percent(1, 3000), percent(2999, 3000), percent(1, 2), percent(0, 5), percent(0, 0)] == [
        *("<0.1 %", ">99.9 %", "50 %", "0 %", "-"),
    ]
    assert [size(999), size(1000), size(12_345_678), size(5e13)] == ["999 B", "1.0 kB", "12.3 MB", "50.0 TB"]
    assert [lasting(5), lasting(-300), lasting(7200), lasting(864_000)] == ["5 s", "-5 min", "2 h", "10 d"]


def test_an_app_that_ran_and_ended_has_lost_nothing(tmp_path: Path) -> None:
    """Its only collection of metrics comes after its last call."""
    main = Path(__file__).parents[2] / "examples" / "support_inbox" / "main.py"
    ran = llmroute("run", "--data", str(tmp_path / "data"), "--", sys.executable, str(main), cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    told = llmroute("doctor", "--data", str(tmp_path / "data"), "--format", "json")
    lines = json.loads(told.stdout)["lines"]
    assert [line for line in lines if line["state"] != "ok"] == []
    metrics = [line["found"] for line in lines if line["check"] == "metrics"]
    assert len(metrics) == 2
    assert not any(found.startswith("main: 0 of ") for found in metrics)
