"""Segments of the spool into the engine, each in one insert."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.receiver.frames import Frame
from otel_llmroute.store.receiver.segments import Segment
from otel_llmroute.store.receiver.signals import LOGS, METRICS, TRACES, Signal
from otel_llmroute.store.receiver.simple import simple
from otel_llmroute.store.receiver.spool import Spool
from otel_llmroute.store.schema import OTLP_SCHEMA

GATHER_S: Final = 0.5
"""How long a request may wait for others: an insert has a price of its own, 30 to 70 ms, whatever is in it."""
GATHER_RECORDS: Final = 5000
"""Records that are worth an insert at once."""
TRIES: Final = 3
"""How often a request is tried by itself before it is put aside: a failing disk can look like data that is wrong."""
PAUSES_S: Final = (0.1, 1.0, 5.0, 15.0)
"""Between tries, while the engine has no room or no memory; the last one again and again."""
UNREADABLE: Final = frozenset(
    {6, 25, 26, 27, 32, 33, 34, 38, 41, 53, 69, 70, 72, 117, 128, 130, 131, 321, 349, 395, 407, 436, 444, 636}
)
"""Codes of the engine for data that it cannot parse or convert, or that its views refuse (395). After any other failure
the same may succeed later."""
MESSAGES: Final = {TRACES.name: "Traces", LOGS.name: "Logs", METRICS.name: "Metrics"}

logger = logging.getLogger(__name__)


class Inserting(Protocol):
    """What the writer needs of a session."""

    def insert_protobuf(self, table: str, message: str, schema: Path, data: bytes, token: str) -> None: ...


class Writer:
    """Stores segments until the spool is stopped and empty, or it is told to leave the rest. An insert keeps one
    processor busy; with several sessions as many segments are stored at once."""

    def __init__(self, sessions: Sequence[Inserting], spool: Spool) -> None:
        self._spool = spool
        self._leave = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, args=(session,), name=f"llmroute-writer-{number}", daemon=True)
            for number, session in enumerate(sessions)
        ]
        self.stored: dict[str, int] = dict.fromkeys(MESSAGES, 0)
        self.refused = 0
        self.trouble = ""

    def start(self) -> None:
        """Start storing."""
        for thread in self._threads:
            thread.start()

    def finish(self, timeout_s: float) -> None:
        """Wait until all is stored of a spool that was stopped. What is not after ``timeout_s`` is left to the next
        process."""
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        self._leave.set()
        for thread in self._threads:
            thread.join()

    def _run(self, session: Inserting) -> None:
        while not self._leave.is_set():
            segment = self._spool.next(GATHER_S, GATHER_RECORDS)
            if segment is None or not self._stored(session, segment):
                return

    def _stored(self, session: Inserting, segment: Segment) -> bool:
        """Store a segment, however long it takes; false when told to leave first."""
        tries = 0
        while True:
            try:
                return self._stored_once(session, segment)
            except OSError as error:
                # The disk, not the engine: a segment that cannot be read, a request that cannot be put aside.
                tries += 1
                self._note_trouble(f"{segment.token} could not be stored: {error.strerror or error}", tries)
                if self._leave.wait(PAUSES_S[min(tries, len(PAUSES_S)) - 1]):
                    return False

    def _stored_once(self, session: Inserting, segment: Segment) -> bool:
        try:
            frames = segment.frames()
        except FileNotFoundError:
            logger.error("Lost all %d requests of %s: it is gone", segment.requests, segment.path)
            self._spool.stored(segment)
            return True
        try:
            stored = self._tried(session, segment.signal, frames, segment.token) if frames else True
        except Unreadable:
            stored = self._stored_simple(session, segment, frames)
        if stored:
            self._spool.stored(segment)
            with self._lock:
                self.stored[segment.signal.name] += sum(frame.records for frame in frames)
        return stored

    def _stored_simple(self, session: Inserting, segment: Segment, frames: Sequence[Frame]) -> bool:
        """The requests of a segment that the engine cannot read as they are, in a form that it can: all at once, else
        one by one. Those that it still cannot read are put aside."""
        frames = [Frame(simple(segment.signal, frame.body), frame.records) for frame in frames]
        with contextlib.suppress(Unreadable):
            return self._tried(session, segment.signal, frames, f"{segment.token}-simple")
        for number, frame in enumerate(frames):
            try:
                if not self._tried(session, segment.signal, [frame], f"{segment.token}-simple-{number}", TRIES):
                    return False
            except Unreadable as error:
                self._spool.refuse(segment, number, frame, str(error))
                self.refused += frame.records
                logger.error("The engine refused a request, it is kept in %s: %s", self._spool.refused, error)
        return True

    def _tried(
        self, session: Inserting, signal: Signal, frames: Sequence[Frame], token: str, unreadable: int = 1
    ) -> bool:
        """Insert, again and again while the engine has no room, no memory or other trouble; false when told to leave.
        Raises ``Unreadable`` when it says so often that it is the data that it cannot take."""
        tries = 0
        while True:
            try:
                _insert(session, signal, frames, token)
            except (StoreError, OSError) as error:
                tries += 1
                if getattr(error, "code", None) in UNREADABLE and tries >= unreadable:
                    raise Unreadable(str(error)) from error
                self._note_trouble(f"{token} could not be stored: {error}", tries)
                if self._leave.wait(PAUSES_S[min(tries, len(PAUSES_S)) - 1]):
                    return False
            else:
                self.trouble = ""
                return True

    def _note_trouble(self, trouble: str, tries: int) -> None:
        if trouble != self.trouble:
            logger.warning("%s (try %d, will try again)", trouble, tries)
        self.trouble = trouble


def _insert(session: Inserting, signal: Signal, frames: Sequence[Frame], token: str) -> None:
    data = b"".join(part for frame in frames for part in (varint(len(frame.body)), frame.body))
    session.insert_protobuf(signal.table, MESSAGES[signal.name], OTLP_SCHEMA, data, token)


class Unreadable(Exception):
    """The engine cannot take the data, today or tomorrow."""


def varint(number: int) -> bytes:
    """A length as protobuf writes it."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)
