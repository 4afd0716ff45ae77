"""What an application says in an odd way: of another type, too large, in other letters. Nothing of it raises."""

from __future__ import annotations

import enum
import numbers
from collections.abc import Callable
from typing import Any

import openai
import pytest

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.asking import ask
from tests.app.conftest import Recorded


class Model(enum.Enum):
    LARGE = "openai/gpt-5"


class Float64(float):
    """As NumPy's: a float that is written otherwise."""

    def __repr__(self) -> str:
        return f"np.float64({float.__repr__(self)})"


class Float32:
    """As NumPy's: a number of another library, with its own shortest text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __float__(self) -> float:
        return float(self._text)

    def __str__(self) -> str:
        return self._text


numbers.Real.register(Float32)


class Undecided:
    """As an array: whether it is empty, or like another, cannot be said."""

    def __eq__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise ValueError("the truth of it is ambiguous")

    __hash__ = None  # type: ignore[assignment]


def entered(scope: llmroute.job | llmroute.route) -> None:
    with scope:
        pass


ODD = [["low"], {"a": 1}, 5, 10**400, float("nan"), Model.LARGE, Undecided(), object(), b"low", None, ""]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize(
    "say",
    [
        lambda route, odd: route.decide(odd, reason="cost"),
        lambda route, odd: route.decide("a/b", reason=odd),
        lambda route, odd: route.decide("a/b", reason="cost", detail=odd, rule=odd),
        lambda route, odd: route.decide("a/b", reason="cost", score=odd, threshold=odd, confidence=odd),
        lambda route, odd: route.decide("a/b", reason="cost", excluded=odd, attempt_reason=odd),
        lambda route, odd: route.decide("a/b", reason="cost", experiment=odd, variant=odd),
        lambda route, odd: route.decide("rule", reason="cost", avoided_cost=odd, currency=odd),
        lambda route, odd: route.cache(odd, kind=odd, similarity=odd),
        lambda route, odd: llmroute.record_outcome(odd, odd),
        lambda route, odd: llmroute.record_review(odd, odd, minutes=odd),
        lambda route, odd: llmroute.record_review("1", "edited", minutes=odd),
        lambda route, odd: llmroute.charge(odd, amount=odd, currency=odd, quantity=odd, unit=odd),
        lambda route, odd: llmroute.bind(tenant=odd, plan=odd, risk=odd, purpose=odd, experiment=odd, variant=odd),
        lambda route, odd: entered(llmroute.job("j", id=odd, revenue=odd, currency=odd)),
        lambda route, odd: llmroute.job("j").finish(odd),
        lambda route, odd: entered(llmroute.route("r", task=odd, risk=odd, candidates=odd)),
    ],
)
def test_odd_words_raise_nothing(recorded: Recorded, say: Callable[[Any, Any], object], odd: Any) -> None:
    with llmroute.route("r") as route:
        say(route, odd)
    assert any(span.name == "route r" for span in recorded.spans("route"))


def test_members_of_an_enum_are_taken_by_their_value(recorded: Recorded) -> None:
    with llmroute.route("r") as route:
        route.decide(Model.LARGE, reason="cost", excluded=None)  # type: ignore[arg-type]
    (span,) = recorded.spans("route")
    assert span.attributes[names.ROUTE_SELECTED_PROVIDER] == "openai"
    assert span.attributes[names.ROUTE_SELECTED_MODEL] == "gpt-5"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Float64(0.25), 0.25),
        (Float32("0.1"), 0.1),
        ("1e400", None),
        ("1e999999999", None),
        ("-0.01", None),
        (10**15, None),
        (10**15 - 1, 1e15 - 1),
    ],
)
def test_amounts_of_other_libraries_and_sizes(recorded: Recorded, amount: Any, expected: float | None) -> None:
    llmroute.charge("tool", amount=amount)
    with llmroute.job("j", revenue=amount):
        pass
    (charge,), (job,) = recorded.spans("charge"), recorded.spans("job")
    assert charge.attributes.get(names.COST_AMOUNT) == expected
    assert job.attributes.get(names.JOB_REVENUE) == expected


@pytest.mark.parametrize(
    ("given", "expected"), [("usd", "USD"), (" Eur ", "EUR"), (None, "USD"), ("credits", "credits")]
)
def test_currencies_are_codes_in_capital_letters(recorded: Recorded, given: Any, expected: str) -> None:
    llmroute.charge("tool", amount=1, currency=given)
    with llmroute.job("j", revenue=1, currency=given):
        pass
    (charge,), (job,) = recorded.spans("charge"), recorded.spans("job")
    assert charge.attributes[names.COST_CURRENCY] == job.attributes[names.JOB_REVENUE_CURRENCY] == expected


def test_a_hit_of_the_cache_that_was_not_good_enough_is_none(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r") as route:
        route.cache("hit", avoided_cost="0.01")
        route.cache("stale")
        route.decide("openai/gpt-5", reason="quality")
        ask(client)
    (span,) = recorded.spans("route")
    assert span.attributes[names.ROUTE_OUTCOME] == "success"
    assert span.attributes[names.RESPONSE_CACHE_RESULT] == "stale"
    assert span.attributes[names.ROUTE_DESTINATION] == "model"
    assert names.ROUTE_AVOIDED_COST not in span.attributes


def test_a_variant_is_not_taken_for_one_of_another_experiment(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r", experiment="a", variant="v1"), llmroute.bind(experiment="b"):
        ask(client)
        llmroute.charge("tool", amount=1)
    for record in (recorded.attempt(), recorded.spans("charge")[0].attributes):
        assert record[names.EXPERIMENT_NAME] == "b"
        assert names.EXPERIMENT_VARIANT not in record
