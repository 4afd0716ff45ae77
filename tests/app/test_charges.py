"""Money that is not spent on a model."""

from __future__ import annotations

import decimal
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


@pytest.mark.parametrize(
    "own",
    [
        decimal.Context(prec=4),
        decimal.Context(prec=10, traps=[decimal.Inexact, decimal.Rounded]),
        decimal.Context(Emax=2),
    ],
    ids=["four digits", "nothing inexact", "small numbers"],
)
def test_money_is_exact_in_whatever_decimal_context_the_application_works(
    own: decimal.Context, recorded: Recorded
) -> None:
    with decimal.localcontext(own):
        llmroute.charge("tool", amount="1234.5678901234567")
        with llmroute.job("j", revenue=decimal.Decimal("12345.67")):
            pass
    charge, job = recorded.spans()
    assert (charge.attributes[names.COST_STATUS], charge.attributes[names.COST_AMOUNT]) == ("priced", 1234.567890123457)
    assert job.attributes[names.JOB_REVENUE] == 12345.67


def test_a_charge_outside_any_route_is_named_by_its_call_site(recorded: Recorded) -> None:
    llmroute.charge("a kind of its own", amount="1")
    attributes = recorded.spans("charge")[0].attributes
    assert attributes[names.CHARGE_KIND] == "other"
    assert attributes[names.ROUTE_NAME].endswith("test_a_charge_outside_any_route_is_named_by_its_call_site")
