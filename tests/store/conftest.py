"""A running store for tests: ``llmroute up`` on free ports and a fresh folder, and ways to send to it and to ask it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute.store.background import PORT_OPTIONS
from tests.store.template import with_tables

CLI = [sys.executable, "-m", "otel_llmroute.store.cli"]
START_S = 240
"""Only a store that hangs takes so long."""
KEEP = {f"LLMROUTE_KEEP_{what}_DAYS": "0" for what in ("RAW", "CALLS", "ROLLUPS")}
"""Tests have fixed days, which no retention may reach."""


def clean_env(**extra: str) -> dict[str, str]:
    """The environment without what steers OpenTelemetry, the store or the width of a table."""
    steering = ("OTEL_", "LLMROUTE_", "COLUMNS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    return {**kept, **KEEP, **extra}


def llmroute(*arguments: str, cwd: Path | None = None, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*CLI, *arguments], cwd=cwd, env=clean_env(**env), input=stdin, capture_output=True, text=True, timeout=120
    )


@dataclass
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RunningUp:
    """A running ``llmroute up``."""

    process: subprocess.Popen[str]
    folder: Path
    web: str
    otlp_http: str
    otlp_grpc: str
    clickhouse: str

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a statement. Money is text."""
        answer = self.post(self.web + "/api/sql", json.dumps({"statement": statement}).encode())
        assert answer.status == 200, answer.body
        found = answer.json()
        names = [column["name"] for column in found["columns"]]
        return [dict(zip(names, row, strict=True)) for row in found["rows"]]

    def spend(self, **question: str) -> dict[str, Any]:
        """The answer to ``/api/spend``: ``by``, ``since``, ``until``, ``run``."""
        answer = self.post(self.web + "/api/spend", json.dumps(question).encode())
        assert answer.status == 200, answer.body
        return answer.json()

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.web + "/api/health", timeout=10) as response:
            return json.load(response)

    def post(self, url: str, body: bytes, **headers: str) -> Answer:
        """Send a body, as JSON unless ``content_type`` says otherwise."""
        named = {"content-type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
        request = urllib.request.Request(url, body, named, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=240) as response:
                return Answer(response.status, response.read(), dict(response.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), dict(error.headers))

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it with a signal; the exit code and all it said."""
        self.process.send_signal(number)
        said = self.process.communicate(timeout=60)[1]
        return self.process.returncode, said


def start_store(folder: Path, *options: str, **env: str) -> RunningUp:
    """``llmroute up`` on ``folder``, ready. On one that is not there it finds its tables, and with the retention of
    ``KEEP`` nothing that is to be set."""
    with_tables(folder, started=not any(name in KEEP for name in env))
    ports = [word for name in PORT_OPTIONS for word in (name, "0")]
    process = subprocess.Popen(
        [*CLI, "up", "--data", str(folder), *ports, *options],
        env=clean_env(**env),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + START_S
    announced = folder / "running.json"
    while time.monotonic() < until and process.poll() is None:
        if announced.exists():
            found = json.loads(announced.read_text())
            if found["pid"] == process.pid:
                addresses = (found[name] for name in ("web", "otlp_http", "otlp_grpc", "clickhouse"))
                return RunningUp(process, folder, *addresses)
        time.sleep(0.02)
    process.kill()
    raise AssertionError(f"the store did not start: {process.communicate()[1]}")


def end(store: RunningUp) -> None:
    """Stop it if it still runs."""
    if store.process.poll() is None:
        store.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunningUp]:
    """A running store of this test's own, on free ports, with an empty data folder."""
    running = start_store(tmp_path / "data")
    yield running
    end(running)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """A running store that the tests of a file share; they tell their rows apart by service or run."""
    running = start_store(tmp_path_factory.mktemp("store") / "data")
    yield running
    end(running)
