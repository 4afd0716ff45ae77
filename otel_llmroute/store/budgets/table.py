"""Budgets as they lie in ``llm_budgets``: saving them, and the question about them with others in their place."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.budgets.budget import Budget
from otel_llmroute.store.budgets.zones import zone_of
from otel_llmroute.store.questions import bare, question, with_questions

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
"""How ``budget_periods.sql`` reads the budgets in force."""


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


def with_periods(
    session: Session, sql: str, parameters: Mapping[str, Any], now: datetime | None = None
) -> tuple[str, dict[str, Any]]:
    """A question and its parameters; that about the budgets in force as ``use_of`` has it."""
    if SAVED not in sql:
        return sql, dict(parameters)
    return use_of(session, None, parameters, now)


def use_of(
    session: Session, budgets: Sequence[Budget] | None, parameters: Mapping[str, Any], now: datetime | None = None
) -> tuple[str, dict[str, Any]]:
    """``budget_use.sql`` and its parameters, of the budgets in force or of ``budgets`` instead, with the answer to
    ``budget_periods.sql`` in its place, and without the tables and conditions that none of them asks for. That is all
    that is there to answer, and the engine plans it in half of the time that it takes for the whole. ``until`` may be
    the end of an hour that is not over: periods are those of ``now``."""
    sql, more = _periods(budgets)
    until = min(str(parameters["until"]), f"{end_of_quarter(now):%Y-%m-%d %H:%M:%S}")
    periods = session.query(bare(sql), {**parameters, **more, "until": until}).records()
    if not periods:
        return _NO_ROWS, dict(parameters)
    instead = {
        "budget_periods": question("given_periods"),
        "budget_sums": _sums({period["made_from"] for period in periods}),
    }
    asked_for = {name for period in periods for name in period["only"]}
    sql = _CONDITION.sub(lambda found: found[0] if found[1] in asked_for else "", question("budget_use", instead))
    return sql, {**parameters, "periods": json.dumps(periods, default=str)}


def end_of_quarter(now: datetime | None = None) -> datetime:
    """Where the quarter of an hour of a moment ends: the clocks of some zone show midnight then at the earliest."""
    moment = (now or datetime.now(timezone.utc)).astimezone(timezone.utc)
    quarter = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    return quarter if quarter == moment else quarter + timedelta(minutes=15)


_NO_ROWS: Final = "SELECT 0 AS nothing WHERE false"
_CONDITION: Final = re.compile(r"^ *AND \(empty\(b\.only\['(\w+)'\]\) OR .*\n", re.MULTILINE)
"""Of ``budget_spend.sql``: that calls have what a budget is narrowed to."""


def _periods(budgets: Sequence[Budget] | None) -> tuple[str, dict[str, str]]:
    """``budget_periods.sql``, of the budgets in force or of ``budgets``, and the parameters for these."""
    sql = question("budget_periods")
    if budgets is None:
        return sql, {}
    if SAVED not in sql:
        raise ValueError("questions/budget_periods.sql does not read llm_budgets as budgets/table.py knows it")
    given = [dict(zip(COLUMNS[1:], row, strict=True)) for row in _rows(budgets)]
    return sql.replace(SAVED, question("given_budgets")), {"budgets": json.dumps(given, default=str)}


def _sums(tables: Collection[str]) -> str:
    """``budget_sums.sql`` of these tables alone."""
    parts = [f"SELECT * FROM (/* budget_sums_of_{table}.sql */)\n" for table in sorted(tables)]
    return with_questions("UNION ALL\n".join(parts), {"budget_periods": question("given_periods")})
