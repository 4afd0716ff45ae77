"""Everything that listens: OTLP over HTTP and gRPC, web and ClickHouse port, in one event loop, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn

from otel_llmroute.store.errors import NotLoopback, PortInUse, StoreError
from otel_llmroute.store.folder import Folder, Running
from otel_llmroute.store.receiver.grpc import OTLPServer
from otel_llmroute.store.receiver.http import otlp_app
from otel_llmroute.store.service import VERSION, Service
from otel_llmroute.store.token import token_told
from otel_llmroute.store.web.app import web_app
from otel_llmroute.store.web.clickhouse import clickhouse_app
from otel_llmroute.store.web.clickhouse_errors import guard_refusal
from otel_llmroute.store.web.clickhouse_request import passwords
from otel_llmroute.store.web.guard import Guard, is_loopback
from otel_llmroute.store.web.login import Login

if TYPE_CHECKING:
    from starlette.types import ASGIApp

DRAIN_S: Final = 5
"""Seconds that requests under way get when the store stops."""
MIN_TOKEN: Final = 16
ADDRESSES: Final = ("web", "otlp_http", "otlp_grpc", "clickhouse")


@dataclass(frozen=True)
class Listening:
    """Where to listen. Port 0 is a free one."""

    host: str = "127.0.0.1"
    otlp_grpc_port: int = 4317
    otlp_http_port: int = 4318
    web_port: int = 8317
    clickhouse_port: int = 8123

    def token(self) -> str | None:
        """The token that callers must send; ``None`` for loopback without one. Raises ``StoreError``."""
        token = token_told()
        if token is not None and len(token) < MIN_TOKEN:
            raise StoreError(
                f"LLMROUTE_TOKEN has {len(token)} characters, fewer than {MIN_TOKEN}", "openssl rand -hex 24"
            )
        if token is None and not is_loopback(self.host):
            raise NotLoopback(
                f"--host {self.host} can be reached by other machines and no token is set",
                "--host 127.0.0.1, or LLMROUTE_TOKEN=... which every sender and reader must then send",
            )
        return token


class _Server(uvicorn.Server):
    """Leaves signals to ``serve``: several servers share the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    folder: Folder, listening: Listening, until_stdin_closes: bool, ready: Callable[[Running], None]
) -> None:
    """Run the store until SIGTERM or SIGINT (or the end of stdin), then store what was taken and return."""
    token = listening.token()
    stop = _stop_event(until_stdin_closes)
    with contextlib.ExitStack() as held:
        http = held.enter_context(_listen(listening.host, listening.otlp_http_port, "--otlp-http-port"))
        web = held.enter_context(_listen(listening.host, listening.web_port, "--web-port"))
        clickhouse = held.enter_context(_listen(listening.host, listening.clickhouse_port, "--clickhouse-port"))
        if listening.otlp_grpc_port:
            # Tried before the engine is opened, and without the library's own words about it.
            _listen(listening.host, listening.otlp_grpc_port, "--otlp-grpc-port").close()
        service = await asyncio.to_thread(Service, folder)
        held.callback(service.close)
        grpc = OTLPServer(service.intake, token)
        grpc_port = grpc.bind(listening.host, listening.otlp_grpc_port)
        running = _running(service, listening.host, web, http, clickhouse, grpc_port)
        await grpc.start()
        servers = [
            (_server(Guard(otlp_app(service.intake), token)), http),
            (_server(_guarded_page(web_app(service), token)), web),
            (_server(Guard(clickhouse_app(service), token, passwords, guard_refusal)), clickhouse),
        ]
        tasks = [asyncio.create_task(server.serve(sockets=[sock])) for server, sock in servers]
        try:
            while not all(server.started for server, _ in servers):
                await asyncio.sleep(0.01)
            service.addresses = {name: getattr(running, name) for name in ADDRESSES}
            service.needs_token = token is not None
            folder.announce(running)
            ready(running)
            await stop.wait()
        finally:
            folder.withdraw()
            await grpc.stop(DRAIN_S)
            for server, _ in servers:
                server.should_exit = True
            await asyncio.gather(*tasks)


def _guarded_page(app: ASGIApp, token: str | None) -> ASGIApp:
    guarded = Guard(app, token)
    return guarded if token is None else Login(app, guarded, token)


def _server(app: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=DRAIN_S,
            timeout_keep_alive=75,
        )
    )


def _listen(host: str, port: int, option: str) -> socket.socket:
    """A listening socket. Raises ``PortInUse``."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, OverflowError, UnicodeError) as error:
        raise StoreError(f"--host {host} port {port} is not an address", "--host 127.0.0.1") from error
    sock = socket.socket(family, kind, protocol)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(address)
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise _cannot_listen(host, port, option, error) from error
    sock.setblocking(False)
    return sock


def _cannot_listen(host: str, port: int, option: str, error: OSError) -> StoreError:
    why = "it is in use" if error.errno == errno.EADDRINUSE else str(error.strerror).lower()
    return PortInUse(f"port {port} on {host} ({option}) cannot be listened on: {why}", f"{option} 0 for a free one")


def _running(
    service: Service, host: str, web: socket.socket, http: socket.socket, clickhouse: socket.socket, grpc_port: int
) -> Running:
    named = f"[{host}]" if ":" in host else host
    return Running(
        pid=os.getpid(),
        start=service.start,
        data=str(service.folder.path),
        place=service.folder.place,
        web=f"http://{named}:{web.getsockname()[1]}",
        otlp_http=f"http://{named}:{http.getsockname()[1]}",
        otlp_grpc=f"http://{named}:{grpc_port}",
        version=VERSION,
        clickhouse=f"http://{named}:{clickhouse.getsockname()[1]}",
    )


def _stop_event(until_stdin_closes: bool) -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        threading.Thread(target=_at_end_of_stdin, args=(loop, stop), daemon=True).start()
    return stop


def _at_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop.set)
