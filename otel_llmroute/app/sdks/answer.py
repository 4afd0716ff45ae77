"""What an answer said, whatever provider and endpoint it came from, and how to look into one without stumbling.

A body is a dict (parsed JSON) or an SDK's model object; any part of it may be missing or of another type than it should
be. ``fields`` gives a dict for any of them, and the typed readers give ``None`` for what is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Union

from otel_llmroute import names
from otel_llmroute.prices import Usage, nothing_used

LONGEST_TEXT: Final = 256
_LONGEST_INT: Final = 2**63 - 1
_MOST_COUNTED: Final = 10**12
"""No call has more tokens. Far below what the wire carries, so that sums of counts fit it as well."""
_SHORT_NAME: Final = re.compile(r"[A-Za-z0-9_.:\-]{1,64}\Z")
_NOTHING: Final[dict[str, Any]] = {}


class Answer:
    """What the provider said of one attempt; each field is ``None`` until it was said."""

    id: str | None = None
    model: str | None = None
    finish: Mapping[int, str] = MappingProxyType({})
    """Choice number -> the provider's word for why it stopped."""
    usage: Usage | None = None
    beside: tuple[tuple[str | None, Usage], ...] = ()
    """What was used for the answer and is not in its ``usage``, each with the model that used it; ``None`` is the model
    that answered.
    """
    writes_as_reads: bool = False
    """What was written to the cache was billed as if it had been read there: nobody says how much of it."""
    tier: str | None = None
    speed: str | None = None
    region: str | None = None
    fingerprint: str | None = None
    error_type: str | None = None
    completed_s: float | None = None
    """Unix time at which a response was whole, in whole seconds."""
    characters: int | None = None
    """Characters of the text that it was asked to read aloud."""
    cost: object = None
    """The cost that the provider or a gateway reported: a number or a decimal text, not yet checked."""
    priced_as: str | None = None
    """The model that a gateway says it was, where it put its own name for it into the answer."""
    seller: str | None = None
    """Who served it, where a gateway says so: it goes by their prices."""
    routing: dict[str, Any] | None = None
    """What is in the answer about who chose the model, as ``routers.gateways`` reads it; ``None`` if nobody looks."""

    def finished(self, choice: int, reason: str) -> None:
        """Choice number ``choice`` stopped because of ``reason``."""
        if isinstance(self.finish, dict):
            self.finish[choice] = reason
        else:
            self.finish = {choice: reason}


def fields(node: Any) -> Mapping[str, Any]:
    """The fields of a dict or of an SDK's model object, those the model does not know included; none of anything else.

    Never by an attribute's name: a missing attribute of a pydantic model costs an exception.
    """
    if type(node) is dict:
        return node
    try:
        unknown = node.__pydantic_extra__
        known: dict[str, Any] = node.__dict__
    except AttributeError:
        known = getattr(node, "__dict__", _NOTHING)  # a model of pydantic 1 keeps all of them there
        return node if isinstance(node, Mapping) else known
    return {**known, **unknown} if unknown else known


def get(node: object, key: str) -> Any:
    """Field ``key`` of ``node``, or ``None``; for one field of a node that ``fields`` gave no dict of."""
    return fields(node).get(key) if node is not None else None


def text(value: object) -> str | None:
    """``value`` if it is a text of reasonable length (an enum member of texts counts), else ``None``."""
    if type(value) is str:
        return value if 0 < len(value) <= LONGEST_TEXT and (value.isascii() or _can_be_sent(value)) else None
    return text(getattr(value, "value", None)) if isinstance(value, str) else None


def _can_be_sent(value: str) -> bool:
    """False for half of a surrogate pair: JSON may hold one, an exporter would lose the whole batch over it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def word(value: object) -> str | None:
    """``value`` if it is a short name, as of an error: no words of a prompt can be in it."""
    return value if type(value) is str and _SHORT_NAME.match(value) else None


def nameless(error: object) -> str | None:
    """``_OTHER``, the conventions' word, for an error that says something but has no short name; ``None`` for none."""
    return names.OTHER if fields(error) or (type(error) is str and error) else None


def count(value: object) -> int | None:
    """``value`` if it is a count: an integer from 0 up. A bool, a float, a text is none."""
    return value if type(value) is int and 0 <= value <= _MOST_COUNTED else None


def integer(value: object) -> int | None:
    """``value`` if it is an integer that the wire can carry."""
    return value if type(value) is int and -_LONGEST_INT <= value <= _LONGEST_INT else None


def number(value: object) -> float | None:
    """``value`` as a float if it is a number."""
    if type(value) is float:
        return value
    return float(value) if type(value) is int and -_LONGEST_INT <= value <= _LONGEST_INT else None


def items(value: object) -> Sequence[Any]:
    """``value`` if it is a list, else nothing."""
    return value if type(value) is list else ()


UsageTable = Mapping[str, Union[str, "UsageTable"]]
"""Key of the usage node -> field of ``Usage``, or the table of the node under that key."""


def read_counts(said: Mapping[str, Any], table: UsageTable, counts: dict[str, Any]) -> bool:
    """Add the counts that ``table`` names in ``said``, the fields of a usage node, to those of a ``Usage``; a part of
    another type adds nothing.

    True if any was there. Of two keys for one field the one in a node below wins, and later statements of a stream
    replace earlier ones field by field.
    """
    found = False
    below: list[tuple[Any, Any]] | None = None
    for key, value in said.items():
        if value is None or (target := table.get(key)) is None:
            continue
        # `type() is int` keeps bools and floats out; an SDK's model may hold anything.
        if type(target) is not str:
            if below is None:
                below = []
            below.append((value, target))
        elif type(value) is int and 0 <= value <= _MOST_COUNTED:
            counts[target] = value
            found = True
    for value, inner in below or ():
        found = read_counts(fields(value), inner, counts) or found
    return found


def usage_of(node: object, table: UsageTable) -> Usage | None:
    """The counts that ``table`` names in ``node``; ``None`` when there is none."""
    usage = nothing_used()
    return usage if read_counts(fields(node), table, usage.counts) else None
