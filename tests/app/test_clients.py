"""Other clients, other hosts: Azure, OpenRouter, Vertex, Bedrock, and HTTP clients of the application's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin, openai_wire

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import CHAT, CLAUDE, GPT, MESSAGES, ONE_OF_EACH_SDK, Api
from tests.app.conftest import Recorded
from tests.app.sdk_features import needs
from tests.app.watching import WHOLE, a_quiet_log, async_ending, ending


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


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
