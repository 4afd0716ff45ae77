"""What people read of an alert, filled by the templates of Go, as Grafana's are."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from dashboards.alerts import Rule, rules
from tests.grafana.conftest import HERE


def message(rule: Rule, **values: float) -> str:
    told: dict[str, Any] = {
        "message": rule.summary,
        "labels": {label: f"the {label}" for label in rule.labels.values()},
        "values": {**dict.fromkeys(rule.shown, 7.5), **values},
    }
    done = subprocess.run(
        ["go", "run", "main.go"], cwd=HERE / "messages", input=json.dumps(told), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)
def test_a_message_is_filled_with_its_figures(rule: Rule) -> None:
    text = message(rule)
    assert [sign for sign in ("%!", "<no value>", "{{", "NaN") if sign in text] == []
    assert text.endswith(".")


def test_a_budget_without_a_forecast_is_told_without_one() -> None:
    (rule,) = [each for each in rules() if each.name == "budget-at-risk"]
    start = "The budget the budget the of stands at 7.50 of 7.50 the currency"
    assert message(rule) == f"{start}; if it goes on like this (an estimate) at 7.50 at its end."
    assert message(rule, forecast=-1) == f"{start}."
