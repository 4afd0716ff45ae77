"""The page and the JSON interface of a running store. One shape for every error:
``{"error": {"kind", "message", "hint"}}``."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from otel_llmroute.store.errors import BadStatement, QuestionFailed, StoreError
from otel_llmroute.store.pricing.files import LARGEST_FILE
from otel_llmroute.store.questions.spend import SpendQuestion, dimensions_of, moment_of, spend
from otel_llmroute.store.questions.sql import answer
from otel_llmroute.store.questions.values import to_json
from otel_llmroute.store.web.boards import board_routes
from otel_llmroute.store.web.budgets import budget_routes
from otel_llmroute.store.web.care import care_routes
from otel_llmroute.store.web.pages import HEADERS, Headed, page_routes
from otel_llmroute.store.web.prices import price_routes

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from otel_llmroute.store.database import Session
    from otel_llmroute.store.service import Service

MAX_REQUEST: Final = 1_000_000
MAX_PRICES: Final = 4 * LARGEST_FILE
"""A file of prices as JSON: the names of columns and files are said again in every price."""


def web_app(service: Service) -> Starlette:
    """The application that listens on the web port."""

    async def health(request: Request) -> Response:
        return _json(service.health())

    async def ask_sql(request: Request) -> Response:
        body = await _body(request)
        statement = _text(body, "statement")
        return await _answer(service, lambda session: answer(session, statement))

    async def ask_spend(request: Request) -> Response:
        question = _spend_question(await _body(request))
        return await _answer(service, lambda session: spend(session, question))

    return Starlette(
        routes=[
            *page_routes(),
            Route("/api/health", health),
            Route("/api/sql", ask_sql, methods=["POST"]),
            Route("/api/spend", ask_spend, methods=["POST"]),
            *board_routes(service, _body),
            *price_routes(service, _body, partial(_body, limit=MAX_PRICES)),
            *care_routes(service, _body),
            *budget_routes(service, _body),
        ],
        middleware=[Middleware(Headed, headers=HEADERS)],
        exception_handlers={StoreError: _refused},
    )


def _json(value: Any, status: int = 200) -> Response:
    return Response(to_json(value), status, media_type="application/json")


async def _answer(service: Service, ask: Callable[[Session], Any]) -> Response:
    return _json(await service.read(ask))


async def _refused(request: Request, error: Exception) -> Response:
    kind, hint = type(error).__name__, getattr(error, "hint", "")
    status = 422 if isinstance(error, QuestionFailed) else 400
    return _json({"error": {"kind": kind, "message": getattr(error, "message", str(error)), "hint": hint}}, status)


async def _body(request: Request, limit: int = MAX_REQUEST) -> dict[str, Any]:
    """The JSON object sent. The content type is insisted on: a form of another site cannot send it."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BadStatement("the content type is not application/json", "Content-Type: application/json")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise BadStatement(f"the request has more than {limit} bytes")
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadStatement("the request is not JSON") from error
    if not isinstance(value, dict):
        raise BadStatement("the request is not a JSON object")
    return value


def _text(body: dict[str, Any], key: str, default: str | None = None) -> str:
    value = body.get(key, default)
    if value is None and default is not None:
        value = default
    if not isinstance(value, str):
        raise BadStatement(f"{key!r} is not text")
    return value


def _spend_question(body: dict[str, Any]) -> SpendQuestion:
    whole = SpendQuestion()
    since, until = _text(body, "since", ""), _text(body, "until", "")
    return SpendQuestion(
        by=dimensions_of(_text(body, "by", "route")),
        since=moment_of(since) if since else whole.since,
        until=moment_of(until) if until else whole.until,
        run=_text(body, "run", ""),
    )
