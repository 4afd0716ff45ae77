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
    kinds = list(zip(found.columns, found.types, strict=True)) or _described(session, asked.text)
    columns = [{"name": name, "type": kind} for name, kind in kinds]
    return {"columns": columns, "rows": [plain(row) for row in found.rows]}


def _described(session: Session, statement: str) -> list[tuple[str, str]]:
    """Name and type of each column of ``statement``, of which the engine says none where there is no row."""
    try:
        return [(row["name"], row["type"]) for row in session.query(f"DESCRIBE TABLE ({statement}\n)").records()]
    except BadStatement:  # it is no SELECT
        return []


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
