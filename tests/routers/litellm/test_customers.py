"""Whose call it is: what LiteLLM makes for one customer's request is never a part of the request before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from standin import Standin

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, collect
from tests.routers.litellm import apps
from tests.routers.litellm.apps import MESSAGES, litellm

pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own, of pydantic
CHUNK = {"text": "hi", "is_finished": True, "finish_reason": "stop", "index": 0, "usage": None, "tool_use": None}
GROUPS = (("gpt", "openai/gpt-5"), ("claude", "anthropic/claude-haiku-4-5"))
BEFORE = ("a request to a Router", "a call without a Router", "gpt, half read", "claude, half read")
"""What the customer before has asked for."""


@pytest.fixture(autouse=True)
def _own_provider(provider: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that the application has written: LiteLLM calls it without a word, and it asks OpenAI's SDK."""
    import openai

    address = {"base_url": provider.openai_url, "api_key": "none", "max_retries": 0}
    asked: dict[str, Any] = {"model": "gpt-5-nano", "messages": MESSAGES}

    class Own(litellm.CustomLLM):  # type: ignore[misc]
        def completion(self, *args: Any, **kwargs: Any) -> Any:
            return litellm.ModelResponse(**openai.OpenAI(**address).chat.completions.create(**asked).model_dump())

        def streaming(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
            openai.OpenAI(**address).chat.completions.create(**asked)
            yield CHUNK

        async def acompletion(self, *args: Any, **kwargs: Any) -> Any:
            answer = await openai.AsyncOpenAI(**address).chat.completions.create(**asked)
            return litellm.ModelResponse(**answer.model_dump())

        async def astreaming(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            await openai.AsyncOpenAI(**address).chat.completions.create(**asked)
            yield CHUNK

    monkeypatch.setattr(litellm, "custom_provider_map", [{"provider": "own", "custom_handler": Own()}])


def is_each_customers_own(recorded: Recorded) -> bool:
    """Each call has the tenant and the trace of who asked for it, and is counted for the route of his."""
    collect()
    found = {
        attempt["gen_ai.request.model"]: (attempt.get("llmroute.tenant.id"), attempt["llmroute.route.name"])
        for attempt in recorded.attempts()
    }
    assert found.pop("gpt-5-nano") == ("globex", "globex.reply")
    assert list(found.values()) in ([("acme", "acme.reply")], [])  # a stream of which somebody still holds a part
    (route,) = (span for span in recorded.spans("route") if span.name == "route globex.reply")
    (attempt,) = (span for span in recorded.spans("attempt") if span.name == "chat gpt-5-nano")
    assert (route.attributes or {})["llmroute.route.attempt_count"] == 1
    assert attempt.parent is not None
    assert attempt.parent.span_id == route.context.span_id
    return True


@pytest.mark.parametrize("is_streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("before", BEFORE)
def test_a_call_that_litellm_says_nothing_of_is_not_the_customers_before(
    before: str, is_streamed: bool, recorded: Recorded, provider: Standin
) -> None:
    app, held = apps.router(provider, *GROUPS), None
    with llmroute.bind(tenant="acme"), llmroute.route("acme.reply"):
        if before == "a request to a Router":
            apps.sync(app, "gpt")
        elif before == "a call without a Router":
            apps.no_router(provider)
        else:
            held = app.completion(model=before.partition(",")[0], messages=MESSAGES, stream=True)
            next(iter(held))
    with llmroute.bind(tenant="globex"), llmroute.route("globex.reply"):
        answer = litellm.completion(model="own/thing", messages=MESSAGES, stream=is_streamed)
        if is_streamed:
            list(answer)
    del held
    assert is_each_customers_own(recorded)


@pytest.mark.parametrize("is_streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("before", BEFORE)
def test_in_one_task_too_each_call_is_who_asked_for_its(
    before: str, is_streamed: bool, recorded: Recorded, provider: Standin
) -> None:
    app = apps.router(provider, *GROUPS)
    address = {"api_base": provider.openai_url, "api_key": "none"}

    async def serve() -> None:
        held = None
        with llmroute.bind(tenant="acme"), llmroute.route("acme.reply"):
            if before == "a request to a Router":
                await app.acompletion(model="gpt", messages=MESSAGES)
            elif before == "a call without a Router":
                await litellm.acompletion(model="openai/gpt-5", messages=MESSAGES, **address)
            else:
                held = await app.acompletion(model=before.partition(",")[0], messages=MESSAGES, stream=True)
                await held.__anext__()
        with llmroute.bind(tenant="globex"), llmroute.route("globex.reply"):
            # A sync one: an async one is told of before it is made, and ends what was waited for.
            answer = litellm.completion(model="own/thing", messages=MESSAGES, stream=is_streamed)
            if is_streamed:
                list(answer)
        if held is not None:
            await held.aclose()

    asyncio.run(serve())
    assert is_each_customers_own(recorded)


def test_a_guard_that_asks_a_model_for_one_customer_is_not_the_customers_before(
    recorded: Recorded, provider: Standin
) -> None:
    import openai
    from litellm.integrations.custom_logger import CustomLogger

    sdk = openai.OpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)

    class Guard(CustomLogger):
        def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
            sdk.chat.completions.create(model="gpt-5-nano", messages=[{"role": "user", "content": "safe?"}])

    app, before = apps.router(provider, *GROUPS), litellm.callbacks
    litellm.callbacks = [Guard()]  # it comes before ours: nobody has said yet what it is asked for
    try:
        with llmroute.bind(tenant="acme"), llmroute.route("acme.reply"):
            apps.sync(app, "gpt")
        with llmroute.bind(tenant="globex"), llmroute.route("globex.reply"):
            apps.no_router(provider)
    finally:
        litellm.callbacks = before
        litellm.input_callback[:] = [one for one in litellm.input_callback if not isinstance(one, Guard)]
    found = [(attempt["llmroute.tenant.id"], attempt["gen_ai.request.model"]) for attempt in recorded.attempts()]
    assert found == [("acme", "gpt-5-nano"), ("acme", "gpt-5"), ("globex", "gpt-5-nano"), ("globex", "gpt-5")]


def test_a_callback_that_asks_a_router_of_a_failure_does_not_end_the_request_that_failed(
    recorded: Recorded, provider: Standin
) -> None:
    from litellm.integrations.custom_logger import CustomLogger

    apps.failing(provider, gpt_5_mini=apps.BOOM)
    asked: list[str] = []

    class Alarm(CustomLogger):
        async def async_log_failure_event(self, kwargs: Any, *args: Any, **more: Any) -> None:
            if not asked:
                asked.append("once")
                await app.acompletion(model="alarm", messages=MESSAGES)

    groups = (("bad", "openai/gpt-5-mini"), ("good", "openai/gpt-5"), ("alarm", "openai/gpt-5-nano"))
    app = apps.router(provider, *groups, fallbacks=[{"bad": ["good"]}], num_retries=1)
    alarm, before = Alarm(), litellm.callbacks
    litellm.callbacks = [alarm]
    try:
        apps.in_async(app, "bad")
    finally:
        litellm.callbacks = before
        for name in ("failure_callback", "_async_failure_callback", "success_callback", "_async_success_callback"):
            found = getattr(litellm, name)
            found[:] = [one for one in found if one is not alarm]
    said = [dict(span.attributes or {}) for span in recorded.spans("route")]
    found_routes = {
        route["llmroute.route.name"]: (route["llmroute.route.attempt_count"], route["llmroute.route.outcome"])
        for route in said
    }
    assert len(said) == 2
    assert found_routes == {"bad": (3, "success"), "alarm": (1, "success")}
