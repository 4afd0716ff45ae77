"""A router of the application's own that makes calls to decide: they are routing, below a decision."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from standin import Reply, Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import decisions
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded, record
from tests.app.deciding import decided


@pytest.fixture(autouse=True)
def nothing_decided_before() -> None:
    decisions._waiting.set(None)


# --- when it makes calls itself ---


def test_calls_made_to_decide_are_routing_below_a_decision(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.router(name="classifier", reason="complexity")
    def pick() -> dict[str, Any]:
        ask(client, "gpt-5-nano")
        return {"model": "openai/gpt-5", "confidence": 0.75}

    with llmroute.route("r"):
        pick()
        ask(client)
    (decision,), (route,) = recorded.spans("decision"), recorded.spans("route")
    classifier, answered = recorded.spans("attempt")
    assert decision.name == "decide classifier"
    assert decision.parent.span_id == route.context.span_id
    assert classifier.parent.span_id == decision.context.span_id
    assert answered.parent.span_id == route.context.span_id
    assert decision.start_time <= classifier.start_time <= classifier.end_time <= decision.end_time
    assert decided(decision.attributes) == decided(route.attributes)
    assert [a[names.PURPOSE] for a in recorded.attempts()] == ["routing", "answer"]
    assert route.attributes[names.ROUTE_FALLBACK_PATH] == ("openai/gpt-5",)
    assert route.attributes[names.ROUTE_ATTEMPT_COUNT] == 2


def test_a_router_that_calls_nothing_leaves_no_record_of_its_own(recorded: Recorded) -> None:
    llmroute.router(lambda: "m")()
    assert recorded.spans() == []


def test_a_classifier_that_failed_makes_no_fallback_of_the_answer(recorded: Recorded, provider: Standin) -> None:
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    provider.script(Reply(status=500, json={"error": {"type": "server_error"}}), answer())

    @llmroute.router(reason="default")
    def pick() -> str:
        with pytest.raises(openai.InternalServerError):
            ask(client, "gpt-5-nano")
        return "gpt-5"

    with llmroute.route("r"):
        ask(client, pick())
    attributes = recorded.spans("route")[0].attributes
    assert [a[names.ATTEMPT_REASON] for a in recorded.attempts()] == ["initial", "initial"]
    assert (attributes[names.ROUTE_FALLBACK_USED], attributes[names.ROUTE_OUTCOME]) == (False, "success")
    assert attributes[names.ROUTE_FALLBACK_PATH] == ("openai/gpt-5",)


def test_a_span_of_the_applications_own_around_the_call_stays_in_between(
    recorded: Recorded, client: openai.OpenAI
) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")

    @llmroute.router
    def pick() -> str:
        with tracer.start_as_current_span("classify"), llmroute.bind(tenant="acme"):
            ask(client, "gpt-5-nano")
        with llmroute.bind(tenant="acme"):
            ask(client, "gpt-5-nano")
        return "gpt-5"

    pick()
    (decision,) = recorded.spans("decision")
    own = next(span for span in recorded.exporter.get_finished_spans() if span.name == "classify")
    first, second = recorded.spans("attempt")
    assert (first.parent.span_id, second.parent.span_id) == (own.context.span_id, decision.context.span_id)


async def test_calls_of_several_tasks_of_a_router_share_one_decision(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")
    asked = functools.partial(client.chat.completions.create, model="gpt-5-nano", messages=[])

    @llmroute.router
    async def pick() -> str:
        await asyncio.gather(*(asked() for _ in range(5)))
        return "gpt-5"

    assert await pick() == "gpt-5"
    await client.close()
    (decision,) = recorded.spans("decision")
    assert {span.parent.span_id for span in recorded.spans("attempt")} == {decision.context.span_id}
    assert {a[names.PURPOSE] for a in recorded.attempts()} == {"routing"}


def test_a_call_that_outlives_its_router_hangs_on_what_was_around(recorded: Recorded, client: openai.OpenAI) -> None:
    left: list[contextvars.Context] = []

    @llmroute.router
    def pick() -> str:
        left.append(contextvars.copy_context())
        return "gpt-5"

    with llmroute.route("r"):
        pick()
        left[0].run(ask, client)
    assert recorded.spans("decision") == []
    assert recorded.spans("attempt")[0].parent.span_id == recorded.spans("route")[0].context.span_id


def test_an_error_of_a_router_passes_unchanged_and_ends_its_decision(recorded: Recorded, client: openai.OpenAI) -> None:
    error = KeyError("no such plan")

    @llmroute.router
    def pick() -> str:
        ask(client, "gpt-5-nano")
        raise error

    with llmroute.route("r"), pytest.raises(KeyError) as raised:
        pick()
    assert raised.value is error
    assert recorded.spans("decision")[0].attributes[names.ERROR_TYPE] == "KeyError"
    assert recorded.spans("route")[0].attributes[names.ROUTE_REASON] == "explicit"


async def test_a_cancelled_router_ends_its_decision(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.router
    async def pick() -> str:
        await client.chat.completions.create(model="gpt-5-nano", messages=[])
        await asyncio.sleep(60)
        return "gpt-5"

    task = asyncio.create_task(pick())
    while not recorded.spans("attempt"):
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await client.close()
    assert recorded.spans("decision")[0].attributes[names.ERROR_TYPE] == "CancelledError"


@pytest.fixture
def unsampled(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    yield from record(ALWAYS_OFF)


def test_in_a_trace_that_is_not_sampled_its_calls_still_hang_on_the_decision(
    unsampled: Recorded, client: openai.OpenAI
) -> None:
    @llmroute.router
    def pick() -> str:
        ask(client, "gpt-5-nano")
        return "gpt-5"

    with llmroute.route("r"):
        pick()
        ask(client)
    (decision,), (route,) = unsampled.spans("decision"), unsampled.spans("route")
    classifier, answered = unsampled.spans("attempt")
    assert decision.parent.span_id == route.context.span_id
    assert classifier.parent.span_id == decision.context.span_id
    assert answered.parent.span_id == route.context.span_id


@pytest.mark.parametrize("fixture", ["recorded", "unsampled"])
@pytest.mark.parametrize(
    ("inside", "kind"),
    [(llmroute.decision("inner"), "decision"), (llmroute.route("inner"), "route"), (llmroute.job("inner"), "job")],
)
def test_a_record_inside_a_router_hangs_on_its_decision(
    request: pytest.FixtureRequest, client: openai.OpenAI, inside: Any, kind: str, fixture: str
) -> None:
    found: Recorded = request.getfixturevalue(fixture)

    @llmroute.router
    def pick() -> str:
        with inside:
            ask(client)
        return "openai/gpt-5"

    with llmroute.route("outer"):
        pick()
    (decision,) = (span for span in found.spans("decision") if span.name == "decide pick")
    (inner,) = (span for span in found.spans(kind) if span.name.endswith("inner"))
    assert inner.parent.span_id == decision.context.span_id
    assert found.spans("attempt")[0].parent.span_id == inner.context.span_id
