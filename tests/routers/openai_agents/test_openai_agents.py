"""Handoffs and retries of the OpenAI Agents SDK, by the real OpenAI SDK."""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import openai
import pytest
from agents import Agent, ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, set_tracing_disabled
from agents.run_internal import run_loop, turn_resolution
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context
from standin import Reply, Standin, faults, openai_wire, sse

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import openai_agents as adapter
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.cancelling import cancel_during_its_call
from tests.routers.scenarios import expected, recorded_routes

try:
    from agents.retry import ModelRetrySettings, retry_policies
except ImportError:  # an older runner does not retry
    ModelRetrySettings = None  # type: ignore[assignment,misc]

EXPECTED: Final = expected(Path(__file__).parent)
LUNA: Final = "gpt-6-luna"
SOL: Final = "gpt-6-sol"
QUESTION: Final = "Where do I find my invoice?"
WITH_USAGE: Final = ModelSettings(include_usage=True)
set_tracing_disabled(True)  # which would send the traces to the provider


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def client(provider: Standin) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)


def chats(provider: Standin, model: str) -> Any:
    return OpenAIChatCompletionsModel(model, client(provider))


def responses(provider: Standin, model: str) -> Any:
    return OpenAIResponsesModel(model, client(provider))


def triage(provider: Standin, api: Any = chats, **more: Any) -> Agent[Any]:
    billing: Agent[Any] = Agent("Billing agent", model=api(provider, SOL), model_settings=WITH_USAGE)
    return Agent("Triage", model=api(provider, LUNA), handoffs=[billing], **{"model_settings": WITH_USAGE, **more})


def handing_over(is_streamed: bool) -> Reply:
    """A chat that calls the tool which hands over."""
    calls = [openai_wire.tool_call("transfer_to_billing_agent")]
    usage = openai_wire.usage(120, 12, cached=0, reasoning=0)
    if not is_streamed:
        return Reply(json=openai_wire.chat(None, model=LUNA, usage=usage, finish_reason="tool_calls", tool_calls=calls))
    chunks = openai_wire.chat_chunks("", model=LUNA, usage=usage, finish_reason="tool_calls", count=1)
    chunks[1]["choices"][0]["delta"] = {"tool_calls": [{"index": 0, **calls[0]}]}
    return Reply(events=sse.unnamed(chunks))


async def run(agent: Agent[Any]) -> Any:
    return (await Runner.run(agent, QUESTION)).final_output


async def stream(agent: Agent[Any]) -> Any:
    answer = Runner.run_streamed(agent, QUESTION)
    async for _ in answer.stream_events():
        assert nothing_of_ours_is_current()
        assert not otel_context.get_current()
    return answer.final_output


WAYS: Final = (run, stream)
Way = Callable[[Agent[Any]], Any]


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


# --- handoffs ---


@pytest.mark.parametrize("way", WAYS)
async def test_a_handoff_is_the_reason_of_the_next_turn(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(handing_over(way is stream))
    assert await way(triage(provider))
    assert seen(recorded) == EXPECTED["one agent hands over to another"]


def test_a_run_without_async_is_seen_too(recorded: Recorded, provider: Standin) -> None:
    provider.script(handing_over(False))
    assert Runner.run_sync(triage(provider), QUESTION).final_output
    assert seen(recorded) == EXPECTED["one agent hands over to another"]


@pytest.mark.parametrize("way", WAYS)
async def test_an_agent_that_nobody_handed_to_was_named_by_the_caller(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    assert await way(triage(provider))
    assert seen(recorded) == EXPECTED["an agent answers by itself"]


async def test_the_responses_api_is_seen_alike(recorded: Recorded, provider: Standin) -> None:
    assert await run(triage(provider, responses))
    assert seen(recorded) == EXPECTED["an agent answers by itself"]


async def test_runs_side_by_side_do_not_hand_over_each_other(recorded: Recorded, provider: Standin) -> None:
    await asyncio.gather(*(run(triage(provider)) for _ in range(4)))
    assert [route["reason"] for route in seen(recorded)] == ["explicit"] * 4


async def test_turns_in_a_route_of_the_application_are_its_attempts(recorded: Recorded, provider: Standin) -> None:
    provider.script(handing_over(False))
    with llmroute.route("support.reply") as route:
        route.decide("openai/gpt-6-luna", reason="cost")
        await run(triage(provider))
    assert seen(recorded) == EXPECTED["a handoff within a route that the application has decided"]


# --- errors ---


@pytest.mark.skipif(ModelRetrySettings is None, reason="an older runner does not retry")
@pytest.mark.parametrize("way", WAYS)
async def test_a_retry_of_the_runner_is_an_attempt_of_the_same_route(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    provider.script(faults.openai_rate_limit())
    retrying = ModelSettings(
        include_usage=True,
        retry=ModelRetrySettings(max_retries=2, policy=retry_policies.http_status([429]), backoff={"initial_delay": 0}),
    )
    assert await way(triage(provider, model_settings=retrying))
    assert seen(recorded) == EXPECTED["the runner retries"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_turn_that_fails_ends_its_route_in_error(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_bad_request())
    with pytest.raises(openai.BadRequestError):
        await way(triage(provider))
    assert seen(recorded) == EXPECTED["a turn fails"]


async def test_a_cancelled_run_ends_its_route_as_cancelled(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(delay=30))
    await cancel_during_its_call(provider, run(triage(provider)))
    assert seen(recorded) == EXPECTED["a run is cancelled"]


async def test_a_stream_left_half_way_ends_its_route_once(recorded: Recorded, provider: Standin) -> None:
    answer = Runner.run_streamed(triage(provider), QUESTION)
    async for event in answer.stream_events():
        if event.type == "raw_response_event":
            answer.cancel()
            break
    for _ in range(100):
        await asyncio.sleep(0)
    (route,) = seen(recorded)
    assert (route["attempt_count"], len(route["attempt"])) == (1, 1)


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
def test_what_an_agent_says_is_a_name_or_nothing(called: Any, model: Any) -> None:
    turn = adapter.turn_of(Odd(name=called, model=model), Odd())
    for said in (turn.route, turn.requested_model):
        assert said is None or (len(said) <= 256 and said.isascii() and " " not in said)


async def test_an_agent_that_cannot_be_read_still_answers(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adapter, "turn_of", lambda agent, run: 1 / 0)
    assert await run(triage(provider))
    assert len(recorded.attempts()) == 1
    assert "Could not read what a router was asked" in caplog.text
    caplog.clear()


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    for module in (run_loop, turn_resolution):
        assert not [name for name, value in vars(module).items() if hasattr(value, "_otel_llmroute")]


# --- the example ---


def test_the_example_answers(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(Path(__file__).parents[3] / "examples" / "openai_agents" / "app.py"))
    assert len(capsys.readouterr().out.splitlines()) == 1
    assert [(route["route"], route["reason"]) for route in seen(recorded)] == [
        ("triage", "explicit"),
        ("billing", "task_class"),
    ]
