"""Every way to call the SDKs: the application gets what it gets without us, and one attempt tells of it."""

from __future__ import annotations

import gzip
import inspect
import json
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import anthropic
import openai
import pydantic
import pytest
from opentelemetry.sdk.trace import TracerProvider
from standin import Reply, Standin, anthropic_wire, openai_wire

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import (
    BETA_MESSAGES,
    CHAT,
    CLAUDE,
    EMBEDDINGS,
    EVERY,
    GPT,
    MESSAGES,
    ONE_OF_EACH_SDK,
    PROMPT,
    RESPONSES,
    STREAMED,
    Api,
)
from tests.app.conftest import Recorded, record
from tests.app.sdk_features import needs
from tests.app.watching import WHOLE, a_quiet_log, async_ending, ending


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


class Export(pydantic.BaseModel):
    """What the structured calls ask for."""

    place: str


STRUCTURED = '{"place": "Settings, Data"}'


def shown(value: Any) -> Any:
    """``value`` as something that compares: its class, and what it holds."""
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, pydantic.BaseModel):
        return (type(value), value.model_dump(mode="json", warnings=False))
    return (type(value), value)


@dataclass(frozen=True)
class Style:
    """One way to call an SDK. ``call`` gives what the application sees, and works on the client ``api`` makes."""

    name: str
    api: Api
    call: Callable[[Any], Any]
    streamed: bool = False
    feature: str | None = None
    text: str | None = None

    def reply(self) -> Reply:
        """What the provider answers; with another text if the style wants one."""
        if self.text is None:
            return self.api.stream() if self.streamed else self.api.answer()
        was, text = json.dumps(openai_wire.TEXT), json.dumps(self.text)
        if not self.streamed:
            return Reply(json=json.loads(json.dumps(self.api.body).replace(was, text)))
        usage = self.api.body["usage"]
        if self.api.is_anthropic:
            return Reply(events=anthropic_wire.message_stream(self.text, model=CLAUDE, usage=usage))
        make = openai_wire.response_stream if self.api is RESPONSES else openai_wire.chat_stream
        return Reply(events=make(self.text, model=GPT, usage=usage))


def params(styles: list[Style]) -> list[Any]:
    return [
        pytest.param(style, id=style.name, marks=[needs(style.feature)] if style.feature else []) for style in styles
    ]


CHAT_ARGUMENTS: dict[str, Any] = {"model": GPT, "messages": PROMPT}
MESSAGE_ARGUMENTS: dict[str, Any] = {"model": CLAUDE, "max_tokens": 64, "messages": PROMPT}
RESPONSES_FEATURE = "openai responses"


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


def told(recorded: Recorded, api: Api) -> None:
    """The one attempt is whole and tells what the provider said."""
    assert ending(recorded) == WHOLE
    attempt = recorded.attempt()
    assert attempt[names.USAGE_INPUT_TOKENS] == 1000
    assert attempt.get(names.USAGE_OUTPUT_TOKENS) == (None if api is EMBEDDINGS else 20)
    assert attempt[names.OPERATION_NAME] == api.operation
    assert attempt[names.PROVIDER_NAME] == ("anthropic" if api.is_anthropic else "openai")
    assert attempt[names.RESPONSE_MODEL] == api.body["model"]


def same_with_us(provider: Standin, api: Api, reply: Reply, call: Callable[[Any], Any]) -> None:
    """``call`` gives the same, and sends the same, with us and without; with us there is one whole attempt."""
    provider.default(reply)
    with api.client(provider) as client, in_a_span():
        bare = shown(call(client))
    for recorded in record():
        with api.client(provider) as client, in_a_span():
            assert shown(call(client)) == bare
        told(recorded, api)
    same_requests(provider)


def in_a_span() -> Any:
    """The span of an application that is traced."""
    return TracerProvider().get_tracer("application").start_as_current_span("work")


def same_requests(provider: Standin) -> None:
    """Method, path, query, headers in their order, and body. New Anthropic SDKs send on the span they are called in."""
    before, with_us = (
        replace(
            request,
            headers={name: "..." if name == "traceparent" else value for name, value in request.headers.items()},
        )
        for request in provider.requests
    )
    assert (with_us, list(with_us.headers)) == (before, list(before.headers))


@pytest.mark.parametrize("style", STYLES)
def test_a_call_in_any_style_gives_and_sends_what_it_does_without_us(style: Style, provider: Standin) -> None:
    same_with_us(provider, style.api, style.reply(), style.call)


@pytest.mark.parametrize("api", EVERY)
def test_a_plain_call_gives_and_sends_what_it_does_without_us(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.answer(), api.create)


@pytest.mark.parametrize("api", STREAMED)
def test_a_streamed_call_gives_and_sends_what_it_does_without_us(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.stream(), lambda client: list(api.create(client, stream=True)))


# --- raw responses ---


def raw(api: Api, client: Any) -> Any:
    response = api.create(client.with_raw_response)
    return (type(response).__name__, response.status_code, response.text, response.parse(), response.parse())


def raw_stream(api: Api, client: Any) -> Any:
    response = api.create(client.with_raw_response, stream=True)
    return (type(response).__name__, response.status_code, *response.parse())


@pytest.mark.parametrize("api", EVERY)
def test_a_raw_response_is_read_and_parsed_as_without_us(api: Api, provider: Standin) -> None:
    def call(client: Any) -> Any:
        return [str(part) for part in raw(api, client)]

    same_with_us(provider, api, api.answer(), call)


@pytest.mark.parametrize("api", STREAMED)
def test_a_raw_response_of_a_stream_is_parsed_as_without_us(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.stream(), lambda client: raw_stream(api, client))


@pytest.mark.parametrize("api", EVERY)
def test_a_raw_response_that_nobody_parses_is_priced_all_the_same(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer())
    api.create(api.client(provider).with_raw_response)
    told(recorded, api)


# --- responses that the application reads itself ---

READ = {
    "lines": lambda response: list(response.iter_lines()),
    "bytes": lambda response: list(response.iter_bytes(64)),
    "text": lambda response: "".join(response.iter_text()),
    "whole": lambda response: response.read(),
    "json": lambda response: response.json(),
    "whole text": lambda response: response.text(),
    "parsed": lambda response: response.parse(),
    "parsed twice": lambda response: (response.parse(), response.parse()),
    "bytes, then closed": lambda response: (b"".join(response.iter_bytes()), response.close()),
}
READ_STREAM = {
    "lines": READ["lines"],
    "bytes": READ["bytes"],
    "whole text": READ["whole text"],
    "parsed": lambda response: list(response.parse()),
}


def read(api: Api, client: Any, how: Callable[[Any], Any], **more: Any) -> Any:
    with api.create(client.with_streaming_response, **more) as response:
        return how(response)


@pytest.mark.parametrize("compressed", [False, True], ids=["identity", "gzip"])
@pytest.mark.parametrize("how", READ)
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_body_that_the_application_reads_itself_is_read_along(
    api: Api, how: str, compressed: bool, provider: Standin
) -> None:
    same_with_us(provider, api, api.answer(gzip=compressed), lambda client: read(api, client, READ[how]))


@pytest.mark.parametrize("api", EVERY)
def test_the_lines_of_every_api_are_read_along(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.answer(), lambda client: read(api, client, READ["lines"]))


@pytest.mark.parametrize("compressed", [False, True], ids=["identity", "gzip"])
@pytest.mark.parametrize("how", READ_STREAM)
@pytest.mark.parametrize("api", STREAMED)
def test_an_event_stream_that_the_application_reads_itself_is_read_along(
    api: Api, how: str, compressed: bool, provider: Standin
) -> None:
    same_with_us(
        provider,
        api,
        api.stream(gzip=compressed),
        lambda client: read(api, client, READ_STREAM[how], stream=True),
    )


def packers(api: Api, provider: Standin) -> dict[str, Callable[[bytes], bytes]]:
    """What the HTTP library of ``api``'s SDK asks for and can decode, as this process can encode it."""
    accepted = api.client(provider)._client.headers["accept-encoding"]
    known: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress}
    if "br" in accepted:
        known["br"] = first_of("brotli", "brotlicffi").compress
    if "zstd" in accepted:
        known["zstd"] = first_of("compression.zstd", "backports.zstd", "zstandard").compress
    return known


def first_of(*modules: str) -> Any:
    """The first of ``modules`` that is installed."""
    for name in modules:
        with suppress(ImportError):
            return import_module(name)
    raise ImportError(f"none of {modules}")


@pytest.mark.parametrize("streamed", [False, True], ids=["body", "events"])
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_every_encoding_that_the_http_library_decodes_is_read_along(
    api: Api, streamed: bool, recorded: Recorded, provider: Standin
) -> None:
    plain = b"".join(api.events) if streamed else json.dumps(api.body).encode()
    media = "text/event-stream" if streamed else "application/json"
    encodings = packers(api, provider)
    for encoding, pack in encodings.items():
        reply = Reply(headers={"content-type": media, "content-encoding": encoding}, body=pack(plain))
        provider.script(reply, reply)
        client = api.client(provider)
        assert read(api, client, lambda response: b"".join(response.iter_bytes()), stream=streamed) == plain
        read(api, client, lambda response: list(response.parse()) if streamed else response.parse(), stream=streamed)
    statuses = [(a[names.ATTEMPT_OUTCOME], a[names.USAGE_STATUS]) for a in recorded.attempts()]
    assert statuses == [("accepted", "reported")] * 2 * len(encodings)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_body_that_is_never_read_is_abandoned(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(api.answer())
    read(api, api.client(provider), lambda response: None)
    assert ending(recorded) == ("abandoned", "missing", "no_usage")


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_an_event_stream_whose_lines_are_left_early_is_abandoned(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(events=[api.events[0], *((0.0, event) for event in api.events[1:])]))
    read(api, api.client(provider), lambda response: next(response.iter_lines()), stream=True)
    outcome, usage, _ = ending(recorded)
    assert (outcome, usage) == ("abandoned", api.usage_at_start)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_body_that_breaks_off_while_the_application_reads_it_fails(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer(cut_after=40))
    with pytest.raises(sdk_features.STREAM_ERRORS):
        read(api, api.client(provider), READ["bytes"])
    assert ending(recorded) == ("failed", "missing", "no_usage")


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


async def parsed(response: Any) -> Any:
    """What a raw response holds; some versions want it awaited."""
    result = response.parse()
    return await result if inspect.isawaitable(result) else result


@pytest.mark.parametrize("api", EVERY)
async def test_an_asynchronous_raw_response_is_parsed_as_without_us(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer())
    response = await api.create(api.async_client(provider).with_raw_response)
    assert (await parsed(response)).model == api.body["model"]
    told(recorded, api)


@pytest.mark.parametrize("api", STREAMED)
async def test_an_asynchronous_raw_response_of_a_stream_is_parsed_as_without_us(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.stream())
    response = await api.create(api.async_client(provider).with_raw_response, stream=True)
    assert [chunk async for chunk in await parsed(response)]
    await async_ending(recorded)
    told(recorded, api)


READ_ASYNC = {
    "lines": lambda response: gathered(response.iter_lines()),
    "bytes": lambda response: gathered(response.iter_bytes(64)),
    "whole": lambda response: response.read(),
    "json": lambda response: response.json(),
    "text": lambda response: response.text(),
    "parsed": lambda response: response.parse(),
}


async def gathered(parts: Any) -> list[Any]:
    return [part async for part in parts]


async def parsed_and_read(response: Any) -> list[Any]:
    return [chunk async for chunk in await response.parse()]


@pytest.mark.parametrize("compressed", [False, True], ids=["identity", "gzip"])
@pytest.mark.parametrize("how", READ_ASYNC)
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
async def test_a_body_that_a_task_reads_itself_is_read_along(
    api: Api, how: str, compressed: bool, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer(gzip=compressed))
    async with api.create(api.async_client(provider).with_streaming_response) as response:
        assert await READ_ASYNC[how](response)
    await async_ending(recorded)
    told(recorded, api)


@pytest.mark.parametrize("how", ["lines", "bytes", "parsed"])
@pytest.mark.parametrize("api", STREAMED)
async def test_an_event_stream_that_a_task_reads_itself_is_read_along(
    api: Api, how: str, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.stream())
    reading = parsed_and_read if how == "parsed" else READ_ASYNC[how]
    async with api.create(api.async_client(provider).with_streaming_response, stream=True) as response:
        assert await reading(response)
    await async_ending(recorded)
    told(recorded, api)


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


# --- other clients, other hosts ---


def test_an_azure_client_is_azure(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.answer())
    client = openai.AzureOpenAI(azure_endpoint=provider.url, api_version="2025-01-01", api_key="none")
    CHAT.create(client)
    assert provider.requests[0].path == f"/openai/deployments/{GPT}/chat/completions"
    assert ending(recorded) == WHOLE
    attempt = recorded.attempt()
    assert (attempt[names.PROVIDER_NAME], attempt[names.REQUEST_MODEL]) == ("azure.ai.openai", GPT)


async def test_an_asynchronous_azure_stream_is_azure(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.stream())
    client = openai.AsyncAzureOpenAI(azure_endpoint=provider.url, api_version="2025-01-01", api_key="none")
    async for _ in await CHAT.create(client, stream=True):
        pass
    assert await async_ending(recorded) == WHOLE
    assert recorded.attempt()[names.PROVIDER_NAME] == "azure.ai.openai"


def redirecting(package: str, provider: Standin) -> Any:
    """An HTTP client of the user's that reaches the stand-in under whatever host the SDK was told."""
    http = sdk_features.HTTP[package]

    class Elsewhere(http.HTTPTransport):  # type: ignore[name-defined,misc]
        def handle_request(self, request: Any) -> Any:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=provider.port)
            return super().handle_request(request)

    return http.Client(transport=Elsewhere())


@pytest.mark.parametrize("streamed", [False, True])
def test_the_cost_that_openrouter_reports_is_the_cost(streamed: bool, recorded: Recorded, provider: Standin) -> None:
    usage = openai_wire.usage(1000, 20, cost=0.0123)
    answer = {"model": "openai/gpt-5", "usage": usage, "provider": "OpenAI"}
    provider.default(
        Reply(events=openai_wire.chat_stream(**answer)) if streamed else Reply(json=openai_wire.chat(**answer))
    )
    client = openai.OpenAI(
        base_url="https://openrouter.ai/api/v1", api_key="none", http_client=redirecting("openai", provider)
    )
    result = CHAT.create(client, stream=streamed)
    if streamed:
        list(result)
    attempt = recorded.attempt()
    assert provider.requests[0].path == "/api/v1/chat/completions"
    assert (attempt[names.PROVIDER_NAME], attempt[names.SERVER_ADDRESS]) == ("openrouter", "openrouter.ai")
    assert (attempt[names.COST_AMOUNT], attempt[names.COST_SOURCE]) == (0.0123, "provider")
    assert ending(recorded) == WHOLE


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_an_http_client_of_the_users_is_used_and_seen(api: Api, recorded: Recorded, provider: Standin) -> None:
    http = sdk_features.HTTP["anthropic" if api.is_anthropic else "openai"]
    seen: list[str] = []
    hooks = {"request": [lambda request: seen.append(request.url.path)]}
    provider.default(api.stream())
    with http.Client(event_hooks=hooks) as http_client:
        list(api.create(api.client(provider, http_client=http_client), stream=True))
    assert seen == [provider.requests[0].path]
    assert ending(recorded) == WHOLE


@sdk_features.needs_module("httpx")
@pytest.mark.parametrize("streamed", [False, True])
def test_a_legacy_httpx_client_is_seen(streamed: bool, recorded: Recorded, provider: Standin) -> None:
    import httpx

    provider.default(CHAT.stream() if streamed else CHAT.answer())
    with httpx.Client() as http_client:
        result = CHAT.create(CHAT.client(provider, http_client=http_client), stream=streamed)
        if streamed:
            list(result)
    assert ending(recorded) == WHOLE


@sdk_features.needs_module("httpx")
async def test_a_legacy_asynchronous_httpx_client_is_seen(recorded: Recorded, provider: Standin) -> None:
    import httpx

    provider.default(CHAT.stream())
    async with httpx.AsyncClient() as http_client:
        async for _ in await CHAT.create(CHAT.async_client(provider, http_client=http_client), stream=True):
            pass
    assert await async_ending(recorded) == WHOLE


@pytest.mark.parametrize("streamed", [False, True])
def test_a_vertex_client_is_vertex(streamed: bool, recorded: Recorded, provider: Standin) -> None:
    provider.default(MESSAGES.stream() if streamed else MESSAGES.answer())
    client = anthropic.AnthropicVertex(
        region="us-east5", project_id="p", access_token="none", base_url=provider.url, max_retries=0
    )
    result = MESSAGES.create(client, stream=streamed)
    if streamed:
        list(result)
    attempt = recorded.attempt()
    assert "/publishers/anthropic/models/" in provider.requests[0].path
    assert (attempt[names.PROVIDER_NAME], attempt[names.REQUEST_MODEL]) == ("gcp.vertex_ai", CLAUDE)
    assert (attempt[names.ATTEMPT_OUTCOME], attempt[names.USAGE_STATUS]) == ("accepted", "reported")


@needs("anthropic AnthropicBedrock(api_key=)")
def test_a_bedrock_client_is_bedrock(recorded: Recorded, provider: Standin) -> None:
    provider.default(MESSAGES.answer())
    client = anthropic.AnthropicBedrock(aws_region="us-east-1", api_key="none", base_url=provider.url)  # type: ignore[call-arg]
    MESSAGES.create(client)
    bedrock_told(recorded, provider)


@sdk_features.needs_module("boto3")
@pytest.mark.parametrize("streamed", [False, True])
def test_a_bedrock_client_with_aws_keys_is_bedrock(streamed: bool, recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(body=b"".join(map(aws_event, MESSAGES.events))) if streamed else MESSAGES.answer())
    client = anthropic.AnthropicBedrock(
        aws_region="us-east-1", aws_access_key="none", aws_secret_key="none", base_url=provider.url
    )
    result = MESSAGES.create(client, stream=streamed)
    if streamed:
        list(result)
    bedrock_told(recorded, provider)


def bedrock_told(recorded: Recorded, provider: Standin) -> None:
    attempt = recorded.attempt()
    assert provider.requests[0].path.startswith("/model/")
    assert (attempt[names.PROVIDER_NAME], attempt[names.REQUEST_MODEL]) == ("aws.bedrock", CLAUDE)
    assert (attempt[names.ATTEMPT_OUTCOME], attempt[names.USAGE_STATUS]) == ("accepted", "reported")


def aws_event(event: bytes) -> bytes:
    """A server-sent event as a frame of AWS's event streams
    (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html).
    """
    import base64
    import struct
    import zlib

    data = event.partition(b"data: ")[2].strip()
    payload = json.dumps({"bytes": base64.b64encode(data).decode()}).encode()
    fields = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        struct.pack(f">B{len(name)}sBH{len(value)}s", len(name), name.encode(), 7, len(value), value.encode())
        for name, value in fields.items()
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


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
