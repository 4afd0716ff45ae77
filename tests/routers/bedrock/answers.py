"""What Bedrock's models say, in the shapes of its API reference."""

from __future__ import annotations

from typing import Any, Final

from tests.routers.bedrock.wire import chunk, frame

SONNET: Final = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU: Final = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
ACCOUNT: Final = "arn:aws:bedrock:us-east-1:111122223333"
PROMPT_ROUTER: Final = f"{ACCOUNT}:default-prompt-router/anthropic.claude:1"
ASKED: Final = [{"role": "user", "content": [{"text": "Where is my order?"}]}]
CACHED: Final = {
    "inputTokens": 100,
    "outputTokens": 10,
    "totalTokens": 5110,
    "cacheReadInputTokens": 4000,
    "cacheWriteInputTokens": 1000,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 600}, {"ttl": "5m", "inputTokens": 400}],
}
PLAIN: Final = {"inputTokens": 100, "outputTokens": 10, "totalTokens": 110}


def converse(usage: dict[str, Any] = PLAIN, **more: Any) -> dict[str, Any]:
    """An answer of Converse."""
    message = {"role": "assistant", "content": [{"text": "On its way."}]}
    return {
        "output": {"message": message},
        "stopReason": "end_turn",
        "usage": usage,
        "metrics": {"latencyMs": 7},
        **more,
    }


def converse_events(usage: dict[str, Any] = PLAIN, **more: Any) -> list[bytes]:
    """An answer of ConverseStream, event by event."""
    return [
        frame("messageStart", {"role": "assistant"}),
        frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "On its "}}),
        frame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "way."}}),
        frame("contentBlockStop", {"contentBlockIndex": 0}),
        frame("messageStop", {"stopReason": "end_turn"}),
        frame("metadata", {"usage": usage, "metrics": {"latencyMs": 7}, **more}),
    ]


def routed_to(model: str) -> dict[str, Any]:
    """The trace of a prompt router."""
    return {"promptRouter": {"invokedModelId": model}}


MESSAGE: Final = {
    "id": "msg_bdrk_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "On its way."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 17, "output_tokens": 158, "cache_read_input_tokens": 100},
}
"""Anthropic's body of InvokeModel."""


def message_events() -> list[bytes]:
    """Anthropic's body of InvokeModelWithResponseStream."""
    started = {
        "id": "msg_bdrk_1",
        "model": "claude-sonnet-4-5-20250929",
        "usage": {"input_tokens": 17, "output_tokens": 1},
    }
    return [
        chunk({"type": "message_start", "message": started}),
        chunk({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "On its way."}}),
        chunk({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 21}}),
        chunk(
            {
                "type": "message_stop",
                "amazon-bedrock-invocationMetrics": {"inputTokenCount": 17, "outputTokenCount": 22},
            }
        ),
    ]
