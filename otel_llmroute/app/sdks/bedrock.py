"""Amazon Bedrock by boto3 1.36 to 1.44 (service ``bedrock-runtime``): where things are.

Shapes: https://github.com/boto/botocore/tree/1.44.8/botocore/data/bedrock-runtime/2023-09-30. What models say in bodies
of their own is in ``bedrock_bodies``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from otel_llmroute.app.sdks.adapter import Endpoint
from otel_llmroute.app.sdks.answer import Answer, UsageTable, count, fields, get, items, read_counts, text
from otel_llmroute.app.sdks.anthropic import whole_usage
from otel_llmroute.app.sdks.bedrock_bodies import read_body, read_chunk
from otel_llmroute.app.sdks.bedrock_ids import is_router, model_of, unnamed
from otel_llmroute.prices import Usage, nothing_used

SERVICE: Final = "bedrock-runtime"
_LONGEST_READ: Final = 16 * 1024
"""Of a request's body: a longer one is not parsed for the parameters in it."""

USAGE: Final[UsageTable] = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_tokens",
    "cacheWriteInputTokens": "cache_write_tokens",
}
HEADERS: Final[UsageTable] = {
    "x-amzn-bedrock-input-token-count": "input_tokens",
    "x-amzn-bedrock-output-token-count": "output_tokens",
    "x-amzn-bedrock-cache-read-input-token-count": "cache_read_tokens",
    "x-amzn-bedrock-cache-write-input-token-count": "cache_write_tokens",
}
"""Response header of InvokeModel -> field of ``Usage``. Some models say in no other place what they used."""
_LIFETIMES: Final = {"5m": "cache_write_5m_tokens", "1h": "cache_write_1h_tokens"}
_ASKED: Final = {
    "maxTokens": "max_tokens",
    "max_new_tokens": "max_tokens",
    "maxTokenCount": "max_tokens",
    "max_gen_len": "max_tokens",
    "topP": "top_p",
    "topK": "top_k",
    "stopSequences": "stop_sequences",
}
"""A model's word for a parameter -> the key by which ``spans.REQUEST`` knows it, where that is another."""
_GROUPS: Final = ("inferenceConfig", "textGenerationConfig")
"""Nodes of a request that hold parameters."""
_PARAMETERS: Final = frozenset(
    {*_ASKED, "max_tokens", "temperature", "top_p", "top_k", "seed", "stop", "stop_sequences"}
)


# --- Converse and ConverseStream ---

_SAID: Final = ("stopReason", "serviceTier", "performanceConfig")


def kept(result: Mapping[str, Any]) -> dict[str, Any]:
    """What ``read_converse`` looks at, as it is now: the application may change its result. None of the content."""
    said = {key: result[key] for key in _SAID if key in result}
    if type(usage := result.get("usage")) is dict:
        said["usage"] = usage.copy()
    if type(trace := result.get("trace")) is dict and "promptRouter" in trace:
        said["trace"] = {"promptRouter": trace["promptRouter"]}
    return said


def read_converse(answer: Answer, said: object) -> None:
    """The answer of Converse, or the last event of ConverseStream, which says the same but for why it stopped."""
    parts = fields(said)
    if reason := text(parts.get("stopReason")):
        answer.finished(0, reason)
    if (node := parts.get("usage")) is not None:
        _read_usage(answer, fields(node))
    invoked = text(get(get(parts.get("trace"), "promptRouter"), "invokedModelId"))
    answer.model = model_of(invoked) if invoked else answer.model
    answer.tier = text(get(parts.get("serviceTier"), "type")) or answer.tier
    answer.speed = text(get(parts.get("performanceConfig"), "latency")) or answer.speed


def read_event(answer: Answer, event: object) -> None:
    """An event of ConverseStream: why it stopped, then all the rest."""
    for kind, said in fields(event).items():
        if kind == "messageStop":
            if reason := text(get(said, "stopReason")):
                answer.finished(0, reason)
        elif kind == "metadata":
            read_converse(answer, said)


def _read_usage(answer: Answer, said: Mapping[str, Any]) -> None:
    usage = answer.usage or nothing_used()
    if not read_counts(said, USAGE, usage.counts):
        return
    answer.usage = usage
    for written in items(said.get("cacheDetails")):
        lifetime, tokens = _LIFETIMES.get(str(get(written, "ttl"))), count(get(written, "inputTokens"))
        if lifetime is not None and tokens is not None:
            usage.counts[lifetime] = tokens
    if _is_short(usage, count(said.get("totalTokens"))):
        usage.input_tokens = None


def _is_short(usage: Usage, total: int | None) -> bool:
    """Whether there are more tokens than were handed on. boto3 drops the fields that came to the API after it: one
    before 1.37.24 may say nothing of what the cache was read and written for, and ``inputTokens`` is only the rest.
    """
    if total is None or usage.cache_read_tokens is not None or usage.cache_write_tokens is not None:
        return False
    return total > (usage.input_tokens or 0) + (usage.output_tokens or 0)


# --- InvokeModel and InvokeModelWithResponseStream ---


def read_result(answer: Answer, result: Mapping[str, Any]) -> None:
    """What the headers of an InvokeModel answer say: counts and tiers. Its body is still to be read."""
    headers = fields(get(result.get("ResponseMetadata"), "HTTPHeaders"))
    usage = nothing_used()
    if read_counts({name: _whole(headers.get(name)) for name in HEADERS}, HEADERS, usage.counts):
        answer.usage = usage
    answer.tier = text(result.get("serviceTier"))
    answer.speed = text(result.get("performanceConfigLatency"))


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, str) and len(value) <= 12 and value.isdecimal() and value.isascii() else None


# --- the operations ---


class Operation(NamedTuple):
    """An operation of the service that answers with usage."""

    stream: str | None
    """Key of the result under which the event stream is, if it is one."""
    body: str | None
    """Key of the result under which the body is that the application reads itself."""
    read_result: Callable[[Answer, Mapping[str, Any]], None] | None
    """Adds what the result says before its stream or its body is read; ``None``: it is the answer, or says nothing."""
    endpoint: Callable[[str | None, Mapping[str, Any]], Endpoint]
    """The endpoint, by the model and the parameters of the call."""
    is_cut: Callable[[Answer], bool] = lambda _: False
    """Whether a stream that has ended was not whole: botocore takes a connection that was lost for its end."""


_CONVERSE: Final = Endpoint("converse", "chat", read_converse, read_event, False, whole_usage)


def _invoked(operation: str) -> Endpoint:
    """The model's name in a body is left: it was asked for by the one that prices go by."""
    api = f"invoke_model/{operation}"
    return unnamed(Endpoint(api, operation, read_body, read_chunk, False, whole_usage))


_INVOKED: Final = {kind: _invoked(kind) for kind in ("chat", "text_completion", "embeddings", "generate_content")}
ROUTED: Final = Endpoint("invoke_model/routed", "chat", read_body, read_chunk, False, whole_usage)
"""What a prompt router answers InvokeModel with: the one kind of body whose name of a model is taken."""


def _converse(_model: str | None, _params: Mapping[str, Any]) -> Endpoint:
    return _CONVERSE


def _invoke(model: str | None, params: Mapping[str, Any]) -> Endpoint:
    return ROUTED if is_router(model) else _INVOKED[_kind_of(model or "", params.get("body"))]


def _kind_of(model: str, body: object) -> str:
    if "embed" in model:
        return "embeddings"
    said = body if isinstance(body, str) else body.decode("latin-1") if isinstance(body, (bytes, bytearray)) else ""
    if '"messages"' in said:
        return "chat"
    return "text_completion" if '"prompt"' in said or '"inputText"' in said else "generate_content"


OPERATIONS: Final = {
    "Converse": Operation(None, None, None, _converse),
    "ConverseStream": Operation("stream", None, None, _converse, lambda answer: not answer.finish),
    "InvokeModel": Operation(None, "body", read_result, _invoke),
    "InvokeModelWithResponseStream": Operation("body", None, read_result, _invoke),
}


def asked(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a call by the keys that ``spans.REQUEST`` has. No content."""
    said = _parsed(params["body"]) if "body" in params else params
    found = _parameters(said)
    for group in _GROUPS:
        if group in said:
            found.update(_parameters(fields(said[group])))
    return found


def _parameters(said: Mapping[str, Any]) -> dict[str, Any]:
    return {_ASKED.get(key, key): value for key, value in said.items() if key in _PARAMETERS}


def tier_asked(params: Mapping[str, Any]) -> tuple[object, object]:
    """The tier and the latency that a call asks for: Converse has them in nodes, InvokeModel by themselves."""
    tier, latency = params.get("serviceTier"), params.get("performanceConfig")
    return (
        tier if isinstance(tier, str) else get(tier, "type"),
        params.get("performanceConfigLatency") or get(latency, "latency"),
    )


def _parsed(body: object) -> Mapping[str, Any]:
    if not isinstance(body, (str, bytes, bytearray)) or len(body) > _LONGEST_READ:
        return {}  # a file is the SDK's to read
    try:
        return fields(json.loads(body))
    except ValueError:
        return {}
