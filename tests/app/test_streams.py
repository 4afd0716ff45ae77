"""Streams of the synchronous clients: each ends its attempt once, with what is true of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin

from otel_llmroute import names
from tests.app.apis import CHAT, MESSAGES, STREAMED, THREE_SHAPES, Api
from tests.app.conftest import Recorded, collect, record
from tests.app.sdk_features import STREAM_ERRORS
from tests.app.watching import NOTHING_READ, WHOLE, a_quiet_log, ending, nothing_of_ours_is_current


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def opened(api: Api, provider: Standin, reply: Reply | None = None, **options: Any) -> Any:
    """A stream of the SDK that nobody has read from."""
    provider.default(reply or api.stream())
    return api.create(api.client(provider, **options), stream=True)


# --- read to the end ---


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_read_to_the_end_is_accepted_with_its_usage(api: Api, recorded: Recorded, provider: Standin) -> None:
    for _ in opened(api, provider):
        assert nothing_of_ours_is_current()
    assert ending(recorded) == WHOLE
    attempt = recorded.attempt()
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_OUTPUT_TOKENS]) == (1000, 20)
    assert attempt[names.REQUEST_STREAM] is True
    assert 0 < attempt[names.RESPONSE_TIME_TO_FIRST_CHUNK] < 5


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_has_the_class_and_the_items_that_it_has_without_us(api: Api, provider: Standin) -> None:
    bare = opened(api, provider)
    expected = (type(bare), [chunk.to_dict() for chunk in bare])
    for _ in record():
        seen = opened(api, provider)
        assert type(seen) is (anthropic.Stream if api.is_anthropic else openai.Stream)
        assert (type(seen), [chunk.to_dict() for chunk in seen]) == expected


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_read_by_next_ends_at_its_end(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = opened(api, provider)
    while next(stream, None) is not None:
        assert nothing_of_ours_is_current()
    assert ending(recorded) == WHOLE


@pytest.mark.parametrize("api", STREAMED)
def test_a_compressed_stream_is_read_as_any_other(api: Api, recorded: Recorded, provider: Standin) -> None:
    list(opened(api, provider, api.stream(gzip=True)))
    assert ending(recorded) == WHOLE


def test_a_stream_without_usage_has_none_and_costs_no_guess(recorded: Recorded, provider: Standin) -> None:
    without_usage = [event for event in CHAT.events if b'"usage":{' not in event]
    list(opened(CHAT, provider, Reply(events=without_usage)))
    assert ending(recorded) == ("accepted", "missing", "no_usage")
    assert names.COST_AMOUNT not in recorded.attempt()


# --- left early ---


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_broken_off_is_abandoned(api: Api, recorded: Recorded, provider: Standin) -> None:
    def broken_off() -> None:
        for _ in opened(api, provider):
            break

    broken_off()
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_broken_off_inside_with_ends_at_the_end_of_the_block(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    with opened(api, provider) as stream:
        for _ in stream:
            break
    assert len(recorded.attempts()) == 1  # without waiting for the garbage collector
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_closed_early_ends_its_attempt_once(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = opened(api, provider)
    next(stream)
    stream.close()
    stream.close()
    assert len(recorded.attempts()) == 1
    del stream
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_never_read_is_abandoned_when_closed(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = opened(api, provider)
    stream.close()
    assert ending(recorded) == NOTHING_READ


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_never_read_is_abandoned_when_dropped(api: Api, recorded: Recorded, provider: Standin) -> None:
    opened(api, provider)
    assert ending(recorded) == NOTHING_READ


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_dropped_half_way_is_abandoned(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = opened(api, provider)
    next(stream)
    assert recorded.attempts() == []
    del stream
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_an_exception_of_the_consumer_leaves_the_stream_abandoned(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    def failing() -> None:
        with opened(api, provider) as stream:
            for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert ending(recorded) == ("abandoned", *api.unfinished)
    assert names.ERROR_TYPE not in recorded.attempt()


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_ctrl_c_in_the_consumer_inside_with_cancels_the_stream(api: Api, recorded: Recorded, provider: Standin) -> None:
    def interrupted() -> None:
        with opened(api, provider) as stream:
            for _ in stream:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ending(recorded) == ("cancelled", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_ctrl_c_in_the_consumer_without_with_leaves_one_attempt_abandoned(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    def interrupted() -> None:
        for _ in opened(api, provider):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_generator_of_the_application_that_is_closed_closes_the_stream_it_reads(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    def passed_on() -> Iterator[Any]:
        with opened(api, provider) as stream:
            yield from stream

    chunks: Any = passed_on()
    next(chunks)
    chunks.close()
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_stream_left_when_the_answer_was_whole_is_accepted(api: Api, recorded: Recorded, provider: Standin) -> None:
    with opened(api, provider) as stream:
        for chunk in stream:
            if '"finish_reason":"stop"' in chunk.to_json(indent=None) or chunk.to_dict().get("type") in (
                "response.completed",
                "message_delta",
            ):
                break
    outcome, usage, _ = ending(recorded)
    assert (outcome, usage) == ("accepted", "missing" if api is CHAT else "reported")


# --- failed ---


@pytest.mark.parametrize("api", STREAMED)
def test_a_stream_that_the_server_drops_fails(api: Api, recorded: Recorded, provider: Standin) -> None:
    with pytest.raises(STREAM_ERRORS) as raised:
        list(opened(api, provider, api.stream(cut_after=1)))
    assert ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == type(raised.value).__qualname__
    assert not recorded.spans("attempt")[0].status.is_ok


@pytest.mark.parametrize("api", STREAMED)
def test_an_error_event_fails_the_stream(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = opened(api, provider, Reply(events=[api.events[0], api.error_event]))
    try:
        list(stream)
    except STREAM_ERRORS:
        pass  # an error event of the Responses API is an item like others in some versions of the SDK
    assert ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == api.error_type


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_read_timeout_half_way_fails_the_stream(api: Api, recorded: Recorded, provider: Standin) -> None:
    with pytest.raises(STREAM_ERRORS) as raised:
        list(opened(api, provider, api.stalled(), timeout=1))
    assert ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == type(raised.value).__qualname__
    assert "Timeout" in type(raised.value).__name__


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_chunk_that_is_no_json_fails_the_stream(api: Api, recorded: Recorded, provider: Standin) -> None:
    name = api.events[0].split(b"data:")[0]
    with pytest.raises(ValueError):  # noqa: PT011 - the SDK's own
        list(opened(api, provider, Reply(events=[api.events[0], name + b"data: {nonsense\n\n"])))
    assert ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == "JSONDecodeError"


# --- threads ---


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_stream_may_be_read_in_another_thread(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = opened(api, provider)
    seen: list[bool] = []
    reader = threading.Thread(target=lambda: seen.extend(nothing_of_ours_is_current() for _ in stream))
    reader.start()
    reader.join()
    assert seen
    assert all(seen)
    assert ending(recorded) == WHOLE


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_stream_begun_in_one_thread_and_dropped_in_another_ends_once(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    stream = opened(api, provider)
    next(stream)
    holder = [stream]
    del stream
    dropper = threading.Thread(target=holder.clear)
    dropper.start()
    dropper.join()
    assert ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_stream_closed_by_one_thread_while_another_waits_for_it_ends_once(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    stream = opened(api, provider, api.stalled(), timeout=1)
    first = threading.Event()

    def read() -> None:
        try:
            for _ in stream:
                first.set()
        except Exception:
            return  # whatever the HTTP library makes of it

    reader = threading.Thread(target=read)
    reader.start()
    assert first.wait(5)
    stream.close()
    reader.join(5)
    assert not reader.is_alive()
    assert recorded.attempts()[0][names.ATTEMPT_OUTCOME] in ("abandoned", "failed")
    assert len(recorded.attempts()) == 1


def test_two_threads_may_take_turns_at_one_stream(recorded: Recorded, provider: Standin) -> None:
    stream = opened(CHAT, provider)
    lock, seen = threading.Lock(), []

    def read() -> None:
        while True:
            with lock:
                chunk = next(stream, None)
            if chunk is None:
                return
            seen.append(chunk)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(seen) == len(CHAT.events) - 1  # all but [DONE]
    assert ending(recorded) == WHOLE


# --- stream helpers ---


def test_text_stream_ends_at_its_end(recorded: Recorded, provider: Standin) -> None:
    provider.default(MESSAGES.stream())
    client = MESSAGES.client(provider)
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=[]) as stream:
        text = "".join(stream.text_stream)
    assert text == MESSAGES.body["content"][0]["text"]
    assert ending(recorded) == WHOLE


def test_a_message_stream_left_in_the_middle_of_its_text_is_abandoned(recorded: Recorded, provider: Standin) -> None:
    provider.default(MESSAGES.stream())
    client = MESSAGES.client(provider)
    with client.messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=[]) as stream:
        for _ in stream.text_stream:
            break
    assert ending(recorded) == ("abandoned", *MESSAGES.unfinished)


def test_streams_open_at_once_end_each_by_itself(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.stream())
    client = CHAT.client(provider)
    streams = [CHAT.create(client, stream=True) for _ in range(3)]
    next(streams[0])
    list(streams[1])
    streams[2].close()
    del streams
    collect()
    outcomes = sorted(attempt[names.ATTEMPT_OUTCOME] for attempt in recorded.attempts())
    assert outcomes == ["abandoned", "abandoned", "accepted"]
