"""What a page asks of every panel: for thirty days as they are, narrowed in two ways, and beside the period before."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from otel_llmroute.store.boards import Board, Panel, boards
from otel_llmroute.store.boards.asking import PanelQuestion, answer
from otel_llmroute.store.boards.filters import TABLES, tables_of
from otel_llmroute.store.database import Database
from otel_llmroute.store.folder import Folder
from otel_llmroute.store.maintenance.days import DAYS
from otel_llmroute.store.maintenance.summing import QUIET_S, Summing

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

SINCE = datetime(2026, 10, 1, tzinfo=timezone.utc)
UNTIL = SINCE + timedelta(days=30)
HALF = timedelta(days=15)
LIMIT = 50
LONG_MS = 2000
VARIANTS = {
    "whole": "30 days",
    "kept": "narrowed, roll-up has it",
    "sought": "narrowed, from calls",
    "compared": "15 days and those before",
    "arrived": "30 days, when calls came just now",
}
"""Variant -> its heading."""
CHOSEN = {"route": "area0.step0", "plan": "pro", "tenant": "tenant-7"}
ARRIVALS = tuple(
    f"INSERT INTO {touched} SELECT max(hour), now64(3), 0, 0 FROM {touched} "
    f"WHERE hour < toDateTime('{UNTIL:%Y-%m-%d}', 'UTC') HAVING count() > 0"
    for touched in ("llm_hours_touched", "llm_job_hours_touched")
)
"""The newest hour is not summed any more, as when a call of a job came for it. Some calls of the last job are later
than the period."""
CACHES = Path("/proc/sys/vm/drop_caches")
Questions = tuple[PanelQuestion, ...]


def panels() -> list[tuple[Board, Panel]]:
    """Every panel of every board."""
    return [(board, panel) for board in boards() for panel in board.panels]


def questions_of(board: Board, panel: Panel, trace: str) -> dict[str, Questions]:
    """Variant -> what is asked. A waterfall is of one trace; a variant that a panel does not have is left out."""

    def asked(since: datetime, until: datetime, *names: str) -> PanelQuestion:
        filters = {name: (CHOSEN[name],) for name in names}
        if panel.chart == "waterfall":
            filters["trace"] = (trace,)
        return PanelQuestion(board.name, panel.name, since, until, filters, LIMIT)

    kept = [name for name in ("route", "plan") if name in panel.filters and _is_kept(panel, name)]
    sought = [name for name in ("tenant", "route") if name in panel.filters and not _is_kept(panel, name)]
    middle = UNTIL - HALF
    return {
        "whole": (asked(SINCE, UNTIL),),
        **({"kept": (asked(SINCE, UNTIL, kept[0]),)} if kept else {}),
        **({"sought": (asked(SINCE, UNTIL, sought[0]),)} if sought else {}),
        "compared": (asked(middle, UNTIL), asked(middle - HALF, middle)),
        "arrived": (asked(SINCE, UNTIL),),
    }


def _is_kept(panel: Panel, name: str) -> bool:
    """Whether roll-ups answer a panel narrowed by this."""
    tables = tables_of(panel.sql)
    return all(table.startswith("llm_hourly") and name in TABLES[table] for table in tables)


def answer_ms(store: Opened, questions: Questions) -> float:
    """Milliseconds that the answers take, one after the other."""
    began = time.perf_counter()
    for question in questions:
        answer(store.session, question, store.summing.sums)
    return (time.perf_counter() - began) * 1e3


def warm_ms(store: Opened, questions: Questions, times: int, has_arrivals: bool) -> tuple[float, float]:
    """Medians of so many (three of what takes seconds), after one that is not counted: by the clock, and of the
    processors, which neighbours do not change much. ``has_arrivals``: before each, calls came for the newest hour."""
    is_long = answer_ms(store, questions) > LONG_MS
    clock, busy = [], []
    for _ in range(3 if is_long else times):
        if has_arrivals:
            for arrival in ARRIVALS:
                store.arrived.command(arrival)
        before = time.process_time()
        clock.append(answer_ms(store, questions))
        busy.append((time.process_time() - before) * 1e3)
    return statistics.median(clock), statistics.median(busy)


def settle(store: Opened) -> None:
    """Have everything summed, as it is a second after the last call."""
    time.sleep(QUIET_S)
    for name in DAYS:
        store.summing.sum_ahead(name)


def cold_ms(folder: Path, questions: Questions) -> float:
    """The first answer of a process that has just opened the store, whose files are on the disk alone where
    ``forgot_files`` said so."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return float(pool.apply(_first_ms, (folder, questions)))


def _first_ms(folder: Path, questions: Questions) -> float:
    with opened(folder) as store:
        return answer_ms(store, questions)


def forgot_files() -> bool:
    """Have the system forget the files that it keeps in memory; whether it may be told to."""
    with suppress(OSError):
        CACHES.write_text("3\n", encoding="ascii")
        return True
    return False


@dataclass(frozen=True)
class Opened:
    """A store that is asked as ``llmroute up`` asks it."""

    session: Session
    summing: Summing
    arrived: Session
    """For what comes meanwhile."""


@contextmanager
def opened(folder: Path) -> Iterator[Opened]:
    """The store in ``folder``."""
    database = Database(Folder(folder))
    try:
        yield Opened(database.reader(), Summing(database, threading.Lock()), database.writer())
    finally:
        database.close()


def one_trace(session: Session) -> str:
    """The id of some trace in the middle of the period."""
    statement = "SELECT trace_id FROM llm_call_records WHERE toStartOfHour(ts, 'UTC') = {hour:DateTime('UTC')} LIMIT 1"
    rows: list[list[Any]] = session.query(statement, {"hour": f"{UNTIL - HALF:%Y-%m-%d %H:%M:%S}"}).rows
    return str(rows[0][0])
