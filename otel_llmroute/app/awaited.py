"""An attempt that a router inside the process begins before it calls an SDK, so that the call is counted once.

The router's adapter begins it and says where its request belongs; the wrapper of the SDK, where there is one, takes it
over and knows from then on how it goes. Where there is none the adapter has to end it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.trace import get_current_span

from otel_llmroute.app.current import AWAITED, scope_of
from otel_llmroute.app.lifecycle import Attempt

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.sdks.adapter import Endpoint

_MOST_FRAMES: Final = 40


class Awaited(Attempt):
    """An attempt whose SDK call a router is about to make in the context in which ``await_call`` was called."""

    around: Context
    """What the request belongs in."""
    made_in: Context
    """What is current where the router makes it."""
    inside: Context | None = None
    """What the SDK call is to run in, if that is another."""
    caller = ""
    """Beginning of the names of the router's own modules: only a call made by one of them is the one awaited."""
    taken = False
    """Whether the wrapper of an SDK has taken it over."""

    def await_call(self) -> None:
        """The SDK call comes next: in this thread or task, or where one is ``expected`` and has not been begun."""
        before = AWAITED.get()
        if type(before) is Expected and (before.attempt is None or not before.attempt.open):
            before.attempt = self
        else:
            AWAITED.set(self)

    def take(self, endpoint: Endpoint, options: object, stream: bool) -> bool:
        """Take it over, if that is still to be done."""
        if self.taken or not self.open:  # another thread may have ended it just now
            return False
        self.taken = True
        self.endpoint, self.options, self.stream = endpoint, options, stream
        return True

    def is_made_in(self, context: Context) -> bool:
        """Whether the router may be making it in ``context``: under the same facts, and in the same trace. The span of
        an instrumentation of the SDK may have been begun in between.
        """
        made_in = self.made_in
        if context is made_in:
            return True
        if scope_of(context) is not scope_of(made_in):
            return False
        before = get_current_span(made_in).get_span_context()
        return not before.is_valid or get_current_span(context).get_span_context().trace_id == before.trace_id

    def is_called_by(self, depth: int) -> bool:
        """Whether the call being made, ``depth`` frames above, is one of the router's."""
        frame: Any = sys._getframe(depth)
        for _ in range(_MOST_FRAMES):
            if frame is None:
                return False
            module = frame.f_globals.get("__name__")
            if type(module) is str and module.startswith(self.caller):
                return True
            frame = frame.f_back
        return False


class Expected:
    """Where an SDK call is going to be made, before its attempt is begun: perhaps in another context, that of a helper
    thread, to which this has been copied.
    """

    __slots__ = ("attempt",)

    def __init__(self) -> None:
        self.attempt: Awaited | None = None


def expect() -> None:
    """A router is about to make an SDK call in this thread or task."""
    AWAITED.set(Expected())


def begun_here() -> Awaited | None:
    """The attempt begun last for an SDK call in this thread or task, perhaps taken already, or ended."""
    attempt = AWAITED.get()
    if type(attempt) is Expected:
        return attempt.attempt
    return attempt if isinstance(attempt, Awaited) else None


def awaited(depth: int, context: Context) -> Awaited | None:
    """The attempt begun last for a call like the one being made ``depth`` frames above in ``context``, if that is still
    open; perhaps taken already.

    Whatever a router calls later, or for another request, is none of it: that may be another customer's.
    """
    attempt = begun_here()
    if attempt is None:
        return None
    if not attempt.open:
        if AWAITED.get() is attempt:
            AWAITED.set(None)  # the next call need not look for who makes it
        return None
    return attempt if attempt.is_made_in(context) and attempt.is_called_by(depth + 1) else None
