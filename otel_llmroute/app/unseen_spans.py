"""A span that nobody has looked at yet, which most of ours are until they are exported.

The life of a span took the SDK longer than all that we do in a call: it files what it is told, makes locks and lists,
and copies the whole when the span ends. Where no processor looks at a span before it has ended, all of that can wait
for whoever reads the first of it: where spans are exported in batches, the thread that exports.
"""

from __future__ import annotations

import threading
import time
from _thread import RLock  # as `threading.RLock` makes them
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, _Span
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.util import BoundedList
from opentelemetry.trace import NonRecordingSpan, Status

from otel_llmroute.app.spans import MOST_LATE, UNCHANGED, Attributes, LateAttributes

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import Tracer
    from opentelemetry.trace import SpanContext, SpanKind
    from opentelemetry.util.types import Attributes as SpanAttributes

_NO_STATUS: Final = Status()
_new_span: Final = object.__new__
_NOBODY: Final = nullcontext()
_ATTRIBUTES: Final = "_attributes"
_BEGUN: Final = "_begun"
_ENDED: Final = "_ended"
_LOOKING: Final = "_looking"
_OUTER: Final = "_outer"

_Begun = tuple["Tracer", str, "SpanKind", int, Mapping[str, Any]]
"""What a span begins with, besides its ids: tracer, name, kind, Unix time in ns, attributes."""
_Ended = tuple[int, Status, Callable[[], Attributes]]
"""What became of it: Unix time in ns, status, and what gives the attributes that were not known yet."""


class Unseen(_Span):
    """A span of the SDK's that has no more than its ids until somebody asks for more, and then all of it. Thread-safe.

    It is the SDK's from then on (``__class__``), in the middle of a method perhaps: so what is its own is looked up in
    its dict here, and what else is done with it are functions.
    """

    def is_recording(self) -> bool:
        """Whether it has not ended."""
        is_over = _ENDED in self.__dict__
        return not is_over if type(self) is Unseen else self._end_time is None

    @property
    def start_time(self) -> int | None:
        """Unix time in ns."""
        begun: _Begun | None = self.__dict__.get(_BEGUN)
        return self._start_time if begun is None else begun[3]

    @property
    def attributes(self) -> SpanAttributes:
        """Without a look while it is open: a framework asks the span around it whose it is, and goes on."""
        own = self.__dict__
        with own.get(_LOOKING) or _NOBODY:
            begun: _Begun | None = own.get(_BEGUN)
            if begun is not None and _ENDED not in own:
                if _ATTRIBUTES not in own:
                    own[_ATTRIBUTES] = _held(begun)
                return MappingProxyType(own[_ATTRIBUTES] or {})
        look(self)
        return _seen_attributes(self)

    def __getattr__(self, name: str) -> Any:
        """What a span of the SDK's has, asked for the first time."""
        if name[:1] != "_" or name[:2] == "__":
            raise AttributeError(f"{_Span.__name__!r} object has no attribute {name!r}")  # what it has is its class's
        look(self)
        return getattr(self, name)


_seen_attributes: Final[Callable[[_Span], SpanAttributes]] = vars(ReadableSpan)["attributes"].fget
RECORDING: Final = frozenset({Unseen, _Span})
"""Classes of spans that record, or have."""
KINDS: Final = RECORDING | {NonRecordingSpan}
"""Classes of most spans: to ask whether something is of ``Span``, which is abstract, takes longer."""
Unseen.__name__ = Unseen.__qualname__ = _Span.__name__  # as its text has it


def begin(
    tracer: Tracer,
    name: str,
    context: SpanContext,
    parent: SpanContext | None,
    kind: SpanKind,
    at_ns: int,
    attributes: Mapping[str, Any],
    outer: ReadableSpan | None = None,
) -> Unseen:
    """A span that begins at ``at_ns`` (Unix time). ``attributes`` are its own from now on. ``outer``: the span of this
    process around it, which ``outer_of`` gives back.
    """
    span = _new_span(Unseen)  # none of what the SDK does when it makes one
    begun = (tracer, name, kind, at_ns, attributes)
    if outer is None:
        span.__dict__ = {"_context": context, "_parent": parent, _BEGUN: begun, _LOOKING: RLock()}
    else:
        span.__dict__ = {"_context": context, "_parent": parent, _BEGUN: begun, _LOOKING: RLock(), _OUTER: outer}
    return span


def end(span: _Span, at_ns: int | None, status: Status | None, late: Callable[[], Attributes]) -> bool:
    """End ``span``, and hand it on. False, and nothing is done, where somebody has looked at it.

    ``late`` gives what is not known yet, the same each time. ``at_ns``: Unix time, if not now.
    """
    own = span.__dict__
    looking = own.get(_LOOKING)
    if looking is None:
        return False
    with looking:
        begun: _Begun | None = own.get(_BEGUN)
        if begun is None or _ENDED in own or len(begun[-1]) > MOST_LATE:
            return False
        own[_ENDED] = (time.time_ns() if at_ns is None else at_ns, status or _NO_STATUS, late)
    begun[0].span_processor.on_end(span)
    return True


def look(span: _Span) -> None:
    """Make ``span`` the SDK's, if it is not already."""
    own = span.__dict__
    looking = own.get(_LOOKING)
    if looking is None:
        return
    with looking:
        begun: _Begun | None = own.get(_BEGUN)
        if begun is not None:
            own.update(_filled(begun, own.get(_ENDED), own.get(_ATTRIBUTES)))
            span.__class__ = _Span
            del own[_BEGUN], own[_LOOKING]
            own.pop(_ENDED, None)


def told(span: ReadableSpan) -> Mapping[str, Any]:
    """The attributes of ``span``; without looking, those that it began with."""
    begun: _Begun | None = span.__dict__.get(_BEGUN)
    return (span.attributes or {}) if begun is None else begun[-1]


def outer_of(span: ReadableSpan) -> ReadableSpan | None:
    """The span around ``span`` that ``begin`` was told."""
    outer: ReadableSpan | None = span.__dict__.get(_OUTER)
    return outer


def _filled(begun: _Begun, ended: _Ended | None, held: BoundedAttributes | None) -> dict[str, Any]:
    """All that a span of the SDK's has, but for who it is. ``held``: its attributes, where they are made already."""
    known, name, kind, began_ns, _ = begun
    ended_ns, status, late = ended or (None, _NO_STATUS, None)
    tracer: Any = known
    limits = tracer._span_limits
    return {
        "_name": name,
        "_kind": kind,
        "_instrumentation_info": tracer.instrumentation_info,
        "_instrumentation_scope": tracer._instrumentation_scope,
        "_start_time": began_ns,
        "_end_time": ended_ns,
        _ATTRIBUTES: _with_late(_held(begun) if held is None else held, late),
        "_events": BoundedList(limits.max_events),
        "_links": BoundedList(limits.max_links),
        "_resource": tracer.resource,
        "_status": status,
        "_sampler": tracer.sampler,
        "_trace_config": None,
        "_record_exception": False,
        "_set_status_on_exception": True,
        "_span_processor": tracer.span_processor,
        "_limits": limits,
        "_lock": threading.Lock(),
        "_record_end_metrics": None,
    }


def _held(begun: _Begun) -> BoundedAttributes:
    """What a span began with, as the SDK holds it."""
    tracer: Any = begun[0]
    attributes, most = begun[-1], tracer._span_limits.max_span_attributes
    if UNCHANGED.issuperset(map(type, attributes.values())) and (most is None or len(attributes) <= most):
        held = BoundedAttributes(most, immutable=False)
        held._dict.update(attributes)
        return held
    return BoundedAttributes(most, attributes, immutable=False)


def _with_late(held: BoundedAttributes, late: Callable[[], Attributes] | None) -> BoundedAttributes:
    if late is not None:
        held._immutable = True
        held.__dict__["late"] = late
        held.__class__ = LateAttributes
    return held


# --- who looks ---

_OURS: Final = __name__.partition(".")[0] + "."
_BLIND: Final = (SpanProcessor, BatchSpanProcessor, SimpleSpanProcessor)
"""Processors that do nothing with a span before it has ended."""
_BEFORE: Final = ("on_start", "_on_ending")


def are_blind(processors: tuple[SpanProcessor, ...]) -> bool:
    """Whether none of ``processors`` looks at a span of ours before it has ended."""
    return all(type(each).__module__.startswith(_OURS) or _waits(type(each)) for each in processors)


def _waits(kind: type) -> bool:
    """Whether processors of ``kind`` do nothing with a span before it has ended."""
    return all(any(getattr(kind, at, None) is getattr(blind, at, None) for blind in _BLIND) for at in _BEFORE)
