"""One try to deliver a notice: a POST to where the file says and nowhere else, signed, with an end.

No proxy is used and no redirect is followed. Connecting and each answer from the other side may take ``STEP_S``, the
whole try ``WHOLE_S``.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.metadata import version
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

STEP_S: Final = 10.0
WHOLE_S: Final = 20.0
SIGNATURE: Final = "Llmroute-Signature"
ID: Final = "Llmroute-Notice-Id"


class Failure(NamedTuple):
    """Why a notice was not taken, and whether somebody was there who did not take it."""

    reason: str
    was_answered: bool


def send(url: str, notice: dict[str, Any], secret: bytes | None = None, whole_s: float = WHOLE_S) -> Failure | None:
    """Try once. ``None`` when it was taken (status 2xx). Never raises."""
    body = json.dumps(notice, ensure_ascii=False).encode()
    try:
        with _connected(url, whole_s) as connection:
            connection.request("POST", _path(url), body, _headers(notice, body, secret))
            status = connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        return Failure(f"{_origin(url)} cannot be reached ({_why(error)})", was_answered=False)
    if 200 <= status < 300:
        return None
    redirect = ": redirects are not followed" if 300 <= status < 400 else ""
    return Failure(f"{_origin(url)} answered with status {status}{redirect}", was_answered=True)


def signature(secret: bytes, body: bytes, at_s: int) -> str:
    """``t=SECONDS,v1=HEX``: HMAC-SHA256 over the seconds since 1970, a full stop and the body."""
    mac = hmac.new(secret, f"{at_s}.".encode() + body, hashlib.sha256)
    return f"t={at_s},v1={mac.hexdigest()}"


def _headers(notice: dict[str, Any], body: bytes, secret: bytes | None) -> dict[str, str]:
    signed = {SIGNATURE: signature(secret, body, int(time.time()))} if secret else {}
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"llmroute/{version('otel-llmroute')}",
        "Connection": "close",
        ID: notice["id"],
        **signed,
    }


@contextlib.contextmanager
def _connected(url: str, whole_s: float) -> Iterator[HTTPConnection]:
    """A connection that is broken off after ``whole_s``, however slowly the other side goes on."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: HTTPConnection = (
        HTTPSConnection(host, parts.port, timeout=STEP_S, context=ssl.create_default_context())
        if parts.scheme == "https"
        else HTTPConnection(host, parts.port, timeout=STEP_S)
    )
    end = threading.Timer(whole_s, _break_off, (connection,))
    end.daemon = True
    end.start()
    try:
        connection.connect()
        yield connection
    finally:
        end.cancel()
        connection.close()


def _break_off(connection: HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _origin(url: str) -> str:
    """Scheme, host and port: the rest of the address may be a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error or type(error).__name__)
