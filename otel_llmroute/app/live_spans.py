"""Spans of what is under way, as the SDK would begin them, in half the steps.

Beginning a span took the SDK about as long as all that we do in a call: it looks at, cuts and files what is clean
already. So ours are put together here, of the SDK's own class and with all that it has, wherever its spans are made as
we know them (``_is_known``); everywhere else the SDK makes them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Tracer, TracerProvider, _Span
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Decision
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import NonRecordingSpan, ProxyTracer, Span, SpanContext, SpanKind, Status, TraceFlags
from opentelemetry.trace.propagation import _SPAN_KEY

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import Beginning
from otel_llmroute.app.spans import MOST_LATE, UNCHANGED

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer as AnyTracer

    from otel_llmroute.app.records import Facts

_NO_STATUS: Final = Status()
_NO_LINKS: Final = ()
_IS_RANDOM: Final = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)
_FLAGS: Final = {
    (is_sampled, is_random): TraceFlags((TraceFlags.SAMPLED if is_sampled else 0) | (_IS_RANDOM if is_random else 0))
    for is_sampled in (False, True)
    for is_random in (False, True)
}


class Unused(BoundedList):  # type: ignore[type-arg]
    """A list of a span that has nothing in it: it becomes the SDK's once it is used for anything else than reading.

    Most spans have no events and no links, and two such lists with their locks took a fifth of a span's time.
    """

    maxlen: int | None
    dropped = 0

    def __init__(self) -> None:
        pass  # what the SDK's makes here is what most lists do without

    def __getattr__(self, name: str) -> Any:
        """What the SDK's list has, asked for the first time."""
        if name not in _OF_A_LIST:
            raise AttributeError(name)
        with _becoming:
            if type(self) is not BoundedList:
                super().__init__(self.maxlen)
                self.__class__ = BoundedList  # type: ignore[assignment]
        return self.__dict__[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0


@cache
def _unused(maxlen: int | None) -> type[Unused]:
    """The lists that hold ``maxlen``, ``None`` as many as there are."""
    return type(BoundedList.__name__, (Unused,), {"maxlen": maxlen})


_OF_A_LIST: Final = ("_dq", "_lock")
_becoming = threading.RLock()  # a finaliser may run inside, and use another one


class LiveSpans:
    """Begins the spans of one tracer. Thread-safe.

    ``is_keeping``: the sampler of the tracer is ours, which then is told what a span begins with.
    """

    def __init__(self, tracer: AnyTracer, is_keeping: bool) -> None:
        self._tracer = tracer
        self._is_keeping = is_keeping
        self._known: Tracer | None = None
        """The SDK's tracer, once there is one whose spans can be put together here."""

    def begin(self, name: str, around: Context, kind: SpanKind, attributes: Facts, began_ns: int | None = None) -> Span:
        """Begin a span in ``around`` with ``attributes``, which a sampler of ours marks if it keeps what another one
        would have dropped. ``began_ns``: Unix time, if not now."""
        tracer = self._known or self._known_now()
        if tracer is None or not tracer._tracer_config.is_enabled:
            return self._begun_by_sdk(name, around, kind, attributes, began_ns)
        outer = around.get(_SPAN_KEY)
        parent = outer.get_span_context() if isinstance(outer, Span) else None
        ids: Any = tracer.id_generator
        if parent is None or not parent.is_valid:
            parent, trace_id, is_random = None, ids.generate_trace_id(), ids.is_trace_id_random()
        else:
            trace_id, is_random = parent.trace_id, parent.trace_flags.random_trace_id
        found = tracer.sampler.should_sample(around, trace_id, name, kind, attributes, _NO_LINKS)
        decision = found.decision
        flags = _FLAGS[decision is Decision.RECORD_AND_SAMPLE, is_random]
        context = SpanContext(trace_id, ids.generate_span_id(), False, flags, found.trace_state)
        if decision is Decision.DROP:
            return NonRecordingSpan(context)
        span = object.__new__(_Span)
        _fill(span, tracer, name, context, parent, kind)
        span._start_time = time.time_ns() if began_ns is None else began_ns
        if found.attributes == attributes and UNCHANGED.issuperset(map(type, attributes.values())):
            kept = BoundedAttributes(tracer._span_limits.max_span_attributes, immutable=False)
            kept._dict.update(attributes)
            span._attributes = kept
        else:
            span._attributes = BoundedAttributes(
                tracer._span_limits.max_span_attributes, found.attributes, immutable=False
            )
        tracer.span_processor.on_start(span, parent_context=around)
        return span

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
            self._known = tracer
        return self._known


def _fill(span: Any, tracer: Any, name: str, context: SpanContext, parent: SpanContext | None, kind: SpanKind) -> None:
    """All that a span has but its beginning and its attributes; in the order of the SDK's, for its dict to be alike."""
    span._name = name
    span._context = context
    span._kind = kind
    span._instrumentation_info = tracer.instrumentation_info
    span._instrumentation_scope = tracer._instrumentation_scope
    span._parent = parent
    span._start_time = None
    span._end_time = None
    span._attributes = None
    limits = tracer._span_limits
    span._events = _unused(limits.max_events)()
    span._links = _unused(limits.max_links)()
    span._resource = tracer.resource
    span._status = _NO_STATUS
    span._sampler = tracer.sampler
    span._trace_config = None
    span._record_exception = False
    span._set_status_on_exception = True
    span._span_processor = tracer.span_processor
    span._limits = limits
    span._lock = threading.Lock()
    span._record_end_metrics = None


def _has_room(limits: Any) -> bool:
    """Whether nothing that a span of ours begins with has to be cut or left out."""
    most = limits.max_span_attributes
    return limits.max_span_attribute_length is None and (most is None or most >= MOST_LATE)


@cache
def _is_known(metrics: type) -> bool:
    """Whether the SDK that is installed makes a span as ``begin`` does, and counts none of them (``metrics``)."""
    try:
        if metrics.__name__ != "NoOpTracerMetrics":
            return False
        provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.get_empty(), shutdown_on_exit=False)
        tracer: Any = provider.get_tracer(__name__)
        theirs: Any = tracer.start_span("theirs", Context(), record_exception=False)
        ours: Any = object.__new__(_Span)
        _fill(ours, tracer, "ours", theirs.context, None, SpanKind.INTERNAL)
        ours._start_time, ours._attributes = theirs.start_time, BoundedAttributes(1, immutable=False)
        ours._record_end_metrics = theirs._record_end_metrics
        for used in (ours._events, ours._links):
            used.extend(())
        kinds = [{name: type(value) for name, value in vars(span).items()} for span in (theirs, ours)]
        lists = [vars(span._events).keys() for span in (theirs, ours)]
        is_alike = kinds[0] == kinds[1] and lists[0] == lists[1] and isinstance(tracer._tracer_config.is_enabled, bool)
        return is_alike and isinstance(tracer.id_generator.is_trace_id_random(), bool)
    except Exception as error:
        complain("Leaving spans to the SDK, which makes them in a way that is not known", error)
        return False


def _after_fork() -> None:
    global _becoming
    _becoming = threading.RLock()  # another thread may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
