"""Enrich mode: no span of ours for a call; the spans of others carry its cost and route, once per call."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable, Sequence
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
from tests.neighbours.peers import INSTALLED, OURS, Process, is_installed

HAS_OWN_SPANS = int(anthropic.__version__.partition(".")[0]) >= 2
BY_ANTHROPIC = {call.__name__ for call in calls.ALL if "message" in call.__name__}
UNTOLD = {
    "openllmetry": {"chat_raw_stream"},
    "openinference": set() if is_installed("openinference", "anthropic") else BY_ANTHROPIC,
    "logfire": {"chat_streamed_response", "message_raw"},
    "openlit": {"chat_raw_stream", "beta_message", "message_refused"},
}
"""Calls of which a writer, alone, tells no usage, or nothing."""
A_TOKEN_TOO_MANY = {call for call in calls.ALL if "message_stream" in call.__name__} if not HAS_OWN_SPANS else set()
"""Streams to whose output OpenLLMetry adds the placeholder of the first event. The SDK's own spans know better."""


def told_by(*writers: str, among: Sequence[Call] = calls.ALL) -> tuple[Call, ...]:
    """The calls of which each of ``writers`` tells the truth."""
    untold = set().union(*(UNTOLD.get(writer, set()) for writer in writers))
    wrong = A_TOKEN_TOO_MANY if "openllmetry" in writers else set()
    return tuple(call for call in among if call.__name__ not in untold and call not in wrong)


def truth(some: Sequence[Call]) -> tuple[Decimal, Decimal]:
    """What spans and metric have to sum up to."""
    usd = sum((calls.COST_USD[call] for call in some), Decimal(0))
    return usd, usd


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


@pytest.mark.parametrize("writer", INSTALLED)
def test_the_spans_of_one_other_instrumentation_carry_the_spend(writer: str, server: Standin) -> None:
    told = told_by(writer)
    observed = in_a_child(enriched, (OURS, writer), told, server.url)
    assert spent(observed) == truth(told)
    assert len(observed.attempts) == len(told)
    # By the GenAI rule, whatever the writer makes of it; none where the provider refused.
    assert {attempt.get("gen_ai.usage.input_tokens") for attempt in observed.attempts} == {5_100, None}
    assert {attempt["llmroute.route.source"] for attempt in observed.attempts} == {"callsite"}
    assert {attempt["llmroute.callsite"].partition(":")[0] for attempt in observed.attempts} == {
        "tests/neighbours/calls.py"
    }


@pytest.mark.parametrize("writer", [name for name in UNTOLD if name in INSTALLED])
def test_where_a_writer_tells_no_usage_nothing_is_made_up(writer: str, server: Standin) -> None:
    untold = tuple(call for call in calls.ALL if call.__name__ in UNTOLD[writer] - BY_ANTHROPIC)
    observed = in_a_child(enriched, (OURS, writer), untold, server.url)
    assert spent(observed) == truth(())
    assert {attempt["llmroute.cost.status"] for attempt in observed.attempts} <= {"no_usage"}


@pytest.mark.skipif(not HAS_OWN_SPANS, reason="this Anthropic SDK makes no spans of its own")
def test_the_own_spans_of_the_anthropic_sdk_carry_the_spend(server: Standin) -> None:
    some = tuple(call for call in calls.ALL if call.__name__ in BY_ANTHROPIC)
    observed = in_a_child(enriched, (OURS,), some, server.url)
    assert (spent(observed), len(observed.attempts)) == (truth(some), len(some))


@pytest.mark.parametrize("several", [2, 3, 4])
def test_a_call_that_several_tell_of_is_counted_once_in_any_order_of_activation(several: int, server: Standin) -> None:
    for order in itertools.permutations(("otel", "openllmetry", "openinference", "logfire"), several):
        some = told_by("openllmetry", among=calls.FEW)
        if not set(order) & {"otel", "openllmetry", "logfire"}:
            some = told_by(*order, among=some)
        observed = in_a_child(enriched, (OURS, *order), some, server.url)
        assert (spent(observed), len(observed.attempts)) == (truth(some), len(some)), f"in the order {order}"


def test_a_call_that_all_of_them_tell_of_is_counted_once(server: Standin) -> None:
    some = told_by("openllmetry")
    observed = in_a_child(enriched, (OURS, *INSTALLED), some, server.url)
    assert (spent(observed), len(observed.attempts)) == (truth(some), len(some))


def at_once(order: tuple[str, ...], server_url: str) -> Observed:
    def twenty(c: calls.Clients) -> Any:
        async def all_of_them() -> None:
            await asyncio.gather(*(call(c) for call in [calls.async_chat, calls.async_chat_stream] * 10))

        return all_of_them()

    return enriched(order, (twenty,), server_url)


def test_alike_calls_at_once_are_each_counted_once(server: Standin) -> None:
    observed = in_a_child(at_once, (OURS, *INSTALLED), server.url)
    assert (spent(observed), len(observed.attempts)) == (truth([calls.async_chat] * 20), 20)


# --- sampling ---


@pytest.mark.parametrize("rate", [0.0, 0.5])
@pytest.mark.parametrize("writer", [name for name in INSTALLED if name != "logfire"])
def test_spend_is_whole_at_any_sampling_rate(writer: str, rate: float, server: Standin) -> None:
    told = told_by(writer, among=(*calls.FEW, calls.response))
    observed = in_a_child(enriched, (OURS, writer), told, server.url, ParentBasedTraceIdRatio(rate))
    assert (spent(observed), len(observed.attempts)) == (truth(told), len(told))


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


LEAVES = (broken_off, closed, message_broken_off)
NEVER_ENDED = {("openlit", leave) for leave in LEAVES} | (
    set() if HAS_OWN_SPANS else {("openllmetry", message_broken_off), ("openinference", message_broken_off)}
)
"""Who does not end the span of a stream that is left, or knows nothing of that SDK: the call cannot be seen."""


@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize("writer", INSTALLED)
def test_a_stream_that_is_left_is_an_attempt_once_where_the_writer_ends_its_span(
    writer: str, leave: Callable[[calls.Clients], None], server: Standin
) -> None:
    observed = in_a_child(enriched, (OURS, writer), (leave,), server.url)
    assert observed.results == {leave.__name__: None}
    assert observed.said == []
    assert len(observed.attempts) == int((writer, leave) not in NEVER_ENDED)
    # Only some writers say which.
    assert {attempt["llmroute.attempt.outcome"] for attempt in observed.attempts} <= {"accepted", "abandoned"}
