"""``llmroute up`` of the project's environment, as a receiver and as a parser of ClickHouse's SQL."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.deployment.files import ROOT, done_by

LLMROUTE: Final = ROOT / ".venv" / "bin" / "llmroute"
START_S: Final = 60
PORTS: Final = ("--otlp-grpc-port", "--otlp-http-port", "--web-port", "--clickhouse-port")


@dataclass(frozen=True)
class Store:
    """A running store."""

    folder: Path
    otlp_http: str

    def csv(self, statement: str) -> str:
        """What ``llmroute sql`` answers, without the names of the columns. Raises on a statement that fails."""
        done = done_by(LLMROUTE, "sql", "--data", self.folder, "--format", "csv", statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.partition("\n")[2].strip()

    def parsed(self, statement: str) -> str:
        """A statement as ClickHouse reads it, without running it."""
        return self.csv(f"SELECT formatQuerySingleLine(unhex('{statement.encode().hex()}'))")


@contextmanager
def running_store(folder: Path) -> Iterator[Store]:
    """A store on free ports, ended with the block."""
    ports = [word for name in PORTS for word in (name, "0")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LLMROUTE_", "OTEL_"))}
    command = [str(LLMROUTE), "up", "--data", str(folder), *ports]
    with (folder.parent / "store.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until, announced = time.monotonic() + START_S, folder / "running.json"
        while not announced.exists():
            assert process.poll() is None, (folder.parent / "store.log").read_text()
            assert time.monotonic() < until, "the store did not start"
            time.sleep(0.05)
        yield Store(folder, str(json.loads(announced.read_text())["otlp_http"]))
    finally:
        process.terminate()
        process.wait(60)
