"""A store of its own for a benchmark: ``llmroute up`` on a fresh folder, and what it uses."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Store:
    """A running store."""

    process: subprocess.Popen[bytes]
    folder: Path
    addresses: dict[str, str]

    def sql(self, statement: str) -> list[list[Any]]:
        """The rows of a statement."""
        body = json.dumps({"statement": statement}).encode()
        request = urllib.request.Request(
            self.addresses["web"] + "/api/sql", body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            return list(json.load(response)["rows"])

    def health(self) -> dict[str, Any]:
        with urllib.request.urlopen(self.addresses["web"] + "/api/health", timeout=30) as response:
            return dict(json.load(response))

    def most_memory_mb(self) -> int:
        """The most memory it ever had resident."""
        return self._status("VmHWM") // 1024

    def memory_mb(self) -> int:
        """What it has resident now."""
        return self._status("VmRSS") // 1024

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))

    def cpu_s(self) -> float:
        """Processor seconds it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextlib.contextmanager
def running_store(folder: Path | None = None) -> Iterator[Store]:
    """``llmroute up`` on free ports; in ``folder``, else in one that is deleted afterwards."""
    with contextlib.ExitStack() as held:
        place = folder or Path(held.enter_context(tempfile.TemporaryDirectory(prefix="llmroute-bench-"))) / "data"
        ports = [f"--{name}-port=0" for name in ("otlp-grpc", "otlp-http", "web", "clickhouse")]
        command = [sys.executable, "-m", "otel_llmroute.store.cli", "up", "--data", str(place), *ports]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield Store(process, place, _announced(process, place))
        finally:
            process.terminate()
            process.wait()


def _announced(process: subprocess.Popen[bytes], folder: Path) -> dict[str, str]:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((folder / "running.json").read_text())
            if found["pid"] == process.pid:
                return dict(found)
        time.sleep(0.02)
    raise SystemExit(f"the store did not start: exit code {process.poll()}")
