"""A ClickHouse for the collector to write to, with the tables that ``llmroute migrate`` makes.

``running_store`` gives the double (``clickhouse_server.py``), which can be told to fail, killed, and started again on
the same folder and port. With ``LLMROUTE_TEST_DSN`` it gives a database of its own on that server, which cannot: what
asks for a fault there is skipped with a line that says so.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import pytest

from otel_llmroute.store.dsn import Dsn, dsn_of
from otel_llmroute.store.remote import Server
from tests.collector.collector import free_ports
from tests.store.conftest import CLI, clean_env

DSN: Final = os.environ.get("LLMROUTE_TEST_DSN", "")
START_S: Final = 30


class Store(ABC):
    """What the collector writes to and a test asks."""

    database: str = "otel"

    @property
    @abstractmethod
    def env(self) -> dict[str, str]:
        """What tells the collector's configuration where it is."""

    @abstractmethod
    def rows(self, question: str) -> list[list[str]]:
        """The answer, each value as text; NULL is ``\\N``."""

    def command(self, statement: str) -> None:
        """Run a statement for its effect."""
        self.rows(statement)

    def value(self, question: str) -> str:
        """The first value of the first row."""
        return self.rows(question)[0][0]

    def wait_for(self, question: str, expected: object, within_s: float = 60) -> None:
        """Ask until the first value, as text, is ``expected``."""
        until = time.monotonic() + within_s
        while (found := self.value(question)) != str(expected):
            assert time.monotonic() < until, f"{found} instead of {expected} after {within_s} s: {question}"
            time.sleep(0.1)

    def fail(self, kind: str, times: int = -1, seconds: float = 0) -> None:
        """From now on fail the exporter's requests: all of them by ``500``, ``503`` or ``refuse`` (no answer); its
        inserts by ``hang`` (``seconds``, then no answer), ``slow`` or ``cut`` (insert, then no answer). ``none`` ends
        it."""
        pytest.skip("LLMROUTE_TEST_DSN names a real server: it was not made to fail, and this was not tried on it")

    def failed(self) -> int:
        """How many requests met the fault."""
        self.fail("counted")
        return 0

    def wait_until_failed(self, times: int, within_s: float = 60) -> None:
        """Until so many requests met the fault."""
        until = time.monotonic() + within_s
        while self.failed() < times:
            assert time.monotonic() < until, f"only {self.failed()} requests met the fault in {within_s} s"
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL."""
        self.fail("killed")

    def start(self) -> None:
        """Start it again on the same folder and port."""
        self.fail("started")


@dataclass
class Double(Store):
    """The double: a process on a folder."""

    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[str] | None = None

    @property
    def dsn(self) -> str:
        return f"clickhouse://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        return {"CLICKHOUSE_ENDPOINT": f"http://127.0.0.1:{self.port}", "CLICKHOUSE_DATABASE": self.database}

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.collector.clickhouse_server", str(self.folder), str(self.port)]
        self.process = subprocess.Popen(command, env=clean_env(), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n", "the double of a ClickHouse server did not start"

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def rows(self, question: str) -> list[list[str]]:
        return rows_of(self._asked(f"/?database={self.database}", question.encode()))

    def fail(self, kind: str, times: int = -1, seconds: float = 0) -> None:
        self._asked(f"/fault?kind={kind}&times={times}&seconds={seconds}", b"")

    def failed(self) -> int:
        return int(self._asked("/fault", b""))

    def _asked(self, path: str, body: bytes) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.read().decode()[:1500]}\n{body.decode()[:500]}") from None


@dataclass
class RealServer(Store):
    """A database of its own on the server that ``LLMROUTE_TEST_DSN`` names."""

    dsn: Dsn
    database: str

    @cached_property
    def server(self) -> Server:
        """Connected when first used: by then the database is there."""
        return Server(self.dsn, self.database)

    @property
    def env(self) -> dict[str, str]:
        endpoint = f"{'https' if self.dsn.secure else 'http'}://{self.dsn.host}:{self.dsn.port}"
        account = {"CLICKHOUSE_USER": self.dsn.user, "CLICKHOUSE_PASSWORD": self.dsn.password}
        return {"CLICKHOUSE_ENDPOINT": endpoint, "CLICKHOUSE_DATABASE": self.database, **account}

    def rows(self, question: str) -> list[list[str]]:
        return [["\\N" if value is None else str(value) for value in row] for row in self.server.rows(question)]

    def command(self, statement: str) -> None:
        self.server.command(statement)

    def drop(self) -> None:
        self.server.command(f"DROP DATABASE IF EXISTS {self.database} SYNC")
        self.server.close()


_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_MEANT: Final = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "N": "\\N"}


def rows_of(text: str) -> list[list[str]]:
    """What TabSeparated says, as the values were."""
    lines = text.split("\n")[:-1]
    return [
        [_ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), value) for value in line.split("\t")]
        for line in lines
    ]


def migrate(store: Store, dsn: str) -> None:
    """``llmroute migrate``, as an operator runs it."""
    command = [*CLI, "migrate", "--database", store.database]
    done = subprocess.run(command, env=clean_env(LLMROUTE_DSN=dsn), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


@contextmanager
def running_store() -> Iterator[Store]:
    """A migrated store, ended or dropped with the block."""
    if not DSN:
        with running_double() as double:
            migrate(double, double.dsn)
            yield double
        return
    real = RealServer(dsn_of(DSN), f"llmroute_test_{uuid.uuid4().hex[:8]}")
    migrate(real, DSN)
    try:
        yield real
    finally:
        real.drop()


@contextmanager
def running_double() -> Iterator[Double]:
    """The double on a fresh folder, without tables."""
    with tempfile.TemporaryDirectory(prefix="llmroute-double-", ignore_cleanup_errors=True) as scratch:
        double = Double(Path(scratch))
        try:
            double.start()
            yield double
        finally:
            if double.process and double.process.poll() is None:
                double.kill()
