"""ClickHouse's HTTP interface over the embedded engine, to read: for ``curl``, clickhouse-connect and BI tools.

https://clickhouse.com/docs/interfaces/http. Questions go the way of every statement of a user's own
(``questions.sql.parsed``): what does not read, or reaches out of the store, is refused with a server's error.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from otel_llmroute.store.database import READING
from otel_llmroute.store.errors import BadStatement, StoreError
from otel_llmroute.store.questions.sql import parsed
from otel_llmroute.store.raw import RawAnswer, RawQuestion
from otel_llmroute.store.web.clickhouse_errors import refusal
from otel_llmroute.store.web.clickhouse_formats import CONTENT_TYPES
from otel_llmroute.store.web.clickhouse_native import for_protocol
from otel_llmroute.store.web.clickhouse_request import Asked, asked_by
from otel_llmroute.store.web.clickhouse_settings import used
from otel_llmroute.store.web.encodings import MIN_PACKED, PACK, accepted

if TYPE_CHECKING:
    from starlette.requests import Request

    from otel_llmroute.store.database import Session
    from otel_llmroute.store.service import Service

DATABASES: Final = frozenset({"", "default", "information_schema", "INFORMATION_SCHEMA"})
"""Databases whose tables may go by their names alone."""
NO_HANDLE: Final = "There is no handle for that path. Use / for questions, /ping for health checks.\n"

logger = logging.getLogger(__name__)


def clickhouse_app(service: Service) -> Starlette:
    """The application that listens on the ClickHouse port."""

    async def ok(request: Request) -> Response:
        return PlainTextResponse("Ok.\n")

    async def question(request: Request) -> Response:
        if request.method != "POST" and "query" not in request.query_params:
            return await ok(request)
        return await _answer(service, request)

    async def nothing(request: Request, error: Exception) -> Response:
        return PlainTextResponse(NO_HANDLE, 404)

    return Starlette(
        routes=[
            Route("/", question, methods=["GET", "POST"]),
            Route("/ping", ok),
            Route("/replicas_status", ok),
        ],
        exception_handlers={404: nothing},
    )


async def _answer(service: Service, request: Request) -> Response:
    headers = {"X-ClickHouse-Server-Display-Name": "llmroute"}
    try:
        asked = await asked_by(request)
        headers |= {"X-ClickHouse-Query-Id": asked.query_id, "X-ClickHouse-Timezone": _timezone(asked)}
        name, found = await service.read(lambda session: raw(session, asked))
    except StoreError as error:
        return refusal(error, headers)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception as error:
        # Its words may hold the statement, so they stay out of the log.
        logger.error("Could not answer a question on the ClickHouse port: %s", type(error).__name__)
        return refusal(StoreError("the store failed"), headers)
    headers |= {"X-ClickHouse-Format": name, "X-ClickHouse-Summary": _summary(found)}
    return await _packed(found.body, request, {**headers, "Content-Type": CONTENT_TYPES[name]})


def raw(session: Session, asked: Asked) -> tuple[str, RawAnswer]:
    """The format of the answer, and the answer. Raises ``BadStatement``, ``QuestionFailed``."""
    if asked.database not in DATABASES:
        raise BadStatement(f"the database {asked.database[:40]!r} cannot be chosen", "database=default", 497)
    reading = parsed(session, asked.statement, asked.parameters)
    name = reading.format or asked.format
    if name not in CONTENT_TYPES:
        raise BadStatement(f"Unknown format {name[:40]}", "JSON, CSVWithNames or Parquet", 73)
    statement = f"{reading.text}\nFORMAT {name}"
    found = session.raw(RawQuestion(statement, asked.parameters, used(asked.url, READING), asked.database))
    if name == "Native":
        found = replace(found, body=for_protocol(found.body, asked.url.get("client_protocol_version", "")))
    return name, found


def _timezone(asked: Asked) -> str:
    """The zone of times in the answer, in which clients read them."""
    zone = asked.url.get("session_timezone", "")
    return zone if zone and zone.isascii() and zone.isprintable() else str(READING["session_timezone"])


def _summary(found: RawAnswer) -> str:
    """What the answer took. A server writes the numbers as text."""
    numbers = {
        "read_rows": found.read_rows,
        "read_bytes": found.read_bytes,
        "written_rows": 0,
        "written_bytes": 0,
        "total_rows_to_read": 0,
        "result_rows": found.rows,
        "result_bytes": len(found.body),
        "elapsed_ns": int(found.elapsed_s * 1e9),
    }
    return json.dumps({name: str(number) for name, number in numbers.items()})


async def _packed(body: bytes, request: Request, headers: dict[str, str]) -> Response:
    """The answer in a coding that the client takes, when it is large enough to be worth it."""
    headers["Vary"] = "Accept-Encoding"
    coding = accepted(request.headers.get("accept-encoding", ""))
    if coding is not None and len(body) >= MIN_PACKED and request.query_params.get("enable_http_compression") != "0":
        body = await asyncio.to_thread(PACK[coding], body)
        headers["Content-Encoding"] = coding
    return Response(body, headers=headers)
