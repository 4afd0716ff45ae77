"""The part of the JSON interface that is about budgets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from otel_llmroute.store.budgets.use import answered
from otel_llmroute.store.questions.values import to_json

if TYPE_CHECKING:
    from starlette.requests import Request

    from otel_llmroute.store.service import Service

Body = Callable[["Request"], Awaitable[dict[str, Any]]]


def budget_routes(service: Service, body: Body) -> list[Route]:
    """``body`` reads the JSON object of a request."""

    async def ask(request: Request) -> Response:
        told = await body(request)
        sums_of = service.summing.sums
        found = await service.read(lambda session: answered(session, service.database.writer, told, sums_of))
        return Response(to_json(found), media_type="application/json")

    return [Route("/api/budget", ask, methods=["POST"])]
