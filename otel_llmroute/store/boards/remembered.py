"""Answers given a moment ago: a page that is opened again finds them for as long as nothing is stored. Those that take
long are given anew before they are asked for again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

KEPT_S: Final = 60.0
"""Retention drops old days without changing a call; nothing else changes an answer unseen."""
ASKED_S: Final = 60.0
"""How long after a question the next one is expected."""
LONG_S: Final = 0.1
"""What a question takes that is worth to be asked ahead."""
MOST_BYTES: Final = 16 * 1024 * 1024

Ask = Callable[["Session"], bytes]


@dataclass
class _Answer:
    body: bytes
    ask: Ask
    changes: int
    at_s: float
    took_s: float
    asked_s: float


class Answers:
    """The newest answers, up to ``MOST_BYTES`` of them. Thread-safe."""

    def __init__(self, changes: Callable[[], int]) -> None:
        """``changes`` grows with all that may change an answer (``Database.changes``)."""
        self._changes = changes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Answer] = OrderedDict()
        self._bytes = 0
        self._under_way: dict[tuple[Hashable, int], Future[bytes]] = {}
        """Questions that are asked just now, and what had changed by then: nobody asks the same beside them."""

    def of(self, question: Hashable, ask: Ask, session: Session) -> bytes:
        """The answer to ``question``, which ``ask`` gives where it is not known any more. Raises what that raises."""
        now_s = time.monotonic()
        with self._lock:
            known = self._kept.get(question)
            if known is not None and self._is_fresh(known, now_s):
                known.asked_s = now_s
                return known.body
        return self._asked(question, ask, session, now_s)

    def renew(self, session: Session) -> None:
        """Give anew what was asked for lately, took long and is outdated. Raises what asking raises."""
        now_s = time.monotonic()
        with self._lock:
            due = [
                (question, answer.ask, answer.asked_s)
                for question, answer in self._kept.items()
                if answer.took_s >= LONG_S and now_s - answer.asked_s < ASKED_S and not self._is_fresh(answer, now_s)
            ]
        for question, ask, asked_s in due:
            self._asked(question, ask, session, asked_s)

    def _is_fresh(self, answer: _Answer, now_s: float) -> bool:
        return answer.changes == self._changes() and now_s - answer.at_s <= KEPT_S

    def _asked(self, question: Hashable, ask: Ask, session: Session, asked_s: float) -> bytes:
        changes = self._changes()
        under_way: Future[bytes] = Future()
        with self._lock:
            other = self._under_way.setdefault((question, changes), under_way)
        if other is not under_way:
            try:
                return other.result()
            except Exception:  # of who asks it, who may be gone: this one asks by itself
                return ask(session)
        try:
            began_s = time.monotonic()
            body = ask(session)
            self._keep(question, _Answer(body, ask, changes, began_s, time.monotonic() - began_s, asked_s))
            under_way.set_result(body)
        except BaseException as error:
            under_way.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._under_way[question, changes]
        return body

    def _keep(self, question: Hashable, answer: _Answer) -> None:
        with self._lock:
            before = self._kept.pop(question, None)
            self._kept[question] = answer
            self._bytes += len(answer.body) - (0 if before is None else len(before.body))
            while self._bytes > MOST_BYTES:
                self._bytes -= len(self._kept.popitem(last=False)[1].body)
