"""Spans of ours are the SDK's in all that they have, and the SDK makes them wherever it makes them in another way."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider, _Span
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_ON,
    Decision,
    ParentBased,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    StaticSampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState

from otel_llmroute import names
from otel_llmroute.app import live_spans, unseen_spans
from otel_llmroute.app.live_spans import LiveSpans
from otel_llmroute.app.sampler import SpendSampler
from otel_llmroute.app.spans import Words

BEGAN_NS = 1_900_000_000_000_000_000
SAID = {names.RECORD_KIND: "attempt", "text": "a", "count": 3, "share": 0.5, "yes": True, "words": Words(("a", "b"))}
ODD = {names.RECORD_KIND: "route", "list": ["a", None], "none": None, "": "no name", "map": {"a": 1}, "mixed": [1, "a"]}


class Chosen(Sampler):
    """Says what it is told to say."""

    def __init__(self, decision: Decision, attributes: Any, state: TraceState | None) -> None:
        self._said = (decision, attributes, state)

    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        decision, attributes, state = self._said
        return SamplingResult(decision, attributes, state)

    def get_description(self) -> str:
        return "Chosen"


class Looking(SpanProcessor):
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.begun: list[tuple[Span, dict[str, Any], Context | None]] = []
        self.ended: list[ReadableSpan] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.begun.append((span, dict(span.attributes or {}), parent_context))

    def on_end(self, span: ReadableSpan) -> None:
        self.ended.append(span)


def provider_of(sampler: Sampler, *processors: SpanProcessor, **options: Any) -> TracerProvider:
    ids = RandomIdGenerator()
    provider = TracerProvider(
        sampler, Resource({"service.name": "shop"}), shutdown_on_exit=False, id_generator=ids, **options
    )
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


def around(is_remote: bool | None, flags: int) -> Context:
    """Inside a span of another process, or of this one; inside none where it is not said."""
    if is_remote is None:
        return Context()
    state = TraceState([("vendor", "x")])
    return trace.set_span_in_context(
        NonRecordingSpan(SpanContext(7, 8, is_remote, TraceFlags(flags), state)), Context()
    )


def told_of(span: ReadableSpan) -> dict[str, Any]:
    """All that is exported of a span, and what besides that it holds."""
    told = json.loads(span.to_json())
    left_out = [span.dropped_attributes, span.dropped_events, span.dropped_links]
    scopes: list[Any] = [span.instrumentation_scope, vars(span)["_instrumentation_info"]]
    return told | {"scopes": scopes, "left_out": left_out}


def used(span: trace.Span) -> None:
    """All that one may do with a span."""
    span.set_attribute("later", 1)
    span.set_attributes({"text": "changed", "more": [1, 2]})
    span.add_event("happened", {"a": 1}, timestamp=5)
    span.add_link(SpanContext(1, 2, True, TraceFlags(1)), {"why": "x"})
    span.record_exception(ValueError("no"), timestamp=6)
    span.set_status(Status(StatusCode.ERROR, "bad"))
    span.update_name("renamed")


class Contrary(StaticSampler):
    """The SDK's own, of another mind."""

    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        return SamplingResult(Decision.RECORD_AND_SAMPLE, {"contrary": True}, TraceState([("c", "1")]))


SAMPLERS = {
    "all": ALWAYS_ON,
    "none": ALWAYS_OFF,
    "by parent": DEFAULT_ON,
    "kept": SpendSampler(ALWAYS_OFF),
    "kept by parent": SpendSampler(ParentBased(ALWAYS_OFF)),
    "kept all": SpendSampler(ALWAYS_ON),
    "adding": Chosen(Decision.RECORD_AND_SAMPLE, {"sampler": "said", "odd": [1, "a"]}, TraceState([("s", "1")])),
    "taking away": Chosen(Decision.RECORD_AND_SAMPLE, None, None),
    "recording only": Chosen(Decision.RECORD_ONLY, dict(SAID), None),
    "always recording only": StaticSampler(Decision.RECORD_ONLY),
    "kept of recording only": SpendSampler(StaticSampler(Decision.RECORD_ONLY)),
    "none of its own": ParentBased(ALWAYS_OFF),
    "by parent the other way round": ParentBased(
        ALWAYS_OFF,
        local_parent_sampled=ALWAYS_OFF,
        local_parent_not_sampled=ALWAYS_ON,
        remote_parent_sampled=ALWAYS_OFF,
    ),
    "kept the other way round": SpendSampler(
        ParentBased(ALWAYS_ON, local_parent_sampled=ALWAYS_OFF, local_parent_not_sampled=Contrary(Decision.DROP))
    ),
    "few": TraceIdRatioBased(0.01),
    "most by parent": ParentBasedTraceIdRatio(0.99),
    "few kept by parent": SpendSampler(ParentBasedTraceIdRatio(0.01)),
    "contrary": Contrary(Decision.DROP),
    "kept twice": SpendSampler(SpendSampler(ALWAYS_OFF)),
}


@pytest.fixture(autouse=True)
def sdk_is_known() -> None:
    begun_where(provider_of(ALWAYS_ON).get_tracer("x"))  # looks at what the SDK makes, once


@pytest.fixture
def put_together(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the spans that the SDK did not begin."""
    found: list[str] = []
    begin = unseen_spans.begin

    def began(tracer: Any, name: str, *rest: Any) -> Any:
        found.append(name)
        return begin(tracer, name, *rest)

    monkeypatch.setattr(unseen_spans, "begin", began)
    return found


@pytest.mark.parametrize("attributes", [SAID, ODD], ids=["clean", "odd"])
@pytest.mark.parametrize("flags", [0, 1, 3])
@pytest.mark.parametrize("is_remote", [None, True, False], ids=["alone", "remote", "local"])
@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)
def test_a_span_is_as_the_sdk_would_have_made_it(
    sampler: Sampler, is_remote: bool | None, flags: int, attributes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    each = []
    for is_ours in (False, True):
        monkeypatch.setattr("opentelemetry.sdk.trace.id_generator.random", random.Random(1))
        monkeypatch.setattr(live_spans, "random_bits", random.Random(1).getrandbits)
        looking = Looking()
        tracer = provider_of(sampler, looking).get_tracer("x", "1")
        given, outside = dict(attributes), around(is_remote, flags)
        if is_ours:
            span = LiveSpans(tracer, False).begin("a", outside, SpanKind.CLIENT, given, BEGAN_NS)
        else:
            span = tracer.start_span("a", outside, SpanKind.CLIENT, given, start_time=BEGAN_NS, record_exception=False)
        context = list(span.get_span_context())
        if is_ours and span is trace.get_current_span(outside):
            context[1] = each[0][2][1]  # dropped like the one around it, which it is
        began = [(seen, parent is outside) for _, seen, parent in looking.begun]
        fields = {name: type(value) for name, value in vars(span).items() if name != "_record_end_metrics"}
        used(span)
        span.end(BEGAN_NS + 5)
        each.append((type(span), fields, context, began, given, [told_of(ended) for ended in looking.ended]))
    assert each[1] == each[0]


@pytest.mark.parametrize(
    ("sampler", "is_remote", "flags", "is_same"),
    [
        (DEFAULT_ON, False, 0, True),
        (ALWAYS_OFF, False, 0, True),
        (ALWAYS_OFF, False, 1, False),
        (ALWAYS_OFF, True, 0, False),
        (ALWAYS_OFF, None, 0, False),
        (Chosen(Decision.DROP, None, TraceState([("s", "1")])), False, 0, False),
    ],
    ids=["by parent", "none", "below a sampled one", "below another process", "alone", "with a state of its own"],
)
def test_a_dropped_span_is_the_dropped_one_around_it(
    sampler: Sampler, is_remote: bool | None, flags: int, is_same: bool
) -> None:
    """Where whatever is begun inside is sampled as inside another one."""
    outside = around(is_remote, flags)
    span = LiveSpans(provider_of(sampler).get_tracer("x"), False).begin("a", outside, SpanKind.CLIENT, dict(SAID))
    assert not span.is_recording()
    assert (span is trace.get_current_span(outside)) == is_same


@pytest.mark.parametrize("is_kept", [False, True], ids=["alone", "kept"])
@pytest.mark.parametrize(("sampler", "asked"), [(DEFAULT_ON, 0), (ALWAYS_OFF, 0), (SAMPLERS["adding"], 4)])
def test_a_sampler_that_always_says_the_same_is_not_asked(
    sampler: Sampler, asked: int, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for a span below one of another process."""
    questions: list[object] = []
    provider = provider_of(SpendSampler(sampler) if is_kept else sampler)
    live = LiveSpans(provider.get_tracer("x"), is_kept)

    def begin(is_remote: bool | None, flags: int) -> None:
        live.begin("a", around(is_remote, flags), SpanKind.CLIENT, dict(SAID))

    begin(None, 0)  # which finds out
    should_sample = type(provider.sampler).should_sample

    def counted(*args: Any, **kwargs: Any) -> SamplingResult:
        questions.append(args)
        return should_sample(*args, **kwargs)

    monkeypatch.setattr(type(provider.sampler), "should_sample", counted)
    for is_remote, flags in ((None, 0), (False, 0), (False, 1), (False, 3)):
        begin(is_remote, flags)
    assert len(questions) == asked
    begin(True, 1)
    assert len(questions) == asked + 1


def test_a_sampler_on_which_another_method_was_put_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = StaticSampler(Decision.DROP)
    monkeypatch.setattr(sampler, "should_sample", ALWAYS_ON.should_sample)
    assert begun_where(provider_of(sampler).get_tracer("x")).is_recording()


def test_a_sampler_that_is_put_on_later_is_heeded() -> None:
    """As the instrumentor does it with the tracers that there are."""
    tracer: Any = provider_of(ALWAYS_OFF).get_tracer("x")
    live = LiveSpans(tracer, True)
    found = []
    for sampler in (ALWAYS_OFF, SpendSampler(ALWAYS_OFF), ALWAYS_OFF, ALWAYS_ON):
        tracer.sampler = sampler
        found.append(live.begin("a", Context(), SpanKind.CLIENT, dict(SAID)).is_recording())
    assert found == [False, True, False, True]


def test_it_was_put_together_here(put_together: list[str]) -> None:
    LiveSpans(provider_of(ALWAYS_ON).get_tracer("x"), True).begin("a", Context(), SpanKind.CLIENT, dict(SAID)).end()
    assert put_together == ["a"]


def test_the_first_one_may_begin_inside_another_span(put_together: list[str]) -> None:
    tracer = provider_of(ALWAYS_ON).get_tracer("x")
    live_spans._is_known.cache_clear()
    with tracer.start_as_current_span("request"):
        LiveSpans(tracer, True).begin("a", otel_context.get_current(), SpanKind.CLIENT, dict(SAID))
    assert put_together == ["ours", "ours", "a"]


def begun_where(tracer: trace.Tracer) -> trace.Span:
    return LiveSpans(tracer, True).begin("a", Context(), SpanKind.CLIENT, dict(SAID))


def test_what_has_to_be_cut_is_cut_by_the_sdk(put_together: list[str]) -> None:
    for limits in (
        SpanLimits(max_span_attribute_length=3),
        SpanLimits(max_attributes=2),
        SpanLimits(max_attributes=127),
    ):
        looking = Looking()
        tracer = provider_of(ALWAYS_ON, looking, span_limits=limits).get_tracer("x")
        begun_where(tracer).end()
        tracer.start_span("a", Context(), SpanKind.CLIENT, dict(SAID)).end()
        assert looking.ended[0].attributes == looking.ended[1].attributes
        assert (looking.ended[0].attributes == SAID) == (limits.max_span_attributes == 127)
    assert put_together == []


def test_spans_that_the_sdk_counts_are_begun_by_it(put_together: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "true")
    reader = InMemoryMetricReader()
    begun_where(provider_of(ALWAYS_ON, meter_provider=MeterProvider([reader])).get_tracer("x"))
    data = reader.get_metrics_data()
    assert data is not None
    assert "otel.sdk.span.started" in data.to_json()
    assert put_together == []


def test_a_tracer_that_is_switched_off_begins_nothing(put_together: list[str]) -> None:
    tracer: Any = provider_of(ALWAYS_ON).get_tracer("x")
    live = LiveSpans(tracer, False)
    assert live.begin("a", Context(), SpanKind.CLIENT, {}).is_recording()
    tracer._tracer_config.is_enabled = False
    assert not live.begin("b", Context(), SpanKind.CLIENT, {}).is_recording()
    assert put_together == ["a"]


def test_the_sdk_begins_spans_that_have_more_than_we_know(
    put_together: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    init = _Span.__init__

    def with_more(span: Any, *args: Any, **kwargs: Any) -> None:
        init(span, *args, **kwargs)
        span._more = 1

    monkeypatch.setattr(_Span, "__init__", with_more)
    live_spans._is_known.cache_clear()
    try:
        span: Any = begun_where(provider_of(ALWAYS_ON).get_tracer("x"))
    finally:
        monkeypatch.undo()
        live_spans._is_known.cache_clear()
    assert span._more == 1
    assert "a" not in put_together


def test_a_tracer_of_somebody_else_is_asked(put_together: list[str]) -> None:
    asked: list[tuple[object, ...]] = []

    class Other(trace.NoOpTracer):
        def start_span(self, *args: Any, **kwargs: Any) -> trace.Span:
            asked.append(args)
            return super().start_span(*args, **kwargs)

    assert not begun_where(Other()).is_recording()
    assert [args[0] for args in asked] == ["a"]
    assert put_together == []


def test_a_provider_that_is_set_later_is_found(put_together: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    live = LiveSpans(trace.ProxyTracer("x"), True)
    assert not live.begin("a", Context(), SpanKind.CLIENT, {}).is_recording()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider_of(ALWAYS_ON))
    assert live.begin("b", Context(), SpanKind.CLIENT, {}).is_recording()
    assert put_together == ["b"]


def test_what_is_no_span_is_no_parent() -> None:
    for odd in (None, "span", trace.INVALID_SPAN):
        context = otel_context.set_value(trace.propagation._SPAN_KEY, odd, Context())  # type: ignore[attr-defined]
        span: Any = LiveSpans(provider_of(ALWAYS_ON).get_tracer("x"), True).begin("a", context, SpanKind.CLIENT, {})
        assert span.parent is None


def test_attributes_are_its_own() -> None:
    given: dict[str, Any] = dict(SAID)
    span: Any = LiveSpans(provider_of(ALWAYS_ON).get_tracer("x"), True).begin("a", Context(), SpanKind.CLIENT, given)
    given["text"] = "changed"
    assert span.attributes["text"] == "a"


def test_processors_see_its_attributes_when_it_begins(put_together: list[str]) -> None:
    looking = Looking()
    begun_where(provider_of(SpendSampler(ALWAYS_OFF), looking).get_tracer("x"))
    ((_, seen, _),) = looking.begun
    assert seen == {**SAID, names.SAMPLING_KEPT: True}
    assert put_together == ["a"]
