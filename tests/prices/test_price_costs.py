"""What a usage costs: known sums worked by hand, the parts against a ledger in Decimal, and what each status means."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_llmroute.prices import Cost, Override, PriceBook, Usage, build, from_pico

NOW = int(datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()) * 10**9
LIBRARY: dict[str, Any] = json.loads((build.DIRECTORY / "index.json").read_text())
book = PriceBook()

BY_HAND = [
    # provider, model, served as, usage, dollars: input, cache read, cache write, output, other
    (
        "anthropic",
        "claude-sonnet-4-5",
        {},
        # 1,000 tokens kept 5 minutes at 3.75 and 2,000 kept an hour at 6, per million
        Usage(input_tokens=3000, cache_write_tokens=3000, cache_write_5m_tokens=1000, cache_write_1h_tokens=2000,
              output_tokens=0),
        ("0", None, "0.01575", "0", None),
    ),
    (
        "anthropic",
        "claude-sonnet-4-5",
        {},
        # the same split, and no total of the writes
        Usage(input_tokens=3500, cache_write_5m_tokens=1000, cache_write_1h_tokens=2000, output_tokens=100),
        ("0.0015", None, "0.01575", "0.0015", None),
    ),
    (
        "anthropic",
        "claude-sonnet-4-5-20250929",
        {},
        Usage(input_tokens=10_000, cache_read_tokens=9_000, output_tokens=100, web_searches=2),
        ("0.003", "0.0027", None, "0.0015", "0.02"),
    ),
    (
        "anthropic",
        "claude-opus-4-8",
        {"speed": "fast"},
        Usage(input_tokens=1000, output_tokens=1000),
        ("0.01", None, None, "0.05", None),
    ),
    (
        "anthropic",
        "claude-opus-4-8",
        {"speed": "standard", "tier": "standard"},
        Usage(input_tokens=1000, output_tokens=1000),
        ("0.005", None, None, "0.025", None),
    ),
    ("openai", "gpt-5", {}, Usage(input_tokens=2000, cache_read_tokens=500, output_tokens=300),
     ("0.001875", "0.0000625", None, "0.003", None)),
    ("openai", "gpt-5", {"tier": "flex"}, Usage(input_tokens=2000, cache_read_tokens=500, output_tokens=300),
     ("0.0009375", "0.00003125", None, "0.0015", None)),
    ("openai", "gpt-5", {"tier": "batch"}, Usage(input_tokens=2000, output_tokens=300),
     ("0.00125", None, None, "0.0015", None)),
    ("openai", "gpt-5", {"tier": "priority"}, Usage(input_tokens=2000, output_tokens=300),
     ("0.005", None, None, "0.006", None)),
    # one file search at 2.50 and one web search at 10 per thousand
    ("openai", "gpt-5", {}, Usage(input_tokens=0, output_tokens=0, web_searches=1, file_searches=1),
     ("0", None, None, "0", "0.0125")),
    # what one cached token costs is below a millionth of a dollar and still exact
    ("openai", "gpt-5", {}, Usage(input_tokens=1, cache_read_tokens=1, output_tokens=0),
     ("0", "0.000000125", None, "0", None)),
    # reasoning is in the output and costs the same
    ("openai", "gpt-5", {}, Usage(input_tokens=10, output_tokens=500, reasoning_tokens=400),
     ("0.0000125", None, None, "0.005", None)),
    ("openai", "text-embedding-3-small", {}, Usage(input_tokens=1000), ("0.00002", None, None, None, None)),
]  # fmt: skip


@pytest.mark.parametrize("provider, model, served, usage, dollars", BY_HAND)
def test_a_sum_worked_by_hand_is_what_the_book_says(provider, model, served, usage, dollars):
    cost = book.cost_of(usage, provider=provider, model=model, at_ns=NOW, **served)
    parts = [None if each is None else int(Decimal(each) * 10**12) for each in dollars]
    amount = sum(part for part in parts if part is not None)
    assert cost == Cost("priced", "local", "USD", amount, *parts, f"genai-prices/{LIBRARY['version']}")


def test_flex_is_half_of_standard():
    usage = Usage(input_tokens=1000, cache_read_tokens=200, output_tokens=500)
    standard = book.cost_of(usage, provider="openai", model="gpt-5", at_ns=NOW)
    flex = book.cost_of(usage, provider="openai", model="gpt-5", tier="flex", at_ns=NOW)
    assert (standard.amount, flex.amount) == (6_025_000_000, 3_012_500_000)


# --- against a ledger -------------------------------------------------------------------------------------------------

PLAIN = {"input_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok", "output_mtok"}


def plain_models() -> list[tuple[str, str, dict[str, str]]]:
    """List, reference and prices of the models whose prices do not change and that an ``=`` clause finds."""
    models = []
    for path in Path(build.DIRECTORY).glob("*.json"):
        seen = set()
        for row in json.loads(path.read_text()).get("models", ()):
            clauses = row["match"] if isinstance(row["match"], list) else [row["match"]]
            exact = [each[1:] for each in clauses if isinstance(each, str) and each.startswith("=")]
            prices = row["prices"]
            if not (
                exact and isinstance(prices, dict) and prices and prices.keys() <= PLAIN and "input_mtok" in prices
            ):
                continue
            if all(isinstance(price, str) for price in prices.values()) and exact[0] not in seen:
                models.append((path.stem, exact[0], prices))
                seen.add(exact[0])
    return models


MODELS = [
    (name, reference, prices)
    for name, reference, prices in plain_models()
    if PriceBook().price(provider=name, model=reference, at_ns=NOW) is not None
]
counts = st.integers(0, 10**7)


def ledger(prices: dict[str, str], tokens: dict[str, int]) -> list[Decimal | None]:
    """Input, cache read, cache write, output: each the exact sum, rounded once to 12 decimals."""

    def cost(**lines: int) -> Decimal | None:
        known = [Decimal(prices[f"{key}_mtok"]) * count for key, count in lines.items() if f"{key}_mtok" in prices]
        return sum(known).scaleb(-6).quantize(Decimal("1e-12"), ROUND_HALF_EVEN) if known else None

    rest = tokens["text"]
    for kind in ("cache_read", "cache_write", "cache_write_1h"):
        if f"{kind}_mtok" not in prices:  # it costs what the tokens around it cost
            around = "cache_write" if kind == "cache_write_1h" and "cache_write_mtok" in prices else "text"
            tokens = {**tokens, around: tokens[around] + tokens[kind], kind: 0}
    rest = tokens["text"]
    return [
        cost(input=rest),
        cost(cache_read=tokens["cache_read"]),
        cost(cache_write=tokens["cache_write"], cache_write_1h=tokens["cache_write_1h"]),
        cost(output=tokens["output"]),
    ]


@settings(max_examples=1000, deadline=None)
@given(model=st.sampled_from(MODELS), text=counts, read=counts, short=counts, long=counts, output=counts)
def test_every_part_is_the_exact_sum_rounded_once_and_the_amount_is_their_sum(model, text, read, short, long, output):
    name, reference, prices = model
    usage = Usage(
        input_tokens=text + read + short + long,
        cache_read_tokens=read,
        cache_write_tokens=short + long,
        cache_write_1h_tokens=long,
        output_tokens=output,
    )
    cost = book.cost_of(usage, provider=name, model=reference, at_ns=NOW)
    tokens = {"text": text, "cache_read": read, "cache_write": short, "cache_write_1h": long, "output": output}
    expected = [None if part is None else int(part * 10**12) for part in ledger(prices, tokens)]
    assert [cost.input, cost.cache_read, cost.cache_write, cost.output] == expected
    assert cost.amount == sum(part for part in cost[4:9] if part is not None)


@settings(max_examples=300, deadline=None)
@given(price=st.decimals(0, 100, places=15), tokens=st.integers(0, 10**9))
def test_a_price_finer_than_a_pico_unit_is_rounded_half_to_even_once(price, tokens):
    book = PriceBook([Override.parse({"model": "m", "input_per_mtok": str(price)}, "test")])
    cost = book.cost_of(Usage(input_tokens=tokens), provider="p", model="m", at_ns=NOW)
    exact = (Decimal(price) * tokens).scaleb(-6)
    assert cost.amount == int(exact.quantize(Decimal("1e-12"), ROUND_HALF_EVEN).scaleb(12))


@pytest.mark.parametrize(
    "row, amount",
    [
        ({"discount": "0.12345"}, "0.0098611875"),  # of 0.01125
        ({"surcharge": "0.12345"}, "0.0126388125"),
        ({"gpu_hour": "3.45678", "gpus": "1.00001", "tokens_per_second": 1}, "0.960226268833"),  # 3.4568145678 / 3.6
    ],
)
def test_a_row_is_read_exactly_in_whatever_decimal_context_the_application_works(row, amount):
    with localcontext() as own:
        own.prec = 3
        book = PriceBook([Override.parse({"model": "gpt-5", **row}, "test")])
        cost = book.cost_of(
            Usage(input_tokens=1000, output_tokens=1000), provider="openai", model="gpt-5", at_ns=NOW
        ).amount
        told = [unit.amount for unit in book.price(provider="openai", model="gpt-5", at_ns=NOW).units]
        exact = from_pico(cost)
    assert exact == Decimal(amount)
    assert any(len(each.as_tuple().digits) > 3 for each in told)


def test_half_a_pico_unit_goes_to_the_even_neighbour():
    """0.0000005 dollars per million tokens are half a pico-dollar a token."""
    book = PriceBook([Override.parse({"model": "m", "input_per_mtok": "0.0000005"}, "test")])
    amounts = [book.cost_of(Usage(input_tokens=n), provider="p", model="m", at_ns=NOW).amount for n in range(6)]
    assert amounts == [0, 0, 1, 2, 2, 2]


# --- kinds of token ---------------------------------------------------------------------------------------------------

KINDS = PriceBook(
    [
        Override.parse(
            {
                "model": "m",
                "input_per_mtok": 1,
                "cache_read_per_mtok": "0.1",
                "audio_input_per_mtok": 10,
                "audio_cache_read_per_mtok": "0.5",
                "image_input_per_mtok": 5,
                "image_cache_read_per_mtok": "0.2",
                "output_per_mtok": 2,
                "reasoning_per_mtok": 3,
                "audio_output_per_mtok": 20,
            },
            "test",
        )
    ]
)


def test_each_token_is_counted_once_at_the_price_of_its_most_specific_kind():
    usage = Usage(
        input_tokens=1000,
        cache_read_tokens=300,
        audio_input_tokens=200,
        audio_cache_read_tokens=50,
        image_input_tokens=100,
        image_cache_read_tokens=0,
        output_tokens=500,
        reasoning_tokens=100,
        audio_output_tokens=50,
        image_output_tokens=20,
    )
    cost = KINDS.cost_of(usage, provider="p", model="m", at_ns=NOW)
    # input: 150 audio + 100 image + 450 text; from the cache: 50 audio + 250 text; output: 100 + 50 + 350 others
    assert (cost.status, cost.input, cost.cache_read, cost.output) == (
        "priced",
        (150 * 10 + 100 * 5 + 450) * 10**6,
        50 * 500_000 + 250 * 100_000,
        (100 * 3 + 50 * 20 + 350 * 2) * 10**6,
    )


def test_cached_audio_that_is_not_told_apart_makes_a_cost_partial():
    usage = Usage(input_tokens=1000, cache_read_tokens=300, audio_input_tokens=200, output_tokens=0)
    assert KINDS.cost_of(usage, provider="p", model="m", at_ns=NOW).status == "partial"


def test_a_kind_without_a_price_costs_what_the_kind_around_it_costs():
    """gpt-5-pro has no price for what is read from the cache."""
    row = {"model": "m", "input_per_mtok": 15, "output_per_mtok": 120}
    book = PriceBook([Override.parse(row, "test")])
    usage = Usage(input_tokens=1000, cache_read_tokens=900, cache_write_tokens=50, output_tokens=10, reasoning_tokens=5)
    cost = book.cost_of(usage, provider="p", model="m", at_ns=NOW)
    assert cost[3:9] == (16_200_000_000, 15_000_000_000, None, None, 1_200_000_000, None)


@pytest.mark.parametrize(
    "usage, amount",
    [
        (Usage(input_tokens=100, cache_read_tokens=500, output_tokens=0), 500 * 125_000),
        (Usage(input_tokens=0, cache_read_tokens=7, output_tokens=0), 7 * 125_000),
        (Usage(input_tokens=100, cache_write_tokens=500, output_tokens=0), 100 * 1_250_000),
    ],
)
def test_more_cached_tokens_than_tokens_leave_no_uncached_ones_and_never_fewer(usage, amount):
    assert book.cost_of(usage, provider="openai", model="gpt-5", at_ns=NOW).amount == amount


# --- statuses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "usage, provider, model, status, amount",
    [
        (Usage(), "openai", "gpt-5", "no_usage", None),
        (Usage(), "openai", "no-such-model", "no_usage", None),
        (None, "openai", "gpt-5", "no_usage", None),
        (Usage(input_tokens=10, output_tokens=1), "openai", "no-such-model", "unpriced", None),
        (Usage(input_tokens=10, output_tokens=1), "openai", None, "unpriced", None),
        (Usage(input_tokens=10, output_tokens=1), "openai", "", "unpriced", None),
        (Usage(input_tokens=1000), "openai", "gpt-5", "partial", 1_250_000_000),
        (Usage(output_tokens=1000), "openai", "gpt-5", "partial", 10_000_000_000),
        (Usage(reasoning_tokens=5), "openai", "gpt-5", "unpriced", None),
        (Usage(input_tokens=0, output_tokens=0), "openai", "gpt-5", "priced", 0),
        (Usage(input_tokens=1000, output_tokens=0, code_executions=1), "openai", "gpt-5", "partial", 1_250_000_000),
        (Usage(input_tokens=1000, output_tokens=0, code_executions=0), "openai", "gpt-5", "priced", 1_250_000_000),
        (Usage(input_tokens=1000), "openai", "text-embedding-3-small", "priced", 20_000_000),
        (Usage(input_tokens=1000, output_tokens=0), "openai", "text-embedding-3-small", "priced", 20_000_000),
        (Usage(input_tokens=1000, output_tokens=5), "openai", "text-embedding-3-small", "partial", 20_000_000),
        (Usage(input_tokens=1000, output_tokens=5), "openrouter", "qwen/qwen3-coder:free", "free", 0),
        (Usage(input_tokens=1000), "openrouter", "qwen/qwen3-coder:free", "free", 0),
        (Usage(input_tokens=9, web_searches=1), "openrouter", "qwen/qwen3-coder:free", "partial", 0),
        (Usage(input_tokens=1000, output_tokens=5), "gcp.gemini", "gemma-3-27b-it", "free", 0),
        (Usage(input_tokens=1000, output_tokens=5), "gcp.vertex_ai", "gemma-3-27b-it", "unpriced", None),
        # Billed by the second or the character.
        (Usage(audio_input_ms=9_000), "openai", "whisper-1", "priced", 900_000_000),
        (Usage(audio_input_ms=0), "openai", "whisper-1", "priced", 0),
        (Usage(audio_input_ms=3_600_000), "mistral_ai", "voxtral-mini-2602", "priced", 180_000_000_000),
        # Groq bills ten seconds at least.
        (Usage(audio_input_ms=3_600_000), "groq", "whisper-large-v3", "partial", 111_000_000_000),
        (Usage(audio_input_ms=9_000), "openai", "gpt-live-1", "unpriced", None),
        (Usage(input_tokens=1000, output_tokens=0, audio_input_ms=1), "openai", "gpt-5", "partial", 1_250_000_000),
        (Usage(input_tokens=1000, output_tokens=5), "openai", "whisper-1", "unpriced", None),
        (Usage(input_tokens=1000, output_tokens=5), "openai", "tts-1", "unpriced", None),
        (Usage(input_characters=2_000), "openai", "tts-1", "priced", 30_000_000_000),
        (Usage(input_characters=2_000), "openai", "tts-1-hd", "priced", 60_000_000_000),
        (Usage(input_characters=0), "openai", "tts-1", "priced", 0),
        (Usage(input_characters=2_000), "openai", "gpt-4o-mini-tts", "unpriced", None),
        (Usage(input_tokens=1000, output_tokens=0, input_characters=1), "openai", "gpt-5", "partial", 1_250_000_000),
        (Usage(input_tokens=1000, output_tokens=5), "mistral_ai", "voxtral-small-2507", "partial", 102_000_000),
        # Audio that OpenAI bills apart, at a price that the library has or has not; Google's costs what text costs.
        (
            Usage(input_tokens=9, audio_input_tokens=0, output_tokens=0),
            "openai",
            "gpt-4o-audio-preview",
            "priced",
            22_500_000,
        ),
        (
            Usage(input_tokens=9, audio_input_tokens=4, output_tokens=0),
            "openai",
            "gpt-4o-audio-preview",
            "partial",
            22_500_000,
        ),
        (
            Usage(input_tokens=0, output_tokens=9, audio_output_tokens=9),
            "openai",
            "gpt-4o-audio-preview",
            "partial",
            90_000_000,
        ),
        (
            Usage(input_tokens=9, audio_input_tokens=9, output_tokens=0),
            "azure.ai.openai",
            "gpt-4o-mini-audio-preview",
            "partial",
            1_350_000,
        ),
        (Usage(input_tokens=9, audio_input_tokens=9, output_tokens=0), "openai", "gpt-audio", "priced", 288_000_000),
        (
            Usage(input_tokens=9, audio_input_tokens=9, output_tokens=0),
            "gcp.gemini",
            "gemini-2.5-pro",
            "priced",
            11_250_000,
        ),
        # A search is billed with each call, and the library does not say for how much.
        (Usage(input_tokens=9, output_tokens=0), "openai", "gpt-4o-search-preview", "partial", 22_500_000),
        (
            Usage(input_tokens=9, output_tokens=0),
            "openai",
            "gpt-4o-mini-search-preview-2025-03-11",
            "partial",
            1_350_000,
        ),
        # Listed without a price by the library, and by nobody as free.
        (Usage(input_tokens=1000, output_tokens=5), "cerebras", "qwen-3-coder-480b", "unpriced", None),
        # Open weights that OpenAI gives away and does not sell.
        (Usage(input_tokens=1000, output_tokens=5), "openai", "gpt-oss-20b", "unpriced", None),
    ],
)
def test_the_status_says_what_is_known(usage, provider, model, status, amount):
    cost = book.cost_of(usage, provider=provider, model=model, at_ns=NOW)
    assert (cost.status, cost.amount) == (status, amount)


def test_a_fee_per_request_is_part_of_the_other_costs():
    cost = book.cost_of(Usage(input_tokens=1000, output_tokens=0), provider="perplexity", model="sonar", at_ns=NOW)
    assert (cost.input, cost.other, cost.status) == (10**9, 12 * 10**9, "priced")


def test_audio_costs_what_text_costs_where_a_row_of_one_s_own_has_no_price_of_it():
    row = {"model": "gpt-4o-audio-preview", "input_per_mtok": 2, "output_per_mtok": 8}
    usage = Usage(input_tokens=1000, audio_input_tokens=900, output_tokens=0)
    cost = PriceBook([Override.parse(row, "test")]).cost_of(usage, provider="openai", model=row["model"], at_ns=NOW)
    assert (cost.status, cost.amount) == ("priced", 1000 * 2_000_000)


def test_prices_for_people_are_those_of_the_data():
    price = book.price(provider="openai", model="gpt-5.6-sol", at_ns=NOW)
    assert price is not None
    assert [unit for unit in price.units if unit.kind == "input"] == [
        ("input", Decimal(4), 10**6, 0),
        ("input", Decimal(8), 10**6, 272_000),
    ]
    assert (price.seller, price.model, price.tier, price.currency, price.lower_bound) == (
        "openai",
        "gpt-5.6-sol",
        "standard",
        "USD",
        False,
    )


def test_an_explanation_is_one_line_with_prices_or_with_what_is_missing():
    assert book.explain(provider="openai", model="gpt-5", tier="flex", at_ns=NOW) == (
        f"openai gpt-5 flex, USD, genai-prices/{LIBRARY['version']}: "
        "input 0.625/1,000,000, cache_read 0.0625/1,000,000, output 5/1,000,000, "
        "web_search 10/1,000, file_search 2.5/1,000"
    )
    assert book.explain(provider="openai", model="gpt-5", tier="scale", at_ns=NOW) == (
        "openai has no price of 'gpt-5' for scale on 2026-11-23"
    )
    assert book.explain(provider="openai", model="gpt-x") == "no price list has 'gpt-x' of 'openai'"
    assert book.explain(provider="openai", model=None) == "the call names no model"
