"""What is worked out once for routes and decisions that say the same is never another's."""

from __future__ import annotations

import copy
import enum
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import choices, route
from otel_llmroute.app.given import Remembered
from tests.app.conftest import Recorded

FEW = st.sampled_from([None, "", "a", "openai/gpt-6", "batch", "cost", "no reason", "x" * 300, "ab" * 600, 7])
DECISIONS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(choices._WORDS, FEW),
        **dict.fromkeys(("score", "confidence"), st.sampled_from([0, 0.5, 1.0, True, "0.25", None, float("nan")])),
        **dict.fromkeys(("candidates", "excluded"), st.sampled_from([[], ["a", "b=cost"], "a", None])),
        "avoided_cost": st.sampled_from(["0.01", 0.02, None, "much"]),
    },
)


@given(st.lists(st.tuples(DECISIONS, FEW), min_size=2, max_size=8))
def test_a_decision_is_read_as_if_it_were_the_first(decisions: list[tuple[dict[str, Any], Any]]) -> None:
    afterwards = []
    for said, rule in decisions * 2:
        made = choices.decision_of(said, "rule", rule)
        afterwards.append(copy.deepcopy(made))
        made.own["input"] = "of this call alone"
    for (said, rule), before in zip(decisions * 2, afterwards, strict=True):
        choices._worded.found.clear()
        assert choices.decision_of(said, "rule", rule) == before


def test_a_route_does_not_carry_what_another_one_with_the_same_words_was_told(recorded: Recorded) -> None:
    for _ in range(2):
        with llmroute.bind(tenant="acme"), llmroute.route("a", task="draft", experiment="e", variant="x") as told:
            told.decide("openai/gpt-6", reason="cost", rule="r")
        with llmroute.route("a", task="draft", experiment="e", variant="x", candidates=["m"]):
            pass
    first, bare, again, bare_again = [dict(span.attributes or {}) for span in recorded.spans()]
    for one, other in ((first, again), (bare, bare_again)):
        assert one.pop(names.ROUTE_ID) != other.pop(names.ROUTE_ID)
        assert one == other
    assert bare[names.ROUTE_CANDIDATES] == ("m",)
    assert {names.TENANT_ID, names.ROUTE_RULE, names.ROUTE_SELECTED_MODEL}.isdisjoint(bare)
    assert names.ROUTE_CANDIDATES not in first


def test_no_long_word_is_remembered(recorded: Recorded) -> None:
    remembered = (choices._worded, route._worded)
    for each in remembered:
        each.found.clear()
    choices.decision_of("m" * 2000, "rule", None)
    with llmroute.route("m" * 2000):
        pass
    assert [each.found for each in remembered] == [{}, {}]


def test_few_words_are_remembered() -> None:
    times = []

    def joined(*words: Any) -> str:
        times.append(words)
        return "".join(map(str, words))

    remembered = Remembered(joined)
    for _ in range(2):
        for words in (("a",), ("a" * 1024, None), ("a" * 1024, "b"), (["a"],), (7,)):
            assert remembered.of(words) == "".join(map(str, words))
    assert len(times) == 5 + 3
    for number in range(5000):
        remembered.of((str(number),))
    assert len(remembered.found) <= 1024


class Word(str, enum.Enum):
    LOW = "low"


def test_a_text_of_an_enum_is_its_text_whatever_was_remembered(recorded: Recorded) -> None:
    word: Any = Word.LOW
    for said in (word, "low", word):
        with llmroute.route("r", task=said, risk=said):
            pass
        assert recorded.spans("route")[-1].attributes[names.TASK_CLASS] == "low"
        assert recorded.spans("route")[-1].attributes[names.RISK_LEVEL] == "low"
