"""How much of what is being received may be in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from otel_llmroute.store.receiver.refusals import not_now

BODIES_BYTES: Final = 128 * 2**20
"""Most bytes of bodies that were received, whole or in part, and not answered."""
BODY_S: Final = 30.0
"""Seconds that a sender has to send a body."""


class Room:
    """Bytes that are held; for one event loop."""

    def __init__(self, limit: int = BODIES_BYTES) -> None:
        self._limit = limit
        self.held = 0

    @contextmanager
    def part(self) -> Iterator[Part]:
        """Room for one body, given back at the end."""
        part = Part(self)
        try:
            yield part
        finally:
            self.held -= part.held

    def take(self, size: int) -> None:
        """Raises ``Refused`` when there is no room."""
        if self.held + size > self._limit:
            raise not_now("too many bodies at once")
        self.held += size


class Part:
    """What one body holds."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def take(self, size: int) -> None:
        """Hold ``size`` bytes more. Raises ``Refused`` when there is no room."""
        self._room.take(size)
        self.held += size
