"""The measured processes, seen from outside: a worker that is asked again and again, and one-shot start-ups."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from per_call.environments import BENCHMARKS, Row


class Failed(Exception):
    """A measured process could not go on; the message is the last thing it said."""


def _environment(row: Row) -> dict[str, str]:
    # A setting for OpenTelemetry in the caller's shell would change what is measured.
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON", "LLMROUTE_"))}
    return {**ours, **row.environment}


class Worker:
    """One running ``per_call.worker`` in the row's environment. Use as a context manager."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self._log = (row.folder / f"{row.name}.log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [str(row.python), "-m", "per_call.worker", row.activation, row.distribution],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            cwd=BENCHMARKS,
            env=_environment(row),
        )

    def ready(self) -> dict[str, str]:
        """The versions in use, once the instrumentation is on. Raises Failed."""
        answer = self._read()
        if "failed" in answer:
            raise Failed(answer["failed"])
        versions: dict[str, str] = answer["versions"]
        return versions

    def ask(self, measure: str, **arguments: int) -> dict[str, Any]:
        """One measure. Raises Failed."""
        assert self._process.stdin
        try:
            print(json.dumps({"measure": measure, **arguments}), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            pass  # _read says why
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            raise Failed(_last_line(self._log.read(), self._process.returncode))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process; never waits for more than a moment."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.close()
            self._process.wait(timeout=5)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


def start_up(row: Row, order: str) -> dict[str, Any]:
    """What ``per_call.startup`` prints. Raises Failed."""
    command = [str(row.python), "-m", "per_call.startup", row.activation, order]
    done = subprocess.run(command, capture_output=True, text=True, cwd=BENCHMARKS, env=_environment(row), check=False)
    if done.returncode:
        raise Failed(_last_line(done.stderr, done.returncode))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _last_line(text: str, code: int | None) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else f"exit code {code}"
