"""What a panel should show of an answer, by the rules of the terminal's report."""

from __future__ import annotations

from typing import Any

from otel_llmroute.store.report_table import cell, grouped
from otel_llmroute.store.spend_table import decimals_for

MARKS = {"measured": "", "estimate": " est.", "counterfactual": " if"}
Answer = dict[str, Any]


def headings_of(answer: Answer) -> list[str]:
    """The headings of its table."""
    return [column["heading"] + MARKS[column["figures"]] for column in answer["columns"]]


def rows_of(answer: Answer) -> list[list[str]]:
    """Its rows as they are read."""
    decimals = {
        column["name"]: decimals_for([row[column["name"]] for row in answer["rows"]])
        for column in answer["columns"]
        if column["unit"] == "money"
    }
    return [
        [text_of(column, row, decimals.get(column["name"], 0)) for column in answer["columns"]]
        for row in grouped(answer)["rows"]
    ]


def text_of(column: dict[str, str], row: dict[str, Any], decimals: int) -> str:
    """A figure. Texts are whole here; the identity of a trace is short where it stands beside others."""
    name, unit = column["name"], column["unit"]
    if row[name] is not None and unit in ("text", "time"):
        text = str(row[name]) or "(none)"
        return text[:8] if name == "last_trace" else text.strip()
    return cell(name, unit, row, decimals)
