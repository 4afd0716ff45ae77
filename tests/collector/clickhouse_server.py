"""The real engine behind the HTTP interface of a ClickHouse server, as far as the Collector's exporter uses it.

The embedded engine cannot listen, so this process does: it takes statements and Native blocks in ClickHouse's own
compressed frames, and hands them on. A fault that it is told of meets the exporter alone, never those who ask.
``python -m tests.collector.clickhouse_server FOLDER PORT``; it says ``ready`` when it listens.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import lz4.block
from clickhouse_cityhash.cityhash import CityHash128

from otel_llmroute.store.quoting import quoted
from otel_llmroute.store.web.clickhouse_native import for_protocol
from otel_llmroute.store.web.clickhouse_settings import NOT_SETTINGS

LZ4, PLAIN = 0x82, 0x02
FRAME = struct.Struct("<BII")
"""After 16 bytes of checksum: the method, the size from here on, the size of what is in it."""
NO_SETTINGS = NOT_SETTINGS | {"compress", "decompress"}
"""Parameters of a request that the interface itself reads."""


def unframed(data: bytes) -> bytes:
    """What is in compressed frames. Raises ``ValueError`` when a checksum does not fit."""
    parts, at = [], 0
    while at < len(data):
        method, size, plain_size = FRAME.unpack_from(data, at + 16)
        frame = data[at + 16 : at + 16 + size]
        if checksum(frame) != data[at : at + 16]:
            raise ValueError("Code: 40. DB::Exception: Checksum doesn't match: corrupted data. (CHECKSUM_DOESNT_MATCH)")
        body = frame[FRAME.size :]
        parts.append(lz4.block.decompress(body, plain_size) if method == LZ4 else body)
        at += 16 + size
    return b"".join(parts)


def framed(data: bytes) -> bytes:
    """``data`` as one frame, not compressed: answers are short."""
    frame = FRAME.pack(PLAIN, len(data) + FRAME.size, len(data)) + data
    return checksum(frame) + frame


def checksum(frame: bytes) -> bytes:
    first, second = divmod(int(CityHash128(frame)), 1 << 64)
    return struct.pack("<QQ", first, second)


class Engine:
    """The engine on a folder; each request has a handle of its own."""

    def __init__(self, folder: Path) -> None:
        import chdb

        folder.mkdir(parents=True, exist_ok=True)
        self._chdb, self._place = chdb, str((folder / "engine").resolve())
        # Stays open, so that the engine lives on from one request to the next.
        self._keeper = chdb.connect(self._place)
        self._files = folder / "inserts"
        self._files.mkdir(exist_ok=True)

    def answer(self, statement: str, database: str, settings: Mapping[str, str], form: str) -> bytes:
        """What the engine says to a statement, in ``form`` when it names none."""
        with self._handle(database, settings) as handle:
            return bytes(handle.query(statement, form).bytes() or b"")

    def insert(self, statement: str, database: str, settings: Mapping[str, str], block: bytes) -> None:
        """Insert a body in the format that ``statement`` ends with."""
        into, form = re.split(r"(?i)\s+FORMAT\s+", statement.strip())
        with tempfile.NamedTemporaryFile(dir=self._files) as file, self._handle(database, settings) as handle:
            file.write(block)
            file.flush()
            handle.query(f"{into} FROM INFILE '{file.name}' FORMAT {form}", "Null")

    @contextlib.contextmanager
    def _handle(self, database: str, settings: Mapping[str, str]) -> Iterator[Any]:
        handle = self._chdb.connect(self._place)
        try:
            handle.query(f"USE {quoted(database or 'default', '`')}", "Null")
            if settings:
                listed = ", ".join(f"{name} = {quoted(value)}" for name, value in settings.items())
                handle.query(f"SET {listed}", "Null")
            yield handle
        finally:
            handle.close()


class Fault:
    """What goes wrong from now on: ``kind``, how often (-1: until told otherwise), and for how many seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.met = 0
        self.set("none", -1, 0.0)

    def set(self, kind: str, times: int, seconds: float) -> None:
        with self._lock:
            self._kind, self._times, self.seconds, self.met = kind, times, seconds, 0

    def next(self, is_insert: bool) -> str:
        """What is to go wrong with this request."""
        with self._lock:
            meets = self._kind != "none" and self._times != 0 and (is_insert or self._kind in ("500", "503", "refuse"))
            if not meets:
                return "none"
            self._times -= 1
            self.met += 1
            return self._kind


class Handler(BaseHTTPRequestHandler):
    """Statements and inserts by GET or POST."""

    engine: Engine
    fault = Fault()
    protocol_version = "HTTP/1.1"
    # Header and body in two packets would wait for each other.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        place = urlsplit(self.path)
        asked = dict(parse_qsl(place.query, keep_blank_values=True))
        body = self._body()
        if place.path == "/fault":
            self._told(asked)
            return
        is_insert = bool(re.match(r"(?i)\s*INSERT\b", asked.get("query", "")))
        fault = self.fault.next(is_insert) if "clickhouse-go" in self.headers.get("user-agent", "") else "none"
        if fault in ("500", "503", "refuse", "hang"):
            self._fail(fault, asked)
            return
        if fault == "slow":
            time.sleep(self.fault.seconds)
        try:
            answer = self._answer(asked, body, is_insert)
        except Exception as error:
            self._refuse(str(error), asked)
            return
        if fault == "cut":
            self._hang_up()
            return
        self._send(200, framed(answer) if asked.get("compress") == "1" else answer)

    def _told(self, asked: dict[str, str]) -> None:
        """Take a fault, or say how many requests met the last one."""
        if "kind" in asked:
            self.fault.set(asked["kind"], int(asked.get("times", -1)), float(asked.get("seconds", 0)))
        self._send(200, str(self.fault.met).encode())

    def _answer(self, asked: dict[str, str], body: bytes, is_insert: bool) -> bytes:
        settings = {
            key: value for key, value in asked.items() if key not in NO_SETTINGS and not key.startswith("param_")
        }
        database, data = asked.get("database", ""), unframed(body) if asked.get("decompress") == "1" else body
        if is_insert:
            self.engine.insert(asked["query"], database, settings, data)
            return b""
        statement = asked.get("query", "") + data.decode()
        form = asked.get("default_format", "TabSeparated")
        answer = self.engine.answer(statement, database, settings, form)
        if form == "Native":
            return for_protocol(answer, asked.get("client_protocol_version", ""))
        return answer

    def _refuse(self, said: str, asked: dict[str, str]) -> None:
        """An exception, as a server words it; in a frame for who asked for frames."""
        found = re.search(r"Code: (\d+)", said)
        body = framed(said.encode()) if asked.get("compress") == "1" else said.encode()
        self._send(500, body, int(found[1]) if found else 0)

    def _fail(self, fault: str, asked: dict[str, str]) -> None:
        if fault == "hang":
            time.sleep(self.fault.seconds)
        if fault in ("hang", "refuse"):
            self._hang_up()
        elif fault == "503":
            self._send(503, b"Service Unavailable")
        else:
            self._refuse("Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)", asked)

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _hang_up(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, body: bytes, code: int = 0) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-clickhouse-timezone", "UTC")
        if code:
            self.send_header("x-clickhouse-exception-code", str(code))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


class Listener(ThreadingHTTPServer):
    """Many connections at once; a port that was in use a moment ago is free again."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that went away are no news."""


def main(folder: str, port: str) -> None:
    """Serve until the process is ended."""
    Handler.engine = Engine(Path(folder))
    server = Listener(("127.0.0.1", int(port)), Handler)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
