"""JSON bodies, of requests and of responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions.values import to_json

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_REQUEST: Final = 1_000_000


async def object_of(request: Request, limit: int = MAX_REQUEST) -> dict[str, Any]:
    """The JSON object sent. The content type is insisted on: a form of another site cannot send it. Raises
    ``BadStatement``."""
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


def text_in(told: dict[str, Any], key: str, default: str | None = None) -> str:
    """The text under ``key``, or ``default`` where there is none. Raises ``BadStatement``."""
    value = told.get(key, default)
    if value is None and default is not None:
        value = default
    if not isinstance(value, str):
        raise BadStatement(f"{key!r} is not text")
    return value


def response_of(value: Any, status: int = 200) -> Response:
    """The response that has ``value`` as its JSON; bytes are JSON already."""
    return Response(value if isinstance(value, bytes) else to_json(value), status, media_type="application/json")


def error_told(kind: str, message: str, hint: str) -> dict[str, Any]:
    """An error as JSON: the one shape that all of them have."""
    return {"error": {"kind": kind, "message": message, "hint": hint}}
