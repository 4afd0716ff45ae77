"""The scopes as decorators: each call is inside a new one, and nobody else is."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from standin import Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded


def test_a_decorated_function_runs_in_a_new_scope_each_time(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.bind(tenant="acme")
    @llmroute.route("decorated")
    def work() -> str:
        """Its own words."""
        ask(client)
        return "done"

    assert (work(), work(), work.__doc__, work.__name__) == ("done", "done", "Its own words.", "work")
    ids = {a[names.ROUTE_ID] for a in recorded.attempts()}
    assert len(ids) == 2
    assert [a[names.TENANT_ID] for a in recorded.attempts()] == ["acme", "acme"]


async def test_a_decorated_coroutine_function_is_still_one(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.route("decorated")
    async def work() -> None:
        await client.chat.completions.create(model="gpt-5", messages=[])

    assert asyncio.iscoroutinefunction(work)
    await work()
    await client.close()
    assert recorded.attempt()[names.ROUTE_NAME] == "decorated"


def test_a_decorated_generator_holds_its_scope_only_while_it_runs(recorded: Recorded, client: openai.OpenAI) -> None:
    @llmroute.route("generated")
    def work() -> Iterator[int]:
        for i in range(3):
            ask(client)
            yield i

    for _ in work():
        ask(client)
        assert not trace.get_current_span().get_span_context().is_valid
    inside = [a[names.ROUTE_NAME] == "generated" for a in recorded.attempts()]
    assert inside == [True, False] * 3
    assert len(recorded.spans("route")) == 1


def test_a_decorated_generator_takes_values_errors_and_an_early_close(recorded: Recorded) -> None:
    @llmroute.route("generated")
    def work() -> Iterator[Any]:
        got = yield "first"
        try:
            yield got
        except KeyError as error:
            yield error
        return "returned"

    generator: Any = work()
    assert next(generator) == "first"
    assert generator.send("sent") == "sent"
    assert isinstance(generator.throw(KeyError("k")), KeyError)
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "returned"
    left = work()
    next(left)
    left.close()
    assert [span.attributes[names.ROUTE_OUTCOME] for span in recorded.spans("route")] == ["success", "success"]


async def test_a_decorated_asynchronous_generator_holds_its_scope_only_while_it_runs(
    recorded: Recorded, provider: Standin
) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")

    @llmroute.route("generated")
    async def work() -> AsyncIterator[int]:
        for i in range(2):
            await client.chat.completions.create(model="gpt-5", messages=[])
            yield i

    async for _ in work():
        assert not trace.get_current_span().get_span_context().is_valid
    left = work()
    await anext(left)
    await left.aclose()
    await client.close()
    assert [a[names.ROUTE_NAME] for a in recorded.attempts()] == ["generated"] * 3
    assert len(recorded.spans("route")) == 2


def test_a_scope_left_in_another_context_disturbs_nobody(recorded: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    scope = llmroute.route("r")
    contextvars.copy_context().run(scope.__enter__)
    scope.__exit__(None, None, None)
    assert caplog.records == []
    assert len(recorded.spans("route")) == 1


def test_everything_does_nothing_in_a_process_that_is_not_instrumented() -> None:
    with llmroute.bind(tenant="a"), llmroute.job("j") as job, llmroute.route("r") as route, llmroute.decision("d"):
        route.decide("openai/gpt-5", reason="cost")
        route.cache("miss")
        route.reject()
        llmroute.charge("tool", amount="1")
        job.succeed()
        assert otel_context.get_current() == {}
    llmroute.record_outcome("1", "success")
    llmroute.record_review("1", "approved")
