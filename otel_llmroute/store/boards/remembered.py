"""Answers given a moment ago: a page that is opened again finds them for as long as nothing is stored."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

KEPT_S: Final = 60.0
"""Retention drops old days without changing a call; nothing else changes an answer unseen."""
MOST_BYTES: Final = 16 * 1024 * 1024


class _Answer(NamedTuple):
    body: bytes
    changes: int
    at_s: float


class Answers:
    """The newest answers, up to ``MOST_BYTES`` of them. Thread-safe."""

    def __init__(self, changes: Callable[[], int]) -> None:
        """``changes`` grows with all that may change an answer (``Database.changes``)."""
        self._changes = changes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._bytes = 0

    def of(self, question: Hashable, ask: Callable[[], bytes]) -> bytes:
        """The answer to ``question``, which ``ask`` gives where it is not known any more. Raises what that raises."""
        changes, now_s = self._changes(), time.monotonic()
        with self._lock:
            known = self._kept.get(question)
        if known is not None and known.changes == changes and now_s - known.at_s <= KEPT_S:
            return known.body
        answer = _Answer(ask(), changes, now_s)
        self._keep(question, answer)
        return answer.body

    def _keep(self, question: Hashable, answer: _Answer) -> None:
        with self._lock:
            before = self._kept.pop(question, None)
            self._kept[question] = answer
            self._bytes += len(answer.body) - (0 if before is None else len(before.body))
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)
