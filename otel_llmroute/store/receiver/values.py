"""OTLP values that only Python can turn into text: maps, lists in lists and what else the engine cannot tell apart
(``simple.py``). The engine does the others (``schema/0008_otlp.sql``).

The text is what the Collector's ClickHouse exporter stores (``pcommon.Value.AsString``), except for a number that JSON
has no word for: there the exporter stores nothing of the whole value, here it is a word in quotes.
"""

from __future__ import annotations

import base64
import json
import math
from decimal import Decimal
from typing import Any


def json_text(value: Any) -> str:
    """An ``AnyValue`` as JSON without blanks: the keys of a map sorted, the last of equal keys."""
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return f"[{','.join(map(json_text, value.array_value.values))}]"
    if kind == "kvlist_value":
        pairs = {pair.key: pair.value for pair in value.kvlist_value.values}
        return f"{{{','.join(f'{_string(key)}:{json_text(pairs[key])}' for key in sorted(pairs))}}}"
    if kind == "bytes_value":
        return f'"{base64.b64encode(value.bytes_value).decode()}"' if value.bytes_value else "null"
    if kind == "double_value":
        return _double(value.double_value)
    if kind == "string_value":
        return _string(value.string_value)
    # What else there is (string_value_strindex) means something in profiles only.
    return json.dumps(getattr(value, kind)) if kind in ("bool_value", "int_value") else "null"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _double(number: float) -> str:
    """As JavaScript writes it: the fewest digits that tell it apart, with an exponent from 1e21 and below 1e-6."""
    if math.isnan(number):
        return '"NaN"'
    if math.isinf(number):
        return '"+Inf"' if number > 0 else '"-Inf"'
    text = repr(number)
    if number and not 1e-6 <= abs(number) < 1e21:
        return text.replace("e-0", "e-")
    fixed = format(Decimal(text), "f")
    return fixed.removesuffix(".0")
