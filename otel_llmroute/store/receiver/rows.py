"""OTLP messages -> rows of the tables. Pure: no engine, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from otel_llmroute import names
from otel_llmroute.store.receiver.values import attributes_of, text_of

Row = tuple[Any, ...]

SPAN_COLUMNS: Final = (
    "Timestamp", "TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName",
    "ResourceAttributes", "ScopeName", "ScopeVersion", "SpanAttributes", "Duration", "StatusCode", "StatusMessage",
    "Events.Timestamp", "Events.Name", "Events.Attributes",
    "Links.TraceId", "Links.SpanId", "Links.TraceState", "Links.Attributes",
)  # fmt: skip
LOG_COLUMNS: Final = (
    "Timestamp", "TraceId", "SpanId", "TraceFlags", "SeverityText", "SeverityNumber", "ServiceName", "Body",
    "ResourceSchemaUrl", "ResourceAttributes", "ScopeSchemaUrl", "ScopeName", "ScopeVersion", "ScopeAttributes",
    "LogAttributes", "EventName",
)  # fmt: skip
METRIC_COLUMNS: Final = (
    "ts", "started", "service", "run_id", "metric", "unit", "shape", "temporality", "attributes", "value", "count",
    "resource_attributes",
)  # fmt: skip
COLUMNS: Final = {"otel_traces": SPAN_COLUMNS, "otel_logs": LOG_COLUMNS, "llm_metrics": METRIC_COLUMNS}

SERVICE: Final = "service.name"
RUN_ID: Final = "llmroute.run.id"
"""Resource attribute that ``llmroute run`` sets, so that its table shows that run alone."""

KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUSES: Final = ("Unset", "Ok", "Error")
TEMPORALITIES: Final = ("", "delta", "cumulative")
LAST_NS: Final = 2**63 - 1
"""DateTime64(9) counts nanoseconds in 64 bits with a sign: the year 2262."""


@dataclass
class Batch:
    """What one request becomes: rows of one table, how many of its records were not taken and why, and how many were
    taken but are of no use here (foreign metrics)."""

    table: str
    rows: list[Row] = field(default_factory=list)
    rejected: int = 0
    reason: str = ""
    ignored: int = 0

    def reject(self, reason: str) -> None:
        """Count a record that is not taken; the first reason is the one that is told."""
        self.rejected += 1
        self.reason = self.reason or reason


def span_rows(request: Any) -> Batch:
    """The spans of a trace request. A span without valid ids or times is rejected, the others are taken."""
    batch = Batch("otel_traces")
    for group in request.resource_spans:
        resource = attributes_of(group.resource.attributes)
        service = resource.get(SERVICE, "")
        for scoped in group.scope_spans:
            scope = scoped.scope
            for span in scoped.spans:
                if fault := _fault(span):
                    batch.reject(fault)
                else:
                    batch.rows.append(_span_row(span, service, resource, scope))
    return batch


def _fault(span: Any) -> str:
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return "a trace id is not 16 bytes, or all zero"
    if len(span.span_id) != 8 or not any(span.span_id):
        return "a span id is not 8 bytes, or all zero"
    if span.start_time_unix_nano > LAST_NS:
        return "a start time is after the year 2262"
    return ""


def _span_row(span: Any, service: str, resource: dict[str, str], scope: Any) -> Row:
    start = span.start_time_unix_nano
    return (
        start,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.trace_state,
        span.name,
        _word(KINDS, span.kind),
        service,
        resource,
        scope.name,
        scope.version,
        attributes_of(span.attributes),
        # A clock that was set back in between must not become 584 years.
        min(max(span.end_time_unix_nano - start, 0), LAST_NS),
        _word(STATUSES, span.status.code),
        span.status.message,
        [min(event.time_unix_nano, LAST_NS) for event in span.events],
        [event.name for event in span.events],
        [attributes_of(event.attributes) for event in span.events],
        [link.trace_id.hex() for link in span.links],
        [link.span_id.hex() for link in span.links],
        [link.trace_state for link in span.links],
        [attributes_of(link.attributes) for link in span.links],
    )


def _word(words: tuple[str, ...], number: int) -> str:
    return words[number] if 0 <= number < len(words) else words[0]


def log_rows(request: Any) -> Batch:
    """The log records of a request."""
    batch = Batch("otel_logs")
    for group in request.resource_logs:
        resource = attributes_of(group.resource.attributes)
        for scoped in group.scope_logs:
            scope_attributes = attributes_of(scoped.scope.attributes)
            for record in scoped.log_records:
                batch.rows.append(_log_row(record, group, resource, scoped, scope_attributes))
    return batch


def _log_row(record: Any, group: Any, resource: dict[str, str], scoped: Any, scope_attributes: dict[str, str]) -> Row:
    return (
        min(record.time_unix_nano or record.observed_time_unix_nano, LAST_NS),
        record.trace_id.hex(),
        record.span_id.hex(),
        record.flags & 0xFF,
        record.severity_text,
        min(max(record.severity_number, 0), 255),
        resource.get(SERVICE, ""),
        text_of(record.body),
        group.schema_url,
        resource,
        scoped.schema_url,
        scoped.scope.name,
        scoped.scope.version,
        scope_attributes,
        attributes_of(record.attributes),
        record.event_name,
    )


def metric_rows(request: Any) -> Batch:
    """The data points of our own metrics. Points of other scopes are taken, counted as ignored and forgotten."""
    batch = Batch("llm_metrics")
    for group in request.resource_metrics:
        resource = attributes_of(group.resource.attributes)
        for scoped in group.scope_metrics:
            for metric in scoped.metrics:
                points = list(_points(metric))
                if scoped.scope.name == names.SCOPE:
                    batch.rows.extend(_metric_row(metric, resource, *point) for point in points)
                else:
                    batch.ignored += len(points)
    return batch


def _points(metric: Any) -> Iterable[tuple[str, int, Any]]:
    """Shape, temporality and data point, for each point of a metric."""
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    shape = "histogram" if kind == "exponential_histogram" else kind
    for point in data.data_points:
        yield shape, getattr(data, "aggregation_temporality", 0), point


def _metric_row(metric: Any, resource: dict[str, str], shape: str, temporality: int, point: Any) -> Row:
    if shape in ("sum", "gauge"):
        held = point.WhichOneof("value")
        value, count = (float(getattr(point, held)) if held else None), None
    else:
        value, count = point.sum, point.count
    return (
        min(point.time_unix_nano, LAST_NS),
        min(point.start_time_unix_nano, LAST_NS),
        resource.get(SERVICE, ""),
        resource.get(RUN_ID, ""),
        metric.name,
        metric.unit,
        shape,
        _word(TEMPORALITIES, temporality),
        attributes_of(point.attributes),
        value,
        count,
        resource,
    )
