"""What runs beside the engine in tests of stored sums: panels asked with what is summed, and without."""

from __future__ import annotations

import threading
from typing import Any

from otel_llmroute.store.boards.asking import PanelQuestion, answer
from otel_llmroute.store.database import Session
from otel_llmroute.store.maintenance.days import build_days
from otel_llmroute.store.maintenance.summing import Summing

_summing: dict[int, Summing] = {}
"""One for each database, as a store has."""


def summing(session: Session) -> Summing:
    database = session._database
    if id(database) not in _summing:
        _summing[id(database)] = Summing(database, threading.Lock())
    return _summing[id(database)]


def sum_days(session: Session) -> None:
    """All days that are due."""
    while build_days(session):
        pass


def both_ways(session: Session, question: PanelQuestion) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer of sums and of views."""
    return answer(session, question, summing(session).days), answer(session, question)


def days_read(session: Session, name: str) -> int | None:
    """How many days of a roll-up or view may be read whole now; ``None``: it has to be read itself."""
    found = summing(session).days(name)
    return None if found is None else len(found)
