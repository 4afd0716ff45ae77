"""The application's own router, with the real OpenAI SDK: each scenario in plain, streamed and asynchronous calls."""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import decisions
from tests.app.conftest import Recorded
from tests.routers.scenarios import expected, recorded_routes

EXPECTED = expected(Path(__file__).parent)
EXAMPLE = Path(__file__).parents[3] / "examples" / "own_router" / "app.py"
PROMPT: Any = [{"role": "user", "content": "a question with a secret in it"}]
OVERLOADED = Reply(status=503, json={"error": {"type": "server_error", "message": "overloaded"}})
Ask = Callable[[str], None]


def reply(way: str, model: str) -> Reply:
    usage = openai_wire.usage(1000, 100)
    if way == "streamed":
        return Reply(events=openai_wire.chat_stream(model=model, usage=usage))
    return Reply(json=openai_wire.chat(model=model, usage=usage))


def asked(way: str, url: str, model: str) -> None:
    if way == "asynchronous":
        asyncio.run(asked_asynchronously(url, model))
        return
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        if way == "plain":
            client.chat.completions.create(model=model, messages=PROMPT)
        else:
            more: Any = {"stream": True, "stream_options": {"include_usage": True}}
            for _ in client.chat.completions.create(model=model, messages=PROMPT, **more):
                pass


async def asked_asynchronously(url: str, model: str) -> None:
    async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
        await client.chat.completions.create(model=model, messages=PROMPT)


# --- what applications do; each is told how to ask a model ---


def a_name(ask: Ask) -> None:
    @llmroute.router
    def by_length(question: str) -> str:
        return "openai/gpt-5-mini" if len(question) < 100 else "openai/gpt-5"

    with llmroute.route("help.answer"):
        ask(by_length("a question").partition("/")[2])


def an_object(ask: Ask) -> None:
    @llmroute.router(record=("plan",))
    def by_plan(plan: str) -> dict[str, Any]:
        return {
            "model": "gpt-5",
            "provider": "openai",
            "reason": "customer_tier",
            "confidence": 0.9,
            "candidates": ["openai/gpt-5-mini", "openai/gpt-5"],
            "excluded": ["openai/gpt-5-nano=quality"],
        }

    with llmroute.route("help.answer"):
        ask(by_plan("pro")["model"])


def a_classifier(ask: Ask) -> None:
    @llmroute.router(reason="complexity")
    def classified() -> dict[str, Any]:
        ask("gpt-5-nano")
        return {"model": "openai/gpt-5", "score": 0.8, "threshold": 0.5}

    with llmroute.route("help.answer"):
        classified()
        ask("gpt-5")


def a_fallback(ask: Ask) -> None:
    pick = llmroute.router(lambda model: model, name="first_that_answers", reason="quality")
    with llmroute.route("help.answer"):
        try:
            ask(pick("gpt-5"))
        except openai.InternalServerError:
            ask(pick("gpt-5-mini"))


def before_the_route(ask: Ask) -> None:
    pick = llmroute.router(lambda: "gpt-5-mini", name="cheapest", reason="cost")
    model = pick()
    with llmroute.route("help.answer"):
        ask(model)


def a_variant(ask: Ask) -> None:
    @llmroute.router(reason="experiment")
    def half() -> dict[str, str]:
        return {"model": "openai/gpt-5-mini", "experiment": "cheaper-answers", "variant": "mini"}

    with llmroute.route("help.answer"):
        half()
        ask("gpt-5-mini")


def no_model(ask: Ask) -> None:
    pick = llmroute.router(lambda where: where, name="where", reason="no_model")
    for where in ("retrieval", "rule", "none"):
        with llmroute.route(f"help.{where}"):
            pick(where)


def a_person(ask: Ask) -> None:
    with llmroute.route("help.answer") as route:
        route.decide("human", reason="human_review", avoided_cost="0.002", currency="EUR")
        llmroute.charge("human_review", amount="2.50", quantity=3, unit="min")


def a_batch(ask: Ask) -> None:
    with llmroute.route("help.digest") as route:
        route.decide("batch", reason="batch")


def a_cache(ask: Ask) -> None:
    with llmroute.route("help.answer") as route:
        route.cache("hit", kind="semantic", similarity=0.97, avoided_cost="0.002")


GPT, MINI, NANO = "gpt-5-2025-08-07", "gpt-5-mini-2025-08-07", "gpt-5-nano-2025-08-07"
CALLING: dict[str, tuple[Callable[[Ask], None], tuple[str, ...]]] = {
    "a function returns a model's name": (a_name, (MINI,)),
    "a decision object says why, and what else there was": (an_object, (GPT,)),
    "a small model is asked where it should go": (a_classifier, (NANO, GPT)),
    "the first choice fails, and the router is asked again": (a_fallback, ("overloaded", MINI)),
    "decided before the route begins": (before_the_route, (MINI,)),
    "a variant of an experiment": (a_variant, (MINI,)),
}
WITHOUT_MODEL = {
    "no model is needed": no_model,
    "a person answers": a_person,
    "put into a batch": a_batch,
    "from the application's own cache": a_cache,
}


@pytest.mark.parametrize("way", ["plain", "streamed", "asynchronous"])
@pytest.mark.parametrize("scenario", CALLING)
def test_what_the_application_decides_is_recorded_with_its_calls(
    recorded: Recorded, provider: Standin, scenario: str, way: str
) -> None:
    decisions._waiting.set(None)
    program, models = CALLING[scenario]
    provider.script(*(OVERLOADED if model == "overloaded" else reply(way, model) for model in models))
    program(lambda model: asked(way, provider.openai_url, model))
    assert recorded_routes(recorded.spans()) == EXPECTED[scenario]
    assert "secret" not in "".join(span.to_json() for span in recorded.spans())


@pytest.mark.parametrize("scenario", WITHOUT_MODEL)
def test_what_needs_no_model_is_a_route_without_attempts(recorded: Recorded, scenario: str) -> None:
    WITHOUT_MODEL[scenario](lambda model: None)
    assert recorded_routes(recorded.spans()) == EXPECTED[scenario]
    assert recorded.attempts() == []


def test_every_scenario_is_tested() -> None:
    assert set(EXPECTED) == {*CALLING, *WITHOUT_MODEL}


@pytest.mark.skipif(int(openai.__version__.split(".")[0]) < 2, reason="the example asks for responses")
def test_the_example_decides_in_each_of_its_ways(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(EXAMPLE))
    assert "stand-in" in os.environ["OPENAI_API_KEY"]
    routes = [dict(span.attributes) for span in recorded.spans("route")]
    told = [
        (route[names.ROUTE_REASON], route.get(names.EXPERIMENT_VARIANT, route[names.ROUTE_DESTINATION]))
        for route in routes
    ]
    assert told == [
        ("rule", "retrieval"),
        ("customer_tier", "model"),
        ("experiment", "nano"),
        ("default", "luna"),
        ("experiment", "nano"),
    ]
    assert [route["llmroute.decision.input.plan"] for route in routes] == ["free", "enterprise", "free", "free", "free"]
    assert [a[names.PURPOSE] for a in recorded.attempts()] == ["answer", "answer", "answer", "routing", "answer"]
    assert len(capsys.readouterr().out.splitlines()) == 10
