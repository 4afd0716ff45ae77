"""The price book against genai-prices itself: whatever the library answers, the book answers, to the pico-unit."""

from __future__ import annotations

import decimal
import random
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_llmroute.prices import PriceBook, Usage, build
from otel_llmroute.prices.cost import to_pico

pytest.importorskip(
    "genai_prices", reason="genai-prices needs Python 3.11; the oracle is checked where it can be installed"
)

from genai_prices import types
from genai_prices.data import providers

TODAY = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
EARLY = datetime(2024, 6, 1, tzinfo=timezone.utc)
NOT_TOKENS = ("audio_hours", "input_mchars", "kpages", "messages_kcount")
KEYS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cache_read_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "cache_write_5m_tokens": "cache_write_5m_tokens",
    "cache_write_1h_tokens": "cache_write_1h_tokens",
    "output_reasoning_tokens": "reasoning_tokens",
    "input_text_tokens": "text_input_tokens",
    "input_audio_tokens": "audio_input_tokens",
    "input_image_tokens": "image_input_tokens",
    "output_text_tokens": "text_output_tokens",
    "output_audio_tokens": "audio_output_tokens",
    "output_image_tokens": "image_output_tokens",
    "cache_audio_read_tokens": "audio_cache_read_tokens",
    "cache_image_read_tokens": "image_cache_read_tokens",
    "web_searches": "web_searches",
    "storage_searches": "file_searches",
    "code_executions": "code_executions",
}
"""Key of the library's usage -> field of ours."""

IN_PLACE_OF_TOKENS = {"input_audio_hours": "audio_input_ms", "input_mchars": "input_characters"}
"""Key of the library's prices -> field of ours: what is billed is told by another count."""

book = PriceBook()


def a_usage(rng: random.Random, most: int) -> Usage:
    """A usage whose parts lie within their wholes, as every provider should report it."""
    few = [rng.randrange(most) for _ in range(13)]
    text, audio, image, cached_text, cached_audio, cached_image, short, long, other, words, thoughts, sound, picture = (
        few
    )
    read, write = cached_text + cached_audio + cached_image, short + long + other
    return Usage(
        input_tokens=text + audio + image + read + write,
        output_tokens=words + thoughts + sound + picture,
        cache_read_tokens=read,
        cache_write_tokens=write,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=long,
        reasoning_tokens=thoughts,
        audio_input_tokens=audio + cached_audio,
        image_input_tokens=image + cached_image,
        audio_output_tokens=sound,
        image_output_tokens=picture,
        audio_cache_read_tokens=cached_audio,
        image_cache_read_tokens=cached_image,
        audio_input_ms=rng.randrange(10**6),
        input_characters=rng.randrange(10**6),
        web_searches=rng.randrange(3),
        file_searches=rng.randrange(3),
        code_executions=rng.randrange(3),
    )


def the_librarys(usage: Usage, keys: set[str]) -> types.Usage:
    """``keys``: what there are prices of."""
    given: dict[str, Decimal | int] = {}
    if "input_audio_hours" in keys:
        given["audio_seconds"] = given["input_audio_seconds"] = Decimal(usage.audio_input_ms or 0) / 1000
    if "input_mchars" in keys:
        given["input_characters"] = usage.input_characters or 0
    return types.Usage(**given, **{theirs: getattr(usage, ours) for theirs, ours in KEYS.items()})


def text_of(clause: Any) -> list[str]:
    """Texts in a match clause; many of them match their model."""
    inner = getattr(clause, "or_", None) or getattr(clause, "and_", None)
    if inner:
        return [text for each in inner for text in text_of(each)]
    return [str(value) for value in vars(clause).values()]


def models() -> list[tuple[types.Provider, types.ModelInfo, str]]:
    """Every model that some reference finds, with that reference."""
    found = []
    for provider in providers:
        for model in provider.models:
            for reference in (model.id, *text_of(model.match)):
                if provider.find_model(reference, all_providers=providers) is model:
                    found.append((provider, model, reference))
                    break
    return found


MODELS = models()


def moments(model: types.ModelInfo) -> list[datetime]:
    """Now, long ago, and both sides of every change of price."""
    constraints = [each.constraint for each in model.prices] if isinstance(model.prices, list) else []
    constraints += [variant.constraint for variant in model.price_variants or ()]
    times = {TODAY, EARLY}
    for constraint in constraints:
        if isinstance(constraint, types.StartDateConstraint):
            start = datetime.combine(constraint.start_date, time(), timezone.utc)
            times |= {start, start - timedelta(microseconds=1)}
        elif isinstance(constraint, types.TimeOfDateConstraint):
            for moment in (constraint.start_time, constraint.end_time):
                change = datetime.combine(date(2026, 11, 2), moment)
                times |= {change, change - timedelta(microseconds=1)}
    return sorted(times)


def contexts(model: types.ModelInfo, moment: datetime) -> list[dict[str, str]]:
    """No context, and those with a price in force at that moment: for others the library says the standard price."""
    in_force = [
        variant.when
        for variant in model.price_variants or ()
        if (variant.constraint is None or variant.constraint.active(moment)) and "search_type" not in variant.when
    ]
    return [{}, *in_force]


def ours(provider: types.Provider, reference: str, usage: Usage, moment: datetime, context: dict[str, str]) -> Any:
    return book.cost_of(
        usage,
        provider=provider.id,
        model=reference,
        tier=context.get("service_tier") or context.get("processing"),
        speed=context.get("speed"),
        region=context.get("route"),
        at_ns=nanoseconds(moment),
    )


def nanoseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000


def check(
    provider: types.Provider,
    model: types.ModelInfo,
    reference: str,
    usage: Usage,
    moment: datetime,
    context: dict[str, str],
) -> None:
    cost = ours(provider, reference, usage, moment, context)
    where = (provider.id, model.id, reference, moment.isoformat(), context, usage, cost)
    prices = model.get_prices(moment, context)
    keys = {key for key, value in vars(prices).items() if value is not None}
    if (provider.id, model.id) in build.NOT_SOLD or is_unknown(provider, model, keys):
        assert cost.status == "unpriced", where
        return
    is_told = any(key in keys and getattr(usage, ours) is not None for key, ours in IN_PLACE_OF_TOKENS.items())
    if keys and not is_told and all(key.endswith(NOT_TOKENS) for key in keys):
        assert cost.status == "unpriced", where  # the library says 0: it was not told how much
        return
    with decimal.localcontext(prec=60):
        expected = model.calc_price(
            the_librarys(usage, keys), provider, genai_request_timestamp=moment, price_context=context
        ).total_price
        assert cost.amount is not None, where
        exact = expected * 10**12
        if provider.id == "groq" and "input_audio_hours" in keys:  # ten seconds at least
            assert cost.status == "partial", where
            assert cost.amount <= exact + 1, where
            return
        if exact == exact.to_integral_value() and not has_long_prices(prices):
            assert cost.amount == int(exact), (*where, expected)
        else:  # five parts, each rounded once
            assert abs(cost.amount - exact) <= Decimal("2.5"), (*where, expected)
        assert abs(cost.amount - to_pico(expected)) <= 3


def is_unknown(provider: types.Provider, model: types.ModelInfo, keys: set[str]) -> bool:
    """Listed without a price, and nobody says that it is free."""
    return not keys and not model.id.endswith(":free") and (provider.id, model.id) not in build.FREE_WITHOUT_PRICES


def has_long_prices(prices: types.ModelPrice) -> bool:
    """Whether a token can cost a fraction of a pico-unit."""
    return any(
        int(amount.as_tuple().exponent) < -6
        for value in vars(prices).values()
        for amount in ([value.base, *(tier.price for tier in value.tiers)] if hasattr(value, "base") else [value])
        if amount is not None
    )


def test_nearly_every_model_of_the_library_can_be_asked_for():
    assert len(MODELS) > 0.98 * sum(len(provider.models) for provider in providers)


@pytest.mark.parametrize("seed", range(8))
def test_every_model_tier_and_date_costs_what_the_library_says(seed):
    """All models in eight shares, at every date at which a price changes, in every tier then in force."""
    rng = random.Random(seed)
    for provider, model, reference in islice(MODELS, seed, None, 8):
        for moment in moments(model):
            for context in contexts(model, moment):
                usage = a_usage(rng, rng.choice((3, 3000, 90_000)))
                check(provider, model, reference, usage, moment, context)


@settings(max_examples=1500, deadline=None)
@given(st.data())
def test_any_usage_of_any_model_costs_what_the_library_says(data):
    provider, model, reference = data.draw(st.sampled_from(MODELS))
    moment = data.draw(st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)))
    context = data.draw(st.sampled_from(contexts(model, moment)))
    usage = a_usage(random.Random(data.draw(st.integers(0, 2**32))), data.draw(st.integers(1, 10**6)))
    check(provider, model, reference, usage, moment, context)


TIERED = [
    entry
    for entry in MODELS
    if any(
        isinstance(value, types.TieredPrices)
        for price in (entry[1].prices if isinstance(entry[1].prices, list) else [entry[1]])
        for value in vars(price.prices).values()
    )
]


def test_a_price_by_prompt_length_changes_one_token_above_its_threshold():
    """At, one below and one above each threshold of each model."""
    assert len(TIERED) > 100
    for provider, model, reference in TIERED:
        prices = model.get_prices(TODAY)
        starts = {tier.start for value in vars(prices).values() if hasattr(value, "tiers") for tier in value.tiers}
        for tokens in sorted({start + step for start in starts for step in (-1, 0, 1)}):
            usage = Usage(input_tokens=tokens, cache_read_tokens=10_000, output_tokens=500)
            check(provider, model, reference, usage, TODAY, {})


@pytest.mark.parametrize("key", IN_PLACE_OF_TOKENS)
def test_a_model_that_is_not_billed_by_tokens_has_no_cost_where_only_tokens_are_told(key):
    """By the time or the characters alone."""
    found = [found for found in MODELS if vars(found[1].get_prices(TODAY)).get(key) is not None]
    assert found
    for provider, model, reference in found:
        check(provider, model, reference, Usage(**dict.fromkeys(KEYS.values(), 0)), TODAY, {})


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_where_the_library_accepts_a_usage_the_cost_is_the_same_and_where_it_does_not_it_is_still_a_cost(data):
    """Counts that need not fit together: the library raises for some, the book never does."""
    provider, model, reference = data.draw(st.sampled_from(MODELS))
    counts = data.draw(st.fixed_dictionaries({name: st.integers(0, 5000) for name in KEYS.values()}))
    usage = Usage(**counts)
    cost = ours(provider, reference, usage, TODAY, {})
    try:
        model.calc_price(the_librarys(usage, set()), provider, genai_request_timestamp=TODAY)
    except ValueError:
        if cost.amount is not None:
            assert cost.amount >= 0
            assert all(part is None or part >= 0 for part in cost[4:9])
    else:
        check(provider, model, reference, usage, TODAY, {})


def test_a_model_of_another_sellers_list_is_priced_as_the_library_does():
    """Azure sells OpenAI's models and Google Anthropic's."""
    usage = a_usage(random.Random(1), 1000)
    for name, reference in (("azure", "gpt-5"), ("azure", "claude-sonnet-4-5"), ("google", "claude-2.1")):
        provider = next(each for each in providers if each.id == name)
        model = provider.find_model(reference, all_providers=providers)
        assert model is not None
        check(provider, model, reference, usage, TODAY, {})


def test_routers_dates_without_dashes_find_the_model():
    openrouter = next(each for each in providers if each.id == "openrouter")
    for reference in ("openai/gpt-5-20250807", "openai/gpt-5-20251399"):
        model = openrouter.find_model(reference, all_providers=providers)
        cost = ours(openrouter, reference, Usage(input_tokens=1000, output_tokens=10), TODAY, {})
        assert (cost.amount is None) == (model is None)
