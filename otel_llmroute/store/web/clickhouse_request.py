"""What a request on the ClickHouse port asks: the statement from its URL and body, its parameters and settings."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from starlette.datastructures import Headers

from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions.statement import one_statement
from otel_llmroute.store.web.encodings import unpacked
from otel_llmroute.store.web.guard import bearer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Scope

MAX_BODY: Final = 1_000_000
"""Bytes of a body that are taken, packed or not. Of a longer one the start says what it was to be."""
MAX_DRAINED: Final = 64_000_000
"""A body is taken to its end up to here, so that who sends too much, an insert for one, sees the answer."""
NOT_IMPLEMENTED: Final = 48
TOO_LARGE: Final = 229


@dataclass(frozen=True)
class Asked:
    """One question. ``parameters``: those of the statement, without ``param_``. ``url``: the others, settings too."""

    statement: str
    parameters: Mapping[str, str]
    url: Mapping[str, str]
    query_id: str
    database: str
    format: str


async def asked_by(request: Request) -> Asked:
    """Raises ``BadStatement`` for what cannot be read."""
    url = dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=1_000))
    body = await _body(request)
    form = _form(body, request.headers.get("content-type", ""))
    if form is not None:
        url, body = {**url, **form}, b""
    if url.get("compress", "0") not in ("0", "false") or url.get("decompress", "0") not in ("0", "false"):
        raise BadStatement("compress=1 is not supported", "compress=0 and Accept-Encoding: gzip", NOT_IMPLEMENTED)
    statement = "\n".join(part for part in (url.get("query", ""), body.decode("utf-8", "replace")) if part.strip())
    if len(body) > MAX_BODY:
        one_statement(statement)
        raise BadStatement(f"the body has more than {MAX_BODY} bytes", "a shorter statement", TOO_LARGE)
    return Asked(
        statement,
        {name.removeprefix("param_"): value for name, value in url.items() if name.startswith("param_")},
        {name: value for name, value in url.items() if not name.startswith("param_")},
        _query_id(url.get("query_id", "")),
        url.get("database") or request.headers.get("x-clickhouse-database", ""),
        request.headers.get("x-clickhouse-format") or url.get("default_format") or "TabSeparated",
    )


async def _body(request: Request) -> bytes:
    """The body, unpacked. Of one that is too large more than ``MAX_BODY`` bytes of its beginning."""
    body, size = b"", 0
    async for part in request.stream():
        size += len(part)
        body += part[: max(0, MAX_BODY + 1 - len(body))]
        if size > MAX_DRAINED:
            break
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if not encoding or encoding == "identity":
        return body
    try:
        return unpacked(body, encoding, MAX_BODY + 1)
    except KeyError:
        raise BadStatement(f"the encoding {encoding[:20]} is not supported", "gzip", NOT_IMPLEMENTED) from None
    except ValueError as error:
        raise BadStatement(f"the body is not {encoding}", "Content-Encoding as the body is", 271) from error


def _form(body: bytes, content_type: str) -> dict[str, str] | None:
    """The fields of a multipart form, which may stand for those of the URL; ``None`` when the body is none."""
    if not content_type.startswith("multipart/form-data"):
        return None
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode("latin-1") + body)
    fields = {}
    for part in message.iter_parts():
        if part.get_filename() is not None:
            raise BadStatement("tables sent with the question are not supported", code=NOT_IMPLEMENTED)
        content = part.get_payload(decode=True)
        name = part.get_param("name", "", header="content-disposition")
        fields[str(name)] = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return fields


def _query_id(given: str) -> str:
    """The id that the answer names: the one given, when a header can hold it."""
    return given if re.fullmatch(r"[\w.:-]{1,100}", given, re.ASCII) else str(uuid.uuid4())


def passwords(scope: Scope) -> Iterable[str]:
    """The tokens a request brings in any of the ways that clients of ClickHouse have to send a password."""
    headers = Headers(scope=scope)
    yield from bearer(scope)
    yield headers.get("x-clickhouse-key", "")
    yield _basic(headers.get("authorization", ""))
    yield dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("password", "")


def _basic(header: str) -> str:
    """The password in ``Authorization: Basic ...``."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8", "replace").partition(":")[2]
    except binascii.Error:
        return ""
