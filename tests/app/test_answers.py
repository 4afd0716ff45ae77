"""What providers and gateways say of a call, each in its own way, and what our span makes of it: nothing more or less.

A count that was not reported is absent, a reported 0 is 0. Every case compares all that a span says of the answer.
"""

from __future__ import annotations

from typing import Any

import pytest
from standin import Reply, Standin, anthropic_wire, openai_wire

from otel_llmroute import names
from tests.app.answers import (
    COST,
    ERROR,
    FINGERPRINT,
    FINISH,
    IN,
    MODEL,
    OPENAI_TIER,
    OUT,
    READ,
    REASONING,
    SOURCE,
    STATUS,
    TIER,
    WRITE,
    Case,
    chat,
    chat_stream,
    message,
    message_stream,
    response,
    response_stream,
    said,
    usage,
)
from tests.app.apis import CHAT, CLAUDE, EMBEDDINGS, GPT, MESSAGES, RESPONSES
from tests.app.conftest import Recorded
from tests.app.sdk_features import needs

AUDIO = usage(100, 60, cached=0, audio_in=80, reasoning=0, audio_out=50)
PERPLEXITY_COST = {"input_tokens_cost": 0.001, "output_tokens_cost": 0.002, "request_cost": 0.005, "total_cost": 0.008}
VERCEL = {"provider_metadata": {"gateway": {"cost": "0.0012345"}}}
VERCEL_CHAT = openai_wire.chat(model=GPT, usage=usage(10, 2))
VERCEL_CHAT["choices"][0]["message"] |= VERCEL
ERROR_BODY = {"error": {"message": "No.", "type": "server_error", "code": 502}, "model": GPT}
MOONSHOT = {"prompt_tokens": 10, "completion_tokens": 2, "cached_tokens": 4}
DEEPSEEK = {"prompt_tokens": 10, "completion_tokens": 2, "prompt_cache_hit_tokens": 6, "prompt_cache_miss_tokens": 4}
LITELLM = {**usage(10, 2), "cache_read_input_tokens": 3, "cache_creation_input_tokens": 5}
WRITER = {
    "prompt_tokens": 10,
    "completion_tokens": 2,
    "prompt_token_details": {"cached_tokens": 3},
    "completion_token_details": {"reasoning_tokens": 1},
}
COUNTS = {IN: 10, OUT: 2}

CASES = [
    Case("usage alone", *chat(COUNTS, usage=usage(10, 2))),
    Case("no usage", *chat({STATUS: "missing"})),
    Case("zeros", *chat({IN: 0, OUT: 0, READ: 0, REASONING: 0}, usage=usage(0, 0, cached=0, reasoning=0))),
    Case("one count only", *chat({STATUS: "partial", IN: 10}, usage={"prompt_tokens": 10})),
    Case(
        "cache and reasoning",
        *chat(
            {IN: 100, OUT: 60, READ: 40, WRITE: 20, REASONING: 50},
            usage=usage(100, 60, cached=40, cache_write=20, reasoning=50),
        ),
    ),
    Case(
        "audio",
        *chat(
            {IN: 100, OUT: 60, READ: 0, REASONING: 0, names.USAGE_AUDIO_INPUT: 80, names.USAGE_AUDIO_OUTPUT: 50},
            usage=AUDIO,
        ),
    ),
    Case(
        "the served tier", *chat({**COUNTS, OPENAI_TIER: "flex", TIER: "flex"}, usage=usage(10, 2), service_tier="flex")
    ),
    Case(
        "the standard tier by OpenAI's name",
        *chat({**COUNTS, OPENAI_TIER: "default", TIER: "standard"}, usage=usage(10, 2), service_tier="default"),
    ),
    Case("a fingerprint", *chat({**COUNTS, FINGERPRINT: "fp_1"}, usage=usage(10, 2), system_fingerprint="fp_1")),
    Case("DeepSeek's cache", *chat({**COUNTS, READ: 6}, usage=DEEPSEEK)),
    Case("Moonshot's cache", *chat({**COUNTS, READ: 4}, usage=MOONSHOT)),
    Case("LiteLLM's cache", *chat({**COUNTS, READ: 3, WRITE: 5}, usage=LITELLM)),
    Case("Writer's details", *chat({**COUNTS, READ: 3, REASONING: 1}, usage=WRITER)),
    Case(
        "OpenRouter's cost",
        *chat(
            {**COUNTS, COST: 0.0033, SOURCE: "provider", names.COST_STATUS: "priced"},
            usage=usage(10, 2, cost=0.0033, is_byok=False),
        ),
    ),
    Case(
        "OpenRouter's free model",
        *chat(
            {**COUNTS, COST: 0.0, SOURCE: "provider", names.COST_STATUS: "free"},
            usage=usage(10, 2, cost=0, is_byok=False),
        ),
    ),
    Case(
        "OpenRouter with an own key: its fee and the provider's bill",
        *chat(
            {**COUNTS, COST: 0.000483, SOURCE: "provider", names.COST_STATUS: "priced"},
            usage=usage(10, 2, cost=0.000023, is_byok=True, upstream_cost=0.00046),
        ),
    ),
    Case(
        "OpenRouter with an own key: a bill that nobody told",
        *chat(COUNTS, usage=usage(10, 2, cost=0.000023, is_byok=True)),
    ),
    Case(
        "Perplexity's cost",
        *chat(
            {**COUNTS, COST: 0.008, SOURCE: "provider", names.COST_STATUS: "priced"},
            usage={**usage(10, 2), "cost": PERPLEXITY_COST},
        ),
    ),
    Case(
        "xAI's cost in ticks",
        *chat(
            {**COUNTS, COST: 0.0037756, SOURCE: "provider", names.COST_STATUS: "priced"},
            usage={**usage(10, 2), "cost_in_usd_ticks": 37_756_000},
        ),
    ),
    Case("a cost that is none", *chat(COUNTS, usage={**usage(10, 2), "cost": "cheap"})),
    Case(
        "Vercel's cost, a decimal text",
        CHAT,
        Reply(json=VERCEL_CHAT),
        {
            MODEL: GPT,
            FINISH: ("stop",),
            STATUS: "reported",
            **COUNTS,
            COST: 0.0012345,
            SOURCE: "provider",
            names.COST_STATUS: "priced",
        },
    ),
    Case(
        "LiteLLM's cost, a header",
        *chat(
            {**COUNTS, COST: 0.25, SOURCE: "provider", names.COST_STATUS: "priced"},
            usage=usage(10, 2),
            headers={"x-litellm-response-cost": "0.25"},
        ),
    ),
    Case(
        "an answer from LiteLLM's cache",
        *chat(
            {**COUNTS, COST: 0.0, SOURCE: "provider", names.COST_STATUS: "free"},
            usage=usage(10, 2),
            headers={"x-litellm-response-cost": "0.0"},
        ),
    ),
    Case("an error inside a 200", CHAT, Reply(json=ERROR_BODY), {MODEL: GPT, STATUS: "missing", ERROR: "server_error"}),
    Case(
        "an error inside a 200 with a number for a code",
        CHAT,
        Reply(json={"error": {"message": "No.", "code": 502}}),
        {STATUS: "missing", ERROR: "502"},
    ),
    Case(
        "an error inside a 200 that has no name but what was asked",
        CHAT,
        Reply(json={"error": {"message": "No.", "type": "You asked: what is my salary?"}}),
        {STATUS: "missing", ERROR: "_OTHER"},
    ),
    Case(
        "an error inside a 200 in place of a message",
        MESSAGES,
        Reply(json=anthropic_wire.error("overloaded_error", "No.")),
        {STATUS: "missing", ERROR: "overloaded_error"},
    ),
    Case("a stream with usage", *chat_stream({**COUNTS, STATUS: "reported"}, usage=usage(10, 2))),
    Case("a stream without usage", *chat_stream({STATUS: "missing"})),
    Case(
        "Groq's usage",
        *chat_stream({**COUNTS, STATUS: "reported"}, {"id": "c", "choices": [], "x_groq": {"usage": usage(10, 2)}}),
    ),
    Case(
        "Vercel's cost in a stream",
        *chat_stream(
            {**COUNTS, STATUS: "reported", COST: 0.0012345, SOURCE: "provider", names.COST_STATUS: "priced"},
            {"id": "c", "choices": [{"index": 0, "delta": VERCEL}], "usage": usage(10, 2)},
        ),
    ),
    Case(
        "usage that a server repeats with every chunk",
        *chat_stream(
            {**COUNTS, STATUS: "reported"},
            {"id": "c", "choices": [], "usage": usage(9, 1)},
            {"id": "c", "choices": [], "usage": usage(10, 2)},
        ),
    ),
    Case(
        "embeddings", EMBEDDINGS, EMBEDDINGS.answer(), {MODEL: "text-embedding-3-small", STATUS: "reported", IN: 1000}
    ),
    Case(
        "embeddings without usage",
        EMBEDDINGS,
        Reply(json=openai_wire.embeddings(encoding="float")),
        {MODEL: "text-embedding-3-small", STATUS: "missing"},
    ),
    Case(
        "a response",
        *response(
            {IN: 100, OUT: 60, READ: 40, WRITE: 20, REASONING: 50},
            usage=openai_wire.response_usage(100, 60, cached=40, cache_write=20, reasoning=50),
        ),
    ),
    Case(
        "a response that ran out of tokens",
        *response(
            {**COUNTS, FINISH: ("max_output_tokens",)},
            usage=openai_wire.response_usage(10, 2),
            status="incomplete",
            incomplete_reason="max_output_tokens",
        ),
    ),
    Case(
        "a response that failed",
        *response(
            {FINISH: ("failed",), STATUS: "missing", ERROR: "server_error"},
            status="failed",
            error={"code": "server_error", "message": "No."},
        ),
    ),
    Case(
        "a streamed response: its tier and usage come last",
        *response_stream(
            {**COUNTS, OPENAI_TIER: "priority", TIER: "priority"},
            usage=openai_wire.response_usage(10, 2),
            service_tier="priority",
        ),
    ),
    Case(
        "a streamed response that failed",
        *response_stream(
            {FINISH: ("failed",), STATUS: "missing", ERROR: "server_error"},
            status="failed",
            error={"code": "server_error", "message": "No."},
        ),
    ),
    Case(
        "searches",
        *response(
            {**COUNTS, names.USAGE_SERVER_TOOL_CALLS: 3}, usage=openai_wire.response_usage(10, 2), web_searches=3
        ),
    ),
    Case(
        "a message",
        *message({**COUNTS, READ: 0, WRITE: 0}, input_tokens=10, output_tokens=2, cache_read=0, cache_write=0),
    ),
    Case("a message without cache counts", *message(COUNTS, input_tokens=10, output_tokens=2)),
    Case(
        "a message's cache by lifetime",
        *message(
            {IN: 1110, OUT: 2, READ: 1000, WRITE: 100, names.USAGE_CACHE_WRITE_5M: 70, names.USAGE_CACHE_WRITE_1H: 30},
            input_tokens=10,
            output_tokens=2,
            cache_read=1000,
            write_5m=70,
            write_1h=30,
        ),
    ),
    Case(
        "a message's tier and thinking",
        *message(
            {**COUNTS, REASONING: 1, TIER: "priority"},
            input_tokens=10,
            output_tokens=2,
            thinking=1,
            service_tier="priority",
        ),
    ),
    Case(
        "a message's searches",
        *message(
            {**COUNTS, names.USAGE_SERVER_TOOL_CALLS: 3},
            input_tokens=10,
            output_tokens=2,
            web_searches=2,
            web_fetches=1,
        ),
    ),
    Case(
        "a streamed message: not the placeholder of its start",
        *message_stream({**COUNTS}, {"output_tokens": 2}, input_tokens=10, output_tokens=2),
    ),
    Case(
        "a streamed message's cache by lifetime, which its start alone has",
        *message_stream(
            {IN: 110, OUT: 2, READ: 0, WRITE: 100, names.USAGE_CACHE_WRITE_5M: 0, names.USAGE_CACHE_WRITE_1H: 100},
            {"output_tokens": 2},
            input_tokens=10,
            output_tokens=2,
            cache_read=0,
            write_5m=0,
            write_1h=100,
        ),
    ),
    Case(
        "a message that broke before its last event",
        MESSAGES,
        Reply(events=MESSAGES.events[:3]),
        {MODEL: CLAUDE, STATUS: "partial", IN: 1000, READ: 0, WRITE: 0},
        stream=True,
    ),
]


def params(cases: list[Case]) -> list[Any]:
    marks = {RESPONSES.name: [needs("openai responses")]}
    return [pytest.param(case, id=case.name, marks=marks.get(case.api.name, ())) for case in cases]


@pytest.mark.parametrize("case", params(CASES))
def test_a_span_says_what_the_answer_says(case: Case, recorded: Recorded, provider: Standin) -> None:
    provider.default(case.reply)
    answer = case.api.create(case.api.client(provider), **({"stream": True} if case.stream else {}))
    if case.stream:
        for _ in answer:
            pass
    assert said(recorded.attempt()) == case.says
