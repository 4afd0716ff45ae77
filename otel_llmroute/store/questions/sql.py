"""A statement of the user's own, and its answer as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otel_llmroute.store.questions.statement import reading
from otel_llmroute.store.questions.values import plain

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session


def answer(session: Session, statement: str) -> dict[str, Any]:
    """``{"columns": [{"name", "type"}], "rows": [[...]]}``, values as JSON can hold them.

    Raises ``BadStatement``, ``QuestionFailed``.
    """
    found = session.query(reading(statement))
    columns = [{"name": name, "type": kind} for name, kind in zip(found.columns, found.types, strict=True)]
    return {"columns": columns, "rows": [plain(row) for row in found.rows]}
