"""Answers of providers and gateways, each beside what our span says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from standin import Reply, anthropic_wire, openai_wire, sse

from otel_llmroute import names
from tests.app.apis import CHAT, CLAUDE, GPT, MESSAGES, RESPONSES, Api

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


TOOLS = {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "container_id": "c", "status": "completed"}
OPENED_PAGE = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "open_page", "url": "https://example.com"},
}
IMAGE_TOOL = {
    "input_tokens": 50,
    "output_tokens": 1056,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 50},
    "output_tokens_details": {"image_tokens": 1056, "text_tokens": 0},
}
HOSTED_SHELL = {
    "type": "shell_call",
    "id": "sh_1",
    "call_id": "call_1",
    "status": "completed",
    "action": {"commands": ["ls"]},
    "environment": {"type": "container_reference", "container_id": "c"},
}
MADE_IMAGE = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": "aGk="}
