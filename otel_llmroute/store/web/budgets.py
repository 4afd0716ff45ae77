"""The part of the JSON interface that is about budgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from otel_llmroute.store.budgets.use import answered
from otel_llmroute.store.web.bodies import object_of, response_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from otel_llmroute.store.service import Service


def budget_routes(service: Service) -> list[Route]:
    async def ask(request: Request) -> Response:
        told = await object_of(request)
        sums_of = service.summing.sums
        found = await service.read(lambda session: answered(session, service.database.writer, told, sums_of))
        return response_of(found)

    return [Route("/api/budget", ask, methods=["POST"])]
