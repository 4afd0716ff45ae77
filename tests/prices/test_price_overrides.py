"""A user's own prices: every kind, which row wins, and every error as the line people see."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_llmroute.prices import Cost, Override, PriceBook, PriceError, Usage
from otel_llmroute.prices.overrides import KEYS

NOW = int(datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()) * 10**9
USAGE = Usage(input_tokens=1000, cache_read_tokens=200, output_tokens=100)
LIST_PRICE = 800 * 1_250_000 + 200 * 125_000 + 100 * 10_000_000
"""Pico-dollars that USAGE of gpt-5 costs."""


def cost_with(*rows: dict[str, Any], usage: Usage = USAGE, at_ns: int = NOW, **call: Any) -> Cost:
    """Cost of a call of openai's gpt-5, or of another, under these rows."""
    book = PriceBook([Override.parse(row, f"llmroute.toml: prices[{i}]") for i, row in enumerate(rows)])
    return book.cost_of(usage, **{"provider": "openai", "model": "gpt-5", "at_ns": at_ns, **call})


# --- kinds ------------------------------------------------------------------------------------------------------------


def test_own_prices_per_token_and_call():
    row = {
        "name": "acme-2026",
        "model": "gpt-5",
        "currency": "eur",
        "input_per_mtok": "2",
        "cache_read_per_mtok": 0.2,
        "output_per_mtok": 8,
        "web_search_per_1k": "5",
        "request": "0.001",
    }
    usage = Usage(input_tokens=1000, cache_read_tokens=200, output_tokens=100, web_searches=2)
    assert cost_with(row, usage=usage) == Cost(
        "priced", "local", "EUR", 13_440_000_000, 1_600_000_000, 40_000_000, None, 800_000_000, 11_000_000_000,
        "override/acme-2026",
    )  # fmt: skip


def test_both_cache_ttls_can_be_priced_apart():
    row = {
        "model": "m",
        "input_per_mtok": 3,
        "cache_write_5m_per_mtok": "3.75",
        "cache_write_1h_per_mtok": 6,
        "output_per_mtok": 15,
    }
    usage = Usage(input_tokens=3000, cache_write_5m_tokens=1000, cache_write_1h_tokens=2000, output_tokens=0)
    assert cost_with(row, usage=usage, model="m").cache_write == 15_750_000_000


def test_a_discount_is_off_the_list_price_of_the_served_tier():
    row = {"model": "gpt-5*", "discount": "0.15"}
    assert cost_with(row).amount == LIST_PRICE * 85 // 100
    assert cost_with(row, tier="flex").amount == LIST_PRICE * 85 // 200
    assert cost_with(row, tier="scale").status == "unpriced"
    assert cost_with(row).price_version.startswith("override/")


def test_a_discount_can_be_off_another_tiers_list_price():
    """Azure's priority tier is not in the data: here it is twice OpenAI's standard price."""
    row = {"model": "gpt-5", "tier": "priority", "same_as": "openai/gpt-5", "of_tier": "standard", "surcharge": 1}
    assert cost_with(row, provider="azure.ai.openai", tier="priority").amount == LIST_PRICE * 2
    assert cost_with(row, provider="azure.ai.openai").amount == LIST_PRICE


def test_a_discount_holds_at_every_threshold_and_time_of_day():
    row = {"model": "*", "discount": "0.5"}
    long = Usage(input_tokens=300_000, output_tokens=0)
    assert cost_with(row, usage=long, model="gpt-5.6-sol").amount == 300_000 * 4_000_000
    day = Usage(input_tokens=1000, output_tokens=0)
    noon = cost_with(row, usage=day, provider="deepseek", model="deepseek-chat").amount
    night = cost_with(row, usage=day, provider="deepseek", model="deepseek-chat", at_ns=NOW + 6 * 3600 * 10**9).amount
    assert (noon, night) == (135_000_000, 67_500_000)


def test_everything_off_is_free():
    cost = cost_with({"model": "gpt-5", "discount": 1})
    assert (cost.status, cost.amount) == ("free", 0)


def test_a_surcharge_for_a_region_makes_its_price_known():
    usage = Usage(input_tokens=1000, output_tokens=0)
    call: dict[str, Any] = {"usage": usage, "provider": "anthropic", "model": "claude-opus-4-8", "region": "us"}
    row = {"provider": "anthropic", "model": "claude-*", "region": "us", "surcharge": "0.1"}
    assert cost_with(**call)[:4] == ("partial", "local", "USD", 5_000_000_000)
    assert cost_with(row, **call)[:4] == ("priced", "local", "USD", 5_500_000_000)
    assert cost_with({"model": "claude-*", "discount": "0.1"}, **call).status == "partial"


def test_another_models_price_for_a_deployment_or_a_fine_tune():
    row = {"provider": "azure.*", "model": "chat-prod-*", "same_as": "openai/gpt-5"}
    assert cost_with(row, provider="azure.ai.openai", model="chat-prod-2").amount == LIST_PRICE
    assert cost_with(row, provider="openai", model="chat-prod-2").status == "unpriced"
    assert cost_with({"model": "x", "same_as": "openrouter/openai/gpt-5"}, model="x").amount == LIST_PRICE
    assert cost_with({"model": "x", "same_as": "openai/no-such-model"}, model="x").status == "unpriced"
    assert cost_with({"model": "x", "same_as": "openai/gpt-5", "discount": 0.5}, model="x").amount == LIST_PRICE // 2


def test_gpus_by_the_hour():
    """2 GPUs at 3.60 an hour are 0.002 a second; 1,000 output tokens a second cost 2 millionths each."""
    row = {"host": "gpu-*", "model": "*", "gpu_hour": "3.60", "gpus": 2, "tokens_per_second": 1000}
    cost = cost_with(row, provider="vllm", model="llama", host="gpu-7:8000")
    assert (cost.status, cost.input, cost.output) == ("priced", 0, 100 * 2_000_000)
    both = {**row, "input_tokens_per_second": 20_000}
    assert cost_with(both, model="llama", host="GPU-7").input == 1000 * 100_000
    assert cost_with(row, provider="vllm", model="llama", host="other").status == "unpriced"
    assert cost_with(row, provider="vllm", model="llama").status == "unpriced"


def test_gpus_that_only_read_price_embeddings():
    row = {"model": "e5", "gpu_hour": "3.6", "input_tokens_per_second": 1000}
    cost = cost_with(row, usage=Usage(input_tokens=1000), model="e5")
    assert (cost.status, cost.amount) == ("priced", 10**9)


def test_a_price_of_gpus_that_does_not_divide_evenly_is_rounded_once():
    row = {"model": "m", "gpu_hour": 1, "tokens_per_second": 7}
    cost = cost_with(row, usage=Usage(input_tokens=0, output_tokens=1_000_003), model="m")
    assert cost.amount == round(Decimal(1_000_003 * 10**12) / (3600 * 7))


# --- which row --------------------------------------------------------------------------------------------------------


def test_the_first_row_that_is_for_the_call_wins():
    first, second = {"name": "a", "model": "gpt-5", "request": 1}, {"name": "b", "model": "*", "request": 2}
    assert cost_with(first, second).price_version == "override/a"
    assert cost_with(second, first).price_version == "override/b"
    assert cost_with(first, second, model="gpt-4o").price_version == "override/b"


@pytest.mark.parametrize(
    "where, call, wins",
    [
        ({"model": "GPT-5"}, {}, True),
        ({"model": "gpt-?"}, {}, True),
        ({"model": "gpt-4"}, {}, False),
        ({"provider": "openai"}, {}, True),
        ({"provider": "azure*"}, {}, False),
        ({"provider": "mistral"}, {"provider": "mistral_ai"}, True),
        ({"provider": "mistral_ai"}, {"provider": "mistral_ai"}, True),
        ({"tier": "flex"}, {"tier": "flex"}, True),
        ({"tier": "flex"}, {}, False),
        ({"tier": "standard"}, {"tier": "default"}, True),
        ({"tier": "default"}, {}, True),
        ({"host": "api.openai.com"}, {"host": "api.openai.com:443"}, True),
        ({"host": "*:8000"}, {"host": "localhost:8000"}, True),
        ({"host": "localhost"}, {}, False),
        ({"region": "eu-*"}, {"region": "eu-west-1"}, True),
        ({"region": "eu-*"}, {}, False),
        ({"from": "2026-11-23"}, {}, True),
        ({"from": date(2026, 11, 24)}, {}, False),
        ({"until": date(2026, 11, 24)}, {}, True),
        ({"until": "2026-11-23"}, {}, False),
    ],
)
def test_a_row_is_for_the_calls_it_names(where, call, wins):
    row = {"name": "mine", "model": "*", "input_per_mtok": 1, "output_per_mtok": 1, **where}
    assert (cost_with(row, **call).price_version == "override/mine") is wins


def test_two_rows_with_the_same_day_leave_no_gap():
    before = {"name": "old", "model": "*", "until": "2026-07-01", "request": 1}
    after = {"name": "new", "model": "*", "from": "2026-07-01", "request": 1}
    change = int(datetime(2026, 7, 1, tzinfo=timezone.utc).timestamp()) * 10**9
    versions = [cost_with(before, after, at_ns=at).price_version for at in (change - 1, change)]
    assert versions == ["override/old", "override/new"]


def test_a_row_without_a_name_is_known_by_its_content():
    rows = [{"model": "gpt-5", "discount": off} for off in ("0.1", "0.2", "0.1")]
    first, second, again = (cost_with(row).price_version for row in rows)
    assert first == again != second


# --- numbers ----------------------------------------------------------------------------------------------------------


@given(st.decimals(0, 1000, places=6))
def test_a_price_is_the_number_as_it_is_written(price):
    usage = Usage(input_tokens=10**6)
    for written in (str(price), price, float(price)):
        cost = cost_with({"model": "m", "input_per_mtok": written}, usage=usage, model="m")
        assert cost.amount == int(Decimal(repr(written) if isinstance(written, float) else written) * 10**12)


def test_a_tenth_is_a_tenth():
    cost = cost_with({"model": "m", "input_per_mtok": 0.1}, usage=Usage(input_tokens=10**6), model="m")
    assert cost.amount == 10**11


# --- errors -----------------------------------------------------------------------------------------------------------

OWN = {"model": "gpt-5", "input_per_mtok": 1}


@pytest.mark.parametrize(
    "row, line",
    [
        ({**OWN, "input_per_mtok": "abc"}, ".input_per_mtok: 'abc' is not a number"),
        ({**OWN, "input_per_mtok": True}, ".input_per_mtok: True is not a number"),
        ({**OWN, "input_per_mtok": []}, ".input_per_mtok: [] is not a number"),
        ({**OWN, "input_per_mtok": None}, ".input_per_mtok: None is not a number"),
        ({**OWN, "input_per_mtok": ""}, ".input_per_mtok: '' is not a number"),
        ({**OWN, "input_per_mtok": "NaN"}, ".input_per_mtok: 'NaN' is not a finite number"),
        ({**OWN, "input_per_mtok": float("inf")}, ".input_per_mtok: inf is not a finite number"),
        ({**OWN, "input_per_mtok": -1}, ".input_per_mtok: -1 is below 0"),
        (
            {**OWN, "input_per_mtok": "1e-999999"},
            ".input_per_mtok: '1e-999999' is out of range; expected 0 to 1000000000, at most 30 decimals",
        ),
        (
            {**OWN, "input_per_mtok": "1e999999999"},
            ".input_per_mtok: '1e999999999' is out of range; expected 0 to 1000000000, at most 30 decimals",
        ),
        ({**OWN, "inptu_per_mtok": 1}, ": unknown key 'inptu_per_mtok'; did you mean input_per_mtok?"),
        ({**OWN, "zzz": 1}, f": unknown key 'zzz'; known keys are {', '.join(KEYS)}"),
        ({"input_per_mtok": 1}, ".model: missing; expected a model or a pattern such as 'gpt-5*'"),
        ({**OWN, "model": ""}, ".model: '' is not a text of 1 to 255 characters"),
        ({**OWN, "model": 5}, ".model: 5 is not a text of 1 to 255 characters"),
        ({**OWN, "provider": "x" * 300}, f".provider: '{'x' * 56}... is not a text of 1 to 255 characters"),
        ({**OWN, "currency": "EURO"}, ".currency: 'EURO' is not a currency code such as 'EUR'"),
        ({**OWN, "from": "soon"}, ".from: 'soon' is not a date such as 2026-10-01"),
        (
            {**OWN, "until": datetime(2026, 1, 1)},
            ".until: datetime.datetime(2026, 1, 1, 0, 0) is not a date such as 2026-10-01",
        ),
        ({**OWN, "from": "2026-02-01", "until": "2026-02-01"}, ".until: '2026-02-01' is not after from"),
        ({"model": "m"}, ": no price; expected prices such as input_per_mtok, or same_as, discount or gpu_hour"),
        (
            {**OWN, "discount": "0.1"},
            ".discount: cannot stand beside input_per_mtok: a row has one kind of price",
        ),
        (
            {**OWN, "gpu_hour": 1},
            ".gpu_hour: cannot stand beside input_per_mtok: a row has one kind of price",
        ),
        (
            {"model": "m", "cache_read_per_mtok": 1},
            ".cache_read_per_mtok: needs input_per_mtok, the price of the tokens around it",
        ),
        (
            {**OWN, "reasoning_per_mtok": 1},
            ".reasoning_per_mtok: needs output_per_mtok, the price of the tokens around it",
        ),
        (
            {**OWN, "cache_read_per_mtok": 1, "audio_input_per_mtok": 1},
            ".audio_input_per_mtok: with cache_read_per_mtok needs audio_cache_read_per_mtok",
        ),
        ({"model": "m", "discount": 15}, ".discount: 15 is more than 1; 0.15 is 15 percent"),
        ({"model": "m", "discount": 0.1, "surcharge": 0.1}, ".surcharge: cannot stand beside discount"),
        ({"model": "m", "discount": 0.1, "currency": "EUR"}, ".currency: 'EUR', but list prices are in USD"),
        ({"model": "m", "same_as": "gpt-5"}, ".same_as: 'gpt-5' is not provider/model, as in 'openai/gpt-5'"),
        ({"model": "m", "same_as": "openai/"}, ".same_as: 'openai/' is not provider/model, as in 'openai/gpt-5'"),
        ({"model": "m", "gpus": 2}, ".gpu_hour: missing; expected the price of one GPU for an hour"),
        (
            {"model": "m", "gpu_hour": 2},
            ".tokens_per_second: missing; expected the output tokens a second of all GPUs together",
        ),
        ({"model": "m", "gpu_hour": 2, "tokens_per_second": 0}, ".tokens_per_second: 0 is not above 0"),
        ("not a row", ": 'not a row' is not a table of prices"),
        (None, ": None is not a table of prices"),
        ({**OWN, 5: 1}, f": unknown key 5; known keys are {', '.join(KEYS)}"),
    ],
)
def test_a_row_that_cannot_be_used_is_one_line_with_place_key_value_and_what_was_expected(row, line):
    with pytest.raises(PriceError) as caught:
        Override.parse(row, "llmroute.toml: prices[2]")
    assert str(caught.value) == f"llmroute.toml: prices[2]{line}"
    assert "\n" not in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), anything, max_size=6), anything)
def test_any_row_is_an_override_or_a_price_error(row, value):
    for each in (
        row,
        {**row, "model": "m"},
        {"model": "m", "input_per_mtok": value},
        {"model": "m", "discount": value},
    ):
        override, line = parsed(each)
        assert "\n" not in line
        if override is not None:
            cost = PriceBook([override]).cost_of(USAGE, provider="openai", model="m", at_ns=NOW)
            assert cost.amount is None or cost.amount >= 0


def parsed(row: dict[str, Any]) -> tuple[Override | None, str]:
    """The override, or the error's text."""
    try:
        return Override.parse(row, "x"), ""
    except PriceError as error:
        return None, str(error)
