"""A scope around every call of a function, of whichever of the four kinds it is.

Generators run inside the scope piece by piece: the context is entered when a piece runs and left before it yields, so
whoever asks for the next item never finds the scope of a generator in force.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from opentelemetry import context as otel_context

from otel_llmroute.app.current import enter, leave

if TYPE_CHECKING:
    from otel_llmroute.app.scoped import Scoped

_Function = TypeVar("_Function", bound=Callable[..., Any])


def decorated(function: _Function, scope: Callable[..., Scoped]) -> _Function:
    """``function``, each call of it inside a new ``scope``, which is asked for with the arguments of the call."""
    if inspect.isasyncgenfunction(function):
        wrapper: Callable[..., Any] = _around_async_generator(function, scope)
    elif inspect.isgeneratorfunction(function):
        wrapper = _around_generator(function, scope)
    elif inspect.iscoroutinefunction(function):
        wrapper = _around_coroutine(function, scope)
    else:
        wrapper = _around_function(function, scope)
    return functools.wraps(function)(wrapper)  # type: ignore[return-value]


def _around_function(function: Callable[..., Any], scope: Callable[..., Scoped]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with scope(*args, **kwargs):
            return function(*args, **kwargs)

    return wrapper


def _around_coroutine(function: Callable[..., Any], scope: Callable[..., Scoped]) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with scope(*args, **kwargs):
            return await function(*args, **kwargs)

    return wrapper


def _around_generator(function: Callable[..., Any], scope: Callable[..., Scoped]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        pieces = _Pieces(scope(*args, **kwargs))
        generator = function(*args, **kwargs)
        step, value = generator.send, None
        try:
            while True:
                with pieces:
                    item = step(value)
                try:
                    value = yield item
                    step = generator.send
                except GeneratorExit:
                    with pieces:
                        generator.close()
                    raise
                except BaseException as error:
                    step, value = generator.throw, error
        except StopIteration as stop:
            pieces.end(None)
            return stop.value
        except BaseException as error:
            pieces.end(error)
            raise

    return wrapper


def _around_async_generator(function: Callable[..., Any], scope: Callable[..., Scoped]) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        pieces = _Pieces(scope(*args, **kwargs))
        generator = function(*args, **kwargs)
        step, value = generator.asend, None
        try:
            while True:
                with pieces:
                    item = await step(value)
                try:
                    value = yield item
                    step = generator.asend
                except GeneratorExit:
                    with pieces:
                        await generator.aclose()
                    raise
                except BaseException as error:
                    step, value = generator.athrow, error
        except StopAsyncIteration:
            pieces.end(None)
        except BaseException as error:
            pieces.end(error)
            raise

    return wrapper


class _Pieces:
    """A scope that is begun once, entered for each piece of a generator, and ended once."""

    def __init__(self, scope: Scoped) -> None:
        self._scope = scope
        scope.__enter__()
        self._context = otel_context.get_current()
        # Left at once: from here on it holds only inside a piece.
        leave(scope._token)
        scope._token = None

    def __enter__(self) -> None:
        self._token = enter(self._context)

    def __exit__(self, *error: object) -> None:
        leave(self._token)

    def end(self, error: BaseException | None) -> None:
        """The generator has ended, with ``error`` or without."""
        self._scope.__exit__(None, error, None)
