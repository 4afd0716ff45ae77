"""Money that is not spent on a model."""

from __future__ import annotations

from typing import Any

import pytest

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.conftest import Recorded


def test_a_charge_is_money_on_the_route_in_force(recorded: Recorded) -> None:
    with llmroute.bind(tenant="acme"), llmroute.job("j", id="7"), llmroute.route("r"):
        llmroute.charge("search", amount="0.002", quantity=2, unit="search")
    (charge,) = recorded.spans("charge")
    expected = {
        names.RECORD_KIND: "charge",
        names.CHARGE_KIND: "search",
        names.CHARGE_QUANTITY: 2.0,
        names.CHARGE_UNIT: "search",
        names.COST_AMOUNT: 0.002,
        names.COST_OTHER: 0.002,
        names.COST_CURRENCY: "USD",
        names.COST_STATUS: "priced",
        names.ROUTE_NAME: "r",
        names.JOB_ID: "7",
        names.TENANT_ID: "acme",
    }
    assert {name: charge.attributes[name] for name in expected} == expected
    assert charge.start_time == charge.end_time
    assert recorded.total(names.METRIC_COST) == 0.002
    assert recorded.metric(names.METRIC_CALLS) == []


@pytest.mark.parametrize(("amount", "status"), [(None, "unpriced"), ("x", "unpriced"), (0, "free"), ("0.1", "priced")])
def test_a_charge_of_unknown_amount_is_unpriced_and_never_0(recorded: Recorded, amount: Any, status: str) -> None:
    llmroute.charge("tool", amount=amount)
    attributes = recorded.spans("charge")[0].attributes
    assert attributes[names.COST_STATUS] == status
    assert (names.COST_AMOUNT in attributes) == (status != "unpriced")


def test_a_charge_outside_any_route_is_named_by_its_call_site(recorded: Recorded) -> None:
    llmroute.charge("a kind of its own", amount="1")
    attributes = recorded.spans("charge")[0].attributes
    assert attributes[names.CHARGE_KIND] == "other"
    assert attributes[names.ROUTE_NAME].endswith("test_a_charge_outside_any_route_is_named_by_its_call_site")
