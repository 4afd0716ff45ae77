"""A router's method, each call of it inside a scope of ours: a function, a coroutine, or a generator of either kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.decorating import decorated
from otel_llmroute.app.scoped import Scoped

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call, Wrapper


def routing(scope: Callable[..., Scoped | None]) -> Wrapper:
    """A wrapper that runs each call of a method inside ``scope``, which is asked for with the arguments of the call.

    A call for which ``scope`` gives ``None``, or raises, runs as it would without us.
    """

    def asked(*args: Any, **kwargs: Any) -> Scoped:
        try:
            return scope(*args, **kwargs) or Unmarked()
        except Exception as error:
            complain("Could not read what a router was asked", error)
            return Unmarked()

    def wrapper(call: Call) -> Call:
        return decorated(call, asked)

    return wrapper


class Unmarked(Scoped):
    """Nothing holds inside that does not hold outside."""

    def _open(self, active: Telemetry, context: Context) -> Context:
        return context

    def _anew(self) -> Unmarked:
        return Unmarked()
