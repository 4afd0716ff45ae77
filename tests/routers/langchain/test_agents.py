"""Agents of LangChain whose middleware chooses the model, and models that the configuration of a run names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

pytest.importorskip("langchain.agents", reason="the oldest langchain-core is tested alone")

from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware
from langchain.chat_models import init_chat_model
from standin import Reply, Standin, faults, openai_wire

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log
from tests.routers.deciding import assert_only_the_classifier_fell_back
from tests.routers.langchain.models import HAIKU, LUNA, QUESTION, SOL, claude, gpt
from tests.routers.scenarios import expected, recorded_routes

try:
    from langchain.agents.middleware import ModelChoice, ModelRefusalMiddleware, ModelRouterMiddleware
    from langchain_core.decisions import BaseDecisionModel, ChoiceAnswer, ClassifierResponse
except ImportError:  # before 1.5
    BaseDecisionModel = object  # type: ignore[assignment,misc]
    ModelRouterMiddleware = None  # type: ignore[assignment,misc]

EXPECTED: Final = expected(Path(__file__).parent)
ASKED: Final[Any] = {"messages": [{"role": "user", "content": QUESTION}]}
of_today = pytest.mark.skipif(ModelRouterMiddleware is None, reason="came with langchain 1.5")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def ask(agent: Any, is_async: bool) -> None:
    asyncio.run(agent.ainvoke(ASKED)) if is_async else agent.invoke(ASKED)


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


either = pytest.mark.parametrize("is_async", [False, True])


@either
def test_middleware_that_falls_back_is_one_route(recorded: Recorded, provider: Standin, is_async: bool) -> None:
    provider.script(faults.openai_rate_limit())
    ask(create_agent(gpt(provider), middleware=[ModelFallbackMiddleware(claude(provider))]), is_async)
    assert seen(recorded) == EXPECTED["an agent's model is rate limited, the middleware falls back"]


@either
def test_an_agent_that_classifies_and_falls_back_makes_no_fallback_of_the_answer(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            ask(create_agent(gpt(provider), middleware=[ModelFallbackMiddleware(claude(provider))]), is_async)
        gpt(provider, SOL).invoke(QUESTION)
    (route,) = seen(recorded)
    assert_only_the_classifier_fell_back(route)


@of_today
@either
def test_a_refusal_that_middleware_raises_leads_to_a_fallback(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    refused = openai_wire.chat(None, model=LUNA, usage=openai_wire.usage(120, 12))
    refused["choices"][0]["message"]["refusal"] = "I cannot help with that."
    provider.script(Reply(json=refused))
    agent = create_agent(
        gpt(provider), middleware=[ModelFallbackMiddleware(claude(provider)), ModelRefusalMiddleware()]
    )
    ask(agent, is_async)
    assert seen(recorded) == EXPECTED["an agent's model refuses, the middleware falls back"]


class Classifier(BaseDecisionModel):
    """Asks a model, and chooses ``powerful``."""

    model: Any

    def _provider(self) -> str:
        return "openai"

    def _classify(self, state: Any, questions: Any) -> Any:
        self.model.invoke(QUESTION)
        answer = ChoiceAnswer(
            type="choice", choice="powerful", probabilities={"fast": 0.125, "powerful": 0.875}, confidence=0.75
        )
        return ClassifierResponse(model=HAIKU, answers={"model_route": answer})


@of_today
@either
def test_a_decision_model_is_asked_to_decide(recorded: Recorded, provider: Standin, is_async: bool) -> None:
    router = ModelRouterMiddleware(
        choices={
            "fast": ModelChoice(model=gpt(provider), criteria="Simple tasks."),
            "powerful": ModelChoice(model=gpt(provider, SOL), criteria="Complex tasks."),
        },
        instructions="Choose the least costly model suited to the task.",
        classifier=Classifier(model=claude(provider)),
    )
    ask(create_agent(gpt(provider), middleware=[router]), is_async)
    assert seen(recorded) == EXPECTED["a decision model chooses the agent's model"]


def test_a_model_that_is_named_by_configuration_to_decide_is_not_what_was_asked_for(
    recorded: Recorded, provider: Standin
) -> None:
    model = init_chat_model(
        configurable_fields=("model", "model_provider"), base_url=provider.openai_url, api_key="none", max_retries=0
    )
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            model.invoke(QUESTION, config={"configurable": {"model": LUNA, "model_provider": "openai"}})
        gpt(provider, SOL).invoke(QUESTION)
    (route,) = seen(recorded)
    assert (route["router"], route.get("requested_model"), route.get("selected_model")) == ("app", None, None)


def test_a_model_named_by_configuration_was_named_by_the_caller(recorded: Recorded, provider: Standin) -> None:
    model = init_chat_model(
        configurable_fields=("model", "model_provider"), base_url=provider.openai_url, api_key="none", max_retries=0
    )
    with llmroute.route("support.reply"):
        model.invoke(QUESTION, config={"configurable": {"model": LUNA, "model_provider": "openai"}})
    assert HAIKU not in str(provider.requests)
    assert seen(recorded) == EXPECTED["the configuration of a run names the model"]
