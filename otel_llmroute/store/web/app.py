"""The page and the JSON interface of a running store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from otel_llmroute.store.errors import QuestionFailed, StoreError
from otel_llmroute.store.questions.spend import SpendQuestion, dimensions_of, spend
from otel_llmroute.store.questions.sql import answer
from otel_llmroute.store.times import moment_of
from otel_llmroute.store.web.boards import board_routes
from otel_llmroute.store.web.bodies import error_told, object_of, response_of, text_in
from otel_llmroute.store.web.budgets import budget_routes
from otel_llmroute.store.web.care import care_routes
from otel_llmroute.store.web.pages import HEADERS, Headed, page_routes
from otel_llmroute.store.web.prices import price_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from otel_llmroute.store.database import Session
    from otel_llmroute.store.service import Service


def web_app(service: Service) -> Starlette:
    """The application that listens on the web port."""

    async def health(request: Request) -> Response:
        return response_of(service.health())

    async def ask_sql(request: Request) -> Response:
        body = await object_of(request)
        statement = text_in(body, "statement")
        return await _answer(service, lambda session: answer(session, statement))

    async def ask_spend(request: Request) -> Response:
        question = _spend_question(await object_of(request))
        return await _answer(service, lambda session: spend(session, question))

    return Starlette(
        routes=[
            *page_routes(),
            Route("/api/health", health),
            Route("/api/sql", ask_sql, methods=["POST"]),
            Route("/api/spend", ask_spend, methods=["POST"]),
            *board_routes(service),
            *price_routes(service),
            *care_routes(service),
            *budget_routes(service),
        ],
        middleware=[Middleware(Headed, headers=HEADERS)],
        exception_handlers={StoreError: _refused},
    )


async def _answer(service: Service, ask: Callable[[Session], Any]) -> Response:
    return response_of(await service.read(ask))


async def _refused(request: Request, error: Exception) -> Response:
    status = 422 if isinstance(error, QuestionFailed) else 400
    message, hint = getattr(error, "message", str(error)), getattr(error, "hint", "")
    return response_of(error_told(type(error).__name__, message, hint), status)


def _spend_question(body: dict[str, Any]) -> SpendQuestion:
    whole = SpendQuestion()
    since, until = text_in(body, "since", ""), text_in(body, "until", "")
    return SpendQuestion(
        by=dimensions_of(text_in(body, "by", "route")),
        since=moment_of(since) if since else whole.since,
        until=moment_of(until) if until else whole.until,
        run=text_in(body, "run", ""),
    )
