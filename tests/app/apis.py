"""The APIs under test, each with how it is called, what the provider says, and what an attempt then tells.

Every answer is 1,000 tokens in and, where there is text, 20 out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin, anthropic_wire, openai_wire, sse

from tests.app import sdk_features

Json = dict[str, Any]
PROMPT = [{"role": "user", "content": "hello"}]
GPT, CLAUDE = "gpt-5", "claude-haiku-4-5"
CHAT_USAGE = openai_wire.usage(1000, 20, cached=0, reasoning=0)
RESPONSE_USAGE = openai_wire.response_usage(1000, 20, cached=0, reasoning=0)
MESSAGE_USAGE = anthropic_wire.usage(1000, 20, cache_read=0, cache_write=0)


@dataclass(frozen=True)
class Api:
    """One endpoint of one SDK."""

    name: str
    create: Callable[..., Any]
    """``(client, **more)``: the public call, awaited or not."""
    body: Json
    events: tuple[bytes, ...] = ()
    operation: str = "chat"
    usage_at_start: str = "missing"
    """Usage status of a stream of which only the first chunk was read."""

    def __str__(self) -> str:
        return self.name

    @property
    def is_anthropic(self) -> bool:
        return self.name.startswith("anthropic")

    def client(self, provider: Standin, **options: Any) -> Any:
        """A client of this API's SDK that does not retry unless told to."""
        kind: Any = anthropic.Anthropic if self.is_anthropic else openai.OpenAI
        return kind(**self._options(provider, options))

    def async_client(self, provider: Standin, **options: Any) -> Any:
        """The asynchronous twin of ``client``."""
        kind: Any = anthropic.AsyncAnthropic if self.is_anthropic else openai.AsyncOpenAI
        return kind(**self._options(provider, options))

    def _options(self, provider: Standin, options: Json) -> Json:
        url = provider.anthropic_url if self.is_anthropic else provider.openai_url
        return {"base_url": url, "api_key": "none", "max_retries": 0, "timeout": 30, **options}

    def answer(self, **more: Any) -> Reply:
        """The answer as one body."""
        return Reply(json=self.body, **more)

    def stream(self, **more: Any) -> Reply:
        """The answer as an event stream."""
        return Reply(events=list(self.events), **more)

    def stalled(self, after: int = 1) -> Reply:
        """A stream that stands still after so many events."""
        return Reply(events=list(self.events[:after]), hang=True)

    @property
    def unfinished(self) -> tuple[str, str]:
        """Usage and cost status of a stream that was left after its first chunk."""
        return (self.usage_at_start, "partial" if self.usage_at_start == "partial" else "no_usage")

    @property
    def error_event(self) -> bytes:
        """An error in the middle of a stream."""
        error = {"message": "The server had an error.", "type": "server_error", "code": "server_error", "param": None}
        if self.is_anthropic:
            return sse.named([anthropic_wire.error("overloaded_error", "Overloaded")])[0]
        if self.name == "openai.responses":
            return sse.named([{"type": "error", "sequence_number": 3, **error, "error": error}])[0]
        return sse.event({"error": error})

    @property
    def error_type(self) -> str:
        """``error.type`` of ``error_event``."""
        return "overloaded_error" if self.is_anthropic else "server_error"


CHAT = Api(
    "openai.chat",
    lambda client, **more: client.chat.completions.create(model=GPT, messages=PROMPT, **more),
    openai_wire.chat(model=GPT, usage=CHAT_USAGE),
    tuple(openai_wire.chat_stream(model=GPT, usage=CHAT_USAGE)),
)
COMPLETIONS = Api(
    "openai.completions",
    lambda client, **more: client.completions.create(model="gpt-3.5-turbo-instruct", prompt="hello", **more),
    openai_wire.completion(usage=openai_wire.usage(1000, 20)),
    tuple(openai_wire.completion_stream(usage=openai_wire.usage(1000, 20))),
    operation="text_completion",
)
RESPONSES = Api(
    "openai.responses",
    lambda client, **more: client.responses.create(model=GPT, input="hello", **more),
    openai_wire.response(model=GPT, usage=RESPONSE_USAGE),
    tuple(openai_wire.response_stream(model=GPT, usage=RESPONSE_USAGE)),
)
EMBEDDINGS = Api(
    "openai.embeddings",
    # Without a format, old SDKs want numpy.
    lambda client, **more: client.embeddings.create(
        model="text-embedding-3-small", input="hello", encoding_format="float", **more
    ),
    openai_wire.embeddings(usage=openai_wire.usage(1000), encoding="float"),
    operation="embeddings",
)
MESSAGES = Api(
    "anthropic.messages",
    lambda client, **more: client.messages.create(model=CLAUDE, max_tokens=64, messages=PROMPT, **more),
    anthropic_wire.message(model=CLAUDE, usage=MESSAGE_USAGE),
    tuple(anthropic_wire.message_stream(model=CLAUDE, usage=MESSAGE_USAGE)),
    usage_at_start="partial",
)
BETA_MESSAGES = Api(
    "anthropic.beta.messages",
    lambda client, **more: client.beta.messages.create(model=CLAUDE, max_tokens=64, messages=PROMPT, **more),
    anthropic_wire.message(model=CLAUDE, usage=MESSAGE_USAGE),
    tuple(anthropic_wire.message_stream(model=CLAUDE, usage=MESSAGE_USAGE)),
    usage_at_start="partial",
)


def _params(*apis: Api) -> list[Any]:
    marks = {RESPONSES.name: [sdk_features.needs("openai responses")]}
    return [pytest.param(api, id=api.name, marks=marks.get(api.name, [])) for api in apis]


EVERY = _params(CHAT, COMPLETIONS, RESPONSES, EMBEDDINGS, MESSAGES, BETA_MESSAGES)
STREAMED = _params(CHAT, COMPLETIONS, RESPONSES, MESSAGES, BETA_MESSAGES)
ONE_OF_EACH_SDK = _params(CHAT, MESSAGES)
THREE_SHAPES = _params(CHAT, RESPONSES, MESSAGES)
"""The three forms that events come in."""
