"""The part of the JSON interface that the boards are made of: what there is, what a panel answers, what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from otel_llmroute.store.boards import Board, Panel, asking, boards
from otel_llmroute.store.boards.comparing import compared
from otel_llmroute.store.boards.filters import COLUMNS
from otel_llmroute.store.boards.seen import seen, seen_question_of
from otel_llmroute.store.boards.statement import written_out
from otel_llmroute.store.boards.traces import traces, traces_question_of
from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions.values import to_json
from otel_llmroute.store.web.bodies import object_of, response_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from otel_llmroute.store.database import Session
    from otel_llmroute.store.service import Service


def board_routes(service: Service) -> list[Route]:
    """What boards, panels, filters and traces are asked by."""
    boards_as_json = to_json(boards_told())

    async def list_boards(request: Request) -> Response:
        return response_of(boards_as_json)

    async def ask_panel(request: Request) -> Response:
        told = await object_of(request)
        question, answer = asking.question_of(told), compared if _compares(told) else asking.answer

        def ask(session: Session) -> bytes:
            return to_json(answer(session, question, service.summing.sums))

        def remembered(session: Session) -> bytes:
            return service.answers.of((answer, question.key()), ask, session)

        return response_of(await service.read(remembered))

    async def ask_statement(request: Request) -> Response:
        question = asking.question_of(await object_of(request))
        sql, parameters = asking.statement_of(question)
        return response_of({"statement": written_out(sql, {**parameters, "limit": question.limit})})

    async def ask_seen(request: Request) -> Response:
        question = seen_question_of(await object_of(request))
        return response_of(await service.read(lambda session: seen(session, question)))

    async def ask_traces(request: Request) -> Response:
        question = traces_question_of(await object_of(request))
        return response_of(await service.read(lambda session: traces(session, question)))

    return [
        Route("/api/boards", list_boards),
        Route("/api/panel", ask_panel, methods=["POST"]),
        Route("/api/panel/sql", ask_statement, methods=["POST"]),
        Route("/api/values", ask_seen, methods=["POST"]),
        Route("/api/traces", ask_traces, methods=["POST"]),
    ]


def boards_told() -> dict[str, Any]:
    """All boards and filters as JSON."""
    return {"boards": [_board_told(board) for board in boards()], "filters": list(COLUMNS)}


def _board_told(board: Board) -> dict[str, Any]:
    panels = [_panel_told(panel) for panel in board.panels]
    return {"name": board.name, "title": board.title, "about": board.about, "panels": panels}


def _panel_told(panel: Panel) -> dict[str, Any]:
    names = ("name", "title", "about", "note", "chart", "period", "value", "drill", "drill_board", "filters", "sql")
    return {**{name: getattr(panel, name) for name in names}, "columns": asking.columns_of(panel)}


def _compares(told: dict[str, Any]) -> bool:
    compare = told.get("compare", False)
    if not isinstance(compare, bool):
        raise BadStatement("'compare' is neither true nor false")
    return compare
