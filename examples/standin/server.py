"""The server: one thread per connection, answers from a script or by a function of the request."""

from __future__ import annotations

import itertools
import socket
import threading
import traceback
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from standin import answers
from standin.reply import Reply
from standin.request import Request

Answer = Reply | Callable[[Request], Reply]
GONE = (OSError, ValueError)
"""What reading from or writing to a connection raises when either side has closed it."""


class Standin:
    """An HTTP/1.1 server on loopback that answers as OpenAI and Anthropic do. Use it as a context manager.

    ``script`` queues answers that are given once each, in order; after them, and from the start without a script, the
    ``default`` answers every request: ``answers.answer`` unless told otherwise. Safe for use from any thread.
    """

    def __init__(self, port: int = 0, keep: int = 10_000) -> None:
        """``port`` 0 takes any free one; the last ``keep`` requests are remembered."""
        self._script: deque[Answer] = deque()
        self._default: Answer = answers.answer
        self._seen: deque[Request] = deque(maxlen=keep)
        self._ids = itertools.count(1)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._acceptor = threading.Thread(target=self._accept, name="standin", daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Standin:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """The ``base_url`` of an OpenAI client."""
        return f"{self.url}/v1"

    @property
    def anthropic_url(self) -> str:
        """The ``base_url`` of an Anthropic client."""
        return self.url

    @property
    def requests(self) -> list[Request]:
        """The requests read so far, oldest first."""
        with self._lock:
            return list(self._seen)

    def script(self, *answers: Answer) -> None:
        """Queue answers, each for one request, in order of arrival."""
        with self._lock:
            self._script.extend(answers)

    def default(self, answer: Answer) -> None:
        """Answer so whenever the script is empty."""
        self._default = answer

    def close(self) -> None:
        """Stop listening, drop what is open, wait for the threads. Closing twice is harmless."""
        if self._stopped.is_set():
            return
        address = self._listener.getsockname()
        self._stopped.set()
        with socket.create_connection(address):  # wakes the acceptor on every platform; closing the listener does not
            self._acceptor.join()
        self._listener.close()
        with self._lock:
            open_connections = dict(self._connections)
        for connection, thread in open_connections.items():
            _shut(connection)
            thread.join()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopped.is_set():
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), name="standin", daemon=True)
            with self._lock:
                self._connections[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection.makefile("rb") as reader:
                while not self._stopped.is_set() and self._exchange(connection, reader):
                    pass
        except GONE:
            pass
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            _shut(connection)
            connection.close()

    def _exchange(self, connection: socket.socket, reader: BinaryIO) -> bool:
        """Answer one request; whether the connection is good for another."""
        request = _read(reader)
        if request is None:
            return False
        reply = self._reply_to(request)
        if reply.delay and self._stopped.wait(reply.delay):
            return False
        if reply.drop:
            return False
        self._write(connection, reply, request)
        if reply.hang:
            reader.read(1)  # until the client goes away, or close() shuts the connection
        return reply.cut_after is None and not reply.hang and request.headers.get("connection") != "close"

    def _reply_to(self, request: Request) -> Reply:
        with self._lock:
            self._seen.append(request)
            answer = self._script.popleft() if self._script else self._default
        try:
            return answer if isinstance(answer, Reply) else answer(request)
        except Exception:
            # The test or demo that gave this function must see what is wrong with it.
            return Reply(500, {"x-should-retry": "false"}, body=traceback.format_exc().encode())

    def _write(self, connection: socket.socket, reply: Reply, request: Request) -> None:
        writes = reply.writes()
        _, data = next(writes)
        connection.sendall(reply.head + self._request_id(reply, request) + b"\r\n" + data)
        for wait, data in writes:
            if wait and self._stopped.wait(wait):
                return
            connection.sendall(data)

    def _request_id(self, reply: Reply, request: Request) -> bytes:
        name = "request-id" if request.is_anthropic else "x-request-id"
        if name in reply.headers:
            return b""
        return b"%b: req_standin%08d\r\n" % (name.encode(), next(self._ids))


def _read(reader: BinaryIO) -> Request | None:
    """The next request of a connection; None when it ended. Bodies need a content-length, as the SDKs send it."""
    line = reader.readline()
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = {}
    while (line := reader.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, reader.read(int(headers.get("content-length", 0))))


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the client was first
