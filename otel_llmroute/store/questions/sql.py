"""A statement of the user's own, and its answer as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions import ask
from otel_llmroute.store.questions.statement import Reading, one_statement, read_only
from otel_llmroute.store.questions.values import plain

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session


def answer(session: Session, statement: str) -> dict[str, Any]:
    """``{"columns": [{"name", "type"}], "rows": [[...]]}``, values as JSON can hold them.

    Raises ``BadStatement``, ``QuestionFailed``.
    """
    asked = parsed(session, statement)
    if asked.format is not None:
        raise BadStatement("FORMAT is chosen by the command", "--format table, json or csv")
    found = session.query(asked.text)
    columns = [{"name": name, "type": kind} for name, kind in zip(found.columns, found.types, strict=True)]
    return {"columns": columns, "rows": [plain(row) for row in found.rows]}


def parsed(session: Session, statement: str, identifiers: Mapping[str, str] | None = None) -> Reading:
    """``statement`` as the engine's parser writes it down, judged. Raises ``BadStatement``.

    ``identifiers``: as in ``statement.read_only``.
    """
    text = one_statement(statement)
    try:
        written = ask(session, "parsed_statement", {"statement": text}).records()[0]
    except BadStatement as error:
        # What follows repeats the statement.
        raise BadStatement(error.message.split(": In scope SELECT")[0], error.hint, error.code) from error
    return read_only(written["parsed"], written["table_functions"], identifiers)
