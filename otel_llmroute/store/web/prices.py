"""The part of the JSON interface that is about prices.

A repricing answers with one JSON object a line: how far it is, and its report or an error at last.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Final

from starlette.responses import StreamingResponse
from starlette.routing import Route

from otel_llmroute.store.errors import BadStatement, StoreError
from otel_llmroute.store.pricing.asked import added, answered, repriced
from otel_llmroute.store.pricing.files import LARGEST_FILE
from otel_llmroute.store.pricing.repricing import Event, RepriceQuestion
from otel_llmroute.store.questions.values import to_json
from otel_llmroute.store.web.bodies import error_told, object_of, response_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from otel_llmroute.store.service import Service


MAX_PRICES: Final = 4 * LARGEST_FILE
"""A file of prices as JSON: the names of columns and files are said again in every price."""


def price_routes(service: Service) -> list[Route]:
    under_way = threading.Lock()

    async def ask_by_name(request: Request) -> Response:
        asked = await object_of(request)
        name, parameters = asked.get("question"), asked.get("parameters", {})
        if not isinstance(name, str) or not isinstance(parameters, dict):
            raise BadStatement("'question' is not text, or 'parameters' no object")
        return response_of({"rows": await service.read(lambda session: answered(session, name, parameters))})

    async def add(request: Request) -> Response:
        prices = (await object_of(request, MAX_PRICES)).get("prices")
        if not isinstance(prices, list):
            raise BadStatement("'prices' is not a list")
        return response_of(await asyncio.to_thread(added, service.database.writer, prices))

    async def price_again(request: Request) -> Response:
        asked = await object_of(request)
        configured = asked.pop("configured", [])
        if not isinstance(configured, list):
            raise BadStatement("'configured' is not a list")
        question = RepriceQuestion.of(asked)
        await service.read(lambda session: None)  # what was acknowledged is in the tables
        events = one_at_a_time(
            under_way, repriced(service.database.reader, service.database.writer, question, configured)
        )
        return StreamingResponse(_lines(events), media_type="application/x-ndjson")

    return [
        Route("/api/ask", ask_by_name, methods=["POST"]),
        Route("/api/prices", add, methods=["POST"]),
        Route("/api/reprice", price_again, methods=["POST"]),
    ]


def one_at_a_time(under_way: threading.Lock, events: Iterator[Event]) -> Iterator[Event]:
    """``events``, while none other are under way. Raises ``StoreError``."""
    if not under_way.acquire(blocking=False):
        raise StoreError("a repricing is under way in this store", "again when it has ended")
    try:
        yield from events
    finally:
        under_way.release()


async def _lines(events: Iterator[Event]) -> AsyncIterator[bytes]:
    """Events as lines. When the caller has left, the repricing ends after the piece it works on."""
    steps = _Steps(events)
    try:
        while (event := await asyncio.to_thread(steps.next)) is not None:
            yield to_json(event) + b"\n"
    finally:
        threading.Thread(target=steps.close, name="llmroute-reprice-end").start()


class _Steps:
    """A generator that is closed from another thread than the one it may be running in."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._lock = threading.Lock()

    def next(self) -> Event | None:
        """The next event, an error as the last; ``None`` at the end."""
        with self._lock:
            try:
                return next(self._events, None)
            except StoreError as error:
                return error_told(type(error).__name__, error.message, error.hint)

    def close(self) -> None:
        """End it after what is under way."""
        with self._lock:
            self._events.close()  # type: ignore[attr-defined]
