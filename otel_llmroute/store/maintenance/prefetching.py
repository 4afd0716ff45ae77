"""The thread that works ahead of questions while a page is open."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.errors import StoreError

if TYPE_CHECKING:
    from otel_llmroute.store.maintenance.summing import Summing

EVERY_S: Final = 1.0
"""Between looks for something to sum."""
BUSY_S: Final = 10.0
"""While something is stored all the time, it sums as seldom: what it sums is soon not up to date again."""
REST: Final = 5
"""So many times as long as it worked it rests: what it takes of the processors is not much, however slow they are."""

logger = logging.getLogger(__name__)


class Prefetcher(threading.Thread):
    """Sums what was asked for lately once it has changed, so that the next question need not wait for it. Does nothing
    while nobody asks."""

    def __init__(self, summing: Summing, once_quiet: Callable[[], None] = lambda: None) -> None:
        """``once_quiet`` is done after that, when nothing was stored meanwhile. It may raise what it likes."""
        super().__init__(name="llmroute-prefetcher", daemon=True)
        self._summing = summing
        self._once_quiet = once_quiet
        self._ended = threading.Event()
        self._trouble = ""

    def run(self) -> None:
        """The thread."""
        pause_s, seen, done, done_s = EVERY_S, -1, -1, time.monotonic()
        while not self._ended.wait(pause_s):
            began_s, changes = time.monotonic(), self._summing.changes
            is_quiet, seen = changes == seen, changes
            if changes != done and (is_quiet or began_s - done_s > BUSY_S) and self._has_summed(is_quiet):
                # What was not quiet is left, to be summed once it is.
                done, done_s = changes if is_quiet else done, time.monotonic()
            pause_s = max(EVERY_S, REST * (time.monotonic() - began_s))

    def _has_summed(self, is_quiet: bool) -> bool:
        """Sum what was asked for lately; whether there was any."""
        names = self._summing.asked()
        try:
            for name in names:
                if not self._ended.is_set():
                    self._summing.sum_ahead(name)
            if names and is_quiet and not self._ended.is_set():
                self._once_quiet()
        except Exception as error:
            # Questions do without, and say what is wrong. The maintainer has its say in the health of the store.
            if str(error) != self._trouble:
                is_ours = isinstance(error, StoreError)
                logger.warning(
                    "Could not work ahead of questions, will try again: %s", error, exc_info=None if is_ours else error
                )
            self._trouble = str(error)
        return bool(names)

    def stop(self) -> None:
        """End after what is under way."""
        self._ended.set()
        self.join()
