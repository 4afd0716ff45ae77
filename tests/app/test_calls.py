"""Every way to call the SDKs: the application gets what it gets without us, and one attempt tells of it."""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import BETA_MESSAGES, CHAT, CLAUDE, EVERY, GPT, MESSAGES, PROMPT, RESPONSES, STREAMED, Api
from tests.app.both_ways import STRUCTURED, Export, Style, in_a_span, params, same_requests, same_with_us, shown, told
from tests.app.conftest import Recorded, record
from tests.app.watching import a_quiet_log, async_ending


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


CHAT_ARGUMENTS: dict[str, Any] = {"model": GPT, "messages": PROMPT}
MESSAGE_ARGUMENTS: dict[str, Any] = {"model": CLAUDE, "max_tokens": 64, "messages": PROMPT}


def final(manager: Any, method: str) -> Any:
    """The result of a stream helper that reads itself to its end."""
    with manager as stream:
        return getattr(stream, method)()


def events(manager: Any) -> Any:
    with manager as stream:
        return list(stream)


# On Python 3.10 the SDK takes `dict[str, object]` for a class, and fails over it.
ANY_DICT: Any = dict[str, object] if sys.version_info >= (3, 11) else typing.Dict[str, object]  # noqa: UP006


def post(client: Any, cast_to: Any, **more: Any) -> Any:
    url = "/v1/messages" if isinstance(client, anthropic.Anthropic) else "/chat/completions"
    arguments = MESSAGE_ARGUMENTS if isinstance(client, anthropic.Anthropic) else CHAT_ARGUMENTS
    return client.post(url, cast_to=cast_to, body=arguments, **more)


def message_text(client: Any) -> list[str]:
    with client.messages.stream(**MESSAGE_ARGUMENTS) as stream:
        return list(stream.text_stream)


def text_then_message(client: Any) -> tuple[Any, ...]:
    with client.messages.stream(**MESSAGE_ARGUMENTS) as stream:
        text = "".join(stream.text_stream)
        return (text, stream.get_final_message(), stream.get_final_text())


STYLES = params(
    [
        Style(
            "chat.completions.stream",
            CHAT,
            lambda c: [event.type for event in events(c.chat.completions.stream(**CHAT_ARGUMENTS))],
            True,
            "openai chat.completions.stream",
        ),
        Style(
            "beta.chat.completions.stream, final completion",
            CHAT,
            lambda c: final(c.beta.chat.completions.stream(**CHAT_ARGUMENTS), "get_final_completion").to_dict(),
            True,
        ),
        Style(
            "beta.chat.completions.parse",
            CHAT,
            lambda c: c.beta.chat.completions.parse(**CHAT_ARGUMENTS, response_format=Export).choices[0].message.parsed,
            text=STRUCTURED,
        ),
        Style(
            "chat.completions.parse",
            CHAT,
            lambda c: c.chat.completions.parse(**CHAT_ARGUMENTS, response_format=Export).choices[0].message.parsed,
            feature="openai chat.completions.parse",
            text=STRUCTURED,
        ),
        Style(
            "responses.stream",
            RESPONSES,
            lambda c: [event.type for event in events(c.responses.stream(model=GPT, input="hello"))],
            True,
            "openai responses.parse",
        ),
        Style(
            "responses.stream, final response",
            RESPONSES,
            lambda c: final(c.responses.stream(model=GPT, input="hello"), "get_final_response").output_text,
            True,
            "openai responses.parse",
        ),
        Style(
            "responses.parse",
            RESPONSES,
            lambda c: c.responses.parse(model=GPT, input="hello", text_format=Export).output_parsed,
            feature="openai responses.parse",
            text=STRUCTURED,
        ),
        Style("messages.stream", MESSAGES, lambda c: events(c.messages.stream(**MESSAGE_ARGUMENTS)), True),
        Style("messages.stream, text_stream", MESSAGES, message_text, True),
        Style("messages.stream, text, then message", MESSAGES, text_then_message, True),
        Style(
            "messages.stream, final message",
            MESSAGES,
            lambda c: final(c.messages.stream(**MESSAGE_ARGUMENTS), "get_final_message"),
            True,
        ),
        Style(
            "beta.messages.stream, final message",
            BETA_MESSAGES,
            lambda c: final(c.beta.messages.stream(**MESSAGE_ARGUMENTS), "get_final_message"),
            True,
        ),
        Style(
            "messages.parse",
            MESSAGES,
            lambda c: c.messages.parse(**MESSAGE_ARGUMENTS, output_format=Export).parsed_output,
            feature="anthropic messages.parse",
            text=STRUCTURED,
        ),
        Style("post, cast to its type", CHAT, lambda c: post(c, openai.types.chat.ChatCompletion)),
        Style("post, cast to object", CHAT, lambda c: post(c, object)),
        Style("post, cast to dict", CHAT, lambda c: post(c, ANY_DICT)),
        Style("post, cast to str", CHAT, lambda c: post(c, str)),
        Style(
            "post, cast to the HTTP library's response",
            CHAT,
            lambda c: post(c, sdk_features.HTTP["openai"].Response).json(),
        ),
        Style(
            "post, streamed",
            CHAT,
            lambda c: list(
                post(
                    c,
                    openai.types.chat.ChatCompletion,
                    stream=True,
                    stream_cls=openai.Stream[openai.types.chat.ChatCompletionChunk],
                )
            ),
            True,
        ),
        Style("anthropic post", MESSAGES, lambda c: post(c, anthropic.types.Message)),
    ]
)


@pytest.mark.parametrize("style", STYLES)
def test_a_call_in_any_style_gives_and_sends_what_it_does_without_us(style: Style, provider: Standin) -> None:
    same_with_us(provider, style.api, style.reply(), style.call)


@pytest.mark.parametrize("api", EVERY)
def test_a_plain_call_gives_and_sends_what_it_does_without_us(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.answer(), api.create)


@pytest.mark.parametrize("api", STREAMED)
def test_a_streamed_call_gives_and_sends_what_it_does_without_us(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.stream(), lambda client: list(api.create(client, stream=True)))


# --- the asynchronous clients ---


@pytest.mark.parametrize("api", EVERY)
async def test_an_asynchronous_call_gives_and_sends_what_it_does_without_us(api: Api, provider: Standin) -> None:
    provider.default(api.answer())
    with in_a_span():
        bare = shown(await api.create(api.async_client(provider)))
    for recorded in record():
        with in_a_span():
            assert shown(await api.create(api.async_client(provider))) == bare
        await async_ending(recorded)
        told(recorded, api)
    same_requests(provider)


ASYNC_HELPERS = params(
    [
        Style(
            "beta.chat.completions.stream",
            CHAT,
            lambda c: (c.beta.chat.completions.stream(**CHAT_ARGUMENTS), "get_final_completion"),
            True,
        ),
        Style(
            "responses.stream",
            RESPONSES,
            lambda c: (c.responses.stream(model=GPT, input="hello"), "get_final_response"),
            True,
            "openai responses.parse",
        ),
        Style(
            "messages.stream", MESSAGES, lambda c: (c.messages.stream(**MESSAGE_ARGUMENTS), "get_final_message"), True
        ),
        Style(
            "beta.messages.stream",
            BETA_MESSAGES,
            lambda c: (c.beta.messages.stream(**MESSAGE_ARGUMENTS), "get_final_message"),
            True,
        ),
    ]
)


@pytest.mark.parametrize("style", ASYNC_HELPERS)
async def test_an_asynchronous_stream_helper_ends_its_attempt(
    style: Style, recorded: Recorded, provider: Standin
) -> None:
    provider.default(style.reply())
    manager, method = style.call(style.api.async_client(provider))
    async with manager as stream:
        result = await getattr(stream, method)()
    assert result.model == style.api.body["model"]
    await async_ending(recorded)
    told(recorded, style.api)


# --- what is no attempt ---


NO_ATTEMPT = {
    "count_tokens": (MESSAGES, lambda c: c.messages.count_tokens(model=CLAUDE, messages=PROMPT)),
    "beta count_tokens": (MESSAGES, lambda c: c.beta.messages.count_tokens(model=CLAUDE, messages=PROMPT)),
    "a batch of messages": (MESSAGES, lambda c: c.messages.batches.create(requests=[])),
    "a list of models": (CHAT, lambda c: c.models.list()),
    "a moderation": (CHAT, lambda c: c.moderations.create(input="hello")),
    "a batch": (
        CHAT,
        lambda c: c.batches.create(
            completion_window="24h", endpoint="/v1/chat/completions", input_file_id="file", metadata={}
        ),
    ),
}


@pytest.mark.parametrize("call", NO_ATTEMPT)
def test_a_call_that_answers_without_usage_is_no_attempt(call: str, recorded: Recorded, provider: Standin) -> None:
    api, ask = NO_ATTEMPT[call]
    provider.default(Reply(json={"input_tokens": 120, "object": "list", "data": [], "id": "x"}))
    ask(api.client(provider))
    assert len(provider.requests) == 1
    assert recorded.spans() == []
    assert recorded.metric(names.METRIC_CALLS) == []


def test_the_newest_sdks_lack_nothing_that_is_tested() -> None:
    """Where the SDKs are old, tests are skipped and say why. Nothing else may make a feature look missing."""
    missing = [feature for feature, there in sdk_features.FEATURES.items() if not there]
    assert not (sdk_features.is_newest() and missing)
