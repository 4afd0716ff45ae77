"""OpenAI SDK 1.60 to 3.x, and every OpenAI-compatible base URL: where things are.

Shapes: https://github.com/openai/openai-python/tree/v3.54.0/src/openai/types. What other servers add to them is marked.
"""

from __future__ import annotations

from typing import Final

from otel_llmroute.app.sdks.adapter import Adapter, Endpoint
from otel_llmroute.app.sdks.answer import Answer, UsageTable, count, get, items, read_counts, text
from otel_llmroute.prices import Usage

CHAT_USAGE: Final[UsageTable] = (
    ("input_tokens", ("prompt_tokens",)),
    ("output_tokens", ("completion_tokens",)),
    ("cache_read_tokens", ("cache_read_input_tokens",)),  # LiteLLM
    ("cache_write_tokens", ("cache_creation_input_tokens",)),  # LiteLLM
    ("cache_read_tokens", ("cached_tokens",)),  # Moonshot
    ("cache_read_tokens", ("prompt_cache_hit_tokens",)),  # DeepSeek
    ("cache_read_tokens", ("prompt_tokens_details", "cached_tokens")),
    ("cache_write_tokens", ("prompt_tokens_details", "cache_write_tokens")),
    ("text_input_tokens", ("prompt_tokens_details", "text_tokens")),
    ("audio_input_tokens", ("prompt_tokens_details", "audio_tokens")),
    ("image_input_tokens", ("prompt_tokens_details", "image_tokens")),
    ("reasoning_tokens", ("completion_tokens_details", "reasoning_tokens")),
    ("text_output_tokens", ("completion_tokens_details", "text_tokens")),
    ("audio_output_tokens", ("completion_tokens_details", "audio_tokens")),
    ("image_output_tokens", ("completion_tokens_details", "image_tokens")),
)
RESPONSES_USAGE: Final[UsageTable] = (
    ("input_tokens", ("input_tokens",)),
    ("output_tokens", ("output_tokens",)),
    ("cache_read_tokens", ("input_tokens_details", "cached_tokens")),
    ("cache_write_tokens", ("input_tokens_details", "cache_write_tokens")),
    ("text_input_tokens", ("input_tokens_details", "text_tokens")),
    ("audio_input_tokens", ("input_tokens_details", "audio_tokens")),
    ("image_input_tokens", ("input_tokens_details", "image_tokens")),
    ("reasoning_tokens", ("output_tokens_details", "reasoning_tokens")),
    ("audio_output_tokens", ("output_tokens_details", "audio_tokens")),
    ("image_output_tokens", ("output_tokens_details", "image_tokens")),
)
SERVER_TOOLS: Final = {
    "web_search_call": "web_searches",
    "file_search_call": "file_searches",
    "code_interpreter_call": "code_executions",
    "image_generation_call": None,
    "mcp_call": None,
}
"""Output items of the Responses API that are tools the provider ran -> the field of ``Usage`` they are billed by."""
RESPONSE_ENDED: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
"""The events whose ``response`` is final; the ones before carry placeholders (``usage`` null,
``status`` in_progress).
"""


def _read_usage(answer: Answer, node: object, table: UsageTable) -> None:
    usage = answer.usage or Usage()
    if read_counts(node, table, usage):
        answer.usage = usage
    # OpenRouter: what it charged, in USD, and who served it. With an own key (BYOK) the charge is a fee on top.
    if (cost := get(node, "cost")) is not None:
        answer.cost = cost


def _read_head(answer: Answer, node: object) -> None:
    answer.id = text(get(node, "id")) or answer.id
    answer.model = text(get(node, "model")) or answer.model
    answer.upstream_provider = text(get(node, "provider")) or answer.upstream_provider  # OpenRouter


def _read_tail(answer: Answer, node: object) -> None:
    answer.tier = text(get(node, "service_tier")) or answer.tier
    answer.fingerprint = text(get(node, "system_fingerprint")) or answer.fingerprint
    error = get(node, "error")
    if error is not None:
        answer.error_type = error_name(error) or answer.error_type


def error_name(error: object) -> str | None:
    """The short name in an error object: its ``type``, else its ``code`` (a number becomes a text)."""
    code = get(error, "code")
    return text(get(error, "type")) or text(code) or (str(code) if count(code) is not None else None)


def _read_choices(answer: Answer, node: object, message: str) -> None:
    for position, choice in enumerate(items(get(node, "choices"))):
        reason = get(choice, "finish_reason")
        if reason is not None and (word := text(reason)):
            index = count(get(choice, "index"))
            answer.finish[position if index is None else index] = word
        # Vercel AI Gateway: a decimal text in the last part of the answer.
        gateway = get(get(get(choice, message), "provider_metadata"), "gateway")
        if gateway is not None and (cost := get(gateway, "cost")) is not None:
            answer.cost = cost


def read_chat(answer: Answer, body: object) -> None:
    """A chat completion, or a legacy completion."""
    _read_head(answer, body)
    _read_choices(answer, body, "message")
    _read_tail(answer, body)
    if (usage := get(body, "usage")) is not None:
        _read_usage(answer, usage, CHAT_USAGE)


def read_chat_chunk(answer: Answer, chunk: object) -> None:
    """A chunk of a streamed chat completion or completion. The usage comes in a last chunk without
    choices, if asked for.
    """
    if answer.model is None:
        _read_head(answer, chunk)
    fields = chunk if type(chunk) is dict else chunk.__dict__
    choices = fields.get("choices")
    # The middle of a stream: one choice that goes on. Nothing else to read, and this runs for every chunk.
    if choices and len(choices) == 1 and get(choices[0], "finish_reason") is None and fields.get("usage") is None:
        if answer.tier is None and answer.fingerprint is None:
            _read_tail(answer, chunk)
        return
    _read_head(answer, chunk)
    _read_choices(answer, chunk, "delta")
    _read_tail(answer, chunk)
    usage = get(chunk, "usage") or get(get(chunk, "x_groq"), "usage")  # Groq
    if usage is not None:
        _read_usage(answer, usage, CHAT_USAGE)


def read_embeddings(answer: Answer, body: object) -> None:
    """An embeddings answer: input only."""
    _read_head(answer, body)
    _read_tail(answer, body)
    if (usage := get(body, "usage")) is not None:
        _read_usage(answer, usage, CHAT_USAGE)


def read_response(answer: Answer, body: object) -> None:
    """An answer of the Responses API."""
    _read_head(answer, body)
    _read_tail(answer, body)
    reason = text(get(get(body, "incomplete_details"), "reason")) or text(get(body, "status"))
    if reason:
        answer.finish[0] = reason
    if (usage := get(body, "usage")) is not None:
        _read_usage(answer, usage, RESPONSES_USAGE)
        if answer.usage is not None:
            _read_server_tools(answer.usage, body)


def _read_server_tools(usage: Usage, body: object) -> None:
    calls = [kind for item in items(get(body, "output")) if (kind := get(item, "type")) in SERVER_TOOLS]
    if calls:
        usage.server_tool_calls = len(calls)
        for kind in calls:
            field = SERVER_TOOLS[kind]
            if field is not None:
                setattr(usage, field, (getattr(usage, field) or 0) + 1)


def read_response_event(answer: Answer, event: object) -> None:
    """An event of a streamed answer of the Responses API."""
    kind = get(event, "type")
    if kind in RESPONSE_ENDED:
        read_response(answer, get(event, "response"))
    elif kind == "response.created":
        response = get(event, "response")
        _read_head(answer, response)
    elif kind == "error":
        code = get(event, "code")
        answer.error_type = text(code) or error_name(get(event, "error")) or "error"


CHAT: Final = Endpoint("chat_completions", "chat", read_chat, read_chat_chunk, True)
COMPLETIONS: Final = Endpoint("completions", "text_completion", read_chat, read_chat_chunk, True)
EMBEDDINGS: Final = Endpoint("embeddings", "embeddings", read_embeddings, read_chat_chunk, True)
RESPONSES: Final = Endpoint("responses", "chat", read_response, read_response_event, True)

ADAPTER: Final = Adapter(
    package="openai",
    provider="openai",
    endpoints={
        "/chat/completions": CHAT,
        "/completions": COMPLETIONS,
        "/embeddings": EMBEDDINGS,
        "/responses": RESPONSES,
        "/responses/compact": RESPONSES,
    },
    providers_by_client={"AzureOpenAI": "azure.ai.openai", "AsyncAzureOpenAI": "azure.ai.openai"},
)
