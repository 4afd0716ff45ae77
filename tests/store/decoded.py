"""What the tables should hold of a request, worked out another way than the store does: in Python, record by record."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from typing import Any, Final

from otel_llmroute import names
from otel_llmroute.store.receiver.signals import LOGS, METRICS, TRACES, Signal

Row = tuple[Any, ...]
LAST: Final = 2**63 - 1
KINDS: Final = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUS: Final = ("Unset", "Ok", "Error")

QUESTIONS: Final = {
    TRACES.name: """
        SELECT ServiceName, SpanName, toString(toUnixTimestamp64Nano(Timestamp)), TraceId, SpanId, ParentSpanId,
            TraceState, SpanKind, mapKeys(ResourceAttributes), mapValues(ResourceAttributes), ScopeName, ScopeVersion,
            mapKeys(SpanAttributes), mapValues(SpanAttributes), toString(Duration), StatusCode, StatusMessage,
            arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp), Events.Name,
            arrayMap(m -> mapKeys(m), Events.Attributes), arrayMap(m -> mapValues(m), Events.Attributes),
            Links.TraceId, Links.SpanId, Links.TraceState, arrayMap(m -> mapKeys(m), Links.Attributes),
            arrayMap(m -> mapValues(m), Links.Attributes)
        FROM otel_traces""",
    LOGS.name: """
        SELECT ServiceName, toString(toUnixTimestamp64Nano(Timestamp)), TraceId, SpanId, TraceFlags, SeverityText,
            SeverityNumber, Body, ResourceSchemaUrl, mapKeys(ResourceAttributes), mapValues(ResourceAttributes),
            ScopeSchemaUrl, ScopeName, ScopeVersion, mapKeys(ScopeAttributes), mapValues(ScopeAttributes),
            mapKeys(LogAttributes), mapValues(LogAttributes), EventName
        FROM otel_logs""",
    METRICS.name: """
        SELECT metric, service, toString(toUnixTimestamp64Nano(ts)), toString(toUnixTimestamp64Nano(started)), unit,
            shape, temporality, mapKeys(attributes), mapValues(attributes), value, toString(count),
            mapKeys(resource_attributes), mapValues(resource_attributes)
        FROM llm_metrics""",
}
"""Rows in the form of ``rows_of``."""
KEYS: Final = {TRACES.name: 5, METRICS.name: 4}
"""How many of the first values tell a row from another: of those that have them equal, one is kept."""


def rows_of(signal: Signal, message: Any) -> list[Row]:
    """The rows of a request, without what is rejected."""
    return list({TRACES.name: _traces, LOGS.name: _logs, METRICS.name: _metrics}[signal.name](message))


def is_taken(span: Any) -> bool:
    """Whether a span is one."""
    ids = len(span.trace_id) == 16 and any(span.trace_id) and len(span.span_id) == 8 and any(span.span_id)
    return ids and span.start_time_unix_nano <= LAST


def _traces(message: Any) -> Iterator[Row]:
    for group in message.resource_spans:
        resource = _pairs(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in filter(is_taken, scoped.spans):
                yield _span(resource, scoped.scope, span)


def _span(resource: list[list[str]], scope: Any, span: Any) -> Row:
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    events = [_pairs(event.attributes) for event in span.events]
    links = [_pairs(link.attributes) for link in span.links]
    return (
        *(_first(resource, "service.name"), span.name, str(start), span.trace_id.hex(), span.span_id.hex()),
        *(span.parent_span_id.hex(), span.trace_state, KINDS[span.kind] if 0 <= span.kind <= 5 else KINDS[0]),
        *(*resource, scope.name, scope.version, *_pairs(span.attributes), str(min(max(end - start, 0), LAST))),
        *(STATUS[span.status.code] if 0 <= span.status.code <= 2 else STATUS[0], span.status.message),
        *([_time(event.time_unix_nano) for event in span.events], [event.name for event in span.events]),
        *([keys for keys, _ in events], [values for _, values in events]),
        *([link.trace_id.hex() for link in span.links], [link.span_id.hex() for link in span.links]),
        *([link.trace_state for link in span.links], [keys for keys, _ in links], [values for _, values in links]),
    )


def _logs(message: Any) -> Iterator[Row]:
    for group in message.resource_logs:
        resource = _pairs(group.resource.attributes)
        for scoped in group.scope_logs:
            scope = scoped.scope
            for log in scoped.log_records:
                yield (
                    *(_first(resource, "service.name"), _time(log.time_unix_nano or log.observed_time_unix_nano)),
                    *(log.trace_id.hex(), log.span_id.hex(), log.flags & 255, log.severity_text),
                    *(min(max(log.severity_number, 0), 255), text(log.body), group.schema_url, *resource),
                    *(scoped.schema_url, scope.name, scope.version, *_pairs(scope.attributes)),
                    *(*_pairs(log.attributes), log.event_name),
                )


def _metrics(message: Any) -> Iterator[Row]:
    for group in message.resource_metrics:
        resource = _pairs(group.resource.attributes)
        for scoped in group.scope_metrics:
            for metric in scoped.metrics:
                kind = metric.WhichOneof("data")
                if scoped.scope.name == names.SCOPE and kind and kind != "summary":
                    for point in getattr(metric, kind).data_points:
                        yield _point(resource, metric, kind, point)


def _point(resource: list[list[str]], metric: Any, kind: str, point: Any) -> Row:
    is_number = kind in ("gauge", "sum")
    if is_number:
        sent = point.WhichOneof("value")
        value = float(getattr(point, sent)) if sent else None
    else:
        value = point.sum if point.HasField("sum") else None
    temporality = 0 if kind == "gauge" else getattr(metric, kind).aggregation_temporality
    return (
        *(metric.name, _first(resource, "service.name"), _time(point.time_unix_nano)),
        *(_time(point.start_time_unix_nano), metric.unit, kind if is_number else "histogram"),
        *({1: "delta", 2: "cumulative"}.get(temporality, ""), *_pairs(point.attributes), value),
        *(None if is_number else str(point.count), *resource),
    )


def _time(nanoseconds: int) -> str:
    return str(min(nanoseconds, LAST))


def _pairs(attributes: Any) -> list[list[str]]:
    """Keys and values, the last sent first: a look-up in a map finds the first."""
    sent = list(attributes)[::-1]
    return [[pair.key for pair in sent], [text(pair.value) for pair in sent]]


def _first(pairs: list[list[str]], key: str) -> str:
    return dict(zip(*(column[::-1] for column in pairs), strict=True)).get(key, "")


# Values as text -------------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """An ``AnyValue`` as the Collector's ClickHouse exporter writes it (``exporter_text.json`` has it from there)."""
    kind = value.WhichOneof("value")
    if kind in (None, "string_value_strindex"):
        return ""
    if kind == "string_value":
        return str(value.string_value)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind == "double_value" and not math.isfinite(value.double_value):
        return json.loads(_json(value))
    return _json(value)


def _json(value: Any) -> str:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return "[" + ",".join(_json(item) for item in value.array_value.values) + "]"
    if kind == "kvlist_value":
        last = {pair.key: _json(pair.value) for pair in value.kvlist_value.values}
        return "{" + ",".join(f"{_quoted(key)}:{last[key]}" for key in sorted(last)) + "}"
    if kind == "string_value":
        return _quoted(value.string_value)
    if kind == "bytes_value":
        return '"' + base64.b64encode(value.bytes_value).decode() + '"' if value.bytes_value else "null"
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "int_value":
        return str(value.int_value)
    return _number(value.double_value) if kind == "double_value" else "null"


def _quoted(said: str) -> str:
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
    escaped = (short.get(c) or (f"\\u{ord(c):04x}" if c < " " or c in "\u2028\u2029" else c) for c in said)
    return '"' + "".join(escaped) + '"'


def _number(number: float) -> str:
    """By the rules of JavaScript, from the digits and the exponent."""
    if not math.isfinite(number):
        return '"NaN"' if math.isnan(number) else '"+Inf"' if number > 0 else '"-Inf"'
    sign = "-" if math.copysign(1, number) < 0 else ""
    if number == 0:
        return sign + "0"
    mantissa, _, power = f"{abs(number):.17e}".partition("e")
    for precision in range(17):
        mantissa, _, power = f"{abs(number):.{precision}e}".partition("e")
        if float(f"{mantissa}e{power}") == abs(number):
            break
    digits, exponent = mantissa.replace(".", "").rstrip("0") or "0", int(power)
    if -7 < exponent < 0:
        return sign + "0." + "0" * (-exponent - 1) + digits
    if 0 <= exponent < 21:
        whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
        return sign + whole + ("." + rest if rest else "")
    return f"{sign}{digits[0]}{'.' + digits[1:] if digits[1:] else ''}e{exponent:+d}"
