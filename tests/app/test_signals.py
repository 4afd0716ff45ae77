"""What routers say, taken only in short safe pieces, and which of it is believed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_llmroute import names
from otel_llmroute.app.records import RouteState
from otel_llmroute.app.routers import reasons, signals
from otel_llmroute.app.routers.precedence import own_facts, shared_facts
from otel_llmroute.app.routers.reasons import REASONS, Reason
from otel_llmroute.app.routers.signals import Signals

PROMPT = "Please cancel my order 1234; my card is 4111 1111 1111 1111"
SQL = "x'; DROP TABLE llm_calls; --"
ANYTHING = st.one_of(
    st.text(),
    st.binary(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(), st.text(), max_size=3),
)


@pytest.fixture(autouse=True)
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        "cheapest": Reason("cost", is_strategy=True),
        "shuffle": Reason("load_balance", is_strategy=True),
        "scored": Reason("complexity"),
        "keyword": Reason("rule"),
        "spent": Reason("budget"),
        "hit": Reason("cache_hit"),
        "latest": Reason("alias"),
        "direct": Reason("explicit"),
    }
    monkeypatch.setitem(REASONS, "made-up", known)


def said(*causes: str, **fields: Any) -> Signals:
    return Signals("made-up", causes=causes, **fields)


@given(ANYTHING)
def test_a_name_is_short_and_has_no_blank_or_it_is_none(value: Any) -> None:
    name = signals.name(value)
    assert name is None or (name == value and re.fullmatch(r"[A-Za-z0-9_.:/@+~-]{1,256}", name))


@given(ANYTHING)
def test_a_cause_is_at_most_64_characters_and_quotes_no_sentence(value: Any) -> None:
    cause = signals.cause(value)
    if not isinstance(value, str) or not value:
        assert cause is None
    else:
        assert cause == names.OTHER or (value.startswith(cause or "-") and len(cause or "") <= 64)
        assert not re.search(r"\s", cause or "")


@given(ANYTHING)
def test_a_number_is_finite_or_it_is_none(value: Any) -> None:
    number = signals.number(value)
    assert number is None or abs(number) <= 1e15


@given(ANYTHING)
def test_names_of_anything_are_names(value: Any) -> None:
    assert all(signals.name(each) == each for each in signals.names(value))


def test_a_list_of_names_is_bounded() -> None:
    assert len(signals.names([f"model-{number}" for number in range(1000)])) == signals.MOST_NAMES


@pytest.mark.parametrize("text", [PROMPT, SQL, "\x00\x01", "ünïcode", "a" * 10_000 + " b"])
def test_what_could_quote_a_prompt_is_not_a_name(text: str) -> None:
    assert signals.name(text) is None
    assert signals.cause(text) in (names.OTHER, "a" * 64)


def test_a_long_literal_is_cut() -> None:
    assert signals.cause("x" * 1000) == "x" * 64


# --- which is believed ---


def reason(*heard: Signals) -> tuple[Any, Any]:
    facts = shared_facts(heard)
    return facts.get(names.ROUTE_REASON), facts.get(names.ROUTE_REASON_DETAIL)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ((said("scored"),), ("complexity", "scored")),
        ((said("cheapest", "scored"),), ("complexity", "scored")),
        ((said("scored", "spent"),), ("budget", "spent")),
        ((said("spent", "hit"),), ("cache_hit", "hit")),
        ((said("latest", "shuffle"),), ("load_balance", "shuffle")),
        ((said("direct", "latest"),), ("alias", "latest")),
        ((said("never heard of", "direct"),), ("explicit", "direct")),
        ((said("never-heard-of"),), ("unknown", "never-heard-of")),
        ((said("keyword"), said("scored")), ("rule", "keyword")),
        ((said("latest"), said("scored")), ("complexity", "scored")),
        ((said(),), (None, None)),
    ],
)
def test_the_signal_that_says_most_is_believed(heard: tuple[Signals, ...], expected: tuple[Any, Any]) -> None:
    assert reason(*heard) == expected


def test_literals_are_known_in_any_case() -> None:
    assert reasons.reason_of("made-up", "Scored") == Reason("complexity")


def test_every_row_of_the_table_names_a_reason_of_the_closed_list() -> None:
    for router, rows in REASONS.items():
        for literal, row in rows.items():
            assert row.reason in names.ROUTE_REASONS, (router, literal)
            assert literal == literal.lower(), (router, literal)


def test_the_router_of_the_believed_cause_is_the_one_named() -> None:
    heard = (Signals("far", causes=("nothing-known",)), said("scored"))
    assert shared_facts(heard)[names.ROUTE_ROUTER] == "made-up"


def test_a_served_model_that_was_not_asked_for_is_no_fallback() -> None:
    facts = own_facts([said("shuffle", requested_model="smart", served_model="gpt-6-luna", served_provider="openai")])
    assert facts == {
        names.ROUTE_REQUESTED_MODEL: "smart",
        names.ROUTE_SERVED_MODEL: "gpt-6-luna",
        names.ROUTE_SERVED_PROVIDER: "openai",
    }


def test_a_path_of_several_destinations_is_a_fallback() -> None:
    facts = own_facts([said(path=("openai/a", "anthropic/b"))])
    assert facts == {names.ROUTE_FALLBACK_USED: True, names.ROUTE_FALLBACK_PATH: ("openai/a", "anthropic/b")}


def test_the_outer_router_says_what_was_asked_for_and_the_inner_who_answered() -> None:
    outer = said(requested_model="smart", served_model="alias", candidates=("a", "b"))
    inner = said(requested_model="alias", served_model="gpt-6-luna", candidates=("c",))
    facts = own_facts([outer, inner])
    assert facts[names.ROUTE_REQUESTED_MODEL] == "smart"
    assert facts[names.ROUTE_CANDIDATES] == ("a", "b")
    assert facts[names.ROUTE_SERVED_MODEL] == "gpt-6-luna"


def test_a_hit_of_a_routers_cache_is_answered_by_a_cache() -> None:
    assert shared_facts([said("hit", cache_result="hit")])[names.ROUTE_DESTINATION] == "cache"


def test_a_route_that_the_application_has_decided_keeps_its_reason() -> None:
    state = RouteState({names.ROUTE_REASON: "risk", names.ROUTE_ROUTER: "app"})
    state.is_decided = True
    state.hear(said("scored", served_model="gpt-6-luna"))
    assert state.facts == {names.ROUTE_REASON: "risk", names.ROUTE_ROUTER: "app"}
    assert own_facts(state.signals)[names.ROUTE_SERVED_MODEL] == "gpt-6-luna"


def test_a_route_hears_a_bounded_number_of_signals() -> None:
    state = RouteState({})
    for _ in range(1000):
        state.hear(said("scored"))
    assert len(state.signals) == 16
