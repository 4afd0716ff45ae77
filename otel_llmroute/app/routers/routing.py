"""A router's method, each call of it inside a scope of ours: a function, a coroutine, or a generator of either kind."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.decorating import decorated
from otel_llmroute.app.scoped import Scoped

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call, Wrapper


def routing(scope: Callable[..., AbstractContextManager[object] | None]) -> Wrapper:
    """A wrapper that runs each call of a method inside ``scope``, which is asked for with the arguments of the call.
    Around a generator it is a ``Scoped``.

    A call for which ``scope`` gives ``None``, or raises, runs as it would without us.
    """

    def asked(*args: Any, **kwargs: Any) -> Any:
        try:
            return scope(*args, **kwargs) or Unmarked()
        except Exception as error:
            _could_not_read(error)
            return Unmarked()

    def wrapper(call: Call) -> Call:
        if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
            return decorated(call, asked)
        return _around_coroutine(call, scope) if inspect.iscoroutinefunction(call) else _around_function(call, scope)

    return wrapper


# As ``decorated`` has them, in fewer steps: ``scope`` is asked for here.


def _around_function(call: Call, scope: Callable[..., AbstractContextManager[object] | None]) -> Call:
    def routed(*args: Any, **kwargs: Any) -> Any:
        inside = None
        try:
            inside = scope(*args, **kwargs)
        except Exception as error:
            _could_not_read(error)
        if inside is None:
            return call(*args, **kwargs)
        with inside:
            return call(*args, **kwargs)

    return routed


def _around_coroutine(call: Call, scope: Callable[..., AbstractContextManager[object] | None]) -> Call:
    async def routed(*args: Any, **kwargs: Any) -> Any:
        inside = None
        try:
            inside = scope(*args, **kwargs)
        except Exception as error:
            _could_not_read(error)
        if inside is None:
            return await call(*args, **kwargs)
        with inside:
            return await call(*args, **kwargs)

    return routed


def _could_not_read(error: Exception) -> None:
    complain("Could not read what a router was asked", error)


class Unmarked(Scoped):
    """Nothing holds inside that does not hold outside."""

    def _open(self, active: Telemetry, context: Context) -> Context:
        return context

    def _anew(self) -> Unmarked:
        return Unmarked()
