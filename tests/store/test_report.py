"""``llmroute report``: what a person reads, on a terminal and as data, from a store that runs and from a folder."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute import names
from otel_llmroute.store.boards import NAMES, boards
from otel_llmroute.store.cli import main
from otel_llmroute.store.report_table import bar, cell, write_report
from tests.store.conftest import RunningUp, clean_env, end, llmroute, start_store
from tests.store.telemetry import NOW_NS, App, send
from tests.store.test_cli import said

HOUR_NS = 3_600 * 10**9
PERIOD = ("--since", "2026-09-21", "--until", "2026-09-22")
"""The day of ``NOW_NS``."""


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LLMROUTE_DATA", "LLMROUTE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)


def shop() -> App:
    """Two routes, one without a price for everything, and what was said of a job."""
    app = App(service="shop")
    for _ in range(3):
        app.attempt("support.reply", "0.02", **{names.TENANT_ID: "acme", names.JOB_ID: "J1"})
    app.attempt("search", "0.01", **{names.TENANT_PLAN: "it's 100%"})
    app.attempt("search", None)
    job = {names.JOB_ID: "J1", names.TENANT_ID: "acme", names.JOB_OUTCOME: "success", names.JOB_NAME: "ticket"}
    app.span("job", {**job, names.JOB_REVENUE: 1.0, names.JOB_REVENUE_CURRENCY: "USD"}, start_ns=NOW_NS)
    return app


@pytest.fixture(scope="module")
def filled(shared_store: RunningUp) -> RunningUp:
    send(shared_store, shop().spans)
    return shared_store


def report(store: RunningUp, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return said(capsys, "report", *arguments, *PERIOD, "--url", store.web)


def panel(store: RunningUp, capsys: pytest.CaptureFixture[str], on: str, name: str, *more: str) -> dict[str, Any]:
    code, out, _ = report(store, capsys, on, "--panel", name, "--format", "json", *more)
    assert code == 0
    (found,) = json.loads(out)["panels"]
    return dict(found)


def test_a_board_is_printed_with_money_bars_and_what_is_missing(
    filled: RunningUp, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = report(filled, capsys)
    lines = [line.split() for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert ["support.reply", "█" * 12, "$0.0600", "86%", "3", "$0.0200", "0", "3000", "300"] in lines
    assert ["search", "█" * 2, "$0.0100+?", "14%", "2", "$0.0050+?", "0", "2000", "200"] in lines
    assert ["80%", "4", "1", "0", "0", "5"] in lines
    assert out.splitlines()[0] == "Spend: What is spent, on what and for whom, and how much of it is known?"
    assert out.splitlines()[1] == "2026-09-21 00:00 to 2026-09-22 00:00 UTC"
    assert out.endswith("part of one, or no report of usage.\n")


@pytest.mark.parametrize("on", NAMES)
def test_every_board_is_printed_and_fits_the_terminal(
    filled: RunningUp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    titles = [each.title for board in boards() if board.name == on for each in board.panels]
    for width in (60, 80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        code, out, _ = report(filled, capsys, on)
        assert (code, [title for title in titles if f"{title} · " not in out]) == (0, [])
        assert max(map(len, out.splitlines())) <= width


def test_json_has_money_as_text_and_every_column(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    found = panel(filled, capsys, "jobs", "tenant")
    assert [(row["name"], row["revenue"], row["spend"], row["gross_margin"]) for row in found["rows"]] == [
        ("acme", "1", "0.06", "0.94")
    ]
    assert found["columns"][0] == {"name": "name", "heading": "Customer", "unit": "text", "figures": "measured"}
    assert (found["since"], found["until"]) == ("2026-09-21T00:00:00Z", "2026-09-22T00:00:00Z")


def test_csv_is_of_one_panel(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = report(filled, capsys, "spend", "--panel", "route", "--format", "csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert [(row["name"], row["spend"], row["unpriced"]) for row in rows] == [
        ("support.reply", "0.06", "0"),
        ("search", "0.01", "1"),
    ]


def test_a_filter_narrows_and_a_panel_that_cannot_take_it_says_so(
    filled: RunningUp, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = report(filled, capsys, "spend", "--panel", "route", "--filter", "plan=it's 100%")
    assert "only plan=it's 100%" in out
    assert "support.reply" not in out
    _, out, _ = report(filled, capsys, "spend", "--panel", "route", "--filter", "tenant=acme")
    assert "search" not in out
    _, out, _ = report(filled, capsys, "jobs", "--panel", "job", "--filter", "route=search")
    assert "NOT narrowed to route" in out
    assert "ticket" in out


def test_several_values_of_a_filter_are_alternatives(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    either = ("--filter", "route=search", "--filter", "route=support.reply", "--filter", "plan=")
    found = panel(filled, capsys, "spend", "route", *either)
    assert {row["name"]: row["attempts"] for row in found["rows"]} == {"search": 1, "support.reply": 3}
    assert found["filters"] == {"route": ["search", "support.reply"], "plan": [""]}


def test_a_period_without_calls_says_what_to_do_and_is_no_error(
    filled: RunningUp, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = ("--since", "2026-01-01", "--until", "2026-01-02", "--url", filled.web)
    code, out, err = said(capsys, "report", "routes", *empty)
    assert (code, out.count("no data")) == (0, 13)
    assert err.startswith(f"llmroute: nothing in {filled.web} for that period and those filters. Try: ")


def test_a_folder_gives_the_same_board_as_the_store_that_ran_on_it(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    try:
        send(store, shop().spans)
        asked = ("report", "spend", *PERIOD, "--format", "json", "--data", str(tmp_path / "data"))
        running = llmroute(*asked)
    finally:
        end(store)
    stopped = llmroute(*asked)
    assert (running.returncode, running.stderr, stopped.returncode) == (0, "", 0)
    assert json.loads(running.stdout) == json.loads(stopped.stdout)
    assert json.loads(stopped.stdout)["panels"][0]["rows"][0]["spend"] == "0.07"


def test_asking_a_running_store_loads_no_engine(filled: RunningUp) -> None:
    code = (
        "import sys; from otel_llmroute.store.cli import main; main(['report', '--url', sys.argv[1]]);"
        "print([name for name in ('chdb', 'clickhouse_connect', 'grpc', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, filled.web], env=clean_env(), capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


WRONG: list[tuple[list[str], str]] = [
    (["colour"], "there is no board 'colour'. Try: one of spend, routes, jobs, models, data, trace"),
    (["spend", "--panel", "colour"], "the board spend has no panel 'colour'. Try: one of now, month"),
    (["spend", "--filter", "colour=red"], "there is no filter 'colour'. Try: one of route, reason"),
    (["spend", "--filter", "route"], "--filter 'route' is no NAME=VALUE. Try: --filter route=support.reply"),
    (["spend", "--format", "csv"], "CSV is of one panel. Try: --panel now"),
    (["spend", "--limit", "0"], "argument --limit: 0 is not a number from 1 to 10000"),
    (["spend", "--since", "yesterday"], "'yesterday' is not a time"),
    (["spend", "--since", "2026-09-22", "--until", "2026-09-21"], "the period is empty. Try: a --since that is before"),
]


@pytest.mark.parametrize(("arguments", "line"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_what_is_wrong_is_one_line_and_exit_code_2(
    filled: RunningUp, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    code = main(["report", *arguments, "--url", filled.web])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert line in err


DAY = {"since": "2026-09-21T00:00:00Z", "until": "2026-09-22T00:00:00Z"}
NOW = {"board": "spend", "panel": "now", **DAY}
BODIES: list[tuple[dict[str, Any], str]] = [
    ({}, "'board' or 'panel' is not text"),
    ({"board": "spend", "panel": "now"}, "'since' is not a time"),
    (NOW | {"filters": []}, "'filters' no object"),
    (NOW | {"filters": {"route": 1}}, "the values of the filter route are not text"),
    (NOW | {"filters": {"route": []}}, "the values of the filter route are not text"),
    (NOW | {"limit": True}, "'limit' is not a number from 1 to 10000"),
    (NOW | {"board": "../spend"}, "there is no board '../spend'"),
]


@pytest.mark.parametrize(("body", "message"), BODIES, ids=[message for _, message in BODIES])
def test_a_request_that_is_wrong_is_refused(filled: RunningUp, body: dict[str, Any], message: str) -> None:
    period = (
        {"since": "2026-09-21T00:00:00Z", "until": "2026-09-22T00:00:00Z"} if len(body) > 2 or "/" in str(body) else {}
    )
    answer = filled.post(filled.web + "/api/panel", json.dumps({**body, **period}).encode())
    assert answer.status == 400
    assert message in answer.json()["error"]["message"]


def test_amounts_of_a_currency_stand_together_and_control_characters_do_nothing() -> None:
    columns = [
        {"name": "name", "heading": "Route", "unit": "text", "figures": "measured"},
        {"name": "spend", "heading": "Spend", "unit": "money", "figures": "counterfactual"},
    ]
    rows = [
        {"name": "a\x1b[2J", "currency": "JPY", "spend": "900"},
        {"name": "b", "currency": "USD", "spend": "8"},
        {"name": "c", "currency": "JPY", "spend": "-300"},
        {"name": "d", "currency": "USD", "spend": None, "unpriced": 2},
    ]
    answer = {
        "title": "T",
        "about": "?",
        "note": "A note.",
        "since": "2026-09-21T00:00:00Z",
        "until": "2026-09-22T00:00:00Z",
        "filters": {},
        "filters_not_taken": [],
        "has_more": True,
        "chart": "bars",
        "value": "spend",
        "columns": columns,
        "rows": rows,
    }
    file = io.StringIO()
    write_report([answer], {"title": "B", "about": "?"}, "table", file)
    lines = [" ".join(line.split()) for line in file.getvalue().splitlines()[4:]]
    assert lines == [
        "Route Spend (if)",
        "─" * 31,
        f"a [2J {'█' * 12} ¥900.00",
        "c ---- -¥300.00",
        f"b {'█' * 12} $8.00",
        "d unpriced",
        "A note.",
        "there are more rows than these 4: --limit",
        "",
        "+? More was spent than is shown: some of it has no price, part of one, or no report of usage.",
    ]


def test_a_bar_is_never_empty_for_something_nor_there_for_nothing() -> None:
    assert [bar(value, 1_000_000) for value in (None, 0, 1, -1)] == ["", "", "█", "-"]  # type: ignore[arg-type]
    assert bar(None, None) == ""


def test_a_margin_beside_spend_that_is_not_all_known_is_at_most_what_is_shown() -> None:
    row = {"spend": "0.70", "gross_margin": "0.30", "margin_share": 0.3, "currency": "USD", "unpriced": 2}
    known = {**row, "unpriced": 0}
    for name, unit, text in (("gross_margin", "money", "$0.3000"), ("margin_share", "share", "30%")):
        assert cell(name, unit, row, 4) == f"{text}-?"
        assert cell(name, unit, known, 4) == text
        assert cell(name, unit, {**row, name: None}, 4) == "-"


def test_a_forecast_that_is_not_there_yet_is_not_taken_for_spend_that_is_not_known() -> None:
    row = {"spend": "0.70", "forecast": None, "forecast_low": None, "currency": "USD"}
    assert [cell(name, "money", row, 4) for name in ("forecast", "forecast_low")] == ["too early", "-"]
    assert cell("forecast", "money", {**row, "spend": None}, 4) == "-"
