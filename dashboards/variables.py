"""The variables of a dashboard: the data source, and one for every filter that a panel of it can take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dashboards.statement import TEXT_BOXES
from otel_llmroute.store.boards import Board
from otel_llmroute.store.boards.filters import COLUMNS, TABLES

SOURCE: Final = {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
LABELS: Final = {"tenant": "Customer", "task": "Task class", "attempt": "Attempt", "trace": "Trace"}
_LISTED: Final = 1000


def names_of(board: Board) -> tuple[str, ...]:
    """The filters that panels of a board can take. A trace is looked at on its own board alone."""
    taken = {name for panel in board.panels for name in panel.filters}
    return tuple(name for name in COLUMNS if name in taken and (name not in TEXT_BOXES or board.name == name))


def variables(names: Sequence[str]) -> list[dict[str, Any]]:
    """For ``templating.list``."""
    return [_source(), *(_text_box(name) if name in TEXT_BOXES else _values(name) for name in names)]


def _source() -> dict[str, Any]:
    return {
        "type": "datasource",
        "name": "datasource",
        "label": "ClickHouse",
        "query": SOURCE["type"],
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def _values(name: str) -> dict[str, Any]:
    return {
        "type": "query",
        "name": name,
        "label": _label(name),
        "datasource": SOURCE,
        "query": {"refId": name, "editorType": "sql", "queryType": "sql", "rawSql": options_sql(name)},
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 0,
        "includeAll": True,
        "multi": True,
        "options": [],
        # Again when the time range changes.
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 0,
    }


def _text_box(name: str) -> dict[str, Any]:
    empty = {"selected": True, "text": "", "value": ""}
    return {
        "type": "textbox",
        "name": name,
        "label": _label(name),
        "query": "",
        "current": empty,
        "options": [empty],
        "hide": 0,
        "skipUrlSync": False,
    }


def _label(name: str) -> str:
    return LABELS.get(name, name.capitalize())


def options_sql(name: str) -> str:
    """Which values were there in the time range, the most frequent first, and what they are called in the list."""
    tables = ("llm_hourly", "llm_hourly_tenants", "llm_calls")
    table = next(table for table in tables if name in TABLES[table])
    often = "count()" if table == "llm_calls" else "sum(records)"
    return (
        f"SELECT toString({COLUMNS[name]}) AS value, if(value = '', '(none)', value) AS text\n"
        f"FROM {table}\n"
        "WHERE hour >= toStartOfHour(toDateTime($__fromTime, 'UTC'))\n"
        "    AND hour < toStartOfHour(toDateTime($__toTime, 'UTC') + 3599)\n"
        f"GROUP BY value\nORDER BY {often} DESC, value\nLIMIT {_LISTED}"
    )
