"""Boards and their panels: the one definition that the terminal, the local page and Grafana are made from.

A board is a TOML file here; each of its panels names a question in ``questions/``, which holds the SQL.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, get_args

from otel_llmroute.store.boards.columns import COLUMNS, Column
from otel_llmroute.store.boards.filters import filters_of
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.questions import question

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Chart = Literal["numbers", "bars", "time", "flow", "waterfall", "table"]
Period = Literal["range", "month"]
NAMES: Final = ("spend", "routes", "jobs", "models", "data", "trace")
"""The boards, in the order in which they are shown."""


@dataclass(frozen=True)
class Panel:
    """A question on a board.

    ``columns`` are shown, the most telling first; ``value`` is the one a chart draws, "" where there is none. ``drill``
    names the filter that the name of a row narrows to, and ``drill_board`` where that is looked at; both are "" where a
    row leads nowhere. ``period``: the range asked for, or the month in which it ends.
    """

    name: str
    title: str
    about: str
    question: str
    chart: Chart
    columns: tuple[Column, ...]
    by: str = ""
    heading: str = ""
    value: str = ""
    drill: str = ""
    drill_board: str = ""
    period: Period = "range"
    note: str = ""

    @property
    def sql(self) -> str:
        """The SQL of its question."""
        return question(self.question)

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters it can take."""
        return filters_of(self.sql)

    def heading_of(self, column: Column) -> str:
        """What the column is called here: the name of a row says what it is the name of."""
        return self.heading if column.name == "name" and self.heading else column.heading


@dataclass(frozen=True)
class Board:
    """Panels that answer one person's question."""

    name: str
    title: str
    about: str
    panels: tuple[Panel, ...]

    def panel(self, name: str) -> Panel:
        """The panel of that name. Raises ``StoreError``."""
        for panel in self.panels:
            if panel.name == name:
                return panel
        known = ", ".join(panel.name for panel in self.panels)
        raise StoreError(f"the board {self.name} has no panel {name[:40]!r}", f"one of {known}")


@cache
def board(name: str) -> Board:
    """The board of that name. Raises ``StoreError``."""
    if name not in NAMES:
        raise StoreError(f"there is no board {name[:40]!r}", f"one of {', '.join(NAMES)}")
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return board_of(name, tomllib.loads(text))


def boards() -> tuple[Board, ...]:
    """All of them."""
    return tuple(board(name) for name in NAMES)


def board_of(name: str, told: dict[str, Any]) -> Board:
    """The board that a file defines. Raises ``ValueError`` for one that names what is not there."""
    panels = tuple(_panel(each) for each in told["panels"])
    if len({panel.name for panel in panels}) != len(panels):
        raise ValueError(f"{name}.toml has two panels of one name")
    return Board(name, told["title"], told["about"], panels)


def _panel(told: dict[str, Any]) -> Panel:
    unknown = [column for column in told["columns"] if column not in COLUMNS]
    panel = Panel(**{**told, "columns": tuple(COLUMNS[name] for name in told["columns"] if name in COLUMNS)})
    if unknown:
        raise ValueError(f"panel {panel.name}: {unknown[0]!r} is not in boards/columns.py")
    if panel.chart not in get_args(Chart) or panel.period not in get_args(Period):
        raise ValueError(f"panel {panel.name}: chart or period is not one of those there are")
    if panel.value not in ("", *told["columns"]):
        raise ValueError(f"panel {panel.name}: its value {panel.value!r} is not one of its columns")
    return panel
