"""A store that ``llmroute run`` starts for itself, on free ports, and stops when the program has ended."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from types import TracebackType
from typing import Final

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.folder import Folder, Running

PORT_OPTIONS: Final = ("--otlp-grpc-port", "--otlp-http-port", "--web-port", "--clickhouse-port")
START_S: Final = 30.0
STOP_S: Final = 15.0


class BackgroundStore:
    """Context manager around ``llmroute up`` in a process of its own. Entering waits until it is ready.

    It stops when its standard input ends, so it cannot outlive us, whatever ends us. It is in a session of its own, so
    that Ctrl-C ends the program and not the store under it.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the store
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Running:
        """The addresses. Raises ``StoreError`` when it cannot start, with what it said."""
        command = [sys.executable, "-m", "otel_llmroute.store.cli", "up", "--data", str(self._folder.path)]
        ports = [word for name in PORT_OPTIONS for word in (name, "0")]
        try:
            self._process = subprocess.Popen(
                [*command, *ports, "--until-stdin-closes"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                start_new_session=True,
            )
            return self._ready(self._process)
        except OSError as error:
            raise StoreError(f"the store cannot be started: {error.strerror}") from error
        except BaseException:
            self._stop()
            raise

    def _ready(self, process: subprocess.Popen[bytes]) -> Running:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            running = self._folder.running()
            if running is not None and running.pid == process.pid:
                return running
            if process.poll() is not None:
                raise StoreError(self._last_words() or f"the store ended with exit code {process.returncode}")
            time.sleep(0.02)
        raise StoreError(f"the store was not ready after {START_S:.0f} s")

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("Error: ") if lines else ""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._said.close()
