"""Prices in the store: set, imported, shown, compared; they come before ``llmroute.toml``, and that before the list."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute import names
from otel_llmroute.store.pricing.table import MOST_PRICES
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, attempt_facts, send

TOML = """
# A contract.
[[prices]]
name = "special"
provider = "acme"
model = "acme-large-eu"
input_per_mtok = 3
output_per_mtok = "9.5"

[[prices]]
provider = "acme"
model = "acme-*"
currency = "EUR"
input_per_mtok = "2"
cache_read_per_mtok = 0.2
output_per_mtok = "8"
web_search_per_1k = 5
request = "0.0001"
from = 2026-01-01
until = 2027-01-01
source = "https://acme.example/prices"

[[prices]]
host = "gpu-*"
model = "*"
gpu_hour = "3.60"
gpus = 2
tokens_per_second = 1000

[[prices]]
provider = "azure.*"
model = "chat-prod-*"
same_as = "openai/gpt-5"
"""


def shown(store: RunningUp, *arguments: str, cwd: Path | None = None) -> list[dict[str, Any]]:
    """The answer of ``prices show`` as JSON."""
    done = llmroute("prices", "show", *arguments, "--url", store.web, "--format", "json", cwd=cwd)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def price(
    store: RunningUp, provider: str, model: str, *more: str, cwd: Path | None = None
) -> tuple[str, dict[str, str]]:
    """Where the price in force is from, and its units."""
    (found,) = shown(store, "--provider", provider, "--model", model, *more, cwd=cwd)
    return found["origin"], {unit["kind"]: unit["amount"] for unit in found["units"]}


def set_price(store: RunningUp, *arguments: str) -> str:
    """The version of a price that is set."""
    done = llmroute("prices", "set", *arguments, "--url", store.web)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_price_of_the_store_comes_before_the_file_and_the_file_before_the_list(
    shared_store: RunningUp, tmp_path: Path
) -> None:
    (tmp_path / "llmroute.toml").write_text('[[prices]]\nmodel = "gpt-5-nano"\ndiscount = "0.5"\n')
    nano = ("openai", "gpt-5-nano")
    assert price(shared_store, *nano)[0] == "price list"
    assert price(shared_store, *nano)[1]["input"] == "0.05"
    assert price(shared_store, *nano, cwd=tmp_path) == (
        "llmroute.toml",
        halved(price(shared_store, *nano)[1]),
    )
    set_price(
        shared_store,
        "--provider",
        "openai",
        "--model",
        "gpt-5-nano",
        "--input-per-mtok",
        "0.07",
        "--output-per-mtok",
        "1",
    )
    assert price(shared_store, *nano, cwd=tmp_path) == ("store", {"input": "0.07", "output": "1"})


def halved(units: dict[str, str]) -> dict[str, str]:
    return {kind: f"{(Decimal(amount) / 2).normalize():f}" for kind, amount in units.items()}


def test_setting_a_price_again_adds_a_version_and_changes_none(shared_store: RunningUp) -> None:
    first = set_price(shared_store, "--provider", "again", "--model", "m", "--input-per-mtok", "1", "--name", "deal")
    second = set_price(shared_store, "--provider", "again", "--model", "m", "--input-per-mtok", "2", "--name", "deal")
    assert price(shared_store, "again", "m") == ("store", {"input": "2"})
    rows = shared_store.sql("SELECT version, amount FROM llm_prices WHERE provider = 'again' ORDER BY added_at")
    assert [(row["version"], row["amount"]) for row in rows] == [
        (first, "1.000000000000000000"),
        (second, "2.000000000000000000"),
    ]
    assert first.startswith("store/deal@2")


def test_a_price_holds_from_its_first_day_until_its_last(shared_store: RunningUp) -> None:
    whom = ("--provider", "dated", "--model", "m")
    set_price(shared_store, *whom, "--input-per-mtok", "1")
    set_price(shared_store, *whom, "--input-per-mtok", "2", "--from", "2026-06-01", "--until", "2026-07-01")
    days = {day: price(shared_store, "dated", "m", "--at", day)[1]["input"] for day in DAYS}
    assert days == dict(zip(DAYS, ("1", "2", "2", "1"), strict=True))


DAYS = ("2026-05-31", "2026-06-01", "2026-06-30", "2026-07-01")


def test_a_price_is_kept_to_its_last_decimal(shared_store: RunningUp) -> None:
    set_price(shared_store, "--provider", "exact", "--model", "m", "--request", "0.123456789012345678")
    assert price(shared_store, "exact", "m") == ("store", {"request": "123.456789012345678"})  # shown per thousand
    (row,) = shared_store.sql("SELECT amount, per FROM llm_prices WHERE provider = 'exact'")
    assert row == {"amount": "0.123456789012345678", "per": 1}


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    """A data folder that nobody has open, with the prices of ``TOML``."""
    (tmp_path / "contract.toml").write_text(TOML)
    end(start_store(tmp_path / "data"))
    done = llmroute("prices", "import", "contract.toml", "--data", "data", cwd=tmp_path)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 4), done.stderr
    return tmp_path


def in_folder(folder: Path, *arguments: str) -> str:
    """What a command on a folder that nobody has open prints."""
    done = llmroute("prices", *arguments, "--data", "data", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_row_of_an_imported_file_that_is_for_a_call_counts(imported: Path) -> None:
    found = [
        json.loads(in_folder(imported, "show", "--provider", provider, "--model", model, "--format", "json", *more))[0]
        for provider, model, more in (
            ("acme", "acme-large-eu", ()),
            ("acme", "acme-small", ("--at", "2026-05-05")),
            ("acme", "acme-small", ("--at", "2025-05-05")),
            ("vllm", "llama", ("--host", "gpu-7")),
            ("azure.ai.openai", "chat-prod-eu", ()),
        )
    ]
    units = [{unit["kind"]: unit["amount"] for unit in each["units"]} for each in found]
    assert units[0] == {"input": "3", "output": "9.5"}
    assert units[1] == {"input": "2", "cache_read": "0.2", "output": "8", "web_search": "5", "request": "0.1"}
    assert (units[2], units[3]) == ({}, {"input": "0", "output": "2"})
    assert units[4]["output"] == "10"
    assert [each["currency"] for each in found] == ["USD", "EUR", None, "USD", "USD"]
    assert found[1]["source"] == "https://acme.example/prices"


def test_what_show_prints_as_csv_can_be_imported_again(imported: Path, tmp_path: Path) -> None:
    printed = in_folder(imported, "show", "--all", "--format", "csv")
    (tmp_path / "prices.csv").write_text(printed)
    in_folder(imported, "import", "prices.csv")
    rows = list(csv.DictReader(io.StringIO(in_folder(imported, "show", "--all", "--format", "csv"))))
    told = {"version", "added_at"}
    plain = [{key: value for key, value in row.items() if key not in told} for row in rows]
    half = len(plain) // 2
    assert plain[:half] == plain[half:] != []
    assert len({row["version"] for row in rows}) == 8


def test_as_many_prices_as_a_file_may_have_are_imported_into_a_running_store(tmp_path: Path) -> None:
    rows = "".join(f"acme,m-{at},input,{at},1000000,{'contract ' * 40}\n" for at in range(MOST_PRICES))
    (tmp_path / "prices.csv").write_text(f"provider,model,kind,amount,per,source\n{rows}")
    store = start_store(tmp_path / "data")
    try:
        done = llmroute("prices", "import", "prices.csv", "--data", "data", cwd=tmp_path)
        assert (done.returncode, len(set(done.stdout.split()))) == (0, MOST_PRICES), done.stderr
        assert store.sql("SELECT count() AS n FROM llm_prices") == [{"n": MOST_PRICES}]
        body = b'{"statement": "SELECT 1' + b" " * 1_000_000 + b'"}'
        assert store.post(store.web + "/api/sql", body).json()["error"]["message"].endswith("more than 1000000 bytes")
    finally:
        end(store)


def test_a_price_of_the_list_can_be_printed_and_imported(imported: Path) -> None:
    whom = ("--provider", "openai", "--model", "gpt-5-mini")
    printed = in_folder(imported, "show", *whom, "--format", "csv")
    (imported / "mini.csv").write_text(printed)
    before = json.loads(in_folder(imported, "show", *whom, "--format", "json"))[0]
    in_folder(imported, "import", "mini.csv")
    after = json.loads(in_folder(imported, "show", *whom, "--format", "json"))[0]
    assert (before["origin"], after["origin"]) == ("price list", "store")
    assert before["units"] == after["units"]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("p.toml", "[[prices]]\nmodel = 'a'\nrequest = 1\n\n[[prices]]\nmodel = 'b'\ninput_per_mtok = 'x'\n",
         "p.toml:5: prices[1].input_per_mtok: 'x' is not a number"),
        ("p.toml", "[[prices]]\nmodel = \n", "p.toml: not valid TOML: Invalid value (at line 2, column 9)"),
        ("p.toml", "[other]\n", "p.toml has no prices. Try: [[prices]] tables, or rows under a header"),
        ("p.csv", "model,kind,amount\na,input,1\n\na,inptu,1\n", "p.csv:4: kind: 'inptu' is not known"),
        ("p.csv", "model,kind,amount\na,input,1\nb,input,-1\n", "p.csv:3.input_per_mtok: '-1' is below 0"),
        ("p.csv", "model,kind,amount,per\na,input,1,3\n", "p.csv:2: '1' per '3' is not an amount per 1000000"),
        ("p.csv", "model,kind,amount,colour\na,input,1,red\n", "p.csv:1: unknown column 'colour'; expected some of"),
        ("p.csv", "model,kind\na,input\n", "p.csv:1: no column 'amount'"),
        ("p.csv", "model,kind,amount\na,input\n", "p.csv:2: 2 values under 3 columns"),
        ("p.csv", "model,kind,amount,over_input_tokens\na,input,1,200000\n", "p.csv:2: over_input_tokens"),
        ("p.csv", "model,kind,amount,from\na,input,1,1960-01-01\n", "p.csv:2.from: 1960-01-01 is not between"),
        ("p.txt", "", "p.txt is neither .toml nor .csv"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_line_with_the_place(tmp_path: Path, file: str, text: str, said: str) -> None:
    (tmp_path / file).write_text(text)
    done = llmroute("prices", "import", file, "--data", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"Error: {said}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "m", "--input-per-mtok", "abc"), "prices set: --input-per-mtok: 'abc' is not a number"),
        (("--model", "m"), "prices set: no price; expected prices such as input_per_mtok"),
        (("--input-per-mtok", "1"), "prices set: --model: missing"),
        (("--model", "m", "--request", "1e-19"), "prices set: --request: '1e-19' has more than 18 decimals"),
        (
            ("--model", "m", "--request", "1", "--discount", "0.1"),
            "prices set: --discount: cannot stand beside request",
        ),
        (("--model", "m", "--request", "1", "--from", "soon"), "prices set: --from: 'soon' is not a date"),
    ],
)
def test_a_price_that_cannot_be_set_is_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = llmroute("prices", "set", *arguments, "--data", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"Error: {said}")


def test_diff_shows_what_changes_for_models_that_were_used(store: RunningUp) -> None:
    app = App()
    for _ in range(3):
        app.attempt(**{names.RESPONSE_MODEL: "gpt-5-mini"})
    app.span("attempt", attempt_facts("r", None) | {names.RESPONSE_MODEL: "gpt-5-nano"})
    send(store, app.spans)
    version = set_price(
        store, "--provider", "openai", "--model", "gpt-5-mini*", "--discount", "0.2", "--from", "2026-10-01"
    )
    assert diff(store) == [("gpt-5-mini", 3, "input", "0.25", "0.2", "-0.00023625")]
    assert diff(store, "--at", "2026-09-30") == []
    assert diff(store, "--at", "2026-10-01", "--against", "2026-09-30") == diff(store)
    assert diff(store, "--against", version) == diff(store)


def diff(store: RunningUp, *arguments: str) -> list[tuple[Any, ...]]:
    """Model, calls, the first price that changes, and what all calls would cost more."""
    done = llmroute("prices", "diff", *arguments, "--url", store.web, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["differences"]
    firsts = [(each, each["kinds"][0]) for each in found]
    return [
        (each["model"], each["calls"], kind["kind"], kind["old"], kind["new"], each["effect"]) for each, kind in firsts
    ]


def test_every_column_says_what_it_is(shared_store: RunningUp) -> None:
    found = shared_store.sql("SELECT name FROM system.columns WHERE table = 'llm_prices' AND comment = ''")
    assert found == []
    (table,) = shared_store.sql("SELECT comment FROM system.tables WHERE name = 'llm_prices'")
    assert "append-only" in table["comment"]


def test_a_store_refuses_prices_that_a_client_has_not_checked(shared_store: RunningUp) -> None:
    for body, said in (
        ({"prices": "x"}, "'prices' is not a list"),
        ({"prices": [{"model": "m"}]}, "a price is not a pair of a table and its place"),
        ({"prices": [[{"model": "m", "request": "x"}, "here"]]}, "here.request: 'x' is not a number"),
        ({"prices": [[{"model": "m", "request": "1", "source": 7}, "here"]]}, "here.source: expected a text"),
    ):
        answer = shared_store.post(shared_store.web + "/api/prices", json.dumps(body).encode())
        assert (answer.status, answer.json()["error"]["message"].startswith(said)) == (400, True), answer.body
    answer = shared_store.post(shared_store.web + "/api/ask", b'{"question": "spend"}')
    assert answer.status == 400
