"""The engine on a folder of its own, in a process of its own, for tests that need more than questions."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.store.template import with_tables


class Engine:
    """Talks to the process. Every call returns what it gave or raises what it raised, as text."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def _ask(self, *request: Any) -> Any:
        self._pipe.send(request)
        good, found = self._pipe.recv()
        if not good:
            raise AssertionError(found)
        return found

    def rows(self, statement: str) -> list[list[Any]]:
        """The rows of a statement, asked by a session that writes."""
        return list(self._ask("rows", statement))

    def command(self, statement: str) -> None:
        self._ask("command", statement)

    def insert(self, table: str, columns: list[str], rows: list[list[Any]]) -> None:
        self._ask("insert", table, columns, rows)

    def build(self) -> int:
        """Build the roll-ups that are due; hours left."""
        return int(self._ask("build"))

    def call(self, place: str, *arguments: Any) -> Any:
        """What the function at ``package.module:name`` makes of a session that writes and ``arguments``."""
        return self._ask("call", place, *arguments)

    def sweep(self) -> None:
        self._ask("sweep")


@contextmanager
def engine_at(folder: Path) -> Iterator[Engine]:
    """The engine on ``folder``, with the tables of today."""
    with_tables(folder)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(folder, theirs), daemon=True)
    process.start()
    try:
        yield Engine(ours)
    finally:
        ours.close()
        process.join(30)
        process.kill()


def _serve(folder: Path, pipe: Connection) -> None:
    import pkgutil
    import uuid

    from otel_llmroute.store import maintenance
    from otel_llmroute.store.database import Database
    from otel_llmroute.store.folder import Folder
    from otel_llmroute.store.schema import migrate

    database = Database(Folder(folder))
    session = database.writer()
    migrate(session, str(folder))
    doing = {
        "rows": lambda statement: session.query(statement).rows,
        "command": session.command,
        "insert": lambda table, columns, rows: session.insert(table, columns, rows, uuid.uuid4().hex),
        "build": lambda: maintenance.build(session),
        "sweep": lambda: maintenance.sweep(session),
        "call": lambda place, *arguments: pkgutil.resolve_name(place)(session, *arguments),
    }
    while True:
        try:
            what, *arguments = pipe.recv()
        except EOFError:
            break
        try:
            pipe.send((True, doing[what](*arguments)))
        except Exception as error:
            pipe.send((False, f"{type(error).__name__}: {error}"))
    database.close()
