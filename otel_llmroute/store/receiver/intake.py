"""What both transports do with a request: decode it, spool it, and answer when it is on disk."""

from __future__ import annotations

import asyncio
from typing import Final

from google.protobuf.message import Message  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.canonical import Canonical
from otel_llmroute.store.receiver.otlp import MAX_DECOMPRESSED, PROTOBUF, answer, canonical_of, decompressed
from otel_llmroute.store.receiver.refusals import too_large
from otel_llmroute.store.receiver.room import Room
from otel_llmroute.store.receiver.signals import Signal
from otel_llmroute.store.receiver.spool import Spool

LARGE: Final = 64 * 1024
"""Bodies above this many bytes are decoded in a thread, so that the others do not wait for them."""
VERY_LARGE: Final = 2**20
"""Bodies above this many bytes are decoded one at a time: decoded, a body may take 90 times its size."""


class Intake:
    """Takes requests, counts what it did with them. For one event loop."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._one = asyncio.Semaphore(1)
        self.bodies = Room()
        self.rejected = 0
        self.ignored = 0

    async def take(self, signal: Signal, body: bytes, kind: str = PROTOBUF, encoding: str = "") -> Message:
        """The answer for a request that is on disk. Raises ``Refused``."""
        request = await self._request(signal, body, kind, encoding)
        if request.records:
            await asyncio.wrap_future(self._spool.append(signal, request))
        self.rejected += request.rejected
        self.ignored += request.ignored
        return answer(signal, request.rejected, request.reason)

    async def _request(self, signal: Signal, body: bytes, kind: str, encoding: str) -> Canonical:
        if not encoding and len(body) <= LARGE:
            return canonical_of(signal, body, kind)
        if len(body) <= VERY_LARGE:
            found = await asyncio.to_thread(_decoded, signal, body, kind, encoding, VERY_LARGE)
            if found is not None:
                return found
        async with self._one:
            found = await asyncio.to_thread(_decoded, signal, body, kind, encoding, MAX_DECOMPRESSED)
        if found is None:
            raise too_large(f"the body is larger than {MAX_DECOMPRESSED} bytes after gzip: send smaller batches")
        return found


def _decoded(signal: Signal, body: bytes, kind: str, encoding: str, limit: int) -> Canonical | None:
    """``None`` for a body that has more than ``limit`` bytes without its encoding."""
    whole = decompressed(body, encoding, limit)
    return None if whole is None else canonical_of(signal, whole, kind)
