"""A real ClickHouse server, and a cluster when there is one.

``LLMROUTE_TEST_DSN`` names a server and a user with all rights; ``LLMROUTE_TEST_CLUSTER`` a cluster that it knows. Each
test file has databases of its own there and drops them. Without the first, nothing here runs, and one line says so.
Roll-ups are waited for, which takes minutes: run with ``-o faulthandler_timeout=900``.
"""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from otel_llmroute.store.dsn import Dsn, dsn_of
from otel_llmroute.store.remote import Server
from otel_llmroute.store.schema.dialect import Target
from tests.store.clickhouse import Span, inserted, outcome_inserted
from tests.store.conftest import CLI, clean_env

DSN: Final = os.environ.get("LLMROUTE_TEST_DSN", "")
CLUSTER: Final = os.environ.get("LLMROUTE_TEST_CLUSTER", "")
MISSING: Final = "LLMROUTE_TEST_DSN is not set: nothing of this was tried on a ClickHouse server"
PASSWORD: Final = f"Aa1-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def admin() -> Iterator[Server]:
    if not DSN:
        pytest.skip(MISSING)
    server = Server(dsn_of(DSN))
    yield server
    server.close()


@dataclass(frozen=True)
class Store:
    """A migrated database, asked and filled by the administrator."""

    server: Server
    target: Target

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        """``{db}`` is the database that people read."""
        return self.server.rows(question.replace("{db}", self.target.database))

    def insert(self, spans: Sequence[Span]) -> None:
        self.server.command(inserted(f"{self.target.database}.otel_traces", spans))

    def outcome(self, job: str, outcome: str, at_ns: int, trace: str = "") -> None:
        self.server.command(outcome_inserted(f"{self.target.database}.otel_logs", job, outcome, at_ns, trace))

    def settled(self) -> None:
        """On a cluster: every replica has what the others have."""
        if not self.target.cluster:
            return
        for (table,) in self.server.rows(
            f"SELECT name FROM system.tables WHERE database = '{self.target.local}' AND engine LIKE 'Replicated%'"
        ):
            self.server.command(f"SYSTEM SYNC REPLICA{self.target.everywhere} {self.target.local}.{table}")

    def drop(self) -> None:
        for database in reversed(self.target.databases):
            self.server.command(f"DROP DATABASE IF EXISTS {database}{self.target.everywhere} SYNC")


def migrated(target: Target, *options: str) -> subprocess.CompletedProcess[str]:
    """``llmroute migrate`` for ``target``."""
    cluster = ("--cluster", target.cluster) if target.cluster else ()
    command = [*CLI, "migrate", "--database", target.database, *cluster, *options]
    environment = clean_env(LLMROUTE_DSN=DSN, PATH=os.environ["PATH"])
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module", params=["server", "cluster"])
def store(request: pytest.FixtureRequest, admin: Server) -> Iterator[Store]:
    """A new database on the server; and one on the cluster, where there is one."""
    if request.param == "cluster" and not CLUSTER:
        pytest.skip("LLMROUTE_TEST_CLUSTER is not set: nothing of this was tried on a cluster")
    target = Target(f"llmroute_test_{uuid.uuid4().hex[:8]}", CLUSTER if request.param == "cluster" else "")
    done = migrated(target)
    assert done.returncode == 0, done.stderr
    made = Store(admin, target)
    yield made
    made.drop()


@dataclass(frozen=True)
class User:
    """Someone who is not the administrator."""

    name: str
    dsn: Dsn

    def rows(self, question: str) -> list[tuple[Any, ...]]:
        with self._client() as client:
            return [tuple(row) for row in client.query(question).result_rows]

    def command(self, statement: str) -> None:
        with self._client() as client:
            client.command(statement)

    def _client(self) -> Client:
        return clickhouse_connect.get_client(
            host=self.dsn.host,
            port=self.dsn.port,
            username=self.name,
            password=self.dsn.password,
            secure=self.dsn.secure,
            verify=self.dsn.verify,
        )


def eventually(what: str, seconds: float, holds: Any) -> None:
    """Wait until ``holds()``, at most so long."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(2)
