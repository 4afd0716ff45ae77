"""A panel beside the period of the same length before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.boards import Panel, board
from otel_llmroute.store.boards.asking import MOST, PanelQuestion, answer, period_of, step_s
from otel_llmroute.store.boards.stored import SumsOf, not_summed

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

Row = Mapping[str, Any]
_SAYS_NOT_WHICH: Final = frozenset({"last_trace", "meaning"})
"""Texts that a row has, and is not known by."""


def compared(session: Session, asked: PanelQuestion, sums_of: SumsOf = not_summed) -> dict[str, Any]:
    """The answer of ``asking.answer``, and besides ``compared_with``, the period before; in each row ``before``, its
    figures then, ``None`` where it was not there (over time: those of as many whole steps before); and ``gone``, the
    rows that are not there any more. Raises ``StoreError``."""
    since, until = period_of(asked.since, asked.until)
    now = answer(session, replace(asked, limit=MOST), sums_of)
    before = answer(session, replace(asked, since=since - (until - since), until=since, limit=MOST), sums_of)
    panel = board(asked.board).panel(asked.panel)
    later = timedelta(seconds=(until - since).total_seconds() // step_s(since, until) * step_s(since, until))
    then = {_key(panel, row, later): row for row in before["rows"]}
    rows = [{**row, "before": _figures(panel, then.pop(_key(panel, row), None))} for row in now["rows"]]
    return {
        **now,
        "rows": rows[: asked.limit],
        "has_more": now["has_more"] or len(rows) > asked.limit,
        "compared_with": {"since": before["since"], "until": before["until"]},
        "gone": [] if now["has_more"] else list(then.values())[: asked.limit],
    }


def _key(panel: Panel, row: Row, later: timedelta = timedelta()) -> tuple[Any, ...]:
    """What a row is known by: its texts, its currency, and over time its moment, so much later."""
    names = [column.name for column in panel.columns if column.unit == "text" and column.name not in _SAYS_NOT_WHICH]
    moments = [datetime.fromisoformat(row["time"]) + later] if panel.chart == "time" else []
    return (*(row[name] for name in names), row.get("currency"), *moments)


def _figures(panel: Panel, row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    texts = {column.name for column in panel.columns if column.unit in ("text", "time")} | {"currency"}
    return {name: value for name, value in row.items() if name not in texts}
