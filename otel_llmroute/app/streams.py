"""Streams of an answer: observed where the SDK parses them, tapped where the application reads the body itself.

A stream ends its attempt once, with the reason that is true: read to the end, closed or broken off, cancelled,
failed half way, or dropped without a word. The application keeps the SDK's own objects, and no context is held
across a yield.
"""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

import wrapt

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import RUNNING, leave
from otel_llmroute.app.sdks.adapter import never

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt

_LONGEST_BODY: Final = 32 * 1024 * 1024
_LONGEST_LINE: Final = 8 * 1024 * 1024
_DECOMPRESSORS: Final = {
    "br": (("brotli", "Decompressor"), ("brotlicffi", "Decompressor")),
    "zstd": tuple((name, "ZstdDecompressor") for name in ("compression.zstd", "backports.zstd", "zstandard")),
}
"""Encoding -> module and class of what decodes it. httpx and httpx2 only ask for what one of these can decode."""


def observed(chunks: Iterator[Any], attempt: Attempt) -> Generator[Any, None, None]:
    """``chunks`` as they are; the attempt sees each one that says something, and how the stream ended."""
    reader = _observed(chunks, attempt)
    attempt.reader = ref(reader)
    return reader


def _observed(chunks: Iterator[Any], attempt: Attempt) -> Generator[Any, None, None]:
    attempt.observed = True
    is_middle: Callable[[object], bool] = never
    try:
        for chunk in _Held(chunks, attempt) if attempt.endpoint.asks_again else chunks:
            if not is_middle(chunk):  # what runs for every chunk is this line
                is_middle = _read(attempt, chunk)
            yield chunk
    except BaseException as error:
        attempt.raised(error)
        raise
    else:
        attempt.read_to_the_end()
    finally:
        _close(chunks)


def _read(attempt: Attempt, chunk: object) -> Callable[[object], bool]:
    """Have ``attempt`` see ``chunk``. Returns what tells whether it need not see the next one."""
    attempt.chunk(chunk)
    return never if attempt.answer.model is None else attempt.endpoint.is_middle


def _close(chunks: Iterator[Any]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


class _Held:
    """``chunks``, each read as a part of the call: a request that the SDK sends in order to go on is no other call.

    Anthropic's ``BetaRefusalFallbackMiddleware`` asks the next model so, and bills both in the stream of the first.
    """

    __slots__ = ("_attempt", "_chunks")

    def __init__(self, chunks: Iterator[Any], attempt: Attempt) -> None:
        self._chunks = chunks
        self._attempt = attempt

    def __iter__(self) -> _Held:
        return self

    def __next__(self) -> Any:
        running = RUNNING.set(self._attempt)
        try:
            return next(self._chunks)
        finally:
            leave(running)


class ObservedAsync:
    """``observed`` for an asynchronous stream.

    No generator: an event loop closes those that were dropped itself, and would find this one closing the SDK's.
    """

    __slots__ = ("__weakref__", "_attempt", "_chunks", "_is_middle", "_next", "gi_running")

    def __init__(self, chunks: AsyncGenerator[Any, None], attempt: Attempt) -> None:
        self._chunks = chunks
        self._next = chunks.__anext__
        self._attempt = attempt
        self._is_middle: Callable[[object], bool] = never
        self.gi_running = False
        """As of a generator: the application waits for the next chunk."""
        attempt.reader = ref(self)

    def __aiter__(self) -> ObservedAsync:
        return self

    async def __anext__(self) -> Any:
        attempt = self._attempt
        attempt.observed = self.gi_running = True
        running = RUNNING.set(attempt) if attempt.endpoint.asks_again else None
        try:
            chunk = await self._next()
        except StopAsyncIteration:
            attempt.read_to_the_end()
            raise
        except BaseException as error:
            attempt.raised(error)
            raise
        finally:
            leave(running)
            self.gi_running = False
        if not self._is_middle(chunk):
            self._is_middle = _read(attempt, chunk)
        return chunk

    async def aclose(self) -> None:
        """Close the SDK's own generator."""
        self._attempt.closed(sys.exc_info()[1])
        await self._chunks.aclose()

    def __del__(self) -> None:
        self._attempt.closed()


class Tap(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """The body of a response that is not read yet (``response.stream`` of httpx and httpx2), with an ear to it.

    A proxy, because httpx checks the class of the stream. It tells the attempt when the body is closed, or garbage.
    When the application reads the bytes or lines itself, it also reads along: usage is in the JSON body, or in the
    SSE events.
    """

    def __init__(self, stream: Any, attempt: Attempt, along: Along) -> None:
        super().__init__(stream)
        self._self_attempt = attempt
        self._self_along = along

    def __iter__(self) -> Iterator[bytes]:
        if self._self_attempt.observed:
            return iter(self.__wrapped__)
        return self._self_read()

    def _self_read(self) -> Iterator[bytes]:
        try:
            for data in self.__wrapped__:
                self._self_along.feed(data)
                yield data
        except GeneratorExit:
            raise
        except BaseException as error:
            self._self_attempt.raised(error)
            raise
        self._self_finished()

    def __aiter__(self) -> AsyncIterator[bytes]:
        iterator: AsyncIterator[bytes] = self.__wrapped__.__aiter__()
        return iterator if self._self_attempt.observed else _TappedAsync(iterator, self)

    def _self_finished(self) -> None:
        self._self_along.finish()
        self._self_attempt.read_to_the_end()

    def close(self) -> None:
        try:
            self.__wrapped__.close()
        finally:
            self._self_closed()

    async def aclose(self) -> None:
        try:
            await self.__wrapped__.aclose()
        finally:
            self._self_closed()

    def _self_closed(self) -> None:
        # The SDK closes the response from inside its own generator once it has read it: `observed` knows better then.
        if not self._self_attempt.is_reading():
            self._self_attempt.closed(sys.exc_info()[1])

    def __del__(self) -> None:
        attempt = getattr(self, "_self_attempt", None)
        if attempt is not None and not attempt.is_reading():
            attempt.closed()


class _TappedAsync(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """The bytes that an asynchronous ``Tap`` gives. A proxy: httpx2 asks whether it is a generator, to close it."""

    def __init__(self, iterator: AsyncIterator[bytes], tap: Tap) -> None:
        super().__init__(iterator)
        self._self_tap = tap

    def __aiter__(self) -> _TappedAsync:
        return self

    async def __anext__(self) -> bytes:
        tap = self._self_tap
        try:
            data: bytes = await self.__wrapped__.__anext__()
        except StopAsyncIteration:
            tap._self_finished()
            raise
        except GeneratorExit:
            raise
        except BaseException as error:
            tap._self_attempt.raised(error)
            raise
        tap._self_along.feed(data)
        return data


class Along:
    """Reads along with the application: decodes the bytes of a body and hands on what they say. Never raises.

    ``media`` is the content type, ``encoding`` the content encoding. ``body`` is called once with a whole JSON
    body, ``event`` with the data of each SSE event, both as text. A body over 32 MiB, or in an encoding that cannot
    be decoded here, is left alone.
    """

    def __init__(
        self, media: str, encoding: str, body: Callable[[bytes], None], event: Callable[[bytes], None]
    ) -> None:
        self._event = event
        self._body = body
        self._is_events = "event-stream" in media
        self._decode = _decoder(encoding)
        self._held = bytearray()
        self._on = self._decode is not None and (self._is_events or "json" in media)

    def feed(self, data: bytes) -> None:
        """Take the next bytes off the network."""
        if not self._on:
            return
        try:
            assert self._decode is not None
            self._held += self._decode(data)
            if self._is_events:
                self._take_events()
            self._on = len(self._held) <= (_LONGEST_LINE if self._is_events else _LONGEST_BODY)
        except Exception as error:
            self._on = False
            complain("Could not read along with a body", error)

    def finish(self) -> None:
        """The body has ended."""
        if not self._on:
            return
        try:
            if self._is_events:
                self._held += b"\n"
                self._take_events()
            else:
                self._body(bytes(self._held))
        except Exception as error:
            complain("Could not read along with a body", error)

    def _take_events(self) -> None:
        *lines, rest = self._held.split(b"\n")
        self._held = rest
        for line in lines:
            if line.startswith(b"data:"):
                data = bytes(line[5:]).strip()
                if data.startswith(b"{"):
                    self._event(data)


def _decoder(encoding: str) -> Callable[[bytes], bytes] | None:
    """A function that decodes the next bytes of a body, at most 32 MiB at a time; ``None`` for an unknown encoding."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return bytes
    if encoding in ("gzip", "deflate"):
        unzip = zlib.decompressobj(zlib.MAX_WBITS | 32)
        return lambda data: unzip.decompress(data, _LONGEST_BODY + 1)
    found = (_decompress(module, kind) for module, kind in _DECOMPRESSORS.get(encoding, ()))
    return next((decode for decode in found if decode is not None), None)


def _decompress(module: str, kind: str) -> Callable[[bytes], bytes] | None:
    try:
        decompressor = getattr(importlib.import_module(module), kind)()
    except ImportError:
        return None
    if hasattr(decompressor, "decompressobj"):
        decompressor = decompressor.decompressobj()  # zstandard, whose own decompress() wants all at once
    decode: Callable[[bytes], bytes] = getattr(decompressor, "process", None) or decompressor.decompress
    return decode
