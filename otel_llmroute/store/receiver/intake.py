"""What both transports do with a request: decode it, spool it, and answer when it is on disk."""

from __future__ import annotations

import asyncio
from typing import Final

from google.protobuf.message import Message  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.canonical import Canonical
from otel_llmroute.store.receiver.otlp import PROTOBUF, answer, canonical_of, not_now
from otel_llmroute.store.receiver.signals import Signal
from otel_llmroute.store.receiver.spool import Spool

LARGE: Final = 64 * 1024
"""Bodies above this many bytes are decoded in a thread, so that the others do not wait for them."""
DECODING_BYTES: Final = 256 * 2**20
"""Most bytes of bodies that are decoded at once; a decoded body takes several times its size."""


class Intake:
    """Takes requests, counts what it did with them."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._decoding = 0
        self.rejected = 0
        self.ignored = 0

    async def take(self, signal: Signal, body: bytes, kind: str = PROTOBUF) -> Message:
        """The answer for a request that is on disk. Raises ``Refused``."""
        request = await self._request(signal, body, kind)
        if request.records:
            await asyncio.wrap_future(self._spool.append(signal, request))
        self.rejected += request.rejected
        self.ignored += request.ignored
        return answer(signal, request.rejected, request.reason)

    async def _request(self, signal: Signal, body: bytes, kind: str) -> Canonical:
        if len(body) <= LARGE:
            return canonical_of(signal, body, kind)
        if self._decoding and self._decoding + len(body) > DECODING_BYTES:
            raise not_now("too many large requests at once")
        self._decoding += len(body)
        try:
            return await asyncio.to_thread(canonical_of, signal, body, kind)
        finally:
            self._decoding -= len(body)
