"""OpenAI's decisions: a call made in order to decide, and what its answer says of the route that it is made in."""

from __future__ import annotations

from typing import Any

import pytest
from standin import openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.conftest import Recorded
from tests.routers.gateways.cases import Case, chat
from tests.routers.gateways.clients import ask, client
from tests.routers.scenarios import recorded_routes

USAGE = openai_wire.response_usage(1000, 3, cached=0, cache_write=0, reasoning=0)
CHOICE = {
    "type": "choice",
    "name": "which",
    "choice": "billing",
    "confidence": 0.93,
    "probabilities": [{"value": "billing", "probability": 0.93}, {"value": "other", "probability": 0.07}],
}
SCORE = {"type": "score", "name": "hard", "score": 3, "confidence": 0.8, "probabilities": []}
PREDICATE = {"type": "predicate", "name": "hard", "probability": 0.2}
ANSWER = chat("the answer", "gpt-5-mini", model="gpt-5-mini", url="https://api.openai.com/v1")


def decision(*answers: dict[str, Any]) -> Case:
    body = {"model": "gpt-6-luna", "answers": list(answers), "usage": USAGE}
    return Case("a decision", body, model="gpt-6-luna", url="https://api.openai.com/v1")


def decide(case: Case) -> Any:
    """The call of the newest SDK, or what it comes to in one that has no method for it."""
    questions = [{"type": "choice", "name": "which", "question": "About what?", "choices": [{"value": "billing"}]}]
    asked: Any = {"model": case.model, "input": "My card was charged twice", "questions": questions}
    client_ = client(case)
    if hasattr(client_, "decisions"):
        return client_.decisions.create(**asked)
    return client_.post("/decisions", body=asked, cast_to=object)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (CHOICE, {"reason": "task_class", "detail": "choice", "rule": "billing", "confidence": 0.93}),
        (SCORE, {"reason": "complexity", "detail": "score", "score": 3.0, "confidence": 0.8}),
        (PREDICATE, {"reason": "task_class", "detail": "predicate", "confidence": 0.2}),
    ],
    ids=["choice", "score", "predicate"],
)
def test_a_decision_says_why_the_route_goes_where_it_goes(
    recorded: Recorded, answer: dict[str, Any], said: dict[str, Any]
) -> None:
    with llmroute.route("support.reply"):
        decide(decision(answer))
        ask(ANSWER, client(ANSWER))
    (route,) = recorded_routes(recorded.spans())
    words = ("reason", "detail", "rule", "score", "confidence")
    assert {word: route[word] for word in words if word in route} == said
    assert route["fallback_used"] is False
    assert [attempt.get("purpose", "answer") for attempt in route["attempt"]] == ["routing", "answer"]
    assert route["fallback_path"] == ["openai/gpt-5-mini"]


def test_a_decision_outside_of_a_route_is_an_attempt_and_no_route(recorded: Recorded) -> None:
    decide(decision(CHOICE))
    assert recorded.spans("route") == []
    attempt = recorded.attempt()
    assert attempt[names.PURPOSE] == "routing"
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.COST_STATUS]) == (1000, "priced")


def test_what_the_application_decides_by_it_is_believed(recorded: Recorded) -> None:
    with llmroute.route("support.reply") as route:
        decide(decision(CHOICE))
        route.decide("openai/gpt-5-mini", reason="risk")
    (told,) = recorded_routes(recorded.spans())
    assert told["reason"] == "risk"


@pytest.mark.parametrize(
    "answers",
    [
        (CHOICE, SCORE),
        ({"type": "refusal", "name": None},),
        (),
        ({"type": "choice", "choice": "Please cancel my order 1234", "confidence": "high"},),
        ({"type": ["choice"], "choice": {"a": 1}, "confidence": True},),
    ],
    ids=["two questions", "refusal", "none", "a sentence", "other types"],
)
def test_an_answer_that_says_nothing_for_certain_names_no_rule(recorded: Recorded, answers: tuple[Any, ...]) -> None:
    body = decision(*answers).body
    client_ = client(Case("a decision", body, model="gpt-6-luna", url="https://api.openai.com/v1"))
    with llmroute.route("support.reply"):
        client_.post("/decisions", body={"model": "gpt-6-luna", "input": "x"}, cast_to=object)
    (told,) = recorded_routes(recorded.spans())
    assert "rule" not in told
    assert "1234" not in str(told)


def test_the_application_says_what_a_decision_is_for(recorded: Recorded) -> None:
    with llmroute.bind(purpose="evaluation"):
        decide(decision(CHOICE))
    assert recorded.attempt()[names.PURPOSE] == "evaluation"
