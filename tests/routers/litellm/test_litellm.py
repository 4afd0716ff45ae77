"""LiteLLM, its Router and its SDK, against a provider on loopback. What is recorded is in ``expected.toml``."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from standin import Standin

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, collect
from tests.routers.litellm import apps
from tests.routers.litellm.apps import MESSAGES, litellm
from tests.routers.scenarios import expected, recorded_routes

EXPECTED = expected(Path(__file__).parent)
SAYS_WHY = "an auto-router that does not say why (LiteLLM before 1.97)"
OWN_CALLS = ("an auto-router that asks a model", "an auto-router by meaning")
CHAIN = EXPECTED["two failing groups, then a good one"]


IS_OLD = tuple(int(part) for part in version("litellm").split(".")[:2]) < (1, 97)
"""Whether this LiteLLM does not say why an auto-router chose what it chose."""

pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own, of pydantic


def settled(recorded: Recorded, routes: int, seconds: float = 5.0) -> list[dict[str, Any]]:
    """The recorded routes, once there are so many: LiteLLM calls back from threads of its own."""
    until = time.monotonic() + seconds
    while len(recorded.spans("route")) < routes and time.monotonic() < until:
        time.sleep(0.02)
    return recorded_routes(recorded.spans())


@pytest.mark.parametrize("name", [name for name in EXPECTED if name in apps.SCENARIOS])
def test_what_is_recorded_of(name: str, recorded: Recorded, provider: Standin) -> None:
    wanted = EXPECTED[name]
    if IS_OLD and "auto-router" in name:
        if name in OWN_CALLS:
            pytest.skip("LiteLLM before 1.97 does not say that a call is its own")
        wanted = EXPECTED[SAYS_WHY]
    apps.SCENARIOS[name](provider)
    if wanted[-1].get("outcome") == "error":  # LiteLLM does not say that it has given up; somebody asks for more
        apps.sync(apps.router(provider, ("next", "openai/gpt-4o")), "next")
        assert settled(recorded, len(wanted) + 1)[: len(wanted)] == wanted
    else:
        assert settled(recorded, sum("route" in route for route in wanted)) == wanted


def in_all_ways(provider: Standin, scenario: Callable[..., None]) -> None:
    threads = [threading.Thread(target=scenario, args=(provider, way)) for way in apps.WAYS.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def is_the_chain(recorded: Recorded) -> bool:
    """Four times exactly the chain, candidates apart: only async calls are told them."""
    wanted = [{key: value for key, value in route.items() if key != "candidates"} for route in CHAIN]
    found = settled(recorded, 4)
    for route in found:
        route.pop("candidates", None)
    assert found == wanted * 4
    return True


def test_a_chain_is_the_same_sync_async_and_streamed(recorded: Recorded, provider: Standin) -> None:
    in_all_ways(provider, apps.two_failing_groups)
    assert is_the_chain(recorded)
    assert len(provider.requests) == len(recorded.attempts()) == 20
    assert recorded.total("llmroute.cost") == pytest.approx(4 * 0.00027, abs=1e-12)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_chain_is_the_same_under_telemetry_of_its_own(
    version: str, recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    if version == "2":
        monkeypatch.setenv("LITELLM_OTEL_V2", "true")
    monkeypatch.setenv("OTEL_EXPORTER", "in_memory")
    litellm.callbacks = ["otel"]  # the application's own list: we have to be in it all the same
    try:
        in_all_ways(provider, apps.two_failing_groups)
        assert is_the_chain(recorded)
    finally:
        for name in ("callbacks", "success_callback", "failure_callback", "_async_success_callback"):
            getattr(litellm, name)[:] = []
    assert recorded.total("llmroute.cost") == pytest.approx(4 * 0.00027, abs=1e-12)


def test_the_applications_own_route_holds_the_attempts(recorded: Recorded, provider: Standin) -> None:
    apps.failing(provider, gpt_5_mini=apps.BUSY)
    app = apps.router(provider, ("bad", "openai/gpt-5-mini"), ("good", "openai/gpt-5"), fallbacks=[{"bad": ["good"]}])
    with llmroute.bind(tenant="acme"), llmroute.route("support.reply", task="draft") as route:
        route.decide("openai/gpt-5-mini", reason="task_class")
        apps.sync(app, "bad")
    (found,) = settled(recorded, 1)
    assert (found["route"], found["reason"], found["attempt_count"]) == ("support.reply", "task_class", 2)
    assert found["fallback_path"] == ["openai/gpt-5-mini", "openai/gpt-5"]
    assert {attempt["llmroute.tenant.id"] for attempt in recorded.attempts()} == {"acme"}


def test_a_stream_left_half_way_ends_once(recorded: Recorded, provider: Standin) -> None:
    app = apps.router(provider, ("gpt", "openai/gpt-5"), ("claude", "anthropic/claude-haiku-4-5"))
    for model in ("gpt", "claude"):
        answer = app.completion(model=model, messages=MESSAGES, stream=True)
        next(iter(answer))
        del answer
    until = time.monotonic() + 10
    while len(recorded.attempts()) < 2 and time.monotonic() < until:
        collect()  # again: a thread of LiteLLM's own may still hold what it logs
    assert [attempt["llmroute.attempt.outcome"] for attempt in recorded.attempts()] == ["abandoned"] * 2
    assert len(settled(recorded, 2)) == 2


def test_a_task_that_is_cancelled_ends_its_request(recorded: Recorded, provider: Standin) -> None:
    from standin import Reply

    provider.default(Reply(hang=True, events=[]))
    app = apps.router(provider, ("gpt", "openai/gpt-5"))

    async def cancelled() -> None:
        task = asyncio.ensure_future(app.acompletion(model="gpt", messages=MESSAGES))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    (found,) = settled(recorded, 1)
    assert found["outcome"] == "cancelled"
    assert [attempt["outcome"] for attempt in found["attempt"]] == ["cancelled"]


def test_a_call_of_the_sdk_after_one_of_litellms_is_its_own(recorded: Recorded, provider: Standin) -> None:
    import openai

    apps.sync(apps.router(provider, ("claude", "anthropic/claude-haiku-4-5")), "claude")
    openai.OpenAI(base_url=provider.openai_url, api_key="none").chat.completions.create(
        model="gpt-5", messages=MESSAGES
    )
    settled(recorded, 1)
    attempts = recorded.attempts()
    assert len(attempts) == len(provider.requests) == 2
    assert {attempt["llmroute.route.source"] for attempt in attempts} == {"callsite", "router"}


def test_async_embeddings_without_a_router_are_counted_once(recorded: Recorded, provider: Standin) -> None:
    address = {"api_base": provider.openai_url, "api_key": "none"}
    asyncio.run(litellm.aembedding(model="openai/text-embedding-3-small", input=["hello"], **address))
    assert len(recorded.attempts()) == len(provider.requests) == 1


def fallbacks(provider: Standin) -> dict[str, Any]:
    """A call of the SDK's, without a Router, whose first model fails."""
    apps.failing(provider, gpt_5_mini=apps.BOOM)
    address = {"api_base": provider.openai_url, "api_key": "none", "max_retries": 0}
    return {"model": "openai/gpt-5-mini", "messages": MESSAGES, "fallbacks": ["openai/gpt-5"], **address}


def test_fallbacks_without_a_router_stand_in_the_applications_route(recorded: Recorded, provider: Standin) -> None:
    with llmroute.bind(tenant="acme"), llmroute.route("support.reply") as route:
        route.decide("openai/gpt-5-mini", reason="task_class")
        assert type(litellm.completion(**fallbacks(provider))) is litellm.ModelResponse
    (found,) = settled(recorded, 1)
    assert (found["route"], found["reason"], found["attempt_count"]) == ("support.reply", "task_class", 2)
    assert found["fallback_path"] == ["openai/gpt-5-mini", "openai/gpt-5"]
    assert {attempt["llmroute.tenant.id"] for attempt in recorded.attempts()} == {"acme"}


def test_fallbacks_without_a_router_that_all_fail_end_in_an_error(recorded: Recorded, provider: Standin) -> None:
    asked = fallbacks(provider)
    apps.failing(provider, gpt_5_mini=apps.BOOM, gpt_5=apps.BUSY)
    with pytest.raises(Exception, match="All fallback attempts failed"):
        asyncio.run(litellm.acompletion(**asked))
    (found,) = settled(recorded, 1)
    assert (found["outcome"], found["attempt_count"]) == ("error", 2)
    assert [attempt["reason"] for attempt in found["attempt"]] == ["initial", "fallback_error"]


def test_fallbacks_without_a_router_inside_of_a_loop_are_one_route(recorded: Recorded, provider: Standin) -> None:
    async def blocked() -> None:
        litellm.completion(**fallbacks(provider))  # LiteLLM makes it in a thread of its own

    asyncio.run(blocked())
    (found,) = settled(recorded, 1)
    assert found["fallback_path"] == ["openai/gpt-5-mini", "openai/gpt-5"]
    assert len(recorded.attempts()) == len(provider.requests) == 2


def test_a_fallback_to_a_provider_without_an_sdk_does_not_take_the_failure_before_it(
    recorded: Recorded, provider: Standin
) -> None:
    asked = fallbacks(provider)
    asked["fallbacks"] = [{"model": "anthropic/claude-haiku-4-5", "api_base": provider.url}]
    for _ in range(5):
        litellm.completion(**asked)
    found = settled(recorded, 5)
    assert [[attempt["outcome"] for attempt in route["attempt"]] for route in found] == [["failed", "accepted"]] * 5


def test_results_and_errors_are_those_of_litellm(recorded: Recorded, provider: Standin) -> None:
    app = apps.router(provider, ("gpt", "openai/gpt-5"))
    assert type(app.completion(model="gpt", messages=MESSAGES)) is litellm.ModelResponse
    apps.failing(provider, gpt_5=apps.BUSY)
    with pytest.raises(litellm.RateLimitError):
        app.completion(model="gpt", messages=MESSAGES)


def test_the_applications_own_callbacks_do_not_take_us_out(recorded: Recorded, provider: Standin) -> None:
    from litellm.integrations.custom_logger import CustomLogger

    own = CustomLogger()
    before = litellm.callbacks
    litellm.callbacks = [own]
    try:
        apps.sync(apps.router(provider, ("claude", "anthropic/claude-haiku-4-5")), "claude")
        assert len(settled(recorded, 1)) == 1
        assert litellm.callbacks[0] is own
    finally:
        litellm.callbacks = before


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded, provider: Standin) -> None:
    from otel_llmroute import LLMRouteInstrumentor

    apps.no_router(provider)
    LLMRouteInstrumentor().uninstrument()
    lists = [value for name, value in vars(litellm).items() if name.endswith("callback") or name == "callbacks"]
    assert not [one for found in lists if isinstance(found, list) for one in found if type(one).__name__ == "Listener"]
    apps.no_router(provider)
    assert len(recorded.attempts()) == 1
