"""Requests on disk, from their acknowledgement until the engine has stored them.

DIR/spool/traces-0000000012-5f3a9c1e.otlp   a segment: requests of one signal, one after the other; inserted as one
DIR/spool/damaged/                          segments of which a part could not be read, as they were found
DIR/spool/refused/                          requests that the engine never took, with its reason

A request is acknowledged when it is written and flushed to the disk (``fdatasync``), together with all that came
meanwhile. A segment is closed when the engine is ready for it or when it is full; its name is the deduplication token
of its insert, so one that was interrupted is done again and counts once. A segment is deleted when it is stored.

A segment is a sequence of frames (``frames.py``).
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import re
import secrets
import shutil
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from otel_llmroute.store.receiver.canonical import Canonical
from otel_llmroute.store.receiver.frames import Frame, framed, frames_of
from otel_llmroute.store.receiver.refusals import Refused, not_now
from otel_llmroute.store.receiver.segments import Segment, keep_damaged
from otel_llmroute.store.receiver.signals import BY_NAME, Signal

SEGMENT_BYTES: Final = 8 * 2**20
"""A segment with more is closed: what one insert takes of memory grows with it."""
QUEUE_BYTES: Final = 128 * 2**20
"""Most bytes that wait to be written."""
MIN_FREE_BYTES: Final = 64 * 2**20
"""Nothing is taken when the disk has less: the engine needs room to store what was taken."""

_NAME: Final = re.compile(r"(traces|logs|metrics)-(\d{10})(?:-[0-9a-f]{8})?\.otlp")

logger = logging.getLogger(__name__)


@dataclass
class _Waiting:
    signal: Signal
    request: Canonical
    done: Future[None] = field(default_factory=Future)


class Spool:
    """Takes requests from any thread, keeps them on disk, and hands closed segments to the writer."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Open, with what an earlier process left. Raises ``OSError`` when the folder cannot be used."""
        self._folder = folder
        self._limit = limit_bytes
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._queued_bytes = 0
        self._stopping = False
        self._open: dict[str, tuple[Segment, int]] = {}
        self._ready: list[Segment] = []
        self._taken: list[Segment] = []
        self._bytes = 0
        self._writing = ""
        self._hurry = 0
        # Numbers begin anew where nothing was left; a token that was used before would insert nothing.
        self._suffix = secrets.token_hex(4)
        self.records_waiting = 0
        for path in (folder, self.damaged, self.refused):
            path.mkdir(mode=0o700, exist_ok=True)
        self._number = self._recover()
        self._thread = threading.Thread(target=self._write, name="llmroute-spool", daemon=True)
        self._thread.start()

    @property
    def damaged(self) -> Path:
        """Where segments go that were found damaged."""
        return self._folder / "damaged"

    @property
    def refused(self) -> Path:
        """Where requests go that the engine does not take."""
        return self._folder / "refused"

    @property
    def bytes_waiting(self) -> int:
        """Bytes that were acknowledged and are not stored."""
        return self._bytes

    # What was left ----------------------------------------------------------------------------------------------------

    def _recover(self) -> int:
        """Make the segments of an earlier process ready; the highest number among them."""
        number = 0
        for path in sorted(self._folder.iterdir(), key=lambda path: path.name.partition("-")[2]):
            if found := _NAME.fullmatch(path.name):
                number = max(number, int(found[2]))
                segment = self._recovered(path, BY_NAME[found[1]])
                if segment.requests:
                    self._count(segment)
                    self._ready.append(segment)
                else:
                    path.unlink()
        return number

    def _recovered(self, path: Path, signal: Signal) -> Segment:
        """A segment that holds what was whole. One that is damaged is kept as it was as well."""
        data = path.read_bytes()
        frames = list(frames_of(data))
        whole = [frame for frame in frames if frame is not None]
        if len(whole) < len(frames):
            keep_damaged(path, len(frames) - len(whole), len(frames))
        kept = b"".join(framed(Canonical(frame.body, frame.records)) for frame in whole)
        if kept != data:
            _replace(path, kept)
        return Segment(path, signal, len(kept), 0, len(whole), sum(frame.records for frame in whole))

    def _count(self, segment: Segment) -> None:
        self._bytes += segment.size
        self.records_waiting += segment.records

    # Requests in ------------------------------------------------------------------------------------------------------

    def append(self, signal: Signal, request: Canonical) -> Future[None]:
        """Queue a request. The future ends when it is on disk, or with ``Refused``, which is raised when there is no
        room."""
        waiting = _Waiting(signal, request)
        size = len(request.body)
        with self._changed:
            if self._stopping:
                raise not_now("the store is stopping")
            if self._bytes + self._queued_bytes + size > self._limit:
                raise not_now(f"{self._bytes} bytes wait to be stored")
            if self._queued_bytes and self._queued_bytes + size > QUEUE_BYTES:
                raise not_now("the disk is slower than the requests are")
            self._queued_bytes += size
            self._queue.put(waiting)
        return waiting.done

    def _write(self) -> None:
        """The thread: all that waits, then one flush for each segment."""
        while (first := self._queue.get()) is not None:
            group, last = self._gathered(first)
            for name in {waiting.signal.name for waiting in group}:
                self._append(BY_NAME[name], [waiting for waiting in group if waiting.signal.name == name])
            if last:
                return

    def _gathered(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        group, size = [first], first.request.weight
        while size < SEGMENT_BYTES:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return group, True
            group.append(waiting)
            size += waiting.request.weight
        return group, False

    def _append(self, signal: Signal, group: list[_Waiting]) -> None:
        """Write and flush requests, without the lock: who asks meanwhile does not wait for the disk."""
        data = b"".join(framed(waiting.request) for waiting in group)
        with self._changed:
            self._queued_bytes -= sum(len(waiting.request.body) for waiting in group)
            self._writing = signal.name
        refused = None
        try:
            self._check_room()
            _flush(self._segment(signal)[1], data)
        except OSError as error:
            logger.error("Could not take %d requests: %s", len(group), error.strerror or error)
            refused = not_now(f"the spool cannot be written: {error.strerror or error}")
        with self._changed:
            self._writing = ""
            if refused is None:
                self._note(self._open[signal.name][0], group, len(data))
            elif signal.name in self._open:
                self._close(self._open[signal.name][0])
            self._changed.notify_all()
        self._end(group, refused)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < MIN_FREE_BYTES:
            raise OSError(f"the disk has {free // 2**20} MB left, fewer than {MIN_FREE_BYTES // 2**20}")

    def _segment(self, signal: Signal) -> tuple[Segment, int]:
        """The open segment of a signal, or a new one."""
        if signal.name not in self._open:
            path = self._folder / f"{signal.name}-{self._number + 1:010d}-{self._suffix}.otlp"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            self._number += 1
            with self._changed:
                self._open[signal.name] = (Segment(path, signal, began=time.monotonic()), descriptor)
            flush_folder(self._folder)
        return self._open[signal.name]

    def _note(self, segment: Segment, group: list[_Waiting], size: int) -> None:
        records = sum(waiting.request.records for waiting in group)
        segment.size += size
        segment.weight += sum(waiting.request.weight for waiting in group)
        segment.requests += len(group)
        segment.records += records
        self._bytes += size
        self.records_waiting += records
        if segment.weight >= SEGMENT_BYTES:
            self._close(segment)

    def _close(self, segment: Segment) -> None:
        """Nothing is appended to it any more. What a failed write left behind its whole frames is cut off: nobody knows
        how much of it is on disk."""
        _, descriptor = self._open.pop(segment.signal.name)
        with contextlib.suppress(OSError):
            if os.fstat(descriptor).st_size > segment.size:
                os.ftruncate(descriptor, segment.size)
        os.close(descriptor)
        if segment.requests:
            self._ready.append(segment)
        else:
            segment.path.unlink(missing_ok=True)

    @staticmethod
    def _end(group: list[_Waiting], refused: Refused | None) -> None:
        for waiting in group:
            if waiting.done.cancelled():
                continue
            if refused is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(refused)

    # Segments out -----------------------------------------------------------------------------------------------------

    def next(self, gather_s: float, gather_records: int) -> Segment | None:
        """The oldest segment that no one has taken, closed; waits for one. Lets an open one gather for ``gather_s``
        seconds after its first request or until it has ``gather_records``, unless someone waits for it. ``None`` when
        stopped and nothing is left to take."""
        with self._changed:
            while True:
                if self._ready:
                    self._taken.append(self._ready.pop(0))
                    return self._taken[-1]
                oldest = self._oldest_open()
                if oldest is None:
                    if self._stopping and not self._thread.is_alive():
                        return None
                    self._changed.wait()
                    continue
                left = oldest.began + gather_s - time.monotonic()
                if left <= 0 or oldest.records >= gather_records or self._hurry or self._stopping:
                    self._close(oldest)
                else:
                    self._changed.wait(left)

    def _oldest_open(self) -> Segment | None:
        """Of the segments that nothing is being written to."""
        idle = [segment for segment, _ in self._open.values() if segment.signal.name != self._writing]
        return min(idle, key=lambda segment: segment.began, default=None)

    def stored(self, segment: Segment) -> None:
        """Forget a segment: its rows are in the tables."""
        segment.path.unlink(missing_ok=True)
        with self._changed:
            self._taken.remove(segment)
            self._bytes -= segment.size
            self.records_waiting -= segment.records
            self._changed.notify_all()

    def refuse(self, segment: Segment, number: int, frame: Frame, reason: str) -> None:
        """Put a request aside that the engine does not take, with its reason beside it. Raises ``OSError``."""
        path = self.refused / f"{segment.token}-{number:05d}"
        _replace(path.with_suffix(".otlp"), frame.body)
        path.with_suffix(".txt").write_text(reason + "\n", encoding="utf-8")

    def wait_until_stored(self, timeout_s: float) -> bool:
        """Wait until all that was acknowledged before now is stored; whether it is."""
        until = time.monotonic() + timeout_s
        with self._changed:
            those = [segment for segment in self._pending() if segment.requests]
            self._hurry += 1
            self._changed.notify_all()
            try:
                while any(segment in those for segment in self._pending()):
                    left = until - time.monotonic()
                    if left <= 0:
                        return False
                    self._changed.wait(left)
                return True
            finally:
                self._hurry -= 1

    def _pending(self) -> list[Segment]:
        return [*self._taken, *self._ready, *(segment for segment, _ in self._open.values())]

    def stop(self) -> None:
        """Write what was taken, take nothing more. Segments can still be had with ``next``."""
        with self._changed:
            self._stopping = True
            self._queue.put(None)
        self._thread.join()
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Close the files of what is left for the next process."""
        with self._changed:
            for segment, _ in list(self._open.values()):
                self._close(segment)


def _flush(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fdatasync(descriptor)


def flush_folder(folder: Path) -> None:
    """Make the names of new files in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    flush_folder(path.parent)
