"""Attempts whose stream is still open. What is left of them when the program ends is ended then, not lost."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt

_open: WeakSet[Attempt] = WeakSet()
_lock = threading.Lock()
_registered = False


def add(attempt: Attempt) -> None:
    """Remember ``attempt`` for as long as its response lives."""
    global _registered
    with _lock:
        _open.add(attempt)
        if not _registered:
            # Only now: exit handlers run last in, first out, and a tracer provider made by now shuts down after us.
            atexit.register(close_all)
            _registered = True


def close_all() -> None:
    """End every attempt that is still open: its stream is abandoned."""
    with _lock:
        left = list(_open)
    for attempt in left:
        attempt.closed()
