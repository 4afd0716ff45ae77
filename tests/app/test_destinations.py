"""Requests that no model answers, or that one answers later: routes without attempts, and what that may have spared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import openai
import pytest
from standin import Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded


@pytest.mark.parametrize(
    ("destination", "reason"),
    [
        ("retrieval", "no_model"),
        ("rule", "rule"),
        ("human", "human_review"),
        ("batch", "batch"),
        ("none", "budget"),
        ("cache", "cache_hit"),
    ],
)
def test_a_destination_without_a_model_is_a_route_without_attempts(
    recorded: Recorded, destination: str, reason: str
) -> None:
    with llmroute.route("r") as route:
        route.decide(destination, reason=reason, avoided_cost=Decimal("0.0021"), currency="EUR")
    (span,) = recorded.spans()
    told = dict(span.attributes)
    assert told.pop(names.ROUTE_ID) == route.id
    assert told == {
        names.RECORD_KIND: "route",
        names.ROUTE_NAME: "r",
        names.ROUTE_SOURCE: "explicit",
        names.ROUTE_ROUTER: "app",
        names.ROUTE_REASON: reason,
        names.ROUTE_DESTINATION: destination,
        names.ROUTE_ATTEMPT_COUNT: 0,
        names.ROUTE_OUTCOME: "cache_hit" if destination == "cache" else "success",
        names.ROUTE_AVOIDED_COST: 0.0021,
        names.ROUTE_AVOIDED_CURRENCY: "EUR",
    }


def test_what_was_avoided_is_no_spend(recorded: Recorded) -> None:
    with llmroute.route("r") as route:
        route.decide("retrieval", reason="no_model", avoided_cost="0.5")
    assert recorded.metric(names.METRIC_COST) == []
    assert not any(name.startswith("llmroute.cost") for name in recorded.spans()[0].attributes)


@pytest.mark.parametrize("cost", ["-1", "much", float("nan"), float("inf"), "1e30", [], None])
def test_an_estimate_that_is_no_amount_is_left_out_with_its_currency(recorded: Recorded, cost: Any) -> None:
    with llmroute.route("r") as route:
        route.decide("retrieval", reason="no_model", avoided_cost=cost)
    assert {names.ROUTE_AVOIDED_COST, names.ROUTE_AVOIDED_CURRENCY}.isdisjoint(recorded.spans()[0].attributes)


def test_a_person_who_answers_is_a_charge_on_the_route(recorded: Recorded) -> None:
    with llmroute.job("ticket", id="T-1"), llmroute.route("support.reply") as route:
        route.decide("human", reason="human_review", avoided_cost="0.004")
        llmroute.charge("human_review", amount="2.50", quantity=3, unit="min")
    (charge,) = recorded.spans("charge")
    told = {name: charge.attributes[name] for name in (names.ROUTE_ID, names.ROUTE_DESTINATION, names.COST_AMOUNT)}
    assert told == {names.ROUTE_ID: route.id, names.ROUTE_DESTINATION: "human", names.COST_AMOUNT: 2.5}
    assert recorded.total(names.METRIC_COST) == 2.5
    assert recorded.attempts() == []


def test_a_batched_request_is_answered_later_under_the_same_name_and_job(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    with llmroute.job("digest", id="D-1"), llmroute.route("digest.summary") as route:
        route.decide("batch", reason="batch")
    with llmroute.job("digest", id="D-1"), llmroute.route("digest.summary"):  # at night, in another process
        ask(client)
    queued, answered = (span.attributes for span in recorded.spans("route"))
    assert (queued[names.ROUTE_DESTINATION], queued[names.ROUTE_ATTEMPT_COUNT]) == ("batch", 0)
    assert (answered[names.ROUTE_DESTINATION], answered[names.ROUTE_ATTEMPT_COUNT]) == ("model", 1)
    assert queued[names.JOB_ID] == answered[names.JOB_ID] == "D-1"
    assert len(recorded.attempts()) == 1
