"""What writes waits while the tables are held still; what reads does not."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.gate import Gate
from tests.store.test_database import engine


def test_whoever_holds_the_gate_passes_and_others_wait(tmp_path: Path) -> None:
    gate, passed = Gate(), threading.Event()

    def other() -> None:
        with gate.passed():
            passed.set()

    with gate.shut(1):
        thread = threading.Thread(target=other)
        thread.start()
        with gate.passed():
            assert not passed.wait(0.1)
    thread.join(5)
    assert passed.is_set()


def test_the_gate_is_shut_when_those_inside_have_left() -> None:
    gate, inside, leave = Gate(), threading.Event(), threading.Event()

    def write() -> None:
        with gate.passed():
            inside.set()
            leave.wait(5)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait(5)
    with pytest.raises(StoreError, match="a statement that writes took longer than 0 s"):
        gate.shut(0.1).__enter__()
    with gate.passed():  # open again
        pass
    leave.set()
    with gate.shut(5):
        assert not thread.is_alive() or not thread.join(5)


def test_two_cannot_hold_the_gate() -> None:
    gate, held, leave = Gate(), threading.Event(), threading.Event()

    def hold() -> None:
        with gate.shut(1):
            held.set()
            leave.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    with pytest.raises(StoreError, match="the store is held still by something else"):
        gate.shut(0.1).__enter__()
    leave.set()
    thread.join(5)
    with gate.shut(1):
        pass


def test_nothing_is_written_while_the_tables_are_held_still(tmp_path: Path) -> None:
    done = engine(
        tmp_path / "data",
        """
        session, reader = database.writer(), database.reader()
        session.command("CREATE TABLE t (x UInt64) ENGINE = MergeTree ORDER BY x")
        stop = threading.Event()
        def insert(own):
            at = 0
            while not stop.is_set():
                own.insert("t", ["x"], [[at]], f"{id(own)}-{at}")
                at += 1
        threads = [threading.Thread(target=insert, args=(database.writer(),)) for _ in range(3)]
        for thread in threads:
            thread.start()
        count = lambda: reader.query("SELECT count() FROM t").rows[0][0]
        while count() < 10:
            time.sleep(0.01)
        with database.gate.shut(10):
            before = count()
            time.sleep(0.5)
            print(count() - before)
        while count() == before:
            time.sleep(0.01)
        stop.set()
        for thread in threads:
            thread.join()
        """,
    )
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr
