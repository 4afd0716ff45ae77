"""Requests in the one form that is spooled and that the engine parses itself (``schema/otlp.proto``).

That form has no map within a value and no list within a list, which are rare, and no record without ids or time.
Whether a request is in that form already is found out in C: it is parsed with the OTLP types, except that the message
for a map lacks a required field, so ``IsInitialized`` says whether there is one. Only requests that are not go through
Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto  # type: ignore[import-untyped]
from google.protobuf.descriptor_pool import DescriptorPool  # type: ignore[import-untyped]
from google.protobuf.message import Message  # type: ignore[import-untyped]
from google.protobuf.message_factory import GetMessageClass  # type: ignore[import-untyped]

from otel_llmroute import names
from otel_llmroute.store.receiver.signals import LOGS, METRICS, SIGNALS, TRACES, Signal
from otel_llmroute.store.receiver.values import json_text

LAST_NS: Final = 2**63 - 1
"""DateTime64(9) counts nanoseconds in 64 bits with a sign: the year 2262."""


@dataclass(frozen=True)
class Canonical:
    """A request as it is spooled: its bytes, how many records it holds, how many were not taken and the first reason
    why, and how many were taken but are of no use here (foreign metrics)."""

    body: bytes
    records: int
    rejected: int = 0
    reason: str = ""
    ignored: int = 0


def canonical(signal: Signal, message: Message) -> Canonical:
    """``message``, which may be changed, in canonical form."""
    return _COUNTED[signal.name](message)


def plain_type(signal: Signal) -> type[Message]:
    """The message class that is only initialized when a request is without maps and lists in lists."""
    return _PLAIN[signal.name]


def simplify(signal: Signal, message: Message) -> None:
    """Write maps, and lists in lists, as the JSON text that the tables hold for them."""
    for value in _values(signal, message):
        kind = value.WhichOneof("value")
        if kind == "kvlist_value" or (kind == "array_value" and not _is_flat(value.array_value)):
            value.string_value = json_text(value)


def _is_flat(array: Any) -> bool:
    return all(item.WhichOneof("value") not in ("array_value", "kvlist_value") for item in array.values)


# What is in a request -------------------------------------------------------------------------------------------------


def _traces(message: Any) -> Canonical:
    records = rejected = 0
    reason = ""
    for group in message.resource_spans:
        for scoped in group.scope_spans:
            faults = [fault for span in scoped.spans if (fault := _fault(span))]
            if faults:
                reason = reason or faults[0]
                rejected += len(faults)
                _keep(scoped.spans, [span for span in scoped.spans if not _fault(span)])
            records += len(scoped.spans)
    return Canonical(message.SerializeToString(), records, rejected, reason)


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
    records = sum(len(scoped.log_records) for group in message.resource_logs for scoped in group.scope_logs)
    return Canonical(message.SerializeToString(), records)


def _metrics(message: Any) -> Canonical:
    """Data points of our own scope; those of others are taken, counted as ignored and forgotten."""
    ours = ignored = 0
    for group in message.resource_metrics:
        foreign = False
        for scoped in group.scope_metrics:
            points = sum(_points(metric) for metric in scoped.metrics)
            if scoped.scope.name == names.SCOPE:
                ours += points
            else:
                ignored += points
                foreign = True
        if foreign:
            _keep(group.scope_metrics, [scoped for scoped in group.scope_metrics if scoped.scope.name == names.SCOPE])
    return Canonical(message.SerializeToString() if ours else b"", ours, ignored=ignored)


def _keep(repeated: Any, those: Sequence[Any]) -> None:
    """Leave nothing but ``those`` of a repeated field's messages."""
    copies = [type(message).FromString(message.SerializeToString()) for message in those]
    del repeated[:]
    repeated.extend(copies)


def _points(metric: Any) -> int:
    kind = metric.WhichOneof("data")
    return len(getattr(metric, kind).data_points) if kind else 0


_COUNTED: Final = {TRACES.name: _traces, LOGS.name: _logs, METRICS.name: _metrics}


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


def _in_traces(message: Any) -> Iterator[Iterable[Any]]:
    for group in message.resource_spans:
        yield group.resource.attributes
        for scoped in group.scope_spans:
            yield scoped.scope.attributes
            for span in scoped.spans:
                yield span.attributes
                for part in (*span.events, *span.links):
                    yield part.attributes


def _in_logs(message: Any) -> Iterator[Iterable[Any]]:
    for group in message.resource_logs:
        yield group.resource.attributes
        for scoped in group.scope_logs:
            yield scoped.scope.attributes
            for record in scoped.log_records:
                yield record.attributes


def _in_metrics(message: Any) -> Iterator[Iterable[Any]]:
    for group in message.resource_metrics:
        yield group.resource.attributes
        for scoped in group.scope_metrics:
            yield scoped.scope.attributes
            for metric in scoped.metrics:
                kind = metric.WhichOneof("data")
                for point in getattr(metric, kind).data_points if kind else ():
                    yield point.attributes


_VALUES: Final = {TRACES.name: _in_traces, LOGS.name: _in_logs, METRICS.name: _in_metrics}


# Message classes that are initialized when a request is plain ---------------------------------------------------------

_COMMON: Final = "opentelemetry/proto/common/v1/common.proto"
_NEVER: Final = "never.proto"


def _plain_types() -> dict[str, type[Message]]:
    """The OTLP messages in a pool of their own, where maps and lists in lists have the type ``Never``."""
    pool = DescriptorPool()
    pool.Add(_never())
    added = {_NEVER}
    for signal in SIGNALS:
        _add(pool, signal.request.DESCRIPTOR.file, added)
    return {
        signal.name: GetMessageClass(pool.FindMessageTypeByName(signal.request.DESCRIPTOR.full_name))
        for signal in SIGNALS
    }


def _add(pool: Any, file: Any, added: set[str]) -> None:
    """``file`` after what it imports."""
    if file.name in added:
        return
    added.add(file.name)
    for other in file.dependencies:
        _add(pool, other, added)
    copy = FileDescriptorProto()
    file.CopyToProto(copy)
    if file.name == _COMMON:
        _without_nesting(copy)
    pool.Add(copy)


def _never() -> FileDescriptorProto:
    """A message that is never whole: its one field is required and never sent. Only proto2 knows required fields."""
    file = FileDescriptorProto(name=_NEVER, package="llmroute", syntax="proto2")
    file.message_type.add(name="Never").field.add(
        name="never",
        number=2**29 - 1,
        label=FieldDescriptorProto.LABEL_REQUIRED,
        type=FieldDescriptorProto.TYPE_BOOL,
    )
    return file


def _without_nesting(common: Any) -> None:
    common.dependency.append(_NEVER)
    messages = {message.name: message for message in common.message_type}
    item = common.message_type.add()
    item.CopyFrom(messages["AnyValue"])
    item.name = "Item"
    for message, kinds in ((item, ("array_value", "kvlist_value")), (messages["AnyValue"], ("kvlist_value",))):
        for field in message.field:
            if field.name in kinds:
                field.type_name = ".llmroute.Never"
    (values,) = messages["ArrayValue"].field
    values.type_name = f".{common.package}.Item"


_PLAIN: Final = _plain_types()
