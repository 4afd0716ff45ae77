"""The files of the spool: each holds requests of one signal, and becomes one insert."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from otel_llmroute.store.receiver.frames import Frame, frames_of
from otel_llmroute.store.receiver.signals import Signal

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Segment:
    """A file of requests. ``size`` bytes of it are whole frames; ``requests`` and ``records`` are how many, ``weight``
    is what they are to the engine."""

    path: Path
    signal: Signal
    size: int = 0
    weight: int = 0
    requests: int = 0
    records: int = 0
    began: float = 0.0

    @property
    def token(self) -> str:
        """What its insert is known by, however often it is tried."""
        return self.path.stem

    def frames(self) -> list[Frame]:
        """Its whole frames. Raises ``OSError``."""
        with self.path.open("rb") as file:
            frames = list(frames_of(file.read(self.size)))
        whole = [frame for frame in frames if frame is not None]
        if len(whole) < self.requests:
            keep_damaged(self.path, self.requests - len(whole), self.requests)
        return whole


def keep_damaged(path: Path, lost: int, requests: int) -> None:
    """Keep a segment of which a part cannot be read, as it is, and say what is lost. ``lost`` is the fewest that it can
    be. Raises ``OSError``."""
    folder = path.parent / "damaged"
    shutil.copyfile(path, folder / path.name)
    logger.error(
        "Lost %d or more of %d requests of %s: it is damaged, and kept in %s", lost, requests, path.name, folder
    )
