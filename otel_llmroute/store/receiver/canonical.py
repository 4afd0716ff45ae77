"""Requests in the one form that is spooled and that the engine parses itself (``schema/otlp.proto``).

That form has no map within a value and no list within a list, which are rare, and no record without ids or time.
Whether a request is in that form already is found out in C: it is parsed with the OTLP types, except that the message
for a map lacks a required field, so ``IsInitialized`` says whether there is one. Only requests that are not go through
Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from google.protobuf.message import Message  # type: ignore[import-untyped]

from otel_llmroute import names
from otel_llmroute.store.receiver.limits import (
    CHECKED_BYTES,
    DAY_NS,
    MAX_PARTS,
    MAX_REPEATED,
    ORDINARY_REPEATED,
    bytes_of_days,
    check_records,
    limited,
    repeated_bytes,
)
from otel_llmroute.store.receiver.refusals import too_large
from otel_llmroute.store.receiver.signals import LOGS, METRICS, TRACES, Signal
from otel_llmroute.store.receiver.values import json_text

LAST_NS: Final = 2**63 - 1
"""DateTime64(9) counts nanoseconds in 64 bits with a sign: the year 2262."""


@dataclass(frozen=True)
class Canonical:
    """A request as it is spooled: its bytes, how many records it holds, how many were not taken and the first reason
    why, how many were taken but are of no use here (foreign metrics), and about how many bytes its rows have more than
    its body, because each holds what was sent once for all of them and each day has
    files of its own."""

    body: bytes
    records: int
    rejected: int = 0
    reason: str = ""
    ignored: int = 0
    repeated: int = 0

    @property
    def weight(self) -> int:
        """What it is to the engine, in bytes of an ordinary request."""
        return len(self.body) + self.repeated // ORDINARY_REPEATED


def canonical(signal: Signal, message: Message) -> Canonical:
    """``message``, which may be changed, in canonical form. Raises ``Refused`` when it is too large in some way."""
    found = _COUNTED[signal.name](message)
    _check_size(signal, message, found)
    return found


def is_rare(signal: Signal, body: bytes) -> bool:
    """Whether a plain request, as it is serialized, has a list that the engine cannot write: an empty one, which is
    none to it, or one with bytes that are empty. May be true of others as well."""
    return b"\x12\x02\x2a\x00" in body or b"\x0a\x02\x3a\x00" in body or (signal is LOGS and _EMPTY_BODY in body)


_EMPTY_BODY: Final = b"\x2a\x02\x2a\x00"
"""An empty list as the body of a log record; before: as the value of an attribute, and empty bytes in a list."""


def simplify(signal: Signal, message: Message) -> None:
    """Write what the engine cannot as the JSON text that the tables hold for it."""
    for value in _values(signal, message):
        kind = value.WhichOneof("value")
        if kind == "kvlist_value" or (kind == "array_value" and not _is_flat(value.array_value)):
            value.string_value = json_text(value)


def _is_flat(array: Any) -> bool:
    kinds = {item.WhichOneof("value") for item in array.values}
    if "bytes_value" in kinds and any(item.HasField("bytes_value") and not item.bytes_value for item in array.values):
        return False
    return bool(kinds) and not kinds & {"array_value", "kvlist_value"}


# What is in a request -------------------------------------------------------------------------------------------------


def _traces(message: Any) -> Canonical:
    records = rejected = repeated = 0
    reason = ""
    days: set[int] = set()
    for group in limited(message.resource_spans):
        before = records
        for scoped in limited(group.scope_spans):
            sent = len(scoped.spans)
            check_records(records + rejected + sent)
            faults = [fault for span in scoped.spans if (fault := _fault(span))]
            if faults:
                reason = reason or faults[0]
                rejected += len(faults)
                _keep(scoped.spans, [span for span in scoped.spans if not _fault(span)])
            days.update(span.start_time_unix_nano // DAY_NS for span in scoped.spans)
            taken = sent - len(faults)
            records += taken
            repeated += repeated_bytes(taken, scoped.scope)
        repeated += repeated_bytes(records - before, group.resource)
    repeated += bytes_of_days(days)
    return Canonical(message.SerializeToString(), records, rejected, reason, repeated=repeated)


def _fault(span: Any) -> str:
    """Why a span cannot be taken; the others of its request are."""
    trace_id, span_id = span.trace_id, span.span_id
    if len(trace_id) != 16 or trace_id == _NO_TRACE:
        return "a trace id is not 16 bytes, or all zero"
    if len(span_id) != 8 or span_id == _NO_SPAN:
        return "a span id is not 8 bytes, or all zero"
    if span.start_time_unix_nano > LAST_NS:
        return "a start time is after the year 2262"
    return ""


_NO_TRACE: Final = bytes(16)
_NO_SPAN: Final = bytes(8)


def _logs(message: Any) -> Canonical:
    records = repeated = 0
    days: set[int] = set()
    for group in limited(message.resource_logs):
        before = records
        for scoped in limited(group.scope_logs):
            records += len(scoped.log_records)
            check_records(records)
            days.update((log.time_unix_nano or log.observed_time_unix_nano) // DAY_NS for log in scoped.log_records)
            repeated += repeated_bytes(len(scoped.log_records), scoped.scope, scoped.schema_url)
        repeated += repeated_bytes(records - before, group.resource, group.schema_url)
    repeated += bytes_of_days(days)
    return Canonical(message.SerializeToString(), records, repeated=repeated)


def _metrics(message: Any) -> Canonical:
    """Data points of our own scope; those of others are taken, counted as ignored and forgotten."""
    ours = ignored = repeated = 0
    for group in limited(message.resource_metrics):
        before, foreign = ours, False
        for scoped in limited(group.scope_metrics):
            if scoped.scope.name != names.SCOPE:
                ignored += sum(_points(metric) for metric in scoped.metrics)
                foreign = True
                continue
            for metric in scoped.metrics:
                points = _points(metric)
                if metric.WhichOneof("data") == "summary":
                    ignored += points
                else:
                    ours += points
                    repeated += points * (len(metric.name) + len(metric.unit))
            check_records(ours)
        if foreign:
            _keep(group.scope_metrics, [scoped for scoped in group.scope_metrics if scoped.scope.name == names.SCOPE])
        repeated += repeated_bytes(ours - before, group.resource)
    return Canonical(message.SerializeToString() if ours else b"", ours, ignored=ignored, repeated=repeated)


def _check_size(signal: Signal, message: Message, found: Canonical) -> None:
    """Refuse a request for which the engine would need more memory than is right for one."""
    if found.repeated > MAX_REPEATED:
        raise too_large("the resource is too large to be stored with so many records: send smaller batches")
    if len(found.body) > CHECKED_BYTES and _has_many_parts(signal, message):
        raise too_large(f"the request has more than {MAX_PARTS} attributes and items: send smaller batches")


def _has_many_parts(signal: Signal, message: Message) -> bool:
    parts = 0
    for pairs in _VALUES[signal.name](message):
        parts += 1 + len(pairs)
        if parts > MAX_PARTS:
            return True
    for value in _values(signal, message):
        parts += len(value.array_value.values)
        if parts > MAX_PARTS:
            return True
    return False


def _keep(repeated: Any, those: Sequence[Any]) -> None:
    """Leave nothing but ``those`` of a repeated field's messages."""
    copies = [type(message).FromString(message.SerializeToString()) for message in those]
    del repeated[:]
    repeated.extend(copies)


def _points(metric: Any) -> int:
    kind = metric.WhichOneof("data")
    return len(getattr(metric, kind).data_points) if kind else 0


_COUNTED: Final[dict[str, Callable[[Any], Canonical]]] = {
    TRACES.name: _traces,
    LOGS.name: _logs,
    METRICS.name: _metrics,
}


# Every value in a request ---------------------------------------------------------------------------------------------


def _values(signal: Signal, message: Any) -> Iterator[Any]:
    for pairs in _VALUES[signal.name](message):
        for pair in pairs:
            yield pair.value
    if signal is LOGS:
        yield from (
            record.body
            for group in message.resource_logs
            for scoped in group.scope_logs
            for record in scoped.log_records
            if record.HasField("body")
        )


def _in_traces(message: Any) -> Iterator[Sequence[Any]]:
    for group in message.resource_spans:
        yield group.resource.attributes
        for scoped in group.scope_spans:
            yield scoped.scope.attributes
            for span in scoped.spans:
                yield span.attributes
                for part in chain(span.events, span.links):
                    yield part.attributes


def _in_logs(message: Any) -> Iterator[Sequence[Any]]:
    for group in message.resource_logs:
        yield group.resource.attributes
        for scoped in group.scope_logs:
            yield scoped.scope.attributes
            for record in scoped.log_records:
                yield record.attributes


def _in_metrics(message: Any) -> Iterator[Sequence[Any]]:
    for group in message.resource_metrics:
        yield group.resource.attributes
        for scoped in group.scope_metrics:
            yield scoped.scope.attributes
            for metric in scoped.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind).data_points if kind else ():
                    yield point.attributes


_VALUES: Final = {TRACES.name: _in_traces, LOGS.name: _in_logs, METRICS.name: _in_metrics}
