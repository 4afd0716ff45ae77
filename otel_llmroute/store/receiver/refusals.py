"""Requests that are not taken: the status over HTTP, its name over gRPC, and whether to send again."""

from __future__ import annotations

from typing import Final

from google.protobuf.duration_pb2 import Duration  # type: ignore[import-untyped]
from google.protobuf.message import Message  # type: ignore[import-untyped]
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

RETRY_AFTER_S: Final = 1


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


def too_slow(message: str) -> Refused:
    return Refused(408, "CANCELLED", message)


def too_large(message: str) -> Refused:
    return Refused(413, "RESOURCE_EXHAUSTED", message)


def unsupported(message: str) -> Refused:
    return Refused(415, "UNIMPLEMENTED", message)


def failed() -> Refused:
    return Refused(500, "INTERNAL", "the store failed: see its log")


def not_now(why: str) -> Refused:
    return Refused(503, "UNAVAILABLE", f"{why}: send again later")


_CODES: Final = {
    "CANCELLED": 1,
    "INVALID_ARGUMENT": 3,
    "RESOURCE_EXHAUSTED": 8,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
}


def status(refused: Refused) -> Message:
    """The body of an answer that says no: ``google.rpc.Status``, with ``RetryInfo`` when to send again."""
    found = Status(code=_CODES[refused.grpc], message=refused.message)
    if refused.may_retry:
        found.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    return found
