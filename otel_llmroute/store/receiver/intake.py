"""What both transports do with a request: decode it, make rows, wait until they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from google.protobuf.message import Message  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.insert import Writer
from otel_llmroute.store.receiver.otlp import LOGS, METRICS, PROTOBUF, TRACES, Signal, answer, decoded
from otel_llmroute.store.receiver.rows import Batch, log_rows, metric_rows, span_rows

ROWS_OF: Final[dict[str, Callable[[Any], Batch]]] = {
    TRACES.name: span_rows,
    LOGS.name: log_rows,
    METRICS.name: metric_rows,
}
LARGE: Final = 64 * 1024
"""Bodies above this many bytes are decoded in a thread, so that the others do not wait for them."""


class Intake:
    """Takes requests, counts what it did with them."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.rejected = 0
        self.ignored = 0

    async def take(self, signal: Signal, body: bytes, kind: str = PROTOBUF) -> Message:
        """The answer for a request whose rows are stored. Raises ``Refused``."""
        batch = await self._batch(signal, body, kind)
        await asyncio.wrap_future(self.writer.submit(batch))
        self.rejected += batch.rejected
        self.ignored += batch.ignored
        return answer(signal, batch.rejected, batch.reason)

    async def _batch(self, signal: Signal, body: bytes, kind: str) -> Batch:
        if len(body) > LARGE:
            return await asyncio.to_thread(batch_of, signal, body, kind)
        return batch_of(signal, body, kind)


def batch_of(signal: Signal, body: bytes, kind: str = PROTOBUF) -> Batch:
    """The rows in a body. Raises ``Refused`` when it is not a request for ``signal``."""
    return ROWS_OF[signal.name](decoded(signal, body, kind))
