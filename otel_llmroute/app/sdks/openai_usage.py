"""What a call of the OpenAI flavour used and what it was charged: where each provider and gateway writes it.

Shapes: https://github.com/openai/openai-python/tree/v3.57.0/src/openai/types. What other servers add to them is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from otel_llmroute.app.sdks.answer import Answer, UsageTable, count, fields, get, items, read_counts, text, usage_of
from otel_llmroute.prices import Usage, nothing_used
from otel_llmroute.prices.cost import MONEY

CHAT_USAGE: Final[UsageTable] = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "cache_read_input_tokens": "cache_read_tokens",  # LiteLLM
    "cache_creation_input_tokens": "cache_write_tokens",  # LiteLLM
    "cached_tokens": "cache_read_tokens",  # Moonshot
    "prompt_cache_hit_tokens": "cache_read_tokens",  # DeepSeek
    "reasoning_tokens": "reasoning_tokens",  # Perplexity
    "num_search_queries": "web_searches",  # Perplexity
    "prompt_token_details": {"cached_tokens": "cache_read_tokens"},  # Writer
    "completion_token_details": {"reasoning_tokens": "reasoning_tokens"},  # Writer
    "prompt_tokens_details": {
        "cached_tokens": "cache_read_tokens",
        "cache_write_tokens": "cache_write_tokens",
        "text_tokens": "text_input_tokens",
        "audio_tokens": "audio_input_tokens",
        "image_tokens": "image_input_tokens",
    },
    "completion_tokens_details": {
        "reasoning_tokens": "reasoning_tokens",
        "text_tokens": "text_output_tokens",
        "audio_tokens": "audio_output_tokens",
        "image_tokens": "image_output_tokens",
    },
}
RESPONSES_USAGE: Final[UsageTable] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "input_tokens_details": {
        "cached_tokens": "cache_read_tokens",
        "cache_write_tokens": "cache_write_tokens",
        "text_tokens": "text_input_tokens",
        "audio_tokens": "audio_input_tokens",
        "image_tokens": "image_input_tokens",
    },
    "output_tokens_details": {
        "reasoning_tokens": "reasoning_tokens",
        "text_tokens": "text_output_tokens",
        "audio_tokens": "audio_output_tokens",
        "image_tokens": "image_output_tokens",
    },
}
IMAGE_TOOL_USAGE: Final[UsageTable] = {
    **RESPONSES_USAGE,
    "cached_tokens": "cache_read_tokens",
    "cached_tokens_details": {"cached_image_tokens": "image_cache_read_tokens"},
}
TRANSCRIPTION_USAGE: Final[UsageTable] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "input_token_details": {"text_tokens": "text_input_tokens", "audio_tokens": "audio_input_tokens"},
}
SERVER_TOOLS: Final = {
    "web_search_call": "web_searches",
    "file_search_call": "file_searches",
    "code_interpreter_call": "code_executions",
    "shell_call": "code_executions",  # both run in a container, which is what is billed
    "image_generation_call": None,
    "mcp_call": None,
}
"""Output items of the Responses API that are tools the provider ran -> the field of ``Usage`` they are billed by."""
_NUMBERS: Final = (int, float)
_TICKS_PER_USD: Final = 10**10


def read_usage(answer: Answer, node: object, table: UsageTable) -> None:
    """Add the counts of the usage ``node`` to ``answer``, and the cost that some providers state there."""
    said = fields(node)
    usage = answer.usage or nothing_used()
    if read_counts(said, table, usage.counts):
        answer.usage = usage
        if table is CHAT_USAGE:
            add_reasoning_beside(usage, said)
            if count(said.get("citation_tokens")):  # billed apart, at a price that no kind of ours has
                answer.beside = ((None, nothing_used()),)
        elif table is RESPONSES_USAGE:
            add_long_writes(answer, said)
    if (cost := said.get("cost")) is not None:
        answer.cost = charged(cost, said)
    elif (ticks := said.get("cost_in_usd_ticks")) is not None and count(ticks) is not None:
        answer.cost = in_usd(ticks)


def add_long_writes(answer: Answer, said: Mapping[str, Any]) -> None:
    """Say that ``answer`` cost more than its usage tells if ``said``, the usage of a response, has input that was
    written to the cache for 12 hours: the lists have the price of 30 minutes, which is lower.
    """
    written = get(get(said.get("input_tokens_details"), "cache_write_tokens_details"), "ttl_12h_tokens")
    if count(written):
        answer.beside = (*answer.beside, (None, nothing_used()))


def add_reasoning_beside(usage: Usage, said: Mapping[str, Any]) -> None:
    """Add reasoning to the output of ``usage`` where ``said``, the node of a chat that it was read from, counts it
    beside the completion and not within.

    xAI's total is the sum of all three (https://docs.x.ai/docs/guides/reasoning). Perplexity's leaves reasoning,
    citations and searches out, and bills them apart (https://docs.perplexity.ai/getting-started/pricing).
    """
    reasoning = usage.reasoning_tokens
    prompt, completion = count(said.get("prompt_tokens")), count(said.get("completion_tokens"))
    if not reasoning or prompt is None or completion is None:
        return
    is_perplexity = said.get("num_search_queries") is not None or said.get("citation_tokens") is not None
    if is_perplexity or said.get("total_tokens") == prompt + completion + reasoning:
        usage.output_tokens = completion + reasoning


def add_image_output(usage: Usage) -> None:
    """What made images gave nothing else, unless its ``usage`` tells the kinds of its output apart."""
    if usage.image_output_tokens is None and usage.text_output_tokens is None:
        usage.image_output_tokens = usage.output_tokens


def in_usd(ticks: int) -> str:
    """The unit in which xAI states a cost: https://docs.x.ai/developers/cost-tracking"""
    return str(MONEY.divide(Decimal(ticks), _TICKS_PER_USD))


def charged(cost: object, usage: Mapping[str, Any]) -> object:
    """What a call cost in USD by the ``cost`` in its ``usage``: OpenRouter's, or the total of Perplexity's.

    With the caller's own key (BYOK) OpenRouter's ``cost`` is a fee for itself only. The provider bills the caller
    apart, and ``cost_details`` says how much: the call cost both. ``None`` when that is not said.
    https://openrouter.ai/docs/use-cases/usage-accounting
    """
    if usage.get("is_byok") is not True:
        return cost if type(cost) in _NUMBERS else get(cost, "total_cost")
    upstream = get(usage.get("cost_details"), "upstream_inference_cost")
    if type(cost) not in _NUMBERS or type(upstream) not in _NUMBERS:
        return None
    try:
        return str(MONEY.add(Decimal(repr(cost)), Decimal(repr(upstream))))
    except ArithmeticError:  # infinities
        return None


def read_tools(answer: Answer, said: Mapping[str, Any]) -> None:
    """Add the tools that the provider ran for a response: how many of which, and the tokens of the images they made."""
    output = [fields(item) for item in items(said.get("output"))]
    calls = [item for item in output if text(item.get("type")) in SERVER_TOOLS and not _is_local(item)]
    tools = said.get("tool_usage")
    if answer.usage is not None:
        _count_calls(answer.usage, calls, count(get(get(tools, "web_search"), "num_requests")))
    images = usage_of(get(tools, "image_gen"), IMAGE_TOOL_USAGE)
    if images is None:
        if not any(item["type"] == "image_generation_call" for item in calls):
            return
        images = nothing_used()  # of what is billed all the same
    elif not (images.input_tokens or images.output_tokens):  # zeros say that the tool was not used
        return
    add_image_output(images)
    answer.beside = (*answer.beside, (_image_model(said.get("tools")), images))


def _count_calls(usage: Usage, calls: Sequence[Mapping[str, Any]], searches: int | None) -> None:
    """Add ``calls`` to ``usage``, and the ``searches`` that are said to be billed: they may be of no call in the
    output.
    """
    if ran := len(calls) or searches:
        usage.server_tool_calls = ran
    billed = [field for item in calls if (field := SERVER_TOOLS[item["type"]]) and _is_billed(item)]
    for field in set(billed):
        setattr(usage, field, billed.count(field))
    if searches is not None:
        usage.web_searches = searches


def _is_local(call: Mapping[str, Any]) -> bool:
    """A shell is the application's own unless the call says that it was in a container of the provider's."""
    return call["type"] == "shell_call" and text(get(call.get("environment"), "type")) in (None, "local")


def _is_billed(call: Mapping[str, Any]) -> bool:
    """Opening a page that a search has found, or finding a word in it, is not billed."""
    return text(get(call.get("action"), "type")) in (None, "search")


def _image_model(tools: object) -> str:
    found = (fields(tool) for tool in items(tools))
    models = (text(tool.get("model")) for tool in found if tool.get("type") == "image_generation")
    return next((model for model in models if model), "unknown")
