"""Where instrumentation is suppressed: by the application, which is heeded, or by an instrumentation around the call.

Logfire suppresses every other instrumentation below its own wrapper of an SDK client, though nobody asked for the call
to go uncounted. Money would be lost, so those calls are recorded all the same.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import wrapt
from opentelemetry import context as otel_context

from otel_llmroute.app.current import enter, leave

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from otel_llmroute.app.telemetry import Telemetry

_AROUND_A_CALL: Final = "logfire._internal.integrations.llm_providers"
"""Module whose wrappers suppress the instrumentations below them (``suppress_other_instrumentation``, on by default).
https://github.com/pydantic/logfire/blob/v5.4.0/logfire/_internal/integrations/llm_providers/llm_provider.py"""
KEYS: Final = ("suppress_instrumentation", getattr(otel_context, "_SUPPRESS_INSTRUMENTATION_KEY", ""))
"""Keys of a context in which instrumentation is suppressed."""
_MOST_FRAMES: Final = 30


def heeded(telemetry: Telemetry, context: Context) -> Telemetry | None:
    """``telemetry`` for a call made in ``context``; ``None`` where the application has suppressed instrumentation."""
    if not (context.get(KEYS[0]) or context.get(KEYS[1])):
        return telemetry
    if not _is_below_another_instrumentation():
        return None
    return dataclasses.replace(telemetry, tracer=_Tracer(telemetry.tracer))  # type: ignore[arg-type]


def _is_below_another_instrumentation() -> bool:
    frame = sys._getframe(2)
    for _ in range(_MOST_FRAMES):
        if str(frame.f_globals.get("__name__")).startswith(_AROUND_A_CALL):
            return True
        if frame.f_back is None:
            return False
        frame = frame.f_back
    return False


@contextmanager
def _lifted() -> Iterator[None]:
    """Without suppression: processors ask for it when a span starts and when it ends."""
    context = otel_context.get_current()
    for key in KEYS:
        context = otel_context.set_value(key, False, context)
    token = enter(context)
    try:
        yield
    finally:
        leave(token)


class _Tracer(wrapt.ObjectProxy):  # type: ignore[type-arg]
    def start_span(self, *args: Any, **kwargs: Any) -> Span:
        with _lifted():
            return _Span(self.__wrapped__.start_span(*args, **kwargs))  # type: ignore[return-value]


class _Span(wrapt.ObjectProxy):  # type: ignore[type-arg]
    def end(self, end_time: int | None = None) -> None:
        with _lifted():
            self.__wrapped__.end(end_time)
