"""OpenAI SDK 1.60 to 3.x, and every OpenAI-compatible base URL: where things are.

Shapes: https://github.com/openai/openai-python/tree/v3.57.0/src/openai/types. What other servers add to them is marked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from otel_llmroute.app.sdks.adapter import Adapter, Endpoint
from otel_llmroute.app.sdks.answer import (
    LONGEST_TEXT,
    Answer,
    UsageTable,
    count,
    fields,
    get,
    nameless,
    number,
    text,
    usage_of,
    word,
)
from otel_llmroute.app.sdks.openai_usage import (
    CHAT_USAGE,
    RESPONSES_USAGE,
    TRANSCRIPTION_USAGE,
    add_image_output,
    read_tools,
    read_usage,
)
from otel_llmroute.prices import nothing_used

__all__ = ["ADAPTER", "CHAT_USAGE", "RESPONSES_USAGE", "error_name"]

RESPONSE_ENDED: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
"""The events whose ``response`` is final; the ones before carry placeholders (``usage`` null,
``status`` in_progress).
"""
RESPONSE_TOLD: Final = RESPONSE_ENDED | {"response.created", "error"}
RESPONSE_BEGUN: Final = frozenset({"queued", "in_progress"})
"""The ``status`` of a response that runs in the background: it is asked for later, by its id."""
IMAGES_ENDED: Final = frozenset({"image_generation.completed", "image_edit.completed"})
ENVELOPE: Final = (
    ("id", "id"),
    ("model", "model"),
    ("service_tier", "tier"),
    ("system_fingerprint", "fingerprint"),
)
"""Key of a body or chunk -> field of ``Answer``."""
_MOST_SECONDS: Final = 10**9
_NOTHING: Final[dict[str, Any]] = {}


def _read_envelope(answer: Answer, said: Mapping[str, Any]) -> None:
    for key, field in ENVELOPE:
        value = said.get(key)
        if value is not None:
            # `text`, without the way there for nearly every value.
            is_plain = type(value) is str and 0 < len(value) <= LONGEST_TEXT and value.isascii()
            if is_plain or (value := text(value)) is not None:
                setattr(answer, field, value)
    if (error := said.get("error")) is not None:
        answer.error_type = error_name(error) or answer.error_type or nameless(error)


def error_name(error: object) -> str | None:
    """The short name in an error object: its ``type``, else its ``code`` (a number becomes a text)."""
    said = fields(error)
    code = said.get("code")
    return word(said.get("type")) or word(code) or (str(code) if count(code) is not None else None)


def _read_choices(answer: Answer, choices: object) -> None:
    if type(choices) is not list:
        return
    for position, choice in enumerate(choices):
        said = fields(choice)
        reason = said.get("finish_reason")
        if reason is not None and (reason := text(reason)) is not None:
            index = said.get("index")
            answer.finished(index if type(index) is int and index >= 0 else position, reason)


def read_chat(answer: Answer, body: object) -> None:
    """A chat completion, or a legacy completion."""
    said = fields(body)
    _read_envelope(answer, said)
    _read_choices(answer, said.get("choices"))
    if (usage := said.get("usage")) is not None:
        read_usage(answer, usage, CHAT_USAGE)


def read_chat_chunk(answer: Answer, chunk: object) -> None:
    """A chunk of a streamed chat completion or completion. The usage comes in a last chunk without choices, if asked
    for.
    """
    said = fields(chunk)
    _read_envelope(answer, said)
    _read_choices(answer, said.get("choices"))
    usage = said.get("usage") or get(said.get("x_groq"), "usage")  # Groq
    if usage is not None:
        read_usage(answer, usage, CHAT_USAGE)


def goes_on(chunk: Any) -> bool:
    """Whether ``chunk`` is of the middle of a streamed chat completion or completion: one choice that goes on."""
    try:
        (choice,) = chunk.choices
        return chunk.usage is None and choice.finish_reason is None
    except Exception:
        return False


def read_embeddings(answer: Answer, body: object) -> None:
    """An embeddings answer: input only."""
    _read_plain(answer, fields(body), CHAT_USAGE)


def _read_plain(answer: Answer, said: Mapping[str, Any], table: UsageTable) -> None:
    _read_envelope(answer, said)
    if (usage := said.get("usage")) is not None:
        read_usage(answer, usage, table)


def read_decision(answer: Answer, body: object) -> None:
    """A decision: the usage is that of the Responses API."""
    said = fields(body)
    _read_plain(answer, said, RESPONSES_USAGE)
    answer.routing = {**(answer.routing or {}), "answers": said.get("answers")}


def read_images(answer: Answer, body: object) -> None:
    """Images. What wrote the code of an SVG is another model, and counted apart."""
    said = fields(body)
    _read_plain(answer, said, RESPONSES_USAGE)
    if answer.usage is not None:
        add_image_output(answer.usage)
    author = said.get("svg_usage")
    if author is not None and (usage := usage_of(author, RESPONSES_USAGE)) is not None:
        answer.beside = ((text(get(author, "model")) or "unknown", usage),)


def read_image_event(answer: Answer, event: object) -> None:
    """An event of a streamed image: the last one has the usage."""
    said = fields(event)
    if text(said.get("type")) in IMAGES_ENDED:
        read_images(answer, event)
    else:
        _read_envelope(answer, said)


def read_transcription(answer: Answer, body: object) -> None:
    """A transcription or a translation. Models that are billed by the second report these and no tokens, or say only
    how long it was (``verbose_json``): a second that has begun is billed.
    """
    said = fields(body)
    _read_plain(answer, said, TRANSCRIPTION_USAGE)
    usage = said.get("usage")
    seconds = number(said.get("duration") if usage is None else get(usage, "seconds"))
    if seconds is not None and 0 <= seconds <= _MOST_SECONDS:
        answer.usage = answer.usage or nothing_used()
        answer.usage.audio_input_ms = math.ceil(seconds) * 1000 if usage is None else round(seconds * 1000)


def read_transcription_event(answer: Answer, event: object) -> None:
    """An event of a streamed transcription: the last one has the usage."""
    if get(event, "usage") is not None:
        read_transcription(answer, event)


def read_speech_request(answer: Answer, asked: Mapping[str, Any]) -> None:
    """What is to be read aloud: older models are billed by its characters."""
    said = asked.get("input")
    if type(said) is str:
        answer.characters = len(said)


def read_speech(answer: Answer, body: object) -> None:
    """Sound: it says nothing of its usage."""


def read_speech_event(answer: Answer, event: object) -> None:
    """An event of speech that is sent as events (``stream_format``): the last one has the usage."""
    _read_plain(answer, fields(event), RESPONSES_USAGE)


def read_response(answer: Answer, body: object) -> None:
    """An answer of the Responses API."""
    said = fields(body)
    if text(said.get("status")) in RESPONSE_BEGUN:
        _read_begun(answer, said)
        return
    _read_envelope(answer, said)
    reason = text(get(said.get("incomplete_details"), "reason")) or text(said.get("status"))
    if reason:
        answer.finished(0, reason)
    if (usage := said.get("usage")) is not None:
        read_usage(answer, usage, RESPONSES_USAGE)
    answer.completed_s = number(said.get("completed_at"))
    read_tools(answer, said)


def _read_begun(answer: Answer, begun: Mapping[str, Any]) -> None:
    """A response that is not finished: its tier is what was asked for, and its status no reason why it stopped."""
    answer.id, answer.model = text(begun.get("id")), text(begun.get("model"))


def read_response_event(answer: Answer, event: object) -> None:
    """An event of a streamed answer of the Responses API."""
    said = fields(event)
    kind = said.get("type")
    if type(kind) is not str:
        return
    if kind in RESPONSE_ENDED:
        read_response(answer, said.get("response"))
    elif kind == "response.created":
        _read_begun(answer, fields(said.get("response")))
    elif kind == "error":
        answer.error_type = word(said.get("code")) or error_name(said.get("error")) or "error"


def is_silent(event: Any) -> bool:
    """Whether ``event`` is one of those that ``read_response_event`` reads nothing in."""
    try:
        return event.type not in RESPONSE_TOLD
    except Exception:
        return False


CHAT: Final = Endpoint("chat_completions", "chat", read_chat, read_chat_chunk, True, is_middle=goes_on)
COMPLETIONS: Final = Endpoint("completions", "text_completion", read_chat, read_chat_chunk, True, is_middle=goes_on)
EMBEDDINGS: Final = Endpoint("embeddings", "embeddings", read_embeddings, read_chat_chunk, True)
DECISIONS: Final = Endpoint("decisions", "generate_content", read_decision, read_chat_chunk, True, purpose="routing")
IMAGES: Final = Endpoint("images", "generate_content", read_images, read_image_event, True)
TRANSCRIPTIONS: Final = Endpoint(
    "transcriptions", "generate_content", read_transcription, read_transcription_event, True
)
SPEECH: Final = Endpoint(
    "speech", "generate_content", read_speech, read_speech_event, True, read_request=read_speech_request
)
RESPONSES: Final = Endpoint(
    "responses", "chat", read_response, read_response_event, True, may_wait=True, is_middle=is_silent
)

ADAPTER: Final = Adapter(
    package="openai",
    provider="openai",
    endpoints={
        "/chat/completions": CHAT,
        "/completions": COMPLETIONS,
        "/embeddings": EMBEDDINGS,
        "/responses": RESPONSES,
        "/responses/compact": RESPONSES,
        "/decisions": DECISIONS,
        "/images/generations": IMAGES,
        "/images/edits": IMAGES,
        "/audio/transcriptions": TRANSCRIPTIONS,
        "/audio/translations": TRANSCRIPTIONS,
        "/audio/speech": SPEECH,
    },
    providers_by_client={"AzureOpenAI": "azure.ai.openai", "AsyncAzureOpenAI": "azure.ai.openai"},
)
