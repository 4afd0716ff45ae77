"""Disks that fill up, break, or lose files. What was acknowledged and can be read is there afterwards; what is lost is
named; and the store serves again. ``docs/faults.md`` lists every test of this file.

A full disk is a small tmpfs where this runs as root, and otherwise a write that fails.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute.store.folder import Folder
from otel_llmroute.store.receiver import spool as spools
from otel_llmroute.store.receiver.canonical import Canonical
from otel_llmroute.store.receiver.frames import Frame, framed, frames_of
from otel_llmroute.store.receiver.refusals import Refused
from otel_llmroute.store.receiver.signals import TRACES
from otel_llmroute.store.receiver.spool import Spool
from otel_llmroute.store.recovery import damages
from tests.store.conftest import RunningUp, end, start_store
from tests.store.telemetry import NOW_NS, App, attempt_facts, send
from tests.store.test_receiver import post, request_of

DAY_NS = 86_400 * 10**9
EACH = 40
"""Calls that each of three days has."""


# A store with three days, each in parts of its own --------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three days of calls, closed. Never changed."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    store = start_store(folder)
    for day in range(3):
        app = App(service=f"day-{day}")
        for at in range(EACH):
            app.span("attempt", attempt_facts("route", "0.001"), start_ns=NOW_NS + day * DAY_NS + at)
        send(store, app.spans)
        store.sql("SELECT 1")  # stored before the next day comes
    assert store.stop()[0] == 0
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    shutil.copytree(whole, tmp_path / "data", symlinks=True)
    return tmp_path / "data"


@contextmanager
def running(folder: Path) -> Iterator[RunningUp]:
    store = start_store(folder)
    try:
        yield store
    finally:
        end(store)


def parts(folder: Path, table: str) -> list[Path]:
    """The folders of a table's parts, the oldest first."""
    return sorted(path for path in home(folder, table).iterdir() if path.is_dir() and path.name[0].isdigit())


def home(folder: Path, table: str) -> Path:
    return (folder / "clickhouse" / "data" / "default" / table).resolve()


def flip(path: Path) -> None:
    """Turn twenty bytes in the middle of a file."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    for at in range(middle, min(middle + 20, len(data))):
        data[at] ^= 0xFF
    path.write_bytes(data)


def per_day(store: RunningUp, columns: str = "") -> dict[str, int]:
    """Spans of each service; ``columns`` are read on the way."""
    read = f", max(cityHash64({columns})) AS read" if columns else ""
    rows = store.sql(f"SELECT ServiceName AS s, count() AS n{read} FROM otel_traces GROUP BY s ORDER BY s")
    return {row["s"]: row["n"] for row in rows}


def check_serves(store: RunningUp) -> None:
    """It takes and answers."""
    app = App(service="afterwards")
    app.attempt()
    send(store, app.spans)
    assert store.sql("SELECT count() AS n FROM llm_calls WHERE service = 'afterwards'") == [{"n": 1}]


# Parts of tables ------------------------------------------------------------------------------------------------------

Hurt = Callable[[Path], Any]
BROKEN: dict[str, Hurt] = {
    "data file cut short": lambda part: os.truncate(part / "data.bin", 100),
    "data file gone": lambda part: (part / "data.bin").unlink(),
    "marks gone": lambda part: [path.unlink() for path in part.glob("data.*mrk*")],
    "checksums turned": lambda part: flip(part / "checksums.txt"),
    "list of columns gone": lambda part: (part / "columns.txt").unlink(),
}


@pytest.mark.parametrize("hurt", BROKEN.values(), ids=BROKEN.keys())
def test_a_part_that_cannot_be_loaded_is_set_aside_and_named_at_start(folder: Path, hurt: Hurt) -> None:
    hurt(parts(folder, "otel_traces")[1])
    with running(folder) as store:
        assert per_day(store) == {"day-0": EACH, "day-2": EACH}
        check_serves(store)
        assert store.health()["damaged"] == 1
        said = store.stop()[1]
    (damage,) = damages(Folder(folder))
    assert (damage.table, damage.rows, damage.partition) == ("otel_traces", EACH, "20260922")
    assert Path(damage.kept).is_dir()
    assert f"of otel_traces is damaged and set aside: {EACH} rows of 20260922 are missing" in said
    with running(folder) as store:
        assert store.health()["damaged"] == 1  # noted once
        assert "set aside" not in store.stop()[1]


DATA: dict[str, tuple[str, str]] = {"data turned": ("data.bin", "*"), "index turned": ("primary.cidx", "SpanName")}


@pytest.mark.parametrize(("file", "columns"), DATA.values(), ids=DATA.keys())
def test_damaged_data_fails_one_question_which_names_it_and_is_then_left_out(
    folder: Path, file: str, columns: str
) -> None:
    name = parts(folder, "otel_traces")[1].name
    flip(parts(folder, "otel_traces")[1] / file)
    with running(folder) as store:
        body = json.dumps({"statement": f"SELECT max(cityHash64({columns})) AS h FROM otel_traces"}).encode()
        error = store.post(store.web + "/api/sql", body).json()["error"]
        assert error["kind"] == "QuestionFailed"
        damaged = f"the part {name} of otel_traces is damaged and set aside: {EACH} rows of 2026-09-22 are missing"
        assert error["message"] == damaged
        assert per_day(store, columns) == {"day-0": EACH, "day-2": EACH}
        assert store.sql("SELECT count() AS n, sum(cost) AS c FROM llm_calls") == [
            {"n": 3 * EACH, "c": str(Decimal(3 * EACH) * Decimal("0.001000000000"))}
        ]
        check_serves(store)
        assert store.health()["damaged"] == 1


def test_a_table_that_lost_every_part_is_empty_and_named(folder: Path) -> None:
    for part in parts(folder, "llm_call_records"):
        flip(part / "checksums.txt")
    with running(folder) as store:
        assert store.sql("SELECT count() AS n FROM llm_calls") == [{"n": 0}]
        check_serves(store)
    assert sum(damage.rows or 0 for damage in damages(Folder(folder))) == 3 * EACH


# Definitions ----------------------------------------------------------------------------------------------------------


def _garbage(path: Path) -> None:
    path.write_text("garbage")


def _empty(path: Path) -> None:
    path.write_text("")


@pytest.mark.parametrize("hurt", [_garbage, _empty, Path.unlink], ids=["garbage", "empty", "gone"])
@pytest.mark.parametrize("name", ["otel_traces", "llm_calls", "otel_traces_from_otlp", "otlp_traces"])
def test_a_damaged_definition_is_restored_from_its_copy(folder: Path, name: str, hurt: Hurt) -> None:
    hurt((folder / "clickhouse" / "metadata" / "default").resolve() / f"{name}.sql")
    with running(folder) as store:
        assert per_day(store) == {f"day-{day}": EACH for day in range(3)}
        check_serves(store)
        assert f"the definition of {name} was damaged and is restored" in store.stop()[1]
    assert {(damage.table, damage.rows) for damage in damages(Folder(folder))} == {(name, 0)}


def _no_copies(folder: Path) -> None:
    shutil.rmtree(folder / "metadata")


def _old_copies(folder: Path) -> None:
    """Of a schema that was changed since."""
    copy = folder / "metadata" / "llm_costs.sql"
    copy.write_text(copy.read_text().replace("computed_at", "made_at"))


@pytest.mark.parametrize("spoil", [_no_copies, _old_copies])
def test_a_damaged_definition_without_a_copy_of_today_is_one_clear_error(folder: Path, spoil: Hurt) -> None:
    spoil(folder)
    _garbage((folder / "clickhouse" / "metadata" / "default").resolve() / "otel_traces.sql")
    with pytest.raises(AssertionError) as failed:
        start_store(folder)
    said = str(failed.value)
    assert "Error: the data folder" in said
    assert "otel_traces.sql" in said
    assert "Try: another --data, or restore a backup" in said
    assert "Traceback" not in said


def test_a_lost_deduplication_log_loses_and_repeats_no_call(folder: Path) -> None:
    """A segment that was stored and not deleted is stored again."""
    for table in ("otel_traces", "llm_call_records"):
        shutil.rmtree(home(folder, table) / "deduplication_logs")
    app = App(service="day-0")
    for at in range(EACH):
        app.span("attempt", attempt_facts("route", "0.001"), start_ns=NOW_NS + at)
    request = request_of(app)
    segment(folder, [request.SerializeToString()] * 2, EACH)
    with running(folder) as store:
        assert store.sql("SELECT count() AS n FROM llm_calls WHERE service = 'day-1'") == [{"n": EACH}]
        assert store.sql("SELECT count() AS n FROM llm_calls WHERE service = 'day-0'") == [{"n": 2 * EACH}]


# Segments of the spool ------------------------------------------------------------------------------------------------


def segment(folder: Path, bodies: list[bytes], records: int = 1, name: str = "traces-0000000500.otlp") -> Path:
    """A segment as a process that was killed leaves it."""
    path = folder / "spool" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(framed(Canonical(body, records)) for body in bodies))
    return path


def bodies_of(*services: str) -> list[bytes]:
    found = []
    for service in services:
        app = App(service=service)
        app.attempt()
        found.append(request_of(app).SerializeToString())
    return found


def _hurt_body(data: bytearray, second: int) -> None:
    data[second + 40] ^= 0xFF


def _hurt_length(data: bytearray, second: int) -> None:
    data[second + 4 : second + 8] = (2**31).to_bytes(4, "little")


def _hurt_mark(data: bytearray, second: int) -> None:
    data[second] ^= 0xFF


def _zeros(data: bytearray, second: int) -> None:
    data[second : second + 100] = bytes(100)


@pytest.mark.parametrize("hurt", [_hurt_body, _hurt_length, _hurt_mark, _zeros])
def test_a_segment_damaged_in_the_middle_loses_one_request_and_names_it(
    folder: Path, hurt: Callable[[bytearray, int], None]
) -> None:
    bodies = bodies_of("first", "second", "third")
    path = segment(folder, bodies)
    data = bytearray(path.read_bytes())
    hurt(data, len(framed(Canonical(bodies[0], 1))))
    path.write_bytes(data)
    with running(folder) as store:
        found = store.sql("SELECT service AS s FROM llm_calls WHERE service NOT LIKE 'day%' ORDER BY s")
        assert [row["s"] for row in found] == ["first", "third"]
        assert "Lost 1 or more of 3 requests of traces-0000000500.otlp: it is damaged" in store.stop()[1]
    assert (folder / "spool" / "damaged" / path.name).read_bytes() == data


@pytest.mark.parametrize("kept", [3, 30, -1])
def test_a_segment_cut_short_loses_nothing_that_was_acknowledged(folder: Path, kept: int) -> None:
    bodies = bodies_of("first", "second")
    path = segment(folder, bodies)
    end_of_first = len(framed(Canonical(bodies[0], 1)))
    os.truncate(path, end_of_first + kept if kept > 0 else path.stat().st_size - 1)
    with running(folder) as store:
        found = store.sql("SELECT service AS s FROM llm_calls WHERE service NOT LIKE 'day%'")
        assert [row["s"] for row in found] == ["first"]
        assert "Lost" not in store.stop()[1]
    assert not list((folder / "spool" / "damaged").iterdir())


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_a_segment_without_a_request_is_no_trouble(folder: Path, content: bytes) -> None:
    path = folder / "spool" / "traces-0000000500.otlp"
    path.write_bytes(content)
    with running(folder) as store:
        check_serves(store)
        assert store.health()["trouble"] == ""
    assert not path.exists()
    kept = [file.read_bytes() for file in (folder / "spool" / "damaged").iterdir()]
    assert kept == ([content] if content else [])


def test_a_foreign_file_in_the_spool_is_left_alone(folder: Path) -> None:
    foreign = [folder / "spool" / name for name in ("notes.txt", "traces-1.otlp", "traces-0000000001.otlp.partial")]
    for path in foreign:
        path.write_bytes(b"mine")
    with running(folder) as store:
        check_serves(store)
    assert [path.read_bytes() for path in foreign] == [b"mine"] * 3


def test_every_damage_to_a_frame_is_found_and_the_frames_around_it_are_read() -> None:
    bodies = [b"first body", b"second body", b"third body"]
    whole = b"".join(framed(Canonical(body, 1)) for body in bodies)
    start = len(framed(Canonical(bodies[0], 1)))
    for at in range(start, start + len(framed(Canonical(bodies[1], 1)))):
        data = bytearray(whole)
        data[at] ^= 0xFF
        assert list(frames_of(bytes(data))) == [Frame(bodies[0], 1), None, Frame(bodies[2], 1)]
    ends = [sum(len(framed(Canonical(body, 1))) for body in bodies[:number]) for number in (1, 2, 3)]
    for size in range(len(whole)):
        found = [Frame(body, 1) for body, end_of_frame in zip(bodies, ends, strict=True) if size >= end_of_frame]
        assert list(frames_of(whole[:size])) == found


# Disks ----------------------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own; needs root."""
    path.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", path], capture_output=True)
    if made.returncode:
        pytest.skip("a disk that can be filled needs the right to mount one: the next test fills one in another way")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def test_a_full_disk_refuses_with_503_and_takes_again_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 160) as disk, running(disk / "data") as store:
        taken = filled(store, disk)
        assert store.sql("SELECT count() AS n FROM llm_calls") == [{"n": taken}]
        (disk / "filler").unlink()
        check_serves(store)
        assert store.sql("SELECT count() AS n FROM llm_calls") == [{"n": taken + 1}]
        assert store.health()["trouble"] == ""


def filled(store: RunningUp, disk: Path) -> int:
    """Fill the disk, and send until the store says so; how many calls were acknowledged."""
    taken = 0
    with (disk / "filler").open("wb") as filler:
        while True:
            answer = post(store, bodies_of(f"service-{taken}")[0])
            if answer.status != 200:
                break
            taken += 1
            if shutil.disk_usage(disk).free > 50 * 2**20:
                filler.write(bytes(8 * 2**20))
                filler.flush()
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert b"the spool cannot be written: the disk has" in answer.body
    return taken


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_a_write_that_fails_is_refused_and_what_was_taken_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    spool = Spool(tmp_path / "spool", 2**30)
    spool.append(TRACES, Canonical(b"taken", 1)).result(10)
    real = os.fdatasync

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(spools.os, "fdatasync", fail)
    with pytest.raises(Refused) as refused:
        spool.append(TRACES, Canonical(b"lost", 1)).result(10)
    assert (refused.value.http, refused.value.may_retry) == (503, True)
    assert os.strerror(number) in refused.value.message
    monkeypatch.setattr(spools.os, "fdatasync", real)
    spool.append(TRACES, Canonical(b"taken again", 1)).result(10)
    spool.stop()
    spool.close()
    again = Spool(tmp_path / "spool", 2**30)
    again.stop()
    found = []
    while (one := again.next(0, 1)) is not None:
        found += [frame.body for frame in one.frames()]
        again.stored(one)
    assert found == [b"taken", b"taken again"]


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(AssertionError) as failed:
            start_store(disk / "data")
    said = str(failed.value)
    assert "cannot be used: Read-only file system. Try: --data with a folder you can write to" in said
    assert "Traceback" not in said


def test_a_segment_that_is_gone_is_named_and_the_rest_is_stored(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    from otel_llmroute.store.receiver.writer import Writer

    stored: list[str] = []

    class Engine:
        def insert_protobuf(self, table: str, message: str, schema: Path, data: bytes, token: str) -> None:
            stored.append(token)

    spool = Spool(folder / "spool", 2**30)
    spool.append(TRACES, Canonical(b"gone", 1)).result(10)
    (path,) = (folder / "spool").glob("traces-*.otlp")
    path.unlink()
    writer = Writer([Engine()], spool)
    writer.start()
    assert spool.wait_until_stored(10)
    spool.append(TRACES, Canonical(b"there", 1)).result(10)
    assert spool.wait_until_stored(10)
    spool.stop()
    writer.finish(10)
    assert len(stored) == 1
    assert f"Lost all 1 requests of {path}: it is gone" in caplog.text


def test_money_is_the_same_after_every_damage_to_raw_spans(folder: Path) -> None:
    """Spend is in llm_call_records; raw spans that are lost take none of it along."""
    for part in parts(folder, "otel_traces"):
        shutil.rmtree(part)
    with running(folder) as store:
        assert per_day(store) == {}
        total = store.sql("SELECT sum(cost) AS spend FROM llm_calls")[0]["spend"]
        assert Decimal(total) == Decimal("0.001") * 3 * EACH
