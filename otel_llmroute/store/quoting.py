"""Values and names written into a statement of the engine, where a parameter cannot stand."""

from __future__ import annotations


def quoted(value: str | int, quote: str = "'") -> str:
    """``value`` as a literal; with a back quote as ``quote``, as a name."""
    escaped = str(value).replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n")
    return f"{quote}{escaped}{quote}"
