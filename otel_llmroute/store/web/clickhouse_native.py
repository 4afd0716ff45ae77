"""Native blocks for clients that name a protocol version, as Go's driver does and with it Grafana.

The engine in this process writes Native as for version 0. From version 54454 on a client expects more around the same
column data: what kind of block it is before each block, and a flag before each column whether its data is in a special
form, which it never is. Where the data of a column ends only its type tells.
https://github.com/ClickHouse/ClickHouse/blob/master/src/Formats/NativeWriter.cpp
"""

from __future__ import annotations

import re
from typing import Final

from otel_llmroute.store.errors import BadStatement

FLAGGED: Final = 54454
"""The protocol version with the flag. Clients that name an older one are content with version 0."""
_BLOCK_INFO: Final = b"\x01\x00\x02\xff\xff\xff\xff\x00"
"""Field 1: no block of what exceeds a limit. Field 2: of no bucket (-1). End."""

_WIDTHS: Final = {
    **dict.fromkeys(("UInt8", "Int8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("UInt16", "Int16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("UInt32", "Int32", "Float32", "Date32", "DateTime", "IPv4", "Time", "Decimal32"), 4),
    **dict.fromkeys(("UInt64", "Int64", "Float64", "DateTime64", "Time64", "Decimal64"), 8),
    **dict.fromkeys(("UInt128", "Int128", "UUID", "IPv6", "Decimal128"), 16),
    **dict.fromkeys(("UInt256", "Int256", "Decimal256"), 32),
}
_INTERVAL_WIDTH: Final = 8
_SHAPES: Final = {
    "Point": "Tuple(Float64, Float64)",
    **dict.fromkeys(("Ring", "LineString"), "Array(Point)"),
    **dict.fromkeys(("Polygon", "MultiLineString"), "Array(Ring)"),
    "MultiPolygon": "Array(Polygon)",
}
_TYPE: Final = re.compile(r"\s*([A-Za-z]\w*)\s*(?:\((.*)\))?\s*", re.DOTALL)
_PART: Final = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^'`(),]+", re.DOTALL)


def for_protocol(body: bytes, version: str) -> bytes:
    """The blocks of ``body`` as a client of that protocol version reads them. Raises ``BadStatement`` for types whose
    data has no end that is known here: JSON, Variant, Dynamic and states of aggregates."""
    if not version.isascii() or not version.isdigit() or int(version) < FLAGGED:
        return body
    reader, parts = _Reader(body), []
    while reader.at < len(body):
        began = reader.at
        columns, rows = reader.number(), reader.number()
        parts += [_BLOCK_INFO, body[began : reader.at]]
        for _ in range(columns):
            began = reader.at
            reader.string()
            kind = reader.string().decode()
            parts += [body[began : reader.at], b"\x00"]
            began = reader.at
            if rows:
                reader.prefix(kind)
                reader.data(kind, rows)
            parts.append(body[began : reader.at])
    return b"".join(parts)


class _Reader:
    """A place in the bytes of a block, moved on by what is there."""

    def __init__(self, body: bytes) -> None:
        self.at = 0
        self._body = body

    def number(self) -> int:
        """A number of 7 bits a byte."""
        value = shift = 0
        while True:
            byte = self._body[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def fixed(self, width: int = 8) -> int:
        """A number of so many bytes."""
        self.at += width
        return int.from_bytes(self._body[self.at - width : self.at], "little")

    def string(self) -> bytes:
        """A string after its length."""
        length = self.number()
        self.at += length
        return self._body[self.at - length : self.at]

    def prefix(self, kind: str) -> None:
        """What stands before all data of a column: a version for each dictionary in its type."""
        name, inner = type_parts(kind)
        if name == "LowCardinality":
            self.fixed()
            return
        for part in inner:
            self.prefix(part)

    def data(self, kind: str, rows: int) -> None:
        """The values of a column, or of a part of one."""
        kind = _plain(kind)
        name, inner = type_parts(kind)
        if name == "String":
            for _ in range(rows):
                self.string()
        elif name == "LowCardinality":
            self._dictionary(inner[0], rows)
        elif name in ("Array", "Map"):
            end = self._offsets(rows)
            for part in inner:
                self.data(part, end)
        elif name in ("Tuple", "Nullable"):
            self.at += rows if name == "Nullable" or not inner else 0
            for part in inner:
                self.data(part, rows)
        else:
            self.at += rows * width_of(kind)

    def _offsets(self, rows: int) -> int:
        """Where each list ends; returns how many items there are in all."""
        self.at += 8 * rows
        return int.from_bytes(self._body[self.at - 8 : self.at], "little") if rows else 0

    def _dictionary(self, kind: str, rows: int) -> None:
        """Different values, then which of them each row has."""
        if not rows:
            return
        width = 1 << (self.fixed() & 0xFF)
        name, inner = type_parts(kind)
        self.data(inner[0] if name == "Nullable" else kind, self.fixed())
        count = self.fixed()
        self.at += count * width


def type_parts(kind: str) -> tuple[str, list[str]]:
    """``Map(String, UInt8)`` -> its name and the types in it. Parameters that are no types are left out."""
    found = _TYPE.fullmatch(_plain(kind))
    if found is None:
        raise BadStatement(f"the type {kind[:60]} is not supported by this protocol", "toString(...)", 48)
    name, inside = found[1], found[2] or ""
    if name == "Nested":
        return "Array", [f"Tuple({inside})"]
    if name not in ("Array", "Map", "Tuple", "Nullable", "LowCardinality"):
        return name, []
    return name, [_without_name(part) if name == "Tuple" else part for part in _separated(inside)]


def _plain(kind: str) -> str:
    """The type whose data another name stands for."""
    if kind.startswith("SimpleAggregateFunction("):
        return _plain(_separated(kind.partition("(")[2][:-1])[1])
    return _SHAPES.get(kind, kind)


def _separated(inside: str) -> list[str]:
    """The parts between the commas that are in no brackets."""
    parts, depth = [""], 0
    for token in _PART.findall(inside):
        depth += (token == "(") - (token == ")")
        if token == "," and not depth:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def _without_name(part: str) -> str:
    """``a Array(String)`` or ```a b` UInt8`` -> the type."""
    return re.sub(r"^(?:`(?:[^`\\]|\\.)*`|\w+)\s+(?=[A-Z])", "", part)


def width_of(kind: str) -> int:
    """Bytes of a value of a type that has always as many. Raises ``BadStatement``."""
    found = _TYPE.fullmatch(kind)
    name, inside = (found[1], found[2] or "") if found else (kind, "")
    if name == "FixedString":
        return int(inside)
    if name == "Decimal":
        digits = int(inside.partition(",")[0])
        return next(width for limit, width in ((9, 4), (18, 8), (38, 16), (76, 32)) if digits <= limit)
    if name.startswith("Interval"):
        return _INTERVAL_WIDTH
    if name not in _WIDTHS:
        raise BadStatement(f"the type {kind[:60]} is not supported by this protocol", "toString(...)", 48)
    return _WIDTHS[name]
