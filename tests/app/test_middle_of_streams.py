"""What is passed over in the middle of a stream says nothing: who reads every chunk knows no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_llmroute.app.sdks import anthropic, openai
from otel_llmroute.app.sdks.adapter import Endpoint
from otel_llmroute.app.sdks.answer import Answer

COUNTS = st.none() | st.integers(0, 9) | st.text(max_size=3)
WORDS = st.sampled_from([None, "stop", "length", "", 3])


def node(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of ``parts``, of any shape an SDK may make of an answer."""
    some = st.fixed_dictionaries({}, optional=parts)
    return some.map(lambda said: SimpleNamespace(**said)) | some


OPENAI_USAGE = st.none() | node(prompt_tokens=COUNTS, completion_tokens=COUNTS)
ANTHROPIC_USAGE = st.none() | node(input_tokens=COUNTS, output_tokens=COUNTS)
CHOICES = st.lists(node(index=COUNTS, finish_reason=WORDS, delta=st.just({"content": "a"})), max_size=3)
ENVELOPE = {"id": st.just("a"), "model": st.just("m")}
CHUNKS = {
    "chat": (
        openai.CHAT,
        SimpleNamespace(id="a", model="m", choices=[], usage=None),
        node(**ENVELOPE, choices=st.none() | CHOICES, usage=OPENAI_USAGE),
    ),
    "responses": (
        openai.RESPONSES,
        SimpleNamespace(type="response.created", response={"id": "a", "model": "m"}),
        node(
            type=st.sampled_from(
                ["response.output_text.delta", "response.completed", "response.failed", "error", None, 7]
            ),
            response=st.none() | node(**ENVELOPE, status=WORDS, usage=node(input_tokens=COUNTS, output_tokens=COUNTS)),
            code=WORDS,
        ),
    ),
    "messages": (
        anthropic.MESSAGES,
        SimpleNamespace(type="message_start", message={"id": "a", "model": "m", "usage": {"input_tokens": 3}}),
        node(
            type=st.sampled_from(["content_block_delta", "message_delta", "message_start", "ping", "error", None, 7]),
            message=st.none() | node(**ENVELOPE, usage=ANTHROPIC_USAGE),
            delta=st.none() | node(stop_reason=WORDS),
            usage=ANTHROPIC_USAGE,
            error=st.none() | node(type=WORDS),
        ),
    ),
}


def known(endpoint: Endpoint, chunks: list[Any], passes_over: bool) -> tuple[dict[str, Any], int]:
    """What is known of a stream at its end, and how many chunks were read for it."""
    answer, read = Answer(), 0
    for number, chunk in enumerate(chunks):
        if number and passes_over and answer.model is not None and endpoint.is_middle(chunk):
            continue
        endpoint.read_chunk(answer, chunk)
        read += 1
    said = dict(vars(answer))
    usage = said.pop("usage", None)
    return {**said, "finish": dict(answer.finish), "counts": usage and dict(usage.counts)}, read


@pytest.mark.parametrize("api", CHUNKS)
@given(data=st.data())
def test_who_passes_over_the_middle_knows_as_much(api: str, data: st.DataObject) -> None:
    endpoint, first, others = CHUNKS[api]
    chunks = [first, *data.draw(st.lists(others, max_size=12))]
    assert known(endpoint, chunks, True)[0] == known(endpoint, chunks, False)[0]


@pytest.mark.parametrize(
    ("api", "chunk"),
    [
        ("chat", SimpleNamespace(choices=[SimpleNamespace(finish_reason=None)], usage=None)),
        ("responses", SimpleNamespace(type="response.output_text.delta")),
        ("messages", SimpleNamespace(type="content_block_delta")),
    ],
)
def test_the_middle_is_passed_over(api: str, chunk: object) -> None:
    endpoint, first, _ = CHUNKS[api]
    assert known(endpoint, [first, *[chunk] * 20], True)[1] == 1


@pytest.mark.parametrize("api", CHUNKS)
@pytest.mark.parametrize("chunk", [None, 7, "a", [], {}, object(), SimpleNamespace(choices=7, type=[], usage={})])
def test_what_is_no_chunk_raises_nothing(api: str, chunk: object) -> None:
    assert CHUNKS[api][0].is_middle(chunk) in (True, False)
