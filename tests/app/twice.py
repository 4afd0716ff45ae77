"""Calls made twice, by the bare SDK and instrumented. The second must return or raise the same, end one span, and say
nothing in the log.
"""

from __future__ import annotations

import asyncio
import logging
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from standin import Standin

from otel_llmroute import LLMRouteInstrumentor, names
from otel_llmroute.app import complaints
from tests.app.apis import Api


@dataclass
class Outcome:
    """What a call came to: what it returned or raised, and what the provider was sent."""

    result: Any
    sent: bytes | None


class Twice:
    """Makes calls bare and instrumented, against one server and with one client of each kind."""

    def __init__(self, server: Standin) -> None:
        self.server = server
        self.exporter = InMemorySpanExporter()
        self.tracer_provider = TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meter_provider = MeterProvider()
        self.loop = asyncio.new_event_loop()
        self.log = Log()
        self._clients: dict[tuple[bool, bool], Any] = {}

    def client(self, api: Api, is_async: bool = False) -> Any:
        key = (api.is_anthropic, is_async)
        if key not in self._clients:
            make = api.async_client if is_async else api.client
            self._clients[key] = make(self.server)
        return self._clients[key]

    def attributes(self, call: Callable[[], Any], most_complaints: int = 0) -> dict[str, Any]:
        """Attributes of the one span of ``call``, once it was held against the bare call."""
        bare = self._outcome(call)
        self.exporter.clear()
        self.log.lines.clear()
        complaints._made.clear()
        instrumentor = LLMRouteInstrumentor()
        instrumentor.instrument(tracer_provider=self.tracer_provider, meter_provider=self.meter_provider)
        try:
            assert self._outcome(call) == bare
        finally:
            instrumentor.uninstrument()
        # A header of a gateway's gives the call a route as well.
        spans = self.exporter.get_finished_spans()
        (span,) = (each for each in spans if (each.attributes or {})[names.RECORD_KIND] == "attempt")
        assert len(self.log.lines) <= most_complaints, self.log.lines
        return sound(span)

    def _outcome(self, call: Callable[[], Any]) -> Outcome:
        before = len(self.server.requests)
        try:
            result = call()
        except Exception as error:
            result = (type(error), str(error))
        requests = self.server.requests
        return Outcome(result, requests[-1].body if len(requests) > before else None)

    def close(self) -> None:
        for (_, is_async), client in self._clients.items():
            if is_async:
                self.loop.run_until_complete(client.close())
            else:
                client.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


class Log(logging.Handler):
    """What was complained of."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def sound(span: ReadableSpan) -> dict[str, Any]:
    """The attributes of ``span``, each of which an exporter can send."""
    attributes = dict(span.attributes or {})
    for name, value in attributes.items():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, str):
                part.encode()
                assert len(part) <= 256, name
            elif type(part) is int:
                assert -(2**63) <= part < 2**63, name
    for name, value in attributes.items():
        if name.startswith(("gen_ai.usage.", "llmroute.usage.")) and "cost" not in name and name != names.USAGE_STATUS:
            assert type(value) is int, name
            assert value >= 0, name
    assert (names.COST_AMOUNT in attributes) == (attributes[names.COST_STATUS] in ("priced", "partial", "free"))
    assert 0 <= attributes.get(names.COST_AMOUNT, 0) < math.inf
    return attributes


def shown(answer: Any) -> tuple[type, str]:
    """What can be compared of an answer: NaN differs from itself, its text does not."""
    try:
        return type(answer), repr(answer)
    except RecursionError:
        return type(answer), "too deep to show"


def plain(client: Any, api: Api) -> Any:
    return shown(api.create(client))


def raw(client: Any, api: Api) -> Any:
    """By ``with_raw_response``, as people do who want the headers."""
    answer = api.create(Raw(client))
    return answer.status_code, shown(answer.parse())


def streamed(client: Any, api: Api) -> Any:
    return [shown(chunk) for chunk in api.create(client, stream=True)]


def read_as_bytes(client: Any, api: Api) -> Any:
    """By ``with_streaming_response``, the body read by the application itself."""
    with api.create(Streaming(client), stream=True) as answer:
        return b"".join(answer.iter_bytes())


async def plain_async(client: Any, api: Api) -> Any:
    return shown(await api.create(client))


async def streamed_async(client: Any, api: Api) -> Any:
    return [shown(chunk) async for chunk in await api.create(client, stream=True)]


class Raw:
    """A client whose methods are those of ``with_raw_response``."""

    view = "with_raw_response"

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return getattr(getattr(self._inner, self.view), name) if name == "create" else type(self)(found)


class Streaming(Raw):
    """A client whose methods are those of ``with_streaming_response``."""

    view = "with_streaming_response"


def begun(folder: Path) -> Iterator[Twice]:
    """One that is at work while what this gives is; it runs in ``folder``."""
    with pytest.MonkeyPatch.context() as patch, Standin(keep=100_000) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, of fields of another type
        patch.chdir(folder)
        twice = Twice(server)
        complaints.logger.addHandler(twice.log)
        yield twice
        complaints.logger.removeHandler(twice.log)
        twice.close()
