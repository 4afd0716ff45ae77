"""The table of spend: figures a person reads right, at 80 columns and wider."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from otel_llmroute.store.spend_table import count, decimals_for, duration, money, share, write_spend

ROW: dict[str, Any] = {
    "route": "support.reply", "reasons": {"task_class": 40, "cost": 2}, "calls": 42, "attempts": 45, "charges": 0,
    "without_attempt": 7, "sdk_retries": 3, "retries": 0, "failed": 2, "fallbacks": 1, "input_tokens": 123_456,
    "output_tokens": 9_999,
    "cache_read_tokens": 61_728, "reasoning_tokens": None, "cache_share": 0.5, "currency": "USD", "spend": "1.23456789",
    "spend_share": 1.0, "cost_per_call": "0.029394", "p50_ms": 1234.5, "unpriced": 0, "partly_priced": 0, "no_usage": 0,
}  # fmt: skip
NOTHING_KNOWN = ROW | {
    "route": "local.draft", "reasons": {}, "spend": None, "cost_per_call": None, "spend_share": None, "unpriced": 4,
    "cache_share": None, "input_tokens": None,
}  # fmt: skip
TOTAL = {key: value for key, value in ROW.items() if key != "route"} | {"unpriced": 4}


def answer(*rows: dict[str, Any], totals: tuple[dict[str, Any], ...] = (TOTAL,)) -> dict[str, Any]:
    models = [{"provider": "ollama", "model": "llama4", "attempts": 4}]
    return {"by": ["route"], "rows": list(rows), "totals": list(totals), "unpriced_models": models}


def printed(found: dict[str, Any], format: str = "table") -> str:
    file = io.StringIO()
    write_spend(found, format, file)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_the_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    long = ROW | {"route": "a.route.with.a.name.that.is.longer.than.the.column", "reasons": {"data_residency": 1}}
    lines = printed(answer(ROW, long, NOTHING_KNOWN)).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.startswith("support.reply ") for line in lines)


@pytest.mark.parametrize("width", range(12, 161, 4))
def test_no_digit_of_an_amount_is_cut_off_on_any_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(answer(ROW, NOTHING_KNOWN)).splitlines()
    (reply,) = (line for line in lines if line.startswith("support."))
    (total,) = (line for line in lines if line.startswith("Total"))
    assert "$1.2346" in reply.split()
    assert "$1.2346+?" in total.split()


@pytest.mark.parametrize(
    ("width", "shown", "left_out"),
    [
        (60, ["Calls", "Attempts", "Failed", "Spend"], ["SDK retry", "Fallbacks", "Input tokens", "Cached", "Share"]),
        (80, ["retry", "Failed", "Cached", "Spend", "Share"], ["Fallbacks", "Input tokens", "Per call", "Median"]),
        (100, ["retry", "Failed", "backs", "Cached", "Spend", "Share"], ["Input tokens", "Output tokens", "Median"]),
        (160, ["retry", "backs", "tokens", "tokens", "Share", "attempt", "Per", "call", "Median"], []),
    ],
)
def test_what_does_not_fit_is_named_below_the_table(
    monkeypatch: pytest.MonkeyPatch, width: int, shown: list[str], left_out: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    found = printed(answer(ROW, NOTHING_KNOWN))
    (heading,) = (line for line in found.splitlines() if line.startswith("Route"))
    assert [word for word in heading.split() if word in shown] == shown
    below = " ".join(found.split("\n\n")[-1].split()).partition("on a wider terminal, and in --format json: ")[2]
    assert [name for name in left_out if name not in below] == []
    assert bool(below) == bool(left_out)


def test_what_is_not_known_is_never_shown_as_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    lines = printed(answer(ROW, NOTHING_KNOWN)).splitlines()
    (unknown,) = (line for line in lines if line.startswith("local.draft"))
    assert " ".join(unknown.split()) == "local.draft - 42 45 3 2 1 - 9999 - unpriced - 7 - 1.2s"
    assert lines[-2:] == ["+? Not all spend is known, of 45 attempts:", "   4 without a price: ollama/llama4 (4)"]


def test_a_table_without_gaps_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    found = printed(answer(ROW, totals=(TOTAL | {"unpriced": 0},)))
    assert found.endswith("Every one of 45 attempts is priced, or failed without usage.\n")
    one = printed(answer(ROW, totals=(TOTAL | {"unpriced": 0, "attempts": 1},)))
    assert one.endswith("The one attempt is priced, or failed without usage.\n")
    assert "$1.2346 " in found
    assert "task_class +1" in found


def test_each_currency_has_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    euro = {"currency": "EUR", "spend": "2"}
    found = printed(answer(ROW, ROW | euro, totals=(TOTAL, TOTAL | euro)))
    assert [line.split()[:2] for line in found.splitlines() if "Total" in line] == [["Total", "USD"], ["Total", "EUR"]]
    assert "€2.0000" in found


def test_control_characters_of_a_name_do_nothing_to_the_terminal() -> None:
    assert "\x1b" not in printed(answer(ROW | {"route": "a\x1b[2Jb\rc"}))


def test_what_is_no_charge_is_named_as_calls() -> None:
    rows = [{"charge": "human_review"} | ROW, {"charge": ""} | ROW]
    lines = printed(answer(*rows) | {"by": ["charge"]}).splitlines()
    assert [line.split()[0] for line in lines[3:5]] == ["human_review", "(calls)"]


def test_json_is_the_answer_as_it_is() -> None:
    assert json.loads(printed(answer(ROW), "json")) == answer(ROW)


def test_csv_has_a_row_for_each_row_and_nothing_for_what_is_not_known() -> None:
    lines = printed(answer(ROW, NOTHING_KNOWN), "csv").splitlines()
    assert lines[0].startswith("route,reasons,calls,attempts,")
    assert lines[1].startswith("support.reply,task_class:40 cost:2,42,45,")
    assert ",1.23456789,1.0,0.029394," in lines[1]
    assert ",USD,,,," in lines[2]


@pytest.mark.parametrize(
    ("amount", "currency", "decimals", "text"),
    [
        ("1234.5", "USD", 2, "$1,234.50"),
        ("0.00001", "USD", 4, "<$0.0001"),
        ("0", "EUR", 4, "€0"),
        ("3.1", "CHF", 2, "CHF 3.10"),
        ("0.0000002", "USD", 7, "$0.0000002"),
        ("0.00000002", "USD", 7, "<$0.0000001"),
        ("-0.5", "USD", 2, "-$0.50"),
        ("0.5", None, 2, "0.50"),
        (None, "USD", 2, "-"),
    ],
)
def test_money_reads_well(amount: str | None, currency: str | None, decimals: int, text: str) -> None:
    assert money(amount, currency, decimals) == text


def test_figures_are_short() -> None:
    assert [count(n) for n in (0, 9999, 12_345, 4_500_000, None)] == ["0", "9999", "12.3k", "4.5M", "-"]
    assert [share(p) for p in (0.0, 0.001, 0.42, 1.0, None)] == ["0%", "<1%", "42%", "100%", "-"]
    assert [duration(ms) for ms in (5.2, 999.4, 3200.0, None)] == ["5ms", "999ms", "3.2s", "-"]
    assert [decimals_for(amounts) for amounts in (["250"], ["1", None], ["0.004"], [])] == [2, 4, 6, 4]
