"""An experiment and the variant a request got of it, on everything that was done for the request."""

from __future__ import annotations

from typing import Any

import openai

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.asking import ask
from tests.app.conftest import Recorded


def parts(recorded: Recorded, kind: str) -> list[tuple[Any, Any]]:
    """Experiment and variant of each record of a kind."""
    found = [span.attributes for span in recorded.spans(kind)]
    return [(told.get(names.EXPERIMENT_NAME), told.get(names.EXPERIMENT_VARIANT)) for told in found]


def test_a_routes_variant_is_on_its_attempts_and_charges(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r", experiment="cheaper", variant="b"):
        ask(client)
        llmroute.charge("search", amount="0.1")
    for kind in ("route", "attempt", "charge"):
        assert parts(recorded, kind) == [("cheaper", "b")]


def test_a_variant_that_is_bound_is_on_jobs_routes_and_calls_inside(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.bind(experiment="cheaper", variant="a"), llmroute.job("j"):
        with llmroute.route("r"):
            ask(client)
        ask(client)
    assert parts(recorded, "job") == parts(recorded, "route") == [("cheaper", "a")]
    assert parts(recorded, "attempt") == [("cheaper", "a")] * 2


def test_a_decision_says_the_variant(recorded: Recorded, client: openai.OpenAI) -> None:
    with llmroute.route("r") as route:
        route.decide("openai/gpt-5", reason="experiment", experiment="cheaper", variant="b")
        ask(client)
    assert parts(recorded, "route") == parts(recorded, "attempt") == [("cheaper", "b")]
    assert recorded.spans("route")[0].attributes[names.ROUTE_REASON] == "experiment"


def test_an_inner_experiment_replaces_an_outer_one_with_its_variant(recorded: Recorded) -> None:
    @llmroute.bind(experiment="outer", variant="a")
    @llmroute.route("r", experiment="inner")
    def work() -> None:
        llmroute.charge("tool", amount="1")
        with llmroute.bind(experiment="innermost"):
            llmroute.charge("tool", amount="1")

    work()
    work()
    assert parts(recorded, "route") == [("inner", None)] * 2
    assert parts(recorded, "charge") == [("inner", None), ("innermost", None)] * 2


def test_a_decision_for_another_experiment_leaves_no_variant_behind(recorded: Recorded) -> None:
    with llmroute.route("r", experiment="cheaper", variant="b") as route:
        route.decide("openai/gpt-5", reason="experiment", experiment="faster")
    assert parts(recorded, "route") == [("faster", None)]


def test_a_variant_of_nothing_is_left_out(recorded: Recorded) -> None:
    with llmroute.route("r", variant="b"), llmroute.route("s", experiment="cheaper"):
        pass
    assert parts(recorded, "route") == [("cheaper", None), (None, None)]
