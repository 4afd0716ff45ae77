"""Prompt routers, inference profiles and tiers of Amazon Bedrock, by the real boto3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from otel_llmroute import route
from tests.app.conftest import Recorded, collect
from tests.routers.bedrock.answers import (
    ACCOUNT,
    ASKED,
    CACHED,
    HAIKU,
    MESSAGE,
    PROMPT_ROUTER,
    SONNET,
    converse,
    converse_events,
    routed_to,
)
from tests.routers.bedrock.conftest import needs
from tests.routers.bedrock.wire import Bedrock, events, failed, told
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)


def ask(client: Any, model: str, **more: Any) -> Any:
    return client.converse(modelId=model, messages=ASKED, **more)


def ask_in_stream(client: Any, model: str, **more: Any) -> list[Any]:
    return list(client.converse_stream(modelId=model, messages=ASKED, **more)["stream"])


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


# --- prompt routers ---


def test_a_prompt_router_says_which_model_it_chose(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse(trace=routed_to(f"{ACCOUNT}:inference-profile/{HAIKU}"))))
    ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router chooses a model"]


def test_a_stream_says_it_in_its_last_event(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events(trace=routed_to(f"{ACCOUNT}:inference-profile/{HAIKU}"))))
    assert len(ask_in_stream(client, PROMPT_ROUTER)) == 6
    assert seen(recorded) == EXPECTED["a prompt router chooses a model"]


def test_a_prompt_router_that_chose_its_fallback_model_did_not_fall_back(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(converse(trace=routed_to(f"{ACCOUNT}:inference-profile/{SONNET}"))))
    ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router chooses its fallback model"]


def test_without_a_trace_nobody_knows_which_model_answered(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()))
    ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router says nothing"]


def test_a_prompt_router_asked_by_invoke_model_is_known_by_the_body(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(MESSAGE))
    answer = client.invoke_model(modelId=PROMPT_ROUTER, body=json.dumps({"messages": [], "max_tokens": 9}))
    assert json.loads(answer["body"].read())["id"] == "msg_bdrk_1"
    assert seen(recorded) == EXPECTED["a prompt router asked by InvokeModel"]


def test_inside_a_route_of_the_application_the_prompt_router_says_why(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(converse(trace=routed_to(HAIKU))))
    with route("support.reply"):
        ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router inside a route of the application"]


def test_a_decision_of_the_application_is_not_overruled(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse(trace=routed_to(HAIKU))))
    with route("support.reply") as reply:
        reply.decide(f"aws.bedrock/{PROMPT_ROUTER}", reason="customer_tier")
        ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router that the application decided on"]


# --- profiles, latency, tiers ---


def test_a_profile_of_a_geography_is_chosen_for_its_place(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()))
    ask(client, SONNET)
    assert seen(recorded) == EXPECTED["an inference profile of one geography"]


def test_the_arn_of_a_profile_is_priced_as_the_profile(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()))
    ask(client, f"{ACCOUNT}:inference-profile/{SONNET}")
    assert seen(recorded) == EXPECTED["an inference profile by its ARN"]


def test_a_global_profile_balances_load(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()))
    ask(client, SONNET.replace("us.", "global.", 1))
    assert seen(recorded) == EXPECTED["a global inference profile"]


def test_an_application_profile_hides_model_and_price(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()))
    ask(client, f"{ACCOUNT}:application-inference-profile/a1b2c3d4e5f6")
    assert seen(recorded) == EXPECTED["an application inference profile"]


def test_a_latency_optimised_model_is_chosen_for_its_latency(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse(performanceConfig={"latency": "optimized"})))
    ask(client, "amazon.nova-pro-v1:0", performanceConfig={"latency": "optimized"})
    assert seen(recorded) == EXPECTED["a latency-optimised model"]


def test_a_plain_model_has_no_router(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()))
    ask(client, "amazon.nova-pro-v1:0")
    assert seen(recorded) == EXPECTED["a model named by the application"]


def test_tokens_of_the_cache_are_priced_as_such(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    needs(client, "CacheDetail")
    bedrock.says(told(converse(CACHED, trace=routed_to(HAIKU))))
    ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router, and tokens from and for the cache"]


def test_what_an_old_boto3_leaves_out_is_no_price(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse({"inputTokens": 100, "outputTokens": 10, "totalTokens": 4110})))
    ask(client, "amazon.nova-pro-v1:0")
    assert seen(recorded) == EXPECTED["a boto3 that leaves out the tokens of the cache"]


# --- what goes wrong ---


def test_the_application_falls_back_from_one_model_to_another(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(*[failed("ThrottlingException", 429)] * 3, told(converse()))
    with route("support.reply"):
        try:
            ask(client, SONNET)
        except ClientError:
            ask(client, "amazon.nova-pro-v1:0")
    assert seen(recorded) == EXPECTED["the application falls back when it is throttled"]


def test_a_prompt_router_that_fails_is_a_failed_route(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(failed("ValidationException", 400))
    with pytest.raises(ClientError):
        ask(client, PROMPT_ROUTER)
    assert seen(recorded) == EXPECTED["a prompt router that fails"]
