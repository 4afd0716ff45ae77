"""A panel's SQL with its parameters written out: what a person can read, copy and ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from otel_llmroute.store.quoting import quoted

_PARAMETER: Final = re.compile(r"\{(\w+):([^{}]+)\}")


def written_out(sql: str, parameters: Mapping[str, Any]) -> str:
    """``sql`` with a literal of its type in the place of every parameter."""
    return _PARAMETER.sub(lambda found: _literal(parameters[found[1]], found[2]), sql)


def _literal(value: Any, kind: str) -> str:
    """``value`` as a constant. Times keep their type: one that is compared as another loses rows."""
    if kind == "Identifier":
        return quoted(value, "`")
    if kind.startswith("UInt"):
        return str(int(value))
    if kind.startswith("Array"):
        return "[" + ", ".join(quoted(item) for item in value) + "]"
    return quoted(value) if kind == "String" else f"CAST({quoted(value)} AS {kind})"
