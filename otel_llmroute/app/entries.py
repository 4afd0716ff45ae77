"""Which request a span stands in that is nowhere recorded. Of a span that was dropped there is only its context; what
that holds and hands on to each span begun below it is a trace state.

So below an entry span (SERVER, CONSUMER: what a process is asked to do) the trace state is one that also knows this
span. It travels with the context through threads and tasks, tells apart requests of one trace that are served at the
same time, and is a plain trace state for whoever else reads it, sends it on or copies it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext, SpanKind, TraceState

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import Span

KINDS: Final = (SpanKind.SERVER, SpanKind.CONSUMER)
"""Of entry spans."""
TRACE_STATE: Final = 4
"""Where a ``SpanContext`` has it, which is a tuple."""


class Inside(TraceState):
    """The trace state of an entry span and of what is begun below it. Holds nothing alive."""

    entry: ref[Span] | None = None
    """The innermost one, once it has begun."""

    def known(self) -> Span | None:
        """That span, as long as anybody else has it."""
        return None if self.entry is None else self.entry()

    def __reduce__(self) -> tuple[Any, ...]:
        return TraceState, (list(self.items()),)  # a copy, or another process, has no part in it


def inside(state: TraceState | None, entry: ref[Span] | None = None) -> Inside:
    """``state`` inside ``entry``, or inside one that is about to begin."""
    made = Inside(list(state.items()) if state else None)
    made.entry = entry
    return made


def begun(span: Span) -> None:
    """Note the entry span ``span``, which has begun."""
    state = span.get_span_context()[TRACE_STATE]
    if type(state) is Inside and state.entry is None:
        state.entry = ref(span)


def around(span: trace.Span) -> Span | None:
    """The entry span that ``span``, which does not record, stands in; ``None`` if there is none or it is not known.

    It may be over where ``span`` was dropped, and perhaps is not over itself. One that has recorded and is over tells
    of a request no longer than that runs: a worker that it has left behind goes on to others.
    """
    context = span.get_span_context()
    state = context[TRACE_STATE] if type(context) is SpanContext else None
    entry = state.known() if type(state) is Inside else None
    if entry is None or (isinstance(span, ReadableSpan) and not entry.is_recording()):
        return None
    return entry
