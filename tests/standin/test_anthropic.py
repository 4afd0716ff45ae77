"""The stand-in against the real Anthropic SDK."""

from __future__ import annotations

import time
from typing import Any

import anthropic
import pytest
from standin import Reply, Standin, anthropic_wire, faults

ASK: dict[str, Any] = {
    "model": "claude-haiku-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Where is my export?"}],
}
USAGE = anthropic_wire.usage(
    80, 90, cache_read=4000, write_5m=1000, write_1h=2000, thinking=40, web_searches=2, service_tier="priority"
)


def test_a_message_comes_through_with_its_cache_split_tools_and_tier(
    server: Standin, claude: anthropic.Anthropic
) -> None:
    server.script(Reply(json=anthropic_wire.message("Here.", usage=USAGE)))
    answer = claude.messages.create(**ASK)
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "Here."
    assert answer.usage.model_dump(exclude_none=True, exclude_unset=True) == USAGE
    assert (answer.usage.cache_creation_input_tokens, answer.usage.service_tier) == (3000, "priority")


def test_none_leaves_a_usage_field_out_and_0_writes_0() -> None:
    assert anthropic_wire.usage(10, cache_read=0) == {"input_tokens": 10, "cache_read_input_tokens": 0}
    assert anthropic_wire.usage() == {}


def test_a_stream_opens_with_the_placeholder_and_closes_with_the_count(
    server: Standin, claude: anthropic.Anthropic
) -> None:
    server.script(Reply(events=anthropic_wire.message_stream("one two three", usage=USAGE, count=3)))
    events: list[Any] = list(claude.messages.create(**ASK, stream=True))
    kinds = [event.type for event in events]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
    assert events[0].message.usage.output_tokens == 1
    assert events[0].message.usage.server_tool_use is None
    assert events[-2].usage.output_tokens == 90
    assert events[-2].usage.server_tool_use.web_search_requests == 2


def test_the_stream_helper_gathers_text_and_usage(server: Standin, claude: anthropic.Anthropic) -> None:
    server.script(Reply(events=anthropic_wire.message_stream("one two three", usage=USAGE, count=3)))
    with claude.messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == "one two three"
        assert stream.get_final_message().usage.output_tokens == 90


def test_an_older_server_says_only_the_output_tokens_at_the_end(server: Standin, claude: anthropic.Anthropic) -> None:
    server.script(Reply(events=anthropic_wire.message_stream(usage=USAGE, delta_usage={"output_tokens": 90})))
    delta: Any = list(claude.messages.create(**ASK, stream=True))[-2]
    assert delta.usage.model_dump(exclude_unset=True) == {"output_tokens": 90}


def test_a_beta_message_is_answered_with_or_without_the_beta_query(
    server: Standin, claude: anthropic.Anthropic
) -> None:
    answer = claude.beta.messages.create(**ASK, betas=["context-management-2025-06-27"])
    assert answer.usage.output_tokens == 12
    assert server.requests[0].headers["anthropic-beta"] == "context-management-2025-06-27"
    # SDKs before 2.x ask for this path.
    assert claude.post("/v1/messages?beta=true", cast_to=object, body=ASK)
    assert (server.requests[1].path, server.requests[1].query) == ("/v1/messages", "beta=true")


def test_a_429_and_a_529_are_retried_after_the_wait_they_ask_for(server: Standin, claude: anthropic.Anthropic) -> None:
    server.script(faults.anthropic_rate_limit(30), faults.anthropic_overloaded(30))
    began = time.monotonic()
    answer = claude.messages.with_raw_response.create(**ASK)
    took_ms = (time.monotonic() - began) * 1000
    assert answer.retries_taken == 2
    assert 60 <= took_ms < 1100  # the SDK's own backoff would be two waits of together more than 1,125 ms
    assert len(server.requests) == 3


def test_a_provider_that_stays_overloaded_raises_529(server: Standin, claude: anthropic.Anthropic) -> None:
    server.default(faults.anthropic_overloaded())
    with pytest.raises(anthropic.APIStatusError) as caught:
        claude.messages.create(**ASK)
    assert caught.value.status_code == 529
    assert caught.value.body is not None
    assert len(server.requests) == 3


def test_a_bad_request_is_not_retried(server: Standin, claude: anthropic.Anthropic) -> None:
    server.script(faults.anthropic_bad_request())
    with pytest.raises(anthropic.BadRequestError):
        claude.messages.create(**ASK)
    assert len(server.requests) == 1


def test_an_error_event_in_the_middle_of_a_stream_raises(server: Standin, claude: anthropic.Anthropic) -> None:
    events = anthropic_wire.message_stream(usage=USAGE)
    server.script(Reply(events=[*events[:4], faults.anthropic_error_event()]))
    with pytest.raises(anthropic.APIError, match="Overloaded"):
        list(claude.messages.create(**ASK, stream=True))


def test_a_stream_cut_in_the_middle_raises_what_the_sdk_raises(server: Standin, claude: anthropic.Anthropic) -> None:
    server.script(Reply(events=anthropic_wire.message_stream(usage=USAGE), cut_after=3))
    with pytest.raises(Exception, match=r"closed|incomplete|Connection error") as caught:
        list(claude.messages.create(**ASK, stream=True))
    assert caught.type.__name__ in {"RemoteProtocolError", "APIConnectionError"}


def test_gzipped_events_are_unpacked_by_the_sdk(server: Standin, claude: anthropic.Anthropic) -> None:
    server.script(Reply(events=anthropic_wire.message_stream("Packed.", usage=USAGE), gzip=True))
    with claude.messages.stream(**ASK) as stream:
        assert stream.get_final_text() == "Packed."


def test_counting_tokens_has_no_usage(claude: anthropic.Anthropic) -> None:
    assert claude.messages.count_tokens(model="claude-haiku-5-5", messages=ASK["messages"]).input_tokens == 120


async def test_an_async_client_is_served_retried_and_streamed(
    server: Standin, async_claude: anthropic.AsyncAnthropic
) -> None:
    server.script(faults.anthropic_overloaded())
    raw = await async_claude.messages.with_raw_response.create(**ASK)
    assert raw.retries_taken == 1
    async with async_claude.messages.stream(**ASK) as stream:
        assert [piece async for piece in stream.text_stream]
        assert (await stream.get_final_message()).usage.output_tokens == 12
