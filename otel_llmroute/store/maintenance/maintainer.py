"""The thread that keeps roll-ups built."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.maintenance import build, sweep
from otel_llmroute.store.maintenance.days import build_days, sweep_days

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

PAUSE_S: Final = 15.0
"""Between looks for hours to build. Questions are right meanwhile: they sum what is not built."""
SWEEP_EVERY: Final = 240
"""Looks between two sweeps: an hour."""

logger = logging.getLogger(__name__)


class Maintainer(threading.Thread):
    """Builds roll-ups until told to stop. A failure is logged once per kind and tried again."""

    def __init__(self, session: Session, building: threading.Lock) -> None:
        """``building`` is held while hours are built, here or by ``Summing``."""
        super().__init__(name="llmroute-maintainer", daemon=True)
        self._session = session
        self._building = building
        self._ended = threading.Event()
        self.trouble = ""

    def run(self) -> None:
        """The thread."""
        looks, pause_s = 0, PAUSE_S
        while not self._ended.wait(pause_s):
            looks += 1
            pause_s = 0.0 if self._looked(looks % SWEEP_EVERY == 0) else PAUSE_S

    def _looked(self, with_sweep: bool) -> bool:
        """Build once; whether there is more to build at once."""
        try:
            with self._building:
                left = build(self._session)
            has_more = left > 0 or build_days(self._session)
            if with_sweep:
                sweep(self._session)
                sweep_days(self._session)
        except StoreError as error:
            if str(error) != self.trouble:
                logger.warning("Could not build roll-ups, will try again: %s", error)
            self.trouble = str(error)
            return False
        self.trouble = ""
        return has_more

    def stop(self) -> None:
        """End after what is under way."""
        self._ended.set()
        self.join()
