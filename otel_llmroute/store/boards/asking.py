"""Asking a panel, and its answer as plain data: the JSON of ``llmroute report`` and of ``/api/panel``."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.boards import Panel, board
from otel_llmroute.store.boards.filters import Filters, checked_filters, filtered, parameters_of
from otel_llmroute.store.boards.stored import EVER, SumsOf, not_summed, of_sums, without_views
from otel_llmroute.store.budgets.table import with_periods
from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions import bare
from otel_llmroute.store.questions.spend import money_text
from otel_llmroute.store.questions.values import plain
from otel_llmroute.store.times import engine_time, moment_told

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

LIMIT: Final = 20
MOST: Final = 10_000
"""Rows of a panel: on a terminal, and at most."""
_FIRST: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST: Final = datetime(2106, 1, 1, tzinfo=timezone.utc)
_HOUR_S: Final = 3600
_HOURS_BY_HOUR: Final = 72
"""A longer period is drawn by day."""


@dataclass(frozen=True)
class PanelQuestion:
    """What is asked of a panel. Roll-ups hold hours: ``since`` is the hour it lies in, ``until`` the end of its."""

    board: str
    panel: str
    since: datetime
    until: datetime
    filters: Filters = field(default_factory=dict)
    limit: int = MOST

    def told(self) -> dict[str, Any]:
        """As JSON."""
        times = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return {"board": self.board, "panel": self.panel, **times, "filters": dict(self.filters), "limit": self.limit}

    def key(self) -> Hashable:
        """Alike for questions that have the same answer."""
        filters = tuple((name, tuple(values)) for name, values in self.filters.items())
        return self.board, self.panel, *period_of(self.since, self.until), filters, self.limit


def question_of(told: Mapping[str, Any]) -> PanelQuestion:
    """``told`` by ``PanelQuestion.told``, or by another client. Raises ``StoreError``."""
    filters, limit = told.get("filters", {}), told.get("limit", MOST)
    names = (told.get("board"), told.get("panel"))
    if not all(isinstance(name, str) for name in names) or not isinstance(filters, dict):
        raise BadStatement("'board' or 'panel' is not text, or 'filters' no object")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= MOST:
        raise BadStatement(f"'limit' is not a number from 1 to {MOST}")
    since, until = (moment_told(told.get(key), key) for key in ("since", "until"))
    return PanelQuestion(str(names[0]), str(names[1]), since, until, checked_filters(filters), limit)


def period_of(since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Whole hours around the period, in years that the engine knows. Raises ``BadStatement`` for an empty one."""
    first, last = (min(max(moment.astimezone(timezone.utc), _FIRST), _LAST) for moment in (since, until))
    first = first.replace(minute=0, second=0, microsecond=0)
    end = last.replace(minute=0, second=0, microsecond=0)
    end += timedelta(hours=int(end < last))
    if first >= end:
        raise BadStatement("the period is empty", "a --since that is before --until")
    return first, end


def answer(session: Session, asked: PanelQuestion, sums_of: SumsOf = not_summed) -> dict[str, Any]:
    """Rows and how to read them. Money is text with its exact decimals; what is not known is ``None``. ``sums_of``:
    what is summed in this store. Raises ``StoreError``."""
    panel = board(asked.board).panel(asked.panel)
    since, until = period_of(asked.since, asked.until)
    taken = taken_by(panel, asked.filters)
    records = session.query(*stored_statement(session, asked, sums_of)).records()
    return {
        "board": asked.board,
        "panel": panel.name,
        "title": panel.title,
        "about": panel.about,
        "note": panel.note,
        "chart": panel.chart,
        "value": panel.value,
        "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "filters": {name: list(values) for name, values in taken.items()},
        "filters_not_taken": [name for name in asked.filters if name not in taken],
        "columns": columns_of(panel),
        "rows": [_row(record) for record in records[: asked.limit]],
        "has_more": len(records) > asked.limit,
    }


def stored_statement(session: Session, asked: PanelQuestion, sums_of: SumsOf) -> tuple[str, dict[str, Any]]:
    """As ``statement_of``, reading what is summed in this store. Raises ``StoreError``."""
    panel = board(asked.board).panel(asked.panel)
    since, until = period_of(asked.since, asked.until)
    sql, parameters = with_periods(session, *statement_of(asked))
    sql, stored = of_sums(sql, taken_by(panel, asked.filters), sums_of, _bounds(panel, since, until))
    sql = without_views(sql, sums_of, (since - (until - since), until) if panel.period == "range" else EVER)
    return bare(sql), {**parameters, **stored}


def statement_of(asked: PanelQuestion) -> tuple[str, dict[str, Any]]:
    """The SQL of a panel, narrowed to the filters that it takes, and its parameters. Raises ``StoreError``."""
    panel = board(asked.board).panel(asked.panel)
    since, until = period_of(asked.since, asked.until)
    taken = taken_by(panel, asked.filters)
    parameters: dict[str, Any] = {
        "since": engine_time(since),
        "until": engine_time(until),
        "limit": asked.limit + 1,
        "by": panel.by,
        "step_s": step_s(since, until),
        **parameters_of(taken),
    }
    return filtered(panel.sql, taken), parameters


def _bounds(panel: Panel, since: datetime, until: datetime) -> tuple[datetime, ...]:
    """Between what it asks: the period before, and this one. None of a panel that asks for every hour by itself."""
    is_by_hour = panel.period != "range" or step_s(since, until) == _HOUR_S
    return () if is_by_hour else (since - (until - since), since, until)


def step_s(since: datetime, until: datetime) -> int:
    """Seconds of a step of what is drawn over time."""
    return _HOUR_S if until - since <= timedelta(hours=_HOURS_BY_HOUR) else 86_400


def taken_by(panel: Panel, filters: Filters) -> Filters:
    """Those of the filters that the panel can take."""
    return {name: values for name, values in filters.items() if name in panel.filters}


def columns_of(panel: Panel) -> list[dict[str, str]]:
    """How its columns are to be read, as JSON."""
    return [
        {
            "name": column.name,
            "heading": panel.heading_of(column),
            "unit": column.unit,
            "figures": column.figures,
        }
        for column in panel.columns
    ]


def _row(record: dict[str, Any]) -> dict[str, Any]:
    """Every column of the question, also those that the panel does not show. No currency is ``None``."""
    row = {name: money_text(value) if isinstance(value, Decimal) else plain(value) for name, value in record.items()}
    return {**row, "currency": row["currency"] or None} if "currency" in row else row
