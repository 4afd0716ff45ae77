"""Prompts and answers go to a table of their own, for a week, and nowhere else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.collector.clickhouse import Store, running_store
from tests.collector.collector import CONFIG, Collector, overlay, running_collector
from tests.collector.conftest import post
from tests.collector.planted import RECORD, event, pair, span, text

PROMPT, ANSWER, QUOTED = "what is my balance", "you owe 4 euros", "cannot parse 4 euros"
SECRET = "sk-proj-" + "a1B2" * 10


@dataclass(frozen=True)
class Kept:
    """A store that keeps content, and the collector in front of it."""

    store: Store
    collector: Collector

    def found_in(self, needle: str) -> set[str]:
        """The tables that have ``needle`` anywhere."""
        tables = self.store.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        )
        return {name for (name,) in tables if needle in json.dumps(self.store.rows(f"SELECT * FROM {name}"))}


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    # Of today: what is older than a week goes at once.
    today = {"startTimeUnixNano": str(time.time_ns()), "endTimeUnixNano": str(time.time_ns())}
    calls = span(
        **today,
        attributes=[
            *RECORD,
            *pair("gen_ai.input.messages", text(f'[{{"role": "user", "content": "{PROMPT}, key {SECRET}"}}]')),
            *pair("llm.output_messages.0.message.content", text(ANSWER)),
            *pair("gen_ai.usage.input_tokens", {"intValue": "7"}),
        ],
        events=event("exception", pair("exception.message", text(QUOTED))),
    )
    plain = span(**today, attributes=RECORD)
    with running_store() as store:
        settings: dict[str, Any] = store.env
        with running_collector(CONFIG, overlay("content"), **settings) as collector:
            yield sent(store, collector, [calls, plain])


def sent(store: Store, collector: Collector, spans: list[dict[str, Any]]) -> Kept:
    """Both, when the spans have arrived."""
    assert post(collector, "traces", {"resourceSpans": spans}) == 200
    store.wait_for("SELECT count() FROM otel_traces", 2)
    store.wait_for("SELECT count() FROM otel_content", 1)
    return Kept(store, collector)


@pytest.mark.parametrize("said", [PROMPT, ANSWER, QUOTED])
def test_content_is_in_its_own_table_and_nowhere_else(kept: Kept, said: str) -> None:
    assert kept.found_in(said) == {"otel_content"}


def test_a_key_in_a_prompt_is_masked_there_too(kept: Kept) -> None:
    assert kept.found_in(SECRET) == set()


def test_a_span_without_content_is_not_there(kept: Kept) -> None:
    assert kept.store.rows("SELECT count() FROM otel_content") == [["1"]]


def test_the_call_itself_is_counted_once(kept: Kept) -> None:
    assert kept.store.rows("SELECT count(), sum(input_tokens) FROM llm_calls") == [["2", "7"]]


def test_what_is_there_goes_after_a_week(kept: Kept) -> None:
    made = kept.store.value(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'otel_content'"
    )
    assert "toIntervalDay(7)" in made
    assert "ttl_only_drop_parts = 1" in made
