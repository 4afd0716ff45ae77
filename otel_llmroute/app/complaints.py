"""Our own failures: one log line per kind and process, never an exception, never a word of what was being read."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Final, ParamSpec

logger = logging.getLogger("otel_llmroute")

_MOST_KINDS: Final = 256
"""What goes wrong beyond them is not logged: a kind may name what an application gave."""
_made: set[str] = set()
_Parameters = ParamSpec("_Parameters")


def complain(kind: str, error: BaseException | None = None) -> None:
    """Log ``kind`` ("Could not read the usage of an attempt") the first time it happens. Never raises.

    Only the class of ``error`` is logged: its text could quote a prompt or a key.
    """
    if kind in _made or len(_made) >= _MOST_KINDS:
        return
    _made.add(kind)
    reason = f" ({type(error).__name__})" if error is not None else ""
    try:
        logger.warning("%s%s. The application is not affected; this is logged once.", kind, reason)
    except Exception:  # a log handler of the user's that raises: nowhere left to say so
        return


def raising_nothing(kind: str) -> Callable[[Callable[_Parameters, None]], Callable[_Parameters, None]]:
    """Makes of a function that an application calls one that complains of ``kind`` where that one would raise."""

    def make(function: Callable[_Parameters, None]) -> Callable[_Parameters, None]:
        @functools.wraps(function)
        def wrapper(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except Exception as error:
                complain(kind, error)

        return wrapper

    return make
