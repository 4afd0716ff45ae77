"""A backup of a store that runs and takes spans: what was acknowledged before is in it, and each span once."""

from __future__ import annotations

import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.trace.export import SpanExportResult

from otel_llmroute.store.background import PORT_OPTIONS
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.engine import engine_at
from tests.store.records import call, insert_spans
from tests.store.telemetry import App, attempt_facts, http_exporter, send

COST = Decimal("0.000123456789")


@contextmanager
def running(folder: Path) -> Iterator[RunningUp]:
    store = start_store(folder)
    try:
        yield store
    finally:
        end(store)


def backup(target: Path, data: Path) -> None:
    done = llmroute("backup", str(target), "--data", str(data))
    assert (done.returncode, done.stdout) == (0, f"{target}\n"), done.stderr


def restore(source: Path, data: Path, *options: str) -> str:
    """What it said."""
    done = llmroute("restore", str(source), "--data", str(data), *options)
    assert (done.returncode, done.stdout) == (0, f"{data}\n"), done.stderr
    return done.stderr


def figures(store: RunningUp) -> dict[str, Any]:
    """Everything that may be asked for, whole."""
    questions = {
        "calls": "SELECT * EXCEPT received_at FROM llm_calls ORDER BY trace_id, span_id",
        "routes": "SELECT * EXCEPT received_at FROM llm_routes ORDER BY trace_id, span_id",
        "jobs": "SELECT * FROM jobs_with_cost ORDER BY job_id",
        "hourly": "SELECT * FROM llm_hourly ORDER BY ALL",
        "tenants": "SELECT * FROM llm_hourly_tenants ORDER BY ALL",
        "health": "SELECT * FROM data_health",
        "raw": "SELECT TraceId, SpanId, SpanAttributes FROM otel_traces ORDER BY SpanId",
        "prices": "SELECT * FROM llm_prices ORDER BY ALL",
    }
    return {name: store.sql(statement) for name, statement in questions.items()}


def some_of_each(store: RunningUp) -> None:
    app = App(service="whole")
    for at in range(30):
        facts = attempt_facts(f"route-{at % 3}", str(COST) if at % 5 else None)
        app.span(
            "attempt", facts | {"llmroute.route.id": f"R{at}", "llmroute.job.id": "J1", "llmroute.tenant.id": "acme"}
        )
        app.span("route", {"llmroute.route.id": f"R{at}", "llmroute.route.name": f"route-{at % 3}"})
    app.span("job", {"llmroute.job.id": "J1", "llmroute.job.revenue": 2.5, "llmroute.job.currency": "EUR"})
    send(store, app.spans)
    send(store, app.spans[:20])
    price = ("prices", "set", "--provider", "acme", "--model", "m", "--input-per-mtok", "2", "--output-per-mtok", "3")
    assert llmroute(*price, "--data", str(store.folder)).returncode == 0


def test_a_restored_store_has_every_figure_of_the_other_and_goes_on(tmp_path: Path) -> None:
    with running(tmp_path / "data") as store:
        some_of_each(store)
        backup(tmp_path / "copy", store.folder)
        wanted = figures(store)
    said = restore(tmp_path / "copy", tmp_path / "elsewhere" / "data")
    assert "are as the backup noted" in said
    with running(tmp_path / "elsewhere" / "data") as restored:
        assert figures(restored) == wanted
        app = App(service="later")
        app.attempt(cost="0.5")
        send(restored, app.spans)
        assert restored.sql("SELECT sum(cost) AS c FROM llm_calls WHERE service = 'later'") == [{"c": "0.500000000000"}]


def test_a_folder_of_any_name_is_filled_asked_backed_up_and_restored(tmp_path: Path) -> None:
    data, copy, again = (tmp_path / what / "of #1 at 5%23 & 'ü'*" for what in ("data", "copy", "again"))
    data.parent.mkdir()
    with running(data) as store:
        app = App()
        app.attempt(cost="0.5")
        send(store, app.spans)
        backup(copy, data)
    restore(copy, again)
    for folder in (data, again):
        assert "support.reply,task_class:1,1,1," in llmroute("spend", "--format", "csv", "--data", str(folder)).stdout
    assert [path.name for path in tmp_path.iterdir() if path not in (data.parent, copy.parent, again.parent)] == []


@pytest.mark.parametrize(("name", "signs"), [("what?", "?"), ("a{1,2}", "{ and }")])
def test_a_folder_that_the_engine_would_take_for_another_is_refused(
    made: tuple[Path, Path], tmp_path: Path, name: str, signs: str
) -> None:
    data = tmp_path / name
    free = [word for name in PORT_OPTIONS for word in (name, "0")]
    for command in (("up", *free), ("restore", str(made[0]))):
        said = refused(*command, "--data", str(data))
        assert said == (
            f"Error: the data folder {data} has {signs} in its path, which the engine cannot open. "
            "Try: --data with another name"
        )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_no_store_ever_ran_on_can_be_backed_up(tmp_path: Path) -> None:
    with engine_at(tmp_path / "data") as engine:  # opened, as llmroute spend does
        insert_spans(engine, [call(1, datetime(2026, 9, 1, tzinfo=timezone.utc), Decimal("0.5"))])
    backup(tmp_path / "copy", tmp_path / "data")
    restore(tmp_path / "copy", tmp_path / "restored")
    with engine_at(tmp_path / "restored") as engine:
        assert engine.rows("SELECT cost FROM llm_calls") == [[Decimal("0.5")]]


class Sender(threading.Thread):
    """Sends batches until told to stop; ``acknowledged`` is its ledger: ids of spans that the store has taken."""

    def __init__(self, store: RunningUp, number: int) -> None:
        super().__init__(daemon=True)
        self.app = App(service=f"sender-{number}")
        self.acknowledged: list[str] = []
        self.stop = threading.Event()
        self._store = store

    def run(self) -> None:
        with http_exporter(self._store) as exporter:
            while not self.stop.is_set():
                batch = [self.app.attempt(cost=str(COST)) for _ in range(40)]
                if exporter.export(batch) is SpanExportResult.SUCCESS:
                    self.acknowledged.extend(f"{span.context.span_id:016x}" for span in batch)
                self.stop.wait(0.1)


def test_a_backup_under_load_has_all_that_was_acknowledged_before_it_began(tmp_path: Path) -> None:
    with running(tmp_path / "data") as store:
        senders = [Sender(store, number) for number in range(3)]
        for sender in senders:
            sender.start()
        befores = []
        for at in range(3):
            time.sleep(1)
            befores.append({span for sender in senders for span in list(sender.acknowledged)})
            backup(tmp_path / f"copy-{at}", store.folder)
        for sender in senders:
            sender.stop.set()
        for sender in senders:
            sender.join()
        sent = {f"{span.context.span_id:016x}" for sender in senders for span in sender.app.spans}
    assert len(befores[0]) > 0
    for at, before in enumerate(befores):
        restore(tmp_path / f"copy-{at}", tmp_path / f"data-{at}")
        with running(tmp_path / f"data-{at}") as restored:
            found = restored.sql("SELECT span_id, cost FROM llm_calls")
            spans = {row["span_id"] for row in found}
            assert before - spans == set()
            assert spans - sent == set()
            assert len(found) == len(spans)
            spend = format(COST * len(spans), "f")
            assert restored.sql("SELECT sum(cost) AS c FROM llm_calls") == [{"c": spend}]
            assert restored.sql("SELECT sum(spend) AS c FROM llm_hourly") == [{"c": spend}]
            assert restored.sql("SELECT count() AS n FROM otel_traces") == [{"n": len(spans)}]


def test_what_only_the_spool_has_is_in_the_backup(tmp_path: Path) -> None:
    app = App()
    for _ in range(20):
        app.attempt(cost=str(COST))
    store = start_store(tmp_path / "data")
    send(store, app.spans)
    store.process.send_signal(signal.SIGKILL)  # before half a second has passed: nothing is stored yet
    store.process.communicate(timeout=60)
    assert list((tmp_path / "data" / "spool").glob("*.otlp"))
    backup(tmp_path / "copy", tmp_path / "data")
    said = restore(tmp_path / "copy", tmp_path / "restored")
    assert f"1 requests more wait in its spool. Stored by: llmroute up --data {tmp_path / 'restored'}" in said
    with running(tmp_path / "restored") as restored:
        assert restored.sql("SELECT sum(cost) AS c FROM llm_calls") == [{"c": format(COST * 20, "f")}]


def test_a_segment_that_is_in_the_tables_and_in_the_spool_counts_once(tmp_path: Path) -> None:
    # As after a crash between an insert and the removal of its segment. Logs have no key that would merge them.
    with running(tmp_path / "data") as store:
        provider = LoggerProvider()
        exporter = OTLPLogExporter(endpoint=store.otlp_http + "/v1/logs")
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
        provider.get_logger("test").emit(body="once", timestamp=time.time_ns())
        (segment,) = (store.folder / "spool").glob("logs-*.otlp")
        shutil.copyfile(segment, tmp_path / segment.name)
        provider.shutdown()
        assert store.sql("SELECT Body FROM otel_logs") == [{"Body": "once"}]
    shutil.copyfile(tmp_path / segment.name, tmp_path / "data" / "spool" / segment.name)
    backup(tmp_path / "copy", tmp_path / "data")
    restore(tmp_path / "copy", tmp_path / "restored")
    with running(tmp_path / "restored") as restored:
        assert restored.sql("SELECT Body FROM otel_logs") == [{"Body": "once"}]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A backup of one call, and the data folder that it was made of, with no store running."""
    folder = tmp_path_factory.mktemp("made")
    with running(folder / "data") as store:
        app = App()
        app.attempt(cost="0.25")
        send(store, app.spans)
        backup(folder / "copy", store.folder)
        assert not (store.folder / "snapshot").exists()
    return folder / "copy", folder / "data"


def test_a_backup_holds_the_store_and_nothing_else(made: tuple[Path, Path]) -> None:
    copy, _ = made
    assert {path.name for path in copy.iterdir()} == {"manifest.json", "files.sha256", "clickhouse", "spool"}
    assert {path.name for path in (copy / "clickhouse").iterdir()} == {"data", "metadata", "store"}
    assert copy.stat().st_mode & 0o777 == 0o700
    money = json.loads((copy / "manifest.json").read_text())["money"]
    call = {"month": "2026-09-01", "currency": "USD", "records": 1, "spend": "0.250000000000"}
    assert money == [{"source": "llm_calls", **call}, {"source": "llm_hourly", **call}]


def refused(*arguments: str) -> str:
    """The one line that a command ends with."""
    done = llmroute(*arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done
    return done.stderr.strip()


def test_a_target_that_is_there_is_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    for target in (tmp_path, tmp_path / "mine"):
        said = refused("backup", str(target), "--data", str(made[1]))
        assert said == f"Error: {target} is there already and not an empty folder. Try: another TARGET"
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_copy_inside_of_what_is_copied_is_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy, data = made
    (tmp_path / "link").symlink_to(data)
    for target in (data / "inside", tmp_path / "link" / "inside"):
        said = refused("backup", str(target), "--data", str(data))
        assert said == f"Error: {target} is inside {data}, which is copied. Try: another TARGET"
    assert not (data / "inside").exists()
    assert not (data / "snapshot").exists()
    for options in ((str(copy / "inside"),), (str(copy), "--replace")):
        said = refused("restore", str(copy), "--data", *options)
        assert said == f"Error: {options[0]} is inside {copy}, which is copied. Try: --data with a folder beside it"
    restore(copy, tmp_path / "restored")


def test_a_folder_that_is_not_empty_is_refused_and_replaced_when_told(made: tuple[Path, Path], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as store:
        assert store.sql("SELECT count() AS n FROM llm_calls") == [{"n": 0}]
        said = refused("restore", str(made[0]), "--data", str(data), "--replace")
        assert said.startswith(f"Error: the data folder {data} is in use by process {store.process.pid}.")
    said = refused("restore", str(made[0]), "--data", str(data))
    assert said == (
        f"Error: {data} is not empty. Try: --data with a folder that is not there yet, or --replace its store"
    )
    restore(made[0], data, "--replace")
    assert not (data / "replaced").exists()
    with running(data) as store:
        assert store.sql("SELECT cost FROM llm_calls") == [{"cost": "0.250000000000"}]


def test_a_damaged_backup_is_found_out_and_what_was_there_stays(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy, data = tmp_path / "copy", tmp_path / "data"
    shutil.copytree(made[0], copy, symlinks=True)
    shutil.copytree(made[1], data, symlinks=True)
    victim = max((copy / "clickhouse").rglob("data.cmrk*"), key=lambda path: path.stat().st_size, default=None)
    victim = victim or next((copy / "clickhouse").rglob("*.bin"))
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    inside = victim.relative_to(copy)
    said = refused("restore", str(copy), "--data", str(data), "--replace")
    assert said == (
        f"Error: the backup {copy} is damaged: 1 files changed, 0 missing, 0 that do not belong to it, "
        f"such as {inside}. Try: another backup"
    )
    refused("restore", str(copy), "--data", str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
    with running(data) as store:
        assert store.sql("SELECT cost FROM llm_calls") == [{"cost": "0.250000000000"}]


def test_figures_that_differ_from_what_was_noted_are_found_out(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made[0], copy, symlinks=True)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["money"][0]["spend"] = "0.250000000001"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    said = refused("restore", str(copy), "--data", str(tmp_path / "data"))
    assert said.startswith("Error: money per month: the backup noted {")
    assert "0.250000000001" in said
    manifest = json.loads((made[0] / "manifest.json").read_text())
    manifest["tables"]["otel_traces"]["rows"] = 2
    (copy / "manifest.json").write_text(json.dumps(manifest))
    said = refused("restore", str(copy), "--data", str(tmp_path / "data"))
    assert said.startswith("Error: rows of otel_traces: the backup noted {'rows': 2, ")


def test_months_that_may_have_grown_too_old_since_are_not_compared(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made[0], copy, symlinks=True)
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["money"][0]["spend"] = "7"
    (copy / "manifest.json").write_text(json.dumps(manifest | {"keep_calls_days": 10}))
    said = restore(copy, tmp_path / "data")
    assert "the money of 0 months are as the backup noted" in said
    assert "not compared: 1 months that are older than rows are kept" in said


NEWER = "{0}/manifest.json is not of a kind that this version knows. Try: a newer otel-llmroute"


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (None, "{0} is no backup: it has no manifest.json. Try: the folder that llmroute backup wrote"),
        ("{", NEWER),
        ('{"format": "llmroute-backup-9"}', NEWER),
    ],
    ids=["none", "broken", "newer"],
)
def test_what_is_no_backup_is_refused(tmp_path: Path, manifest: str | None, said: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    if manifest is not None:
        (source / "manifest.json").write_text(manifest)
    assert refused("restore", str(source), "--data", str(tmp_path / "data")) == f"Error: {said.format(source)}"
    assert not (tmp_path / "data").exists()


def test_what_a_backup_left_that_was_broken_off_goes_with_the_next_start(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(made[1], data, symlinks=True)
    for left in (data / "snapshot" / "0123456789abcdef", data / "clickhouse" / "shadow" / "0123456789abcdef"):
        left.mkdir(parents=True)
        (left / "part").write_text("x")
    with running(data):
        assert not (data / "snapshot").exists()
        assert not (data / "clickhouse" / "shadow").exists()


def test_only_a_snapshot_can_be_released(made: tuple[Path, Path], tmp_path: Path) -> None:
    with running(tmp_path / "data") as store:
        for identity in ("../clickhouse", "", None, "0123456789abcdeg"):
            answer = store.post(store.web + "/api/release", json.dumps({"id": identity}).encode())
            assert (answer.status, answer.json()["error"]["kind"]) == (400, "BadStatement")
        assert store.sql("SELECT count() AS n FROM llm_calls") == [{"n": 0}]


def test_a_backup_of_a_newer_schema_is_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(made[0], copy, symlinks=True)
    manifest = json.loads((copy / "manifest.json").read_text())
    known = manifest["schema"]
    (copy / "manifest.json").write_text(json.dumps(manifest | {"schema": 9999}))
    said = refused("restore", str(copy), "--data", str(tmp_path / "data"))
    assert said == (f"Error: the backup {copy} has schema 9999, this version knows {known}. Try: a newer otel-llmroute")
