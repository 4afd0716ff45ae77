"""Whose price, which tier, which day: how the book finds the price that is in force."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from otel_llmroute.prices import PriceBook, Usage

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
THOUSAND = Usage(input_tokens=1000, output_tokens=0)
book = PriceBook()


def ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 10**9


def dollars(provider: str, model: str, moment: datetime = NOW, **served: str) -> float | None:
    """What a million tokens of input cost, by the price of a short prompt."""
    amount = book.cost_of(THOUSAND, provider=provider, model=model, at_ns=ns(moment), **served).amount
    return None if amount is None else amount / 10**9


@pytest.mark.parametrize(
    "provider, model, input_per_mtok",
    [
        ("openai", "gpt-5", 1.25),
        ("openai", "GPT-5", 1.25),
        ("openai", "ft:gpt-4o-2024-08-06:acme::x", 3.75),
        ("anthropic", "claude-sonnet-4-5-20250929", 3),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", 3.3),
        ("aws.bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", 3),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-5", 2.2),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-5", 2.2),
        ("azure.ai.openai", "gpt-5", 1.25),
        ("azure.ai.inference", "gpt-4o-2024-11-20", 2.5),
        ("gcp.gemini", "gemini-2.5-flash", 0.3),
        ("gcp.gemini", "models/gemini-2.5-flash", 0.3),
        ("gcp.vertex_ai", "projects/p/locations/global/publishers/google/models/gemini-2.5-flash", 0.3),
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", 3),
        ("groq", "llama-3.3-70b-versatile", 0.59),
        ("x_ai", "grok-4", 3),
        ("xai", "grok-4", 3),
        ("cohere", "command-r-plus", 2.5),
        ("moonshot_ai", "kimi-k2", 0.57),
        ("mistral_ai", "mistral-large-latest", 2),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", 0.88),
        ("openrouter", "anthropic/claude-sonnet-4.5", 3),
        ("openrouter", "openai/gpt-5-20250807", 1.25),
        ("huggingface_groq", "meta-llama/Llama-3.3-70B-Instruct", 0.59),
    ],
)
def test_a_provider_and_its_model_find_their_price(provider, model, input_per_mtok):
    assert dollars(provider, model) == input_per_mtok


@pytest.mark.parametrize(
    "provider, model, host, input_per_mtok",
    [
        # A router's prefix says who serves the model.
        ("litellm", "azure/gpt-4o", None, 2.5),
        ("openai", "anthropic/claude-sonnet-4-5", "litellm.internal:4000", 3),
        ("litellm", "no-such-seller/gpt-5", None, None),
        # OpenAI itself has no such model.
        ("openai", "anthropic/claude-sonnet-4-5", "api.openai.com", None),
        # A provider nobody knows: the model's name says whose it is.
        ("some-gateway", "claude-sonnet-4-5", None, 3),
        ("", "gpt-5", None, 1.25),
        ("some-gateway", "no-such-model", None, None),
        # A server of one's own is not the API that sells the same model.
        ("some-gateway", "claude-sonnet-4-5", "127.0.0.1:8000", None),
        ("ollama", "deepseek-chat", None, None),
        ("vllm", "deepseek/deepseek-chat", None, None),
        # The host sends the bill, whatever the SDK is called.
        ("openai", "anthropic/claude-sonnet-4.5", "openrouter.ai", 3),
        ("openai", "llama-3.3-70b-versatile", "api.groq.com", 0.59),
        ("openai", "gpt-5", "api.groq.com", None),
        ("openai", "gpt-5", "acme.openai.azure.com", 1.25),
        ("openai", "gpt-5", "gateway.acme.example", 1.25),
    ],
)
def test_routers_hosts_and_unknown_providers(provider, model, host, input_per_mtok):
    assert dollars(provider, model, host=host) == input_per_mtok


@pytest.mark.parametrize("tier", [None, "", "default", "standard", "auto", "on_demand", "ON_DEMAND", "On-Demand"])
def test_all_names_of_the_standard_tier_are_the_standard_price(tier):
    assert dollars("openai", "gpt-5", tier=tier) == 1.25


@pytest.mark.parametrize(
    "provider, model, served, input_per_mtok",
    [
        ("openai", "gpt-5", {"tier": "flex"}, 0.625),
        ("openai", "gpt-5", {"tier": "FLEX"}, 0.625),
        ("openai", "gpt-5", {"tier": "priority"}, 2.5),
        ("openai", "gpt-5", {"tier": "fast"}, 2.5),
        ("openai", "gpt-5", {"tier": "batch"}, 0.625),
        ("openai", "gpt-5", {"tier": "scale"}, None),
        ("openai", "gpt-4", {"tier": "flex"}, None),
        ("anthropic", "claude-opus-4-8", {"tier": "batch"}, 2.5),
        ("anthropic", "claude-opus-4-8", {"speed": "fast"}, 10),
        ("anthropic", "claude-opus-4-8", {"tier": "fast"}, 10),
        ("anthropic", "claude-opus-4-8", {"speed": "fast", "tier": "fast"}, 10),
        ("anthropic", "claude-opus-4-8", {"speed": "standard", "tier": "standard"}, 5),
        ("anthropic", "claude-opus-4-8", {"speed": "fast", "tier": "standard"}, 10),
        # Both at once have no price; neither of the two would be right.
        ("anthropic", "claude-opus-4-8", {"speed": "fast", "tier": "batch"}, None),
        ("anthropic", "claude-opus-4-8", {"speed": "warp"}, None),
        ("anthropic", "claude-opus-4-8", {"tier": "priority"}, None),
        ("anthropic", "claude-3-5-haiku", {"speed": "fast"}, None),
        # OpenAI's tiers are not Azure's, though its list is.
        ("azure.ai.openai", "gpt-5", {"tier": "priority"}, None),
        ("gcp.vertex_ai", "gemini-2.5-flash", {"tier": "PROVISIONED_THROUGHPUT"}, None),
    ],
)
def test_the_served_tier_decides_and_one_without_a_price_is_not_the_standard_price(
    provider, model, served, input_per_mtok
):
    assert dollars(provider, model, **served) == input_per_mtok


@pytest.mark.parametrize(
    "model, tier, moment, input_per_mtok",
    [
        # Flex prices are known from 2026-10-12 on.
        ("gpt-5", "flex", "2026-10-11T23:59:59", None),
        ("gpt-5", "flex", "2026-10-12T00:00:00", 0.625),
        ("gpt-5", "batch", "2026-10-13T23:59:59", None),
        ("gpt-5", "batch", "2026-10-14T00:00:00", 0.625),
        ("gpt-5", None, "2024-01-01T00:00:00", 1.25),
        # A cut: 2.5 before 2026-07-30 and 2 from then.
        ("gpt-5.6-terra", None, "2026-07-29T23:59:59", 2.5),
        ("gpt-5.6-terra", None, "2026-07-30T00:00:00", 2),
    ],
)
def test_the_price_is_that_of_the_utc_day(model, tier, moment, input_per_mtok):
    assert dollars("openai", model, datetime.fromisoformat(f"{moment}+00:00"), tier=tier) == input_per_mtok


def test_the_day_is_utc_whatever_the_zone_of_the_caller():
    east = timezone(timedelta(hours=9))
    assert dollars("openai", "gpt-5", datetime(2026, 10, 12, 8, 59, tzinfo=east), tier="flex") is None
    assert dollars("openai", "gpt-5", datetime(2026, 10, 12, 9, 0, tzinfo=east), tier="flex") == 0.625


@pytest.mark.parametrize(
    "clock, input_per_mtok",
    [
        ("00:29:59", 0.135),
        ("00:30:00", 0.27),
        ("16:29:59", 0.27),
        ("16:30:00", 0.135),
        ("23:59:59", 0.135),
        ("00:00:00", 0.135),
    ],
)
def test_a_price_by_time_of_day_changes_at_its_minute(clock, input_per_mtok):
    for day in ("2026-11-23", "2026-11-24"):
        assert dollars("deepseek", "deepseek-chat", datetime.fromisoformat(f"{day}T{clock}+00:00")) == input_per_mtok


def test_the_last_nanosecond_before_a_change_is_still_before_it():
    change = ns(datetime(2026, 11, 23, 0, 30, tzinfo=timezone.utc))
    before, after = (
        book.cost_of(THOUSAND, provider="deepseek", model="deepseek-chat", at_ns=at).amount
        for at in (change - 1, change)
    )
    assert (before, after) == (135 * 10**6, 270 * 10**6)


@pytest.mark.parametrize(
    "tokens, input_per_mtok", [(271_999, 4), (272_000, 4), (272_001, 8), (1_000_000, 8), (0, 4), (1, 4)]
)
def test_a_long_prompt_is_charged_for_all_its_tokens_one_token_above_the_threshold(tokens, input_per_mtok):
    usage = Usage(input_tokens=tokens, output_tokens=1000)
    cost = book.cost_of(usage, provider="openai", model="gpt-5.6-sol", at_ns=ns(NOW))
    assert cost.input == tokens * input_per_mtok * 10**6
    assert cost.output == (20 if input_per_mtok == 4 else 30) * 10**9


@pytest.mark.parametrize(
    "provider, model, where, status",
    [
        ("anthropic", "claude-opus-4-8", {"region": "us"}, "partial"),
        ("anthropic", "claude-opus-4-8", {"region": "global"}, "priced"),
        ("anthropic", "claude-opus-4-8", {"region": "not_available"}, "priced"),
        ("openai", "gpt-5.6-sol", {"host": "eu.api.openai.com"}, "partial"),
        ("openai", "gpt-5.6-sol", {"host": "api.openai.com"}, "priced"),
        ("gcp.vertex_ai", "claude-sonnet-4-5", {"region": "us-east5"}, "partial"),
        ("gcp.vertex_ai", "claude-sonnet-4-5", {"host": "us-east5-aiplatform.googleapis.com"}, "partial"),
        ("gcp.vertex_ai", "claude-sonnet-4-5", {"region": "global"}, "priced"),
        ("gcp.vertex_ai", "claude-3-5-sonnet", {"region": "us-east5"}, "priced"),
        ("gcp.vertex_ai", "gemini-2.5-flash", {"region": "us-east5"}, "priced"),
        # The model's own name says it, and the data has it.
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", {"region": "us-east-1"}, "priced"),
    ],
)
def test_a_region_that_costs_more_than_the_data_says_makes_a_cost_partial(provider, model, where, status):
    cost = book.cost_of(THOUSAND, provider=provider, model=model, at_ns=ns(NOW), **where)
    assert cost.status == status
    assert cost.amount


def test_the_region_chooses_the_route_where_the_data_has_one():
    """OpenRouter's European endpoint of this model costs 10 percent more."""
    world = dollars("openrouter", "mistralai/mistral-large-4-0")
    europe = dollars("openrouter", "mistralai/mistral-large-4-0", region="mistral/eu")
    assert (world, europe) == (0.7, 0.77)


def test_data_of_a_newer_library_can_be_laid_beside_the_program(tmp_path):
    (tmp_path / "index.json").write_text('{"lists": {"openai": {"model_match": "^gpt-"}}, "by_model": ["openai"]}')
    (tmp_path / "openai.json").write_text(
        '{"version": "genai-prices/9.9", "models": [{"id": "gpt-9", "match": "=gpt-9", "prices": {"input_mtok": "7"}}]}'
    )
    cost = PriceBook(directory=tmp_path).cost_of(THOUSAND, provider="openai", model="gpt-9", at_ns=ns(NOW))
    assert (cost.amount, cost.price_version) == (7 * 10**9, "genai-prices/9.9")
