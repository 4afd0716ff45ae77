"""Anthropic SDK 0.45 to 2.x, its Bedrock and Vertex clients included: where things are.

Shapes: https://github.com/anthropics/anthropic-sdk-python/tree/v2.14.0/src/anthropic/types.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from otel_llmroute.app.sdks.adapter import Adapter, Endpoint
from otel_llmroute.app.sdks.answer import (
    Answer,
    UsageTable,
    count,
    fields,
    get,
    items,
    nameless,
    read_counts,
    text,
    usage_of,
    word,
)
from otel_llmroute.prices import Usage, nothing_used

USAGE: Final[UsageTable] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
    "cache_creation": {
        "ephemeral_5m_input_tokens": "cache_write_5m_tokens",
        "ephemeral_1h_input_tokens": "cache_write_1h_tokens",
    },
    "output_tokens_details": {"thinking_tokens": "reasoning_tokens"},
    "server_tool_use": {
        "web_search_requests": "web_searches",
        "code_execution_requests": "code_executions",
    },
}
SERVER_TOOLS: Final = ("web_search_requests", "web_fetch_requests", "code_execution_requests", "tool_search_requests")
BESIDE: Final = frozenset({"compaction", "advisor_message"})
"""Iterations of a call whose tokens are billed and are not in its usage: the summary that closes a long context, and
the advice of another model.
"""
TRIES: Final = frozenset({"message", "fallback_message"})
"""Iterations in which a model was asked for the answer; the last one gave it."""
_NO_CALLS: Final = [None] * len(SERVER_TOOLS)


def _read_usage(answer: Answer, node: object, final: bool) -> None:
    usage = answer.usage or nothing_used()
    said = fields(node)
    if read_counts(said, USAGE, usage.counts):
        answer.usage = usage
        if not final:
            # message_start says output_tokens=1 or so, before anything was written: a placeholder, never a count.
            usage.output_tokens = None
        if (tools := said.get("server_tool_use")) is not None and (calls := tool_calls(tools)) is not None:
            usage.server_tool_calls = calls
    if (iterations := said.get("iterations")) is not None:
        _read_fallback(answer, iterations)
        answer.beside = tuple(_beside(iterations, answer))
    if (credit := said.get("fallback_credit")) is not None:
        # The retry of a refused request, billed as if the model that answers had been asked from the start.
        answer.writes_as_reads = text(get(get(credit, "status"), "type")) == "redeemed"
    answer.tier = text(said.get("service_tier")) or answer.tier
    answer.speed = text(said.get("speed")) or answer.speed
    answer.region = text(said.get("inference_geo")) or answer.region


def tool_calls(used: object) -> int | None:
    """How many tools the provider has run, by the ``server_tool_use`` of a usage."""
    calls = [count(get(used, key)) for key in SERVER_TOOLS]
    return None if calls == _NO_CALLS else sum(number or 0 for number in calls)


def _read_fallback(answer: Answer, iterations: object) -> None:
    """Who answered in place of a model that refused. The usage of the message is that model's alone, and the ``model``
    at the start of a stream is not the last word.
    """
    said = [fields(iteration) for iteration in items(iterations)]
    tried = [model for each in said if text(each.get("type")) in TRIES and (model := text(each.get("model")))]
    if any(each.get("type") == "fallback_message" for each in said) and tried:
        answer.model = tried[-1]
        answer.routing = {**(answer.routing or {}), "fallback_models": list(dict.fromkeys(tried))}


def _beside(iterations: object, answer: Answer) -> Iterator[tuple[str | None, Usage]]:
    for iteration in items(iterations):
        said = fields(iteration)
        kind, model = text(said.get("type")), text(said.get("model"))
        has_refused = kind == "message" and _has_refused(answer, model)
        if (kind in BESIDE or has_refused) and (usage := usage_of(iteration, USAGE)) is not None:
            if has_refused and not usage.output_tokens:
                continue  # a request refused before any output is not billed
            yield None if kind == "compaction" else model or "unknown", whole_usage(usage)


def _has_refused(answer: Answer, model: str | None) -> bool:
    return model is not None and model in (answer.routing or {}).get("fallback_models", ())[:-1]


def whole_usage(usage: Usage) -> Usage:
    """``usage`` by the GenAI rule: what Anthropic calls input, plus what was read from and written to the cache."""
    by_lifetime = (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens)
    if usage.cache_write_tokens is None and by_lifetime != (None, None):
        usage.cache_write_tokens = sum(tokens or 0 for tokens in by_lifetime)
    if usage.input_tokens is not None:
        usage.input_tokens += (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    return usage


def read_message(answer: Answer, body: object) -> None:
    """A message, or an error in place of one."""
    said = fields(body)
    answer.id = text(said.get("id")) or answer.id
    answer.model = text(said.get("model")) or answer.model
    if reason := text(said.get("stop_reason")):
        answer.finished(0, reason)
    if (usage := said.get("usage")) is not None:
        _read_usage(answer, usage, final=True)
    if (error := said.get("error")) is not None:
        answer.error_type = word(get(error, "type")) or answer.error_type or nameless(error)


def read_event(answer: Answer, event: object) -> None:
    """An event of a streamed message: who and how much input first, the output and why it stopped last."""
    said = fields(event)
    kind = said.get("type")
    if kind == "message_start":
        message = fields(said.get("message"))
        answer.id = text(message.get("id"))
        answer.model = text(message.get("model"))
        if (usage := message.get("usage")) is not None:
            _read_usage(answer, usage, final=False)
    elif kind == "message_delta":
        if reason := text(get(said.get("delta"), "stop_reason")):
            answer.finished(0, reason)
        if (usage := said.get("usage")) is not None:
            _read_usage(answer, usage, final=True)
    elif kind == "error":
        answer.error_type = word(get(said.get("error"), "type")) or "error"


def is_content(event: Any) -> bool:
    """Whether ``event`` is a part of the answer itself, as nearly all are."""
    try:
        kind: str = event.type
        return kind == "content_block_delta"
    except Exception:
        return False


MESSAGES: Final = Endpoint(
    "messages", "chat", read_message, read_event, False, whole_usage, asks_again=True, is_middle=is_content
)
COMPLETE: Final = Endpoint("complete", "text_completion", read_message, read_event, False)

ADAPTER: Final = Adapter(
    package="anthropic",
    provider="anthropic",
    endpoints={"/messages": MESSAGES, "/complete": COMPLETE},
    providers_by_client={
        "AnthropicBedrock": "aws.bedrock",
        "AsyncAnthropicBedrock": "aws.bedrock",
        "AnthropicBedrockMantle": "aws.bedrock",
        "AsyncAnthropicBedrockMantle": "aws.bedrock",
        "AnthropicVertex": "gcp.vertex_ai",
        "AsyncAnthropicVertex": "gcp.vertex_ai",
    },
)
