"""What LiteLLM hands over as the answer of a call: read by what is in it.

The type of a call does not tell. The answer of ``responses`` may come with the usage of the Responses API or with that
of a chat, one of ``anthropic_messages`` as Anthropic's dict and then again as a chat.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from otel_llmroute.app.routers.litellm.vocabulary import STATE_THEIR_COST
from otel_llmroute.app.sdks import anthropic, openai
from otel_llmroute.app.sdks.answer import Answer, UsageTable, count, fields, read_counts, text
from otel_llmroute.app.sdks.openai_usage import (
    CHAT_USAGE,
    RESPONSES_USAGE,
    TRANSCRIPTION_USAGE,
    add_reasoning_beside,
    charged,
    in_usd,
)
from otel_llmroute.prices import nothing_used

if TYPE_CHECKING:
    from otel_llmroute.app.sdks.adapter import Endpoint

_UPSTREAM_COST: Final = "upstream_usage_cost"
_USAGE: Final[UsageTable] = {
    **CHAT_USAGE,
    "prompt_tokens_details": {
        **cast("UsageTable", CHAT_USAGE["prompt_tokens_details"]),
        "cache_creation_tokens": "cache_write_tokens",
        "cache_creation_token_details": {
            "ephemeral_5m_input_tokens": "cache_write_5m_tokens",
            "ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        },
    },
    "server_tool_use": {"web_search_requests": "web_searches"},
}
"""The usage of a chat, with what LiteLLM adds of Anthropic's.
https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/types/utils.py (``Usage``)"""
_INPUT_USAGE: Final[UsageTable] = {**RESPONSES_USAGE, **TRANSCRIPTION_USAGE}


def read(answer: Answer, body: object, endpoint: Endpoint, provider: str, is_stream: bool) -> None:
    """Add what ``body`` says to ``answer``. ``endpoint``: which has given it, where its shape does not tell."""
    said = fields(body)
    if "stop_reason" in said:
        anthropic.read_message(answer, body)
        if answer.usage is not None:
            answer.usage = anthropic.whole_usage(answer.usage)
        return
    usage = fields(said.get("usage"))
    if not (is_stream and "output" in said and _is_counted(usage)):
        _read_usage(answer, usage)
    read_body = (
        openai.read_response if "output" in said else openai.read_chat if "choices" in said else endpoint.read_body
    )
    read_body(answer, {key: value for key, value in said.items() if key != "usage"})
    # Where a message of Anthropic's has them.
    answer.tier = text(usage.get("service_tier")) or answer.tier
    answer.speed, answer.region = text(usage.get("speed")), text(usage.get("inference_geo"))
    answer.cost = _stated_cost(body, usage, provider)


def first_hand(body: object, call: Mapping[str, Any]) -> object:
    """``body``, or what the provider has answered where ``body`` is the response that LiteLLM made of it. It shows the
    one of both whose thread comes first (``success_handler``), and a response leaves out some of what is billed.

    ``call``: what it logs the call with; it has there what came from the network, as a text.
    """
    original = call.get("original_response") if "output" in fields(body) else None
    try:
        said = json.loads(original) if isinstance(original, str) else None
    except ValueError:
        return body
    return said if isinstance(said, dict) and ("stop_reason" in said or "choices" in said) else body


def _is_counted(usage: Mapping[str, Any]) -> bool:
    """Whether LiteLLM has counted the tokens of a streamed response itself, which has not ended with its usage: that of
    the Responses API always has details.
    """
    return usage.get("prompt_tokens_details") is None and usage.get("completion_tokens_details") is None


def _read_usage(answer: Answer, said: Mapping[str, Any]) -> None:
    is_chat = said.get("prompt_tokens") is not None or said.get("completion_tokens") is not None
    usage = nothing_used()
    # LiteLLM writes zeros where nothing was said.
    if read_counts(said, _USAGE if is_chat else _INPUT_USAGE, usage.counts) and (
        usage.input_tokens or usage.output_tokens
    ):
        answer.usage = usage
        if is_chat:
            add_reasoning_beside(usage, said)
        usage.server_tool_calls = anthropic.tool_calls(said.get("server_tool_use"))


def _stated_cost(body: object, usage: Mapping[str, Any], provider: str) -> object:
    """What the provider says that the call cost. ``cost`` of a usage may also be what LiteLLM makes of it at the end of
    a stream, by its own price list; newer versions then keep what the provider said, if anything, beside it.
    https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/litellm_core_utils/core_helpers.py
    """
    hidden = getattr(body, "_hidden_params", None)
    if type(hidden) is dict and _UPSTREAM_COST in hidden:
        return hidden[_UPSTREAM_COST]
    if provider in STATE_THEIR_COST and (cost := usage.get("cost")) is not None:
        return charged(cost, usage)
    ticks = count(usage.get("cost_in_usd_ticks"))
    return None if ticks is None else in_usd(ticks)
