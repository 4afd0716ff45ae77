"""The body of an OTLP request -> what is spooled. Limits and wrong input end here."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from google.protobuf.json_format import MessageToJson, ParseDict  # type: ignore[import-untyped]
from google.protobuf.json_format import ParseError as JsonError
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.canonical import Canonical, canonical
from otel_llmroute.store.receiver.refusals import malformed, too_large, unsupported
from otel_llmroute.store.receiver.signals import Signal
from otel_llmroute.store.receiver.simple import has_empty_list, simplify

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
MAX_BODY: Final = 16 * 2**20
"""Bytes of a body as sent."""
MAX_DECOMPRESSED: Final = 20 * 2**20
"""Bytes of a body after gzip, as many as the Collector takes. Parsed, the worst takes 90 times as much memory."""
MAX_BRACKETS: Final = 500_000
"""Opening brackets in a JSON body: each may be an object or a list, which take time and 70 bytes at least."""


def decompressed(body: bytes, encoding: str, limit: int) -> bytes | None:
    """``body`` without its content encoding; ``None`` when that has more than ``limit`` bytes, which are not made.
    Raises ``Refused``."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body if len(body) <= limit else None
    if encoding != "gzip":
        raise unsupported(f"content encoding {encoding[:40]!r} is not supported: send gzip or none")
    decompressor = zlib.decompressobj(wbits=31)
    try:
        whole = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise malformed(f"the body is not gzip: {error}") from error
    if len(whole) > limit:
        return None
    if not decompressor.eof:
        raise malformed("the gzip body is cut short")
    if decompressor.unused_data:
        raise malformed("more follows the gzip body: send one gzip member")
    return whole


def media_type(content_type: str) -> str:
    """``PROTOBUF`` or ``JSON``. Raises ``Refused`` for another."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (PROTOBUF, JSON):
        raise unsupported(f"content type {kind[:60]!r} is not supported: send {PROTOBUF} or {JSON}")
    return kind


def canonical_of(signal: Signal, body: bytes, kind: str) -> Canonical:
    """What is spooled of the request in ``body``. Raises ``Refused`` when it is not one."""
    if kind == JSON:
        message = _from_json(signal, body)
        simplify(signal, message)
        return canonical(signal, message)
    message = _from_protobuf(signal, body)
    found = canonical(signal, message)
    if not has_empty_list(signal, found.body):
        return found
    simplify(signal, message)
    return replace(found, body=message.SerializeToString())


def _from_protobuf(signal: Signal, body: bytes) -> Message:
    message = signal.request()
    try:
        message.MergeFromString(body)
    except (DecodeError, RecursionError) as error:
        raise malformed(f"the body is not an OTLP protobuf request for {signal.name}") from error
    return message


def _from_json(signal: Signal, body: bytes) -> Message:
    message = signal.request()
    if body.count(b"{") + body.count(b"[") > MAX_BRACKETS:
        raise too_large(f"the body has more than {MAX_BRACKETS} objects and lists: send smaller batches")
    try:
        tree = json.loads(body)
        if not isinstance(tree, dict):
            raise ValueError("it is not an object")
        for record in _records(tree):
            _ids_to_base64(record)
        ParseDict(tree, message, ignore_unknown_fields=True, max_recursion_depth=100)
    except _NOT_A_REQUEST as error:
        reason = " ".join(str(error).split())[:200]
        raise malformed(f"the body is not an OTLP JSON request for {signal.name}: {reason}") from error
    return message


_NOT_A_REQUEST: Final = (
    JsonError, ValueError, TypeError, AttributeError, RecursionError, OverflowError,
    SystemError,  # a key with half a surrogate, in protobuf's own code
)  # fmt: skip
_CHILDREN: Final = (
    "resourceSpans", "resourceLogs", "resourceMetrics", "scopeSpans", "scopeLogs", "scopeMetrics",
    "spans", "logRecords", "metrics", "links", "sum", "gauge", "histogram", "exponentialHistogram",
    "dataPoints", "exemplars",
)  # fmt: skip
_IDS: Final = ("traceId", "spanId", "parentSpanId")


def _records(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of an OTLP JSON request that can hold ids; never the user's own values."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in _CHILDREN if key in node)


def _ids_to_base64(record: dict[str, Any]) -> None:
    """OTLP JSON writes ids as hex; protobuf's own JSON, which parses the rest, expects base64."""
    for key in _IDS:
        value = record.get(key)
        if isinstance(value, str):
            try:
                record[key] = base64.b64encode(binascii.unhexlify(value)).decode()
            except binascii.Error as error:
                raise ValueError(f"{key} is not hexadecimal") from error


def answer(signal: Signal, rejected: int, reason: str) -> Message:
    """What the sender is told when the rest is stored. ``rejected`` records were not taken, for ``reason``."""
    response = signal.response()
    if rejected:
        partial = response.partial_success
        setattr(partial, signal.rejected, rejected)
        partial.error_message = reason
    return response


def encoded(message: Message, kind: str) -> bytes:
    """``message`` in the media type that the request had."""
    if kind == JSON:
        return str(MessageToJson(message, indent=None)).encode()
    return bytes(message.SerializeToString())
