"""OTLP over gRPC. Bodies are parsed here and not by the library, so that a wrong one is an INVALID_ARGUMENT."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc  # type: ignore[import-untyped]

from otel_llmroute.store.errors import PortInUse
from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.receiver.otlp import MAX_DECOMPRESSED, Refused
from otel_llmroute.store.receiver.signals import SIGNALS, Signal

logger = logging.getLogger(__name__)

OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_DECOMPRESSED),
    # Two stores must not share a port without knowing.
    ("grpc.so_reuseport", 0),
)

Handler = Callable[[bytes, Any], Awaitable[bytes]]


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
    def __init__(self, intake: Intake, token: str | None) -> None:
        self._handlers = {
            signal.method: grpc.unary_unary_rpc_method_handler(_export(intake, signal, token)) for signal in SIGNALS
        }

    def service(self, handler_call_details: Any) -> Any:
        return self._handlers.get(handler_call_details.method)


def _export(intake: Intake, signal: Signal, token: str | None) -> Handler:
    async def export(body: bytes, context: Any) -> bytes:
        if token is not None and not _has_token(context, token):
            await context.abort(grpc.StatusCode.UNAUTHENTICATED, "the token is missing or wrong")
        try:
            message = await intake.take(signal, body)
        except Refused as refused:
            await context.abort(grpc.StatusCode[refused.grpc], refused.message)
        return bytes(message.SerializeToString())

    return export


def _has_token(context: Any, token: str) -> bool:
    import hmac

    sent = dict(context.invocation_metadata() or ()).get("authorization", "")
    return hmac.compare_digest(str(sent).encode(), f"Bearer {token}".encode())
