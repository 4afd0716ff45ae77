"""A router of the application's own: its decision is recorded whatever it returns, and nothing it does is changed."""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import choices, decisions
from tests.app.conftest import Recorded
from tests.app.deciding import RULE, decided, decided_in_a_route


@pytest.fixture(autouse=True)
def nothing_decided_before() -> None:
    decisions._waiting.set(None)


# --- what it returns ---


class Tier(enum.Enum):
    FAST = "openai/gpt-6-luna"


class Word(str, enum.Enum):
    FAST = "gpt-6-luna"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("gpt-6-luna", {"selected_model": "gpt-6-luna"}),
        ("openai/gpt-6-luna", {"selected_provider": "openai", "selected_model": "gpt-6-luna"}),
        ("openrouter/openai/gpt-6", {"selected_provider": "openrouter", "selected_model": "openai/gpt-6"}),
        (Tier.FAST, {"selected_provider": "openai", "selected_model": "gpt-6-luna"}),
        (Word.FAST, {"selected_model": "gpt-6-luna"}),
        ("batch", {"destination": "batch"}),
        ("human", {"destination": "human"}),
        ("tell me a story about the sea", {}),
        ("x" * 300, {}),
        (b"gpt-6", {}),
        (7, {}),
        (object(), {}),
    ],
)
def test_a_text_is_a_destination(recorded: Recorded, chosen: Any, said: dict[str, Any]) -> None:
    assert decided_in_a_route(recorded, chosen) == {**RULE, **said}


FIELDS: dict[str, Any] = {
    "model": "gpt-6-luna",
    "provider": "openai",
    "reason": "complexity",
    "score": 0.25,
    "threshold": 0.5,
    "confidence": 1,
    "rule": "short",
    "candidates": ["openai/gpt-6-luna", "openai/gpt-6-sol"],
    "excluded": ["openai/gpt-6-sol=budget", "anthropic/claude-opus-5"],
    "experiment": "cheaper",
    "variant": "b",
}
SAID = {
    "router": "app",
    "reason": "complexity",
    "rule": "short",
    "destination": "model",
    "selected_provider": "openai",
    "selected_model": "gpt-6-luna",
    "score": 0.25,
    "threshold": 0.5,
    "confidence": 1.0,
    "candidates": ("openai/gpt-6-luna", "openai/gpt-6-sol"),
    "excluded": ("openai/gpt-6-sol=budget", "anthropic/claude-opus-5=unknown"),
    "experiment.name": "cheaper",
    "experiment.variant": "b",
}
DATACLASS = dataclasses.make_dataclass("Choice", FIELDS)(**FIELDS)
TUPLE = NamedTuple("TUPLE", [(field, Any) for field in FIELDS])(**FIELDS)  # type: ignore[misc]


def of_pydantic() -> Any:
    import pydantic

    return pydantic.create_model("Choice", **dict.fromkeys(FIELDS, (Any, ...)))(**FIELDS)


@pytest.mark.parametrize("chosen", [FIELDS, DATACLASS, TUPLE, of_pydantic()], ids=lambda chosen: type(chosen).__name__)
def test_a_decision_object_of_any_kind_says_all_of_it(recorded: Recorded, chosen: Any) -> None:
    assert decided_in_a_route(recorded, chosen) == SAID


def test_a_destination_without_a_model_may_name_the_model_that_answers_there(recorded: Recorded) -> None:
    chosen = {"destination": "batch", "model": "openai/gpt-6-sol", "avoided_cost": "0.02", "currency": "EUR"}
    assert decided_in_a_route(recorded, chosen, reason="batch") == {
        **RULE,
        "reason": "batch",
        "destination": "batch",
        "selected_provider": "openai",
        "selected_model": "gpt-6-sol",
        "avoided_cost_estimate": 0.02,
        "avoided_cost_currency": "EUR",
    }


@pytest.mark.parametrize(
    ("own", "options", "said"),
    [
        ({}, {}, {"reason": "rule", "rule": "pick"}),
        ({}, {"reason": "cost", "rule": "cheap"}, {"reason": "cost", "rule": "cheap"}),
        ({"reason": "risk", "rule": "legal"}, {"reason": "cost", "rule": "cheap"}, {"reason": "risk", "rule": "legal"}),
        ({"reason": "vip"}, {"reason": "cost"}, {"reason": "unknown", "reason_detail": "vip", "rule": "pick"}),
        (
            {"reason": "The customer asked how to end a contract"},
            {},
            {"reason": "unknown", "reason_detail": "_OTHER", "rule": "pick"},
        ),
    ],
)
def test_the_reason_is_the_decisions_own_else_the_decorators_else_rule(
    recorded: Recorded, own: dict[str, Any], options: dict[str, Any], said: dict[str, Any]
) -> None:
    found = decided_in_a_route(recorded, {"model": "m", **own}, **options)
    assert found == {"router": "app", "destination": "model", "selected_model": "m", **said}


def test_none_decides_nothing(recorded: Recorded) -> None:
    assert decided_in_a_route(recorded, None) == {"router": "app", "reason": "explicit", "destination": "model"}


def test_it_can_be_used_without_parentheses_and_keeps_the_function(recorded: Recorded) -> None:
    @llmroute.router
    def by_plan(plan: str) -> str:
        """Its own words."""
        return f"model-{plan}"

    with llmroute.route("r"):
        assert by_plan("pro") == "model-pro"
    assert (by_plan.__name__, by_plan.__doc__) == ("by_plan", "Its own words.")
    assert decided(recorded.spans("route")[0].attributes)["rule"] == "by_plan"


def test_a_method_and_a_partial_are_routers_too(recorded: Recorded) -> None:
    class Desk:
        @llmroute.router(record=("plan",))
        def pick(self, plan: str) -> str:
            return "m"

    picked = llmroute.router(functools.partial(lambda plan, model: model, "pro"))
    with llmroute.route("r"):
        assert Desk().pick("pro") == "m"
    with llmroute.route("s"):
        assert picked("n") == "n"
    first, second = (decided(span.attributes) for span in recorded.spans("route"))
    assert first["decision.input.plan"] == "pro"
    assert (second["rule"], second["selected_model"]) == ("router", "n")


# --- what it was told ---


def test_arguments_are_recorded_when_it_is_told_to_and_they_are_short(recorded: Recorded) -> None:
    @llmroute.router(record=("plan", "size", "is_new", "tier", "share", "task", "prompt", "many"))
    def pick(prompt: str, plan: str, *, size: int, is_new: bool = True, tier: Any = None, **more: Any) -> str:
        return "m"

    with llmroute.route("r"):
        pick("how do I leave my wife?", "pro", size=3, tier=Tier.FAST, share=0.5, task="draft")
    found = decided(recorded.spans("route")[0].attributes)
    assert {name: value for name, value in found.items() if "input" in name} == {
        "decision.input.plan": "pro",
        "decision.input.size": 3,
        "decision.input.is_new": True,
        "decision.input.tier": "openai/gpt-6-luna",
        "decision.input.prompt": "_OTHER",
    }


def test_nothing_of_its_arguments_is_recorded_unless_it_is_told_to(recorded: Recorded) -> None:
    @llmroute.router
    def pick(plan: str) -> str:
        return "m"

    with llmroute.route("r"):
        pick("a-very-secret-plan")
    assert "secret" not in recorded.spans("route")[0].to_json()


# --- what is not decided when it returns ---


async def coroutine() -> str:
    return "openai/gpt-5"


def generator() -> Iterator[str]:
    yield "openai/gpt-5"


async def async_generator() -> AsyncIterator[str]:
    yield "openai/gpt-5"


class Asynchronous:
    """An object that is called like a coroutine function."""

    async def __call__(self) -> str:
        return "openai/gpt-5"


async def test_an_object_with_an_asynchronous_call_decides_when_it_is_awaited(recorded: Recorded) -> None:
    pick = llmroute.router(name="pick")(Asynchronous())
    with llmroute.route("r"):
        assert await pick() == "openai/gpt-5"
    assert decided(recorded.spans("route")[0].attributes) == {
        **RULE,
        "selected_provider": "openai",
        "selected_model": "gpt-5",
    }


@pytest.mark.parametrize("pick", [lambda: coroutine(), generator, async_generator])
async def test_what_has_not_been_decided_yet_is_no_decision(recorded: Recorded, pick: Any) -> None:
    with llmroute.route("r"):
        chosen = llmroute.router(pick)()
        if inspect.iscoroutine(chosen):
            assert await chosen == "openai/gpt-5"
        else:
            assert inspect.isgenerator(chosen) or inspect.isasyncgen(chosen)
    assert decided(recorded.spans("route")[0].attributes) == {
        "router": "app",
        "reason": "explicit",
        "destination": "model",
    }


# --- whatever it meets ---


def test_in_a_process_that_is_not_instrumented_it_is_the_function() -> None:
    pick = llmroute.router(lambda plan: plan, record=("plan",))
    chosen = object()
    assert pick(chosen) is chosen
    assert decisions._waiting.get() is None


class Hostile:
    """An object every field of which goes wrong when it is read."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("a secret")


class Endless(dict[str, Any]):
    def get(self, key: str, default: Any = None) -> Any:
        return self


@pytest.mark.parametrize("chosen", [Hostile(), Endless()], ids=["raises", "endless"])
def test_what_cannot_be_read_is_left_out(recorded: Recorded, chosen: Any) -> None:
    assert decided_in_a_route(recorded, chosen) == RULE


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = (*FIELDS, "destination", "detail", "avoided_cost", "currency")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, ANYTHING)), ANYTHING)
def test_whatever_the_fields_hold_the_attributes_are_short_names_and_numbers(chosen: Any, argument: Any) -> None:
    made = choices.decision_of(chosen, "rule", "pick")
    assert made.shared[names.ROUTE_REASON] in names.ROUTE_REASONS
    assert made.shared[names.ROUTE_DESTINATION] in names.ROUTE_DESTINATIONS
    for value in [*made.shared.values(), *made.own.values(), choices.input_of(argument)]:
        for item in value if isinstance(value, list) else [value]:
            assert (
                item is None
                or isinstance(item, (bool, int, float))
                or (len(item) <= 400 and not set(item) & set(" \n\t'\""))
            )
