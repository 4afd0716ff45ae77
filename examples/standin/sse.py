"""Server-sent events: dicts in, bytes out, one item per event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

DONE = b"data: [DONE]\n\n"
"""How OpenAI ends the stream of a chat or a completion; Anthropic and the Responses API end without it."""


def event(data: Mapping[str, Any], name: str | None = None) -> bytes:
    """One event; ``name`` becomes its ``event:`` line."""
    line = b"event: %b\n" % name.encode() if name else b""
    return line + b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def unnamed(chunks: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """As OpenAI streams chats and completions: data alone, then [DONE]."""
    return [*(event(chunk) for chunk in chunks), DONE]


def named(events: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """As Anthropic and OpenAI's Responses API stream: each event is named by its ``type``."""
    return [event(data, data["type"]) for data in events]


def pieces(text: str, count: int) -> list[str]:
    """``text`` in at most ``count`` pieces of near equal length; joined they are ``text`` again."""
    size = max(1, -(-len(text) // max(1, count)))
    return [text[start : start + size] for start in range(0, len(text), size)]
