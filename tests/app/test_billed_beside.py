"""What is billed beside the answer's own usage: compactions, advisors, images, searches, fees."""

from __future__ import annotations

import decimal
import time

import pytest
from standin import Reply, Standin, anthropic_wire, openai_wire

from otel_llmroute import names
from otel_llmroute.app.bills import money
from otel_llmroute.app.sdks.openai_usage import charged
from otel_llmroute.prices import PriceBook, Usage
from tests.app.answers import COST, HOSTED_SHELL, IMAGE_TOOL, IN, MADE_IMAGE, OPENED_PAGE, OUT, READ, TOOLS, WRITE, Json
from tests.app.apis import CLAUDE, GPT, MESSAGES, RESPONSES
from tests.app.conftest import Recorded
from tests.app.sdk_features import needs


def cost_of(model: str, provider: str = "openai", **counts: int) -> int:
    """What the price lists say, in pico-units."""
    cost = PriceBook().cost_of(Usage(**counts), provider=provider, model=model, at_ns=time.time_ns())
    assert cost.amount is not None
    return cost.amount


def priced(attempt: Json) -> tuple[str, int | None]:
    amount = attempt.get(COST)
    return attempt[names.COST_STATUS], None if amount is None else money(amount)


ITERATION = {
    "input_tokens": 180_000,
    "output_tokens": 3500,
    "cache_read_input_tokens": 0,
    "cache_creation_input_tokens": 0,
}


def with_iterations(*iterations: Json) -> Json:
    own = {**ITERATION, "input_tokens": 23_000, "output_tokens": 1000}
    made = {**own, "iterations": [*iterations, {"type": "message", **own}]}
    return anthropic_wire.message(model=CLAUDE, usage=made)


def test_what_a_compaction_used_is_counted_and_priced_with_the_call(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json=with_iterations({"type": "compaction", **ITERATION})))
    MESSAGES.create(MESSAGES.client(provider))
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (203_000, 4500)
    own = cost_of(CLAUDE, "anthropic", input_tokens=23_000, output_tokens=1000)
    assert priced(attempt) == ("priced", own + cost_of(CLAUDE, "anthropic", input_tokens=180_000, output_tokens=3500))


def test_an_advisor_is_priced_by_its_own_model_and_its_tokens_are_not_the_answering_model_s(
    recorded: Recorded, provider: Standin
) -> None:
    advice = {"type": "advisor_message", "model": "claude-opus-4-5", **ITERATION}
    provider.default(Reply(json=with_iterations(advice)))
    MESSAGES.create(MESSAGES.client(provider))
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (23_000, 1000)
    opus = cost_of("claude-opus-4-5", "anthropic", input_tokens=180_000, output_tokens=3500)
    assert money(attempt[names.COST_OTHER]) == opus
    assert priced(attempt) == ("priced", opus + cost_of(CLAUDE, "anthropic", input_tokens=23_000, output_tokens=1000))


def test_an_advisor_without_a_known_price_makes_the_cost_partial(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json=with_iterations({"type": "advisor_message", "model": "claude-oracle-99", **ITERATION})))
    MESSAGES.create(MESSAGES.client(provider))
    assert priced(recorded.attempt()) == (
        "partial",
        cost_of(CLAUDE, "anthropic", input_tokens=23_000, output_tokens=1000),
    )


def test_the_iterations_of_a_stream_count_once(recorded: Recorded, provider: Standin) -> None:
    usage = with_iterations({"type": "compaction", **ITERATION})["usage"]
    provider.default(Reply(events=anthropic_wire.message_stream(model=CLAUDE, usage=usage)))
    for _ in MESSAGES.create(MESSAGES.client(provider), stream=True):
        pass
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (203_000, 4500)


@needs("openai responses")
@pytest.mark.parametrize("model, status", [("gpt-image-1", "priced"), (None, "partial")])
def test_images_that_a_response_made_are_priced_by_their_model(
    model: str | None, status: str, recorded: Recorded, provider: Standin
) -> None:
    more = {"tools": [{"type": "image_generation", "model": model}], "tool_usage": {"image_gen": IMAGE_TOOL}}
    provider.default(Reply(json=openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), **more)))
    RESPONSES.create(RESPONSES.client(provider))
    images = cost_of("gpt-image-1", input_tokens=50, text_input_tokens=50, output_tokens=1056, image_output_tokens=1056)
    own = cost_of(GPT, input_tokens=10, output_tokens=2)
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[OUT]) == (10, 2)
    assert priced(attempt) == (status, own + (images if model else 0))


@needs("openai responses")
def test_images_of_a_response_are_priced_as_images_where_nobody_tells_the_kinds_of_output_apart(
    recorded: Recorded, provider: Standin
) -> None:
    used = {key: value for key, value in IMAGE_TOOL.items() if key != "output_tokens_details"}
    more = {"tools": [{"type": "image_generation", "model": "gpt-image-1.5"}], "tool_usage": {"image_gen": used}}
    provider.default(Reply(json=openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), **more)))
    RESPONSES.create(RESPONSES.client(provider))
    images = 50 * 5_000_000 + 1056 * 32_000_000  # pico-USD
    assert priced(recorded.attempt()) == ("priced", cost_of(GPT, input_tokens=10, output_tokens=2) + images)


@needs("openai responses")
@pytest.mark.parametrize(
    "items, said, searches",
    [
        ([], {}, 2),
        ([OPENED_PAGE], {}, 2),
        ([OPENED_PAGE], {"tool_usage": {"web_search": {"num_requests": 1}}}, 1),
        ([TOOLS], {"tool_usage": {"web_search": {"num_requests": 2}}}, 2),
    ],
    ids=["each search", "not the pages opened", "as many as are said to be billed", "beside other tools"],
)
def test_searches_are_priced_by_those_that_are_billed(
    items: list[Json], said: Json, searches: int, recorded: Recorded, provider: Standin
) -> None:
    body = openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), web_searches=2, **said)
    body["output"] += items
    provider.default(Reply(json=body))
    RESPONSES.create(RESPONSES.client(provider))
    attempt = recorded.attempt()
    assert attempt[names.USAGE_SERVER_TOOL_CALLS] == 2 + len(items)
    status = "partial" if TOOLS in items else "priced"  # nobody tells what a run of code costs
    assert priced(attempt) == (status, cost_of(GPT, input_tokens=10, output_tokens=2, web_searches=searches))


@needs("openai responses")
@pytest.mark.parametrize(
    "items, said, calls, status",
    [
        ([MADE_IMAGE], {}, 1, "partial"),
        ([MADE_IMAGE], {"tool_usage": {"image_gen": {"input_tokens": 0, "output_tokens": 0}}}, 1, "priced"),
        ([HOSTED_SHELL], {}, 1, "partial"),
        ([{**HOSTED_SHELL, "environment": {"type": "local"}}], {}, None, "priced"),
        ([{**HOSTED_SHELL, "environment": None}], {}, None, "priced"),
    ],
    ids=["an image", "an image said to be free", "a shell in a container", "a shell here", "a shell nobody says where"],
)
def test_a_tool_that_is_billed_and_has_no_price_makes_the_cost_partial(
    items: list[Json], said: Json, calls: int | None, status: str, recorded: Recorded, provider: Standin
) -> None:
    body = openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), **said)
    body["output"] += items
    provider.default(Reply(json=body))
    RESPONSES.create(RESPONSES.client(provider))
    attempt = recorded.attempt()
    assert attempt.get(names.USAGE_SERVER_TOOL_CALLS) == calls
    assert priced(attempt) == (status, cost_of(GPT, input_tokens=10, output_tokens=2))


@needs("openai responses")
@pytest.mark.parametrize("searches, calls", [(3, 3), (0, None)])
def test_searches_that_are_said_to_be_billed_are_priced_without_a_call_in_the_output(
    searches: int, calls: int | None, recorded: Recorded, provider: Standin
) -> None:
    said = {"tool_usage": {"web_search": {"num_requests": searches}}}
    provider.default(Reply(json=openai_wire.response(model=GPT, usage=openai_wire.response_usage(10, 2), **said)))
    RESPONSES.create(RESPONSES.client(provider))
    attempt = recorded.attempt()
    assert attempt.get(names.USAGE_SERVER_TOOL_CALLS) == calls
    assert priced(attempt) == ("priced", cost_of(GPT, input_tokens=10, output_tokens=2, web_searches=searches))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "outcome, written, status",
    [("redeemed", 800, "partial"), ("redeemed", 0, "priced"), ("not_applied", 800, "priced")],
)
def test_what_was_written_to_the_cache_by_the_retry_of_a_refused_request_costs_at_least_a_read(
    outcome: str, written: int, status: str, stream: bool, recorded: Recorded, provider: Standin
) -> None:
    usage = anthropic_wire.usage(100, 20, cache_read=50, cache_write=written)
    usage["fallback_credit"] = {"status": {"type": outcome}}
    whole = anthropic_wire.message(model=CLAUDE, usage=usage)
    events = anthropic_wire.message_stream(model=CLAUDE, usage=usage)
    provider.default(Reply(events=events) if stream else Reply(json=whole))
    client = MESSAGES.client(provider)
    if stream:
        list(MESSAGES.create(client, stream=True))
    else:
        MESSAGES.create(client)
    attempt = recorded.attempt()
    assert (attempt[IN], attempt[READ], attempt[WRITE]) == (150 + written, 50, written)
    as_read = written if outcome == "redeemed" else 0
    counts = {"cache_read_tokens": 50 + as_read, "cache_write_tokens": written - as_read}
    assert priced(attempt) == (
        status,
        cost_of(CLAUDE, "anthropic", input_tokens=150 + written, output_tokens=20, **counts),
    )


@needs("openai responses")
@pytest.mark.parametrize("hours, status", [(0, "priced"), (600, "partial")])
@pytest.mark.parametrize("stream", [False, True])
def test_input_that_is_cached_for_12_hours_has_no_list_price_and_makes_the_cost_partial(
    stream: bool, hours: int, status: str, recorded: Recorded, provider: Standin
) -> None:
    usage = openai_wire.response_usage(1000, 2, cached=0, cache_write=800)
    usage["input_tokens_details"]["cache_write_tokens_details"] = {
        "ttl_12h_tokens": hours,
        "ttl_30m_tokens": 800 - hours,
    }
    made = openai_wire.response(model=GPT, usage=usage)
    events = openai_wire.response_stream(model=GPT, usage=usage)
    provider.default(Reply(events=events) if stream else Reply(json=made))
    client = RESPONSES.client(provider)
    if stream:
        list(RESPONSES.create(client, stream=True))
    else:
        RESPONSES.create(client)
    known = cost_of(GPT, input_tokens=1000, output_tokens=2, cache_read_tokens=0, cache_write_tokens=800)
    assert priced(recorded.attempt()) == (status, known)


def test_no_amount_is_a_cost_unless_it_is_money() -> None:
    assert [money(amount) for amount in (None, True, "free", "nan", "-1", float("inf"), "1e99", {})] == [None] * 8
    assert [money(amount) for amount in (0, "0.0", 0.1, "1e-12")] == [0, 0, 10**11, 1]


def test_a_fee_and_a_bill_are_added_as_decimals() -> None:
    usage = {"is_byok": True, "cost_details": {"upstream_inference_cost": 0.2}}
    assert charged(0.1, usage) == "0.3"
    with decimal.localcontext() as own:
        own.prec = 1
        assert charged(0.1234, usage) == "0.3234"
    assert [charged(cost, usage) for cost in (None, True, "1", float)] == [None] * 4
