"""One ``bind``, ``job`` or ``route`` entered several times: in a row, inside itself, in several threads and tasks."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier
from typing import Any

import openai
import pytest
from opentelemetry import context as otel_context
from standin import Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.asking import answer, ask
from tests.app.conftest import Recorded


def test_what_is_entered_inside_itself_is_left_as_often(recorded: Recorded, client: openai.OpenAI) -> None:
    bound = llmroute.bind(purpose="evaluation")

    def again(times: int) -> None:
        with bound:
            if times:
                again(times - 1)
            else:
                ask(client)

    again(3)
    assert not otel_context.get_current()
    ask(client)
    assert [attempt[names.PURPOSE] for attempt in recorded.attempts()] == ["evaluation", "answer"]


def test_threads_that_enter_one_route_have_a_record_each(recorded: Recorded, client: openai.OpenAI) -> None:
    shared, meeting = llmroute.route("shared"), Barrier(3)

    def work(_: int) -> bool:
        with shared:
            meeting.wait()
            ask(client)
            meeting.wait()
        return bool(otel_context.get_current())

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(work, range(3))) == [False] * 3
    routes = recorded.spans("route")
    assert len(routes) == 3
    assert {route.attributes[names.ROUTE_ATTEMPT_COUNT] for route in routes} == {1}
    ids = {route.attributes[names.ROUTE_ID] for route in routes}
    assert {attempt[names.ROUTE_ID] for attempt in recorded.attempts()} == ids
    assert len(ids) == 3


async def test_tasks_that_enter_one_bind_leave_nothing_behind(recorded: Recorded, provider: Standin) -> None:
    provider.default(answer())
    client = openai.AsyncOpenAI(base_url=provider.openai_url, api_key="k")
    shared = llmroute.bind(tenant="acme")
    inside = asyncio.Event()

    async def first() -> None:
        with shared:
            inside.set()
            await asyncio.sleep(0.01)
        await client.chat.completions.create(model="gpt-5", messages=[])

    async def second() -> None:
        await inside.wait()
        with shared:
            await asyncio.sleep(0.02)
        await client.chat.completions.create(model="gpt-5", messages=[])

    await asyncio.gather(first(), second())
    await client.close()
    assert [attempt.get(names.TENANT_ID) for attempt in recorded.attempts()] == [None, None]


def test_a_route_that_is_entered_once_more_is_another_one(recorded: Recorded) -> None:
    route = llmroute.route("r")
    for _ in range(2):
        with route:
            route.decide("openai/gpt-5", reason="cost")
    spans = recorded.spans("route")
    assert len({span.attributes[names.ROUTE_ID] for span in spans}) == len(spans) == 2
    assert {span.attributes[names.ROUTE_REASON] for span in spans} == {"cost"}


def test_a_job_that_is_entered_once_more_keeps_the_id_it_was_given_and_no_outcome(recorded: Recorded) -> None:
    given, drawn = llmroute.job("j", id="T-1"), llmroute.job("j")
    for job in (given, given, drawn, drawn):
        with job:
            if job is given and not recorded.spans("job"):
                job.succeed()
    found = [(job.attributes[names.JOB_ID], job.attributes.get(names.JOB_OUTCOME)) for job in recorded.spans("job")]
    assert found[:2] == [("T-1", "success"), ("T-1", None)]
    assert found[2][0] != found[3][0]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_generator_left_in_another_context_ends_a_record_all_the_same(recorded: Recorded, is_first: bool) -> None:
    shared = llmroute.route("shared")

    def pieces() -> Generator[int, None, None]:
        with shared:
            yield 1

    def leave_elsewhere() -> None:
        left = pieces()
        next(left)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(left.close).result()

    with nullcontext() if is_first else shared:
        contextvars.copy_context().run(leave_elsewhere)  # where it was entered it goes on to hold
    assert len(recorded.spans("route")) == (1 if is_first else 2)
    with shared:
        pass
    assert len(recorded.spans("route")) == (2 if is_first else 3)


def test_a_generator_that_nobody_reads_on_is_no_error(recorded: Recorded) -> None:
    def pieces() -> Generator[int, None, None]:
        with llmroute.job("j"), llmroute.route("r"):
            yield 1
            yield 2

    generator = pieces()
    next(generator)
    generator.close()
    (job,), (route,) = recorded.spans("job"), recorded.spans("route")
    assert route.attributes[names.ROUTE_OUTCOME] == "success"
    assert [names.ERROR_TYPE in span.attributes for span in (job, route)] == [False, False]
    assert [span.status.is_ok for span in (job, route)] == [True, True]


async def test_an_asynchronous_generator_that_nobody_reads_on_is_no_error(recorded: Recorded) -> None:
    async def pieces() -> AsyncGenerator[int, None]:
        with llmroute.route("r"):
            yield 1
            yield 2

    generator: Any = pieces()
    await generator.__anext__()
    await generator.aclose()
    (route,) = recorded.spans("route")
    assert names.ERROR_TYPE not in route.attributes
