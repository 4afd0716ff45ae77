"""OTLP values that only Python can turn into text: maps, and lists in lists. The engine does the others
(``schema/0008_otlp.sql``)."""

from __future__ import annotations

import base64
import json
import math
from typing import Any


def json_text(value: Any) -> str:
    """An ``AnyValue`` as JSON without blanks."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


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
        return _double(value.double_value)
    return getattr(value, kind) if kind else None


def _double(number: float) -> Any:
    """Whole numbers without a point; what JSON has no word for as text."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return int(number) if number.is_integer() and abs(number) < 1e21 else number
