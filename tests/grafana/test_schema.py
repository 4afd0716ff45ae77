"""Dashboards and alert rules are what Grafana's own types and models take, oldest and newest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.build import ROOT
from tests.grafana.conftest import HERE, bundled

FILES = sorted((ROOT / "grafana").glob("*.json"))
RULES = ROOT / "alerts" / "llmroute.yaml"


def faults(*files: Path) -> list[str]:
    done = subprocess.run(["node", "check.mjs", *map(str, files)], cwd=HERE, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.returncode == int(bool(done.stdout))
    return done.stdout.splitlines()


def test_every_dashboard_is_what_grafana_10_4_and_13_take() -> None:
    assert len(FILES) == 6
    assert faults(*FILES) == []


WRONG: dict[str, Any] = {
    "a key that no dashboard has": lambda made: made.update(colour="red"),
    "a panel of another type": lambda made: made["panels"][0].update(type="pie"),
    "an option of another panel": lambda made: made["panels"][0]["options"].update(cellHeight="sm"),
    "a unit that is a number": lambda made: made["panels"][3]["fieldConfig"]["overrides"][0]["properties"].append(
        {"id": "unit", "value": 1}
    ),
    "a setting that no field has": lambda made: made["panels"][0]["fieldConfig"]["overrides"][0]["properties"].append(
        {"id": "colour", "value": "red"}
    ),
    "a variable of no type": lambda made: made["templating"]["list"][0].update(type="list"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_grafana_does_not_know_is_a_fault(tmp_path: Path, what: str) -> None:
    made = json.loads((ROOT / "grafana" / "spend.json").read_text(encoding="utf-8"))
    WRONG[what](made)
    (tmp_path / "wrong.json").write_text(json.dumps(made))
    found = faults(tmp_path / "wrong.json")
    assert {line.split(" /")[0].split("  ")[0].split(" Grafana ")[1][:2] for line in found} == {"13", "10"}


def test_every_unit_and_transformation_is_one_that_grafana_knows() -> None:
    known = json.loads(
        subprocess.run(["node", str(bundled("known"))], capture_output=True, text=True, check=True).stdout
    )
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]
    panels = [panel for board in boards for panel in board["panels"]]
    rules = [rule for panel in panels for rule in panel["fieldConfig"]["overrides"]]
    units = {each["value"] for rule in rules for each in rule["properties"] if each["id"] == "unit"}
    used = {each["id"] for panel in panels for each in panel.get("transformations", [])}
    assert (units - {*known["units"], "string"}, used - {*known["transformations"]}) == (set(), set())


def read(told: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    command = ["go", "run", "."]
    return subprocess.run(command, cwd=HERE / "rules", input=json.dumps(told), capture_output=True, text=True)


def test_the_alert_rules_are_what_the_models_of_grafana_take() -> None:
    told = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    assert read(told).stdout == f"llmroute {len(told['groups'][0]['rules'])}\n"
    told["groups"][0]["rules"][0]["noDataState"] = "Fine"
    assert "noDataState" in read(told).stdout
    told["groups"][0]["rules"][0] = {"colour": "red"}
    assert 'unknown field "colour"' in read(told).stdout
