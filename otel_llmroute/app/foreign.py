"""What the GenAI span of another instrumentation says: where each of them writes usage, model, provider and tier.

Read at their newest versions of 2026-11: OpenTelemetry's genai instrumentations 1.3b0, OpenLLMetry 0.62.4,
OpenInference 0.1.66 (openai) and 3.1.0 (anthropic), OpenLIT 1.45.0, Logfire 5.4.0, the Anthropic SDK's own 2.14.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind, StatusCode

from otel_llmroute import names
from otel_llmroute.app.sdks import anthropic, openai
from otel_llmroute.app.sdks.answer import usage_of
from otel_llmroute.app.sdks.openai_usage import add_reasoning_beside
from otel_llmroute.prices import Usage

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

Attributes = Mapping[str, Any]

INFERENCE: Final = frozenset({"chat", "completion", "text_completion", "generate_content", "embeddings"})
"""``gen_ai.operation.name`` of a call that is paid for. Agents, tools and workflows repeat what their calls used."""
SPAN_KINDS: Final = {"LLM": "chat", "EMBEDDING": "embeddings"}
"""``openinference.span.kind`` -> the operation."""
_SCOPE: Final = re.compile(
    r"openai|anthropic|gen_?ai|openinference|openlit|logfire|litellm|traceloop|langchain|pydantic.ai", re.IGNORECASE
)
_NAME: Final = re.compile(r"(chat|text_completion|generate_content|embeddings) \S|openai\.response$")
"""Span names of instrumentations that set no attribute when they start a span (OpenLIT, OpenLLMetry's responses)."""
_SPAN_KIND: Final = "openinference.span.kind"
_RAW_USAGE: Final = "gen_ai.usage.raw"  # Logfire: the provider's own usage object as JSON
_LEAVES_CACHE_OUT: Final = ("openlit",)
"""Scopes whose input tokens leave out Anthropic's cache reads and writes, against the GenAI rule."""
_MODEL: Final = (names.RESPONSE_MODEL, "llm.response.model_name", "llm.model_name", "embedding.model_name")
_REQUEST_MODEL: Final = (names.REQUEST_MODEL, "llm.request.model_name", "llm.model_name", "embedding.model_name")
_PROVIDER: Final = (names.PROVIDER_NAME, *names.OLDER[names.PROVIDER_NAME], "llm.provider", "llm.system")
_TIER: Final = (
    names.OPENAI_RESPONSE_SERVICE_TIER,
    *names.OLDER[names.OPENAI_RESPONSE_SERVICE_TIER],
    "anthropic.response.service_tier",
)
_URL: Final = ("gen_ai.openai.api_base", "url.full")
_COUNTS: Final = (
    ("input_tokens", (names.USAGE_INPUT_TOKENS, *names.OLDER[names.USAGE_INPUT_TOKENS], "llm.token_count.prompt")),
    (
        "output_tokens",
        (names.USAGE_OUTPUT_TOKENS, *names.OLDER[names.USAGE_OUTPUT_TOKENS], "llm.token_count.completion"),
    ),
    (
        "cache_read_tokens",
        (names.USAGE_CACHE_READ, *names.OLDER[names.USAGE_CACHE_READ], "llm.token_count.prompt_details.cache_read"),
    ),
    (
        "cache_write_tokens",
        (names.USAGE_CACHE_WRITE, *names.OLDER[names.USAGE_CACHE_WRITE], "llm.token_count.prompt_details.cache_write"),
    ),
    (
        "reasoning_tokens",
        (names.USAGE_REASONING, "gen_ai.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning"),
    ),
    ("audio_input_tokens", (names.USAGE_AUDIO_INPUT, "llm.token_count.prompt_details.audio")),
    ("audio_output_tokens", (names.USAGE_AUDIO_OUTPUT, "llm.token_count.completion_details.audio")),
    ("cache_write_5m_tokens", (names.USAGE_CACHE_WRITE_5M, "anthropic.usage.cache_creation.ephemeral_5m_input_tokens")),
    ("cache_write_1h_tokens", (names.USAGE_CACHE_WRITE_1H, "anthropic.usage.cache_creation.ephemeral_1h_input_tokens")),
)
"""Field of ``Usage``, the attributes it may be in, the standard one first."""


class Call(NamedTuple):
    """A paid call as a span of another instrumentation tells it; ``None`` is "it does not say"."""

    operation: str
    started_ns: int
    provider: str
    request_model: str | None
    model: str | None
    """Who answered, else who was asked."""
    response_id: str | None
    usage: Usage | None
    tier: str | None
    address: str | None
    port: int | None
    error_type: str | None
    failed: bool
    is_told_later: bool
    """Whether the writer tells of the usage of a streamed call in another record, once the stream has ended."""


def is_genai(scope: str, attributes: Attributes) -> bool:
    """Whether a span that has just been started may become one of a paid call, as far as can be seen by now."""
    return bool(_SCOPE.search(scope)) or _operation(attributes) is not None


def is_paid(name: str, kind: SpanKind | None, attributes: Attributes | None) -> bool:
    """Whether a span is one of a paid call, by what a sampler sees before it starts."""
    if attributes and _operation(attributes) is not None:
        return True
    return kind is SpanKind.CLIENT and bool(_NAME.match(name))


def call_of(span: ReadableSpan, scope: str) -> Call | None:
    """The paid call that ``span``, about to end, tells of; ``None`` when it tells of none."""
    attributes = dict(span.attributes or {})
    operation = _operation(attributes)
    if operation is None:
        return None
    provider = _text(attributes, _PROVIDER) or "unknown"
    requested = _text(attributes, _REQUEST_MODEL)
    failed = span.status.status_code is StatusCode.ERROR
    return Call(
        operation,
        (span.start_time or 0) - _told_late_ns(attributes),
        provider,
        requested,
        _text(attributes, _MODEL) or requested,
        _text(attributes, (names.RESPONSE_ID,)),
        _usage(attributes, scope, provider),
        _tier(attributes),
        *_server(attributes),
        _error_type(span) if failed else None,
        failed,
        scope.startswith("logfire") and attributes.get("logfire.span_type") != "log",
    )


def _operation(attributes: Attributes) -> str | None:
    operation = attributes.get(names.OPERATION_NAME)
    if operation is None:
        return SPAN_KINDS.get(str(attributes.get(_SPAN_KIND)))
    return operation if operation in INFERENCE else None


def _told_late_ns(attributes: Attributes) -> int:
    """Logfire tells of a streamed call in a record made when the stream has ended, with how long that took, in s."""
    duration = attributes.get("duration") if attributes.get("logfire.span_type") == "log" else None
    return int(duration * 1e9) if isinstance(duration, float) else 0


def _text(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    return next((value for key in keys if isinstance(value := attributes.get(key), str) and value), None)


def _tier(attributes: Attributes) -> str | None:
    tier = _text(attributes, _TIER)
    return None if tier == "auto" else tier  # what was asked for, not what was served


def _server(attributes: Attributes) -> tuple[str | None, int | None]:
    """Its address, and its port where that is said."""
    address = _text(attributes, (names.SERVER_ADDRESS,))
    if address is not None:
        return address, _count(attributes, (names.SERVER_PORT,))
    try:
        url = urlsplit(_text(attributes, _URL) or "")
        address = url.hostname
        return address, url.port
    except ValueError:
        return address, None


def _error_type(span: ReadableSpan) -> str | None:
    named = (span.attributes or {}).get(names.ERROR_TYPE)
    for event in reversed(span.events):
        named = named or (event.attributes or {}).get("exception.type")
    return str(named).rpartition(".")[2] if named else None


def _usage(attributes: Attributes, scope: str, provider: str) -> Usage | None:
    raw = attributes.get(_RAW_USAGE)
    usage = _raw_usage(raw) if isinstance(raw, str) else None
    if usage is not None:
        return usage
    counts = {field: count for field, keys in _COUNTS if (count := _count(attributes, keys)) is not None}
    if not counts:
        return None
    usage = Usage(**counts)
    cached = (usage.cache_read_tokens or 0) + (usage.cache_write_tokens or 0)
    if usage.input_tokens is not None and (
        cached > usage.input_tokens
        or (scope.startswith(_LEAVES_CACHE_OUT) and provider.startswith(("anthropic", "aws.bedrock")))
    ):
        usage.input_tokens += cached
    return usage


def _count(attributes: Attributes, keys: tuple[str, ...]) -> int | None:
    return next((value for key in keys if type(value := attributes.get(key)) is int and value >= 0), None)


def _raw_usage(raw: str) -> Usage | None:
    try:
        node = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(node, dict):
        return None
    if "prompt_tokens" in node:
        usage = usage_of(node, openai.CHAT_USAGE)
        if usage is not None:
            add_reasoning_beside(usage, node)
        return usage
    if "cache_creation_input_tokens" in node or "cache_read_input_tokens" in node:
        usage = usage_of(node, anthropic.USAGE)
        return None if usage is None else anthropic.whole_usage(usage)
    return usage_of(node, openai.RESPONSES_USAGE)
