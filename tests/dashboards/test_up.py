"""The store of `llmroute up` answers every query of Grafana at its ClickHouse port, where nothing can be changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboards.alerts import rules
from otel_llmroute.store.boards import boards
from tests.dashboards.grafana import asked
from tests.dashboards.test_queries import OPTIONS, statement
from tests.store.conftest import RunningUp, end, start_store
from tests.store.ledger import SINCE, UNTIL

PANELS = {f"{on.name}-{panel.name}": statement(on, panel) for on in boards() for panel in on.panels}
ALERTS = {f"{rule.name}-{name}": rule.figure(name) for rule in rules() for name in (rule.value, *rule.shown.values())}
LISTS = {f"list of {name}": sql for name, sql in OPTIONS.items()}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    running = start_store(tmp_path_factory.mktemp("up") / "data")
    yield running
    end(running)


def test_every_query_is_answered_whatever_the_variables_are(up: RunningUp) -> None:
    refused = {}
    for values in ({}, {"route": ("it's\\", "'); DROP TABLE llm_calls"), "tenant": ("\\' OR 1 --",)}):
        for name, sql in {**PANELS, **LISTS, **ALERTS}.items():
            answer = up.post(f"{up.clickhouse}/", asked(sql, SINCE, UNTIL, values).encode(), content_type="text/plain")
            if answer.status != 200:
                refused[name] = answer.body
    assert refused == {}
    assert up.post(f"{up.clickhouse}/", b"SELECT count() FROM llm_calls", content_type="text/plain").body == b"0\n"
