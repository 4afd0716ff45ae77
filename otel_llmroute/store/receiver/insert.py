"""The one writer: batches of many requests in one insert, each acknowledged after its rows are in the tables."""

from __future__ import annotations

import logging
import queue
import threading
import uuid
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.receiver.otlp import Refused, malformed
from otel_llmroute.store.receiver.rows import COLUMNS, Batch, Row

GROUP_ROWS: Final = 20_000
"""Most rows of one insert, unless one request alone has more."""
WAITING_ROWS: Final = 200_000
"""Rows waiting for the writer above which requests are refused for now."""

logger = logging.getLogger(__name__)


class Inserting(Protocol):
    """What the writer needs of a session."""

    def insert(self, table: str, columns: tuple[str, ...], rows: list[Row], token: str) -> None: ...


@dataclass
class _Waiting:
    batch: Batch
    done: Future[None] = field(default_factory=Future)


class Writer(threading.Thread):
    """Takes batches from any thread. While one insert is under way the next group gathers by itself: no timer, so a
    single request is not delayed, and a busy store inserts in large groups."""

    def __init__(self, session: Inserting) -> None:
        super().__init__(name="llmroute-writer", daemon=True)
        self._session = session
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._rows_waiting = 0
        self._closed = False
        self.stored: dict[str, int] = dict.fromkeys(COLUMNS, 0)

    @property
    def rows_waiting(self) -> int:
        """Rows that were taken and are not stored yet."""
        return self._rows_waiting

    def submit(self, batch: Batch) -> Future[None]:
        """Queue a batch. The future ends when its rows are stored, or with ``Refused``; raises it when full."""
        waiting = _Waiting(batch)
        if not batch.rows:
            waiting.done.set_result(None)
            return waiting.done
        with self._lock:
            if self._closed:
                raise _not_now("the store is stopping")
            if self._rows_waiting and self._rows_waiting + len(batch.rows) > WAITING_ROWS:
                raise _not_now(f"{self._rows_waiting} rows are waiting to be stored")
            self._rows_waiting += len(batch.rows)
            self._queue.put(waiting)
        return waiting.done

    def stop(self) -> None:
        """Store what was taken, take nothing more, and end the thread."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
        self.join()

    def run(self) -> None:
        """The thread: group after group until told to stop."""
        while (first := self._queue.get()) is not None:
            group, last = self._gather(first)
            self._store(group)
            if last:
                break

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """All that waits, up to a full group; and whether the end of the queue was met."""
        group, rows = [first], len(first.batch.rows)
        while rows < GROUP_ROWS:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return group, True
            group.append(waiting)
            rows += len(waiting.batch.rows)
        return group, False

    def _store(self, group: list[_Waiting]) -> None:
        tables: dict[str, list[_Waiting]] = {}
        for waiting in group:
            tables.setdefault(waiting.batch.table, []).append(waiting)
        for table, members in tables.items():
            self._store_together(table, members)

    def _store_together(self, table: str, members: list[_Waiting]) -> None:
        """One insert for all; when it fails, one for each, so that a request that cannot be stored harms no other."""
        try:
            self._insert(table, (row for member in members for row in member.batch.rows))
        except Exception as error:
            if len(members) == 1:
                self._end(members[0], _refusal(error))
                return
            logger.warning("Could not store %d requests at once, storing each: %s", len(members), error)
            for member in members:
                self._store_together(table, [member])
            return
        for member in members:
            self._end(member, None)

    def _insert(self, table: str, rows: Iterable[Row]) -> None:
        together = list(rows)
        token = uuid.uuid4().hex
        try:
            self._session.insert(table, COLUMNS[table], together, token)
        except StoreError:
            # The same token: rows that did get in are not inserted again, derived rows that are missing are completed.
            self._session.insert(table, COLUMNS[table], together, token)
        self.stored[table] += len(together)

    def _end(self, waiting: _Waiting, refused: Refused | None) -> None:
        with self._lock:
            self._rows_waiting -= len(waiting.batch.rows)
        if waiting.done.cancelled():
            return
        if refused is None:
            waiting.done.set_result(None)
        else:
            waiting.done.set_exception(refused)


def _refusal(error: Exception) -> Refused:
    """The engine may recover, so the sender should try again; rows that cannot even be encoded never will."""
    if isinstance(error, StoreError):
        logger.error("Could not store a request: %s", error)
        return _not_now("the rows could not be stored")
    return malformed(f"a value cannot be stored ({type(error).__name__})")


def _not_now(why: str) -> Refused:
    return Refused(503, "UNAVAILABLE", f"{why}: send again later")


def counts(writer: Writer) -> dict[str, Any]:
    """What was stored since the start, by table, and what waits."""
    return {"stored": dict(writer.stored), "rows_waiting": writer.rows_waiting}
