"""What botocore hands to the application before the answer is whole: an event stream, or a body that it reads itself,
which ``botocore_bodies`` is about.

Both stay botocore's own objects and hold what observes them as an attribute, so that an attempt ends when its object is
read to the end, closed, or garbage. To leave a loop over an event stream ends nothing: botocore goes on with the next
event where somebody iterates again.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app import inflight
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.wrapping import Call

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt
    from otel_llmroute.app.sdks.answer import Answer

HELD: Final = "_self_otel_llmroute"
"""Attribute for what observes an object; by this prefix a wrapt proxy, as aiobotocore 2's body, keeps it itself."""
CUT: Final = "IncompleteStream"
"""``error.type`` of a stream that ended without its last event."""


class Held:
    """What observes an object of botocore's. Ends the attempt when the object that holds this is garbage.

    Inside of it the object is read: an exception on its way out ends the attempt.
    """

    __slots__ = ("attempt",)

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.attempt.raised(error)

    def __del__(self) -> None:
        self.attempt.closed()


def held_of(instance: Any) -> Any:
    """What observes ``instance``; ``None`` if nothing does. Never raises."""
    try:
        return getattr(instance, HELD, None)
    except Exception as error:
        complain("Could not find the attempt of a stream", error)
        return None


def follow(instance: Any, held: Held) -> None:
    """Have ``held`` observe ``instance``, with which its attempt ends."""
    setattr(instance, HELD, held)
    held.attempt.owned = True
    inflight.add(held.attempt)


def close(call: Call) -> Call:
    """``close`` of either: perhaps a coroutine."""

    def close(instance: Any, *args: Any, **kwargs: Any) -> Any:
        held = held_of(instance)
        try:
            return call(instance, *args, **kwargs)
        finally:
            if held is not None:
                held.attempt.closed()

    return close


def follow_events(stream: Any, attempt: Attempt, is_cut: Callable[[Answer], bool]) -> None:
    """See to it that the attempt ends with ``stream``, an event stream. ``is_cut``: whether its answer is not whole."""
    follow(stream, Events(attempt, is_cut))


class Events(Held):
    """Hears the events that come, and knows whether they were all of them."""

    __slots__ = ("_is_cut",)

    def __init__(self, attempt: Attempt, is_cut: Callable[[Answer], bool]) -> None:
        super().__init__(attempt)
        self._is_cut = is_cut

    def __enter__(self) -> None:
        self.attempt.left_ns = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, StopAsyncIteration):
            self.ended()
        elif isinstance(error, GeneratorExit):
            self.left()
        elif error is not None:
            self.attempt.raised(error)

    def arrived(self, event: Any) -> Any:
        """``event``, once it is read."""
        self.attempt.chunk(event)
        return event

    def left(self) -> None:
        """Whoever read them is gone, and may come back."""
        self.attempt.left_ns = time.time_ns()

    def ended(self) -> None:
        """There are no more."""
        answer = self.attempt.answer
        if self.attempt.open and answer.error_type is None and self._is_cut(answer):
            answer.error_type = CUT
        self.attempt.read_to_the_end()


def iterate(call: Call) -> Call:
    """``EventStream.__iter__``."""

    def __iter__(stream: Any) -> Any:
        held, events = held_of(stream), call(stream)
        return events if held is None else _observed(events, held)

    return __iter__


def iterate_async(call: Call) -> Call:
    """``AioEventStream.__aiter__``."""

    def __aiter__(stream: Any) -> Any:
        held, events = held_of(stream), call(stream)
        return events if held is None else _ObservedAsync(events, held)

    return __aiter__


def _observed(events: Iterator[Any], held: Events) -> Iterator[Any]:
    with held:
        for event in events:
            yield held.arrived(event)
    held.ended()


class _ObservedAsync:
    """``_observed`` for an asynchronous stream: no generator, as in ``streams.ObservedAsync``."""

    __slots__ = ("_events", "_held")

    def __init__(self, events: Any, held: Events) -> None:
        self._events = events
        self._held = held

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        with self._held:
            event = await self._events.__anext__()
        return self._held.arrived(event)

    async def aclose(self) -> None:
        """Leave the loop."""
        self._held.left()
        await self._events.aclose()

    def __del__(self) -> None:
        if self._held.attempt.open:
            self._held.left()
