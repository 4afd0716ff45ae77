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
from otel_llmroute.store.receiver.otlp import (
    JSON,
    MAX_BODY,
    PROTOBUF,
    Refused,
    encoded,
    media_type,
    plain,
    status,
    too_large,
)
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
        raw = await _body(request)
        encoding = request.headers.get("content-encoding", "")
        body = await asyncio.to_thread(plain, raw, encoding) if encoding else raw
        message = await intake.take(signal, body, kind)
    except Refused as refused:
        return _refusal(refused, kind)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        logger.exception("Could not take a request for %s", signal.name)
        return _refusal(Refused(500, "INTERNAL", "the store failed: see its log"), kind)
    return Response(encoded(message, kind), media_type=kind)


async def _body(request: Request) -> bytes:
    """The body as sent. Of one that is too large no more than ``MAX_BODY`` bytes are kept."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_DRAINED:
        raise _too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_DRAINED:
            raise _too_large()
        if size <= MAX_BODY:
            parts.append(part)
    if size > MAX_BODY:
        raise _too_large()
    return b"".join(parts)


def _too_large() -> Refused:
    return too_large(f"the body has more than {MAX_BODY} bytes: send smaller batches")


def _refusal(refused: Refused, kind: str) -> Response:
    headers = {"Retry-After": "1"} if refused.may_retry else {}
    return Response(encoded(status(refused), kind), refused.http, headers, media_type=kind)
