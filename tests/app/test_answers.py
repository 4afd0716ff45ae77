"""What providers and gateways say of a call, each in its own way, and what our span makes of it: nothing more or less.

A count that was not reported is absent, a reported 0 is 0. Every case compares all that a span says of the answer.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin, anthropic_wire, openai_wire, sse

from otel_llmroute import names
from otel_llmroute.app.bills import money
from otel_llmroute.app.sdks.openai_usage import charged
from otel_llmroute.prices import PriceBook, Usage
from tests.app.apis import CHAT, CLAUDE, EMBEDDINGS, GPT, MESSAGES, RESPONSES, Api
from tests.app.conftest import Recorded
from tests.app.sdk_features import needs

Json = dict[str, Any]
IN, OUT = names.USAGE_INPUT_TOKENS, names.USAGE_OUTPUT_TOKENS
READ, WRITE, REASONING = names.USAGE_CACHE_READ, names.USAGE_CACHE_WRITE, names.USAGE_REASONING
FINISH, TIER, STATUS = names.RESPONSE_FINISH_REASONS, names.PRICE_SERVICE_TIER, names.USAGE_STATUS
OPENAI_TIER, FINGERPRINT = names.OPENAI_RESPONSE_SERVICE_TIER, names.OPENAI_SYSTEM_FINGERPRINT
MODEL, ERROR, COST, SOURCE = names.RESPONSE_MODEL, names.ERROR_TYPE, names.COST_AMOUNT, names.COST_SOURCE
LEFT_OUT = (names.RESPONSE_ID, names.RESPONSE_TIME_TO_FIRST_CHUNK)


def said(attempt: Json) -> Json:
    """All that a span says of the answer. Of the cost: what the provider reported; prices have tests of their own."""
    groups = ("gen_ai.response.", "gen_ai.usage.", "llmroute.usage.", "llmroute.price.", "openai.response.", "error.")
    found = {name: value for name, value in attempt.items() if name.startswith(groups) and "usage.cost" not in name}
    if attempt.get(SOURCE) == "provider":
        found |= {COST: attempt[COST], SOURCE: "provider", names.COST_STATUS: attempt[names.COST_STATUS]}
    return {name: value for name, value in found.items() if name not in (*LEFT_OUT, names.PRICE_VERSION)}


@dataclass(frozen=True)
class Case:
    """One answer and all that our span says of it."""

    name: str
    api: Api
    reply: Reply
    says: Json
    stream: bool = False


def chat(says: Json, *, headers: Json | None = None, model: str = GPT, **body: Any) -> tuple[Api, Reply, Json]:
    """A chat completion; ``body`` are arguments of the builder."""
    reply = Reply(json=openai_wire.chat(model=model, **body), headers=headers or {})
    return CHAT, reply, {MODEL: model, FINISH: ("stop",), STATUS: "reported", **says}


def chat_stream(says: Json, *more: Json, **body: Any) -> tuple[Api, Reply, Json, bool]:
    """A streamed chat completion, ``more`` chunks before its end."""
    chunks = openai_wire.chat_chunks(model=GPT, **body)
    return CHAT, Reply(events=sse.unnamed([*chunks, *more])), {MODEL: GPT, FINISH: ("stop",), **says}, True


def response(says: Json, **body: Any) -> tuple[Api, Reply, Json]:
    """An answer of the Responses API."""
    reply = Reply(json=openai_wire.response(model=GPT, **body))
    return RESPONSES, reply, {MODEL: GPT, FINISH: ("completed",), STATUS: "reported", **says}


def response_stream(says: Json, **body: Any) -> tuple[Api, Reply, Json, bool]:
    """The same, streamed."""
    reply = Reply(events=openai_wire.response_stream(model=GPT, **body))
    return RESPONSES, reply, {MODEL: GPT, FINISH: ("completed",), STATUS: "reported", **says}, True


def message(says: Json, **usage: Any) -> tuple[Api, Reply, Json]:
    """A message; ``usage`` are arguments of its builder."""
    reply = Reply(json=anthropic_wire.message(model=CLAUDE, usage=anthropic_wire.usage(**usage)))
    return MESSAGES, reply, {MODEL: CLAUDE, FINISH: ("end_turn",), STATUS: "reported", **says}


def message_stream(says: Json, delta_usage: Json | None = None, **usage: Any) -> tuple[Api, Reply, Json, bool]:
    """The same, streamed; ``delta_usage`` is what the last event says."""
    made = anthropic_wire.usage(**usage)
    reply = Reply(events=anthropic_wire.message_stream(model=CLAUDE, usage=made, delta_usage=delta_usage))
    return MESSAGES, reply, {MODEL: CLAUDE, FINISH: ("end_turn",), STATUS: "reported", **says}, True


def usage(*arguments: Any, **more: Any) -> Json:
    return openai_wire.usage(*arguments, **more)


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
TOOLS = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "c", "status": "completed"}
OPENED_PAGE = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "open_page", "url": "https://example.com"},
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


# --- what is billed beside the answer's own usage ---------------------------------------------------------------------


def cost_of(model: str, provider: str = "openai", **counts: int) -> int:
    """What the price lists say, in pico-units."""
    cost = PriceBook().cost_of(Usage(**counts), provider=provider, model=model, at_ns=time.time_ns())
    assert cost.amount is not None
    return cost.amount


def priced(attempt: Json) -> tuple[str, int | None]:
    amount = attempt.get(COST)
    return attempt[names.COST_STATUS], None if amount is None else money(amount)


ITERATION = {
    "input_tokens": 180_000,
    "output_tokens": 3500,
    "cache_read_input_tokens": 0,
    "cache_creation_input_tokens": 0,
}


def with_iterations(*iterations: Json) -> Json:
    own = {**ITERATION, "input_tokens": 23_000, "output_tokens": 1000}
    made = {**own, "iterations": [*iterations, {"type": "message", **own}]}
    return anthropic_wire.message(model=CLAUDE, usage=made)


def test_what_a_compaction_used_is_counted_and_priced_with_the_call(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json=with_iterations({"type": "compaction", **ITERATION})))
    MESSAGES.create(MESSAGES.client(provider))
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (203_000, 4500)
    own = cost_of(CLAUDE, "anthropic", input_tokens=23_000, output_tokens=1000)
    assert priced(attempt) == ("priced", own + cost_of(CLAUDE, "anthropic", input_tokens=180_000, output_tokens=3500))


def test_an_advisor_is_priced_by_its_own_model_and_its_tokens_are_not_the_answering_model_s(
    recorded: Recorded, provider: Standin
) -> None:
    advice = {"type": "advisor_message", "model": "claude-opus-4-5", **ITERATION}
    provider.default(Reply(json=with_iterations(advice)))
    MESSAGES.create(MESSAGES.client(provider))
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (23_000, 1000)
    opus = cost_of("claude-opus-4-5", "anthropic", input_tokens=180_000, output_tokens=3500)
    assert money(attempt[names.COST_OTHER]) == opus
    assert priced(attempt) == ("priced", opus + cost_of(CLAUDE, "anthropic", input_tokens=23_000, output_tokens=1000))


def test_an_advisor_without_a_known_price_makes_the_cost_partial(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json=with_iterations({"type": "advisor_message", "model": "claude-oracle-99", **ITERATION})))
    MESSAGES.create(MESSAGES.client(provider))
    assert priced(recorded.attempt()) == (
        "partial",
        cost_of(CLAUDE, "anthropic", input_tokens=23_000, output_tokens=1000),
    )


def test_the_iterations_of_a_stream_count_once(recorded: Recorded, provider: Standin) -> None:
    usage = with_iterations({"type": "compaction", **ITERATION})["usage"]
    provider.default(Reply(events=anthropic_wire.message_stream(model=CLAUDE, usage=usage)))
    for _ in MESSAGES.create(MESSAGES.client(provider), stream=True):
        pass
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (203_000, 4500)


IMAGE_TOOL = {
    "input_tokens": 50,
    "output_tokens": 1056,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 50},
    "output_tokens_details": {"image_tokens": 1056, "text_tokens": 0},
}


@needs("openai responses")
@pytest.mark.parametrize("model, status", [("gpt-image-1", "priced"), (None, "partial")])
def test_images_that_a_response_made_are_priced_by_their_model(
    model: str | None, status: str, recorded: Recorded, provider: Standin
) -> None:
    more = {"tools": [{"type": "image_generation", "model": model}], "tool_usage": {"image_gen": IMAGE_TOOL}}
    provider.default(Reply(json=openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), **more)))
    RESPONSES.create(RESPONSES.client(provider))
    images = cost_of("gpt-image-1", input_tokens=50, text_input_tokens=50, output_tokens=1056, image_output_tokens=1056)
    own = cost_of(GPT, input_tokens=10, output_tokens=2)
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (10, 2)
    assert priced(attempt) == (status, own + (images if model else 0))


@needs("openai responses")
@pytest.mark.parametrize(
    "items, said, searches",
    [
        ([], {}, 2),
        ([OPENED_PAGE], {}, 2),
        ([OPENED_PAGE], {"tool_usage": {"web_search": {"num_requests": 1}}}, 1),
        ([TOOLS], {"tool_usage": {"web_search": {"num_requests": 2}}}, 2),
    ],
    ids=["each search", "not the pages opened", "as many as are said to be billed", "beside other tools"],
)
def test_searches_are_priced_by_those_that_are_billed(
    items: list[Json], said: Json, searches: int, recorded: Recorded, provider: Standin
) -> None:
    body = openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), web_searches=2, **said)
    body["output"] += items
    provider.default(Reply(json=body))
    RESPONSES.create(RESPONSES.client(provider))
    attempt = recorded.attempt()
    assert attempt[names.USAGE_SERVER_TOOL_CALLS] == 2 + len(items)
    status = "partial" if TOOLS in items else "priced"  # nobody tells what a run of code costs
    assert priced(attempt) == (status, cost_of(GPT, input_tokens=10, output_tokens=2, web_searches=searches))


def test_no_amount_is_a_cost_unless_it_is_money() -> None:
    assert [money(amount) for amount in (None, True, "free", "nan", "-1", float("inf"), "1e99", {})] == [None] * 8
    assert [money(amount) for amount in (0, "0.0", 0.1, "1e-12")] == [0, 0, 10**11, 1]


def test_a_fee_and_a_bill_are_added_as_decimals() -> None:
    usage = {"is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}}
    assert charged(0.1, usage) == "0.3"
    assert [charged(cost, usage) for cost in (None, True, "1", float)] == [None] * 4


# --- other endpoints that report tokens -------------------------------------------------------------------------------

IMAGES = {"created": 1, "data": [{"b64_json": "aGk="}], "usage": {**IMAGE_TOOL, "total_tokens": 1106}}
IMAGE_COUNTS = {
    IN: 50,
    OUT: 1056,
    names.USAGE_TEXT_INPUT: 50,
    names.USAGE_IMAGE_INPUT: 0,
    names.USAGE_TEXT_OUTPUT: 0,
    names.USAGE_IMAGE_OUTPUT: 1056,
}
TRANSCRIPT = {"type": "tokens", "input_tokens": 30, "output_tokens": 4, "total_tokens": 34}
TRANSCRIPT_COUNTS = {IN: 30, OUT: 4, names.USAGE_TEXT_INPUT: 2, names.USAGE_AUDIO_INPUT: 28}
DETAILS = {"input_token_details": {"text_tokens": 2, "audio_tokens": 28}}
OTHERS: list[tuple[str, Callable[[openai.OpenAI], Any], Json, Json]] = [
    (
        "images made",
        lambda client: client.images.generate(model="gpt-image-1", prompt="a door"),
        IMAGES,
        {STATUS: "reported", **IMAGE_COUNTS},
    ),
    (
        "images changed",
        lambda client: client.images.edit(model="gpt-image-1", prompt="a door", image=b"png"),
        IMAGES,
        {STATUS: "reported", **IMAGE_COUNTS},
    ),
    (
        "images that report nothing",
        lambda client: client.images.generate(model="dall-e-3", prompt="a door"),
        {"created": 1, "data": []},
        {STATUS: "missing"},
    ),
    (
        "speech written down",
        lambda client: client.audio.transcriptions.create(model="gpt-4o-transcribe", file=b"wav"),
        {"text": "hello", "usage": {**TRANSCRIPT, **DETAILS}},
        {STATUS: "reported", **TRANSCRIPT_COUNTS},
    ),
    (
        "speech billed by the second",
        lambda client: client.audio.transcriptions.create(model="whisper-1", file=b"wav"),
        {"text": "hello", "usage": {"type": "duration", "seconds": 9}},
        {STATUS: "missing"},
    ),
    (
        "a decision",
        lambda client: client.post("/decisions", body={"model": GPT}, cast_to=object),
        {"model": GPT, "answers": [], "usage": openai_wire.response_usage(10, 2, cached=0, reasoning=0)},
        {MODEL: GPT, STATUS: "reported", IN: 10, OUT: 2, READ: 0, REASONING: 0},
    ),
]


@pytest.mark.parametrize("name, call, body, says", OTHERS, ids=[name for name, *_ in OTHERS])
def test_every_endpoint_that_reports_tokens_is_an_attempt(
    name: str, call: Callable[[openai.OpenAI], Any], body: Json, says: Json, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(json=body))
    call(CHAT.client(provider))
    attempt = recorded.attempt()
    assert said(attempt) == says
    assert attempt[names.COST_STATUS] == ("priced" if says[STATUS] == "reported" else "no_usage")


@pytest.mark.skipif(
    "stream" not in inspect.signature(openai.resources.Images.generate).parameters,
    reason=f"openai {openai.__version__} streams no images",
)
def test_a_streamed_image_is_priced_as_an_image(recorded: Recorded, provider: Standin) -> None:
    counts = {key: value for key, value in IMAGE_TOOL.items() if key != "output_tokens_details"}
    events = [{"type": "image_generation.partial_image"}, {"type": "image_generation.completed", "usage": counts}]
    provider.default(Reply(events=sse.named(events)))
    client: openai.OpenAI = CHAT.client(provider)
    assert len(list(client.images.generate(model="gpt-image-1", prompt="a door", stream=True))) == 2
    expected = {name: value for name, value in IMAGE_COUNTS.items() if name != names.USAGE_TEXT_OUTPUT}
    assert said(recorded.attempt()) == {STATUS: "reported", **expected}


def test_counting_tokens_is_no_attempt(recorded: Recorded, provider: Standin) -> None:
    client: anthropic.Anthropic = MESSAGES.client(provider)
    client.messages.count_tokens(model=CLAUDE, messages=[{"role": "user", "content": "hello"}])
    assert recorded.attempts() == []
