"""Where a span may hold few attributes, it holds what it is, what it cost and whose that was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from opentelemetry.trace import SpanKind
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app.spans import LEAST_FIRST
from tests.app.asking import ask
from tests.app.conftest import Recorded, record

MOST = 128
"""As the SDK has it."""
LIMITS = (48, 32, 24, 16, 12)
OWN_ID = {names.ROUTE_ID, names.RESPONSE_TIME_TO_FIRST_CHUNK}
"""What differs from one run to the next."""
RICH = Reply(
    json=openai_wire.chat(model="gpt-5-2025-08-07", usage=openai_wire.usage(1000, 100, cached=200))
    | {"service_tier": "default", "system_fingerprint": "fp"}
)


@pytest.fixture(autouse=True)
def _the_sdk_says_so_each_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "opentelemetry.attributes")


def limited(monkeypatch: pytest.MonkeyPatch, most: int, sampler: Sampler = ALWAYS_ON) -> Iterator[Recorded]:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", str(most))
    return record(sampler)


def used(recorded: Recorded, client: openai.OpenAI) -> dict[str, dict[str, Any]]:
    """All kinds of records, by kind, as they were exported."""
    with (
        llmroute.bind(tenant="acme", plan="pro", feature="inbox"),
        llmroute.job("resolve", id="T-17", revenue="1.00") as job,
        llmroute.route("reply", task="draft", risk="low", policy="support@7") as route,
    ):
        route.decide("openai/gpt-5", reason="cost", detail="cheapest", rule="r", confidence=0.9)
        ask(client)
        llmroute.charge("search", amount="0.01", quantity=3, unit="search")
        job.succeed()
    return {str((span.attributes or {})[names.RECORD_KIND]): dict(span.attributes or {}) for span in recorded.spans()}


def kept_longest(all_of_it: dict[str, Any], most: int) -> dict[str, Any]:
    """Of what a record would have, what it has to hold where it holds no more than ``most``."""
    found = [name for name in LEAST_FIRST if name in all_of_it and name not in OWN_ID]
    return {name: all_of_it[name] for name in found[-(most - len(OWN_ID)) :]}


@pytest.fixture
def answering(provider: Standin, client: openai.OpenAI) -> openai.OpenAI:
    provider.default(RICH)
    return client


@pytest.mark.parametrize("most", LIMITS)
@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF], ids=["sampled", "dropped"])
def test_what_a_record_is_and_what_it_cost_is_left_out_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, answering: openai.OpenAI, sampler: Sampler, most: int
) -> None:
    monkeypatch.chdir(tmp_path)
    (whole,) = [used(recorded, answering) for recorded in limited(monkeypatch, MOST, sampler)]
    (cut,) = [used(recorded, answering) for recorded in limited(monkeypatch, most, sampler)]
    assert list(whole) == list(cut) == ["attempt", "charge", "route", "job"]
    assert len(whole["attempt"]) > 45
    for kind, attributes in cut.items():
        assert len(attributes) == min(most, len(whole[kind]))
        wanted = kept_longest(whole[kind], most)
        assert {name: attributes.get(name) for name in wanted} == wanted
    assert cut["attempt"][names.COST_AMOUNT] == 0.002025  # 800 x 1.25, 200 x 0.125 and 100 x 10 USD per million


def test_what_the_application_adds_to_a_record_goes_before_that(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, answering: openai.OpenAI
) -> None:
    monkeypatch.chdir(tmp_path)
    for recorded in limited(monkeypatch, 32):
        with llmroute.job("resolve", id="T-17", revenue="1.00") as job:
            for number in range(27):
                trace.get_current_span().set_attribute(f"own.{number}", number)
            ask(answering)
            job.succeed()
        (ended,) = recorded.spans("job")
        attributes = ended.attributes or {}
        assert len(attributes) == 32
        wanted = (names.JOB_ID, names.JOB_NAME, names.JOB_REVENUE, names.JOB_OUTCOME)
        assert [attributes.get(name) for name in wanted] == ["T-17", "resolve", 1.0, "success"]


def test_a_span_of_another_instrumentation_keeps_it_as_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    told = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini"}
    for recorded in limited(monkeypatch, 12):
        writer = recorded.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")
        with llmroute.route("r"), writer.start_as_current_span("chat", kind=SpanKind.CLIENT, attributes=told) as span:
            span.set_attributes({"gen_ai.usage.input_tokens": 5_100, "gen_ai.usage.output_tokens": 50})
        attempt = recorded.attempt()
        assert (attempt[names.COST_AMOUNT], attempt[names.ROUTE_NAME]) == (0.001375, "r")
