"""The OpenTelemetry providers that every row gets: spans are batched and dropped, metrics are kept and never exported.

Imports no provider SDK: ``startup`` measures who does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

# The conventions had one histogram with a token type before they had a counter for each kind.
OLDER_TOKENS, INPUT_TOKENS = "gen_ai.client.token.usage", "gen_ai.client.inference.usage.input_tokens"
COST = "llmroute.cost"


class Drop(SpanExporter):
    """Reads the attributes of spans as an exporter does, counts them and keeps the latest one."""

    def __init__(self) -> None:
        self.count = 0
        self.latest: ReadableSpan | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.count += len(spans)
        for span in spans:
            dict(span.attributes or {})
        self.latest = spans[-1]
        return SpanExportResult.SUCCESS


@contextmanager
def unsampled() -> Iterator[None]:
    """Inside, a trace that is not sampled: by default the SDK drops what is done there."""
    outer = NonRecordingSpan(SpanContext(1, 1, is_remote=False, trace_flags=TraceFlags(TraceFlags.DEFAULT)))
    with trace.use_span(outer):
        yield


class Telemetry:
    """The providers, the sampler in force and what has arrived."""

    def __init__(self) -> None:
        self.drop = Drop()
        self.sampler = DEFAULT_ON
        self.reader = InMemoryMetricReader()
        self.processor = BatchSpanProcessor(self.drop)
        self.tracer_provider: Any = None
        self.meter_provider: Any = None

    def install(self) -> None:
        """Make the providers and set them as the global ones. Not for Logfire, which makes its own of these parts."""
        self.tracer_provider = TracerProvider(sampler=self.sampler)
        self.tracer_provider.add_span_processor(self.processor)
        self.meter_provider = MeterProvider(metric_readers=[self.reader])
        trace.set_tracer_provider(self.tracer_provider)
        metrics.set_meter_provider(self.meter_provider)

    def spans(self) -> int:
        """How many spans have ended so far."""
        self.processor.force_flush()
        return self.drop.count

    def holds(self, text: str) -> bool:
        """True when an attribute or event of the latest span contains the text."""
        span = self.drop.latest
        return span is not None and text in span.to_json()

    def sums(self) -> dict[str, float]:
        """Spans ended, input tokens and cost counted by the metrics so far."""
        data = self.reader.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        points = {metric.name: metric.data.data_points for scope in scopes for metric in scope.metrics}
        older = [p.sum for p in points.get(OLDER_TOKENS, ()) if p.attributes.get("gen_ai.token.type") == "input"]
        return {
            "spans": self.spans(),
            "tokens": sum(older) + sum(point.value for point in points.get(INPUT_TOKENS, ())),
            "cost": sum(point.value for point in points.get(COST, ())),
        }
