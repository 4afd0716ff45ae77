"""Hostile OTLP: requests of every shape, and their bytes bent. Seeded, so that a failure can be had again."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from typing import Any, Final

from google.protobuf.message import Message

from otel_llmroute import names
from otel_llmroute.store.receiver.signals import LOGS, METRICS, TRACES, Signal

TEXTS: Final = (
    "", "a", "é ü 😀", "\0", "a\0b", "\x01\x1f\x7f", '"\\/', "<a href='x'>&amp;</a>", "\u2028\u2029", "\ufeff",
    "\r\n\t\b\f", "0.001", "attempt", "9" * 400, "NaN", "[1,2]", "{}", "\u202eabc", "\U0010ffff",
)  # fmt: skip
KEYS: Final = (
    "service.name", "service.name", "", "key", "key", "\0", names.RECORD_KIND, names.COST_AMOUNT, names.ROUTE_NAME,
    names.USAGE_INPUT_TOKENS, names.JOB_ID, names.JOB_REVENUE, "a" * 300,
)  # fmt: skip
DOUBLES: Final = (
    0.0, -0.0, 1.0, -1.0, 0.1, 1e-5, 1e-6, 1.5e-7, 9.999999999999999e20, 1e21, 1.5e300, 5e-324, 1e15, 123456789.123,
    2.0**53, 2.0**63, -1e22, 1 / 3,
)  # fmt: skip
INTEGERS: Final = (0, 1, -1, 255, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
TIMES: Final = (0, 1, 1_790_000_000_000_000_000, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
KINDS: Final = (0, 1, 2, 3, 4, 5, 6, 2**31 - 1, -1, -(2**31))


class Maker:
    """Requests that no program sends, each within what the messages allow."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)

    def request(self, signal: Signal) -> Any:
        """A request of one signal."""
        message = signal.request()
        {TRACES.name: self._traces, LOGS.name: self._logs, METRICS.name: self._metrics}[signal.name](message)
        return message

    def _some(self, most: int) -> range:
        return range(self.random.randint(0, most))

    def _attributes(self, into: Any, most: int = 5, depth: int = 0) -> None:
        for _ in self._some(most):
            pair = into.add(key=self.random.choice(KEYS))
            self.value(pair.value, depth)

    def value(self, value: Any, depth: int = 0) -> None:
        """Any value, in place."""
        choice = self.random.choice
        kind = choice(("none", "string", "bool", "int", "double", "bytes", "list", "list", "map", "empty"))
        if kind == "string":
            value.string_value = choice(TEXTS)
        elif kind == "bool":
            value.bool_value = choice((True, False))
        elif kind == "int":
            value.int_value = choice(INTEGERS)
        elif kind == "double":
            value.double_value = choice(DOUBLES)
        elif kind == "bytes":
            value.bytes_value = choice((b"", b"\0", b"\xff\xfe", b"bytes"))
        elif kind == "list":
            value.array_value.SetInParent()
            for _ in self._some(3):
                self.value(value.array_value.values.add(), depth + 1) if depth < 4 else None
        elif kind == "map" and depth < 4:
            value.kvlist_value.SetInParent()
            self._attributes(value.kvlist_value.values, 3, depth + 1)
        elif kind == "empty":
            choice((value.array_value, value.kvlist_value)).SetInParent()

    def _identity(self, into: Any) -> None:
        into.trace_id = self.random.randbytes(self.random.choice((16, 16, 16, 16, 0, 5)))
        into.span_id = self.random.randbytes(self.random.choice((8, 8, 8, 8, 0, 20)))

    def _resource(self, group: Any) -> None:
        self._attributes(group.resource.attributes)
        group.schema_url = self.random.choice(TEXTS)

    def _scope(self, scoped: Any) -> None:
        scoped.scope.name = self.random.choice((*TEXTS, names.SCOPE, names.SCOPE, names.SCOPE))
        scoped.scope.version = self.random.choice(TEXTS)
        self._attributes(scoped.scope.attributes)
        scoped.schema_url = self.random.choice(TEXTS)

    def _traces(self, message: Any) -> None:
        for _ in self._some(3):
            group = message.resource_spans.add()
            self._resource(group)
            for _ in self._some(2):
                scoped = group.scope_spans.add()
                self._scope(scoped)
                for _ in self._some(4):
                    self._span(scoped.spans.add())

    def _span(self, span: Any) -> None:
        choice = self.random.choice
        self._identity(span)
        span.parent_span_id = choice((b"", b"12345678", b"odd"))
        span.trace_state, span.name = choice(TEXTS), choice(TEXTS)
        span.start_time_unix_nano, span.end_time_unix_nano = choice(TIMES), choice(TIMES)
        span.kind = choice(KINDS)
        span.status.code, span.status.message = choice(KINDS), choice(TEXTS)
        span.flags, span.dropped_attributes_count = 2**32 - 1, 7
        self._attributes(span.attributes, 8)
        for _ in self._some(2):
            event = span.events.add(time_unix_nano=choice(TIMES), name=choice(TEXTS))
            self._attributes(event.attributes)
        for _ in self._some(2):
            link = span.links.add(trace_state=choice(TEXTS))
            self._identity(link)
            self._attributes(link.attributes)

    def _logs(self, message: Any) -> None:
        for _ in self._some(3):
            group = message.resource_logs.add()
            self._resource(group)
            for _ in self._some(2):
                scoped = group.scope_logs.add()
                self._scope(scoped)
                for _ in self._some(4):
                    self._log(scoped.log_records.add())

    def _log(self, record: Any) -> None:
        choice = self.random.choice
        self._identity(record)
        record.time_unix_nano, record.observed_time_unix_nano = choice(TIMES), choice(TIMES)
        record.severity_number, record.severity_text = choice(KINDS), choice(TEXTS)
        record.flags = choice((0, 1, 2**32 - 1))
        record.event_name = choice(TEXTS)
        if choice((True, False)):
            self.value(record.body)
        self._attributes(record.attributes, 8)

    def _metrics(self, message: Any) -> None:
        for _ in self._some(3):
            group = message.resource_metrics.add()
            self._resource(group)
            for _ in self._some(2):
                scoped = group.scope_metrics.add()
                self._scope(scoped)
                for _ in self._some(4):
                    self._metric(scoped.metrics.add())

    def _metric(self, metric: Any) -> None:
        choice = self.random.choice
        metric.name, metric.unit, metric.description = choice(TEXTS), choice(TEXTS), "about"
        kind = choice(("gauge", "sum", "histogram", "exponential_histogram", "summary", ""))
        if not kind:
            return
        data = getattr(metric, kind)
        data.SetInParent()
        if kind in ("sum", "histogram", "exponential_histogram"):
            data.aggregation_temporality = choice(KINDS)
        for _ in self._some(3):
            self._point(data.data_points.add(), kind)

    def _point(self, point: Any, kind: str) -> None:
        choice = self.random.choice
        point.start_time_unix_nano, point.time_unix_nano = choice(TIMES), choice(TIMES)
        self._attributes(point.attributes)
        if kind in ("gauge", "sum"):
            if choice((True, False)):
                point.as_int = choice(INTEGERS)
            else:
                point.as_double = choice(DOUBLES)
            return
        point.count = choice((0, 1, 2**64 - 1))
        if choice((True, False)):
            point.sum = choice(DOUBLES)


# Bytes ----------------------------------------------------------------------------------------------------------------


def varint(number: int, extra: int = 0) -> bytes:
    """A varint, with ``extra`` bytes more than it needs."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    for _ in range(min(extra, 10 - len(found))):
        found[-1] |= 128
        found.append(0)
    return bytes(found)


def fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """The fields of a message: number, wire type, value. Raises ``ValueError`` for what is none."""
    at = 0
    while at < len(data):
        tag, at = _read(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _read(data, at)
            yield tag >> 3, kind, value
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            yield tag >> 3, kind, data[at : at + size]
            at += size
        elif kind == 2:
            size, at = _read(data, at)
            if at + size > len(data):
                raise ValueError("cut short")
            yield tag >> 3, kind, data[at : at + size]
            at += size
        else:
            raise ValueError("a group")


def _read(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("not a varint")
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


class Bender:
    """Changes the bytes of a request: within the rules (the same message, written oddly) and against them."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)

    def oddly(self, message: Message, rate: float = 0.15) -> bytes:
        """The same fields, as no writer writes them: long varints, fields twice and in another order, unknown fields
        and groups, known numbers with another wire type. All of it is protobuf, and parsers read it."""
        parts: list[bytes] = []
        for descriptor, value in message.ListFields():
            repeated = descriptor.is_repeated
            for item in value if repeated else [value]:
                parts.append(self._field(descriptor, item, rate))
                if not repeated and self.random.random() < rate:
                    parts.append(self._field(descriptor, item, rate))
        if self.random.random() < rate:
            parts.insert(self.random.randint(0, len(parts)), self.unknown())
        if self.random.random() < rate:
            parts.insert(self.random.randint(0, len(parts)), self._other_type(message))
        if self.random.random() < rate and not any(field.is_repeated for field in message.DESCRIPTOR.fields):
            self.random.shuffle(parts)
        return b"".join(parts)

    def _extra(self, rate: float) -> int:
        return self.random.randint(1, 5) if self.random.random() < rate else 0

    def _field(self, descriptor: Any, value: Any, rate: float) -> bytes:
        kind = descriptor.type
        number = descriptor.number << 3
        if kind == descriptor.TYPE_MESSAGE:
            inner = self.oddly(value, rate)
            return varint(number | 2, self._tag_extra(rate)) + varint(len(inner), self._tag_extra(rate)) + inner
        if kind in (descriptor.TYPE_STRING, descriptor.TYPE_BYTES):
            inner = value.encode() if isinstance(value, str) else value
            return varint(number | 2, self._tag_extra(rate)) + varint(len(inner), self._tag_extra(rate)) + inner
        if kind in _FIXED:
            wire, form = _FIXED[kind]
            return varint(number | wire, self._tag_extra(rate)) + struct.pack(form, value)
        if kind in (descriptor.TYPE_SINT32, descriptor.TYPE_SINT64):
            value = (value << 1) ^ (value >> 63)
        return varint(number, self._tag_extra(rate)) + varint(int(value) & (2**64 - 1), self._extra(rate))

    def _tag_extra(self, rate: float) -> int:
        return self.random.choice((1, 1, 2, 3)) if self.random.random() < rate / 3 else 0

    def unknown(self) -> bytes:
        """A field of a number that OTLP has not given away, or a group of such."""
        number = self.random.choice((50, 999, 19000, 2**29 - 1)) << 3
        return self.random.choice(
            (
                varint(number) + varint(self.random.getrandbits(64)),
                varint(number | 1) + bytes(8),
                varint(number | 5) + bytes(4),
                varint(number | 2) + varint(3) + b"\xff\xfe\xfd",
                varint(number | 3) + b"\x08\x01\x12\x01x" + varint(number | 4),
                varint(number | 3) + b"\x0b\x08\x07\x0c" + varint(number | 4),
            )
        )

    def _other_type(self, message: Message) -> bytes:
        """A known number with a wire type that it does not have: an unknown field, says protobuf."""
        number = self.random.choice(message.DESCRIPTOR.fields).number << 3
        return self.random.choice(
            (
                varint(number) + varint(7),
                varint(number | 1) + bytes(8),
                varint(number | 5) + bytes(4),
                varint(number | 2) + varint(4) + b"\x08\x01\x10\x01",
                varint(number | 3) + b"\x08\x01" + varint(number | 4),
            )
        )

    def broken(self, data: bytes) -> bytes:
        """Bytes changed without regard: flipped, cut, doubled, mixed up, garbage in between."""
        if not data:
            return self.random.randbytes(self.random.randint(1, 20))
        bent = bytearray(data)
        for _ in range(self.random.choice((1, 1, 2, 5))):
            self.random.choice(_BENDS)(self.random, bent)
        return bytes(bent)


_FIXED: Final = {1: (1, "<d"), 6: (1, "<Q"), 7: (5, "<I"), 15: (5, "<i"), 16: (1, "<q"), 2: (5, "<f")}
"""Types of fixed size by their number in ``FieldDescriptorProto.Type``: wire type and form."""


def _flip(chance: random.Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _set(chance: random.Random, data: bytearray) -> None:
    if data:
        data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 128, 255))


def _cut(chance: random.Random, data: bytearray) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _drop(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    del data[at : at + chance.randint(1, 8)]


def _double(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = data[at : at + chance.randint(1, 64)]


def _garbage(chance: random.Random, data: bytearray) -> None:
    at = chance.randrange(len(data) + 1)
    data[at:at] = chance.randbytes(chance.randint(1, 16))


_BENDS: Final[tuple[Callable[[random.Random, bytearray], None], ...]] = (
    _flip,
    _flip,
    _set,
    _set,
    _cut,
    _drop,
    _double,
    _garbage,
)
