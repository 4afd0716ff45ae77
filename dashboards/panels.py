"""A panel of a board as a panel of Grafana."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dashboards.statement import panel_sql
from dashboards.variables import SOURCE
from otel_llmroute.store.boards import Panel
from otel_llmroute.store.boards.columns import COLUMNS, Column

UNITS: Final = {
    "text": "string",
    # Whose currency is in a column of its own: a sign before it would be a guess.
    "money": "none",
    "share": "percentunit",
    "count": "locale",
    "number": "none",
    "seconds": "s",
    "minutes": "m",
    "time": "string",
}
"""Unit of a column -> unit of Grafana."""
SIGNS: Final = {
    "USD": "currencyUSD", "EUR": "currencyEUR", "GBP": "currencyGBP", "CHF": "currencyCHF", "JPY": "currencyJPY",
    "INR": "currencyINR", "BRL": "currencyBRL", "KRW": "currencyKRW", "SEK": "currencySEK", "NOK": "currencyNOK",
    "DKK": "currencyDKK", "PLN": "currencyPLN", "CZK": "currencyCZK", "ZAR": "currencyZAR",
}  # fmt: skip
"""Currency -> unit of Grafana, for what is drawn in one currency."""
MARKS: Final = {"measured": "", "estimate": " (est.)", "counterfactual": " (if)"}
UNCERTAIN: Final = ("unpriced", "partly_priced", "no_usage")
"""No sum of money without what is not in it."""
_MOST_NUMBERS: Final = 6
"""More of them are read as a table."""
_SCHEMA: Final = "10.4.0"


def panel_json(panel: Panel, names: Sequence[str], place: dict[str, int], number: int) -> dict[str, Any]:
    """``names``: the variables of its dashboard. ``place``: ``x``, ``y``, ``w``, ``h``."""
    made: dict[str, Any] = {
        "id": number,
        "title": panel.title,
        "description": _description(panel, names),
        "gridPos": place,
        "datasource": SOURCE,
        "pluginVersion": _SCHEMA,
        "targets": [target(sql_of(panel, names), 0 if panel.chart == "time" else 1)],
    }
    drawn = {"stat": _stat, "timeseries": _time, "table": _table}[kind_of(panel)]
    return {**made, "type": kind_of(panel), **drawn(panel, names)}


def kind_of(panel: Panel) -> str:
    """Its type in Grafana."""
    if panel.chart == "time":
        return "timeseries"
    return "stat" if panel.chart == "numbers" and len(panel.columns) <= _MOST_NUMBERS else "table"


def sql_of(panel: Panel, names: Sequence[str]) -> str:
    """What the panel asks. A drawing over time is given times, and the one figure that is drawn."""
    sql = panel_sql(panel.question, panel.by, [name for name in names if name in panel.filters])
    if panel.chart != "time":
        return sql
    head = f"SELECT parseDateTimeBestEffort(time, 'UTC') AS time, currency, toFloat64({panel.value}) AS {panel.value}"
    return f"{head}\nFROM\n(\n{sql}\n)\nORDER BY time, currency"


def target(sql: str, form: int, ref: str = "A") -> dict[str, Any]:
    """A query; ``form``: 0 for series, 1 for a table."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "editorType": "sql",
        "queryType": "timeseries" if form == 0 else "table",
        "format": form,
        "rawSql": sql,
        "pluginVersion": "4.13.0",
    }


def columns_of(panel: Panel) -> tuple[Column, ...]:
    """What it shows: money with its currency, and with what is not in it."""
    shown = list(panel.columns)
    money = [at for at, column in enumerate(shown) if column.unit == "money"]
    if money:
        shown.insert(money[0], COLUMNS["currency"])
        listed = {column.name for column in shown}
        shown += [COLUMNS[name] for name in UNCERTAIN if f"AS {name}" in panel.sql and name not in listed]
    return tuple(shown)


def _description(panel: Panel, names: Sequence[str]) -> str:
    not_taken = [name for name in names if name not in panel.filters]
    told = [panel.about, panel.note]
    told += [f"Not narrowed by: {', '.join(not_taken)}."] * bool(not_taken)
    return "\n\n".join(line for line in told if line)


def _stat(panel: Panel, _: Sequence[str]) -> dict[str, Any]:
    shown = [column for column in columns_of(panel) if column.unit != "text"]
    strings = [column for column in columns_of(panel) if column.unit == "text"]
    return {
        "fieldConfig": {"defaults": _plain_defaults(), "overrides": [_override(panel, column, "") for column in shown]},
        "options": {
            "reduceOptions": {"values": True, "calcs": ["lastNotNull"], "fields": "", "limit": 24},
            "orientation": "auto",
            "textMode": "value_and_name",
            "colorMode": "none",
            "graphMode": "none",
            "justifyMode": "auto",
        },
        "transformations": _arranged(strings + [column for column in shown if column.unit != "time"]),
    }


def _time(panel: Panel, _: Sequence[str]) -> dict[str, Any]:
    # A step without calls has no row: a gap in a line would be taken for one in the data.
    drawing = {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0, "stacking": {"mode": "none", "group": "A"}}
    overrides = [
        {
            "matcher": {"id": "byRegexp", "options": rf"/\b{currency}$/"},
            "properties": [{"id": "unit", "value": unit}, {"id": "displayName", "value": currency}],
        }
        for currency, unit in SIGNS.items()
    ]
    return {
        "fieldConfig": {"defaults": {**_plain_defaults(), "custom": drawing}, "overrides": overrides},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": ["sum"]},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _table(panel: Panel, names: Sequence[str]) -> dict[str, Any]:
    shown = columns_of(panel)
    overrides = [_override(panel, column, _link(panel, column, names)) for column in shown]
    return {
        "fieldConfig": {
            "defaults": {**_plain_defaults(), "custom": {"align": "auto", "cellOptions": {"type": "auto"}}},
            "overrides": overrides,
        },
        "options": {"showHeader": True, "cellHeight": "sm"},
        "transformations": _arranged(shown),
    }


def _plain_defaults() -> dict[str, Any]:
    unknown = {"type": "special", "options": {"match": "null", "result": {"text": "-", "index": 0}}}
    steps = [{"color": "text", "value": None}]
    return {
        "noValue": "no data",
        "mappings": [unknown],
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }


def _override(panel: Panel, column: Column, link: str) -> dict[str, Any]:
    properties: list[dict[str, Any]] = [
        {"id": "displayName", "value": panel.heading_of(column) + MARKS[column.figures]},
        {"id": "unit", "value": UNITS[column.unit]},
    ]
    if column.unit == "share" and kind_of(panel) == "table":
        # Only shares are drawn: they are of one currency, lengths of amounts would compare yen with dollars.
        properties += [
            {"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}},
            {"id": "min", "value": 0},
            {"id": "max", "value": 1},
            {"id": "color", "value": {"mode": "fixed", "fixedColor": "blue"}},
        ]
    if column.unit == "text":
        none = {"": {"text": "(none)" if column.name == "name" else "-", "index": 0}}
        properties.append({"id": "mappings", "value": [{"type": "value", "options": none}]})
    if link:
        title = f"Only this {panel.heading_of(column).lower()}" if column.name == "name" else "This trace"
        properties.append({"id": "links", "value": [{"title": title, "url": link, "targetBlank": False}]})
    return {"matcher": {"id": "byName", "options": column.name}, "properties": properties}


def _link(panel: Panel, column: Column, names: Sequence[str]) -> str:
    """Where a cell leads: to the board of the panel narrowed to the cell, with time and all other variables kept."""
    by, where = (panel.drill, panel.drill_board) if column.name == "name" else ("trace", "trace")
    if not by or column.name not in ("name", "last_trace"):
        return ""
    kept = [f"${{{name}:queryparam}}" for name in ("datasource", *names) if name != by]
    words = ["${__url_time_range}", f"var-{by}=${{__value.raw:percentencode}}", *kept]
    return f"/d/llmroute-{where}?{'&'.join(words)}"


def _arranged(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Those columns alone, in that order."""
    names = [column.name for column in columns]
    order = {name: at for at, name in enumerate(names)}
    return [
        {"id": "filterFieldsByName", "options": {"include": {"names": names}}},
        {"id": "organize", "options": {"excludeByName": {}, "indexByName": order, "renameByName": {}}},
    ]


def width_of(panel: Panel) -> int:
    """Columns of the grid, which has 24."""
    is_narrow = kind_of(panel) == "stat" or (kind_of(panel) == "table" and len(columns_of(panel)) <= _MOST_NUMBERS)
    return 12 if is_narrow else 24


def height_of(panel: Panel) -> int:
    """Rows of the grid."""
    if kind_of(panel) == "table":
        return 5 if panel.chart == "numbers" else 20 if panel.chart == "waterfall" else 9
    return 6 if kind_of(panel) == "stat" else 8
