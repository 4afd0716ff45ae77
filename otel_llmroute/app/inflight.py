"""Attempts that nobody ends in so many words: their stream is still open when the program ends, or it is garbage, or
nobody has asked for their answer."""

from __future__ import annotations

import atexit
import gc
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt

_open: WeakSet[Attempt] = WeakSet()
_lock = threading.Lock()

collector: int | None = None
"""The thread in which the garbage collector runs just now."""
_endings: SimpleQueue[Callable[[], None]] = SimpleQueue()  # its put() may be called from a finaliser
_ender: threading.Thread | None = None


def add(attempt: Attempt) -> None:
    """Remember ``attempt`` for as long as its response lives."""
    if _ender is None:
        watch()
    with _lock:
        _open.add(attempt)
        # Exit handlers run last in, first out. Registered anew for each stream, ours comes before that of the tracer
        # provider of its span, whenever the application has made it.
        atexit.unregister(close_all)
        atexit.register(close_all)


def close_all() -> None:
    """End every attempt that is still open: its stream is abandoned, or its answer is."""
    with _lock:
        left = list(_open)
    for attempt in left:
        attempt.left()
    while True:
        try:
            _endings.get_nowait()()
        except Empty:
            return


# --- the garbage collector ---


def collecting() -> bool:
    """Whether this code runs inside the garbage collector, that is, anywhere: perhaps inside a lock of an exporter."""
    return collector is not None and collector == threading.get_ident()


def end_later(ending: Callable[[], None]) -> None:
    """Do ``ending`` in a thread that holds no lock. Takes none itself."""
    _endings.put(ending)


def watch() -> None:
    """From now on, know when the garbage collector runs, and have a thread for what it finds."""
    global _ender
    with _lock:
        if _ender is not None:
            return
        if _watch_collector not in gc.callbacks:
            gc.callbacks.append(_watch_collector)
        thread = threading.Thread(target=_end_them, name="llmroute-endings", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return  # no thread to be had: `close_all` does it at the exit
        _ender = thread


def _end_them() -> None:
    while True:
        _endings.get()()


def _watch_collector(phase: str, _: dict[str, int]) -> None:
    global collector
    collector = threading.get_ident() if phase == "start" else None


# --- forks ---


def _leave_to_the_parent() -> None:
    """In a forked child: the streams open now are the parent's to read, and its attempts the parent's to end."""
    global _lock, _open, _endings, _ender
    _lock = threading.Lock()  # another thread may have held it
    _endings, _ender = SimpleQueue(), None
    parents, _open = list(_open), WeakSet()
    for attempt in parents:
        attempt.disown()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)
