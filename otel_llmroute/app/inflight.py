"""Attempts whose stream is still open. What is left of them when the program ends is ended then, not lost."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt

_open: WeakSet[Attempt] = WeakSet()
_lock = threading.Lock()


def add(attempt: Attempt) -> None:
    """Remember ``attempt`` for as long as its response lives."""
    with _lock:
        _open.add(attempt)
        # Exit handlers run last in, first out. Registered anew for each stream, ours comes before that of the tracer
        # provider of its span, whenever the application has made it.
        atexit.unregister(close_all)
        atexit.register(close_all)


def close_all() -> None:
    """End every attempt that is still open: its stream is abandoned."""
    with _lock:
        left = list(_open)
    for attempt in left:
        attempt.closed()


def _leave_to_the_parent() -> None:
    """In a forked child: the streams open now are the parent's to read, and its attempts the parent's to end."""
    global _lock, _open
    _lock = threading.Lock()  # another thread may have held it
    parents, _open = list(_open), WeakSet()
    for attempt in parents:
        attempt.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)
