"""The real engine behind the HTTP interface of a ClickHouse server, as far as clickhouse-connect uses it.

The embedded engine cannot listen, so this process does and hands statements on. It has one user, no cluster, no Keeper.
``python -m tests.store.clickhouse_server FOLDER [PASSWORD [VERSION]]`` prints its port; VERSION is what it says it is.
"""

from __future__ import annotations

import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Engine:
    """One handle on the engine, for one request at a time."""

    def __init__(self, folder: str) -> None:
        import chdb

        self._chdb, self._folder = chdb, folder
        self._handle = chdb.connect(folder)
        self._lock = threading.Lock()

    def answer(self, statement: str, database: str) -> bytes:
        with self._lock:
            try:
                self._handle.query(f"USE {database or 'default'}")
                return bytes(self._handle.query(statement, "TabSeparated").bytes() or b"")
            except Exception:
                # The engine would give rows of a failed statement to the next one.
                self._handle.close()
                self._handle = self._chdb.connect(self._folder)
                raise


class Handler(BaseHTTPRequestHandler):
    """Statements by GET or POST."""

    engine: Engine
    password = ""
    version = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._respond("")

    def do_POST(self) -> None:
        self._respond(self.rfile.read(int(self.headers.get("content-length", 0))).decode())

    def _respond(self, body: str) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if self.password and not self._is_known():
            self._send(403, b"Code: 516. DB::Exception: default: Authentication failed.", 516)
            return
        statement = asked.get("query", "") + body
        if self.version:
            statement = statement.replace("version()", f"'{self.version}' AS version")
        try:
            self._send(200, self.engine.answer(statement, asked.get("database", "")))
        except Exception as error:
            found = re.search(r"Code: (\d+)", str(error))
            self._send(500, str(error).encode(), int(found[1]) if found else 0)

    def _is_known(self) -> bool:
        from base64 import b64encode

        expected = b64encode(f"default:{self.password}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _send(self, status: int, body: bytes, code: int = 0) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if code:
            self.send_header("x-clickhouse-exception-code", str(code))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


def main(folder: str, password: str = "", version: str = "") -> None:
    """Serve until the process is ended."""
    Handler.engine, Handler.password, Handler.version = Engine(folder), password, version
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
