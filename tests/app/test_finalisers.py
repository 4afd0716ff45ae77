"""Streams that the garbage collector finds: it runs anywhere, also inside the locks that ending an attempt needs."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from standin import Standin

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import CHAT, THREE_SHAPES, Api
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, ending


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage collector but where the test calls it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Locked(SpanExporter):
    """An exporter that, as most do, holds a lock; and the collector runs just there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.deadlocks = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if not self._lock.acquire(timeout=20):
            self.deadlocks += 1
            return SpanExportResult.FAILURE
        try:
            gc.collect()
        finally:
            self._lock.release()
        return SpanExportResult.SUCCESS


def dropped_in_a_cycle(stream: Any) -> None:
    """Leave ``stream`` to the garbage collector."""
    next(stream, None)
    cycle: list[Any] = [stream]
    cycle.append(cycle)


@pytest.mark.parametrize("api", THREE_SHAPES)
@pytest.mark.usefixtures("uncollected")
def test_a_stream_collected_inside_an_exporters_lock_does_not_wait_for_that_lock(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    exporter = Locked()
    recorded.tracer_provider.add_span_processor(SimpleSpanProcessor(exporter))
    client = api.client(provider)
    provider.script(api.stream(), api.answer())
    dropped_in_a_cycle(api.create(client, stream=True))
    begun = time.perf_counter()
    api.create(client)
    assert exporter.deadlocks == 0
    assert time.perf_counter() - begun < 20
    collect()
    outcomes = sorted(attempt[names.ATTEMPT_OUTCOME] for attempt in recorded.attempts())
    assert outcomes == ["abandoned", "accepted"]


@pytest.mark.usefixtures("uncollected")
def test_a_stream_collected_in_another_thread_is_ended_at_once(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.stream())
    dropped_in_a_cycle(CHAT.create(CHAT.client(provider), stream=True))
    collector = threading.Thread(target=gc.collect)
    collector.start()
    collector.join()
    assert ending(recorded) == ("abandoned", "missing", "no_usage")


class Silent(sdk_features.HTTP["openai"].AsyncBaseTransport):  # type: ignore[misc]
    """A transport that never answers."""

    async def handle_async_request(self, request: Any) -> Any:
        await asyncio.get_running_loop().create_future()


@pytest.mark.usefixtures("uncollected")
def test_a_task_that_is_collected_while_it_waits_for_an_answer_ends_its_attempt(
    recorded: Recorded, provider: Standin
) -> None:
    """What becomes of a coroutine whose loop was closed under it."""
    http_client = sdk_features.HTTP["openai"].AsyncClient(transport=Silent())
    loop = asyncio.new_event_loop()
    task: Any = loop.create_task(CHAT.create(CHAT.async_client(provider, http_client=http_client)))
    loop.run_until_complete(asyncio.sleep(0.1))
    loop.close()
    task._log_destroy_pending = False
    del task, loop
    assert ending(recorded) == ("abandoned", "missing", "no_usage")
