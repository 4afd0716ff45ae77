"""Clients of the real SDK that ask a provider by its own host, with a transport in place of the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai

from tests.app import sdk_features

HTTP = sdk_features.HTTP["openai"]


def openai_at(url: str, answer: Callable[[Any], Any] | dict[str, Any] | list[bytes]) -> openai.OpenAI:
    """A client that asks at ``url`` and gets ``answer``: a body, the events of a stream, or what a function of the
    request makes."""

    def respond(request: Any) -> Any:
        if callable(answer):
            return answer(request)
        if isinstance(answer, dict):
            return HTTP.Response(200, json=answer)
        return HTTP.Response(200, headers={"content-type": "text/event-stream"}, content=iter(answer))

    return openai.OpenAI(
        base_url=url, api_key="none", max_retries=0, http_client=HTTP.Client(transport=HTTP.MockTransport(respond))
    )
