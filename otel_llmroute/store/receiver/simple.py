"""Requests that the engine cannot read as they are: what is rare in them, written in a form that it can read.

Rare are maps as values, lists in lists, lists that are empty, and fields of a known number and another type, on which
the engine gives up. To look for them in each request takes longer than to parse it. So the engine finds them: an insert
fails before anything is stored, and the writer makes its requests simple and inserts them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from google.protobuf.message import Message  # type: ignore[import-untyped]

from otel_llmroute.store.receiver.signals import LOGS, METRICS, TRACES, Signal
from otel_llmroute.store.receiver.values import json_text


def simple(signal: Signal, body: bytes) -> bytes:
    """The request in ``body``, which is one, as the engine reads it."""
    message = signal.request()
    message.MergeFromString(body)
    message.DiscardUnknownFields()
    simplify(signal, message)
    return bytes(message.SerializeToString())


def simplify(signal: Signal, message: Message) -> None:
    """Write what the engine cannot as the JSON text that the tables hold for it."""
    for value in values(signal, message):
        kind = value.WhichOneof("value")
        if kind == "kvlist_value" or (kind == "array_value" and not _is_flat(value.array_value)):
            value.string_value = json_text(value)


def has_empty_list(signal: Signal, body: bytes) -> bool:
    """Whether a request, as it is serialized, has an empty list, which is none to the engine. May be true of others."""
    return _EMPTY_LIST in body or (signal is LOGS and _EMPTY_BODY in body)


_EMPTY_LIST: Final = b"\x12\x02\x2a\x00"
"""As the value of an attribute."""
_EMPTY_BODY: Final = b"\x2a\x02\x2a\x00"
"""As the body of a log record."""


def _is_flat(array: Any) -> bool:
    kinds = {item.WhichOneof("value") for item in array.values}
    return bool(kinds) and not kinds & {"array_value", "kvlist_value"}


def values(signal: Signal, message: Any) -> Iterator[Any]:
    """Every value in a request; not those within lists and maps."""
    for pairs in attribute_lists(signal, message):
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


def attribute_lists(signal: Signal, message: Any) -> Iterator[Sequence[Any]]:
    """Every list of attributes in a request."""
    return _LISTS[signal.name](message)


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


_LISTS: Final = {TRACES.name: _in_traces, LOGS.name: _in_logs, METRICS.name: _in_metrics}
