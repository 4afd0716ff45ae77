"""Budgets as they lie in ``llm_budgets``: saving them, and the question about them with others in their place."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.budgets.budget import Budget
from otel_llmroute.store.budgets.zones import zone_of
from otel_llmroute.store.questions import question

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session
    from otel_llmroute.store.remote import Server

COLUMNS: Final = (
    "saved_at", "position", "name", "amount", "currency", "period", "zone", "zone_since_s", "zone_offset_s", "each",
    "only", "warn", "forecast", "made_from",
)  # fmt: skip
SAVED: Final = (
    "SELECT s.* FROM llm_budgets AS s WHERE s.saved_at = (SELECT max(saved_at) FROM llm_budgets) AND s.name != ''"
)
"""How ``budget_use.sql`` reads the budgets in force."""


def table_rows(budgets: Sequence[Budget], saved_at: datetime) -> list[list[Any]]:
    """Rows of ``llm_budgets``, columns as ``COLUMNS``; of no budgets one that says that there is none."""
    to_ms = saved_at.replace(microsecond=saved_at.microsecond // 1000 * 1000)
    return [[to_ms, *row] for row in _rows(budgets) or [_NONE]]


def _rows(budgets: Sequence[Budget]) -> list[list[Any]]:
    return [_row(position, budget) for position, budget in enumerate(budgets)]


def _row(position: int, budget: Budget) -> list[Any]:
    zone = zone_of(budget.zone)
    return [
        *(position, budget.name, budget.amount, budget.currency, budget.period, zone.name),
        *(list(zone.since_s), list(zone.offset_s)),
        *(budget.each, {name: list(values) for name, values in budget.only.items()}),
        *(list(budget.warn), budget.forecast, budget.made_from),
    ]


_NONE: Final[list[Any]] = [0, "", 0, "", "", "", [], [], "", {}, [], False, ""]


def save(session: Session, budgets: Sequence[Budget], now: datetime | None = None) -> bool:
    """Make these the budgets in force; whether they were not already."""
    if not is_other(session.query(in_force("llm_budgets")).rows, budgets):
        return False
    saved_at = now or datetime.now(timezone.utc)
    rows = table_rows(budgets, saved_at)
    session.insert("llm_budgets", COLUMNS, rows, token=f"budgets {saved_at.isoformat()}")
    return True


def in_force(table: str) -> str:
    """The statement for the rows of the budgets in force, columns as ``COLUMNS`` but the first."""
    return f"SELECT {', '.join(COLUMNS[1:])} FROM ({SAVED.replace('llm_budgets', table)}) ORDER BY position"


def is_other(found: Sequence[Sequence[Any]], budgets: Sequence[Budget]) -> bool:
    """Whether the budgets in force, as ``in_force`` found them, are not these."""
    return [list(row) for row in found] != _rows(budgets)


def save_on(server: Server, database: str, budgets: Sequence[Budget]) -> bool:
    """The same on a server; no budgets leave those that are in force."""
    table = f"{database}.llm_budgets"
    if not budgets or not is_other(server.rows(in_force(table)), budgets):
        return False
    server.insert(table, COLUMNS, table_rows(budgets, datetime.now(timezone.utc)))
    return True


def shortened(session: Session, sql: str) -> str:
    """A question; that about the budgets in force without the tables that none of them is made from, and without
    budgets one that has no rows. What is never read takes the engine half of the time to plan, and all of it a fifth of
    a second."""
    if SAVED not in sql:
        return sql
    found = {str(row[0]) for row in session.query(f"SELECT DISTINCT made_from FROM ({SAVED})").rows}
    return _with_tables(sql, found) if found else _NO_ROWS


_NO_ROWS: Final = "SELECT 0 AS nothing WHERE false"


def _with_tables(sql: str, tables: Collection[str]) -> str:
    """The question with those parts of ``sums`` alone that read one of ``tables``; the first part when none does."""
    before, begin, rest = sql.partition("    sums AS\n    (\n")
    sums, end, after = rest.partition("    ),\n")
    parts = sums.split(_AND)
    kept = [part for part in parts if any(f"'{table}' AS made_from" in part for table in tables)]
    return before + begin + _AND.join(kept or parts[:1]) + end + after


_AND: Final = "        UNION ALL\n"


def question_of(session: Session, budgets: Sequence[Budget] | None) -> tuple[str, dict[str, str]]:
    """``budget_use.sql`` and its further parameters: of the budgets in force, or of ``budgets`` instead."""
    sql = question("budget_use")
    if budgets is None:
        return shortened(session, sql), {}
    if SAVED not in sql:
        raise ValueError("questions/budget_use.sql does not read llm_budgets as budgets/table.py knows it")
    sql = _with_tables(sql, {budget.made_from for budget in budgets})
    given = [dict(zip(COLUMNS[1:], row, strict=True)) for row in _rows(budgets)]
    return sql.replace(SAVED, question("given_budgets")), {"budgets": json.dumps(given, default=str)}
