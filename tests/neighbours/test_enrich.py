"""Enrich mode: no span of ours for a call; the spans of others carry its cost and route, once per call."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import anthropic
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBasedTraceIdRatio, Sampler
from standin import Standin

from tests.neighbours import calls
from tests.neighbours.children import in_a_child
from tests.neighbours.observed import Call, Observed, observe
from tests.neighbours.peers import INSTALLED, OURS, Process

HAS_OWN_SPANS = int(anthropic.__version__.partition(".")[0]) >= 2
WITHOUT_USAGE = {
    "openllmetry": {"chat_raw_stream"},
    "logfire": {"chat_streamed_response"} | ({"message_raw"} if HAS_OWN_SPANS else set()),
    "openlit": {"chat_raw_stream", "beta_message", "chat_streamed_response"},
}
"""Calls of which a writer, alone, tells no usage, or nothing."""
A_TOKEN_TOO_MANY = {"openllmetry": {"message_stream", "message_stream_helper", "async_message_stream"}}
"""Streams to which it adds the placeholder of the first event; on newer SDKs their own spans know better."""


def enriched(order: tuple[str, ...], some: tuple[Call, ...], server_url: str, sampler: Sampler = ALWAYS_ON) -> Observed:
    os.environ["LLMROUTE_MODE"] = "enrich"
    process = Process(sampler)
    if "logfire" in order:
        process.on_logfire()
    else:
        trace.set_tracer_provider(process.tracer_provider)
    for name in order:
        process.switch_on(name)
    return observe(process, lambda: calls.made(some, server_url))


def spent(observed: Observed) -> tuple[Decimal, Decimal]:
    assert observed.said == []
    assert observed.metric_calls == len(observed.attempts)
    return observed.spent_usd


def twice(usd: Decimal) -> tuple[Decimal, Decimal]:
    return usd, usd


@pytest.mark.parametrize("writer", INSTALLED)
def test_the_spans_of_one_other_instrumentation_carry_the_spend(writer: str, server: Standin) -> None:
    told = tuple(call for call in calls.ALL if call.__name__ not in WITHOUT_USAGE.get(writer, set()))
    too_many = sum(call.__name__ in A_TOKEN_TOO_MANY.get(writer, set()) for call in told) * (not HAS_OWN_SPANS)
    truth = sum((calls.COST_USD[call] for call in told), Decimal(0))
    observed = in_a_child(enriched, (OURS, writer), told, server.url)
    assert spent(observed) == twice(truth + too_many * Decimal(calls.PER_TOKEN[calls.CLAUDE]["output"]))
    assert len(observed.attempts) == len(told)
    # By the GenAI rule, whatever the writer makes of it.
    assert {attempt.get("gen_ai.usage.input_tokens") for attempt in observed.attempts} == {5_100, None}
    assert {attempt["llmroute.route.source"] for attempt in observed.attempts} == {"callsite"}
    assert {attempt["llmroute.callsite"].partition(":")[0] for attempt in observed.attempts} == {
        "tests/neighbours/calls.py"
    }


@pytest.mark.parametrize("writer", WITHOUT_USAGE)
def test_where_a_writer_tells_no_usage_nothing_is_made_up(writer: str, server: Standin) -> None:
    if writer not in INSTALLED:
        pytest.skip(f"{writer} is not installed here")
    untold = tuple(call for call in calls.ALL if call.__name__ in WITHOUT_USAGE[writer])
    observed = in_a_child(enriched, (OURS, writer), untold, server.url)
    assert spent(observed) == twice(Decimal(0))
    assert {attempt["llmroute.cost.status"] for attempt in observed.attempts} <= {"no_usage"}


@pytest.mark.skipif(not HAS_OWN_SPANS, reason="this Anthropic SDK makes no spans of its own")
def test_the_own_spans_of_the_anthropic_sdk_carry_the_spend(server: Standin) -> None:
    some = tuple(call for call in calls.ALL if "message" in call.__name__)
    observed = in_a_child(enriched, (OURS,), some, server.url)
    assert spent(observed) == twice(sum((calls.COST_USD[call] for call in some), Decimal(0)))
    assert len(observed.attempts) == len(some)


@pytest.mark.parametrize("some", [1, 2, 3], ids=["beside one", "beside two", "beside three"])
def test_a_call_that_several_tell_of_is_counted_once_in_any_order_of_activation(some: int, server: Standin) -> None:
    told = tuple(call for call in calls.FEW if calls.COST_USD[call])
    truth = sum((calls.COST_USD[call] for call in told), Decimal(0))
    for order in itertools.permutations(("otel", "openllmetry", "openinference", "logfire"), some + 1):
        observed = in_a_child(enriched, (OURS, *order), told, server.url)
        assert (spent(observed), len(observed.attempts)) == (twice(truth), len(told)), f"in the order {order}"


def test_a_call_that_all_of_them_tell_of_is_counted_once(server: Standin) -> None:
    truth = sum(calls.COST_USD.values(), Decimal(0))
    observed = in_a_child(enriched, (OURS, *INSTALLED), calls.ALL, server.url)
    assert spent(observed) == twice(truth)
    assert len(observed.attempts) == len(calls.ALL)


def at_once(order: tuple[str, ...], server_url: str) -> Observed:
    def twenty(c: calls.Clients) -> Any:
        async def all_of_them() -> None:
            await asyncio.gather(*(call(c) for call in [calls.async_chat, calls.async_chat_stream] * 10))

        return all_of_them()

    return enriched(order, (twenty,), server_url)


def test_alike_calls_at_once_are_each_counted_once(server: Standin) -> None:
    observed = in_a_child(at_once, (OURS, *INSTALLED), server.url)
    assert spent(observed) == twice(20 * calls.GPT_USD)


# --- sampling ---


@pytest.mark.parametrize("rate", [0.0, 0.5])
@pytest.mark.parametrize("writer", [name for name in INSTALLED if name != "logfire"])
def test_spend_is_whole_at_any_sampling_rate(writer: str, rate: float, server: Standin) -> None:
    told = tuple(call for call in calls.FEW if calls.COST_USD[call])
    truth = sum((calls.COST_USD[call] for call in told), Decimal(0))
    too_many = sum(call.__name__ in A_TOKEN_TOO_MANY.get(writer, set()) for call in told) * (not HAS_OWN_SPANS)
    observed = in_a_child(enriched, (OURS, writer), told, server.url, ParentBasedTraceIdRatio(rate))
    assert spent(observed) == twice(truth + too_many * Decimal(calls.PER_TOKEN[calls.CLAUDE]["output"]))


# --- streams that are left ---


def broken_off(c: calls.Clients) -> None:
    for _ in c.gpt.chat.completions.create(**calls.STREAMED_CHAT, stream=True):
        break


def closed(c: calls.Clients) -> None:
    stream = c.gpt.chat.completions.create(**calls.STREAMED_CHAT, stream=True)
    next(iter(stream))
    stream.close()


def message_broken_off(c: calls.Clients) -> None:
    with c.claude.messages.stream(**calls.MESSAGE) as stream:
        for _ in stream.text_stream:
            break


@pytest.mark.parametrize("leave", [broken_off, closed, message_broken_off])
@pytest.mark.parametrize("writer", [name for name in INSTALLED if name != "openlit"])
def test_a_stream_that_is_left_is_an_attempt_once(
    writer: str, leave: Callable[[calls.Clients], None], server: Standin
) -> None:
    observed = in_a_child(enriched, (OURS, writer), (leave,), server.url)
    assert observed.results == {leave.__name__: None}
    assert observed.said == []
    (attempt,) = observed.attempts
    assert attempt["llmroute.attempt.outcome"] in ("accepted", "abandoned")  # only some writers say which


@pytest.mark.skipif("openlit" not in INSTALLED, reason="openlit is not installed here")
def test_openlit_never_tells_of_a_stream_that_is_left(server: Standin) -> None:
    observed = in_a_child(enriched, (OURS, "openlit"), (broken_off,), server.url)
    assert observed.attempts == []
