"""The stand-in against the real OpenAI SDK."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest
from standin import Reply, Standin, faults, openai_wire, sse

ASK: dict[str, Any] = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Where is my export?"}]}
USAGE = openai_wire.usage(1500, 90, cached=1024, reasoning=64, audio_in=0)


def test_a_chat_comes_through_with_its_cached_tokens_and_its_tier(server: Standin, gpt: openai.OpenAI) -> None:
    server.script(Reply(json=openai_wire.chat("Here.", usage=USAGE, service_tier="flex")))
    answer = gpt.chat.completions.create(**ASK)
    assert answer.choices[0].message.content == "Here."
    assert answer.service_tier == "flex"
    assert answer.usage is not None
    assert answer.usage.model_dump(exclude_none=True) == USAGE


def test_none_leaves_a_usage_field_out_and_0_writes_0() -> None:
    assert openai_wire.usage(10, cached=0) == {
        "prompt_tokens": 10,
        "total_tokens": 10,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    assert openai_wire.usage() == {}


def test_the_server_records_what_the_sdk_sent(server: Standin, gpt: openai.OpenAI) -> None:
    gpt.chat.completions.create(**ASK)
    (request,) = server.requests
    assert (request.method, request.path, request.json) == ("POST", "/v1/chat/completions", ASK)
    assert request.headers["authorization"] == "Bearer none"


def test_a_chat_stream_ends_with_its_usage(server: Standin, gpt: openai.OpenAI) -> None:
    server.script(Reply(events=openai_wire.chat_stream("one two three", usage=USAGE, count=3, service_tier="priority")))
    chunks = list(gpt.chat.completions.create(**ASK, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == "one two three"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.prompt_tokens_details is not None
    assert chunks[-1].usage.prompt_tokens_details.cached_tokens == 1024
    assert {chunk.service_tier for chunk in chunks} == {"priority"}


def test_the_unscripted_server_sends_stream_usage_only_when_asked(gpt: openai.OpenAI) -> None:
    assert all(chunk.usage is None for chunk in gpt.chat.completions.create(**ASK, stream=True))
    asked = list(gpt.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True}))
    assert asked[-1].usage is not None


def test_two_429s_are_retried_after_the_wait_they_ask_for(server: Standin, gpt: openai.OpenAI) -> None:
    server.script(faults.openai_rate_limit(30), faults.openai_rate_limit(30))
    began = time.monotonic()
    answer = gpt.chat.completions.with_raw_response.create(**ASK)
    took_ms = (time.monotonic() - began) * 1000
    assert answer.retries_taken == 2
    assert 60 <= took_ms < 1100  # the SDK's own backoff would be two waits of together more than 1,125 ms
    assert [request.headers["x-stainless-retry-count"] for request in server.requests] == ["0", "1", "2"]


@pytest.mark.parametrize("fault", [faults.openai_quota(), faults.openai_bad_request()])
def test_an_error_that_must_not_be_retried_is_not(server: Standin, gpt: openai.OpenAI, fault: Reply) -> None:
    server.script(fault)
    with pytest.raises(openai.APIStatusError) as caught:
        gpt.chat.completions.create(**ASK)
    assert caught.value.status_code == fault.status
    assert len(server.requests) == 1


def test_a_dropped_connection_is_retried_as_a_connection_error(server: Standin, gpt: openai.OpenAI) -> None:
    server.script(Reply(drop=True))
    with pytest.raises(openai.APIConnectionError):
        gpt.with_options(max_retries=0).chat.completions.create(**ASK)


def test_a_hanging_server_runs_into_the_clients_timeout(server: Standin, gpt: openai.OpenAI) -> None:
    server.script(Reply(json=openai_wire.chat(), delay=5))
    with pytest.raises(openai.APITimeoutError):
        gpt.with_options(max_retries=0, timeout=0.05).chat.completions.create(**ASK)


def test_a_stream_cut_in_the_middle_raises_what_the_sdk_raises(server: Standin, gpt: openai.OpenAI) -> None:
    server.script(Reply(events=openai_wire.chat_stream(usage=USAGE), cut_after=2))
    seen: list[Any] = []
    with pytest.raises(Exception, match=r"closed|incomplete|Connection error") as caught:
        seen.extend(gpt.chat.completions.create(**ASK, stream=True))
    assert len(seen) == 2
    # openai 3.54 wraps what its HTTP library raises, older ones and anthropic 2.12 let it through.
    assert caught.type.__name__ in {"RemoteProtocolError", "APIConnectionError"}


def test_an_error_event_in_the_middle_of_a_stream_raises(server: Standin, gpt: openai.OpenAI) -> None:
    events = openai_wire.chat_stream()
    server.script(Reply(events=[*events[:2], faults.openai_error_event()]))
    with pytest.raises(openai.APIError, match="had an error"):
        list(gpt.chat.completions.create(**ASK, stream=True))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(json=openai_wire.chat("Packed.", usage=USAGE), gzip=True),
        Reply(events=openai_wire.chat_stream("Packed.", usage=USAGE), gzip=True),
    ],
    ids=["body", "events"],
)
def test_gzip_is_unpacked_by_the_sdk(server: Standin, gpt: openai.OpenAI, reply: Reply) -> None:
    server.script(reply)
    answer = gpt.chat.completions.with_raw_response.create(**ASK, stream=reply.events is not None)
    assert answer.headers["content-encoding"] == "gzip"
    assert "Packed" in _text(answer.parse())


def _text(answer: Any) -> str:
    if isinstance(answer, openai.Stream):
        return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
    return str(answer.choices[0].message.content)


def test_a_response_comes_through_with_searches_and_tier(server: Standin, gpt: openai.OpenAI) -> None:
    usage = openai_wire.response_usage(900, 300, cached=512, reasoning=200)
    server.script(Reply(json=openai_wire.response("Up.", usage=usage, service_tier="priority", web_searches=2)))
    answer = gpt.responses.create(model="gpt-6-luna", input="Is it up?")
    assert answer.output_text == "Up."
    assert [item.type for item in answer.output] == ["web_search_call", "web_search_call", "message"]
    assert answer.service_tier == "priority"
    assert answer.usage is not None
    assert answer.usage.model_dump(exclude_none=True) == usage


def test_a_response_stream_says_usage_and_tier_at_its_end_alone(server: Standin, gpt: openai.OpenAI) -> None:
    usage = openai_wire.response_usage(900, 300, cached=512, reasoning=200)
    server.script(Reply(events=openai_wire.response_stream("It is up.", usage=usage, service_tier="flex")))
    with gpt.responses.stream(model="gpt-6-luna", input="Is it up?") as stream:
        events = list(stream)
        final = stream.get_final_response()
    first: Any = events[0]
    assert (first.type, first.response.usage, first.response.service_tier) == ("response.created", None, "auto")
    assert (final.output_text, final.service_tier) == ("It is up.", "flex")
    assert final.usage is not None
    assert final.usage.input_tokens_details.cached_tokens == 512


def test_an_incomplete_response_says_why(server: Standin, gpt: openai.OpenAI) -> None:
    reply = openai_wire.response_stream(status="incomplete", incomplete_reason="max_output_tokens")
    server.script(Reply(events=reply))
    last: Any = list(gpt.responses.create(model="gpt-6-luna", input="Tell all.", stream=True))[-1]
    assert (last.type, last.response.incomplete_details.reason) == ("response.incomplete", "max_output_tokens")


def test_completions_and_embeddings_answer(server: Standin, gpt: openai.OpenAI) -> None:
    completion = gpt.completions.create(model="gpt-3.5-turbo-instruct", prompt="Where")
    pieces = list(gpt.completions.create(model="gpt-3.5-turbo-instruct", prompt="Where", stream=True))
    assert "".join(piece.choices[0].text for piece in pieces) == completion.choices[0].text
    vectors = [(1.0, 0.5), (0.25, -0.5)]
    server.script(Reply(json=openai_wire.embeddings(vectors, usage=openai_wire.usage(16))))
    answer = gpt.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    assert [tuple(item.embedding) for item in answer.data] == vectors
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (16, 16)


def test_openrouters_fields_reach_the_caller(server: Standin, gpt: openai.OpenAI) -> None:
    usage = openai_wire.usage(500, 120, cached=0, cost=0.0033, is_byok=True, upstream_cost=0.003)
    server.script(Reply(json=openai_wire.chat(usage=usage, provider="Azure", model="openai/gpt-6-luna")))
    extra: Any = gpt.chat.completions.create(**ASK)
    assert (extra.provider, extra.usage.cost, extra.usage.is_byok) == ("Azure", 0.0033, True)
    assert extra.usage.cost_details == {"upstream_inference_cost": 0.003}


def test_an_azure_client_reaches_its_deployment(server: Standin) -> None:
    with openai.AzureOpenAI(azure_endpoint=server.url, api_key="none", api_version="2025-04-01-preview") as azure:
        azure.chat.completions.create(**ASK)
    (request,) = server.requests
    assert request.path == "/openai/deployments/gpt-6-luna/chat/completions"
    assert request.query == "api-version=2025-04-01-preview"


async def test_an_async_client_is_served_retried_and_streamed(server: Standin, async_gpt: openai.AsyncOpenAI) -> None:
    server.script(faults.openai_server_error(503))
    raw = await async_gpt.chat.completions.with_raw_response.create(**ASK)
    assert raw.retries_taken == 1
    stream = await async_gpt.chat.completions.create(**ASK, stream=True)
    assert [chunk.choices[0].finish_reason async for chunk in stream][-1] == "stop"


def test_bent_chunks_are_sent_as_they_are(server: Standin, gpt: openai.OpenAI) -> None:
    chunks = openai_wire.chat_chunks(usage=USAGE)
    chunks[-1]["usage"] = "many"
    server.script(Reply(events=sse.unnamed(chunks)))
    last: Any = list(gpt.chat.completions.create(**ASK, stream=True))[-1]
    assert last.usage == "many"
