"""The store against exports of providers, in the columns that dashboards write; each kind of drift has its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otel_llmroute import names
from otel_llmroute.store.pricing.reconciliation import base_name
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, send

DAY_NS = 86_400 * 10**9
FIRST_NS = 1_790_035_200 * 10**9
"""2026-09-22T00:00:00Z."""

OPENAI_USAGE = (
    "start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,"
    "service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_cache_write_tokens"
)
OPENAI_COSTS = (
    "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,"
    "user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source"
)
ANTHROPIC_USAGE = (
    "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,"
    "usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"
    "usage_output_tokens,web_search_count,inference_geo,speed"
)
ANTHROPIC_COSTS = (
    "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,"
    "inference_geo,speed"
)


def attempt(
    app: App, day: int, model: str, input_tokens: int, cached: int, output: int, cost: str | None, **more: Any
) -> None:
    """An attempt at noon of a day from 2026-09-22 on."""
    provider = "anthropic" if model.startswith("claude") else "openai"
    facts: dict[str, Any] = {
        names.ROUTE_NAME: "r", names.PROVIDER_NAME: provider, names.REQUEST_MODEL: model, names.RESPONSE_MODEL: model,
        names.USAGE_STATUS: "reported", names.USAGE_INPUT_TOKENS: input_tokens, names.USAGE_CACHE_READ: cached,
        names.USAGE_OUTPUT_TOKENS: output, names.COST_STATUS: "priced" if cost else "unpriced",
    }  # fmt: skip
    if cost is not None:
        facts |= {names.COST_AMOUNT: float(cost), names.COST_CURRENCY: "USD", names.COST_SOURCE: "local"}
    app.span("attempt", facts | more, start_ns=FIRST_NS + day * DAY_NS + DAY_NS // 2)


def parts(read: str, uncached: str, output: str) -> dict[str, float]:
    return {
        names.COST_CACHE_READ: float(read),
        names.COST_INPUT: float(uncached),
        names.COST_OUTPUT: float(output),
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """Calls of three days. List prices of a million: gpt-5-mini 0.25 in, 0.025 cached, 2 out; Claude Haiku 4.5 1 in,
    0.1 cached, 5 out."""
    running, app = start_store(tmp_path_factory.mktemp("store") / "data"), App()
    for _ in range(10):
        # 750 x 0.25 + 250 x 0.025 + 100 x 2 = 393.75 for a million calls.
        attempt(app, 0, "gpt-5-mini-2025-08-07", 1000, 250, 100, "0.00039375")
    attempt(app, 1, "gpt-5-mini", 1_000_000, 0, 0, "0.25")
    attempt(app, 1, "gpt-5-mini", 1_000_000, 0, 0, None)
    attempt(app, 2, "gpt-5-mini", 1_000_000, 400_000, 100_000, "0.36", **parts("0.01", "0.15", "0.2"))
    haiku = "claude-haiku-4-5-20251001"
    attempt(app, 0, haiku, 1_000_000, 600_000, 100_000, "0.96", **parts("0.06", "0.4", "0.5"))
    attempt(app, 1, haiku, 1_000_000, 0, 0, "1", **parts("0", "1", "0"))
    send(running, app.spans)
    yield running
    end(running)


def reconciled(store: RunningUp, folder: Path, header: str, *rows: str, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answer as JSON."""
    (folder / "invoice.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8-sig")
    done = llmroute("reconcile", "invoice.csv", *more, "--url", store.web, "--format", "json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def openai_usage(
    day: int, model: str, requests: int, whole: int, cached: int, output: int, tier: str = "default"
) -> str:
    start = FIRST_NS // 10**9 + day * 86_400
    times = f"{start},{start + 86400},2026-09-{22 + day}T00:00:00+00:00,2026-09-{23 + day}T00:00:00+00:00"
    batch = str(tier == "batch").lower()
    return f"{times},,{requests},,,{model},{batch},{tier},{whole},{output},{cached},{whole - cached},0"


def openai_cost(day: int, amount: str, item: str, currency: str = "usd") -> str:
    start = FIRST_NS // 10**9 + day * 86_400
    times = f"{start},{start + 86400},2026-09-{22 + day}T00:00:00,2026-09-{23 + day}T00:00:00"
    return f'{times},{amount},{currency},,,"{item}",,,,org,,,,'


def reasons(answer: dict[str, Any]) -> dict[tuple[str, str], list[tuple[str, str | None]]]:
    """Day and model -> kinds of reasons with their amounts."""
    return {
        (row["day"][-2:], row["model"]): [(reason["kind"], reason["amount"]) for reason in row["reasons"]]
        for row in answer["rows"]
    }


def test_an_export_that_agrees_has_no_drift(store: RunningUp, tmp_path: Path) -> None:
    empty = "1789948800,1790035200,2026-09-21T00:00:00+00:00,2026-09-22T00:00:00+00:00,,,,,,,,,,,,"
    rows = (
        openai_usage(0, "gpt-5-mini-2025-08-07", 4, 4000, 1000, 400),
        openai_usage(0, "gpt-5-mini-2025-08-07", 6, 6000, 1500, 600),
    )
    answer = reconciled(store, tmp_path, OPENAI_USAGE, empty, *rows)
    (row,) = answer["rows"]
    assert row["billed"] == {
        "requests": 10, "input_tokens": 10000, "output_tokens": 1000, "cache_read_tokens": 2500,
        "cache_write_5m_tokens": None, "cache_write_1h_tokens": None, "cache_write_tokens": 0, "cost": "0.0039375",
        "cost_is": "at our prices",
    }  # fmt: skip
    assert (row["store"]["calls"], row["store"]["cost"], row["drift"], row["reasons"]) == (10, "0.0039375", "0", [])
    assert answer["export"] == "OpenAI usage"


def test_missing_calls_are_counted_and_priced(store: RunningUp, tmp_path: Path) -> None:
    row = openai_usage(0, "gpt-5-mini-2025-08-07", 12, 12000, 3000, 1200)
    answer = reconciled(store, tmp_path, OPENAI_USAGE, row, openai_usage(0, "gpt-5-nano", 1, 1_000_000, 0, 0))
    assert reasons(answer) == {
        ("22", "gpt-5-mini-2025-08-07"): [("missing_calls", "-0.0007875")],
        ("22", "gpt-5-nano"): [("missing_calls", "-0.05")],
    }
    text = answer["rows"][1]["reasons"][0]["text"]
    assert text == (
        "2 of 12 requests are not in the store: +2,000 input tokens, +200 output tokens, +500 cache read tokens"
    )
    assert answer["totals"]["explained"] == {"missing_calls": "-0.0507875"}


def test_more_calls_than_billed_and_calls_of_no_file_are_told_apart(store: RunningUp, tmp_path: Path) -> None:
    row = openai_usage(0, "gpt-5-mini-2025-08-07", 8, 8000, 2000, 800)
    assert reasons(reconciled(store, tmp_path, OPENAI_USAGE, row)) == {
        ("22", "gpt-5-mini-2025-08-07"): [("extra_calls", "0.0007875")]
    }
    other = openai_usage(0, "gpt-5-nano", 0, 0, 0, 0)
    assert reasons(reconciled(store, tmp_path, OPENAI_USAGE, other))["22", "gpt-5-mini-2025-08-07"] == [
        ("not_billed", "0.0039375")
    ]


def test_snapshots_are_held_together_where_one_side_has_their_dates(store: RunningUp, tmp_path: Path) -> None:
    answer = reconciled(store, tmp_path, OPENAI_USAGE, openai_usage(0, "gpt-5-mini", 10, 10000, 2500, 1000))
    (row,) = answer["rows"]
    assert row["names"] == ["gpt-5-mini", "gpt-5-mini-2025-08-07"]
    assert (row["drift"], [reason["kind"] for reason in row["reasons"]]) == ("0", ["snapshots"])


def test_calls_without_a_price_explain_the_drift(store: RunningUp, tmp_path: Path) -> None:
    answer = reconciled(store, tmp_path, OPENAI_USAGE, openai_usage(1, "gpt-5-mini", 2, 2_000_000, 0, 0))
    assert (answer["rows"][0]["drift"], reasons(answer)) == ("-0.25", {("23", "gpt-5-mini"): [("unpriced", "-0.25")]})


def test_another_tier_explains_the_drift(store: RunningUp, tmp_path: Path) -> None:
    answer = reconciled(
        store, tmp_path, OPENAI_USAGE, openai_usage(2, "gpt-5-mini", 1, 1_000_000, 400_000, 100_000, "flex")
    )
    (row,) = answer["rows"]
    # Of that day no list has a flex price: the tier is named, what it comes to is not known.
    assert [(reason["kind"], reason["amount"]) for reason in row["reasons"]] == [("tier", None)]
    assert (
        row["reasons"][0]["text"]
        == "tokens by tier: flex 1,100,000 billed and 0 here, standard 0 billed and 1,100,000 here"
    )


def test_openai_costs_by_line_item_are_held_against_the_parts(store: RunningUp, tmp_path: Path) -> None:
    rows = [
        openai_cost(2, "0.150000000000", "gpt-5-mini-2025-08-07, input"),
        openai_cost(2, "0.1", "gpt-5-mini-2025-08-07, cached input"),
        openai_cost(2, "0.2", "gpt-5-mini-2025-08-07, output"),
        openai_cost(2, "", ""),
    ]
    answer = reconciled(store, tmp_path, OPENAI_COSTS, *rows)
    (row,) = answer["rows"]
    assert (answer["export"], row["billed"]["cost"], row["drift"]) == ("OpenAI costs", "0.45", "-0.09")
    kinds = [(reason["kind"], reason["amount"]) for reason in row["reasons"]]
    assert kinds == [("snapshots", None), ("cache", "-0.09")]
    assert row["reasons"][1]["text"] == "cache read: 0.1 billed, 0.01 here"


def test_a_whole_days_cost_is_held_against_all_models(store: RunningUp, tmp_path: Path) -> None:
    answer = reconciled(store, tmp_path, OPENAI_COSTS, openai_cost(2, "0.36", ""))
    assert [(row["model"], row["drift"], row["reasons"]) for row in answer["rows"]] == [("(all models)", "0", [])]


def anthropic_cost(day: int, model: str, kind: str, cost: str, listed: str | None = None) -> str:
    return f"2026-09-{22 + day},{model},Default,key,message,≤ 200k,{kind},{cost},{listed or cost},token,global,"


def test_anthropic_costs_in_cents_differ_by_rounding_alone(store: RunningUp, tmp_path: Path) -> None:
    rows = [
        anthropic_cost(0, "Claude Haiku 4.5", "input_no_cache", "0.40"),
        anthropic_cost(0, "Claude Haiku 4.5", "input_cache_read", "0.06"),
        anthropic_cost(0, "Claude Haiku 4.5", "output", "0.51"),
    ]
    answer = reconciled(store, tmp_path, ANTHROPIC_COSTS, *rows)
    (row,) = answer["rows"]
    assert row["names"] == ["claude haiku 4.5", "claude-haiku-4-5-20251001"]
    kinds = [(reason["kind"], reason["amount"]) for reason in row["reasons"]]
    assert (row["drift"], kinds) == ("-0.01", [("snapshots", None), ("rounding", "-0.01")])


def test_a_discount_is_seen_as_one(store: RunningUp, tmp_path: Path) -> None:
    rows = [
        anthropic_cost(0, "Claude Haiku 4.5", "input_no_cache", "0.2", "0.4"),
        anthropic_cost(0, "Claude Haiku 4.5", "input_cache_read", "0.03", "0.06"),
        anthropic_cost(0, "Claude Haiku 4.5", "output", "0.25", "0.5"),
    ]
    (row,) = reconciled(store, tmp_path, ANTHROPIC_COSTS, *rows)["rows"]
    assert (row["reasons"][-1]["kind"], row["reasons"][-1]["amount"]) == ("factor", "0.48")
    assert "0.500 of what it costs here: a discount: the list price in the file is ours" in row["reasons"][-1]["text"]


def test_anthropic_usage_counts_the_cache_into_the_input(store: RunningUp, tmp_path: Path) -> None:
    usage = "2026-09-{},{},key,Default,standard,≤ 200k,{},{},{},{},{},0,global,"
    rows = [
        usage.format(22, "claude-haiku-4-5-20251001", 400_000, 0, 0, 600_000, 100_000),
        usage.format(23, "claude-haiku-4-5-20251001", 1_000_000, 200_000, 0, 0, 0),
    ]
    answer = reconciled(store, tmp_path, ANTHROPIC_USAGE, *rows)
    assert reasons(answer) == {
        ("22", "claude-haiku-4-5-20251001"): [],
        # 200,000 tokens written to the cache for 5 minutes, at 1.25 a million.
        ("23", "claude-haiku-4-5-20251001"): [("missing_calls", "-0.25")],
    }


def test_only_the_days_that_are_asked_for_are_compared(store: RunningUp, tmp_path: Path) -> None:
    rows = [openai_usage(day, "gpt-5-mini", 1, 10, 0, 1) for day in range(3)]
    answer = reconciled(store, tmp_path, OPENAI_USAGE, *rows, more=("--since", "2026-09-23", "--until", "2026-09-24"))
    assert {row["day"] for row in answer["rows"]} == {"2026-09-23"}
    assert (answer["since"], answer["until"]) == ("2026-09-23 00:00:00", "2026-09-24 00:00:00")


def test_the_table_and_the_csv_say_why(store: RunningUp, tmp_path: Path) -> None:
    row = openai_usage(0, "gpt-5-mini-2025-08-07", 12, 12000, 3000, 1200)
    (tmp_path / "u.csv").write_text(f"{OPENAI_USAGE}\n{row}\n")
    table = llmroute("reconcile", "u.csv", "--url", store.web, cwd=tmp_path).stdout
    assert "missing calls" in table
    assert "OpenAI usage export: it has no money; Billed is what it counts, at our prices." in table
    printed = llmroute("reconcile", "u.csv", "--url", store.web, "--format", "csv", cwd=tmp_path).stdout
    assert printed.splitlines()[1].startswith("2026-09-22,gpt-5-mini-2025-08-07,12,10,12000,10000,1200,1000,")


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("a,b\n1,2\n", (), "i.csv:1: this header is of no export that is known. Expected: OpenAI costs: "),
        (f"{OPENAI_USAGE}\n", ("--provider", "anthropic"), "i.csv:1: this header is of no export that is known."),
        (OPENAI_USAGE + "\n" + openai_usage(0, "m", 1, 1, 0, 1).replace("1790035200", "soon"), (),
         "i.csv:2: 'soon' is not a day or a time"),
        (OPENAI_USAGE + "\n" + openai_usage(0, "m", 1, 1, 0, 1).replace(",1,1,0,1,0", ",many,1,0,1,0"), (),
         "i.csv:2: 'many' is not a number"),
        (OPENAI_COSTS + "\n" + openai_cost(0, "1", "m, input") + "\n" + openai_cost(0, "1", "m, input", "eur"), (),
         "i.csv:3: EUR beside USD for one model and day"),
        (OPENAI_USAGE + "\n" + openai_usage(0, "m", 1, 1, 0, 1).replace("1790035200", "0001-01-01T00:00:00+14:00"), (),
         "i.csv:2: '0001-01-01T00:00:00+14:00' is not a day or a time"),
        ("a" * 200_000 + f",{OPENAI_USAGE}\n", (), "i.csv:1: not valid CSV: field larger than field limit"),
        (f"{OPENAI_USAGE}\n1,2\n", (), "i.csv:2: 2 values under 16 columns"),
        (None, (), "i.csv cannot be read: No such file or directory"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_line(
    tmp_path: Path, text: str | None, more: tuple[str, ...], said: str
) -> None:
    if text is not None:
        (tmp_path / "i.csv").write_text(text)
    done = llmroute("reconcile", "i.csv", *more, "--data", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"Error: {said}"), done.stderr


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gpt-5-mini-2026-08-07", "gpt-5-mini"),
        ("Claude Haiku 4.5", "claude-haiku-4-5-20251001"),
        ("Claude 3.5 Sonnet 2024-10-22", "claude-3.5-sonnet"),
        ("claude-3-5-sonnet@20241022", "claude-3-5-sonnet-latest"),
        ("gpt-4.1", "openai/gpt-4.1-2025-04-14"),
    ],
)
def test_names_of_one_model_are_one(one: str, other: str) -> None:
    assert base_name(one) == base_name(other)


def test_names_of_two_models_are_two() -> None:
    models = ("gpt-5", "gpt-5-mini", "gpt-5.1", "claude-opus-4-8", "claude-opus-4", "o3-mini")
    assert len({base_name(model) for model in models}) == len(models)


def test_money_is_never_a_float(store: RunningUp, tmp_path: Path) -> None:
    answer = reconciled(store, tmp_path, OPENAI_COSTS, openai_cost(2, "0.360000000000000001", "gpt-5-mini, input"))
    assert Decimal(answer["rows"][0]["billed"]["cost"]) == Decimal("0.360000000000000001")
