"""Our own failures: one log line per kind and process, never an exception, never a word of what was being read."""

from __future__ import annotations

import logging

logger = logging.getLogger("otel_llmroute")

_made: set[str] = set()


def complain(kind: str, error: BaseException | None = None) -> None:
    """Log ``kind`` ("Could not read the usage of an attempt") the first time it happens. Never raises.

    Only the class of ``error`` is logged: its text could quote a prompt or a key.
    """
    if kind in _made:
        return
    _made.add(kind)
    reason = f" ({type(error).__name__})" if error is not None else ""
    try:
        logger.warning("%s%s. The application is not affected; this is logged once.", kind, reason)
    except Exception:  # a log handler of the user's that raises: nowhere left to say so
        return
