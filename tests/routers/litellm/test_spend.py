"""What a call costs by each of LiteLLM's functions, whatever shape LiteLLM gives its answer. The sums are by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from litellm.litellm_core_utils.thread_pool_executor import executor
from standin import Reply, Standin, anthropic_wire, openai_wire
from standin.request import Request

from otel_llmroute.app import telemetry
from otel_llmroute.app.sdks import anthropic
from otel_llmroute.app.sdks.answer import Answer
from tests.app.conftest import Recorded, record
from tests.routers.litellm import apps
from tests.routers.litellm.apps import MESSAGES, litellm

pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own, of pydantic
OF_CLAUDE = anthropic_wire.usage(100, 50, cache_read=1000, write_5m=500, write_1h=0, service_tier="standard")
OF_GPT = openai_wire.response_usage(1000, 40, cached=600)
SPENT = {
    "claude": (1600, 50, 100 * 1e-6 + 1000 * 0.1e-6 + 500 * 1.25e-6 + 50 * 5e-6),
    "gpt": (1000, 40, 400 * 1.25e-6 + 600 * 0.125e-6 + 40 * 10e-6),
}
"""What each answers: all input, output, and USD by the lists of Anthropic (Haiku 4.5) and OpenAI (GPT-5)."""
IS_OLD = tuple(int(part) for part in version("litellm").split(".")[:2]) < (1, 97)
GROUPS = (("claude", "anthropic/claude-haiku-4-5"), ("gpt", "openai/gpt-5"))


def by_the_wire(provider: Standin, of_claude: dict[str, Any] = OF_CLAUDE, **of_gpt: Any) -> None:
    """Have both answer in their own APIs with these usages."""
    of_gpt = of_gpt or {"usage": OF_GPT}

    def answer(request: Request) -> Reply:
        model, is_stream = str(request.json["model"]), request.json.get("stream")
        if request.path.endswith("/messages"):
            said = {"model": model, "usage": of_claude}
            return (
                Reply(events=anthropic_wire.message_stream(**said))
                if is_stream
                else Reply(json=anthropic_wire.message(**said))
            )
        said = {"model": model, **of_gpt}
        return (
            Reply(events=openai_wire.response_stream(**said)) if is_stream else Reply(json=openai_wire.response(**said))
        )

    provider.default(answer)


def ended(recorded: Recorded, attempts: int = 1) -> list[dict[str, Any]]:
    """The attempts, once there are so many: LiteLLM calls back from threads of its own."""
    until = time.monotonic() + 5
    while len(recorded.attempts()) < attempts and time.monotonic() < until:
        time.sleep(0.02)
    return recorded.attempts()


def is_spent(recorded: Recorded, provider: Standin, model: str) -> bool:
    """One call was made, recorded once, with its whole usage and what that costs."""
    (attempt,) = ended(recorded)
    time.sleep(0.1)  # whatever else LiteLLM has to say of it
    assert len(provider.requests) == len(recorded.attempts()) == 1
    counts = attempt["gen_ai.usage.input_tokens"], attempt["gen_ai.usage.output_tokens"]
    assert (*counts, attempt["llmroute.cost.amount"]) == pytest.approx(SPENT[model], abs=1e-12)
    said = attempt["llmroute.usage.status"], attempt["llmroute.cost.status"], attempt["llmroute.cost.source"]
    assert said == ("reported", "priced", "local")
    assert attempt["llmroute.attempt.outcome"] == "accepted"
    assert recorded.total("llmroute.cost") == pytest.approx(SPENT[model][2], abs=1e-12)
    return True


async def read_async(answer: Any) -> None:
    async for _ in answer:
        pass


def read(answer: Any) -> None:
    for _ in answer:
        pass


RESPONSES: dict[str, Callable[..., None]] = {
    "sync": lambda asked: litellm.responses(**asked),
    "streamed": lambda asked: read(litellm.responses(**asked, stream=True)),
    "async": lambda asked: apps.run(litellm.aresponses(**asked)),
    "streamed async": lambda asked: apps.run(_read(litellm.aresponses(**asked, stream=True))),
}


async def _read(asked: Any) -> None:
    await read_async(await asked)


def asking(provider: Standin, model: str, **more: Any) -> dict[str, Any]:
    """A call without a Router."""
    deployment = apps.deployment(provider, model, dict(GROUPS)[model])
    return {**deployment["litellm_params"], **more}


@pytest.mark.parametrize("way", RESPONSES)
@pytest.mark.parametrize("model", SPENT)
def test_responses_are_spent(model: str, way: str, recorded: Recorded, provider: Standin) -> None:
    by_the_wire(provider)
    RESPONSES[way](asking(provider, model, input="hello"))
    assert is_spent(recorded, provider, model)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize("model", SPENT)
def test_responses_of_a_router_are_spent(model: str, stream: bool, recorded: Recorded, provider: Standin) -> None:
    by_the_wire(provider)
    app = apps.router(provider, *GROUPS)

    async def ask() -> None:
        answer = await app.aresponses(model=model, input="hello", stream=stream)
        if stream:
            await read_async(answer)

    apps.run(ask())
    assert is_spent(recorded, provider, model)


@pytest.mark.parametrize("model", SPENT)
def test_messages_are_spent_whoever_answers_them(model: str, recorded: Recorded, provider: Standin) -> None:
    by_the_wire(provider)
    asked = asking(provider, model, messages=MESSAGES, max_tokens=10)
    apps.run(litellm.anthropic.messages.acreate(**asked))
    assert is_spent(recorded, provider, model)


@pytest.mark.parametrize("model", SPENT)
def test_messages_of_a_router_are_spent(model: str, recorded: Recorded, provider: Standin) -> None:
    by_the_wire(provider)
    apps.run(apps.router(provider, *GROUPS).aanthropic_messages(model=model, messages=MESSAGES, max_tokens=10))
    assert is_spent(recorded, provider, model)


def test_streamed_messages_that_a_model_of_openais_answers_are_spent(recorded: Recorded, provider: Standin) -> None:
    by_the_wire(provider)
    asked = asking(provider, "gpt", messages=MESSAGES, max_tokens=10, stream=True)
    apps.run(_read(litellm.anthropic.messages.acreate(**asked)))
    assert is_spent(recorded, provider, "gpt")


@pytest.mark.parametrize("way", RESPONSES)
def test_of_an_answer_without_usage_no_cost_is_known(way: str, recorded: Recorded, provider: Standin) -> None:
    by_the_wire(provider, service_tier="default")
    RESPONSES[way](asking(provider, "gpt", input="hello"))
    (attempt,) = ended(recorded)
    assert attempt["llmroute.attempt.outcome"] == "accepted"
    assert (attempt["llmroute.usage.status"], attempt["llmroute.cost.status"]) == ("missing", "no_usage")
    assert "llmroute.cost.amount" not in attempt
    assert "gen_ai.usage.input_tokens" not in attempt


def test_an_answer_without_usage_in_a_route_of_a_router_ends_that_as_a_success(
    recorded: Recorded, provider: Standin
) -> None:
    by_the_wire(provider, service_tier="default")
    app = apps.router(provider, *GROUPS)
    apps.run(asyncio.wait_for(app.aresponses(model="gpt", input="hello"), 10))
    ended(recorded)
    (route,) = recorded.spans("route")
    assert (route.attributes or {})["llmroute.route.outcome"] == "success"


# --- what LiteLLM makes of it, and what the provider says ---


@pytest.mark.parametrize("way", apps.WAYS)
def test_an_estimate_of_litellms_is_not_what_the_provider_has_charged(
    way: str, recorded: Recorded, provider: Standin
) -> None:
    by_the_wire(provider)
    apps.WAYS[way](apps.router(provider, *GROUPS), "claude")
    assert is_spent(recorded, provider, "claude")


@pytest.mark.parametrize("way", apps.WAYS)
def test_prices_of_ones_own_hold_for_what_litellm_calls(
    way: str, provider: Standin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = '[[prices]]\nmodel = "claude-haiku-4-5*"\ninput_per_mtok = "2.00"\noutput_per_mtok = "10.00"\n'
    (tmp_path / "llmroute.toml").write_text(rows)
    monkeypatch.chdir(tmp_path)
    by_the_wire(provider, anthropic_wire.usage(100, 50))
    for recorded in record():
        apps.WAYS[way](apps.router(provider, *GROUPS), "claude")
        (attempt,) = ended(recorded)
        assert attempt["llmroute.cost.amount"] == pytest.approx(100 * 2e-6 + 50 * 10e-6, abs=1e-12)


@pytest.mark.parametrize("way", apps.WAYS)
@pytest.mark.parametrize("model", ["openrouter/openai/gpt-5", "openrouter/nobody/unheard-of"])
def test_what_openrouter_has_charged_is_what_it_costs(
    model: str, way: str, recorded: Recorded, provider: Standin
) -> None:
    usage = {**openai_wire.usage(20, 40), "cost": 0.0123}

    def answer(request: Request) -> Reply:
        said = {"model": str(request.json["model"]), "usage": usage}
        if request.json.get("stream"):
            return Reply(events=openai_wire.chat_stream(**said))
        return Reply(json=openai_wire.chat(**said))

    provider.default(answer)
    apps.WAYS[way](apps.router(provider, ("smart", model)), "smart")
    (attempt,) = ended(recorded)
    assert (attempt["llmroute.cost.amount"], attempt["llmroute.cost.source"]) == (0.0123, "provider")


# --- what Anthropic bills beside plain tokens ---

OF_CACHE_AND_SEARCH = anthropic_wire.usage(
    100, 50, cache_read=1000, write_5m=500, write_1h=300, web_searches=3, web_fetches=1, service_tier="standard"
)
BILLED = 100 * 1e-6 + 1000 * 0.1e-6 + 500 * 1.25e-6 + 300 * 2e-6 + 50 * 5e-6 + 3 * 0.01
"""By Anthropic's list: an entry of the cache for an hour is twice the input, a search is a cent."""


def is_billed_whole(recorded: Recorded) -> bool:
    (attempt,) = ended(recorded)
    assert attempt["llmroute.cost.amount"] == pytest.approx(BILLED, abs=1e-12)
    assert attempt["llmroute.cost.status"] == "priced"
    assert attempt["gen_ai.usage.input_tokens"] == 1900
    assert attempt["gen_ai.usage.cache_write.input_tokens"] == 800
    assert attempt["llmroute.usage.cache_write_5m_tokens"] == 500
    assert attempt["llmroute.usage.cache_write_1h_tokens"] == 300
    assert attempt["llmroute.usage.server_tool_calls"] >= 3  # LiteLLM leaves fetches out
    return True


@pytest.mark.parametrize("way", apps.WAYS)
def test_an_hour_in_anthropics_cache_and_its_searches_are_billed(
    way: str, recorded: Recorded, provider: Standin
) -> None:
    by_the_wire(provider, OF_CACHE_AND_SEARCH)
    apps.WAYS[way](apps.router(provider, *GROUPS), "claude")
    assert is_billed_whole(recorded)


@pytest.mark.parametrize("way", RESPONSES)
def test_an_hour_in_anthropics_cache_and_its_searches_are_billed_of_responses(
    way: str, recorded: Recorded, provider: Standin
) -> None:
    by_the_wire(provider, OF_CACHE_AND_SEARCH)
    RESPONSES[way](asking(provider, "claude", input="hello"))
    assert is_billed_whole(recorded)


def test_what_anthropic_bills_is_billed_of_responses_whichever_thread_comes_first(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiteLLM shows either Anthropic's answer or the one of the Responses API that it makes of it."""
    shown: list[Callable[[], object]] = []
    monkeypatch.setattr(executor, "submit", lambda show, *said, **more: shown.append(partial(show, *said, **more)))
    by_the_wire(provider, OF_CACHE_AND_SEARCH)
    RESPONSES["sync"](asking(provider, "claude", input="hello"))
    assert len(shown) >= 2
    for show in reversed(shown):
        show()
    assert is_billed_whole(recorded)


def test_an_hour_in_anthropics_cache_and_its_searches_are_billed_of_messages(
    recorded: Recorded, provider: Standin
) -> None:
    by_the_wire(provider, OF_CACHE_AND_SEARCH)
    apps.run(litellm.anthropic.messages.acreate(**asking(provider, "claude", messages=MESSAGES, max_tokens=10)))
    assert is_billed_whole(recorded)


@pytest.mark.parametrize("more", [{"speed": "fast"}, {"inference_geo": "us"}, {"service_tier": "priority"}])
def test_what_changes_anthropics_prices_is_read_as_from_anthropics_sdk(
    more: dict[str, str], recorded: Recorded, provider: Standin
) -> None:
    if IS_OLD and "speed" in more:
        pytest.skip("LiteLLM before 1.97 does not hand it on")
    usage = {**OF_CACHE_AND_SEARCH, **more}
    by_the_wire(provider, usage)
    apps.sync(apps.router(provider, ("opus", "anthropic/claude-opus-4-6")), "opus")
    (attempt,) = ended(recorded)
    said = Answer()
    anthropic.read_message(said, anthropic_wire.message(model="claude-opus-4-6", usage=usage))
    assert said.usage is not None
    prices: Any = telemetry.active()
    cost = prices.prices.cost_of(
        anthropic.whole_usage(said.usage),
        provider="anthropic",
        model="claude-opus-4-6",
        tier=said.tier,
        speed=said.speed,
        region=said.region,
        at_ns=time.time_ns(),
    )
    assert attempt["llmroute.cost.status"] == cost.status
    assert attempt.get("llmroute.cost.amount") == (None if cost.amount is None else pytest.approx(cost.amount / 1e12))


# --- answers that LiteLLM makes up ---


def is_free(attempt: dict[str, Any]) -> bool:
    assert (attempt["llmroute.cost.status"], attempt["llmroute.cost.amount"]) == ("free", 0)
    assert attempt["llmroute.usage.status"] == "missing"
    assert not [name for name in attempt if name.startswith("gen_ai.usage.") and name.endswith("_tokens")]
    return True


@pytest.mark.parametrize("way", apps.WAYS)
@pytest.mark.parametrize("model", SPENT)
def test_a_made_up_answer_is_no_spend(model: str, way: str, recorded: Recorded, provider: Standin) -> None:
    apps.WAYS[way](apps.router(provider, *GROUPS), model, mock_response="hi")
    (attempt,) = ended(recorded)
    assert is_free(attempt)
    assert attempt["llmroute.attempt.outcome"] == "accepted"
    assert not provider.requests
    assert recorded.total("llmroute.cost") == 0


@pytest.mark.parametrize("way", apps.WAYS)
def test_a_deployment_whose_answers_are_made_up_is_no_spend(way: str, recorded: Recorded, provider: Standin) -> None:
    models = [apps.deployment(provider, "smart", "openai/gpt-5", mock_response="hi")]
    apps.WAYS[way](litellm.Router(model_list=models, num_retries=0), "smart")
    assert is_free(ended(recorded)[0])


def test_a_made_up_error_shows_its_fallback_and_is_no_spend(recorded: Recorded, provider: Standin) -> None:
    models = [
        apps.deployment(provider, "bad", "openai/gpt-5-mini", mock_response="litellm.InternalServerError"),
        apps.deployment(provider, "good", "openai/gpt-5", mock_response="hi"),
    ]
    apps.in_async(litellm.Router(model_list=models, num_retries=0, fallbacks=[{"bad": ["good"]}]), "bad")
    assert [is_free(attempt) for attempt in ended(recorded, 2)] == [True, True]
    (route,) = recorded.spans("route")
    said = route.attributes or {}
    assert said["llmroute.route.fallback_path"] == ("openai/gpt-5-mini", "openai/gpt-5")


def test_a_call_after_a_made_up_answer_is_spent(recorded: Recorded, provider: Standin) -> None:
    app = apps.router(provider, ("gpt", "openai/gpt-5"))
    apps.sync(app, "gpt", mock_response="hi")
    apps.sync(app, "gpt")
    ended(recorded, 2)
    assert recorded.total("llmroute.cost") == pytest.approx(0.00027, abs=1e-12)
