"""Spans of ours, begun as the SDK would begin them, in half the steps.

Beginning a span took the SDK about as long as all that we do in a call: it looks at, cuts and files what is clean
already. So ours are put together here, of the SDK's own class and with all that it has once somebody looks
(``unseen_spans``), wherever its spans are made as we know them (``_is_known``); everywhere else the SDK makes them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, Tracer, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision
from opentelemetry.trace import NonRecordingSpan, ProxyTracer, Span, SpanContext, SpanKind, Status, TraceFlags
from opentelemetry.trace.propagation import _SPAN_KEY
from opentelemetry.trace.span import DEFAULT_TRACE_STATE

from otel_llmroute import names
from otel_llmroute.app import spans, unseen_spans
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Beginning
from otel_llmroute.app.records import random_bits
from otel_llmroute.app.sampler import Foreseen, SpendSampler, foresee

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer as AnyTracer

    from otel_llmroute.app.records import Facts

_NO_LINKS: Final = ()
_SAMPLED: Final = Decision.RECORD_AND_SAMPLE
_DROP: Final = Decision.DROP
_RANDOM: Final = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)
_FLAGS: Final = {flags: TraceFlags(flags) for flags in (0, 1, _RANDOM, _RANDOM | 1)}
_IS_VALID: Final = 5
"""Where a ``SpanContext`` has it, which is a tuple."""
_own_context: Final[Callable[[tuple[Any, ...]], SpanContext]] = partial(tuple.__new__, SpanContext)
"""A context of the fields of one that are known to be good, as the SDK makes it once it has looked at them."""


class LiveSpans:
    """Begins the spans of one tracer. Thread-safe.

    ``is_keeping``: the sampler of the tracer is ours, which then is told what a span begins with.
    """

    def __init__(self, tracer: AnyTracer, is_keeping: bool) -> None:
        self._tracer = tracer
        self._is_keeping = is_keeping
        self._known: Tracer | None = None
        """The SDK's tracer, once there is one whose spans can be put together here."""
        self._new_trace_id: Callable[[], int]
        self._new_span_id: Callable[[], int]
        self._new_context: Callable[[tuple[Any, ...]], SpanContext]
        self._random: int
        """How that tracer draws ids, what makes a context of them, and the flag of traces where those are random."""
        self._foreseen: Foreseen | None = None
        """What the sampler of that tracer says without being asked."""
        self._asked: tuple[SpanProcessor, ...] | None = None
        """The processors of that tracer, as they were asked whether they look at spans of ours before these end."""
        self._are_blind = False
        """They do not."""

    def begin(self, name: str, around: Context, kind: SpanKind, attributes: Facts, began_ns: int | None = None) -> Span:
        """Begin a span in ``around`` with ``attributes``, which a sampler of ours marks if it keeps what another one
        would have dropped. ``began_ns``: Unix time, if not now. Where the span of ``around`` was dropped and this one
        is as well, it is that one."""
        tracer = self._known or self._known_now()
        if tracer is None or not tracer._tracer_config.is_enabled:
            return self._begun_by_sdk(name, around, kind, attributes, began_ns)
        outer: Any = around.get(_SPAN_KEY)
        parent: Any = None
        local: ReadableSpan | None = None
        if type(outer) is unseen_spans.Unseen:
            parent, local = outer.__dict__["_context"], outer
        elif outer is not None and (type(outer) in unseen_spans.KINDS or isinstance(outer, Span)):
            parent, local = outer.get_span_context(), outer if isinstance(outer, ReadableSpan) else None
            if type(parent) is not SpanContext:
                return self._begun_by_sdk(name, around, kind, attributes, began_ns)
        sampler = tracer.sampler
        foreseen = self._foreseen
        if foreseen is None or foreseen[0] is not sampler:
            foreseen = self._foreseen = foresee(sampler)
        _, is_keeping, alone, below_dropped, below_sampled = foreseen
        if parent is None or not parent[_IS_VALID]:
            parent, trace_id, random, state = None, self._new_trace_id(), self._random, DEFAULT_TRACE_STATE
            decision = alone
        else:
            trace_id, _, is_remote, flags, state, _ = parent
            random = flags & _RANDOM
            decision = None if is_remote else below_sampled if flags & 1 else below_dropped
        if decision is None:
            found = sampler.should_sample(around, trace_id, name, kind, attributes, _NO_LINKS)
            decision, said = found.decision, found.trace_state
            state = DEFAULT_TRACE_STATE if said is None else said  # one that says nothing may know its entry span
            own = None if found.attributes == attributes else dict(found.attributes)
        else:
            own = None
            if decision is not _SAMPLED and is_keeping:
                decision = _SAMPLED
                attributes[names.SAMPLING_KEPT] = True
            elif decision is _DROP and parent is not None and not flags & 1 and type(outer) is NonRecordingSpan:
                return outer  # one dropped span is as good as another, for whoever looks and for what is begun inside
        flags = _FLAGS[random | (decision is _SAMPLED)]
        context = self._new_context((trace_id, self._new_span_id(), False, flags, state, True))
        if decision is _DROP:
            return NonRecordingSpan(context)
        own = attributes.copy() if own is None else own
        began_ns = began_ns or time.time_ns()
        span = unseen_spans.begin(tracer, name, context, parent, kind, began_ns, own, local)
        are_blind = self._are_blind if tracer.span_processor._span_processors is self._asked else self._ask(tracer)
        if not are_blind:
            unseen_spans.look(span)
            tracer.span_processor.on_start(span, parent_context=around)
        return span

    def add_beside(
        self,
        sibling: Span,
        name: str,
        attributes: Facts,
        times_ns: tuple[int, int],
        status: Status | None,
        late: Callable[[], spans.Attributes],
    ) -> bool:
        """Record a span that is over beside ``sibling``, which has not ended; below it where it has no parent.

        ``attributes``, and what ``late`` returns once somebody asks. ``times_ns``: Unix times of its begin and its end.
        False, and nothing is recorded, where it has to be begun and ended like any other.
        """
        tracer = self._known
        if tracer is None or type(sibling) not in unseen_spans.RECORDING or type(tracer.sampler) is not SpendSampler:
            return False
        if not self._ask(tracer):
            return False
        open_span: Any = sibling
        beside = open_span.get_span_context()
        trace_id, _, _, flags, state, _ = beside
        context = self._new_context((trace_id, self._new_span_id(), False, flags, state, True))
        span = unseen_spans.begin(
            tracer, name, context, open_span.parent or beside, SpanKind.INTERNAL, times_ns[0], attributes
        )
        return unseen_spans.end(span, times_ns[1], status, late)

    def _ask(self, tracer: Tracer) -> bool:
        """Whether nobody looks at a span of ours before it has ended."""
        processors = tracer.span_processor._span_processors
        if processors is self._asked:
            return self._are_blind
        self._asked = None
        self._are_blind = unseen_spans.are_blind(processors)
        self._asked = processors
        return self._are_blind

    def _begun_by_sdk(
        self, name: str, around: Context, kind: SpanKind, attributes: Facts, began_ns: int | None
    ) -> Span:
        if self._is_keeping:
            around = Beginning(around)
            around.attributes = attributes
        return self._tracer.start_span(name, around, kind, attributes, start_time=began_ns, record_exception=False)

    def _known_now(self) -> Tracer | None:
        tracer: Any = self._tracer
        if type(tracer) is ProxyTracer:
            tracer = tracer._tracer  # the one that the application has set meanwhile
        if type(tracer) is Tracer and _is_known(tracer._tracer_metrics.__class__) and _has_room(tracer._span_limits):
            ids: Any = tracer.id_generator
            self._new_trace_id, self._new_span_id = ids.generate_trace_id, ids.generate_span_id
            self._new_context = _looked_at
            self._random = _RANDOM if ids.is_trace_id_random() else 0
            if type(ids) is RandomIdGenerator:  # the same, but not of the dice that a program may have seeded
                self._new_trace_id, self._new_span_id = partial(random_bits, 128), partial(random_bits, 64)
                self._new_context = _own_context
            self._known = tracer
        return self._known


def end(
    span: Span,
    ended_ns: int | None = None,
    status: Status | None = None,
    late: Callable[[], spans.Attributes] = dict,
) -> None:
    """End ``span`` at ``ended_ns`` (Unix time), if not now. ``late`` gives what is not yet known of it, the same each
    time: once somebody asks if that can be, else now."""
    if type(span) is NonRecordingSpan:
        return
    if type(span) is unseen_spans.Unseen and unseen_spans.end(span, ended_ns, status, late):
        return
    if span.is_recording():
        if status is not None:
            span.set_status(status)
        spans.say_late(span, late)
    span.end(ended_ns)


def _looked_at(fields: tuple[Any, ...]) -> SpanContext:
    """A context of ids that somebody else has drawn."""
    return SpanContext(*fields[:_IS_VALID])


def _has_room(limits: Any) -> bool:
    """Whether nothing that a span of ours may have has to be cut or left out."""
    most = limits.max_span_attributes
    return limits.max_span_attribute_length is None and (most is None or most >= 2 * spans.MOST_LATE)


@cache
def _is_known(metrics: type) -> bool:
    """Whether the SDK that is installed makes a span as ``begin`` does, and counts none of them (``metrics``)."""
    try:
        if metrics.__name__ != "NoOpTracerMetrics":
            return False
        provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.get_empty(), shutdown_on_exit=False)
        tracer: Any = provider.get_tracer(__name__)
        is_alike = isinstance(tracer._tracer_config.is_enabled, bool) and isinstance(
            tracer.span_processor._span_processors, tuple
        )
        for is_over in (False, True):
            theirs: Any = tracer.start_span("theirs", Context(), record_exception=False)
            ours: Any = unseen_spans.begin(
                tracer, "ours", theirs.context, None, SpanKind.INTERNAL, theirs.start_time, {}
            )
            if is_over:
                spans.say_late(theirs, dict)
                theirs.end()
                end(ours)
            unseen_spans.look(ours)
            kinds = [{name: type(value) for name, value in vars(span).items()} for span in (theirs, ours)]
            kinds[1]["_record_end_metrics"] = kinds[0]["_record_end_metrics"]
            is_alike = is_alike and kinds[0] == kinds[1] and type(theirs) is type(ours)
        fields = (1, 2, False, _FLAGS[1], DEFAULT_TRACE_STATE, True)
        is_alike = is_alike and tuple(_looked_at(fields)) == fields
        return is_alike and isinstance(tracer.id_generator.is_trace_id_random(), bool)
    except Exception as error:
        complain("Leaving spans to the SDK, which makes them in a way that is not known", error)
        return False
