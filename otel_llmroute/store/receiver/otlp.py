"""The body of an OTLP request -> what is spooled. Limits and wrong input end here."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.json_format import MessageToJson, ParseDict  # type: ignore[import-untyped]
from google.protobuf.json_format import ParseError as JsonError
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.canonical import Canonical, canonical, plain_type, simplify
from otel_llmroute.store.receiver.signals import Signal

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
MAX_BODY: Final = 16 * 2**20
"""Bytes of a body as sent."""
MAX_DECOMPRESSED: Final = 64 * 2**20
"""Bytes of a body after gzip."""


class Refused(Exception):
    """A request that is not taken: the status over HTTP, its name over gRPC, and one line why."""

    def __init__(self, http: int, grpc: str, message: str) -> None:
        super().__init__(message)
        self.http = http
        self.grpc = grpc
        self.message = message

    @property
    def may_retry(self) -> bool:
        """Whether the sender should send the same again later."""
        return self.http in (429, 502, 503, 504)


def malformed(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message)


def too_large(message: str) -> Refused:
    return Refused(413, "RESOURCE_EXHAUSTED", message)


def not_now(why: str) -> Refused:
    return Refused(503, "UNAVAILABLE", f"{why}: send again later")


def unsupported(message: str) -> Refused:
    return Refused(415, "UNIMPLEMENTED", message)


def plain(body: bytes, encoding: str) -> bytes:
    """``body`` without its content encoding. Never makes more than ``MAX_DECOMPRESSED`` bytes. Raises ``Refused``."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding != "gzip":
        raise unsupported(f"content encoding {encoding[:40]!r} is not supported: send gzip or none")
    decompressor = zlib.decompressobj(wbits=31)
    try:
        whole = decompressor.decompress(body, MAX_DECOMPRESSED)
    except zlib.error as error:
        raise malformed(f"the body is not gzip: {error}") from error
    if decompressor.unconsumed_tail:
        raise too_large(f"the body is larger than {MAX_DECOMPRESSED} bytes after gzip: send smaller batches")
    if not decompressor.eof:
        raise malformed("the gzip body is cut short")
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
    else:
        message = _parsed(signal, plain_type(signal), body)
        if message.IsInitialized():
            return canonical(signal, message)
        message = _parsed(signal, signal.request, body)
    simplify(signal, message)
    return canonical(signal, message)


def _parsed(signal: Signal, kind: type[Message], body: bytes) -> Message:
    message = kind()
    try:
        message.MergeFromString(body)
    except (DecodeError, RecursionError) as error:
        raise malformed(f"the body is not an OTLP protobuf request for {signal.name}") from error
    return message


def _from_json(signal: Signal, body: bytes) -> Message:
    message = signal.request()
    try:
        tree = json.loads(body)
        if not isinstance(tree, dict):
            raise ValueError("it is not an object")
        for record in _records(tree):
            _ids_to_base64(record)
        ParseDict(tree, message, ignore_unknown_fields=True, max_recursion_depth=100)
    except (JsonError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise malformed(f"the body is not an OTLP JSON request for {signal.name}: {reason}") from error
    return message


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


_STATUS_CODES: Final = {
    "INVALID_ARGUMENT": 3,
    "RESOURCE_EXHAUSTED": 8,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}


def status(refused: Refused) -> Message:
    """The body of an answer that says no: ``google.rpc.Status``."""
    return Status(code=_STATUS_CODES.get(refused.grpc, 2), message=refused.message)
