"""What an answer said, whatever provider and endpoint it came from, and how to look into one without stumbling.

A body is a dict (parsed JSON) or an SDK's model object; any part of it may be missing or of another type than it should
be. ``get`` and the typed readers give ``None`` for all of that, and never raise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from otel_llmroute.prices import Usage

_LONGEST_TEXT: Final = 256
_EMPTY: Final[dict[str, Any]] = {}


class Answer:
    """What the provider said of one attempt; each field is ``None`` until it was said."""

    __slots__ = (
        "cost",
        "error_type",
        "fingerprint",
        "finish",
        "id",
        "model",
        "region",
        "speed",
        "tier",
        "upstream_provider",
        "usage",
    )

    def __init__(self) -> None:
        self.id: str | None = None
        self.model: str | None = None
        self.finish: dict[int, str] = {}
        """Choice number -> the provider's word for why it stopped."""
        self.usage: Usage | None = None
        self.tier: str | None = None
        self.speed: str | None = None
        self.region: str | None = None
        self.fingerprint: str | None = None
        self.error_type: str | None = None
        self.cost: object = None
        """The cost that the provider or a gateway reported: a number or a decimal text, not yet checked."""
        self.upstream_provider: str | None = None
        """Who a gateway says has answered."""


def get(node: object, key: str) -> Any:
    """Field ``key`` of a dict or of an SDK's model object; ``None`` when it is not there. Never raises.

    Goes by ``__dict__`` and not by ``getattr``: a missing attribute of a pydantic model costs an exception.
    """
    if type(node) is dict:
        return node.get(key)
    fields = getattr(node, "__dict__", None)
    if type(fields) is dict:
        value = fields.get(key)
        if value is None:
            extra = getattr(node, "__pydantic_extra__", None)  # fields that the SDK's model does not know
            if type(extra) is dict:
                return extra.get(key)
        return value
    return node.get(key) if isinstance(node, Mapping) else None


def text(value: object) -> str | None:
    """``value`` if it is a text of reasonable length (an enum member of texts counts), else ``None``."""
    if type(value) is not str:
        value = getattr(value, "value", None) if isinstance(value, str) else None
    return value if type(value) is str and 0 < len(value) <= _LONGEST_TEXT else None


def count(value: object) -> int | None:
    """``value`` if it is a count: an integer from 0 up. A bool, a float, a text is none."""
    return value if type(value) is int and 0 <= value < 2**63 else None


def items(value: object) -> Sequence[Any]:
    """``value`` if it is a list, else nothing."""
    return value if type(value) is list else ()


UsageTable = tuple[tuple[str, tuple[str, ...]], ...]
"""Field of ``Usage`` -> path of keys below the usage node."""


def read_counts(node: object, table: UsageTable, usage: Usage) -> bool:
    """Read the counts that ``table`` names from ``node`` into ``usage``; a part of another type sets nothing.

    True if any was there. Later statements of a stream replace earlier ones field by field.
    """
    found = False
    parents: dict[str, Any] = {}
    for field, path in table:
        key = path[0]
        if len(path) == 1:
            value = get(node, key)
        else:
            parent = parents.get(key, _EMPTY)
            if parent is _EMPTY:
                parent = parents[key] = get(node, key)
            value = get(parent, path[1]) if parent is not None else None
        # `type() is int` keeps bools and floats out; an SDK's model may hold anything.
        if type(value) is int and 0 <= value < 2**63:
            setattr(usage, field, value)
            found = True
    return found
