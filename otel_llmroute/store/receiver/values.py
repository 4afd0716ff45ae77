"""OTLP values -> the strings that attribute maps hold, as the Collector's ClickHouse exporter writes them."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any


def text_of(value: Any) -> str:
    """An ``AnyValue`` as text: booleans ``true``/``false``, whole doubles without a point, lists and maps as JSON."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return str(value.string_value)
    if kind == "int_value":
        return str(value.int_value)
    if kind == "double_value":
        return double_text(value.double_value)
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind is None:
        return ""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def double_text(number: float) -> str:
    """A double in the fewest digits that give it back, whole ones without a point: ``4.5e-7``, ``0.00005``, ``12``."""
    if not math.isfinite(number):
        return "NaN" if number != number else ("+Inf" if number > 0 else "-Inf")
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    if 1e-6 <= abs(number) < 1e21:
        return format(Decimal(repr(number)), "f")
    return repr(number).replace("e-0", "e-").replace("e+0", "e+")


def _plain(value: Any) -> Any:
    """An ``AnyValue`` as what JSON can hold."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: _plain(item.value) for item in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    if kind == "double_value":
        return value.double_value if math.isfinite(value.double_value) else double_text(value.double_value)
    return getattr(value, kind) if kind else None


def attributes_of(pairs: Iterable[Any]) -> dict[str, str]:
    """Key and value pairs as a map of text. Of a key that comes twice the last counts."""
    return {pair.key: text_of(pair.value) for pair in pairs}
