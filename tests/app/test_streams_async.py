"""Streams of the asynchronous clients: the same endings, and those that only tasks and event loops have."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import anyio
import openai
import pytest
from standin import Reply, Standin

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import CHAT, MESSAGES, STREAMED, THREE_SHAPES, Api
from tests.app.conftest import Recorded, collect, record
from tests.app.sdk_features import STREAM_ERRORS
from tests.app.watching import (
    NOTHING_READ,
    WHOLE,
    a_quiet_log,
    async_ending,
    ending,
    nothing_of_ours_is_current,
)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


async def opened(api: Api, provider: Standin, reply: Reply | None = None, **options: Any) -> Any:
    """A stream of the SDK that nobody has read from."""
    provider.default(reply or api.stream())
    return await api.create(api.async_client(provider, **options), stream=True)


async def read(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


# --- read to the end ---


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_read_to_the_end_is_accepted_with_its_usage(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    async for _ in await opened(api, provider):
        assert nothing_of_ours_is_current()
    assert await async_ending(recorded) == WHOLE
    attempt = recorded.attempt()
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_OUTPUT_TOKENS]) == (1000, 20)
    assert 0 < attempt[names.RESPONSE_TIME_TO_FIRST_CHUNK] < 5


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_has_the_class_and_the_items_that_it_has_without_us(api: Api, provider: Standin) -> None:
    bare = await opened(api, provider)
    expected = (type(bare), [chunk.to_dict() for chunk in await read(bare)])
    for _ in record():
        seen = await opened(api, provider)
        assert type(seen) is (anthropic.AsyncStream if api.is_anthropic else openai.AsyncStream)
        assert (type(seen), [chunk.to_dict() for chunk in await read(seen)]) == expected


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_stream_read_by_anext_ends_at_its_end(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = await opened(api, provider)
    while await anext(stream, None) is not None:
        assert nothing_of_ours_is_current()
    assert await async_ending(recorded) == WHOLE


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_compressed_stream_is_read_as_any_other(api: Api, recorded: Recorded, provider: Standin) -> None:
    await read(await opened(api, provider, api.stream(gzip=True)))
    assert await async_ending(recorded) == WHOLE


async def test_many_streams_read_by_as_many_tasks_end_each_by_itself(recorded: Recorded, provider: Standin) -> None:
    provider.default(MESSAGES.stream())
    async with MESSAGES.async_client(provider) as client:

        async def one() -> None:
            async for _ in await MESSAGES.create(client, stream=True):
                assert nothing_of_ours_is_current()

        await asyncio.gather(*(one() for _ in range(10)))
    outcomes = [(attempt[names.ATTEMPT_OUTCOME], attempt[names.USAGE_STATUS]) for attempt in recorded.attempts()]
    assert outcomes == [("accepted", "reported")] * 10


# --- left early ---


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_broken_off_is_abandoned(api: Api, recorded: Recorded, provider: Standin) -> None:
    async def broken_off() -> None:
        async for _ in await opened(api, provider):
            break

    await broken_off()
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_broken_off_inside_with_ends_at_the_end_of_the_block(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    async with await opened(api, provider) as stream:
        async for _ in stream:
            break
    assert len(recorded.attempts()) == 1  # without waiting for the garbage collector
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_closed_early_ends_its_attempt_once(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = await opened(api, provider)
    await stream.__anext__()
    await stream.close()
    await stream.close()
    assert len(recorded.attempts()) == 1
    del stream
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_stream_never_read_is_abandoned_when_closed(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = await opened(api, provider)
    await stream.close()
    assert await async_ending(recorded) == NOTHING_READ


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_never_read_is_abandoned_when_dropped(api: Api, recorded: Recorded, provider: Standin) -> None:
    await opened(api, provider)
    assert await async_ending(recorded) == NOTHING_READ


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_stream_dropped_half_way_is_abandoned(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = await opened(api, provider)
    await stream.__anext__()
    assert recorded.attempts() == []
    del stream
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_an_exception_of_the_consumer_leaves_the_stream_abandoned(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    async def failing() -> None:
        async with await opened(api, provider) as stream:
            async for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)
    assert names.ERROR_TYPE not in recorded.attempt()


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_generator_of_the_application_that_is_closed_closes_the_stream_it_reads(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    async def passed_on() -> AsyncIterator[Any]:
        async with await opened(api, provider) as stream:
            async for chunk in stream:
                yield chunk

    chunks: Any = passed_on()
    await chunks.__anext__()
    await chunks.aclose()
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)


# --- cancelled ---


async def cancelled_once(task: asyncio.Task[Any], first: asyncio.Event) -> None:
    """Cancel ``task`` when ``first`` was reached, and wait for it."""
    await asyncio.wait_for(first.wait(), 5)
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("api", STREAMED)
async def test_a_task_cancelled_while_it_waits_for_a_chunk_cancels_its_stream(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    first = asyncio.Event()

    async def reader() -> None:
        async for _ in await opened(api, provider, api.stalled()):
            first.set()

    await cancelled_once(asyncio.create_task(reader()), first)
    assert await async_ending(recorded) == ("cancelled", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == "CancelledError"


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_task_cancelled_while_its_consumer_works_cancels_the_stream_it_closes(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    first = asyncio.Event()

    async def reader() -> None:
        async with await opened(api, provider) as stream:
            async for _ in stream:
                first.set()
                await asyncio.sleep(5)

    await cancelled_once(asyncio.create_task(reader()), first)
    assert await async_ending(recorded) == ("cancelled", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_task_cancelled_while_its_consumer_works_without_with_leaves_one_ended_attempt(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    first = asyncio.Event()

    async def reader() -> None:
        async for _ in await opened(api, provider):
            first.set()
            await asyncio.sleep(5)

    await cancelled_once(asyncio.create_task(reader()), first)
    # Nobody closed it: when the stream is dropped, the cancellation is long over.
    assert await async_ending(recorded) == ("abandoned", *api.unfinished)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_task_cancelled_before_the_headers_cancels_its_attempt(
    api: Api, stream: bool, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer(delay=5))
    task = asyncio.create_task(api.create(api.async_client(provider), stream=stream))
    while not provider.requests:
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await async_ending(recorded) == ("cancelled", "missing", "no_usage")


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_call_that_wait_for_gives_up_is_cancelled(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(api.answer(delay=5))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(api.create(api.async_client(provider)), 0.1)
    assert await async_ending(recorded) == ("cancelled", "missing", "no_usage")


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_stream_that_wait_for_gives_up_is_cancelled(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = await opened(api, provider, api.stalled())
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(read(stream), 1)
    assert await async_ending(recorded) == ("cancelled", *api.unfinished)


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_stream_in_a_cancel_scope_that_ends_is_cancelled(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    stream = await opened(api, provider, api.stalled())
    with anyio.move_on_after(1) as scope:
        await read(stream)
    assert scope.cancel_called
    assert await async_ending(recorded) == ("cancelled", *api.unfinished)


async def test_a_cancelled_stream_whose_answer_was_whole_is_accepted(recorded: Recorded, provider: Standin) -> None:
    whole = asyncio.Event()

    async def reader() -> None:
        async with await opened(MESSAGES, provider, MESSAGES.stalled(len(MESSAGES.events) - 1)) as stream:
            async for event in stream:
                if event.type == "message_delta":
                    whole.set()
                    await asyncio.sleep(5)

    await cancelled_once(asyncio.create_task(reader()), whole)
    assert await async_ending(recorded) == WHOLE


# --- failed ---


@pytest.mark.parametrize("api", STREAMED)
async def test_a_stream_that_the_server_drops_fails(api: Api, recorded: Recorded, provider: Standin) -> None:
    with pytest.raises(STREAM_ERRORS) as raised:
        await read(await opened(api, provider, api.stream(cut_after=1)))
    assert await async_ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == type(raised.value).__qualname__


@pytest.mark.parametrize("api", STREAMED)
async def test_an_error_event_fails_the_stream(api: Api, recorded: Recorded, provider: Standin) -> None:
    stream = await opened(api, provider, Reply(events=[api.events[0], api.error_event]))
    try:
        await read(stream)
    except STREAM_ERRORS:
        pass  # an error event of the Responses API is an item like others in some versions of the SDK
    assert await async_ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == api.error_type


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_a_read_timeout_half_way_fails_the_stream(api: Api, recorded: Recorded, provider: Standin) -> None:
    with pytest.raises(STREAM_ERRORS) as raised:
        await read(await opened(api, provider, api.stalled(), timeout=1))
    assert await async_ending(recorded) == ("failed", *api.unfinished)
    assert recorded.attempt()[names.ERROR_TYPE] == type(raised.value).__qualname__
    assert "Timeout" in type(raised.value).__name__


# --- event loops ---


@pytest.mark.parametrize("chunks", [0, 1])
@pytest.mark.parametrize("api", THREE_SHAPES)
def test_an_event_loop_that_ends_leaves_no_stream_open(
    api: Api, chunks: int, recorded: Recorded, provider: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    held: list[Any] = []

    async def left_open() -> None:
        held.append(await opened(api, provider))
        for _ in range(chunks):
            await held[0].__anext__()

    asyncio.run(left_open())
    held.clear()
    expected = ("abandoned", *api.unfinished) if chunks else NOTHING_READ
    assert ending(recorded) == expected
    # httpx2's generators get into each other's way when a loop closes them all at once, with and without us.
    assert "otel_llmroute" not in caplog.text
    caplog.clear()


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_loop_closed_without_a_word_leaves_no_stream_open(api: Api, recorded: Recorded, provider: Standin) -> None:
    loop = asyncio.new_event_loop()
    stream = loop.run_until_complete(opened(api, provider))
    loop.run_until_complete(stream.__anext__())
    loop.run_until_complete(stream.close())
    loop.close()
    del stream
    assert ending(recorded) == ("abandoned", *api.unfinished)


@sdk_features.needs_module("trio")
@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_stream_under_trio_ends_as_under_asyncio(api: Api, provider: Standin) -> None:
    import trio

    async def whole() -> None:
        await read(await opened(api, provider))

    async def cut_off() -> None:
        stream = await opened(api, provider, api.stalled())
        with trio.move_on_after(1):
            await read(stream)

    for recorded in record():
        trio.run(whole)
        assert ending(recorded) == WHOLE
    for recorded in record():
        trio.run(cut_off)
        assert ending(recorded) == ("cancelled", *api.unfinished)


# --- stream helpers ---


async def test_text_stream_ends_at_its_end(recorded: Recorded, provider: Standin) -> None:
    provider.default(MESSAGES.stream())
    client = MESSAGES.async_client(provider)
    async with client.messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=[]) as stream:
        text = "".join([part async for part in stream.text_stream])
    assert text == MESSAGES.body["content"][0]["text"]
    assert await async_ending(recorded) == WHOLE


async def test_a_message_stream_left_in_the_middle_of_its_text_is_abandoned(
    recorded: Recorded, provider: Standin
) -> None:
    provider.default(MESSAGES.stream())
    client = MESSAGES.async_client(provider)
    async with client.messages.stream(model="claude-haiku-4-5", max_tokens=64, messages=[]) as stream:
        async for _ in stream.text_stream:
            break
    assert await async_ending(recorded) == ("abandoned", *MESSAGES.unfinished)


@pytest.fixture
def nothing_is_collected() -> Iterator[None]:
    """The SDK's own generators get into each other's way if they are found while a stream is on its way, bare too."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("nothing_is_collected")
async def test_streams_dropped_by_the_hundred_leave_no_attempt_open(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.stream())
    async with CHAT.async_client(provider) as client:
        for number in range(100):
            stream = await CHAT.create(client, stream=True)
            if number % 2:
                await stream.__anext__()
            del stream
            await asyncio.sleep(0)
        collect()
        for _ in range(20):
            await asyncio.sleep(0)
    assert [attempt[names.ATTEMPT_OUTCOME] for attempt in recorded.attempts()] == ["abandoned"] * 100
