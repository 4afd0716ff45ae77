"""A call with us and without: the application gets and sends the same, and with us one attempt tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pydantic
import pytest
from opentelemetry.sdk.trace import TracerProvider
from standin import Reply, Standin, anthropic_wire, openai_wire

from otel_llmroute import names
from tests.app.apis import CLAUDE, EMBEDDINGS, GPT, RESPONSES, Api
from tests.app.conftest import Recorded, record
from tests.app.sdk_features import needs
from tests.app.watching import WHOLE, ending


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
