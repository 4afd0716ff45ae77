"""Grafana itself, with the data source, dashboards and rules of the compose files. Needs one: ``LLMROUTE_TEST_GRAFANA``
is its address with user and password, such as ``http://admin:llmroute@127.0.0.1:3000``."""

from __future__ import annotations

import base64
import json
import os
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from dashboards.alerts import SOURCE_UID, rules
from otel_llmroute.store.boards import NAMES
from tests.dashboards.grafana import interpolated
from tests.dashboards.test_queries import IDS, PANELS, Board, Panel, dashboard

ADDRESS = urlsplit(os.environ.get("LLMROUTE_TEST_GRAFANA", ""))
pytestmark = pytest.mark.skipif(not ADDRESS.hostname, reason="LLMROUTE_TEST_GRAFANA does not say where a Grafana is")


def got(path: str, body: dict[str, Any] | None = None) -> Any:
    """What its API answers. Raises ``HTTPError``."""
    key = base64.b64encode(f"{ADDRESS.username}:{ADDRESS.password}".encode()).decode()
    headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"http://{ADDRESS.hostname}:{ADDRESS.port}{path}", data, headers), timeout=60) as answer:
        return json.load(answer)


def test_every_dashboard_is_there() -> None:
    assert {each["uid"] for each in got("/api/search?tag=llmroute")} == {f"llmroute-{name}" for name in NAMES}
    for name in NAMES:
        found = got(f"/api/dashboards/uid/llmroute-{name}")["dashboard"]["panels"]
        assert [panel["title"] for panel in found] == [panel["title"] for panel in dashboard(name)["panels"]]


def test_every_alert_rule_is_there() -> None:
    found = {rule["uid"]: rule for rule in got("/api/v1/provisioning/alert-rules")}
    assert set(found) == {f"llmroute-{rule.name}" for rule in rules()}
    for rule in rules():
        made = found[f"llmroute-{rule.name}"]
        assert made["data"][0]["model"]["rawSql"] == rule.figure(rule.value)
        assert made["annotations"]["summary"] == rule.summary


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_the_data_source_answers_every_panel(on: Board, panel: Panel) -> None:
    (target,) = dashboard(on.name)["panels"][on.panels.index(panel)]["targets"]
    asked = {**target, "rawSql": interpolated(target["rawSql"], {}), "intervalMs": 60_000, "maxDataPoints": 1000}
    source = {"type": target["datasource"]["type"], "uid": SOURCE_UID}
    answer = got("/api/ds/query", {"from": "now-7d", "to": "now", "queries": [{**asked, "datasource": source}]})
    assert answer["results"]["A"].get("error") is None
