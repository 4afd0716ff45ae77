"""What the enclosing spans of this process say: HTTP route, tenant, plan.

A span only knows the ids of its parent. This processor remembers which local span is the parent of which, so that a
call deep inside a request can be attributed by the attributes of the request's span, whenever they were set; and which
span is the request's, for what is below spans that were dropped (``entries``). And it gives the spans of attempts what
they begin with, before another processor sees them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from otel_llmroute.app import entries, unseen_spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Beginning
from otel_llmroute.app.spans import set_all

if TYPE_CHECKING:
    from opentelemetry.context import Context

_MOST_LEVELS = 64


class EnclosingSpans(SpanProcessor):
    """Remembers the local parent of each live span. Holds nothing alive but the ancestors of live spans."""

    def __init__(self) -> None:
        self._parents: WeakKeyDictionary[Any, trace.Span] = WeakKeyDictionary()
        self.on = True

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Remember the parent of ``span``. Never raises."""
        if not self.on:
            return
        try:
            if type(parent_context) is Beginning:
                set_all(span, parent_context.attributes)
            if span.kind in entries.KINDS:
                entries.begun(span)
            if span.parent is None:
                return
            parent: Any = _innermost(trace.get_current_span(parent_context))
            if not isinstance(parent, ReadableSpan):
                parent = entries.around(parent)
            if parent is not None:
                self._parents[span] = parent
        except Exception as error:
            complain("Could not remember the parent of a span", error)

    def outward(self, span: trace.Span) -> Iterator[ReadableSpan]:
        """``span`` and the local spans around it, innermost first."""
        current: trace.Span | None = _innermost(span)
        for _ in range(_MOST_LEVELS):
            if not isinstance(current, ReadableSpan):
                return
            yield current
            outer = unseen_spans.outer_of(current)
            current = self._parents.get(current) if outer is None else _innermost(outer)

    def first(self, span: trace.Span, keys: tuple[str, ...]) -> str | None:
        """The value of the first of ``keys`` that ``span`` or a local span around it carries as a text, or ``None``."""
        for enclosing in self.outward(span):
            attributes = unseen_spans.told(enclosing)
            for key in keys:
                value = attributes.get(key)
                if value is not None and isinstance(value, (str, int)):
                    return str(value)
        return None

    def on_end(self, span: ReadableSpan) -> None:
        """Nothing to do: the memory of a span goes with the span."""

    def shutdown(self) -> None:
        """Forget everything."""
        self.on = False
        self._parents.clear()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is buffered."""
        return True


def _innermost(span: trace.Span) -> trace.Span:
    """The SDK's own span inside ``span``: Logfire's are proxies, and processors are never shown those."""
    inner = getattr(span, "span", None)
    return inner if isinstance(inner, trace.Span) else span
