"""The bodies that botocore hands to the application to read: heard as they are read, however that is done.

What is heard is said once for both kinds of methods, plain ones and coroutines (``_wrapper``, ``_wrapper_async``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import wrapt

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sdks.answer import fields, get
from otel_llmroute.app.sdks.botocore_streams import HELD, Held, follow, held_of
from otel_llmroute.app.streams import Along
from otel_llmroute.app.wrapping import Call, Wrapper

if TYPE_CHECKING:
    from otel_llmroute.app.lifecycle import Attempt

_LONGEST_READ: Final = 1024 * 1024
"""Bytes of a body that is read along. One of pictures is longer, and its headers have said what it cost."""


def follow_body(body: Any, attempt: Attempt, result: Mapping[str, Any]) -> None:
    """See to it that the attempt ends with ``body``, that the application reads itself; read along if it is JSON."""
    headers = fields(get(result.get("ResponseMetadata"), "HTTPHeaders"))
    length = headers.get("content-length")
    bytes_left = int(length) if isinstance(length, str) and length.isdecimal() else None
    media = str(result.get("contentType")) if bytes_left is None or bytes_left <= _LONGEST_READ else ""
    follow(body, Body(attempt, media, bytes_left))


class Body(Held):
    """Hears what the application reads of a body."""

    __slots__ = ("_along", "_bytes_left")

    def __init__(self, attempt: Attempt, media: str, bytes_left: int | None) -> None:
        super().__init__(attempt)
        self._bytes_left = bytes_left
        """Bytes that are still to come; ``None`` if the provider has not said."""

        def whole(data: bytes) -> None:
            if not attempt.keeps(data):
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


# --- what each method has read ---

_Reading = Callable[[Body, Any, tuple[Any, ...], Mapping[str, Any]], Any]
"""Hears what a method has read: takes the body's observer, what the method returned, and its arguments; gives what the
application gets.
"""


def _read(held: Body, data: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    amount = args[0] if args else kwargs.get("amt")
    is_last = amount is None or (isinstance(amount, int) and (amount < 0 or (amount > 0 and not data)))
    held.heard(data, is_last)
    return data


def _readinto(held: Body, length: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    buffer = args[0] if args else kwargs["b"]
    held.heard(bytes(buffer[:length]), length == 0)
    return length


def _readlines(held: Body, lines: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    held.heard(b"".join(lines), True)
    return lines


# --- a method, or a coroutine of the same name ---


def _wrapper(reading: _Reading) -> Wrapper:
    def wrapper(call: Call) -> Call:
        def method(body: Any, *args: Any, **kwargs: Any) -> Any:
            held = held_of(body)
            if held is None:
                return call(body, *args, **kwargs)
            with held:
                result = call(body, *args, **kwargs)
            return _after(reading, held, result, args, kwargs)

        return method

    return wrapper


def _wrapper_async(reading: _Reading) -> Wrapper:
    def wrapper(call: Call) -> Call:
        async def method(body: Any, *args: Any, **kwargs: Any) -> Any:
            held = held_of(body)
            if held is None:
                return await call(body, *args, **kwargs)
            with held:
                result = await call(body, *args, **kwargs)
            return _after(reading, held, result, args, kwargs)

        return method

    return wrapper


def _after(reading: _Reading, held: Body, result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    try:
        return reading(held, result, args, kwargs)
    except Exception as error:
        complain("Could not read along with a body", error)
        return result


READ: Final = _wrapper(_read)
READ_ASYNC: Final = _wrapper_async(_read)
READINTO: Final = _wrapper(_readinto)
READINTO_ASYNC: Final = _wrapper_async(_readinto)
READLINES: Final = _wrapper(_readlines)
"""Goes past ``read``."""


# --- what is read inside a ``with`` ---


class _Raw(wrapt.ObjectProxy):  # type: ignore[type-arg]
    """The HTTP library's own stream, its ``read`` wrapped by ``wrapper``."""

    def __init__(self, stream: Any, held: Body, wrapper: Wrapper) -> None:
        super().__init__(stream)
        setattr(self, HELD, held)
        self._self_read = wrapper(lambda raw, *args, **kwargs: raw.__wrapped__.read(*args, **kwargs))

    def read(self, *args: Any, **kwargs: Any) -> Any:
        return self._self_read(self, *args, **kwargs)


def _raw(wrapper: Wrapper) -> _Reading:
    """What ``with`` gives: the body itself is heard as it is."""

    def raw(held: Body, stream: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return stream if held_of(stream) is held else _Raw(stream, held, wrapper)

    return raw


ENTER: Final = _wrapper(_raw(READ))
"""``StreamingBody.__enter__``, which gives the stream of the HTTP library."""
ENTER_ASYNC: Final = _wrapper_async(_raw(READ_ASYNC))
"""``__aenter__`` of aiobotocore's body, which gave the response of the HTTP library before 3.0."""
