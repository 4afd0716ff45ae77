"""The store in one process: the engine, its writer, its readers, and what it did."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from typing import Any, Final, TypeVar

from otel_llmroute.store import recovery
from otel_llmroute.store.boards.remembered import Answers
from otel_llmroute.store.budgets.notifier import Notifier
from otel_llmroute.store.budgets.start import notifier_of, take_over
from otel_llmroute.store.database import Database, Session
from otel_llmroute.store.errors import DataFolderError, StoreError
from otel_llmroute.store.folder import Folder
from otel_llmroute.store.maintenance.maintainer import Maintainer
from otel_llmroute.store.maintenance.prefetching import Prefetcher
from otel_llmroute.store.maintenance.summing import Summing
from otel_llmroute.store.maintenance.tables import settle_tables
from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.receiver.spool import Spool
from otel_llmroute.store.receiver.writer import Writer
from otel_llmroute.store.schema import migrate
from otel_llmroute.store.source import DEFAULT_URL

READERS: Final = 2
WRITERS: Final = 2
"""Inserts at once: each keeps one processor busy and takes some 150 MB."""
VERSION: Final = version("otel-llmroute")
SPOOL_BYTES: Final = 2**30
"""Most bytes of requests that were acknowledged and are not stored."""
FRESH_S: Final = 10.0
"""How long a question waits for what was acknowledged before it."""
DRAIN_S: Final = 10.0
"""How long storing may go on when the store stops. The rest stays in the spool for the next start."""

T = TypeVar("T")


class Service:
    """Owns the database of a folder until ``close``."""

    def __init__(self, folder: Folder) -> None:
        """Open the folder and bring its schema up to date. Raises ``DataFolderError`` and its kinds."""
        self.folder = folder
        self.start = secrets.token_hex(16)
        self._database = recovery.opened(folder)
        try:
            session = self._database.writer()
            recovery.recover(session, folder)
            migrate(session, str(folder.path))
            settle_tables(session)
            told = take_over(session)
            recovery.remember(folder)
        except BaseException:
            self._database.close()
            raise
        try:
            self.spool = Spool(folder.spool, SPOOL_BYTES)
        except OSError as error:
            self._database.close()
            raise spool_error(folder, error) from error
        self.writer = Writer([session, *(self._database.writer() for _ in range(WRITERS - 1))], self.spool)
        self.writer.start()
        building = threading.Lock()
        self.summing = Summing(self._database, building)
        self.answers = Answers(lambda: self._database.changes)
        self.prefetcher = Prefetcher(self.summing, partial(self.answers.renew, self._database.reader()))
        self.prefetcher.start()
        self.maintainer = Maintainer(self._database.writer(changes_calls=False), building)
        self.maintainer.start()
        self.notifier: Notifier | None = notifier_of(told, self._database, folder, self.summing.seen)
        self.intake = Intake(self.spool)
        self.addresses: dict[str, str] = {}
        self.needs_token = False
        self._own = threading.local()
        self._readers = ThreadPoolExecutor(READERS, "llmroute-reader", initializer=self._new_reader)

    def _new_reader(self) -> None:
        self._own.session = self._database.reader()

    async def read(self, ask: Callable[[Session], T], *, fresh: bool = True) -> T:
        """What ``ask`` makes of a session that only reads, in a thread of its own. ``fresh``: what was acknowledged
        before is in the answer, unless storing it takes more than ``FRESH_S`` seconds."""

        def answer() -> T:
            if fresh:
                self.spool.wait_until_stored(FRESH_S)
            try:
                return ask(self._own.session)
            except StoreError as error:
                raise self._explained(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, answer)

    def _explained(self, error: StoreError) -> StoreError:
        """When it was damage that a question met: what is set aside, so that the next one is answered."""
        if not recovery.is_damage(error, self.folder):
            return error
        session = self._database.writer()
        try:
            return recovery.failure_of(recovery.set_aside(session, self.folder), error)
        finally:
            session.close()

    @property
    def database(self) -> Database:
        """For sessions of one's own, which whoever opens them closes."""
        return self._database

    def health(self) -> dict[str, Any]:
        """That it lives, where, what it has taken since it started, and what waits. ``needs_data``: a command has to be
        told which store is meant; ``needs_token``: who sends or asks has to have the token."""
        return {
            "name": "otel-llmroute",
            "version": VERSION,
            "pid": os.getpid(),
            "start": self.start,
            "data": str(self.folder.path),
            "needs_data": not (self.folder.is_default and self.addresses.get("web") == DEFAULT_URL),
            "needs_token": self.needs_token,
            **self.addresses,
            "stored": dict(self.writer.stored),
            "waiting": {"records": self.spool.records_waiting, "bytes": self.spool.bytes_waiting},
            "rejected": self.intake.rejected,
            "refused": self.writer.refused,
            "damaged": len(recovery.damages(self.folder)),
            "ignored_metric_points": self.intake.ignored,
            "trouble": self.writer.trouble
            or self.maintainer.trouble
            or (self.notifier.trouble if self.notifier else ""),
        }

    def close(self) -> None:
        """Store what was taken, end the threads, close the engine."""
        if self.notifier is not None:
            self.notifier.stop()
        self.spool.stop()
        self.writer.finish(DRAIN_S)
        self.spool.close()
        self.prefetcher.stop()
        self.maintainer.stop()
        self._readers.shutdown(wait=True)
        self._database.close()


def spool_error(folder: Folder, error: OSError) -> DataFolderError:
    """Why what waits on disk cannot be used."""
    return DataFolderError(f"{folder.spool} cannot be used: {error.strerror or error}", "its rights, or another --data")
