"""A board on the terminal: each panel as a table that fits the width, with bars where its figures are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from otel_llmroute.store.output import UNKNOWN, console_on, plain_table, printable, write_csv, write_json
from otel_llmroute.store.spend_table import count, decimals_for, duration, money, share

Row = Mapping[str, Any]
BAR: Final = 12
"""Cells of the longest bar."""
_NAME: Final = 32
_SENTENCE: Final = 80
"""Cells of a text, at most."""
_GAP: Final = 2


@dataclass(frozen=True)
class Cells:
    """A column as it is printed: its heading, and a cell for each row."""

    heading: str
    texts: list[str]
    is_number: bool

    @property
    def width(self) -> int:
        return max(cell_len(text) for text in (self.heading, *self.texts))


def write_report(answers: Sequence[dict[str, Any]], board: dict[str, str], format: str, file: IO[str]) -> None:
    """The answers of a board's panels, in one of the formats. CSV is of one panel."""
    if format == "json":
        write_json({**board, "panels": list(answers)}, file)
    elif format == "csv":
        _csv(answers[0], file)
    else:
        _tables(answers, board, file)


def _csv(answer: dict[str, Any], file: IO[str]) -> None:
    shown = [column["name"] for column in answer["columns"]]
    header = [*shown, *(name for name in _every_name(answer) if name not in shown)]
    write_csv(header, [[row[name] for name in header] for row in answer["rows"]], file)


def _every_name(answer: dict[str, Any]) -> list[str]:
    return list(answer["rows"][0]) if answer["rows"] else []


def _tables(answers: Sequence[dict[str, Any]], board: dict[str, str], file: IO[str]) -> None:
    console = console_on(file)
    console.print(Text(f"{board['title']}: {board['about']}", style="bold"), soft_wrap=False)
    if answers:
        console.print(f"{_moment(answers[0]['since'])} to {_moment(answers[0]['until'])} UTC")
    for answer in answers:
        console.print()
        _panel(grouped(answer), console)
    _say_if_uncertain(answers, console)


def write_panel(answer: dict[str, Any], file: IO[str]) -> None:
    """One panel by itself, without a period."""
    console = console_on(file)
    _panel(grouped(answer), console)
    _say_if_uncertain([answer], console)


def _say_if_uncertain(answers: Sequence[Row], console: Console) -> None:
    if any(_is_uncertain(row) for answer in answers for row in answer["rows"]):
        console.print()
        console.print("+? More was spent than is shown: some of it has no price, part of one, or no report of usage.")
    if any(
        _mark(column["name"], row) == "-?" for each in answers for row in each["rows"] for column in each["columns"]
    ):
        console.print("-? Less is left than is shown, by as much.")


def grouped(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with the rows of each currency together: an amount in one is not more or less than in another."""
    if answer["chart"] in ("time", "waterfall"):
        return answer
    order = list(dict.fromkeys(row.get("currency") for row in answer["rows"]))
    return {**answer, "rows": sorted(answer["rows"], key=lambda row: order.index(row.get("currency")))}


def _moment(text: str) -> str:
    return text.replace("T", " ")[:16]


def _panel(answer: dict[str, Any], console: Console) -> None:
    console.print(printable(f"{answer['title']} · {answer['about']}"), style="bold")
    for line in narrowing_lines(answer):
        console.print(printable(line), style="yellow")
    if not answer["rows"]:
        console.print("no data")
        return
    columns, left_out = fitting(printed_columns(answer), console.width)
    table = plain_table(gap=_GAP)
    for column in columns:
        table.add_column(column.heading, justify="right" if column.is_number else "left", no_wrap=True)
    for at in range(len(answer["rows"])):
        table.add_row(*(printable(column.texts[at]) for column in columns))
    console.print(table)
    for line in closing_lines(answer, left_out):
        console.print(printable(line), style="dim")


def narrowing_lines(answer: Row) -> list[str]:
    """What the panel is narrowed to, and what of the filters it cannot take."""
    lines = []
    if answer["filters"]:
        lines.append("only " + ", ".join(f"{name}={' or '.join(v)}" for name, v in answer["filters"].items()))
    if answer["filters_not_taken"]:
        lines.append(f"NOT narrowed to {', '.join(answer['filters_not_taken'])}: these figures are not kept by that")
    return lines


def closing_lines(answer: Row, left_out: Sequence[str]) -> list[str]:
    """What the reader has to know of the figures above."""
    lines = [answer["note"]] if answer["note"] else []
    if answer["has_more"]:
        lines.append(f"there are more rows than these {len(answer['rows'])}: --limit")
    if left_out:
        lines.append(f"on a wider terminal, and in --format json: {', '.join(left_out)}")
    return lines


def printed_columns(answer: Row) -> list[Cells]:
    """Every column of a panel, after its names a bar of what is compared."""
    columns = [_printed(column, answer["rows"]) for column in answer["columns"]]
    drawn = _bar_of(answer)
    if drawn is None:
        return columns
    names = sum(1 for column in columns if not column.is_number)
    place = next((at for at, column in enumerate(columns) if column.is_number), names)
    return [*columns[:place], drawn, *columns[place:]]


def _bar_of(answer: Row) -> Cells | None:
    return _waterfall_of(answer["rows"]) if answer["chart"] == "waterfall" else _bars_of(answer)


def _waterfall_of(rows: Sequence[Row]) -> Cells:
    """Each record from where it begins to where it ends, of the time of its trace."""
    wholes: dict[Any, float] = {}
    for row in rows:
        wholes[row["name"]] = max(wholes.get(row["name"], 0.0), row["start_s"] + row["duration_s"])
    return Cells("", [_span(row["start_s"], row["duration_s"], wholes[row["name"]]) for row in rows], is_number=False)


def _span(start_s: float, duration_s: float, whole_s: float) -> str:
    before = min(round(2 * BAR * start_s / whole_s), 2 * BAR - 1) if whole_s else 0
    length = round(2 * BAR * duration_s / whole_s) if whole_s else 0
    return " " * before + "█" * max(1, min(length, 2 * BAR - before))


def _bars_of(answer: Row) -> Cells | None:
    """Bars are of one currency each: those of different ones cannot be compared."""
    name, rows = answer["value"], answer["rows"]
    if answer["chart"] not in ("bars", "time") or not name or len(rows) < 2:
        return None
    largest: dict[Any, Decimal] = {}
    values = [Decimal(str(row[name])) if row[name] is not None else None for row in rows]
    for row, value in zip(rows, values, strict=True):
        if value is not None:
            largest[row.get("currency")] = max(largest.get(row.get("currency"), Decimal(0)), abs(value))
    bars = [bar(value, largest.get(row.get("currency"))) for row, value in zip(rows, values, strict=True)]
    return Cells("", bars, is_number=False)


def bar(value: Decimal | None, largest: Decimal | None) -> str:
    """A bar as long as its part of the largest; what is below 0 is drawn with dashes; nothing for nothing."""
    if value is None or not largest:
        return ""
    cells = round(BAR * abs(value) / largest)
    return ("█" if value > 0 else "-") * max(cells, int(value != 0))


def _printed(column: Row, rows: Sequence[Row]) -> Cells:
    marks = {"estimate": " (est.)", "counterfactual": " (if)"}
    heading = column["heading"] + marks.get(column["figures"], "")
    name, unit = column["name"], column["unit"]
    decimals = decimals_for([row[name] for row in rows]) if unit == "money" else 0
    return Cells(heading, [cell(name, unit, row, decimals) for row in rows], unit not in ("text", "time"))


_UNCERTAIN: Final = (
    *("spend", "cost_per_call", "per_1k_calls", "cost_per_job", "cost_per_success"),
    *("forecast", "forecast_low", "forecast_high"),
)
"""Money that is more when a price becomes known."""


_LEFT_OVER: Final = ("gross_margin", "margin_share")
"""What is less when a price becomes known."""


def _mark(name: str, row: Row) -> str:
    """``+?`` behind what may be more than it shows, ``-?`` behind what may be less."""
    if row[name] is None or not _is_uncertain(row):
        return ""
    return "+?" if name in _UNCERTAIN else "-?" if name in _LEFT_OVER else ""


def _is_uncertain(row: Row) -> bool:
    """Whether money was spent that is not in the row."""
    return "spend" in row and any(row.get(name) for name in ("unpriced", "partly_priced", "no_usage"))


def cell(name: str, unit: str, row: Row, decimals: int) -> str:
    """A figure as a person reads it. What is not known is ``-``, or says what is missing: a price, a day of calls."""
    value = row[name]
    if unit == "money":
        if value is None:
            return _missing(name, row)
        return money(value, row.get("currency"), decimals) + _mark(name, row)
    if value is None:
        return UNKNOWN
    if unit == "share":
        return (f"{value:+.0%}" if name == "change" else share(value)) + _mark(name, row)
    return _plain(unit, value, _SENTENCE if name == "meaning" else _NAME)


def _missing(name: str, row: Row) -> str:
    if name == "forecast" and row.get("spend") is not None:
        return "too early"
    return "unpriced" if name == "spend" and row.get("unpriced") else UNKNOWN


def _plain(unit: str, value: Any, most: int) -> str:
    if unit == "count":
        return count(value)
    if unit == "seconds":
        return duration(value * 1000)
    if unit == "minutes":
        return f"{value:g} min"
    if unit == "number":
        return f"{value:.1f}"
    text = str(value) or "(none)"
    return text if cell_len(text) <= most else text[: most - 1] + "…"


def fitting(columns: Sequence[Cells], width: int) -> tuple[list[Cells], list[str]]:
    """As many columns as fit, the first ones first, and the headings of the others."""
    shown: list[Cells] = []
    taken = 0
    for column in columns:
        taken += column.width + (_GAP if shown else 0)
        if taken > width and shown:
            break
        shown.append(column)
    return shown, [column.heading for column in columns[len(shown) :] if column.heading]
