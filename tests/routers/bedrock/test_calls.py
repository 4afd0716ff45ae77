"""Calls of Amazon Bedrock's runtime by boto3 are attempts: tiers, cache tokens, and whose they are."""

from __future__ import annotations

import gc
import threading
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.eventstream import EventStream
from botocore.response import StreamingBody
from opentelemetry import context as otel_context

from otel_llmroute import LLMRouteInstrumentor, bind, names
from tests.app.conftest import Recorded
from tests.routers.bedrock.answers import ASKED, CACHED, HAIKU, PROMPT_ROUTER, SONNET, converse, routed_to
from tests.routers.bedrock.asking import NOVA, ask
from tests.routers.bedrock.conftest import client_of, needs
from tests.routers.bedrock.wire import Bedrock, told


def test_a_call_is_one_attempt_with_all_that_was_said(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    needs(client, "CacheDetail")
    bedrock.says(told(converse(CACHED)))
    result = ask(client, inferenceConfig={"maxTokens": 9, "temperature": 0.5, "topP": 0.9, "stopSequences": ["."]})
    assert result["usage"] == CACHED
    (span,) = recorded.spans()
    attempt = dict(span.attributes or {})
    port = attempt.pop(names.SERVER_PORT)
    assert f"http://127.0.0.1:{port}" == bedrock.url
    assert span.name == f"chat {NOVA}"
    assert attempt == {
        names.RECORD_KIND: "attempt",
        names.OPERATION_NAME: "chat",
        names.PROVIDER_NAME: "aws.bedrock",
        names.REQUEST_MODEL: NOVA,
        names.REQUEST_MAX_TOKENS: 9,
        names.REQUEST_TEMPERATURE: 0.5,
        names.REQUEST_TOP_P: 0.9,
        names.REQUEST_STOP_SEQUENCES: (".",),
        names.SERVER_ADDRESS: "127.0.0.1",
        names.PURPOSE: "answer",
        names.CALLSITE: "tests/routers/bedrock/asking.py:ask",
        names.ROUTE_NAME: "tests/routers/bedrock/asking.py:ask",
        names.ROUTE_SOURCE: "callsite",
        names.ROUTE_REASON: "explicit",
        names.ROUTE_DESTINATION: "model",
        names.ATTEMPT_NUMBER: 1,
        names.ATTEMPT_REASON: "initial",
        names.ATTEMPT_OUTCOME: "accepted",
        names.ATTEMPT_SDK_RETRIES: 0,
        names.HTTP_STATUS_CODE: 200,
        names.RESPONSE_FINISH_REASONS: ("end_turn",),
        names.USAGE_STATUS: "reported",
        names.USAGE_INPUT_TOKENS: 5100,
        names.USAGE_OUTPUT_TOKENS: 10,
        names.USAGE_CACHE_READ: 4000,
        names.USAGE_CACHE_WRITE: 1000,
        names.USAGE_CACHE_WRITE_5M: 400,
        names.USAGE_CACHE_WRITE_1H: 600,
        names.PRICE_REGION: "us-east-1",
        names.PRICE_VERSION: attempt[names.PRICE_VERSION],
        names.COST_STATUS: "priced",  # Nova's price for what is written to the cache is that of input
        names.COST_SOURCE: "local",
        names.COST_CURRENCY: "USD",
        names.COST_AMOUNT: 0.0001284,
        names.COST_INPUT: 0.000066,
        names.COST_CACHE_READ: 0.00006,
        names.COST_OUTPUT: 0.0000024,
        names.USAGE_COST_AMOUNT: 0.0001284,
        names.USAGE_COST_CURRENCY: "USD",
        names.USAGE_COST_SOURCE: "local",
    }


def test_facts_that_are_bound_are_on_the_attempt_and_on_its_route(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(converse()))
    with bind(tenant="acme", feature="inbox"):
        ask(client, SONNET)
    attempt, routed = recorded.attempt(), dict(recorded.spans("route")[0].attributes or {})
    for said in (attempt, routed):
        assert (said[names.TENANT_ID], said[names.FEATURE]) == ("acme", "inbox")
    assert attempt[names.ROUTE_ID] == routed[names.ROUTE_ID]


def test_what_the_application_does_to_its_result_changes_nothing_of_the_record(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(converse(trace=routed_to(HAIKU))))
    result = ask(client, PROMPT_ROUTER)
    result["usage"].update(inputTokens=0, outputTokens=0)
    result["trace"].clear()
    result.clear()
    attempt = recorded.attempt()  # read only now
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_OUTPUT_TOKENS]) == (100, 10)
    assert attempt[names.RESPONSE_MODEL] == HAIKU


def test_the_route_of_a_call_stands_beside_it(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(converse()), told(converse()))
    tracer = recorded.tracer_provider.get_tracer("app")
    with tracer.start_as_current_span("request") as request:
        ask(client, SONNET)
    ask(client, SONNET)
    routes, attempts = recorded.spans("route"), recorded.spans("attempt")
    assert routes[0].parent == attempts[0].parent == request.get_span_context()
    assert routes[1].context.trace_id == attempts[1].context.trace_id  # where nothing is around, one trace all the same
    for routed, attempt in zip(routes, attempts, strict=True):
        assert routed.start_time == attempt.start_time
        assert routed.end_time <= attempt.end_time


@pytest.mark.parametrize(
    ("asked", "served", "tier", "reason"),
    [
        ({"type": "flex"}, {"type": "flex"}, "flex", "batch"),
        ({"type": "priority"}, {"type": "default"}, "standard", "latency"),  # no room for it
        ({"type": "default"}, {"type": "default"}, "standard", "explicit"),
        (None, None, None, "explicit"),
    ],
)
def test_the_tier_that_served_sets_the_price_and_the_one_asked_for_is_the_reason(
    recorded: Recorded, bedrock: Bedrock, asked: Any, served: Any, tier: str | None, reason: str
) -> None:
    client = client_of(bedrock, parameter_validation=False)
    needs(client, "ServiceTier")
    bedrock.says(told(converse(**({"serviceTier": served} if served else {}))))
    ask(client, **({"serviceTier": asked} if asked else {}))
    attempt = recorded.attempt()
    assert (attempt.get(names.PRICE_SERVICE_TIER), attempt[names.ROUTE_REASON]) == (tier, reason)


def test_other_operations_and_other_services_are_no_attempts(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told({"inputTokens": 9}), told({"Buckets": []}))
    if hasattr(client, "count_tokens"):
        client.count_tokens(modelId=NOVA, input={"converse": {"messages": ASKED}})
    logs = client_of(bedrock, "logs")
    bedrock.says(told({"logGroups": []}))
    logs.describe_log_groups()
    assert recorded.spans() == []


def test_a_call_inside_suppressed_instrumentation_is_not_recorded(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(told(converse()))
    token = otel_context.attach(otel_context.set_value("suppress_instrumentation", True))
    ask(client)
    otel_context.detach(token)
    assert recorded.spans() == []


def test_calls_of_many_threads_keep_their_own_facts(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(*[told(converse())] * 8)

    def work(tenant: str) -> None:
        with bind(tenant=tenant):
            ask(client, SONNET)

    threads = [threading.Thread(target=work, args=(f"tenant-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tenants = {attempt[names.TENANT_ID]: attempt[names.ROUTE_ID] for attempt in recorded.attempts()}
    routes = {
        (span.attributes or {})[names.TENANT_ID]: (span.attributes or {})[names.ROUTE_ID]
        for span in recorded.spans("route")
    }
    assert len(tenants) == 8
    assert tenants == routes


def test_nothing_is_held_once_calls_have_ended(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    from otel_llmroute.app.lifecycle import Attempt

    bedrock.says(*[told(converse())] * 20)
    for _ in range(20):
        ask(client, SONNET)
    recorded.reader.get_metrics_data()
    recorded.exporter.clear()
    gc.collect()
    assert [each for each in gc.get_objects() if type(each) is Attempt and each.open] == []


def test_switched_off_botocore_is_as_it_was(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    owners = (
        (BaseClient, "_make_api_call"),
        (Endpoint, "_needs_retry"),
        (EventStream, "__iter__"),
        (EventStream, "close"),
        (StreamingBody, "read"),
        (StreamingBody, "readinto"),
        (StreamingBody, "__enter__"),
    )
    before = [getattr(owner, name).__wrapped__ for owner, name in owners if hasattr(owner, name)]
    LLMRouteInstrumentor().uninstrument()
    assert [getattr(owner, name) for owner, name in owners if hasattr(owner, name)] == before
    bedrock.says(told(converse()))
    ask(client)
    assert recorded.spans() == []
