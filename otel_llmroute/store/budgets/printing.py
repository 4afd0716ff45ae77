"""The use of budgets on the terminal."""

from __future__ import annotations

from typing import IO, Any

from otel_llmroute.store.boards import board
from otel_llmroute.store.boards.asking import columns_of
from otel_llmroute.store.output import write_csv, write_json
from otel_llmroute.store.report_table import write_panel


def write_use(answer: dict[str, Any], format: str, file: IO[str]) -> None:
    """The answer of ``use.answered``, in one of the formats."""
    panel = board("spend").panel("budgets")
    if format == "json":
        write_json({"until": answer["until"], "rows": answer["rows"]}, file)
    elif format == "csv":
        first = [column.name for column in panel.columns]
        header = list(dict.fromkeys([*first, *(name for row in answer["rows"][:1] for name in row)]))
        write_csv(header, [[row[name] for name in header] for row in answer["rows"]], file)
    else:
        shown = {name: getattr(panel, name) for name in ("title", "about", "note", "chart", "value")}
        nothing = {"filters": {}, "filters_not_taken": [], "has_more": False}
        write_panel({**shown, **nothing, "columns": columns_of(panel), "rows": answer["rows"]}, file)
