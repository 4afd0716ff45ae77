"""Reasoning, citations and searches that a provider counts beside the completion, and not within it."""

from __future__ import annotations

import pytest
from standin import openai_wire, sse

from otel_llmroute import names
from otel_llmroute.app.bills import money
from tests.app.answers import IN, OUT, REASONING, Json
from tests.app.apis import PROMPT
from tests.app.conftest import Recorded
from tests.app.hosts import openai_at

XAI, PERPLEXITY, OPENAI = "https://api.x.ai/v1", "https://api.perplexity.ai", "https://api.openai.com/v1"
GROK = {
    "prompt_tokens": 32,
    "completion_tokens": 9,
    "total_tokens": 135,
    "completion_tokens_details": {"reasoning_tokens": 94},
}
GROK_COSTS = 32 * 3_000_000 + 103 * 15_000_000  # pico-USD: 3 and 15 USD a million
RESEARCH = {
    "prompt_tokens": 33,
    "completion_tokens": 7163,
    "total_tokens": 7196,
    "citation_tokens": 20_841,
    "num_search_queries": 18,
    "reasoning_tokens": 95_305,
}
RESEARCH_COSTS = 33 * 2_000_000 + 7163 * 8_000_000 + 95_305 * 3_000_000 + 18 * 5_000_000_000


def ask(url: str, model: str, usage: Json) -> None:
    body = openai_wire.chat(model=model, usage=usage)
    openai_at(url, body).chat.completions.create(model=model, messages=PROMPT)


def told(attempt: Json) -> tuple[int, int, int, str, int | None]:
    """Input, output, the reasoning in it, and what they cost."""
    amount = money(attempt.get(names.COST_AMOUNT))
    return attempt[IN], attempt[OUT], attempt[REASONING], attempt[names.COST_STATUS], amount


def test_reasoning_that_the_total_counts_beside_the_completion_is_output(recorded: Recorded) -> None:
    ask(XAI, "grok-4-0709", GROK)
    assert told(recorded.attempt()) == (32, 103, 94, "priced", GROK_COSTS)


def test_the_reasoning_of_a_stream_that_repeats_its_usage_is_added_once(recorded: Recorded) -> None:
    chunks = openai_wire.chat_chunks(model="grok-4-0709")
    events = sse.unnamed([{**chunk, "usage": GROK} for chunk in chunks])
    client = openai_at(XAI, events)
    for _ in client.chat.completions.create(model="grok-4", messages=PROMPT, stream=True):
        pass
    assert told(recorded.attempt()) == (32, 103, 94, "priced", GROK_COSTS)


@pytest.mark.parametrize(
    "usage",
    [
        openai_wire.usage(100, 60, reasoning=50),
        {**openai_wire.usage(100, 60, reasoning=50), "total_tokens": 180},
        {**openai_wire.usage(100, 60, reasoning=50), "total_tokens": None},
        {**openai_wire.usage(100, 60, reasoning=50), "total_tokens": "210"},
    ],
    ids=["a total without it", "a total that is another sum", "no total", "a total that is none"],
)
def test_reasoning_is_within_the_completion_unless_the_total_says_otherwise(usage: Json, recorded: Recorded) -> None:
    ask(OPENAI, "gpt-5", usage)
    assert told(recorded.attempt()) == (100, 60, 50, "priced", 100 * 1_250_000 + 60 * 10_000_000)


def test_what_perplexity_bills_beside_the_completion_is_counted(recorded: Recorded) -> None:
    ask(PERPLEXITY, "sonar-deep-research", {**RESEARCH, "citation_tokens": 0})
    assert told(recorded.attempt()) == (33, 102_468, 95_305, "priced", RESEARCH_COSTS)


def test_citations_that_perplexity_bills_apart_make_the_cost_partial(recorded: Recorded) -> None:
    ask(PERPLEXITY, "sonar-deep-research", RESEARCH)
    assert told(recorded.attempt()) == (33, 102_468, 95_305, "partial", RESEARCH_COSTS)


def test_the_cost_that_perplexity_states_wins_over_its_counts(recorded: Recorded) -> None:
    ask(PERPLEXITY, "sonar-deep-research", {**RESEARCH, "cost": {"total_cost": 0.474967}})
    assert told(recorded.attempt()) == (33, 102_468, 95_305, "priced", 474_967_000_000)
