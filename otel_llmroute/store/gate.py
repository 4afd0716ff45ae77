"""A gate that whatever writes passes, and that can be held shut for a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from otel_llmroute.store.errors import StoreError


class Gate:
    """Statements that write pass; ``shut`` keeps all others out while one thread does what needs the tables still."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._holder: int | None = None

    @property
    def is_shut(self) -> bool:
        """Whether some thread keeps all others out, or waits until it does."""
        return self._holder is not None

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait until the gate is open, or ours; count as inside until the block ends."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._holder in (None, me))
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def shut(self, timeout_s: float) -> Iterator[None]:
        """Wait for what is inside to end and let nothing but this thread in until the block ends. Raises ``StoreError``
        when a statement takes longer than ``timeout_s``; then the gate is as it was."""
        until = time.monotonic() + timeout_s
        me = threading.get_ident()
        with self._changed:
            free = self._changed.wait_for(lambda: self._holder is None, timeout_s)
            if not free:
                raise StoreError("the store is held still by something else", "again in a minute")
            self._holder = me
            if not self._changed.wait_for(lambda: self._inside == 0, until - time.monotonic()):
                self._open()
                raise StoreError(f"a statement that writes took longer than {timeout_s:.0f} s", "again in a minute")
        try:
            yield
        finally:
            with self._changed:
                self._open()

    def _open(self) -> None:
        self._holder = None
        self._changed.notify_all()
