"""The same calls by aioboto3, which makes its clients of aiobotocore."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from otel_llmroute import names
from tests.app.conftest import Recorded
from tests.routers.bedrock.answers import (
    ACCOUNT,
    ASKED,
    HAIKU,
    MESSAGE,
    PROMPT_ROUTER,
    SONNET,
    converse,
    converse_events,
    routed_to,
)
from tests.routers.bedrock.asking import NOVA
from tests.routers.bedrock.test_bedrock import EXPECTED, seen
from tests.routers.bedrock.test_streams import ending
from tests.routers.bedrock.wire import Bedrock, events, failed, told

aioboto3 = pytest.importorskip("aioboto3")


@pytest.fixture
async def client(bedrock: Bedrock) -> AsyncIterator[Any]:
    session = aioboto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")
    config = Config(retries={"mode": "standard", "total_max_attempts": 2})
    async with session.client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url=bedrock.url, config=config
    ) as made:
        yield made


async def test_a_prompt_router_says_which_model_it_chose(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse(trace=routed_to(f"{ACCOUNT}:inference-profile/{HAIKU}"))))
    result = await client.converse(modelId=PROMPT_ROUTER, messages=ASKED)
    assert result["stopReason"] == "end_turn"
    assert seen(recorded) == EXPECTED["a prompt router chooses a model"]


async def test_a_stream_says_it_in_its_last_event(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events(trace=routed_to(f"{ACCOUNT}:inference-profile/{HAIKU}"))))
    result = await client.converse_stream(modelId=PROMPT_ROUTER, messages=ASKED)
    assert len([event async for event in result["stream"]]) == 6
    assert seen(recorded) == EXPECTED["a prompt router chooses a model"]


async def test_a_body_is_read_along(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(MESSAGE))
    result = await client.invoke_model(modelId=SONNET, body=json.dumps({"messages": []}))
    async with result["body"] as body:
        assert json.loads(await body.read()) == MESSAGE
    assert ending(recorded) == ("accepted", None, "reported", 117, 158)


async def test_a_retry_and_an_error_are_told(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(failed("ThrottlingException", 429), failed("ThrottlingException", 429))
    with pytest.raises(ClientError):
        await client.converse(modelId=NOVA, messages=ASKED)
    attempt = recorded.attempt()
    assert (attempt[names.ATTEMPT_SDK_RETRIES], attempt[names.ERROR_TYPE]) == (1, "ThrottlingException")
