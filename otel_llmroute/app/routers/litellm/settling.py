"""Requests of which nothing more may come: each is ended when it is due, by a thread of its own or at the exit."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Final

from otel_llmroute.app import inflight
from otel_llmroute.app.complaints import complain

_LOOKS_EVERY_S: Final = 2.5


class Settling:
    """Has somebody look at the open requests from time to time, for as long as there are any."""

    def __init__(self, settle: Callable[..., bool], at_exit: Callable[[], None]) -> None:
        self._settle = settle
        """Ends what is due now, or by the time it is given; returns whether anything is left."""
        self._at_exit = at_exit
        self._lock = threading.Lock()
        self._is_watched = False

    def watch(self) -> None:
        """Something has begun: see to it that it ends."""
        with self._lock:
            if self._is_watched:
                return
            # Exit handlers run last in, first out. Registered anew when the first one begins, ours comes before that of
            # the tracer provider, whenever the application has made it.
            atexit.unregister(self._at_exit)
            atexit.register(self._at_exit)
            inflight.watch()  # a call that LiteLLM has let go of may be found by the garbage collector
            self._is_watched = self._start()

    def stop(self) -> None:
        """Nothing is to be done at the exit any more."""
        atexit.unregister(self._at_exit)

    def _start(self) -> bool:
        try:
            threading.Thread(target=self._watch, name="llmroute-litellm", daemon=True).start()
        except RuntimeError:
            return False  # no thread to be had: it is done at the exit
        return True

    def _watch(self) -> None:
        while True:
            time.sleep(_LOOKS_EVERY_S)
            try:
                self._settle()
                with self._lock:
                    if not self._settle(0.0):  # by then nothing was due: is anything left?
                        self._is_watched = False
                        return
            except Exception as error:
                complain("Could not end a request of LiteLLM's", error)
