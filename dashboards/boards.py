"""A board as a dashboard of Grafana, in the classic schema that imports from 10.4 on."""

from __future__ import annotations

from typing import Any, Final

from dashboards.panels import height_of, panel_json, width_of
from dashboards.variables import names_of, variables
from otel_llmroute.store.boards import Board, Panel

TAG: Final = "llmroute"
_SCHEMA_VERSION: Final = 39
"""That of Grafana 10.4; newer ones carry it over."""
_WIDTH: Final = 24


def uid_of(name: str) -> str:
    """What a dashboard is called in addresses."""
    return f"llmroute-{name}"


def dashboard(board: Board) -> dict[str, Any]:
    """The whole of it."""
    names = names_of(board)
    panels = [
        panel_json(panel, names, place, number)
        for number, (panel, place) in enumerate(zip(board.panels, _places(board.panels), strict=True), start=1)
    ]
    return {
        "uid": uid_of(board.name),
        "title": f"llmroute: {board.title}",
        "description": board.about,
        "tags": [TAG],
        "editable": True,
        "graphTooltip": 0,
        "fiscalYearStartMonth": 0,
        "schemaVersion": _SCHEMA_VERSION,
        "time": {"from": "now-7d" if board.name == "trace" else "now-30d", "to": "now"},
        "timepicker": {},
        # Hours are those of UTC, and so are the times in the tables.
        "timezone": "utc",
        "weekStart": "",
        "refresh": "5m",
        "links": [_to_the_others()],
        "annotations": {"list": []},
        "templating": {"list": variables(names)},
        "panels": panels,
    }


def _places(panels: tuple[Panel, ...]) -> list[dict[str, int]]:
    """One after the other, two beside each other where both fit."""
    places: list[dict[str, int]] = []
    x = y = tallest = 0
    for panel in panels:
        width, height = width_of(panel), height_of(panel)
        if x + width > _WIDTH:
            x, y, tallest = 0, y + tallest, 0
        places.append({"x": x, "y": y, "w": width, "h": height})
        x, tallest = x + width, max(tallest, height)
    return places


def _to_the_others() -> dict[str, Any]:
    return {
        "type": "dashboards",
        "title": "llmroute",
        "tags": [TAG],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }
