"""Anthropic's own middleware, which asks the next model after a refusal: both are billed, each once."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import pytest
from standin import anthropic_wire, sse

from tests.app import sdk_features
from tests.app.conftest import Recorded, collect
from tests.routers.gateways.clients import QUESTION, Events
from tests.routers.scenarios import recorded_routes

middleware = pytest.importorskip("anthropic.lib.middleware", reason="this SDK has no middleware")
HTTP = sdk_features.HTTP["anthropic"]
REFUSED = {"type": "refusal", "category": "cyber", "explanation": None, "fallback_credit_token": "t"}
HALF_WAY_COST = (1000 * 5 + 7 * 25 + 1000 * 1 + 20 * 5) / 1_000_000


def answer(request: Any) -> Any:
    """The larger model refuses after 7 tokens."""
    model = json.loads(request.content)["model"]
    is_refused = "opus" in model
    events = anthropic_wire.message_events(
        "hi",
        model=model,
        usage=anthropic_wire.usage(1000, 7 if is_refused else 20),
        stop_reason="refusal" if is_refused else "end_turn",
    )
    if is_refused:
        events[-2]["delta"]["stop_details"] = {**REFUSED, "fallback_has_prefill_claim": False}
    headers = {"content-type": "text/event-stream"}
    return HTTP.Response(200, headers=headers, stream=Events(HTTP, sse.named(events)))


def options(client: Any) -> dict[str, Any]:
    falling_back = middleware.BetaRefusalFallbackMiddleware([{"model": "claude-haiku-4-5"}])
    transport = client(transport=HTTP.MockTransport(answer))
    return {"api_key": "none", "max_retries": 0, "http_client": transport, "middleware": [falling_back]}


ASKED: dict[str, Any] = {"model": "claude-opus-4-5", "max_tokens": 9, "messages": QUESTION, "stream": True}


def is_one_call(recorded: Recorded) -> None:
    collect()
    (route,) = recorded_routes(recorded.spans())
    assert route["fallback_path"] == ["anthropic/claude-opus-4-5", "anthropic/claude-haiku-4-5"]
    (attempt,) = route["attempt"]
    assert (attempt["reason"], attempt["cost"]) == ("fallback_content_policy", HALF_WAY_COST)


def test_a_stream_that_goes_on_with_another_model_is_one_call(recorded: Recorded) -> None:
    for _ in anthropic.Anthropic(**options(HTTP.Client)).beta.messages.create(**ASKED):
        pass
    is_one_call(recorded)


async def test_an_asynchronous_stream_that_goes_on_with_another_model_is_one_call(recorded: Recorded) -> None:
    async for _ in await anthropic.AsyncAnthropic(**options(HTTP.AsyncClient)).beta.messages.create(**ASKED):
        pass
    is_one_call(recorded)
