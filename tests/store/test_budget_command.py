"""``llmroute budget``: what it prints, and what its exit code says to CI and cron."""

from __future__ import annotations

import csv
import json
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute import names
from otel_llmroute.store.cli import main
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, attempt_facts, send
from tests.store.test_cli import said


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("LLMROUTE_DATA", "LLMROUTE_TOKEN", "LLMROUTE_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "220")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spent_now(*amounts: tuple[str, str, str | None], hours_ago: int = 0) -> App:
    """Customer, route, cost: just now, or so long ago."""
    app = App(service="shop")
    start_ns = time.time_ns() - hours_ago * 3600 * 10**9
    for tenant, route, cost in amounts:
        app.span("attempt", {**attempt_facts(route, cost), names.TENANT_ID: tenant}, start_ns=start_ns)
    return app


@pytest.fixture(scope="module")
def filled(shared_store: RunningUp) -> RunningUp:
    """Nine dollars of Acme's on two routes, one of Umbrella's, and something without a price on a third route. Only
    Umbrella called before today, too: 30 hours ago, for a dollar."""
    amounts = [("acme", "support", "5"), ("acme", "search", "4"), ("umbrella", "support", "1"), ("acme", "draft", None)]
    send(shared_store, spent_now(*amounts).spans)
    send(shared_store, spent_now(("umbrella", "old", "1"), hours_ago=30).spans)
    return shared_store


def budgets(*texts: str) -> None:
    """A configuration of budgets, each ``name amount more``: of a day that began two hours ago, where they are kept."""
    day = f'period = "day"\nzone = "{zone_at_two()}"'
    rows = (
        f'[[budgets]]\nname = "{name}"\namount = "{amount}"\n{day}\n{more}\n'
        for name, amount, more in map(_split, texts)
    )
    Path("llmroute.toml").write_text("".join(rows))


def zone_at_two() -> str:
    """A zone where it is between two and three at night: no period of it ends while a test runs."""
    west = (datetime.now(timezone.utc).hour - 2) % 24
    return f"Etc/GMT+{west}" if west <= 12 else f"Etc/GMT-{24 - west}"


def _split(text: str) -> tuple[str, str, str]:
    name, amount, *more = text.split(" ", 2)
    return name, amount, "".join(more)


def budget(store: RunningUp, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return said(capsys, "budget", *arguments, "--url", store.web)


def rows(store: RunningUp, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    return list(json.loads(budget(store, capsys, *arguments, "--format", "json")[1])["rows"])


CODES = [
    # budget, --fail-on warn, forecast, over
    ("all 14", (0, 3, 0)),  # ten dollars, and eleven in 31 hours for 21 or 22 more: the forecast is above 17
    ("all 100", (0, 0, 0)),
    ("all 12", (3, 3, 0)),
    ("all 12 warn = 0.9", (0, 3, 0)),
    ("all 14 forecast = true", (3, 3, 0)),
    ("support 10 route = 'support'\nforecast = true", (0, 0, 0)),  # a few minutes say nothing of the day
    ("all 10", (3, 3, 0)),
    ("all 9.99", (4, 4, 4)),
    ("draft 5 route = 'draft'", (3, 3, 0)),  # nothing is known of it
    ("nobody 5 route = 'nowhere'", (0, 0, 0)),
]


@pytest.mark.parametrize(("text", "codes"), CODES, ids=[text for text, _ in CODES])
def test_the_exit_code_says_how_far_it_is(
    filled: RunningUp, capsys: pytest.CaptureFixture[str], text: str, codes: tuple[int, ...]
) -> None:
    budgets(text)
    assert tuple(budget(filled, capsys, "--fail-on", what)[0] for what in ("warn", "forecast", "over")) == codes
    assert budget(filled, capsys)[0] == codes[0]


def test_what_it_is_too_early_for_is_said_and_no_failure(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    budgets("all 100", "support 10 route = 'support'", "customers 100 each = 'tenant'", "search 1 route = 'search'")
    code, out, err = budget(filled, capsys, "all", "support", "customers", "--fail-on", "forecast")
    lines = {tuple(line.split()[:2]): "too early" in line for line in out.splitlines()}
    assert [lines["all", "-"], lines["support", "-"], lines["customers", "acme"]] == [False, True, True]
    early = "support, customers tenant acme: less than a day of calls is known"
    assert (code, err) == (0, f"llmroute: too early for a forecast of {early}\n")
    assert budget(filled, capsys, "support")[2] == ""
    # What is over already is a fact.
    assert budget(filled, capsys, "search", "--fail-on", "forecast")[::2] == (4, "")


def test_the_worst_of_several_decides_and_one_can_be_asked_for(
    filled: RunningUp, capsys: pytest.CaptureFixture[str]
) -> None:
    budgets("good 100000", "bad 1", "soon 12")
    assert [budget(filled, capsys, *names_)[0] for names_ in ((), ("good",), ("soon",), ("good", "soon"))] == [
        4,
        0,
        3,
        3,
    ]
    assert [row["name"] for row in rows(filled, capsys, "soon", "good")] == ["soon", "good"]


def test_the_table_is_for_people(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    budgets("customers 8 each = 'tenant'")
    code, out, err = budget(filled, capsys)
    lines = [line.split() for line in out.splitlines()]
    assert (code, err) == (4, "")
    assert lines[1][:6] == ["Budget", "Of", "State", "Used", "Spend", "Budget"]
    assert lines[3][:6] == ["customers", "acme", "over", "112%", "$9.0000+?", "$8.0000"]
    assert lines[4][:6] == ["customers", "umbrella", "within", "12%", "$1.0000", "$8.0000"]
    assert out.splitlines()[-1].startswith("+? More was spent than is shown")


def test_json_and_csv_have_every_figure(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    budgets("all 12.5 currency = 'USD'")
    (row,) = rows(filled, capsys)
    figures = {
        "spend": "10",
        "amount": "12.5",
        "used": 0.8,
        "level": "warn",
        "warned": 0.8,
        "records": 4,
        "unpriced": 1,
    }
    assert {name: row[name] for name in figures} == figures
    assert (row["driver_by"], row["driver"], row["growth"]) == ("route", "support", "6")
    (line,) = csv.DictReader(budget(filled, capsys, "--format", "csv")[1].splitlines())
    assert {name: line[name] for name in ("name", "spend", "amount", "level")} == {
        "name": "all",
        "spend": "10",
        "amount": "12.5",
        "level": "warn",
    }
    assert set(line) == set(row)


def test_a_file_that_is_named_is_used(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    budgets("all 1")
    Path("llmroute.toml").rename("other.toml")
    assert budget(filled, capsys, "--config", "other.toml")[0] == 4


def test_what_is_saved_is_in_force_for_everybody(store: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    send(store, spent_now(("acme", "support", "5")).spans)
    code, _, err = budget(store, capsys)
    assert (code, err.count("\n")) == (0, 1)
    assert err.startswith(
        f"llmroute: no budgets in llmroute.toml nor in {store.web}. Try: [[budgets]] in llmroute.toml"
    )
    budgets("all 6 warn = 0.9", "other 100000")
    code, _, err = budget(store, capsys, "--save")
    assert (code, err) == (0, f"llmroute: saved in {store.web}: 2 budgets\n")
    assert budget(store, capsys, "--save")[2] == f"llmroute: already in {store.web}: 2 budgets\n"
    Path("llmroute.toml").unlink()
    assert [row["name"] for row in rows(store, capsys)] == ["all", "other"]
    report = json.loads(
        said(capsys, "report", "spend", "--panel", "budgets", "--format", "json", "--url", store.web)[1]
    )
    assert report["panels"][0]["rows"] == rows(store, capsys)
    Path("llmroute.toml").write_text("")
    assert budget(store, capsys, "--save")[2].startswith(f"llmroute: saved in {store.web}: 0 budgets\n")
    assert rows(store, capsys) == []


def test_a_store_takes_over_the_budgets_of_its_file_and_a_folder_answers_without_it(tmp_path: Path) -> None:
    budgets("all 6 warn = 0.9")
    data = tmp_path / "data"
    for _ in range(2):
        store = start_store(data, LLMROUTE_CONFIG="llmroute.toml")
        try:
            send(store, spent_now(("acme", "support", "3.5")).spans)
            assert store.sql("SELECT name, amount FROM llm_budgets") == [{"name": "all", "amount": "6.000000000000"}]
        finally:
            end(store)
    Path("llmroute.toml").unlink()
    done = llmroute("budget", "--data", str(data), "--format", "json")
    assert (done.returncode, done.stderr) == (4, "")
    assert [(row["name"], row["spend"]) for row in json.loads(done.stdout)["rows"]] == [("all", "7")]


WRONG = [
    (["--save"], "there is no llmroute.toml to save budgets of. Try: --config FILE", None),
    (["--config", "no.toml"], "no.toml: cannot be read (No such file or directory)", None),
    ([], "llmroute.toml:3: budgets[0].amount: 'x' is not an amount", "b x"),
    (["other"], "there is no budget 'other'. Try: one of b", "b 5"),
    (["--test-webhook"], "there is no [webhook] in llmroute.toml. Try: docs/budgets.md", "b 5"),
    (["--fail-on", "soon"], "argument --fail-on: invalid choice: 'soon'", "b 5"),
    (["--save", "--test-webhook"], "argument --test-webhook: not allowed with argument --save", "b 5"),
]


@pytest.mark.parametrize(("arguments", "line", "text"), WRONG, ids=[line for _, line, _ in WRONG])
def test_what_is_wrong_is_one_line_and_exit_code_2(
    filled: RunningUp, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str, text: str | None
) -> None:
    if text:
        budgets(text)
    code = main(["budget", *arguments, "--url", filled.web])
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert line in err


def test_a_store_does_not_start_with_budgets_that_cannot_be_used(tmp_path: Path) -> None:
    budgets("b x")
    ports = [word for name in ("otlp-grpc", "otlp-http", "web", "clickhouse") for word in (f"--{name}-port", "0")]
    done = llmroute("up", "--data", str(tmp_path / "data"), *ports, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("Error: llmroute.toml:3: budgets[0].amount: 'x' is not an amount")


BODIES: list[tuple[dict[str, Any], str]] = [
    ({"budgets": 3}, "'budgets' is not a list of objects"),
    ({"budgets": [3]}, "'budgets' is not a list of objects"),
    ({"budgets": [{"name": "b"}]}, "budgets[0]: no amount: a budget needs a name and an amount"),
    ({"budgets": [{"name": "b", "amount": "-1"}]}, "budgets[0].amount: '-1' is not an amount above 0"),
    ({"save": True}, "'save' is not true or false, or there are no budgets to save"),
    ({"budgets": [], "save": "yes"}, "'save' is not true or false"),
]


@pytest.mark.parametrize(("body", "message"), BODIES, ids=[str(body) for body, _ in BODIES])
def test_a_request_that_is_wrong_is_refused(filled: RunningUp, body: dict[str, Any], message: str) -> None:
    answer = filled.post(filled.web + "/api/budget", json.dumps(body).encode())
    assert answer.status == 400
    assert message in answer.json()["error"]["message"]
