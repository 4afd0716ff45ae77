"""The part of the JSON interface that is about care of the store: ``POST /api/doctor``, ``snapshot``, ``release``,
``prune``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from otel_llmroute.store.care.asked import ACTS, Cared, cared
from otel_llmroute.store.care.snapshot import released_snapshots
from otel_llmroute.store.questions.values import to_json

if TYPE_CHECKING:
    from starlette.requests import Request

    from otel_llmroute.store.service import Service

Body = Callable[["Request"], Awaitable[dict[str, Any]]]


def care_routes(service: Service, body: Body) -> list[Route]:
    """``body`` reads the JSON object of a request."""
    released_snapshots(service.folder)  # of backups that an earlier process did not end

    def route(act: str) -> Route:
        async def do(request: Request) -> Response:
            told, health = await body(request), service.health()
            await service.read(lambda session: None)  # what was acknowledged is in the tables, unless that takes long
            store = Cared(service.database, service.folder, health)
            return Response(to_json(await asyncio.to_thread(cared, store, act, told)), media_type="application/json")

        return Route(f"/api/{act}", do, methods=["POST"])

    return [route(act) for act in ACTS]
