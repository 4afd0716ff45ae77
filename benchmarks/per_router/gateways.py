"""A call through LiteLLM's proxy in no route of the application's: its headers are read, and a route span is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SAID = {
    "x-litellm-call-id": "b980db26-9512-45cc-b1da-c511a363b83f",
    "x-litellm-model-id": "e5a1f1",
    "x-litellm-model-group": "smart",
    "x-litellm-model-name": "openai/gpt-5-mini",
    "x-litellm-version": "1.109.1",
    "x-litellm-attempted-retries": "0",
    "x-litellm-attempted-fallbacks": "0",
    "x-litellm-response-duration-ms": "412.5",
    "x-litellm-complexity-router-cause": "heuristic_scorer",
    "x-litellm-complexity-router-tier": "SIMPLE",
    "x-litellm-complexity-router-score": "0.21",
}


def call() -> Callable[[], object]:
    """One ``chat.completions.create``."""
    import openai
    from per_call import provider

    answering = provider.Provider()

    def answer(request: Any) -> Any:
        response = answering.answer(request)
        response.headers.update(SAID)
        return response

    http = provider.http.Client(transport=provider.http.MockTransport(answer))
    client = openai.OpenAI(base_url="https://gateway.example.com/v1", api_key="none", http_client=http)
    asked = {**provider.REQUEST, "model": "smart"}
    return lambda: client.chat.completions.create(**asked)
