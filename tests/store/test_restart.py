"""What a store is sent after a restart is stored like what it was sent before."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.store.conftest import end, start_store
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
