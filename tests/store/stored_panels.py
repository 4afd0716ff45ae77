"""What runs beside the engine in tests of stored sums: panels asked with what is summed, and without."""

from __future__ import annotations

import threading
import time
from decimal import Decimal
from typing import Any

from otel_llmroute.store.boards.asking import PanelQuestion, answer, stored_statement
from otel_llmroute.store.database import Session
from otel_llmroute.store.maintenance.days import build_days
from otel_llmroute.store.maintenance.prefetching import Prefetcher
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
    return answer(session, question, summing(session).sums), answer(session, question)


def asked_of(session: Session, question: PanelQuestion) -> str:
    """The statement that the engine is asked."""
    return stored_statement(session, question, summing(session).sums)[0]


def days_read(session: Session, name: str) -> int | None:
    """How many days of a roll-up or view may be read whole now; ``None``: it has to be read itself."""
    found = summing(session).sums(name)
    return None if found is None else len(found.days)


def hours_read(session: Session, name: str) -> int | None:
    """How many hours of a roll-up are to be read from the calls now; ``None``: its view has to be read."""
    found = summing(session).sums(name)
    return None if found is None else len(found.hours)


def sum_ahead(session: Session, name: str) -> None:
    """Sum what is quiet of a roll-up."""
    summing(session).sum_ahead(name)


def sums_while_nobody_asks(session: Session) -> bool:
    return Prefetcher(Summing(session._database, threading.Lock()))._has_summed(is_quiet=True)


def prefetched(session: Session, name: str, most_s: float) -> bool:
    """Ask once; whether all hours of a roll-up were summed within so many seconds, though nobody asked again."""
    watched = Summing(session._database, threading.Lock())
    watched.sums(name)
    thread, until = Prefetcher(watched), time.monotonic() + most_s
    thread.start()
    try:
        while (left := watched._touched(name)) and time.monotonic() < until:
            time.sleep(0.1)
        return not left
    finally:
        thread.stop()


def seen_while_calls_arrive(session: Session, question: PanelQuestion, call: str, turns: int) -> list[tuple[int, ...]]:
    """Ask again and again while one thread inserts calls, another sums whatever is not summed: each time how many were
    stored before, what the panel says was spent, and how many were begun when it had answered. ``call``: a statement
    that inserts one that cost 1, of the span ``{number}``."""
    database, ended = session._database, threading.Event()
    watched, writer, reader = Summing(database, threading.Lock()), database.writer(), database.reader()
    begun, stored = [0], [0]

    def arrive() -> None:
        while not ended.is_set():
            begun[0] += 1
            writer.command(call.replace("{number}", str(begun[0])))
            stored[0] += 1

    def build() -> None:
        while not ended.is_set():
            for name in ("llm_hourly", "llm_hourly_tenants"):
                watched._are_summed(name, watched._touched(name))

    threads = [threading.Thread(target=run) for run in (arrive, build)]
    for thread in threads:
        thread.start()
    try:
        found = []
        for _ in range(turns):
            before = stored[0]
            rows = answer(reader, question, watched.sums)["rows"]
            found.append((before, sum(int(Decimal(row["spend"])) for row in rows), begun[0]))
        return found
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def read(session: Session, question: PanelQuestion) -> list[dict[str, Any]]:
    """The rows of a panel, asked by a session that reads."""
    reader = session._database.reader()
    try:
        rows: list[dict[str, Any]] = answer(reader, question)["rows"]
        return rows
    finally:
        reader.close()
