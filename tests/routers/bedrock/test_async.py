"""The same calls by aiobotocore: one attempt each, however its stream or its body is left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EventStreamError

from otel_llmroute import LLMRouteInstrumentor, bind, names
from tests.app.conftest import Recorded, collect
from tests.routers.bedrock.answers import (
    ACCOUNT,
    ASKED,
    HAIKU,
    MESSAGE,
    PROMPT_ROUTER,
    converse,
    converse_events,
    routed_to,
)
from tests.routers.bedrock.test_bedrock import EXPECTED, seen
from tests.routers.bedrock.test_streams import CLAUDE, NOVA, ending
from tests.routers.bedrock.wire import Bedrock, Said, events, failed, frame, told

session = pytest.importorskip("aiobotocore.session")


@pytest.fixture
async def aio(bedrock: Bedrock) -> AsyncIterator[Any]:
    """A client of aiobotocore."""
    made = session.get_session().create_client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=bedrock.url,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        config=pytest.importorskip("aiobotocore.config").AioConfig(
            retries={"mode": "standard", "total_max_attempts": 2}
        ),
    )
    async with made as client:
        yield client


async def streamed(aio: Any) -> Any:
    return (await aio.converse_stream(modelId=NOVA, messages=ASKED))["stream"]


async def invoked(aio: Any) -> Any:
    return (await aio.invoke_model(modelId=CLAUDE, body=json.dumps({"messages": []})))["body"]


async def test_a_prompt_router_says_which_model_it_chose(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(told(converse(trace=routed_to(f"{ACCOUNT}:inference-profile/{HAIKU}"))))
    await aio.converse(modelId=PROMPT_ROUTER, messages=ASKED)
    assert seen(recorded) == EXPECTED["a prompt router chooses a model"]


async def test_a_stream_says_it_in_its_last_event(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(events(*converse_events(trace=routed_to(f"{ACCOUNT}:inference-profile/{HAIKU}"))))
    result = await aio.converse_stream(modelId=PROMPT_ROUTER, messages=ASKED)
    assert len([event async for event in result["stream"]]) == 6
    assert seen(recorded) == EXPECTED["a prompt router chooses a model"]


async def test_a_retry_and_an_error_are_told(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(failed("ThrottlingException", 429), failed("ThrottlingException", 429))
    with pytest.raises(ClientError):
        await aio.converse(modelId=NOVA, messages=ASKED)
    attempt = recorded.attempt()
    assert (attempt[names.ATTEMPT_SDK_RETRIES], attempt[names.ERROR_TYPE]) == (1, "ThrottlingException")


async def test_a_stream_left_half_way_is_abandoned(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(events(*converse_events()))
    stream = await streamed(aio)
    async for _ in stream:
        break
    stream.close()
    assert ending(recorded) == ("abandoned", None, "missing", None, None)


async def test_a_stream_that_is_dropped_is_abandoned(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(events(*converse_events()))
    await streamed(aio)
    assert ending(recorded) == ("abandoned", None, "missing", None, None)


async def test_an_exception_among_the_events_is_the_error(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(events(converse_events()[0], frame("throttlingException", {"message": "no"}, "exception")))
    with pytest.raises(EventStreamError):
        _ = [event async for event in await streamed(aio)]
    assert ending(recorded) == ("failed", "ThrottlingException", "missing", None, None)


async def test_a_task_cancelled_while_it_waits_for_an_event_is_cancelled(
    recorded: Recorded, bedrock: Bedrock, aio: Any
) -> None:
    frames = converse_events()
    bedrock.says(Said(frames, 200, {"content-type": "application/vnd.amazon.eventstream"}, pause_s=2.0))

    async def read() -> None:
        async for _ in await streamed(aio):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ending(recorded)[:2] == ("cancelled", "CancelledError")


async def test_a_task_cancelled_before_the_answer_is_cancelled(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(Said([b"{", b"}"], 200, {"content-type": "application/json"}, pause_s=2.0))
    task = asyncio.create_task(aio.converse(modelId=NOVA, messages=ASKED))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ending(recorded)[:2] == ("cancelled", "CancelledError")


async def whole(body: Any) -> bytes:
    return bytes(await body.read())


async def in_chunks(body: Any) -> bytes:
    return b"".join([chunk async for chunk in body.iter_chunks(5)])


async def in_lines(body: Any) -> bytes:
    return b"".join([line async for line in body.iter_lines()])


async def by_iteration(body: Any) -> bytes:
    return b"".join([chunk async for chunk in body])


async def inside_a_with(body: Any) -> bytes:
    async with body as stream:
        return bytes(await stream.read())


@pytest.mark.parametrize("reading", [whole, in_chunks, in_lines, by_iteration, inside_a_with])
async def test_a_body_is_read_along_however_it_is_read(
    recorded: Recorded, bedrock: Bedrock, aio: Any, reading: Any
) -> None:
    bedrock.says(told(MESSAGE, x_amzn_bedrock_input_token_count="17", x_amzn_bedrock_output_token_count="158"))
    body = await invoked(aio)
    assert isinstance(body, pytest.importorskip("aiobotocore.response").StreamingBody)
    assert await reading(body) == json.dumps(MESSAGE).encode()
    assert ending(recorded) == ("accepted", None, "reported", 117, 158)


async def test_a_body_that_is_not_read_was_counted_by_its_headers(
    recorded: Recorded, bedrock: Bedrock, aio: Any
) -> None:
    bedrock.says(told(MESSAGE, x_amzn_bedrock_input_token_count="17", x_amzn_bedrock_output_token_count="158"))
    (await invoked(aio)).close()
    assert ending(recorded) == ("abandoned", None, "reported", 17, 158)


async def test_tasks_side_by_side_keep_their_own_facts(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(*[told(converse())] * 6)

    async def work(tenant: str) -> None:
        with bind(tenant=tenant):
            await aio.converse(modelId=HAIKU, messages=ASKED)

    await asyncio.gather(*(work(f"tenant-{number}") for number in range(6)))
    collect()
    assert {attempt[names.TENANT_ID] for attempt in recorded.attempts()} == {f"tenant-{n}" for n in range(6)}


async def test_switched_off_nothing_is_recorded(recorded: Recorded, bedrock: Bedrock, aio: Any) -> None:
    bedrock.says(told(converse()))
    LLMRouteInstrumentor().uninstrument()
    await aio.converse(modelId=NOVA, messages=ASKED)
    assert recorded.spans() == []
