"""The real SDKs, with a transport in place of the network that gives a case's answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import openai

from tests.app import sdk_features
from tests.routers.gateways.cases import Case

QUESTION = [{"role": "user", "content": "Where is my order 1234?"}]
KINDS = {
    "openai": (openai.OpenAI, openai.AsyncOpenAI),
    "azure": (openai.AzureOpenAI, openai.AsyncAzureOpenAI),
    "anthropic": (anthropic.Anthropic, anthropic.AsyncAnthropic),
}
HTTP = {"openai": "openai", "azure": "openai", "anthropic": "anthropic"}


def client(case: Case, *, is_async: bool = False, is_stream: bool = False) -> Any:
    """A client of the case's SDK that gets the case's answer."""
    http = sdk_features.HTTP[HTTP[case.sdk]]
    kind = KINDS[case.sdk][is_async]

    def answer(request: Any) -> Any:
        said = {**case.headers, "x-request-id": "req_1"}
        if not is_stream:
            return http.Response(case.status, headers=said, json=case.body)
        return http.Response(
            200, headers={**said, "content-type": "text/event-stream"}, stream=Events(http, case.events)
        )

    transport = http.MockTransport(answer)
    client_kind = http.AsyncClient if is_async else http.Client
    options: dict[str, Any] = {"api_key": "none", "max_retries": 0, "http_client": client_kind(transport=transport)}
    if case.sdk == "azure":
        return kind(azure_endpoint=case.url, api_version="2024-10-21", **options)
    return kind(base_url=case.url, **options)


def Events(http: Any, events: Any) -> Any:
    """A body that comes event by event."""

    class Stream(http.SyncByteStream, http.AsyncByteStream):  # type: ignore[misc,name-defined]
        def __iter__(self) -> Iterator[bytes]:
            yield from events

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for event in events:
                yield event

        def close(self) -> None:
            pass

        async def aclose(self) -> None:
            pass

    return Stream()


def ask(case: Case, client: Any, *, is_stream: bool = False, how: str | None = None) -> Any:
    """The public call, awaited or not; ``how``: by which of the SDK's other ways."""
    more = {**case.asked, **({"stream": True} if is_stream else {})}
    if case.sdk == "anthropic":
        place = client.messages
        more["max_tokens"] = 100
    else:
        place = client.chat.completions
        if is_stream:
            more["stream_options"] = {"include_usage": True}
    create = (place if how is None else getattr(place, how)).create
    return create(model=case.model, messages=QUESTION, **more)
