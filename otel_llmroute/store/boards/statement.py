"""A panel's SQL with its parameters written out: what a person can read, copy and ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

_PARAMETER: Final = re.compile(r"\{(\w+):([^{}]+)\}")


def written_out(sql: str, parameters: Mapping[str, Any]) -> str:
    """``sql`` with a literal of its type in the place of every parameter."""
    return _PARAMETER.sub(lambda found: _literal(parameters[found[1]], found[2]), sql)


def _literal(value: Any, kind: str) -> str:
    """``value`` as a constant. Times keep their type: one that is compared as another loses rows."""
    if kind == "Identifier":
        return "`" + _escaped(str(value), "`") + "`"
    if kind.startswith("UInt"):
        return str(int(value))
    if kind.startswith("Array"):
        return "[" + ", ".join(_quoted(str(item)) for item in value) + "]"
    return _quoted(str(value)) if kind == "String" else f"CAST({_quoted(str(value))} AS {kind})"


def _quoted(text: str) -> str:
    return "'" + _escaped(text, "'") + "'"


def _escaped(text: str, quote: str) -> str:
    return text.replace("\\", "\\\\").replace(quote, "\\" + quote)
