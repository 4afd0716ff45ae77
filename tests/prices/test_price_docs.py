"""The page about prices: its examples give the costs they state, and it names every key."""

from __future__ import annotations

import re
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from otel_llmroute.prices import Override, PriceBook, PriceError, Usage, from_pico
from otel_llmroute.prices.overrides import KEYS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (Path(__file__).parents[2] / "docs" / "prices.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
NOW = int(datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()) * 10**9
STATED = re.compile(r"# (\S+) (\S+)((?: \w+=\S+)*) = (\S+) (\w+) (\w+)")


def statements():
    return [(example, *found) for example in EXAMPLES for found in STATED.findall(example)]


def test_every_example_states_a_cost():
    assert len(EXAMPLES) == 6
    assert all(STATED.search(example) for example in EXAMPLES)


@pytest.mark.parametrize("example, provider, model, served, amount, currency, status", statements())
def test_an_example_costs_what_the_page_says(example, provider, model, served, amount, currency, status):
    rows = tomllib.loads(example)["prices"]
    book = PriceBook([Override.parse(row, f"docs/prices.md: prices[{i}]") for i, row in enumerate(rows)])
    cost = book.cost_of(
        Usage(input_tokens=1000, output_tokens=1000),
        provider=provider,
        model=model,
        at_ns=NOW,
        **dict(each.split("=") for each in served.split()),
    )
    assert (cost.status, cost.currency) == (status, currency)
    assert cost.amount is None if amount == "none" else from_pico(cost.amount or 0) == Decimal(amount)


def test_every_key_is_in_the_table():
    table = PAGE[PAGE.index("| key | meaning |") :]
    assert {key for key in KEYS if f"`{key}`" not in table} == set()


def test_the_error_on_the_page_is_the_error():
    with pytest.raises(PriceError) as caught:
        Override.parse({"model": "m", "input_per_mtok": "abc"}, "llmroute.toml: prices[2]")
    assert f"\n{caught.value}\n" in PAGE
