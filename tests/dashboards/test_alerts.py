"""Alert rules: what must fire does, once; what must not, does not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from dashboards.alerts import alert_file, rules, runbook_of
from dashboards.build import ROOT
from otel_llmroute.store.budgets.budget import Budget
from tests.dashboards.alerting import NOW, calls, figures, fired, long_ago, recorded, rule_of, seconds_of, weekly
from tests.store.engine import Engine

HOURS = (-3, -2, -1)
UNPRICED: dict[str, Any] = {"cost": None, "cost_input": None, "currency": "", "cost_status": "unpriced"}


def now(count: int, hours: tuple[int, ...] = HOURS, **more: Any) -> list[Any]:
    return [call for hour in hours for call in calls(count, NOW + timedelta(hours=hour), **more)]


# --- spend against the same hours of the week -------------------------------------------------------------------------


def test_spend_as_in_the_weeks_before_fires_nothing(empty: Engine) -> None:
    recorded(empty, long_ago(), weekly(20), now(22))
    assert fired(empty, "spend-unusual") == []


def test_spend_far_above_the_same_hours_of_the_weeks_before_fires_once_for_its_route(empty: Engine) -> None:
    steady = weekly(20, route="search"), now(20, route="search")
    recorded(empty, long_ago(), *steady, weekly(20, range(-6, 0)), now(60, tuple(range(-6, 0))))
    assert fired(empty, "spend-unusual") == [("support", "USD")]
    rule = rule_of("spend-unusual")
    shown = {name: figures(empty, rule, NOW, column)["support", "USD"] for name, column in rule.shown.items()}
    assert shown == {"spend": 180, "usual": 60, "calls": 180}


def test_a_busy_weekday_after_a_quiet_weekend_is_usual(empty: Engine) -> None:
    monday = tuple(range(-51, -48))
    busy = weekly(40, monday), now(40, monday)
    recorded(empty, long_ago(), *busy)
    assert fired(empty, "spend-unusual", NOW - timedelta(days=2)) == []


def test_one_strange_week_among_those_before_is_not_what_is_usual(empty: Engine) -> None:
    strange = [call for hour in HOURS for call in calls(200, NOW - timedelta(weeks=2) + timedelta(hours=hour))]
    recorded(empty, long_ago(), weekly(20), strange, now(22))
    assert fired(empty, "spend-unusual") == []
    rule = rule_of("spend-unusual")
    assert figures(empty, rule, NOW, "usual")["support", "USD"] == 60


@pytest.mark.parametrize(
    "small",
    [{"count": 30, "cost": Decimal("0.01")}, {"count": 2, "cost": Decimal(90)}],
    ids=["little money", "few calls"],
)
def test_little_money_and_few_calls_fire_nothing(empty: Engine, small: dict[str, Any]) -> None:
    recorded(empty, long_ago(), weekly(1, cost=Decimal("0.001")), now(**small))
    assert fired(empty, "spend-unusual") == []


def test_a_short_peak_is_gone_before_it_was_held(empty: Engine) -> None:
    """Fifty dollars in one hour, a fifth above the threshold: above it in no more than the hour after."""
    recorded(
        empty, long_ago(), weekly(20, range(-8, 0)), now(20, tuple(range(-8, 0))), calls(40, NOW - timedelta(hours=4))
    )
    assert fired(empty, "spend-unusual", minutes=420) == []


def test_spend_around_the_threshold_does_not_flap(empty: Engine) -> None:
    hours = tuple(range(-14, 0))
    up_and_down = [call for hour in hours for call in now(48 if hour % 4 < 2 else 30, (hour,))]
    recorded(empty, long_ago(), weekly(20, hours), up_and_down)
    rule = rule_of("spend-unusual")
    values = [figures(empty, rule, NOW + timedelta(hours=hour))["support", "USD"] for hour in range(-10, 1)]
    assert min(values) < rule.above < max(values)
    assert fired(empty, "spend-unusual", minutes=600) == [("support", "USD")]


def test_a_new_route_fires_in_an_old_store_and_not_in_a_new_one(empty: Engine) -> None:
    recorded(empty, long_ago(), now(30, tuple(range(-6, 0))))
    assert fired(empty, "spend-unusual") == [("support", "USD")]
    recorded(empty, now(30, tuple(range(-6, 0))))
    assert fired(empty, "spend-unusual") == []


def test_each_currency_is_held_against_itself(empty: Engine) -> None:
    dollars, euros = {"currency": "USD"}, {"currency": "EUR"}
    hours = tuple(range(-6, 0))
    recorded(empty, long_ago(), weekly(20, hours, **dollars), now(20, hours, **dollars), now(40, hours, **euros))
    assert fired(empty, "spend-unusual") == [("support", "EUR")]


# --- what was paid for nothing, what is not known, what fails ---------------------------------------------------------


def test_attempts_nobody_used_fire_when_they_are_a_fifth_of_the_spend(empty: Engine) -> None:
    hours = tuple(range(-7, 0))
    recorded(empty, now(30, hours), now(10, hours, outcome="discarded"))
    assert fired(empty, "waste") == [("support", "USD")]
    recorded(empty, now(30, hours), now(5, hours, outcome="discarded"))
    assert fired(empty, "waste") == []
    recorded(empty, now(5, (-1,), outcome="discarded"))
    assert fired(empty, "waste") == []


def test_calls_without_a_price_fire_when_they_are_more_than_a_few(empty: Engine) -> None:
    hours = tuple(range(-7, 0))
    recorded(empty, now(30, hours), now(3, hours, **UNPRICED))
    assert fired(empty, "unpriced") == [()]
    recorded(empty, now(100, hours), now(3, hours, **UNPRICED))
    assert fired(empty, "unpriced") == []
    recorded(empty, now(3, (-1,), **UNPRICED))
    assert fired(empty, "unpriced") == []


def test_failures_fire_with_enough_of_them_and_not_three_of_three(empty: Engine) -> None:
    failed = {"outcome": "failed", "cost": None, "cost_input": None, "cost_status": "no_usage", "currency": ""}
    recorded(empty, now(70), now(30, **failed))
    assert fired(empty, "failures") == [("support", "USD")]
    recorded(empty, now(95), now(5, **failed))
    assert fired(empty, "failures") == []
    recorded(empty, now(1, (-1,), **failed), now(2, (-1,), route="search", **failed))
    assert fired(empty, "failures") == []


# --- budgets ----------------------------------------------------------------------------------------------------------

A_MONTH = Budget("support", Decimal(100), only={"route": ("support",)}, forecast=True)


def test_a_budget_that_is_used_up_fires_once_until_its_period_ends(empty: Engine) -> None:
    recorded(empty, now(30, (-10, -8, -3, -2)), budgets=[A_MONTH])
    assert fired(empty, "budget-used-up", minutes=540) == [("support", "", "USD", "month")]
    october = NOW.replace(month=10, day=1)
    assert fired(empty, "budget-used-up", october) == []


def test_a_budget_that_will_not_last_fires_before_it_is_used_up(empty: Engine) -> None:
    recorded(empty, now(1, tuple(range(-30, 0)), cost=Decimal("2.5")), budgets=[A_MONTH])
    assert fired(empty, "budget-at-risk") == [("support", "", "USD", "month")]
    assert fired(empty, "budget-used-up") == []


@pytest.mark.parametrize(("hours", "forecast"), [((-8, -7, -6), -1.0), ((-30, -7, -6), 126.0)])
def test_a_budget_that_is_nearly_used_up_fires_also_before_there_is_a_forecast(
    empty: Engine, hours: tuple[int, ...], forecast: float
) -> None:
    budget, labels = replace(A_MONTH, forecast=False), ("support", "", "USD", "month")
    recorded(empty, now(30, hours), budgets=[budget])
    assert fired(empty, "budget-at-risk") == [labels]
    # Without a row for each alert in each of its queries Grafana would say that the rule has no data.
    rule = rule_of("budget-at-risk")
    shown = {name: figures(empty, rule, NOW, expression) for name, expression in rule.shown.items()}
    assert shown == {"spend": {labels: 90.0}, "amount": {labels: 100.0}, "forecast": {labels: forecast}}


def test_a_budget_for_each_customer_fires_for_the_one_that_passed_it(empty: Engine) -> None:
    each = Budget("customers", Decimal(100), each="tenant")
    recorded(empty, now(60, tenant="acme"), now(10, tenant="umbrella"), budgets=[each])
    assert fired(empty, "budget-used-up") == [("customers", "acme", "USD", "month")]


# --- the cache --------------------------------------------------------------------------------------------------------


def test_a_drop_of_cache_reads_fires_with_enough_calls(empty: Engine) -> None:
    hours = tuple(range(-6, 0))
    recorded(empty, weekly(30, hours), now(30, hours, cache_read_tokens=10_000))
    assert fired(empty, "cache-drop") == [("support",)]
    recorded(empty, weekly(30, hours), now(30, hours, cache_read_tokens=40_000))
    assert fired(empty, "cache-drop") == []
    recorded(empty, weekly(30, hours), now(1, hours, cache_read_tokens=0))
    assert fired(empty, "cache-drop") == []


def test_a_route_that_hardly_ever_reads_the_cache_cannot_drop(empty: Engine) -> None:
    hours = tuple(range(-6, 0))
    recorded(empty, weekly(30, hours, cache_read_tokens=2_000), now(30, hours, cache_read_tokens=0))
    assert fired(empty, "cache-drop") == []


# --- the data itself --------------------------------------------------------------------------------------------------


def test_silence_fires_where_calls_are_usual_and_a_quiet_night_does_not(empty: Engine) -> None:
    hours = tuple(range(-6, 0))
    recorded(empty, long_ago(), weekly(40, hours))
    assert fired(empty, "silence") == [()]
    recorded(empty, long_ago(), weekly(40, hours), now(20, hours))
    assert fired(empty, "silence") == []
    recorded(empty, long_ago(), weekly(3, hours))
    assert fired(empty, "silence") == []
    recorded(empty)
    assert fired(empty, "silence") == []


def test_calls_that_arrive_late_fire_for_their_service(empty: Engine) -> None:
    hours = tuple(range(-4, 0))
    late = [call for hour in hours for call in calls(
        60, NOW + timedelta(hours=hour), service="batch", received_at=NOW + timedelta(hours=hour + 1)
    )]  # fmt: skip
    recorded(empty, now(60, hours), late)
    assert fired(empty, "late") == [("batch",)]


# --- the rules themselves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_holds_recovers_below_where_it_fires_and_has_a_page(rule: Any) -> None:
    assert seconds_of(rule.hold) >= 300
    assert rule.below <= rule.above
    page = ROOT / "runbooks" / f"{rule.name}.md"
    assert page.read_text(encoding="utf-8").startswith(f"# {rule.title}\n")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_rule_asks_nothing_of_an_empty_store_and_fires_nothing(empty: Engine, rule: Any) -> None:
    recorded(empty)
    assert all(value <= rule.above for value in figures(empty, rule, NOW).values())
    for expression in rule.shown.values():
        assert set(figures(empty, rule, NOW, expression)) <= set(figures(empty, rule, NOW))


def test_the_file_says_each_rule_once_and_links_what_is_there() -> None:
    (group,) = yaml.safe_load(alert_file())["groups"]
    assert [rule["uid"] for rule in group["rules"]] == [f"llmroute-{rule.name}" for rule in rules()]
    for rule in group["rules"]:
        assert (ROOT.parent / rule["annotations"]["runbook"]).exists()
        refs = {query["refId"] for query in rule["data"]}
        used = set(re.findall(r"\.Values\.(\w+)\.Value\b", rule["annotations"]["summary"]))
        assert used == refs - {"watched", "fires"}
        assert rule["condition"] in refs
        # Grafana fills `$name` and `${name}` in this file from its own environment.
        assert "$" not in rule["annotations"]["summary"] + rule["title"]


def test_a_rule_links_its_page_where_people_can_open_it() -> None:
    assert runbook_of("waste", "https://wiki.example/runbooks/") == {
        "runbook_url": "https://wiki.example/runbooks/waste.md"
    }
