"""Calls of the real SDKs, each with what its answer says and what it truly costs.

Every call returns what the application sees of the answer, in plain data, so that two processes can be compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from standin import Reply, Request, Standin, anthropic_wire, faults, openai_wire

GPT: Final = "gpt-5-mini"
CLAUDE: Final = "claude-haiku-4-5"
MESSAGES: Final = [{"role": "user", "content": "Where is my export?"}]
CHAT: Final = {"model": GPT, "messages": MESSAGES}
STREAMED_CHAT: Final = {**CHAT, "stream_options": {"include_usage": True}}
MESSAGE: Final = {"model": CLAUDE, "max_tokens": 64, "messages": MESSAGES}
LIMITED: Final = {"x-test": "limited"}

PER_TOKEN: Final = {
    GPT: {"input": "0.00000025", "cache_read": "0.000000025", "output": "0.000002"},
    CLAUDE: {"input": "0.000001", "cache_read": "0.0000001", "cache_write": "0.00000125", "output": "0.000005"},
}
"""USD per token: https://platform.openai.com/docs/pricing, https://claude.com/pricing (2026-11)."""


def _usd(model: str, **tokens: int) -> Decimal:
    return sum((Decimal(PER_TOKEN[model][kind]) * count for kind, count in tokens.items()), Decimal(0))


# 5,100 input tokens. OpenAI: 2,000 of them cached. Anthropic: 2,100 new, 2,000 read from cache, 1,000 written.
GPT_USD: Final = _usd(GPT, input=3_100, cache_read=2_000, output=50)
CLAUDE_USD: Final = _usd(CLAUDE, input=2_100, cache_read=2_000, cache_write=1_000, output=50)
NOTHING: Final = Decimal(0)

_GPT_USAGE: Final = openai_wire.usage(5_100, 50, cached=2_000, reasoning=10)
_RESPONSE_USAGE: Final = openai_wire.response_usage(5_100, 50, cached=2_000, reasoning=10)
_CLAUDE_USAGE: Final = anthropic_wire.usage(2_100, 50, cache_read=2_000, cache_write=1_000)
# Built once, so that the same call gives the same bytes to every process.
_REPLIES: Final = {
    ("/chat/completions", False): Reply(json=openai_wire.chat(model=GPT, usage=_GPT_USAGE)),
    ("/chat/completions", True): Reply(events=openai_wire.chat_stream(model=GPT, usage=_GPT_USAGE)),
    ("/responses", False): Reply(json=openai_wire.response(model=GPT, usage=_RESPONSE_USAGE)),
    ("/responses", True): Reply(events=openai_wire.response_stream(model=GPT, usage=_RESPONSE_USAGE)),
    ("/messages", False): Reply(json=anthropic_wire.message(model=CLAUDE, usage=_CLAUDE_USAGE)),
    ("/messages", True): Reply(events=anthropic_wire.message_stream(model=CLAUDE, usage=_CLAUDE_USAGE)),
}
_LIMITED: Final = {True: faults.anthropic_rate_limit(), False: faults.openai_rate_limit()}
_REFUSED: Final = {True: faults.anthropic_bad_request(), False: faults.openai_bad_request()}


def answer(request: Request) -> Reply:
    """The answer to ``request``. With the header ``x-test: limited`` the first two tries are turned away, 429."""
    test = request.headers.get("x-test")
    if test == "limited" and int(request.headers.get("x-stainless-retry-count", 0)) < 2:
        return _LIMITED[request.is_anthropic]
    if test == "refused":
        return _REFUSED[request.is_anthropic]
    path = next(path for path, _ in _REPLIES if request.path.endswith(path))
    return _REPLIES[path, bool(request.json.get("stream"))]


class Clients(NamedTuple):
    """One client of each kind, all talking to one stand-in."""

    gpt: Any
    claude: Any
    async_gpt: Any
    async_claude: Any


def clients(server_url: str) -> Clients:
    """Fresh clients of the stand-in at ``server_url``."""
    import anthropic
    import openai

    gpt = {"base_url": f"{server_url}/v1", "api_key": "none", "timeout": 10}
    claude = {"base_url": server_url, "api_key": "none", "timeout": 10}
    # verify=False: the stand-in speaks plain HTTP, and loading certificates takes longer than the calls.
    return Clients(
        openai.OpenAI(**gpt, http_client=openai.DefaultHttpxClient(verify=False)),
        anthropic.Anthropic(**claude, http_client=anthropic.DefaultHttpxClient(verify=False)),
        openai.AsyncOpenAI(**gpt, http_client=openai.DefaultAsyncHttpxClient(verify=False)),
        anthropic.AsyncAnthropic(**claude, http_client=anthropic.DefaultAsyncHttpxClient(verify=False)),
    )


def seen(value: Any) -> Any:
    """What the application sees of an answer, a chunk or an exception, as plain data."""
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _chunks(stream: Any) -> list[Any]:
    return [seen(chunk) for chunk in stream]


def _raised(call: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "returned", seen(call())
    except Exception as error:
        return type(error).__name__, str(error)


# --- OpenAI ---


def chat(c: Clients) -> Any:
    return seen(c.gpt.chat.completions.create(**CHAT))


def chat_stream(c: Clients) -> Any:
    return _chunks(c.gpt.chat.completions.create(**STREAMED_CHAT, stream=True))


def chat_stream_in_a_with_block(c: Clients) -> Any:
    with c.gpt.chat.completions.create(**STREAMED_CHAT, stream=True) as stream:
        return _chunks(stream)


def chat_stream_helper(c: Clients) -> Any:
    with c.gpt.chat.completions.stream(**STREAMED_CHAT) as stream:
        return [event.type for event in stream], seen(stream.get_final_completion())


def chat_raw(c: Clients) -> Any:
    raw = c.gpt.chat.completions.with_raw_response.create(**CHAT)
    return raw.headers["content-type"], raw.status_code, seen(raw.parse())


def chat_raw_stream(c: Clients) -> Any:
    raw = c.gpt.chat.completions.with_raw_response.create(**STREAMED_CHAT, stream=True)
    return raw.headers["content-type"], _chunks(raw.parse())


def chat_streamed_response(c: Clients) -> Any:
    with c.gpt.chat.completions.with_streaming_response.create(**CHAT) as response:
        return response.read()


def chat_limited_twice(c: Clients) -> Any:
    return seen(c.gpt.chat.completions.create(**CHAT, extra_headers=LIMITED))


def chat_stream_limited_twice(c: Clients) -> Any:
    return _chunks(c.gpt.chat.completions.create(**STREAMED_CHAT, stream=True, extra_headers=LIMITED))


def chat_refused(c: Clients) -> Any:
    return _raised(lambda: c.gpt.chat.completions.create(**CHAT, extra_headers={"x-test": "refused"}))


def response(c: Clients) -> Any:
    return seen(c.gpt.responses.create(model=GPT, input="Where is my export?"))


def response_stream(c: Clients) -> Any:
    return _chunks(c.gpt.responses.create(model=GPT, input="Where is my export?", stream=True))


def response_stream_helper(c: Clients) -> Any:
    with c.gpt.responses.stream(model=GPT, input="Where is my export?") as stream:
        return [event.type for event in stream], seen(stream.get_final_response())


async def async_chat(c: Clients) -> Any:
    return seen(await c.async_gpt.chat.completions.create(**CHAT))


async def async_chat_stream(c: Clients) -> Any:
    return [seen(chunk) async for chunk in await c.async_gpt.chat.completions.create(**STREAMED_CHAT, stream=True)]


async def async_chat_raw(c: Clients) -> Any:
    raw = await c.async_gpt.chat.completions.with_raw_response.create(**CHAT)
    return raw.status_code, seen(raw.parse())


async def async_chat_limited_twice(c: Clients) -> Any:
    return seen(await c.async_gpt.chat.completions.create(**CHAT, extra_headers=LIMITED))


# --- Anthropic ---


def message(c: Clients) -> Any:
    return seen(c.claude.messages.create(**MESSAGE))


def message_stream(c: Clients) -> Any:
    return _chunks(c.claude.messages.create(**MESSAGE, stream=True))


def message_stream_helper(c: Clients) -> Any:
    with c.claude.messages.stream(**MESSAGE) as stream:
        return list(stream.text_stream), seen(stream.get_final_message())


def message_raw(c: Clients) -> Any:
    raw = c.claude.messages.with_raw_response.create(**MESSAGE)
    return raw.headers["content-type"], raw.status_code, seen(raw.parse())


def message_limited_twice(c: Clients) -> Any:
    return seen(c.claude.messages.create(**MESSAGE, extra_headers=LIMITED))


def message_refused(c: Clients) -> Any:
    return _raised(lambda: c.claude.messages.create(**MESSAGE, extra_headers={"x-test": "refused"}))


def beta_message(c: Clients) -> Any:
    return seen(c.claude.beta.messages.create(**MESSAGE))


async def async_message(c: Clients) -> Any:
    return seen(await c.async_claude.messages.create(**MESSAGE))


async def async_message_stream(c: Clients) -> Any:
    return [seen(event) async for event in await c.async_claude.messages.create(**MESSAGE, stream=True)]


async def async_message_stream_helper(c: Clients) -> Any:
    async with c.async_claude.messages.stream(**MESSAGE) as stream:
        return [text async for text in stream.text_stream], seen(await stream.get_final_message())


COST_USD: Final[dict[Callable[[Clients], Any], Decimal]] = {
    chat: GPT_USD,
    chat_stream: GPT_USD,
    chat_stream_in_a_with_block: GPT_USD,
    chat_stream_helper: GPT_USD,
    chat_raw: GPT_USD,
    chat_raw_stream: GPT_USD,
    chat_streamed_response: GPT_USD,
    chat_limited_twice: GPT_USD,
    chat_stream_limited_twice: GPT_USD,
    chat_refused: NOTHING,
    response: GPT_USD,
    response_stream: GPT_USD,
    response_stream_helper: GPT_USD,
    async_chat: GPT_USD,
    async_chat_stream: GPT_USD,
    async_chat_raw: GPT_USD,
    async_chat_limited_twice: GPT_USD,
    message: CLAUDE_USD,
    message_stream: CLAUDE_USD,
    message_stream_helper: CLAUDE_USD,
    message_raw: CLAUDE_USD,
    message_limited_twice: CLAUDE_USD,
    message_refused: NOTHING,
    beta_message: CLAUDE_USD,
    async_message: CLAUDE_USD,
    async_message_stream: CLAUDE_USD,
    async_message_stream_helper: CLAUDE_USD,
}
"""Every call, and what it truly costs. Each is one attempt."""
ALL: Final = tuple(COST_USD)
FEW: Final = (chat_stream, chat_limited_twice, async_chat, message_stream, async_message)
"""A call of each manner, for where the orders are many."""


def made(calls: tuple[Callable[[Clients], Any], ...], server_url: str, c: Clients | None = None) -> dict[str, Any]:
    """Make each of ``calls`` once. What the application saw, an exception as its text, by the name of the call."""

    async def all_of_them() -> dict[str, Any]:
        among = c or clients(server_url)
        return {call.__name__: await _made(call, among) for call in calls}

    return asyncio.run(all_of_them())


async def _made(call: Callable[[Clients], Any], c: Clients) -> Any:
    try:
        result = call(c)
        return await result if asyncio.iscoroutine(result) else result
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"


def provider() -> Standin:
    """A stand-in that gives the answers that ``COST_USD`` counts with."""
    server = Standin()
    server.default(answer)
    return server
