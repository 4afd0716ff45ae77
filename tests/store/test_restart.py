"""What a store is sent after a restart is stored like what it was sent before."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.store.conftest import end, llmroute, start_store
from tests.store.telemetry import App, send


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=lambda ending: ending.name)
def test_a_store_that_had_stored_all_stores_what_it_is_sent_after_a_restart(
    tmp_path: Path, ending: signal.Signals
) -> None:
    # Segments are numbered from 1 again, and the engine knows the number 1: it must not take the new one for the old.
    for start in range(3):
        store = start_store(tmp_path / "data")
        try:
            app = App(service=f"start-{start}")
            app.attempt(cost="0.5")
            send(store, app.spans)
            found = store.sql("SELECT service FROM llm_calls ORDER BY service")
            assert found == [{"service": f"start-{at}"} for at in range(start + 1)]
            assert not list((tmp_path / "data" / "spool").glob("*.otlp"))
            store.process.send_signal(ending)
            store.process.communicate(timeout=60)
        finally:
            end(store)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a store that was killed before it stored what it had acknowledged."""
    store = start_store(tmp_path / "data")
    app = App()
    app.attempt(cost="0.5")
    send(store, app.spans)
    store.process.send_signal(signal.SIGKILL)  # before half a second has passed
    store.process.communicate(timeout=60)
    assert list((tmp_path / "data" / "spool").glob("*.otlp"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    "question",
    [("sql", "SELECT cost FROM llm_calls"), ("spend", "--format", "csv"), ("report", "--since", "2026-09-01")],
    ids=lambda question: question[0],
)
def test_a_question_to_the_folder_of_a_killed_store_has_all_that_was_acknowledged(
    killed: Path, question: tuple[str, ...]
) -> None:
    done = llmroute(*question, "--data", str(killed))
    assert (done.returncode, done.stderr, "0.5" in done.stdout) == (0, "", True), done.stdout
    assert not list((killed / "spool").glob("*.otlp"))


def test_a_spool_that_cannot_be_used_is_said_and_the_rest_is_answered(killed: Path) -> None:
    (killed / "spool" / "refused").rmdir()
    (killed / "spool" / "refused").write_text("")
    done = llmroute("sql", "SELECT count() AS n FROM llm_calls", "--data", str(killed), "--format", "csv")
    assert (done.returncode, done.stdout) == (0, "n\n0\n")
    assert done.stderr == (
        f"llmroute: what was acknowledged and waits in {killed / 'spool'} is not in this answer: File exists. "
        f"Try: llmroute up --data {killed}\n"
    )
