"""``FallbackModel`` of Pydantic AI, by the real SDKs of OpenAI and Anthropic."""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import anthropic
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context
from pydantic_ai import Agent
from pydantic_ai.messages import ModelResponse
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from standin import Reply, Standin, faults

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import pydantic_ai as adapter
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.beside import Beside
from tests.routers.cancelling import cancel_during_its_call
from tests.routers.deciding import assert_only_the_classifier_fell_back
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
LUNA: Final = "gpt-6-luna"
SOL: Final = "gpt-6-sol"
HAIKU: Final = "claude-haiku-5-5"
OTHER: Final = "gpt-6-terra"
QUESTION: Final = "Where do I find my data export?"

try:
    from pydantic_ai._fallback import FallbackChain  # noqa: F401 - whether it is there

    JUDGES_ANSWERS = True
except ImportError:
    JUDGES_ANSWERS = False
try:
    from pydantic_ai.capabilities import ModelFallback
except ImportError:
    ModelFallback = None  # type: ignore[assignment,misc]
with_capability = pytest.mark.skipif(ModelFallback is None, reason="a capability of newer versions only")
judging = pytest.mark.skipif(not JUDGES_ANSWERS, reason="answers are judged by newer versions only")


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called: the agent runs its model in a task of its own, so there is no call site to name."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "support.reply"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def gpt(provider: Standin, model: str = LUNA) -> OpenAIChatModel:
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)
    return OpenAIChatModel(model, provider=OpenAIProvider(openai_client=client))


def claude(provider: Standin) -> AnthropicModel:
    client = anthropic.AsyncAnthropic(base_url=provider.anthropic_url, api_key="none", max_retries=0)
    return AnthropicModel(HAIKU, provider=AnthropicProvider(anthropic_client=client))


def agent(model: Any) -> Agent[Any, Any]:
    return Agent(model, name="support")


async def run(model: Any) -> None:
    await agent(model).run(QUESTION)


async def stream(model: Any) -> None:
    async with agent(model).run_stream(QUESTION) as answer:
        assert [piece async for piece in answer.stream_text(delta=True)]


WAYS: Final = (run, stream)
Way = Callable[[Any], Any]


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


@pytest.mark.parametrize("way", WAYS)
async def test_a_fallback_is_an_attempt_of_the_same_route(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_rate_limit())
    await way(FallbackModel(gpt(provider), claude(provider)))
    assert seen(recorded) == EXPECTED["the first model is rate limited, the fallback answers"]


def test_a_run_without_async_is_seen_too(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    agent(FallbackModel(gpt(provider), claude(provider))).run_sync(QUESTION)
    assert seen(recorded) == EXPECTED["the first model is rate limited, the fallback answers"]


@pytest.mark.parametrize("way", WAYS)
async def test_two_fallbacks_in_a_row_are_two(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_server_error(retry_after_ms=None), faults.openai_rate_limit())
    await way(FallbackModel(gpt(provider), gpt(provider, SOL), claude(provider)))
    assert seen(recorded) == EXPECTED["two models fail, the third answers"]


@pytest.mark.parametrize("way", WAYS)
async def test_no_fallback_is_shown_where_the_first_model_answers(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    await way(FallbackModel(claude(provider), gpt(provider)))
    assert seen(recorded) == EXPECTED["the first model answers"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_route_whose_models_all_fail_ends_in_error(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_rate_limit(), faults.anthropic_overloaded())
    with pytest.raises(Exception, match="All models from FallbackModel failed"):
        await way(FallbackModel(gpt(provider), claude(provider)))
    assert seen(recorded) == EXPECTED["every model fails"]


@judging
async def test_an_answer_that_is_turned_down_was_paid_for_once(recorded: Recorded, provider: Standin) -> None:
    def is_luna(response: ModelResponse) -> bool:
        return response.model_name == LUNA

    await run(FallbackModel(gpt(provider), claude(provider), fallback_on=is_luna))
    assert seen(recorded) == EXPECTED["an answer is turned down, the fallback answers"]


async def test_fallbacks_in_a_route_of_the_application_are_its_attempts(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply") as route:
        route.decide("openai/gpt-6-luna", reason="cost")
        await run(FallbackModel(gpt(provider), claude(provider)))
    assert seen(recorded) == EXPECTED["fallbacks within a route that the application has decided"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_classifier_that_falls_back_makes_no_fallback_of_the_answer(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            await way(FallbackModel(gpt(provider), claude(provider)))
        await way(gpt(provider, SOL))
    (route,) = seen(recorded)
    assert_only_the_classifier_fell_back(route)


async def test_a_model_that_fails_rejects_nothing_of_another_run(recorded: Recorded, provider: Standin) -> None:
    beside = Beside(LUNA, OTHER)
    provider.default(beside)
    failing = FallbackModel(gpt(provider), gpt(provider, OTHER))
    with llmroute.route("support.reply"):
        answered = beside.answering(run(gpt(provider, SOL)))
        await asyncio.gather(run(failing), answered, return_exceptions=True)
    (route,) = seen(recorded)
    assert (route["outcome"], route["served_model"]) == ("success", SOL)
    assert [(a["model"], a["reason"], a["outcome"]) for a in route["attempt"]] == [
        (LUNA, "initial", "failed"),
        (SOL, "initial", "accepted"),
        (OTHER, "fallback_error", "failed"),
    ]


async def test_a_fallback_model_in_another_is_one_route(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_server_error(retry_after_ms=None), faults.openai_rate_limit())
    inner = FallbackModel(gpt(provider), gpt(provider, SOL))
    await run(FallbackModel(inner, claude(provider), fallback_on=(Exception,)))
    (route,) = seen(recorded)
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial", "fallback_error", "fallback_rate_limit"]


@judging
async def test_a_route_without_a_rule_has_the_name_of_its_agent(
    monkeypatch: pytest.MonkeyPatch, provider: Standin, request: Any
) -> None:
    monkeypatch.delenv("LLMROUTE_CONFIG")
    recorded: Recorded = request.getfixturevalue("recorded")
    await run(FallbackModel(gpt(provider), claude(provider)))
    (route,) = seen(recorded)
    assert (route["route"], route["source"]) == ("support", "router")


@with_capability
@pytest.mark.parametrize("is_streamed", [False, True])
async def test_the_capability_of_an_agent_is_one_route(
    recorded: Recorded, provider: Standin, is_streamed: bool
) -> None:
    provider.script(faults.openai_rate_limit())
    support: Agent[Any, Any] = Agent(gpt(provider), name="support", capabilities=[ModelFallback(claude(provider))])
    if is_streamed:
        async with support.run_stream(QUESTION) as answer:
            assert [piece async for piece in answer.stream_text(delta=True)]
    else:
        await support.run(QUESTION)
    assert seen(recorded) == EXPECTED["an agent falls back by its capability"]


@with_capability
async def test_an_agent_without_the_capability_opens_no_route(recorded: Recorded, provider: Standin) -> None:
    await run(gpt(provider))
    assert recorded.spans("route") == []
    assert len(recorded.attempts()) == 1


# --- streams ---


async def test_a_stream_holds_nothing_between_its_pieces(recorded: Recorded, provider: Standin) -> None:
    before = otel_context.get_current()
    async with agent(FallbackModel(claude(provider), gpt(provider))).run_stream(QUESTION) as answer:
        assert nothing_of_ours_is_current()
        async for _ in answer.stream_text(delta=True):
            assert otel_context.get_current() == before
            assert nothing_of_ours_is_current()
    assert len(seen(recorded)) == 1


async def test_a_stream_left_half_way_ends_its_route_once(recorded: Recorded, provider: Standin) -> None:
    model = FallbackModel(gpt(provider), claude(provider))
    async with agent(model).run_stream(QUESTION) as answer:
        async for _ in answer.stream_text(delta=True, debounce_by=None):
            break
    for _ in range(20):
        await asyncio.sleep(0)
    (route,) = seen(recorded)
    assert (route["attempt_count"], len(route["attempt"])) == (1, 1)


async def test_a_cancelled_run_ends_its_route_as_cancelled(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(delay=30))
    await cancel_during_its_call(provider, run(FallbackModel(gpt(provider), claude(provider))))
    assert seen(recorded) == EXPECTED["a run is cancelled"]


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.integers(),
    st.binary(),
    st.text(max_size=400),
    st.sampled_from(
        ["'; DROP TABLE llm_calls; --", "Dear Sir, my password is hunter2", "x" * 10_000, "\x00\xff", "ünï"]
    ),
)


class Odd:
    """Something with whatever names it is given."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


@given(HOSTILE, HOSTILE)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_model_says_is_a_name_or_nothing(system: Any, model: Any) -> None:
    falling = adapter._Falling([Odd(system=system, model_name=model)], "fallback_model")
    for said in (falling._signals.requested_model, *falling._signals.candidates):
        assert said is None or (len(said) <= 513 and said.isascii() and " " not in said)


async def test_models_that_cannot_be_read_still_answer(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adapter, "destination", lambda model: 1 / 0)
    answer = await agent(FallbackModel(gpt(provider), claude(provider))).run(QUESTION)
    assert answer.output
    assert len(recorded.attempts()) == 1
    assert "Could not read what a router was asked" in caplog.text
    caplog.clear()


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    for method in ("request", "request_stream"):
        assert not hasattr(vars(FallbackModel)[method], "_otel_llmroute")


# --- the example ---


def test_the_example_answers(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(Path(__file__).parents[3] / "examples" / "pydantic_ai" / "app.py"))
    assert len(capsys.readouterr().out.splitlines()) == 1
    (route,) = seen(recorded)
    assert route["fallback_path"] == ["openai/gpt-6-luna", "anthropic/claude-haiku-5-5"]
