"""The bodies that models on Bedrock answer InvokeModel with: each maker's own, here by what they have in common.

Shapes: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from otel_llmroute.app.sdks import anthropic
from otel_llmroute.app.sdks.answer import Answer, UsageTable, fields, get, items, read_counts, text
from otel_llmroute.prices import Usage, nothing_used

USAGE: Final[UsageTable] = {
    # Amazon Nova
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokenCount": "cache_read_tokens",
    "cacheWriteInputTokenCount": "cache_write_tokens",
    # OpenAI's shape: gpt-oss, DeepSeek, Qwen, Mistral's newer models, AI21 Jamba
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "prompt_tokens_details": {"cached_tokens": "cache_read_tokens"},
    "completion_tokens_details": {"reasoning_tokens": "reasoning_tokens"},
}
"""Keys of the node ``usage``."""
BODY: Final[UsageTable] = {
    "prompt_token_count": "input_tokens",  # Meta Llama
    "generation_token_count": "output_tokens",
    "inputTextTokenCount": "input_tokens",  # Amazon Titan
    "totalOutputTextTokenCount": "output_tokens",
    "tokenCount": "output_tokens",
}
"""Keys of the body itself, or of one of its answers."""
METRICS: Final[UsageTable] = {
    "inputTokenCount": "input_tokens",
    "outputTokenCount": "output_tokens",
    "cacheReadInputTokenCount": "cache_read_tokens",
    "cacheWriteInputTokenCount": "cache_write_tokens",
}
"""Keys of what Bedrock itself adds to the last chunk of a stream. Where the model has counted otherwise, the model is
believed: with tools they differ by a few tokens.
"""
_METRICS: Final = "amazon-bedrock-invocationMetrics"
_ANSWERS: Final = ("results", "outputs", "choices", "generations", "completions")
_REASONS: Final = ("stop_reason", "stopReason", "finish_reason", "finishReason", "completionReason")
_TELLS: Final = re.compile(rb'usage|Metrics|okenCount|oken_count|eason"|"message_start"|"error"')
"""What is in a chunk that says more than the next words."""


def read_body(answer: Answer, body: object) -> None:
    """The whole body."""
    said = fields(body)
    if said.get("type") == "message":
        anthropic.read_message(answer, said)
    else:
        _read(answer, said)


def read_chunk(answer: Answer, event: object) -> None:
    """An event of a stream: a chunk of JSON in bytes."""
    data = get(get(event, "chunk"), "bytes")
    if type(data) is not bytes or _TELLS.search(data) is None:
        return
    try:
        said = fields(json.loads(data))
    except ValueError:
        return
    if "type" in said:
        anthropic.read_event(answer, said)
    else:
        _read(answer, said)
    if (metrics := said.get(_METRICS)) is not None:
        _complete(answer, fields(metrics))


def _read(answer: Answer, said: Mapping[str, Any]) -> None:
    _read_counts(answer, said, BODY)
    if (usage := said.get("usage")) is not None:
        _read_usage(answer, fields(usage))
    if (metadata := said.get("metadata")) is not None:  # the last event of a Nova stream
        _read_usage(answer, fields(get(metadata, "usage")))
    answer.id = text(said.get("id")) or text(said.get("response_id")) or answer.id
    answer.model = text(said.get("model")) or answer.model
    _read_finish(answer, 0, said.get("messageStop"))
    _read_finish(answer, 0, said)
    for key in _ANSWERS:
        for choice, node in enumerate(items(said.get(key))):
            _read_finish(answer, choice, node)
            _read_counts(answer, fields(node), BODY)


def _read_usage(answer: Answer, said: Mapping[str, Any]) -> None:
    if not _read_counts(answer, said, USAGE) or "prompt_tokens" not in said:
        return
    usage = answer.usage
    if usage is not None and usage.input_tokens is not None:
        # In OpenAI's shape the input includes the cache already; `whole_usage` is about to add it.
        usage.input_tokens = max(0, usage.input_tokens - (usage.cache_read_tokens or 0))


def _read_finish(answer: Answer, choice: int, node: object) -> None:
    said = fields(node)
    for key in _REASONS:
        reason = said.get(key)
        if (reason := text(reason) or text(get(reason, "reason"))) is not None:
            answer.finished(choice, reason)


def _read_counts(answer: Answer, said: Mapping[str, Any], table: UsageTable) -> bool:
    usage = answer.usage or nothing_used()
    if not read_counts({key: _counted(value) for key, value in said.items() if key in table}, table, usage.counts):
        return False
    answer.usage = usage
    return True


def _counted(value: object) -> object:
    """Titan counts in floats: 28.0 tokens."""
    return int(value) if type(value) is float and value.is_integer() else value


def _complete(answer: Answer, metrics: Mapping[str, Any]) -> None:
    """Take from Bedrock's own count what the model has not said."""
    counted: Usage = nothing_used()
    if not read_counts(metrics, METRICS, counted.counts):
        return
    usage = answer.usage = answer.usage or nothing_used()
    for field, tokens in counted.counts.items():
        if getattr(usage, field) is None:
            usage.counts[field] = tokens
