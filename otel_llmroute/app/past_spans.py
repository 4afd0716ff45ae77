"""Spans of what is over already, as the SDK would record them, without the life of a span that nobody is in.

Starting and ending a span takes the SDK longer than all that we do in a call. Where none of its processors would look
at the span before it has ended, and the sampler is ours, all that is left of that is to hand it on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, Tracer
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, Status

from otel_llmroute.app import spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sampler import SpendSampler

if TYPE_CHECKING:
    from opentelemetry import trace
    from opentelemetry.trace import Span

_OURS: Final = __name__.partition(".")[0] + "."
_BLIND: Final = (SpanProcessor, BatchSpanProcessor, SimpleSpanProcessor)
"""Processors that do nothing with a span before it has ended."""
_BEFORE: Final = ("on_start", "_on_ending")
_NO_STATUS: Final = Status()
_MOST_REMEMBERED: Final = 64
_blind: dict[tuple[Any, ...], bool] = {}
"""Types of processors -> whether none of them looks at a span before it has ended. Bounded."""


def add_beside(
    tracer: trace.Tracer,
    sibling: Span,
    name: str,
    attributes: spans.Attributes,
    times_ns: tuple[int, int],
    late: Callable[[], spans.Attributes],
    status: Status | None,
) -> bool:
    """Record a span beside ``sibling``, a span of ``tracer`` that has not ended; below it where it has no parent.

    ``attributes``, and what ``late`` returns once somebody asks; nothing of either has to be cut or refused.
    ``times_ns``: Unix times of its begin and its end. False, and nothing is recorded, where the SDK has to do it.
    """
    if type(tracer) is not Tracer or not isinstance(tracer.sampler, SpendSampler):
        return False
    try:
        held = spans.late_attributes(sibling, attributes, late)
        if held is None or not _is_blind(tracer.span_processor):
            return False
        own: Any = sibling
        beside = own.context
        context = SpanContext(
            beside.trace_id,
            tracer.id_generator.generate_span_id(),
            is_remote=False,
            trace_flags=beside.trace_flags,
            trace_state=beside.trace_state,
        )
        span = ReadableSpan(
            name=name,
            context=context,
            parent=own.parent or beside,
            resource=own.resource,
            attributes=held,
            kind=SpanKind.INTERNAL,
            status=status or _NO_STATUS,
            start_time=times_ns[0],
            end_time=times_ns[1],
            instrumentation_scope=own.instrumentation_scope,
        )
    except Exception as error:
        complain("Could not record a span in short", error)
        return False
    tracer.span_processor.on_end(span)
    return True


def _is_blind(several: Any) -> bool:
    kinds = tuple(map(type, several._span_processors))
    known = _blind.get(kinds)
    if known is None:
        if len(_blind) >= _MOST_REMEMBERED:
            _blind.clear()
        known = _blind[kinds] = all(kind.__module__.startswith(_OURS) or _waits(kind) for kind in kinds)
    return known


def _waits(kind: type) -> bool:
    """Whether processors of ``kind`` do nothing with a span before it has ended."""
    return all(any(getattr(kind, at, None) is getattr(blind, at, None) for blind in _BLIND) for at in _BEFORE)
