"""Responses in the background. The call that begins one returns before there is an answer, so its attempt waits here
until the application has asked for the response by its id, and it was whole.

Shapes: https://platform.openai.com/docs/guides/background
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt

MOST: Final = 1000
LONGEST_S: Final = 3 * 3600.0
"""How many attempts wait, and for how long: another process may be asking. Then they end without a usage."""

waiting: dict[str, tuple[Attempt, float]] = {}
"""Id of a response -> its attempt, and since when it waits. No lock: the garbage collector may get here."""


def keep(attempt: Attempt) -> None:
    """``attempt`` waits. Those that have waited too long end."""
    now_s = time.monotonic()
    if attempt.answer.id is not None:
        waiting[attempt.answer.id] = attempt, now_s
    for id, (oldest, since_s) in list(waiting.items()):
        if len(waiting) <= MOST and now_s - since_s < LONGEST_S:
            return
        if waiting.pop(id, None) is not None:
            oldest.left()


def taken(options: object) -> Attempt | None:
    """The attempt that waits for what a request of the SDK asks for: its response, or to cancel that. It is to be kept
    again if the response is not whole."""
    method, path = str(getattr(options, "method", "")).lower(), str(getattr(options, "url", "")).partition("?")[0]
    if method != ("post" if path.endswith("/cancel") else "get"):
        return None
    found = waiting.pop(path.removesuffix("/cancel").rpartition("/")[2], None)
    return found[0] if found is not None and found[0].open else None


def give_up() -> None:
    """Nobody is heard any more: what waits ends."""
    for id in list(waiting):
        found = waiting.pop(id, None)
        if found is not None:
            found[0].left()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=waiting.clear)  # they are the parent's
