"""The part of the JSON interface that is about care of the store: ``POST /api/doctor``, ``snapshot``, ``release``,
``prune``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.routing import Route

from otel_llmroute.store.care.asked import ACTS, Cared, cared
from otel_llmroute.store.care.snapshot import released_snapshots
from otel_llmroute.store.web.bodies import object_of, response_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from otel_llmroute.store.service import Service


def care_routes(service: Service) -> list[Route]:
    released_snapshots(service.folder)  # of backups that an earlier process did not end

    def route(act: str) -> Route:
        async def do(request: Request) -> Response:
            told, health = await object_of(request), service.health()
            await service.read(lambda session: None)  # what was acknowledged is in the tables, unless that takes long
            store = Cared(service.database, service.folder, health)
            return response_of(await asyncio.to_thread(cared, store, act, told))

        return Route(f"/api/{act}", do, methods=["POST"])

    return [route(act) for act in ACTS]
