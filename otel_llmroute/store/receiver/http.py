"""OTLP over HTTP: protobuf and JSON, plain and gzip."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.receiver.otlp import JSON, MAX_BODY, PROTOBUF, encoded, media_type
from otel_llmroute.store.receiver.refusals import RETRY_AFTER_S, Refused, failed, status, too_large, too_slow
from otel_llmroute.store.receiver.room import BODY_S, Part
from otel_llmroute.store.receiver.signals import SIGNALS, Signal

MAX_DRAINED: Final = 4 * MAX_BODY
"""A body that is too large is read this far and thrown away: a sender that is cut off in the middle sees a broken
connection and not the answer."""

logger = logging.getLogger(__name__)


def otlp_app(intake: Intake) -> Starlette:
    """The application that listens on the OTLP/HTTP port."""
    return Starlette(routes=[_route(intake, signal) for signal in SIGNALS])


def _route(intake: Intake, signal: Signal) -> Route:
    async def export(request: Request) -> Response:
        return await _export(intake, signal, request)

    return Route(signal.path, export, methods=["POST"], name=signal.name)


async def _export(intake: Intake, signal: Signal, request: Request) -> Response:
    kind = JSON if "json" in request.headers.get("content-type", "") else PROTOBUF
    try:
        kind = media_type(request.headers.get("content-type", ""))
        with intake.bodies.part() as part:
            body = await _in_time(request, part)
            message = await intake.take(signal, body, kind, request.headers.get("content-encoding", ""))
    except Refused as refused:
        return _refusal(refused, kind)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        logger.exception("Could not take a request for %s", signal.name)
        return _refusal(failed(), kind)
    return Response(encoded(message, kind), media_type=kind)


async def _in_time(request: Request, part: Part) -> bytes:
    try:
        return await asyncio.wait_for(_body(request, part), BODY_S)
    except asyncio.TimeoutError as error:
        raise too_slow(f"the body took longer than {BODY_S:g} s") from error


async def _body(request: Request, part: Part) -> bytes:
    """The body as sent. One that there is no room for, or that is too large, is read to its end and thrown away."""
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isdigit() else 0
    if announced > MAX_DRAINED:
        raise _too_large()
    # At once for all of it: of many that come together, some are taken whole.
    refused = _no_room(part, min(announced, MAX_BODY))
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_DRAINED:
            raise _too_large()
        if refused is None and size <= MAX_BODY:
            refused = _no_room(part, size - part.held)
            chunks.append(chunk)
        if refused is not None:
            chunks.clear()
    if size > MAX_BODY:
        raise _too_large()
    if refused is not None:
        raise refused
    return b"".join(chunks)


def _no_room(part: Part, size: int) -> Refused | None:
    try:
        part.take(max(0, size))
    except Refused as refused:
        return refused
    return None


def _too_large() -> Refused:
    return too_large(f"the body has more than {MAX_BODY} bytes: send smaller batches")


def _refusal(refused: Refused, kind: str) -> Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if refused.may_retry else {}
    return Response(encoded(status(refused), kind), refused.http, headers, media_type=kind)
