"""Parts of JSON: where they are, and a body or a stream with one of them changed."""

from __future__ import annotations

import copy
import json
from typing import Any

from standin import Reply

from tests.app.apis import Api

Path = tuple[str | int, ...]
ABSENT: Any = object()
"""Stands for a part that is not there."""


# --- parts of JSON ----------------------------------------------------------------------------------------------------


def changed(node: Any, path: Path, value: Any) -> Any:
    """A copy of ``node`` with ``value`` at ``path``, or without that part if it is ``ABSENT``."""
    if not path:
        return value
    node = copy.copy(node)
    key: Any = path[0]
    if len(path) == 1 and value is ABSENT:
        del node[key]
    else:
        node[key] = changed(node[key] if len(path) > 1 else None, path[1:], value)
    return node


def paths(node: Any) -> list[Path]:
    """Where every part of ``node`` is, itself first."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [(), *((key, *path) for key, part in inner for path in paths(part))]


def at(node: Any, *path: str) -> Any:
    """The part of ``node`` at ``path``, ``None`` where there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def count_at(node: Any, *path: str) -> int | None:
    """The count at ``path``; ``None`` for what cannot be a count of tokens."""
    number = at(node, *path)
    return number if type(number) is int and 0 <= number <= 10**12 else None


def events_of(api: Api) -> list[tuple[bytes, Any]]:
    """The events of a stream: the line with the name, and the data."""
    lines = [event.rpartition(b"data: ") for event in api.events]
    return [(head, json.loads(data)) for head, _, data in lines if data.startswith(b"{")]


def events_reply(heads: list[bytes], data: list[Any]) -> Reply:
    events = [
        head + b"data: " + json.dumps(part).encode() + b"\n\n"
        for head, part in zip(heads, data, strict=False)
        if part is not ABSENT
    ]
    return Reply(events=[*events, b"data: [DONE]\n\n"])
