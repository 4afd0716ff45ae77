"""Other endpoints that report tokens: images, transcripts, counting."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin, openai_wire, sse

from otel_llmroute import names
from tests.app.answers import IMAGE_TOOL, IN, MODEL, OUT, READ, REASONING, STATUS, Json, said
from tests.app.apis import CHAT, CLAUDE, GPT, MESSAGES
from tests.app.conftest import Recorded

IMAGES = {"created": 1, "data": [{"b64_json": "aGk="}], "usage": {**IMAGE_TOOL, "total_tokens": 1106}}
UNDETAILED = {key: value for key, value in IMAGE_TOOL.items() if key != "output_tokens_details"}
"""The same without saying of which kind the output is."""
IMAGE_COUNTS = {
    IN: 50,
    OUT: 1056,
    names.USAGE_TEXT_INPUT: 50,
    names.USAGE_IMAGE_INPUT: 0,
    names.USAGE_TEXT_OUTPUT: 0,
    names.USAGE_IMAGE_OUTPUT: 1056,
}
TRANSCRIPT = {"type": "tokens", "input_tokens": 30, "output_tokens": 4, "total_tokens": 34}
TRANSCRIPT_COUNTS = {IN: 30, OUT: 4, names.USAGE_TEXT_INPUT: 2, names.USAGE_AUDIO_INPUT: 28}
DETAILS = {"input_token_details": {"text_tokens": 2, "audio_tokens": 28}}
OTHERS: list[tuple[str, Callable[[openai.OpenAI], Any], Json, Json]] = [
    (
        "images made",
        lambda client: client.images.generate(model="gpt-image-1", prompt="a door"),
        IMAGES,
        {STATUS: "reported", **IMAGE_COUNTS},
    ),
    (
        "images changed",
        lambda client: client.images.edit(model="gpt-image-1", prompt="a door", image=b"png"),
        IMAGES,
        {STATUS: "reported", **IMAGE_COUNTS},
    ),
    (
        "images that report nothing",
        lambda client: client.images.generate(model="dall-e-3", prompt="a door"),
        {"created": 1, "data": []},
        {STATUS: "missing"},
    ),
    (
        "speech written down",
        lambda client: client.audio.transcriptions.create(model="gpt-4o-transcribe", file=b"wav"),
        {"text": "hello", "usage": {**TRANSCRIPT, **DETAILS}},
        {STATUS: "reported", **TRANSCRIPT_COUNTS},
    ),
    (
        "a decision",
        lambda client: client.post("/decisions", body={"model": GPT}, cast_to=object),
        {"model": GPT, "answers": [], "usage": openai_wire.response_usage(10, 2, cached=0, reasoning=0)},
        {MODEL: GPT, STATUS: "reported", IN: 10, OUT: 2, READ: 0, REASONING: 0},
    ),
]


@pytest.mark.parametrize(
    "seconds, status, amount",
    [(9, "priced", 0.0009), (9.5, "priced", 0.00095), (-1, "no_usage", None), ("9", "no_usage", None)],
)
def test_speech_that_is_billed_by_the_second_is_priced_by_the_second(
    seconds: Any, status: str, amount: float | None, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(json={"text": "hello", "usage": {"type": "duration", "seconds": seconds}}))
    CHAT.client(provider).audio.transcriptions.create(model="whisper-1", file=b"wav")
    attempt = recorded.attempt()
    assert said(attempt) == {STATUS: "missing"}  # of tokens
    assert (attempt[names.COST_STATUS], attempt.get(names.COST_AMOUNT)) == (status, amount)


@pytest.mark.parametrize("name, call, body, says", OTHERS, ids=[name for name, *_ in OTHERS])
def test_every_endpoint_that_reports_tokens_is_an_attempt(
    name: str, call: Callable[[openai.OpenAI], Any], body: Json, says: Json, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(json=body))
    call(CHAT.client(provider))
    attempt = recorded.attempt()
    assert said(attempt) == says
    assert attempt[names.COST_STATUS] == ("priced" if says[STATUS] == "reported" else "no_usage")


@pytest.mark.skipif(
    "stream" not in inspect.signature(openai.resources.Images.generate).parameters,
    reason=f"openai {openai.__version__} streams no images",
)
def test_a_streamed_image_is_priced_as_an_image(recorded: Recorded, provider: Standin) -> None:
    events = [{"type": "image_generation.partial_image"}, {"type": "image_generation.completed", "usage": UNDETAILED}]
    provider.default(Reply(events=sse.named(events)))
    client: openai.OpenAI = CHAT.client(provider)
    assert len(list(client.images.generate(model="gpt-image-1", prompt="a door", stream=True))) == 2
    expected = {name: value for name, value in IMAGE_COUNTS.items() if name != names.USAGE_TEXT_OUTPUT}
    assert said(recorded.attempt()) == {STATUS: "reported", **expected}


@pytest.mark.parametrize("model", ["gpt-image-1.5", "chatgpt-image-latest"])
@pytest.mark.parametrize(
    "output, images",
    [
        ({}, 1056),
        ({"output_tokens_details": {"image_tokens": 1000, "text_tokens": 56}}, 1000),
        ({"output_tokens_details": {"text_tokens": 1056}}, 0),
    ],
    ids=["no details", "details of both", "details of text alone"],
)
def test_what_an_image_model_gives_is_priced_as_images_unless_it_tells_the_kinds_apart(
    model: str, output: Json, images: int, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(json={**IMAGES, "usage": {**UNDETAILED, **output}}))
    client: openai.OpenAI = CHAT.client(provider)
    client.images.generate(model=model, prompt="a door")
    cost = 50 * 5_000_000 + images * 32_000_000 + (1056 - images) * 10_000_000  # pico-USD
    assert recorded.attempt()[names.COST_AMOUNT] == cost / 10**12


def test_counting_tokens_is_no_attempt(recorded: Recorded, provider: Standin) -> None:
    client: anthropic.Anthropic = MESSAGES.client(provider)
    client.messages.count_tokens(model=CLAUDE, messages=[{"role": "user", "content": "hello"}])
    assert recorded.attempts() == []
