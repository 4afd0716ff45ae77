"""Anthropic's own client of Bedrock goes by HTTP, not by boto3: its calls are seen once, and priced as boto3's are."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from otel_llmroute import names
from tests.app.conftest import Recorded, collect
from tests.routers.bedrock.answers import ACCOUNT, HAIKU, MESSAGE, PROMPT_ROUTER, SONNET, message_events
from tests.routers.bedrock.asking import invoke
from tests.routers.bedrock.conftest import client_of
from tests.routers.bedrock.wire import Bedrock, events, told

anthropic = pytest.importorskip("anthropic")

GLOBAL: Final = SONNET.replace("us.", "global.", 1)
APPLICATION_PROFILE: Final = f"{ACCOUNT}:application-inference-profile/a1b2c3d4e5f6"
PRICED: Final = {
    # 17 tokens of input, 100 from the cache, 158 of output
    GLOBAL: ("priced", 0.002451),  # 3, 0.3 and 15 per million
    f"{ACCOUNT}:inference-profile/{GLOBAL}": ("priced", 0.002451),
    SONNET: ("priced", 0.0026961),  # 3.3, 0.33 and 16.5
    SONNET.removeprefix("us."): ("priced", 0.0026961),
    APPLICATION_PROFILE: ("unpriced", None),  # global or of a geography: nobody says
}


@pytest.fixture
def client(bedrock: Bedrock) -> Any:
    return anthropic.AnthropicBedrock(
        aws_access_key="key", aws_secret_key="secret", aws_region="us-east-1", base_url=bedrock.url
    )


def ask(client: Any, model: str, **more: Any) -> Any:
    asked = [{"role": "user", "content": "Where is my order?"}]
    return client.messages.create(model=model, max_tokens=9, messages=asked, **more)


def cost(recorded: Recorded) -> tuple[Any, Any]:
    attempt = recorded.attempt()
    return attempt[names.COST_STATUS], attempt.get(names.COST_AMOUNT)


def test_a_call_of_anthropics_client_is_one_attempt(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(MESSAGE))
    assert ask(client, SONNET).model == "claude-sonnet-4-5-20250929"
    attempt = recorded.attempt()
    assert (attempt[names.PROVIDER_NAME], attempt[names.REQUEST_MODEL]) == ("aws.bedrock", SONNET)
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_OUTPUT_TOKENS]) == (117, 158)
    assert json.loads(bedrock.requests[0][1])["max_tokens"] == 9


@pytest.mark.parametrize("model", PRICED)
def test_a_call_is_priced_as_the_profile_that_was_asked(
    recorded: Recorded, bedrock: Bedrock, client: Any, model: str
) -> None:
    bedrock.says(told(MESSAGE))
    ask(client, model)
    assert cost(recorded) == PRICED[model]
    assert names.RESPONSE_MODEL not in recorded.attempt()  # whoever prices it later goes by the same name


@pytest.mark.parametrize("model", PRICED)
def test_boto3_gives_the_same_price(recorded: Recorded, bedrock: Bedrock, model: str) -> None:
    bedrock.says(told(MESSAGE))
    invoke(client_of(bedrock), model, {"messages": []})
    assert cost(recorded) == PRICED[model]


def test_a_stream_is_priced_as_the_profile_that_was_asked(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*message_events()))
    assert len(list(ask(client, GLOBAL, stream=True))) == 4
    assert cost(recorded) == ("priced", 0.000366)  # 17 and 21 tokens
    assert names.RESPONSE_MODEL not in recorded.attempt()


def test_what_a_prompt_router_chose_is_known_by_the_body_alone(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(MESSAGE))
    ask(client, PROMPT_ROUTER)
    collect()
    assert recorded.attempt()[names.RESPONSE_MODEL] == "claude-sonnet-4-5-20250929"
    assert cost(recorded) == PRICED[SONNET]


def test_a_name_of_a_proxys_own_is_priced_as_the_model_that_answered(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told({**MESSAGE, "model": HAIKU}))
    ask(client, "our-favourite")
    assert recorded.attempt()[names.RESPONSE_MODEL] == HAIKU
    assert cost(recorded) == ("priced", 0.0008987)  # 1.1, 0.11 and 5.5 per million
