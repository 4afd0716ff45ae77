"""The store in one process: the engine, its writer, its readers, and what it did."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any, Final, TypeVar

from otel_llmroute.store.database import Database, Session
from otel_llmroute.store.folder import Folder
from otel_llmroute.store.receiver.insert import Writer, counts
from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.schema import migrate

READERS: Final = 2
VERSION: Final = version("otel-llmroute")

T = TypeVar("T")


class Service:
    """Owns the database of a folder until ``close``."""

    def __init__(self, folder: Folder) -> None:
        """Open the folder and bring its schema up to date. Raises ``DataFolderError`` and its kinds."""
        self.folder = folder
        self._database = Database(folder)
        try:
            session = self._database.writer()
            migrate(session, str(folder.path))
        except BaseException:
            self._database.close()
            raise
        self.writer = Writer(session)
        self.writer.start()
        self.intake = Intake(self.writer)
        self.addresses: dict[str, str] = {}
        self._own = threading.local()
        self._readers = ThreadPoolExecutor(READERS, "llmroute-reader", initializer=self._new_reader)

    def _new_reader(self) -> None:
        self._own.session = self._database.reader()

    async def read(self, ask: Callable[[Session], T]) -> T:
        """What ``ask`` makes of a session that only reads, in a thread of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, lambda: ask(self._own.session))

    def health(self) -> dict[str, Any]:
        """That it lives, and what it has taken since it started."""
        return {
            "name": "otel-llmroute",
            "version": VERSION,
            "pid": os.getpid(),
            "data": str(self.folder.path),
            **self.addresses,
            **counts(self.writer),
            "rejected": self.intake.rejected,
            "ignored_metric_points": self.intake.ignored,
        }

    def close(self) -> None:
        """Store what was taken, end the threads, close the engine."""
        self.writer.stop()
        self._readers.shutdown(wait=True)
        self._database.close()
