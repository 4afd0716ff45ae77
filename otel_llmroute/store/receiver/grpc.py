"""OTLP over gRPC. Bodies are parsed here and not by the library, so that a wrong one is an INVALID_ARGUMENT."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc  # type: ignore[import-untyped]

from otel_llmroute.store.errors import PortInUse
from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.receiver.refusals import Refused, failed, malformed, not_now, status, too_slow
from otel_llmroute.store.receiver.room import BODY_S
from otel_llmroute.store.receiver.signals import SIGNALS, Signal

logger = logging.getLogger(__name__)

MAX_MESSAGE: Final = 4 * 2**20
"""Bytes of a message, as many as the Collector takes unless it is told otherwise: the library holds several times as
much for each sender."""
OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    # Two stores must not share a port without knowing.
    ("grpc.so_reuseport", 0),
)

RECEIVING: Final = 8
"""Messages that are read at once. Others wait in the network, and not in memory."""
PROMPT_S: Final = 0.25
"""Seconds after which a message that is not whole makes way for others, and is read beside them."""
SLOW: Final = 24
"""Messages that are read beside those: of senders that are slow, or gone without a word."""
STATUS_DETAILS: Final = "grpc-status-details-bin"

Handler = Callable[[Any, Any], Awaitable[bytes]]


class OTLPServer:
    """The three services on one port. ``token``: what callers must send as ``authorization: Bearer ...``, if any."""

    def __init__(self, intake: Intake, token: str | None) -> None:
        self._server = grpc.aio.server(options=OPTIONS, compression=grpc.Compression.NoCompression)
        self._server.add_generic_rpc_handlers((_Services(intake, token),))

    def bind(self, host: str, port: int) -> int:
        """Take the port (0: a free one) and return it. Raises ``PortInUse``."""
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            bound = int(self._server.add_insecure_port(address))
        except RuntimeError:
            bound = 0
        if not bound:
            raise PortInUse(
                f"port {port} on {host} (--otlp-grpc-port) cannot be listened on: it is in use",
                "--otlp-grpc-port 0 for a free one",
            )
        return bound

    async def start(self) -> None:
        await self._server.start()

    async def stop(self, grace_s: float) -> None:
        """Take no new calls; give those under way ``grace_s`` seconds."""
        await self._server.stop(grace_s)


class _Services(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Calls of one message. They are handled as streams of one, because then the message is read when there is room for
    it, and not before."""

    def __init__(self, intake: Intake, token: str | None) -> None:
        receiving = _Receiving()
        self._handlers = {
            signal.method: grpc.stream_unary_rpc_method_handler(_export(intake, signal, token, receiving))
            for signal in SIGNALS
        }

    def service(self, handler_call_details: Any) -> Any:
        return self._handlers.get(handler_call_details.method)


def _export(intake: Intake, signal: Signal, token: str | None, receiving: _Receiving) -> Handler:
    async def export(_: Any, context: Any) -> bytes:
        if token is not None and not _has_token(context, token):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is missing or wrong")
        try:
            with intake.bodies.part() as part:
                body = await receiving.message(context)
                part.take(len(body))
                message = await intake.take(signal, body)
        except Refused as refused:
            await _abort(context, refused)
        except Exception:
            logger.exception("Could not take a request for %s", signal.name)
            await _abort(context, failed())
        return bytes(message.SerializeToString())

    return export


class _Receiving:
    """The messages that are being read. One that stalls keeps no other waiting for longer than ``PROMPT_S``."""

    def __init__(self) -> None:
        self._prompt = asyncio.Semaphore(RECEIVING)
        self._slow = asyncio.Semaphore(SLOW)

    async def message(self, context: Any) -> bytes:
        """The message of a call. Raises ``Refused``."""
        async with self._prompt:
            reading = asyncio.ensure_future(context.read())
            try:
                await asyncio.wait({reading}, timeout=PROMPT_S)
            except asyncio.CancelledError:
                reading.cancel()
                raise
        try:
            return await self._read(reading)
        finally:
            reading.cancel()

    async def _read(self, reading: asyncio.Future[Any]) -> bytes:
        if not reading.done():
            if self._slow.locked():
                raise not_now("too many messages come slowly")
            async with self._slow:
                await asyncio.wait({reading}, timeout=BODY_S - PROMPT_S)
        if not reading.done():
            raise too_slow(f"the message took longer than {BODY_S:g} s")
        body = reading.result()
        if body is grpc.aio.EOF:
            raise malformed("the call has no message")
        return bytes(body)


async def _abort(context: Any, refused: Refused) -> None:
    """End a call with the status in full: senders look for ``RetryInfo`` in it."""
    details = ((STATUS_DETAILS, status(refused).SerializeToString()),)
    await context.abort(grpc.StatusCode[refused.grpc], refused.message, details)


def _has_token(context: Any, token: str) -> bool:
    import hmac

    sent = dict(context.invocation_metadata() or ()).get("authorization", "")
    return hmac.compare_digest(str(sent).encode(), f"Bearer {token}".encode())
