"""The alert rules of ``alerts.toml`` as a provisioning file of Grafana."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from dashboards.boards import uid_of
from dashboards.panels import target
from dashboards.statement import panel_sql
from otel_llmroute.store.boards import board

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFINED: Final = Path(__file__).parent / "alerts.toml"
SOURCE_UID: Final = "llmroute"
"""That of the data source in collector/compose/grafana/datasources; a rule cannot have a variable."""
EVERY: Final = "5m"


@dataclass(frozen=True)
class Rule:
    """As in ``alerts.toml``, which says what each is."""

    name: str
    title: str
    severity: str
    question: str
    labels: dict[str, str]
    value: str
    shown: dict[str, str]
    above: float
    below: float
    hold: str
    panel: str
    summary: str
    by: str = ""
    window_s: int = 3600
    parameters: dict[str, int] = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The question, as the data source asks it."""
        return panel_sql(self.question, self.by, parameters=self.parameters)

    def figure(self, expression: str) -> str:
        """SQL for one number per alert. A row without the number is left out: it is not 0."""
        columns = [f"q.{column} AS {label}" for column, label in self.labels.items()]
        number = f"toFloat64({expression}) AS figure"
        return f"SELECT {', '.join([*columns, number])}\nFROM\n(\n{self.sql}\n) AS q\nWHERE figure IS NOT NULL"


def rules() -> tuple[Rule, ...]:
    """All of them. Raises ``TypeError`` for a key that is not known."""
    return tuple(Rule(hold=each.pop("for"), **each) for each in _told()["rules"])


def runbook_of(name: str, address: str) -> dict[str, str]:
    """The annotation that says where the page of a rule is: a link, once it is known where people can open it."""
    file = f"{name}.md"
    return {"runbook_url": f"{address.rstrip('/')}/{file}"} if address else {"runbook": f"dashboards/runbooks/{file}"}


def _told() -> dict[str, Any]:
    told: dict[str, Any] = tomllib.loads(DEFINED.read_text(encoding="utf-8"))
    return told


def alert_file() -> str:
    """The provisioning file, as YAML."""
    group = {"orgId": 1, "name": "llmroute", "folder": "llmroute", "interval": EVERY}
    made = {"apiVersion": 1, "groups": [{**group, "rules": [_rule(rule) for rule in rules()]}]}
    text = yaml.dump(made, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return f"# Made from alerts.toml by `make dashboards`.\n{text}"


class _Dumper(yaml.SafeDumper):
    """Text of several lines is written as such."""


def _lines(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _lines)


def _rule(rule: Rule) -> dict[str, Any]:
    uid, number = _looked_at(rule.panel)
    return {
        "uid": f"llmroute-{rule.name}",
        "title": rule.title,
        "condition": "fires",
        "data": [*_queries(rule), _condition(rule)],
        # A row that is gone has ended: every row that could fire is there, with 0.
        "noDataState": "OK",
        "execErrState": "Error",
        "for": rule.hold,
        "dashboardUid": uid,
        "panelId": number,
        "annotations": {
            "summary": rule.summary,
            **runbook_of(rule.name, _told()["runbooks"]),
            "__dashboardUid__": uid,
            "__panelId__": str(number),
        },
        "labels": {"severity": rule.severity, "source": "llmroute"},
        "isPaused": False,
    }


def _looked_at(place: str) -> tuple[str, int]:
    """Dashboard and number of a panel. Raises ``StoreError``."""
    on, _, name = place.partition("/")
    panels = board(on).panels
    return uid_of(on), panels.index(board(on).panel(name)) + 1


def _queries(rule: Rule) -> list[dict[str, Any]]:
    """What is watched, and what the message shows of it: one number each, told apart by the labels of the alert."""
    asked = {"watched": rule.value, **rule.shown}
    return [_query(rule, ref, rule.figure(expression)) for ref, expression in asked.items()]


def _query(rule: Rule, ref: str, sql: str) -> dict[str, Any]:
    model = target(sql, 1, ref)
    source = {**model["datasource"], "uid": SOURCE_UID}
    return {
        "refId": ref,
        "relativeTimeRange": {"from": rule.window_s, "to": 0},
        "datasourceUid": SOURCE_UID,
        "model": {**model, "datasource": source},
    }


def _condition(rule: Rule) -> dict[str, Any]:
    expression = {"type": "__expr__", "uid": "__expr__"}
    evaluator = {"type": "gt", "params": [rule.above]}
    until = {"type": "lt", "params": [rule.below]}
    return {
        "refId": "fires",
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": "__expr__",
        "model": {
            "refId": "fires",
            "type": "threshold",
            "datasource": expression,
            "expression": "watched",
            "conditions": [{"evaluator": evaluator, "unloadEvaluator": until}],
        },
    }
