"""A span that nobody has looked at is the SDK's to whoever looks, whenever that is and in whichever thread."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ConcurrentMultiSpanProcessor, ReadableSpan, SpanProcessor, TracerProvider, _Span
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from otel_llmroute import names
from otel_llmroute.app import live_spans, unseen_spans
from otel_llmroute.app.enclosing import EnclosingSpans
from otel_llmroute.app.live_spans import LiveSpans
from otel_llmroute.app.sampler import SpendSampler

BEGAN_NS = 1_900_000_000_000_000_000
SAID: dict[str, Any] = {names.RECORD_KIND: "attempt", "text": "a", "list": ["a", "b"]}
LATER: dict[str, Any] = {"text": "later", "count": 3, "words": ["c"]}
FAILED = Status(StatusCode.ERROR)


class AtTheEnd(SpanProcessor):
    """Looks at no span before it has ended, and not then."""

    def __init__(self) -> None:
        self.ended: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)


def tracer_of(*processors: SpanProcessor, several: Any = None) -> trace.Tracer:
    provider = TracerProvider(SpendSampler(ALWAYS_ON), shutdown_on_exit=False, active_span_processor=several)
    for processor in (EnclosingSpans(), *processors):
        provider.add_span_processor(processor)
    return provider.get_tracer("x", "1")


def begun_by(tracer: trace.Tracer, is_ours: bool) -> Any:
    if is_ours:
        return LiveSpans(tracer, False).begin("a", Context(), SpanKind.CLIENT, dict(SAID), BEGAN_NS)
    return tracer.start_span("a", Context(), SpanKind.CLIENT, SAID, start_time=BEGAN_NS, record_exception=False)


def is_unseen(span: Any) -> bool:
    return type(span) is unseen_spans.Unseen


def end(span: Any, status: Status | None = None) -> None:
    live_spans.end(span, BEGAN_NS + 5, status, lambda: LATER)


LOOKS: dict[str, Callable[[Any], Any]] = {
    "name": lambda span: span.name,
    "kind": lambda span: span.kind,
    "start": lambda span: span.start_time,
    "end": lambda span: span.end_time,
    "attributes": lambda span: dict(span.attributes),
    "attributes, as they will be": lambda span: span.attributes,
    "events": lambda span: [(event.name, dict(event.attributes)) for event in span.events],
    "links": lambda span: [link.context.span_id for link in span.links],
    "status": lambda span: (span.status.status_code, span.status.description),
    "dropped": lambda span: (span.dropped_attributes, span.dropped_events, span.dropped_links),
    "recording": lambda span: span.is_recording(),
    "scope": lambda span: span.instrumentation_scope,
    "resource": lambda span: span.resource.attributes,
    "text": lambda span: repr(span).split("context")[0],
    "json": lambda span: {**json.loads(span.to_json()), "context": None},
    "odd": lambda span: span.odd,
    "set": lambda span: span.set_attribute("set", 1),
    "set more": lambda span: span.set_attributes({"text": "set", "more": [1, 2]}),
    "event": lambda span: span.add_event("happened", {"a": 1}, timestamp=5),
    "link": lambda span: span.add_link(SpanContext(1, 2, True, TraceFlags(1))),
    "bad": lambda span: span.set_status(Status(StatusCode.ERROR, "bad")),
    "rename": lambda span: span.update_name("renamed"),
    "exception": lambda span: span.record_exception(ValueError("no"), timestamp=6),
    "ended by another": lambda span: span.end(BEGAN_NS + 9),
    "ours": end,
    "ours, failed": lambda span: end(span, FAILED),
    "enclosing": lambda span: unseen_spans.told(span).get(names.RECORD_KIND),
}


@given(st.lists(st.sampled_from(sorted(LOOKS)), max_size=6))
def test_it_is_the_sdks_in_all_that_is_done_with_it(done: list[str]) -> None:
    each = []
    for is_ours in (False, True):
        processor = AtTheEnd()
        span = begun_by(tracer_of(processor), is_ours)
        assert is_unseen(span) is is_ours
        seen: list[Any] = []
        for name in done:
            try:
                seen.append(LOOKS[name](span))
            except AttributeError as error:
                seen.append(str(error))
        end(span)
        told = [LOOKS["json"](ended) for ended in processor.ended]
        after = [LOOKS[name](span) for name in ("recording", "end", "attributes", "status", "json")]
        each.append((seen, told, after, type(span)))
    assert each[1] == each[0]


def test_nobody_looks_until_it_is_exported() -> None:
    exporter, processor = InMemorySpanExporter(), AtTheEnd()
    span = begun_by(tracer_of(processor), True)
    end(span, FAILED)
    assert processor.ended == [span]
    assert is_unseen(span)
    exporter.export(processor.ended)
    assert is_unseen(span)
    (found,) = exporter.get_finished_spans()
    assert dict(found.attributes or {}) == {**SAID, "list": ("a", "b"), "text": "later", "count": 3, "words": ("c",)}
    assert (found.start_time, found.end_time, found.status) == (BEGAN_NS, BEGAN_NS + 5, FAILED)
    assert type(span) is _Span


def test_asking_whose_call_it_is_is_no_look() -> None:
    tracer: Any = tracer_of()
    around = begun_by(tracer, True)
    inside = LiveSpans(tracer, False).begin("b", trace.set_span_in_context(around), SpanKind.INTERNAL, dict(SAID))
    enclosing = tracer.span_processor._span_processors[0]
    assert enclosing.first(inside, ("absent",)) is None
    assert enclosing.first(inside, ("text",)) == "a"
    assert [is_unseen(span) for span in (around, inside)] == [True, True]
    assert list(enclosing.outward(inside)) == [inside, around]


def test_to_read_what_it_carries_while_it_is_open_is_no_look() -> None:
    tracer = tracer_of()
    span = begun_by(tracer, True)
    before = span.attributes
    assert dict(before) == {**SAID, "list": ("a", "b")}
    assert is_unseen(span)
    span.set_attribute("text", "b")
    assert not is_unseen(span)
    assert before["text"] == "b"


def test_a_processor_that_looks_when_a_span_begins_sees_all_of_it() -> None:
    class Looking(AtTheEnd):
        def on_start(self, span: Any, parent_context: Context | None = None) -> None:
            assert type(span) is _Span
            span.set_attribute("seen", span.name)

    for looking in (Looking(), type("Asked", (AtTheEnd,), {"_on_ending": lambda self, span: None})()):
        span = begun_by(tracer_of(looking), True)
        assert not is_unseen(span)
        end(span)
        assert (looking.ended[0].attributes or {}).get("seen") == ("a" if isinstance(looking, Looking) else None)


def test_processors_that_come_later_are_asked() -> None:
    tracer: Any = tracer_of()
    live = LiveSpans(tracer, False)
    assert is_unseen(live.begin("a", Context(), SpanKind.CLIENT, dict(SAID)))
    looking = type("Looking", (AtTheEnd,), {"on_start": lambda self, span, parent_context=None: None})()
    tracer.span_processor.add_span_processor(looking)
    assert not is_unseen(live.begin("a", Context(), SpanKind.CLIENT, dict(SAID)))


def test_processors_in_threads_of_their_own_get_it() -> None:
    processor = AtTheEnd()
    several = ConcurrentMultiSpanProcessor(2)
    end(begun_by(tracer_of(processor, several=several), True))
    several.shutdown()
    assert [span.name for span in processor.ended] == ["a"]


def test_an_exporter_within_the_call_gets_it() -> None:
    exporter = InMemorySpanExporter()
    end(begun_by(tracer_of(SimpleSpanProcessor(exporter)), True))
    assert [span.name for span in exporter.get_finished_spans()] == ["a"]


def test_ids_are_not_those_of_a_program_that_seeds_its_dice() -> None:
    def drawn() -> tuple[list[int], float]:
        random.seed(1)
        ended = AtTheEnd()
        tracer = tracer_of(ended)
        live = LiveSpans(tracer, False)
        span = live.begin("a", Context(), SpanKind.CLIENT, dict(SAID), BEGAN_NS)
        assert live.add_beside(span, "b", dict(SAID), (BEGAN_NS, BEGAN_NS + 1), None, dict)
        contexts = [each.get_span_context() for each in (span, ended.ended[0])]
        return [number for context in contexts for number in (context.trace_id, context.span_id)], random.random()

    one, other = drawn(), drawn()
    assert not set(one[0]) & set(other[0])
    assert one[1] == other[1]


@pytest.mark.parametrize("first", ["look", "end"])
def test_it_ends_once_whoever_looks_meanwhile(first: str) -> None:
    for _ in range(300):
        processor = AtTheEnd()
        span = begun_by(tracer_of(processor), True)
        barrier = threading.Barrier(3)
        found: list[Any] = []

        def look(span: Any = span, barrier: threading.Barrier = barrier, found: list[Any] = found) -> None:
            barrier.wait()
            found.append((span.name, span.is_recording() in (True, False), span.start_time, len(span.attributes) >= 3))

        def ends(span: Any = span, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            end(span)

        order = (look, ends, look) if first == "look" else (ends, look, look)
        threads = [threading.Thread(target=run) for run in order]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [("a", True, BEGAN_NS, True)] * 2
        (ended,) = processor.ended
        assert ended.end_time == span.end_time == BEGAN_NS + 5
        assert not span.is_recording()
        assert (ended.attributes or {})["count"] == 3
