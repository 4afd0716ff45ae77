"""The provider's end of every call: a transport that answers at once with fixed bytes, and clients that use it.

``httpx2`` for openai 3, ``httpx`` before it. The address is OpenAI's own, so that every instrumentation recognises the
provider; the transport never connects to it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai

if int(openai.__version__.split(".")[0]) >= 3:
    import httpx2 as http
else:
    import httpx as http

MODEL = "gpt-5-mini"
SERVED_MODEL = "gpt-5-mini-2025-08-07"
QUESTION = "My parcel has not arrived and the tracking page shows nothing. What should I do?"
INPUT_TOKENS = 1187
USAGE = {
    "prompt_tokens": INPUT_TOKENS,
    "completion_tokens": 214,
    "total_tokens": INPUT_TOKENS + 214,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 128,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
ANSWER = (
    "I am sorry to hear that. A tracking page can stay empty for up to two days after a parcel is handed over. "
    "Please check the address in your order confirmation and ask your neighbours first. If nothing shows by tomorrow "
    "evening, reply to this message with your order number and we will open a search with the carrier for you."
)
HEADERS = {
    "openai-processing-ms": "412",
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": "10000",
    "x-ratelimit-remaining-requests": "9999",
    "x-request-id": "req_5f0c2d1be1a94b0f8c4d7b4c0e6a3d21",
}
REQUEST: dict[str, Any] = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "You answer customers of a web shop in two or three friendly sentences."},
        {"role": "user", "content": QUESTION},
    ],
    "max_completion_tokens": 400,
}
STREAM_REQUEST: dict[str, Any] = {**REQUEST, "stream": True, "stream_options": {"include_usage": True}}
_HEAD = {"id": "chatcmpl-CmWb0mZk9xQvT3", "created": 1795430400, "model": SERVED_MODEL, "service_tier": "default"}


def completion() -> bytes:
    """A chat completion, about 1 KB."""
    message = {"role": "assistant", "content": ANSWER, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body = {**_HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE, "system_fingerprint": None}
    return json.dumps(body).encode()


def events(chunks: int) -> list[bytes]:
    """The server-sent events of a stream with so many chunks; the last one carries the usage."""
    words = (ANSWER.split(" ") * (chunks // 20 + 1))[: chunks - 3]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": " " + word} for word in words)]
    choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    choices += [[{"index": 0, "delta": {}, "finish_reason": "stop"}], []]
    bodies = [{**_HEAD, "object": "chat.completion.chunk", "choices": choice, "usage": None} for choice in choices]
    bodies[-1]["usage"] = USAGE
    return [b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies] + [b"data: [DONE]\n\n"]


class Body(http.SyncByteStream, http.AsyncByteStream):  # type: ignore[misc]
    """A response body that arrives event by event."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part


class Provider:
    """Answers plain calls with the completion and streams with ``chunks`` chunks."""

    def __init__(self) -> None:
        self._completion = completion()
        self._events: dict[int, list[bytes]] = {}
        self.chunks = 20

    def answer(self, request: Any) -> Any:
        """The response to one HTTP request."""
        if b'"stream":true' in request.content:
            headers = {**HEADERS, "content-type": "text/event-stream; charset=utf-8"}
            return http.Response(200, headers=headers, stream=Body(self._stream_of(self.chunks)))
        headers = {**HEADERS, "content-type": "application/json"}
        return http.Response(200, headers=headers, content=self._completion)

    def _stream_of(self, chunks: int) -> list[bytes]:
        if chunks not in self._events:
            self._events[chunks] = events(chunks)
        return self._events[chunks]

    def client(self) -> openai.OpenAI:
        return openai.OpenAI(api_key="none", http_client=http.Client(transport=http.MockTransport(self.answer)))

    def async_client(self) -> openai.AsyncOpenAI:
        transport = http.MockTransport(self.answer)
        return openai.AsyncOpenAI(api_key="none", http_client=http.AsyncClient(transport=transport))
