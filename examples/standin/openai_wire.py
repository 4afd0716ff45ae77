"""Bodies of OpenAI's API: chat completions, responses, completions, embeddings; plain and as streams.

Builders return plain dicts, so a test can bend them into any shape; ``*_stream`` return server-sent events. A usage
argument of None leaves its field out, 0 writes 0. Fields follow https://platform.openai.com/docs/api-reference, those
of OpenRouter https://openrouter.ai/docs/api-reference/overview (read 2026-11).
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from standin import sse
from standin.fields import CREATED, known, new_id

Json = dict[str, Any]
TEXT = "Your export is ready under Settings, Data."
MODEL = "gpt-6-luna"


def usage(
    prompt: int | None = None,
    completion: int | None = None,
    *,
    cached: int | None = None,
    cache_write: int | None = None,
    audio_in: int | None = None,
    reasoning: int | None = None,
    audio_out: int | None = None,
    cost: float | None = None,
    is_byok: bool | None = None,
    upstream_cost: float | None = None,
) -> Json:
    """Usage of a chat, a completion or an embedding. ``prompt`` includes ``cached``, ``completion`` includes
    ``reasoning``. ``cost``, ``is_byok`` and ``upstream_cost`` (USD) are OpenRouter's."""
    prompt_details = known(cached_tokens=cached, cache_write_tokens=cache_write, audio_tokens=audio_in)
    completion_details = known(reasoning_tokens=reasoning, audio_tokens=audio_out)
    cost_details = known(upstream_inference_cost=upstream_cost)
    return known(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=None if prompt is None else prompt + (completion or 0),
        prompt_tokens_details=prompt_details or None,
        completion_tokens_details=completion_details or None,
        cost=cost,
        is_byok=is_byok,
        cost_details=cost_details or None,
    )


def chat(
    text: str | None = TEXT,
    *,
    model: str = MODEL,
    usage: Mapping[str, Any] | None = None,
    finish_reason: str = "stop",
    service_tier: str | None = None,
    tool_calls: Sequence[Json] | None = None,
    provider: str | None = None,
    **more: Any,
) -> Json:
    """A chat completion. ``provider`` is OpenRouter's name of who served it; ``more`` are further top-level fields."""
    message = {"role": "assistant", "content": text, "refusal": None, **known(tool_calls=tool_calls)}
    return {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
        **known(usage=usage, service_tier=service_tier, provider=provider),
        **more,
    }


def chat_chunks(
    text: str = TEXT,
    *,
    model: str = MODEL,
    usage: Mapping[str, Any] | None = None,
    finish_reason: str = "stop",
    service_tier: str | None = None,
    count: int = 4,
    provider: str | None = None,
    **more: Any,
) -> list[Json]:
    """The chunks of a streamed chat: role, ``count`` pieces of text, the end, and one with ``usage`` unless None.

    OpenAI sends the last one only when asked by ``stream_options``, with no choices in it; OpenRouter always.
    """
    base = {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
        **known(service_tier=service_tier, provider=provider),
        **more,
    }
    deltas: list[Json] = [{"role": "assistant", "content": "", "refusal": None}]
    deltas += [{"content": piece} for piece in sse.pieces(text, count)]
    chunks = [base | {"choices": [_delta(delta)]} for delta in deltas]
    chunks.append(base | {"choices": [_delta({}, finish_reason)]})
    if usage is not None:
        chunks = [chunk | {"usage": None} for chunk in chunks]
        chunks.append(base | {"choices": [], "usage": dict(usage)})
    return chunks


def _delta(delta: Json, finish_reason: str | None = None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def chat_stream(text: str = TEXT, **arguments: Any) -> list[bytes]:
    """Events of ``chat_chunks``."""
    return sse.unnamed(chat_chunks(text, **arguments))


def tool_call(name: str, arguments: str = "{}") -> Json:
    """A tool call of a chat; ``arguments`` is JSON text."""
    return {"id": new_id("call_"), "type": "function", "function": {"name": name, "arguments": arguments}}


def response_usage(
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    *,
    cached: int | None = None,
    cache_write: int | None = None,
    reasoning: int | None = None,
) -> Json:
    """Usage of a response. ``input_tokens`` includes ``cached``, ``output_tokens`` includes ``reasoning``."""
    return known(
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        total_tokens=None if input_tokens is None else input_tokens + (output_tokens or 0),
        input_tokens_details=known(cached_tokens=cached, cache_write_tokens=cache_write) or None,
        output_tokens_details=known(reasoning_tokens=reasoning) or None,
    )


def response(
    text: str = TEXT,
    *,
    model: str = MODEL,
    usage: Mapping[str, Any] | None = None,
    service_tier: str | None = None,
    status: str = "completed",
    web_searches: int = 0,
    incomplete_reason: str | None = None,
    **more: Any,
) -> Json:
    """A response. ``web_searches`` puts as many finished searches before the text; ``incomplete_reason`` is for the
    status "incomplete", for instance "max_output_tokens"."""
    return {
        "id": new_id("resp_"),
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": incomplete_reason} if incomplete_reason else None,
        "instructions": None,
        "model": model,
        "output": [*(_web_search() for _ in range(web_searches)), _output_message(text)],
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "metadata": {},
        **known(usage=usage, service_tier=service_tier),
        **more,
    }


def _web_search() -> Json:
    action = {"type": "search", "query": "status page", "queries": ["status page"], "sources": []}
    return {"id": new_id("ws_"), "type": "web_search_call", "status": "completed", "action": action}


def _output_message(text: str) -> Json:
    return {
        "id": new_id("msg_"),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [_output_text(text)],
    }


def _output_text(text: str) -> Json:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def response_events(text: str = TEXT, *, count: int = 4, **arguments: Any) -> list[Json]:
    """The events of a streamed response, of ``count`` pieces of text; the last one holds the whole response. Its
    type follows the status: completed, incomplete or failed. ``arguments`` are those of ``response``."""
    final = response(text, **arguments)
    opening = final | {"status": "in_progress", "output": [], "incomplete_details": None}
    # As the API does: until the end it says the tier asked for, and no usage.
    opening |= {"usage": None} | ({"service_tier": "auto"} if "service_tier" in final else {})
    events: list[Json] = [{"type": f"response.{name}", "response": opening} for name in ("created", "in_progress")]
    for index, item in enumerate(final["output"]):
        events += _item_events(index, item, count)
    events.append({"type": f"response.{final['status']}", "response": final})
    return [event | {"sequence_number": number} for number, event in enumerate(events)]


def _item_events(index: int, item: Json, count: int) -> list[Json]:
    begun = item | {"status": "in_progress"}
    added: Json = {"type": "response.output_item.added", "output_index": index, "item": begun}
    done: Json = {"type": "response.output_item.done", "output_index": index, "item": item}
    if item["type"] != "message":
        return [added, done]
    added["item"] |= {"content": []}
    text = item["content"][0]["text"]
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    return [
        added,
        {"type": "response.content_part.added", **place, "part": _output_text("")},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
            for piece in sse.pieces(text, count)
        ),
        {"type": "response.output_text.done", **place, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **place, "part": _output_text(text)},
        done,
    ]


def response_stream(text: str = TEXT, **arguments: Any) -> list[bytes]:
    """Events of ``response_events``; the Responses API ends its streams without [DONE]."""
    return sse.named(response_events(text, **arguments))


def completion(
    text: str = TEXT,
    *,
    model: str = "gpt-3.5-turbo-instruct",
    usage: Mapping[str, Any] | None = None,
    finish_reason: str | None = "stop",
    **more: Any,
) -> Json:
    """A completion of the older endpoint."""
    return {
        "id": new_id("cmpl-"),
        "object": "text_completion",
        "created": CREATED,
        "model": model,
        "choices": [{"text": text, "index": 0, "logprobs": None, "finish_reason": finish_reason}],
        **known(usage=usage),
        **more,
    }


def completion_chunks(
    text: str = TEXT, *, usage: Mapping[str, Any] | None = None, count: int = 4, **arguments: Any
) -> list[Json]:
    """The chunks of a streamed completion; ``usage``, unless None, comes in one more without choices."""
    whole = completion(text, **arguments)
    reason = whole["choices"][0]["finish_reason"]
    parts = sse.pieces(text, count)
    chunks = []
    for number, part in enumerate(parts, 1):
        choice = {
            "text": part,
            "index": 0,
            "logprobs": None,
            "finish_reason": reason if number == len(parts) else None,
        }
        chunks.append(whole | {"choices": [choice]})
    if usage is not None:
        chunks.append(whole | {"choices": [], "usage": dict(usage)})
    return chunks


def completion_stream(text: str = TEXT, **arguments: Any) -> list[bytes]:
    """Events of ``completion_chunks``."""
    return sse.unnamed(completion_chunks(text, **arguments))


def embeddings(
    vectors: Sequence[Sequence[float]] = ((0.25, -0.5, 0.125, 1.0),),
    *,
    model: str = "text-embedding-3-small",
    usage: Mapping[str, Any] | None = None,
    encoding: str = "base64",
    **more: Any,
) -> Json:
    """Embeddings, one per vector; ``encoding`` "base64" (what the Python SDK asks for) or "float"."""
    data = [
        {"object": "embedding", "index": index, "embedding": _base64(vector) if encoding == "base64" else list(vector)}
        for index, vector in enumerate(vectors)
    ]
    return {"object": "list", "data": data, "model": model, **known(usage=usage), **more}


def _base64(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def error(message: str, type: str, *, code: str | int | None = None, param: str | None = None, **more: Any) -> Json:
    """An error body; ``more`` go beside the message (OpenRouter's ``metadata``)."""
    return {"error": {"message": message, "type": type, "param": param, "code": code, **more}}
