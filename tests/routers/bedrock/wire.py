"""The network end of Amazon Bedrock: a loopback server that answers what a test has scripted, by the real wire format.

Event streams are ``application/vnd.amazon.eventstream``: frames with a prelude, headers and two CRCs
(https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html).
"""

from __future__ import annotations

import base64
import json
import struct
import sys
import threading
import zlib
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def frame(kind: str, body: Any, message: str = "event") -> bytes:
    """One event: ``message`` is ``event`` or ``exception``, ``kind`` its type."""
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (f":{message}-type", kind),
            (":content-type", "application/json"),
            (":message-type", message),
        )
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    checked = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return checked + struct.pack(">I", zlib.crc32(checked))


def _header(name: str, value: str) -> bytes:
    return struct.pack(">B", len(name)) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()


def chunk(body: Any) -> bytes:
    """One event of InvokeModelWithResponseStream."""
    return frame("chunk", {"bytes": base64.b64encode(json.dumps(body).encode()).decode()})


@dataclass
class Said:
    """What the server answers to one request. ``parts`` are sent one by one, with ``pause_s`` after each but the last;
    ``breaks``: then it hangs up.
    """

    parts: list[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    pause_s: float = 0.0


def told(body: Any, status: int = 200, **headers: str) -> Said:
    """A JSON answer. ``headers``: with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said([json.dumps(body).encode()], status, {"content-type": "application/json", **named})


def events(*frames: bytes, breaks: bool = False, **headers: str) -> Said:
    """An event stream."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(list(frames), 200, {"content-type": "application/vnd.amazon.eventstream", **named}, breaks)


def failed(kind: str, status: int, message: str = "no") -> Said:
    """An error of the service."""
    return told({"message": message}, status, x_amzn_errortype=f"{kind}:http://internal.amazon.com/coral/")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # a client may hang up
            super().handle_error(request, client_address)


class Bedrock:
    """The server. ``script`` is what it says next; ``requests`` what it was asked: (path, body)."""

    def __init__(self) -> None:
        self.script: deque[Said] = deque()
        self.requests: list[tuple[str, bytes]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def says(self, *answers: Said) -> None:
        """Answer the next requests so."""
        self.script.extend(answers)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


def _handler(bedrock: Bedrock) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            bedrock.requests.append((self.path, body))
            self._answer(bedrock.script.popleft())

        do_GET = do_POST

        def _answer(self, said: Said) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            length = sum(map(len, said.parts)) + (100 if said.breaks else 0)
            self.send_header("content-length", str(length))
            self.send_header("x-amzn-requestid", "00000000-0000-4000-8000-000000000001")
            self.end_headers()
            for number, part in enumerate(said.parts):
                if number:
                    threading.Event().wait(said.pause_s)  # tests put another `time.sleep` in place
                self.wfile.write(part)
                self.wfile.flush()
            self.close_connection = said.breaks

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
