"""Bodies of Anthropic's API: messages and beta messages, plain and as streams.

Builders return plain dicts, so a test can bend them into any shape; ``message_stream`` returns server-sent events. A
usage argument of None leaves its field out, 0 writes 0. Fields follow https://docs.claude.com/en/api/messages and
/en/api/messages-streaming (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from standin import sse
from standin.fields import known, new_id

Json = dict[str, Any]
TEXT = "Your export is ready under Settings, Data."
MODEL = "claude-haiku-5-5"
FINAL_AT_END = ("output_tokens", "output_tokens_details", "server_tool_use")
"""Usage that only the closing ``message_delta`` knows; ``message_start`` holds a placeholder or nothing."""


def usage(
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    *,
    cache_read: int | None = None,
    cache_write: int | None = None,
    write_5m: int | None = None,
    write_1h: int | None = None,
    thinking: int | None = None,
    web_searches: int | None = None,
    web_fetches: int | None = None,
    service_tier: str | None = None,
) -> Json:
    """Usage of a message. ``input_tokens`` counts neither ``cache_read`` nor ``cache_write``; ``write_5m`` and
    ``write_1h`` split ``cache_write``, which is their sum when left out."""
    split = known(ephemeral_5m_input_tokens=write_5m, ephemeral_1h_input_tokens=write_1h)
    if cache_write is None and split:
        cache_write = sum(split.values())
    tools = known(web_search_requests=web_searches, web_fetch_requests=web_fetches)
    return known(
        input_tokens=input_tokens,
        cache_creation_input_tokens=cache_write,
        cache_read_input_tokens=cache_read,
        cache_creation=split or None,
        output_tokens=output_tokens,
        output_tokens_details=known(thinking_tokens=thinking) or None,
        server_tool_use=tools or None,
        service_tier=service_tier,
    )


def message(
    text: str = TEXT,
    *,
    model: str = MODEL,
    usage: Mapping[str, Any] | None = None,
    stop_reason: str | None = "end_turn",
    content: Sequence[Json] | None = None,
    **more: Any,
) -> Json:
    """A message; ``content`` replaces the one text block. ``more`` are further top-level fields."""
    return {
        "id": new_id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}] if content is None else list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        **known(usage=usage),
        **more,
    }


def message_events(
    text: str = TEXT,
    *,
    usage: Mapping[str, Any] | None = None,
    placeholder: int | None = 1,
    delta_usage: Mapping[str, Any] | None = None,
    count: int = 4,
    **arguments: Any,
) -> list[Json]:
    """The events of a streamed message, of ``count`` pieces of text.

    ``message_start`` says ``placeholder`` for the output tokens, ``message_delta`` repeats the whole usage, unless
    ``delta_usage`` says what it holds (older servers: the output tokens alone). ``arguments`` are those of ``message``.
    """
    whole = message(text, usage=usage, **arguments)
    final = dict(usage or {})
    opening = {name: value for name, value in final.items() if name not in FINAL_AT_END}
    start = whole | {"content": [], "stop_reason": None}
    if usage is not None:
        start["usage"] = opening | known(output_tokens=placeholder)
    closing = final if delta_usage is None else dict(delta_usage)
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    return [
        {"type": "message_start", "message": start},
        *_block_events(text, count),
        {"type": "message_delta", "delta": delta, **({"usage": closing} if closing else {})},
        {"type": "message_stop"},
    ]


def _block_events(text: str, count: int) -> list[Json]:
    return [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in sse.pieces(text, count)
        ),
        {"type": "content_block_stop", "index": 0},
    ]


def message_stream(text: str = TEXT, **arguments: Any) -> list[bytes]:
    """Events of ``message_events``."""
    return sse.named(message_events(text, **arguments))


def error(type: str, message: str) -> Json:
    """An error body, and the data of an error event in a stream."""
    return {"type": "error", "error": {"type": type, "message": message}, "request_id": new_id("req_")}
