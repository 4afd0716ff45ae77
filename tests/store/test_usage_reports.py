"""Calls without a report of usage are counted alike everywhere: those that may have cost what nobody knows of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from otel_llmroute import names
from otel_llmroute.store.boards import NAMES
from tests.store.conftest import RunningUp, end, start_store
from tests.store.telemetry import App, send
from tests.store.test_cli import said

PERIOD = ("--since", "2026-09-21", "--until", "2026-09-22")
"""The day of ``NOW_NS``."""
ABOUT = {
    names.TENANT_ID: "acme", names.JOB_ID: "J1", names.JOB_NAME: "ticket", names.EXPERIMENT_NAME: "cheaper",
    names.EXPERIMENT_VARIANT: "b",
}  # fmt: skip
NOTHING = {names.USAGE_STATUS: "missing", names.COST_STATUS: "no_usage"}
FAILED = {**NOTHING, names.ATTEMPT_OUTCOME: "failed"}
FIRST_CHUNK = {names.RESPONSE_TIME_TO_FIRST_CHUNK: 0.3}
WITHOUT_REPORT = {
    "answered": NOTHING,
    "stream that was left": {**NOTHING, **FIRST_CHUNK, names.ATTEMPT_OUTCOME: "abandoned"},
    "cancelled": {**NOTHING, names.ATTEMPT_OUTCOME: "cancelled"},
    "stream that broke off": {**FAILED, **FIRST_CHUNK, names.ERROR_TYPE: "APIConnectionError"},
    "not waited for": {**FAILED, names.ERROR_TYPE: "APITimeoutError"},
    "not waited for by botocore": {**FAILED, names.ERROR_TYPE: "ReadTimeoutError"},
}
"""They may have cost something."""
REFUSED = {
    "too many": {**FAILED, names.ERROR_TYPE: "rate_limit_exceeded", names.HTTP_STATUS_CODE: 429},
    "out of order": {**FAILED, names.ERROR_TYPE: "500", names.HTTP_STATUS_CODE: 500},
    "unreachable": {**FAILED, names.ERROR_TYPE: "APIConnectionError"},
    "not reached in time": {**FAILED, names.ERROR_TYPE: "ConnectTimeoutError"},
    "never sent": {**FAILED, names.ERROR_TYPE: "PoolTimeout"},
    "given up by the provider": {**FAILED, names.ERROR_TYPE: "timeout", names.HTTP_STATUS_CODE: 504},
}
"""They cost nothing."""
USED = (names.USAGE_INPUT_TOKENS, names.USAGE_OUTPUT_TOKENS, names.USAGE_CACHE_READ)


def app() -> App:
    """All of these, one without a price, and a call that was refused and made again with success."""
    made = App()
    for number, facts in enumerate([*WITHOUT_REPORT.values(), *REFUSED.values()]):
        made.attempt(cost=None, **ABOUT, **dict.fromkeys(USED), **{names.ROUTE_ID: f"R{number}", **facts})
    made.attempt(cost=None, **ABOUT, **{names.ROUTE_ID: "unpriced"})
    twice = {**ABOUT, names.ROUTE_ID: "retried"}
    made.attempt(cost=None, **twice, **dict.fromkeys(USED), **REFUSED["too many"], **{names.ATTEMPT_NUMBER: 1})
    made.attempt("support.reply", "0.5", **twice, **{names.ATTEMPT_NUMBER: 2, names.ATTEMPT_REASON: "retry"})
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    running = start_store(tmp_path_factory.mktemp("reports") / "data")
    try:
        send(running, app().spans)
        yield running
    finally:
        end(running)


def panels(store: RunningUp, capsys: pytest.CaptureFixture[str], board: str, *more: str) -> dict[str, Any]:
    """Panel -> rows, of those that say how many calls have no report of usage."""
    code, out, err = said(capsys, "report", board, *PERIOD, "--format", "json", "--url", store.web, *more)
    assert (code, err) == (0, "")
    found = {panel["panel"]: panel["rows"] for panel in json.loads(out)["panels"]}
    return {name: rows for name, rows in found.items() if rows and "no_usage" in rows[0]}


def test_spend_counts_what_may_have_cost_something(store: RunningUp) -> None:
    answer = store.spend()
    for (row,) in (answer["rows"], answer["totals"]):
        assert (row["attempts"], row["failed"], row["calls"]) == (15, 10, 14)
        assert (row["no_usage"], row["unpriced"], row["partly_priced"]) == (len(WITHOUT_REPORT), 1, 0)
    by_outcome = store.spend(by="attempt")["rows"]
    assert {row["attempt"]: row["no_usage"] for row in by_outcome} == {"initial": len(WITHOUT_REPORT), "retry": 0}


@pytest.mark.parametrize("narrowed", [(), ("--filter", "route=support.reply"), ("--filter", "tenant=acme")])
@pytest.mark.parametrize("board", NAMES)
def test_every_panel_counts_what_spend_counts(
    store: RunningUp, capsys: pytest.CaptureFixture[str], board: str, narrowed: tuple[str, ...]
) -> None:
    (total,) = store.spend()["totals"]
    found = panels(store, capsys, board, *narrowed)
    assert {name: sum(row["no_usage"] for row in rows) for name, rows in found.items()} == dict.fromkeys(
        found, total["no_usage"]
    )
    assert len(found) >= {"spend": 8}.get(board, 1)


def test_the_pricing_coverage_is_of_what_used_something(store: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = panels(store, capsys, "spend")["coverage"]
    assert (row["records"], row["priced"], row["unpriced"], row["no_usage"]) == (15, 1, 1, len(WITHOUT_REPORT))
    assert row["coverage"] == 0.5


def test_data_health_counts_what_spend_counts(store: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    (health,) = store.sql("SELECT calls FROM data_health WHERE check = 'no_usage'")
    assert health["calls"] == len(WITHOUT_REPORT)
    code, out, _ = said(capsys, "report", "data", "--panel", "checks", *PERIOD, "--format", "json", "--url", store.web)
    (panel,) = json.loads(out)["panels"]
    assert code == 0
    assert [row["calls"] for row in panel["rows"] if row["check"] == "no_usage"] == [len(WITHOUT_REPORT)]


def test_what_was_refused_is_known_by_the_call_itself(store: RunningUp) -> None:
    rows = store.sql("SELECT error_type, count() AS calls FROM llm_calls WHERE unanswered GROUP BY ALL ORDER BY ALL")
    assert {row["error_type"]: row["calls"] for row in rows} == {
        "500": 1, "APIConnectionError": 1, "ConnectTimeoutError": 1, "PoolTimeout": 1, "rate_limit_exceeded": 2,
        "timeout": 1,
    }  # fmt: skip
