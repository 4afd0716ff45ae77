"""A command that is given a folder acts on the store of that folder, and on no other that happens to run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, send

COUNT = "SELECT count() AS n FROM llm_calls"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """A running store with one call of September."""
    running = start_store(tmp_path_factory.mktemp("original") / "data")
    app = App()
    app.attempt(cost="0.5")
    send(running, app.spans)
    yield running
    end(running)


def test_a_copy_of_a_running_folder_is_a_folder_of_its_own(original: RunningUp, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(original.folder, copy, symlinks=True)
    done = llmroute("prune", "--data", str(copy), "--before", "2026-10-01", "--yes")
    assert (done.returncode, done.stderr.splitlines()[-1].partition(" from ")[2]) == (0, str(copy)), done.stderr
    assert original.sql(COUNT) == [{"n": 1}]
    assert json.loads(llmroute("sql", COUNT, "--data", str(copy), "--format", "json").stdout) == [{"n": 0}]


def test_a_folder_is_itself_by_whatever_path(original: RunningUp, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(original.folder)
    assert json.loads(llmroute("sql", COUNT, "--data", str(link), "--format", "json").stdout) == [{"n": 1}]


def test_another_store_at_the_addresses_of_a_killed_one_is_not_taken_for_it(
    original: RunningUp, tmp_path: Path
) -> None:
    killed = start_store(tmp_path / "data")
    note = killed.folder / "running.json"
    left = json.loads(note.read_text())
    killed.stop()
    # As in a container that is started again: its process id is another process's, and its ports are taken.
    note.write_text(json.dumps({**left, "pid": os.getpid(), "web": original.web}))
    asked = llmroute("sql", COUNT, "--data", str(killed.folder), "--format", "json")
    assert (json.loads(asked.stdout), asked.stderr) == ([{"n": 0}], "")
    again = start_store(killed.folder)
    assert again.sql(COUNT) != original.sql(COUNT)
    end(again)
