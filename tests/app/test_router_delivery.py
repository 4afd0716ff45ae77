"""Where the decision of a router of the application's own goes: to the route in force, else to what comes next."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry.context import Context
from standin import Reply, Standin, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import decisions
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded, record
from tests.app.deciding import RULE, decided


@pytest.fixture(autouse=True)
def nothing_decided_before() -> None:
    decisions._waiting.set(None)


# --- where the decision goes ---


def test_the_attempts_and_charges_of_the_route_carry_it(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.router(reason="cost")
    def pick() -> dict[str, Any]:
        return {"model": "openai/gpt-5", "experiment": "cheaper", "variant": "b"}

    with llmroute.route("r"):
        ask(client, pick()["model"].partition("/")[2])
        llmroute.charge("search", amount="0.1")
    shared = {
        "router": "app",
        "reason": "cost",
        "rule": "pick",
        "destination": "model",
        "experiment.name": "cheaper",
        "experiment.variant": "b",
    }
    assert decided(recorded.attempt()) == shared
    assert decided(recorded.spans("charge")[0].attributes) == shared


def test_without_a_route_the_next_attempt_carries_it_and_only_that(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.router(record=("plan",))
    def pick(plan: str) -> dict[str, Any]:
        return {"model": "gpt-5", "reason": "complexity", "score": 0.5}

    ask(client, pick("pro")["model"])
    ask(client)
    first, second = recorded.attempts()
    assert decided(first) == {
        "router": "app",
        "reason": "complexity",
        "rule": "pick",
        "destination": "model",
        "selected_model": "gpt-5",
        "score": 0.5,
        "decision.input.plan": "pro",
    }
    assert decided(second) == {"reason": "explicit", "destination": "model"}
    assert first[names.ROUTE_SOURCE] == "callsite"


def test_a_route_that_begins_next_takes_it(recorded: Recorded, client: openai.OpenAI) -> None:
    pick = llmroute.router(lambda: "gpt-5")
    model = pick()
    with llmroute.route("r"):
        ask(client, model)
    ask(client)
    with llmroute.route("s"):
        pass
    first, second = recorded.spans("route")
    assert (first.attributes[names.ROUTE_REASON], first.attributes[names.ROUTE_SELECTED_MODEL]) == ("rule", "gpt-5")
    assert second.attributes[names.ROUTE_REASON] == "explicit"
    assert [a[names.ROUTE_REASON] for a in recorded.attempts()] == ["rule", "explicit"]


def test_an_embedding_on_the_way_does_not_take_it(recorded: Recorded, provider: Standin) -> None:
    client = openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
    provider.script(Reply(json=openai_wire.embeddings()), answer())
    llmroute.router(lambda: "gpt-5")()
    client.embeddings.create(model="text-embedding-3-small", input="hello", encoding_format="float")
    ask(client)
    assert [a[names.ROUTE_REASON] for a in recorded.attempts()] == ["explicit", "rule"]


def test_another_trace_does_not_take_it(recorded: Recorded, client: openai.OpenAI) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")
    with tracer.start_as_current_span("first request"):
        llmroute.router(lambda: "gpt-5")()
    with tracer.start_as_current_span("second request, in the same thread"):
        ask(client)
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


def test_half_a_minute_later_nothing_takes_it(
    recorded: Recorded, client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    llmroute.router(lambda: "gpt-5")()
    monkeypatch.setattr(decisions, "LONGEST_WAIT_S", -1.0)
    ask(client)
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


def test_another_thread_does_not_take_it(recorded: Recorded, client: openai.OpenAI) -> None:
    llmroute.router(lambda: "gpt-5")()
    thread = threading.Thread(target=ask, args=(client,))
    thread.start()
    thread.join()
    assert recorded.attempt()[names.ROUTE_REASON] == "explicit"


async def test_tasks_at_once_keep_their_own_decisions(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.router
    async def pick(number: int) -> str:
        await asyncio.sleep(0.001)
        return f"m{number}"

    async def serve(number: int) -> None:
        model = await pick(number)
        await asyncio.sleep(0.001)
        await client.chat.completions.create(model=model, messages=[])

    assert asyncio.iscoroutinefunction(pick)
    await asyncio.gather(*(serve(number) for number in range(20)))
    await client.close()
    attempts = recorded.attempts()
    assert len(attempts) == 20
    assert all(a[names.ROUTE_SELECTED_MODEL] == a[names.REQUEST_MODEL] for a in attempts)


def reasons(recorded: Recorded) -> list[tuple[str, str]]:
    """Model and reason of each attempt, in the order of their ends."""
    return [(a[names.REQUEST_MODEL], a[names.ROUTE_REASON]) for a in recorded.attempts()]


async def test_a_call_in_a_task_takes_it_from_whoever_waits_for_that_task(
    recorded: Recorded, provider: Standin
) -> None:
    provider.default(answer())
    async with openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k") as client:
        llmroute.router(lambda: "gpt-5", reason="cost")()
        await asyncio.create_task(client.chat.completions.create(model="gpt-5", messages=[]))
        await client.chat.completions.create(model="gpt-5-nano", messages=[])
    assert reasons(recorded) == [("gpt-5", "cost"), ("gpt-5-nano", "explicit")]


async def test_of_several_calls_at_once_one_takes_it(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    async with openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k") as client:
        llmroute.router(lambda: "gpt-5", reason="cost")()
        await asyncio.gather(*(client.chat.completions.create(model="gpt-5", messages=[]) for _ in range(5)))
        await client.chat.completions.create(model="gpt-5", messages=[])
    assert sorted(reason for _, reason in reasons(recorded)) == ["cost", *["explicit"] * 5]


async def test_a_helper_thread_takes_it_from_the_task_that_it_works_for(
    recorded: Recorded, client: openai.OpenAI
) -> None:
    llmroute.router(lambda: "gpt-5", reason="cost")()
    await asyncio.to_thread(ask, client, "gpt-5")
    await asyncio.to_thread(ask, client, "gpt-5-nano")
    assert reasons(recorded) == [("gpt-5", "cost"), ("gpt-5-nano", "explicit")]


async def test_a_route_in_a_task_takes_it_too(recorded: Recorded, client: openai.OpenAI) -> None:
    async def serve() -> None:
        with llmroute.route("r"):
            ask(client, "gpt-5")

    llmroute.router(lambda: "gpt-5", reason="cost")()
    await asyncio.create_task(serve())
    ask(client, "gpt-5-nano")
    assert reasons(recorded) == [("gpt-5", "cost"), ("gpt-5-nano", "explicit")]


async def test_a_task_of_another_trace_leaves_it_where_it_was_made(recorded: Recorded, client: openai.OpenAI) -> None:
    tracer = recorded.tracer_provider.get_tracer("app")

    async def other() -> None:
        with tracer.start_as_current_span("another request", context=Context()):
            ask(client, "gpt-5-nano")

    with tracer.start_as_current_span("request"):
        llmroute.router(lambda: "gpt-5", reason="cost")()
        await asyncio.create_task(other())
        ask(client, "gpt-5")
    assert reasons(recorded) == [("gpt-5-nano", "explicit"), ("gpt-5", "cost")]


def test_threads_at_once_take_it_once(recorded: Recorded, client: openai.OpenAI) -> None:
    llmroute.router(lambda: "gpt-5", reason="cost")()
    contexts = [contextvars.copy_context() for _ in range(8)]
    threads = [threading.Thread(target=context.run, args=(ask, client)) for context in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reason for _, reason in reasons(recorded)) == ["cost", *["explicit"] * 7]


def test_a_decision_made_after_another_replaces_it(recorded: Recorded, client: openai.OpenAI) -> None:
    pick = llmroute.router(lambda chosen: chosen, reason="cost")
    with llmroute.route("r") as route:
        route.decide("openai/gpt-5", reason="by the moon")
        pick("gpt-5-mini")
        ask(client, "gpt-5-mini")
    attributes = recorded.spans("route")[0].attributes
    assert decided(attributes) == {
        "router": "app",
        "reason": "cost",
        "rule": "<lambda>",
        "destination": "model",
        "selected_model": "gpt-5-mini",
    }


@pytest.fixture
def enriched(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    yield from record()


def test_a_call_that_another_instrumentation_sees_carries_it_too(enriched: Recorded) -> None:
    writer = enriched.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")
    said = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini"}
    pick = llmroute.router(lambda: "gpt-5-mini", name="pick", reason="cost")

    def called() -> None:
        with writer.start_as_current_span("chat gpt-5-mini", attributes={**said, "gen_ai.usage.input_tokens": 9}):
            pass

    pick()
    called()
    called()
    with llmroute.route("r"):
        pick()
        called()
    first, second, third = enriched.attempts()
    assert decided(first) == {**RULE, "reason": "cost", "selected_model": "gpt-5-mini"}
    assert decided(second) == {"reason": "explicit", "destination": "model"}
    assert decided(third) == {**RULE, "reason": "cost"}
