"""What an unscripted server answers: something plausible for every endpoint, in the manner the request asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from standin import anthropic_wire, openai_wire
from standin.reply import Reply

if TYPE_CHECKING:
    from standin.request import Request


def answer(request: Request) -> Reply:
    """A short answer by the model asked for, streamed if asked for; 404 for a path that no provider has."""
    body = request.json if isinstance(request.json, dict) else {}
    for ending, build in ENDPOINTS.items():
        if request.path.endswith(ending):
            return build(body)
    return Reply(404, json=openai_wire.error(f"Unknown path {request.path}.", "invalid_request_error"))


def chat(body: dict[str, Any]) -> Reply:
    """A chat completion; a stream holds usage only if ``stream_options`` asks for it."""
    model, usage = body.get("model", openai_wire.MODEL), openai_wire.usage(120, 12, cached=0, reasoning=0)
    if not body.get("stream"):
        return Reply(json=openai_wire.chat(model=model, usage=usage, service_tier="default"))
    wanted = (body.get("stream_options") or {}).get("include_usage")
    events = openai_wire.chat_stream(model=model, usage=usage if wanted else None, service_tier="default")
    return Reply(events=events)


def response(body: dict[str, Any]) -> Reply:
    """A response of the Responses API."""
    usage = openai_wire.response_usage(120, 12, cached=0, reasoning=0)
    arguments = {"model": body.get("model", openai_wire.MODEL), "usage": usage, "service_tier": "default"}
    if body.get("stream"):
        return Reply(events=openai_wire.response_stream(**arguments))
    return Reply(json=openai_wire.response(**arguments))


def completion(body: dict[str, Any]) -> Reply:
    """A completion of the older endpoint."""
    model, usage = body.get("model", "gpt-3.5-turbo-instruct"), openai_wire.usage(120, 12)
    if not body.get("stream"):
        return Reply(json=openai_wire.completion(model=model, usage=usage))
    wanted = (body.get("stream_options") or {}).get("include_usage")
    return Reply(events=openai_wire.completion_stream(model=model, usage=usage if wanted else None))


def embeddings(body: dict[str, Any]) -> Reply:
    """One short vector per input."""
    inputs = body.get("input") if isinstance(body.get("input"), list) else [""]
    vectors = [(0.25, -0.5, 0.125, 1.0)] * len(inputs or [""])
    usage = openai_wire.usage(8 * len(vectors))
    encoding = body.get("encoding_format", "float")
    return Reply(json=openai_wire.embeddings(vectors, model=body.get("model", ""), usage=usage, encoding=encoding))


def message(body: dict[str, Any]) -> Reply:
    """A message of Anthropic's API."""
    usage = anthropic_wire.usage(120, 12, cache_read=0, write_5m=0, write_1h=0, service_tier="standard")
    model = body.get("model", anthropic_wire.MODEL)
    if body.get("stream"):
        return Reply(events=anthropic_wire.message_stream(model=model, usage=usage))
    return Reply(json=anthropic_wire.message(model=model, usage=usage))


def count_tokens(body: dict[str, Any]) -> Reply:
    """The size of a message that was not sent: no usage, no cost."""
    return Reply(json={"input_tokens": 120})


ENDPOINTS: dict[str, Callable[[dict[str, Any]], Reply]] = {
    "/chat/completions": chat,
    "/completions": completion,
    "/responses": response,
    "/embeddings": embeddings,
    "/messages/count_tokens": count_tokens,
    "/messages": message,
}
"""Ending of a path -> who answers it: Azure and gateways put their own beginnings before the same endings."""
