"""Answers of the shapes that broke other libraries: handed on as without us, and no number is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from standin import Reply

from otel_llmroute import names
from tests.app.apis import CHAT, MESSAGES, RESPONSES, Api
from tests.app.parts import ABSENT, Path, changed, events_of, events_reply
from tests.app.sdk_features import needs
from tests.app.twice import Twice, begun, plain, plain_async, streamed, streamed_async


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    yield from begun(tmp_path_factory.mktemp("odd"))


# --- the shapes that broke other libraries ----------------------------------------------------------------------------


USAGE = {names.USAGE_STATUS: "reported", names.USAGE_INPUT_TOKENS: 1000, names.USAGE_OUTPUT_TOKENS: 20}
NO_USAGE = {
    names.USAGE_STATUS: "missing",
    names.USAGE_INPUT_TOKENS: None,
    names.USAGE_OUTPUT_TOKENS: None,
    names.COST_STATUS: "no_usage",
}


@dataclass(frozen=True)
class Shape:
    """One odd answer: what is where, and what the span says for all that (``None``: nothing)."""

    name: str
    api: Api
    path: Path
    value: Any
    says: dict[str, Any]


PLAIN = [
    Shape("choices null", CHAT, ("choices",), None, {names.RESPONSE_FINISH_REASONS: None, **USAGE}),
    Shape("usage a text", CHAT, ("usage",), "1000 tokens", NO_USAGE),
    Shape("usage a list", CHAT, ("usage",), [1000, 20], NO_USAGE),
    Shape("usage of nulls", CHAT, ("usage",), {"prompt_tokens": None, "completion_tokens": None}, NO_USAGE),
    Shape("details null", CHAT, ("usage", "prompt_tokens_details"), None, {names.USAGE_CACHE_READ: None, **USAGE}),
    Shape("message null", CHAT, ("choices", 0, "message"), None, {names.RESPONSE_FINISH_REASONS: ("stop",), **USAGE}),
    Shape("a choice is a text", CHAT, ("choices", 0), "hello", {names.RESPONSE_FINISH_REASONS: None, **USAGE}),
    Shape("model an object", CHAT, ("model",), {"name": "gpt-5"}, {names.RESPONSE_MODEL: None, **USAGE}),
    Shape("tier an object", CHAT, ("service_tier",), {"tier": 1}, {names.PRICE_SERVICE_TIER: None, **USAGE}),
    Shape("half an emoji", CHAT, ("model",), "gpt-\ud83d", {names.RESPONSE_MODEL: None, **USAGE}),
    Shape("usage null", MESSAGES, ("usage",), None, NO_USAGE),
    Shape(
        "usage partial",
        MESSAGES,
        ("usage",),
        {"input_tokens": 1000},
        {**USAGE, names.USAGE_STATUS: "partial", names.USAGE_OUTPUT_TOKENS: None, names.COST_STATUS: "partial"},
    ),
    Shape("content null", MESSAGES, ("content",), None, USAGE),
    Shape("content of texts", MESSAGES, ("content",), ["hello", "there"], USAGE),
    Shape("reason an object", MESSAGES, ("stop_reason",), {"why": 1}, {names.RESPONSE_FINISH_REASONS: None, **USAGE}),
    Shape("output null", RESPONSES, ("output",), None, USAGE),
    Shape("output of texts", RESPONSES, ("output",), ["hello"], USAGE),
    Shape("an item's type a list", RESPONSES, ("output", 0, "type"), ["message"], USAGE),
]
IN_STREAMS = [
    Shape("choices null", CHAT, (1, "choices"), None, USAGE),
    Shape("a choice null", CHAT, (1, "choices", 0), None, USAGE),
    Shape("delta null", CHAT, (1, "choices", 0, "delta"), None, USAGE),
    Shape("index null", CHAT, (-2, "choices", 0, "index"), None, {names.RESPONSE_FINISH_REASONS: ("stop",), **USAGE}),
    Shape("no index", CHAT, (-2, "choices", 0, "index"), ABSENT, {names.RESPONSE_FINISH_REASONS: ("stop",), **USAGE}),
    Shape("usage a text", CHAT, (-1, "usage"), "1000 tokens", NO_USAGE),
    Shape(
        "a tool call without a function",
        CHAT,
        (1, "choices", 0, "delta", "tool_calls"),
        [{"index": 0, "function": None}],
        USAGE,
    ),
    Shape("a chunk null", CHAT, (1,), None, USAGE),
    Shape("a chunk a list", CHAT, (1,), [1, 2], USAGE),
    Shape("a type an object", RESPONSES, (3, "type"), {"name": 1}, USAGE),
    Shape("the response null", RESPONSES, (0, "response"), None, USAGE),
    Shape("usage null at the start", MESSAGES, (0, "message", "usage"), None, USAGE),
    Shape("the message null", MESSAGES, (0, "message"), None, {names.RESPONSE_MODEL: None, **USAGE}),
    Shape("a delta null", MESSAGES, (3, "delta"), None, USAGE),
    Shape("reason an object", MESSAGES, (-2, "delta", "stop_reason"), {"why": 1}, USAGE),
]


def params(shapes: list[Shape]) -> list[Any]:
    marks = {RESPONSES.name: [needs("openai responses")]}
    return [
        pytest.param(shape, id=f"{shape.api}: {shape.name}", marks=marks.get(shape.api.name, [])) for shape in shapes
    ]


def say(attributes: dict[str, Any], shape: Shape) -> None:
    assert {name: attributes.get(name) for name in shape.says} == shape.says


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("shape", params(PLAIN))
def test_an_odd_answer_is_read_as_far_as_it_goes(shape: Shape, is_async: bool, twice: Twice) -> None:
    twice.server.default(Reply(json=changed({**shape.api.body, "service_tier": "default"}, shape.path, shape.value)))
    client = twice.client(shape.api, is_async)
    if is_async:
        say(twice.attributes(lambda: twice.loop.run_until_complete(plain_async(client, shape.api))), shape)
    else:
        say(twice.attributes(lambda: plain(client, shape.api)), shape)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("shape", params(IN_STREAMS))
def test_an_odd_chunk_is_read_as_far_as_it_goes(shape: Shape, is_async: bool, twice: Twice) -> None:
    heads, data = zip(*events_of(shape.api), strict=True)
    place = (shape.path[0] % len(data), *shape.path[1:])
    twice.server.default(events_reply(list(heads), changed(list(data), place, shape.value)))
    client = twice.client(shape.api, is_async)
    if is_async:
        say_unless_raised(twice, lambda: twice.loop.run_until_complete(streamed_async(client, shape.api)), shape)
    else:
        say_unless_raised(twice, lambda: streamed(client, shape.api), shape)


def say_unless_raised(twice: Twice, call: Callable[[], Any], shape: Shape) -> None:
    """What the span says, where the SDK itself (one of some age) did not stumble over the chunk."""
    attributes = twice.attributes(call)
    if attributes[names.ATTEMPT_OUTCOME] != "failed":
        say(attributes, shape)
