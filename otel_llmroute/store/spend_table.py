"""The answer about spend as a table that fits its terminal: what is spent always, more on wider ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, Final

from rich.cells import cell_len
from rich.text import Text

from otel_llmroute.store.output import UNKNOWN, console_on, plain_table, printable, write_csv, write_json

Row = dict[str, Any]
WIDE: Final = 90
"""Width of terminal from which columns stand two blanks apart."""
NO_NAME: Final = "(none)"
CALLS: Final = "(calls)"
"""What is no charge, where it is told what was charged."""
SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


_NAME: Final = 24
_REASON: Final = 13
"""Cells that a name and a reason are given before figures are; a longer one is folded where it pushes figures out."""


@dataclass(frozen=True)
class Column:
    """A column of the table: its heading, how a row fills it, and its rank: a narrow terminal leaves out the last."""

    heading: str
    cell: Callable[[Row], str]
    rank: int
    hidden_for: str = ""

    @property
    def is_text(self) -> bool:
        return self.heading == "Reason"

    def width(self, rows: Sequence[Row]) -> int:
        """Cells that it needs to be read whole; of a text, to be read folded."""
        widest = max(map(cell_len, (*self.heading.splitlines(), *map(self.cell, rows))))
        return min(widest, _REASON) if self.is_text else widest


def write_spend(answer: dict[str, Any], format: str, file: IO[str]) -> None:
    """The answer in one of the formats."""
    if format == "json":
        write_json(answer, file)
    elif format == "csv":
        _csv(answer, file)
    else:
        _table(answer, file)


def _csv(answer: dict[str, Any], file: IO[str]) -> None:
    header = [*answer["by"], *(key for key in CSV_FIELDS if key not in answer["by"])]
    write_csv(header, [[_csv_cell(row[key]) for key in header] for row in answer["rows"]], file)


CSV_FIELDS: Final = (
    "reasons", "calls", "attempts", "charges", "without_attempt", "sdk_retries", "retries", "failed", "fallbacks",
    "input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens", "cache_share", "currency", "spend",
    "spend_share", "cost_per_call", "p50_ms", "unpriced", "partly_priced", "no_usage",
)  # fmt: skip


def _csv_cell(value: Any) -> Any:
    return " ".join(f"{key or 'none'}:{count}" for key, count in value.items()) if isinstance(value, dict) else value


def _table(answer: dict[str, Any], file: IO[str]) -> None:
    console = console_on(file)
    gap = 2 if console.width >= WIDE else 1
    every = _columns(decimals_for([row["spend"] for row in answer["rows"]]))
    asked = [column for column in every if column.hidden_for not in answer["by"]]
    columns, left_out, width = _fitting(asked, answer, console.width, gap)
    # Where not even the names and the spend fit, the terminal folds their lines: no digit of an amount is cut off.
    console.width = max(console.width, width)
    table = plain_table(gap)
    for name in answer["by"]:
        table.add_column(name.capitalize(), overflow="fold", ratio=None, min_width=8)
    for column in columns:
        table.add_column(
            column.heading, justify="left" if column.is_text else "right", overflow="fold", no_wrap=not column.is_text
        )
    for at, row in enumerate(answer["rows"]):
        table.add_row(*_cells(row, answer["by"], columns), end_section=at == len(answer["rows"]) - 1)
    for total in answer["totals"]:
        names = [Text(_total_name(answer, total), style="bold"), *[Text("")] * (len(answer["by"]) - 1)]
        table.add_row(*names, *(Text(_total_cell(column, total), style="bold") for column in columns))
    console.print(table)
    if left_out:
        console.print(f"on a wider terminal, and in --format json: {', '.join(left_out)}", style="dim")
    for line in trust_lines(answer):
        console.print(printable(line), soft_wrap=False)


def _fitting(
    columns: Sequence[Column], answer: dict[str, Any], width: int, gap: int
) -> tuple[list[Column], list[str], int]:
    """The columns that fit beside the names, the spend in any case; the headings of the others; the cells taken."""
    rows = [*answer["rows"], *answer["totals"]]
    taken = sum(_name_width(name, answer) + gap for name in answer["by"]) - gap
    shown: list[Column] = []
    for column in sorted(columns, key=lambda column: column.rank):
        more = gap + column.width(rows)
        if shown and taken + more > width:
            break
        shown.append(column)
        taken += more
    left_out = [" ".join(column.heading.splitlines()).replace("- ", "") for column in columns if column not in shown]
    return [column for column in columns if column in shown], left_out, taken


def _name_width(name: str, answer: dict[str, Any]) -> int:
    totals = [_total_name(answer, total) for total in answer["totals"]] if name == answer["by"][0] else []
    texts = [name, *totals, *(_name(row, name) for row in answer["rows"])]
    return min(max(8, *map(cell_len, texts)), _NAME)


def _name(row: Row, by: str) -> str:
    return row[by] or (CALLS if by == "charge" else NO_NAME)


def _total_name(answer: dict[str, Any], total: Row) -> str:
    return "Total" if len(answer["totals"]) == 1 else f"Total {total['currency'] or ''}".rstrip()


def _cells(row: Row, by: Sequence[str], columns: Sequence[Column]) -> list[Text]:
    names = [printable(_name(row, name)) for name in by]
    return [*names, *(printable(column.cell(row)) for column in columns)]


def _total_cell(column: Column, total: Row) -> str:
    return "" if column.heading == "Reason" else column.cell(total)


def _columns(decimals: int) -> list[Column]:
    """All columns, in order."""
    return [
        Column("Reason", reason_cell, 1, hidden_for="reason"),
        Column("Calls", lambda row: count(row["calls"]), 2),
        Column("Attempts", lambda row: count(row["attempts"]), 3),
        Column("SDK\nretry", lambda row: count(row["sdk_retries"]), 7),
        Column("Failed", lambda row: count(row["failed"]), 4),
        Column("Fall-\nbacks", lambda row: count(row["fallbacks"]), 8),
        Column("Input\ntokens", lambda row: count(row["input_tokens"]), 9),
        Column("Output\ntokens", lambda row: count(row["output_tokens"]), 10),
        Column("Cached", lambda row: share(row["cache_share"]), 5),
        Column("Spend", lambda row: spend_cell(row, decimals), 0),
        Column("Share", lambda row: share(row["spend_share"]), 6),
        Column("No\nattempt", lambda row: count(row["without_attempt"]), 11),
        Column("Per call", lambda row: money(row["cost_per_call"], row["currency"], decimals + 1), 12),
        Column("Median", lambda row: duration(row["p50_ms"]), 13),
    ]


def reason_cell(row: Row) -> str:
    """The reason that most was spent for, and how many others there are."""
    reasons = list(row["reasons"])
    if not reasons:
        return UNKNOWN
    return (reasons[0] or NO_NAME) + (f" +{len(reasons) - 1}" if len(reasons) > 1 else "")


def spend_cell(row: Row, decimals: int) -> str:
    """Money, or why there is none: ``unpriced`` when no price list knows what was used, ``-`` when nothing was."""
    if row["spend"] is None:
        return "unpriced" if row["unpriced"] else UNKNOWN
    mark = "+?" if row["unpriced"] or row["partly_priced"] or row["no_usage"] else ""
    return money(row["spend"], row["currency"], decimals) + mark


def decimals_for(amounts: Sequence[str | None]) -> int:
    """How many decimals make the largest amount read well: 2 from 100 on, 4 from 0.01 on, else 6."""
    largest = max((abs(Decimal(amount)) for amount in amounts if amount is not None), default=Decimal(0))
    return 2 if largest >= 100 else 4 if largest >= Decimal("0.01") or largest == 0 else 6


def money(amount: str | None, currency: str | None, decimals: int) -> str:
    """``$0.0042``, ``CHF 3.10``; what is too small for the decimals is ``<$0.0001``, never 0."""
    if amount is None:
        return UNKNOWN
    value, step = Decimal(amount), Decimal(1).scaleb(-decimals)
    symbol = SYMBOLS.get(currency or "", f"{currency} " if currency else "")
    if value == 0:
        return f"{symbol}0"
    if abs(value) < step:
        return f"<{symbol}{step:f}"
    return f"{'-' if value < 0 else ''}{symbol}{abs(value).quantize(step):,f}"


def count(number: int | None) -> str:
    """``17``, ``12.3k``, ``4.5M``."""
    if number is None:
        return UNKNOWN
    for limit, unit in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if number >= limit:
            return f"{number / (limit if unit != 'k' else 1000):.1f}{unit}"
    return str(number)


def share(part: float | None) -> str:
    """``42%``; what is more than nothing is never ``0%``."""
    if part is None:
        return UNKNOWN
    return "<1%" if 0 < part < 0.005 else f"{part:.0%}"


def duration(ms: float | None) -> str:
    """``820ms``, ``3.2s``."""
    if ms is None:
        return UNKNOWN
    return f"{ms:.0f}ms" if ms < 1000 else f"{ms / 1000:.1f}s"


def trust_lines(answer: dict[str, Any]) -> list[str]:
    """How far the figures can be trusted."""
    totals = answer["totals"]
    attempts = sum(row["attempts"] for row in totals)
    unpriced, partly, no_usage = (sum(row[key] for row in totals) for key in ("unpriced", "partly_priced", "no_usage"))
    if not (unpriced or partly or no_usage):
        whole = "The one attempt" if attempts == 1 else f"Every one of {attempts} attempts"
        return [f"{whole} is priced, or failed without usage."] if attempts else []
    lines = [f"+? Not all spend is known, of {attempts} attempt{'s' if attempts != 1 else ''}:"]
    if unpriced:
        models = ", ".join(
            f"{row['provider']}/{row['model']} ({row['attempts']})" for row in answer["unpriced_models"][:5]
        )
        lines.append(f"   {unpriced} without a price" + (f": {models}" if models else ""))
    if partly:
        lines.append(f"   {partly} priced in part")
    if no_usage:
        lines.append(f"   {no_usage} answered or broken off without a report of usage")
    return lines
