"""What botocore hands to the application before the answer is whole: an event stream, or a body to read.

Both stay botocore's own objects and hold what observes them as an attribute, so that an attempt ends when its object is
read to the end, closed, or garbage. To leave a loop over an event stream ends nothing: botocore goes on with the next
event where somebody iterates again.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import wrapt

from otel_llmroute.app import inflight
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sdks.answer import fields, get
from otel_llmroute.app.sdks.bedrock import ROUTED
from otel_llmroute.app.streams import Along
from otel_llmroute.app.wrapping import Call

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt
    from otel_llmroute.app.sdks.answer import Answer

_HELD: Final = "_self_otel_llmroute"
"""Attribute for what observes an object; by this prefix a wrapt proxy, as aiobotocore 2's body, keeps it itself."""
CUT: Final = "IncompleteStream"
"""``error.type`` of a stream that ended without its last event."""
_LONGEST_READ: Final = 1024 * 1024
"""Bytes of a body that is read along. One of pictures is longer, and its headers have said what it cost."""


class _Held:
    """Ends the attempt when the object that holds this is garbage."""

    __slots__ = ("attempt",)

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt

    def __del__(self) -> None:
        self.attempt.closed()


def _held(instance: Any) -> Any:
    try:
        return getattr(instance, _HELD, None)
    except Exception as error:
        complain("Could not find the attempt of a stream", error)
        return None


def _follow(instance: Any, held: _Held) -> None:
    setattr(instance, _HELD, held)
    held.attempt.owned = True
    inflight.add(held.attempt)


def close(call: Call) -> Call:
    """``close`` of either: perhaps a coroutine."""

    def close(instance: Any, *args: Any, **kwargs: Any) -> Any:
        held = _held(instance)
        try:
            return call(instance, *args, **kwargs)
        finally:
            if held is not None:
                held.attempt.closed()

    return close


# --- events ---


def follow_events(stream: Any, attempt: Attempt, is_cut: Callable[[Answer], bool]) -> None:
    """See to it that the attempt ends with ``stream``, an event stream. ``is_cut``: whether its answer is not whole."""
    _follow(stream, _Events(attempt, is_cut))


class _Events(_Held):
    """Knows whether the events that came were all of them."""

    __slots__ = ("_is_cut",)

    def __init__(self, attempt: Attempt, is_cut: Callable[[Answer], bool]) -> None:
        super().__init__(attempt)
        self._is_cut = is_cut

    def ended(self) -> None:
        """There are no more."""
        answer = self.attempt.answer
        if self.attempt.open and answer.error_type is None and self._is_cut(answer):
            answer.error_type = CUT
        self.attempt.read_to_the_end()


def iterate(call: Call) -> Call:
    """``EventStream.__iter__``."""

    def __iter__(stream: Any) -> Any:
        held, events = _held(stream), call(stream)
        return events if held is None else _observed(events, held)

    return __iter__


def iterate_async(call: Call) -> Call:
    """``AioEventStream.__aiter__``."""

    def __aiter__(stream: Any) -> Any:
        held, events = _held(stream), call(stream)
        return events if held is None else _ObservedAsync(events, held)

    return __aiter__


def _observed(events: Iterator[Any], held: _Events) -> Iterator[Any]:
    attempt = held.attempt
    attempt.left_ns = None
    try:
        for event in events:
            attempt.chunk(event)
            yield event
    except GeneratorExit:
        attempt.left_ns = time.time_ns()
        raise
    except BaseException as error:
        attempt.raised(error)
        raise
    held.ended()


class _ObservedAsync:
    """``_observed`` for an asynchronous stream: no generator, as in ``streams.ObservedAsync``."""

    __slots__ = ("_attempt", "_events", "_held")

    def __init__(self, events: Any, held: _Events) -> None:
        self._events = events
        self._held = held
        self._attempt = held.attempt
        self._attempt.left_ns = None

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        attempt = self._attempt
        try:
            event = await self._events.__anext__()
        except StopAsyncIteration:
            self._held.ended()
            raise
        except BaseException as error:
            attempt.raised(error)
            raise
        attempt.chunk(event)
        return event

    async def aclose(self) -> None:
        """Leave the loop."""
        self._attempt.left_ns = time.time_ns()
        await self._events.aclose()

    def __del__(self) -> None:
        if self._attempt.open:
            self._attempt.left_ns = time.time_ns()


# --- bodies ---


def follow_body(body: Any, attempt: Attempt, result: Mapping[str, Any]) -> None:
    """See to it that the attempt ends with ``body``, that the application reads itself; read along if it is JSON."""
    headers = fields(get(result.get("ResponseMetadata"), "HTTPHeaders"))
    length = headers.get("content-length")
    bytes_left = int(length) if isinstance(length, str) and length.isdecimal() else None
    media = str(result.get("contentType")) if bytes_left is None or bytes_left <= _LONGEST_READ else ""
    _follow(body, _Body(attempt, media, bytes_left))


class _Body(_Held):
    """Hears what the application reads of a body."""

    __slots__ = ("_along", "_bytes_left")

    def __init__(self, attempt: Attempt, media: str, bytes_left: int | None) -> None:
        super().__init__(attempt)
        self._bytes_left = bytes_left
        """Bytes that are still to come; ``None`` if the provider has not said."""

        def whole(data: bytes) -> None:
            # A router's choice is known only once the body is read, and has to be known when the attempt ends.
            if attempt.endpoint is ROUTED or not attempt.keeps(data):
                attempt.body(json.loads(data))

        self._along = Along(media, "", body=whole, event=whole)

    def heard(self, data: object, is_last: bool) -> None:
        """``data`` was read; ``is_last``: and there is no more."""
        if not isinstance(data, bytes) or not self.attempt.open:
            return
        if data:
            self._along.feed(data)
        if self._bytes_left is not None:
            self._bytes_left -= len(data)
        if is_last or (self._bytes_left is not None and self._bytes_left <= 0):
            self._along.finish()
            self.attempt.read_to_the_end()


def _is_last(data: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether a ``read`` that returned ``data`` was the last: it asked for everything, or got nothing."""
    amount = args[0] if args else kwargs.get("amt")
    return amount is None or (isinstance(amount, int) and (amount < 0 or (amount > 0 and not data)))


def read(call: Call) -> Call:
    """``StreamingBody.read``."""

    def read(body: Any, *args: Any, **kwargs: Any) -> Any:
        held = _held(body)
        if held is None:
            return call(body, *args, **kwargs)
        try:
            data = call(body, *args, **kwargs)
        except BaseException as error:
            held.attempt.raised(error)
            raise
        held.heard(data, _is_last(data, args, kwargs))
        return data

    return read


def read_async(call: Call) -> Call:
    """``read`` of aiobotocore's bodies."""

    async def read(body: Any, *args: Any, **kwargs: Any) -> Any:
        held = _held(body)
        if held is None:
            return await call(body, *args, **kwargs)
        try:
            data = await call(body, *args, **kwargs)
        except BaseException as error:
            held.attempt.raised(error)
            raise
        held.heard(data, _is_last(data, args, kwargs))
        return data

    return read


def readinto(call: Call) -> Call:
    """``StreamingBody.readinto``."""

    def readinto(body: Any, buffer: Any) -> Any:
        held = _held(body)
        if held is None:
            return call(body, buffer)
        try:
            length = call(body, buffer)
        except BaseException as error:
            held.attempt.raised(error)
            raise
        held.heard(bytes(buffer[:length]), length == 0)
        return length

    return readinto


def readinto_async(call: Call) -> Call:
    """``readinto`` of aiobotocore's bodies."""

    async def readinto(body: Any, buffer: Any) -> Any:
        held = _held(body)
        if held is None:
            return await call(body, buffer)
        try:
            length = await call(body, buffer)
        except BaseException as error:
            held.attempt.raised(error)
            raise
        held.heard(bytes(buffer[:length]), length == 0)
        return length

    return readinto


def readlines(call: Call) -> Call:
    """``StreamingBody.readlines``, which goes past ``read``."""

    def readlines(body: Any) -> Any:
        lines = call(body)
        held = _held(body)
        if held is not None:
            held.heard(b"".join(lines), True)
        return lines

    return readlines


# --- what is read inside a ``with`` ---


def enter(call: Call) -> Call:
    """``StreamingBody.__enter__``, which gives the stream of the HTTP library."""

    def __enter__(body: Any) -> Any:
        inner, held = call(body), _held(body)
        return inner if held is None or inner is body else _Raw(inner, held)

    return __enter__


def enter_async(call: Call) -> Call:
    """``__aenter__`` of aiobotocore's body, which gave the response of the HTTP library before 3.0."""

    async def __aenter__(body: Any) -> Any:
        inner, held = await call(body), _held(body)
        return inner if held is None or inner is body else _RawAsync(inner, held)

    return __aenter__


class _Raw(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """The HTTP library's own stream, with an ear to its ``read``."""

    def __init__(self, stream: Any, held: _Body) -> None:
        super().__init__(stream)
        self._self_held = held

    def read(self, *args: Any, **kwargs: Any) -> Any:
        data = self.__wrapped__.read(*args, **kwargs)
        self._self_held.heard(data, _is_last(data, args, kwargs))
        return data


class _RawAsync(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """The same for a coroutine."""

    def __init__(self, stream: Any, held: _Body) -> None:
        super().__init__(stream)
        self._self_held = held

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        data = await self.__wrapped__.read(*args, **kwargs)
        self._self_held.heard(data, _is_last(data, args, kwargs))
        return data
