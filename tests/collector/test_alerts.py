"""Alert rules are over metrics that the real binary has, and each says what to do."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Final

import pytest

from tests.collector.collector import CONFIG, FOLDER, running_collector
from tests.collector.conftest import export, piped_through, post
from tests.collector.planted import log
from tests.store.telemetry import NOW_NS, App

TEXT: Final = (FOLDER / "alerts.yaml").read_text(encoding="utf-8")
RULES: Final = {rule.partition("\n")[0]: rule for rule in TEXT.split("- alert: ")[1:]}
"""Name -> the rule as it is written."""


def expression_of(rule: str) -> str:
    """From ``expr:`` to the next setting of a rule."""
    return re.split(r"\n        (?:for|labels|annotations):", rule.partition("expr:")[2])[0]


def named(expression: str) -> set[str]:
    """The metrics of an expression."""
    return set(re.findall(r"\b(otelcol_\w+|up)\b", re.sub(r'"[^"]*"', "", expression)))


POINTS: Final = [{"timeUnixNano": str(NOW_NS), "asDouble": value} for value in (0.5, 0.25)]
METRICS: Final = {
    "resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": POINTS}}]}]}]
}
LOGS: Final = {"resourceLogs": [log(), log()]}
STUCK: Final = "exporters: {clickhouse/calls: {sending_queue: {queue_size: 1, block_on_overflow: false}}}\n"
SHORT_OF_MEMORY: Final = "processors: {memory_limiter: {limit_mib: 1, spike_limit_mib: 0, check_interval: 100ms}}\n"
GIVING_UP: Final = "exporters: {clickhouse/calls: {retry_on_failure: {enabled: false}}}\n"


def exposed_by(file: Path, change: str) -> set[str]:
    """The metrics of a collector whose store is down and whose configuration is changed, after all signals came."""
    file.write_text(change)
    app = App()
    for _ in range(3):
        app.attempt()
        app.span(None, scope="app")
    with running_collector(CONFIG, file, CLICKHOUSE_ENDPOINT="tcp://127.0.0.1:1", APP_DECISION_WAIT="1s") as collector:
        time.sleep(1)
        export(collector, app.spans)
        post(collector, "logs", LOGS)
        post(collector, "metrics", METRICS)
        time.sleep(5)  # the tick of a decision, and the first attempt
        return {re.split(r"[{ ]", line)[0] for line in collector.metrics()}


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The metrics of the real binary when its store is down, in three ways; and those of one that works."""
    folder = tmp_path_factory.mktemp("alerts")
    found = set().union(*(exposed_by(folder / "change.yaml", change) for change in (STUCK, SHORT_OF_MEMORY, GIVING_UP)))
    with piped_through(folder / "data") as piped:
        app = App()
        app.attempt()
        export(piped.collector, app.spans)
        post(piped.collector, "logs", LOGS)
        post(piped.collector, "metrics", METRICS)
        piped.sql("SELECT 1")
        return found | {re.split(r"[{ ]", line)[0] for line in piped.collector.metrics()}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_over_metrics_that_there_are(rule: str, exposed: set[str]) -> None:
    asked = named(expression_of(RULES[rule]))
    assert asked
    assert asked - exposed <= {"up"}, "`up` is Prometheus' own"


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: str) -> None:
    assert re.search(r"\n        labels: \{severity: (critical|warning|info)\}\n", RULES[rule])
    said = re.findall(r"(?m)^ {10}(summary|action): .+[.?]\"?$", RULES[rule])
    assert said == ["summary", "action"]


@pytest.mark.parametrize("setting", sorted(set(re.findall(r"\b(?:COLLECTOR|APP)_[A-Z_]+", TEXT))))
def test_a_setting_that_a_rule_names_is_one(setting: str) -> None:
    assert setting in CONFIG.read_text(encoding="utf-8")
