"""Requests in the form that is spooled: checked, counted, and as protobuf writes them.

Written anew, whatever a sender may have written twice, in parts or in more bytes than needed is there once: what the
engine parses (``schema/otlp.proto``) is what was checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from otel_llmroute.store.receiver.simple import attribute_lists, values

LAST_NS: Final = 2**63 - 1
"""DateTime64(9) counts nanoseconds in 64 bits with a sign: the year 2262."""


@dataclass(frozen=True)
class Canonical:
    """A request as it is spooled: its bytes, how many records it holds, how many were not taken and the first reason
    why, how many were taken but are of no use here (foreign metrics), and about how many bytes its rows have more than
    its body, because each holds what was sent once for all of them and each day has files of its own."""

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
    for pairs in attribute_lists(signal, message):
        parts += 1 + len(pairs)
        if parts > MAX_PARTS:
            return True
    for value in values(signal, message):
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
