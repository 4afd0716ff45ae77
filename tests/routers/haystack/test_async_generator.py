"""``run_async_generator``: a pipeline that gives what each component has said as soon as it has."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from haystack.components.routers import ConditionalRouter
from opentelemetry import context as otel_context
from standin import Reply, Standin, faults, openai_wire

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, collect
from tests.app.watching import nothing_of_ours_is_current
from tests.routers.cancelling import cancel_during_its_call
from tests.routers.haystack.pipelines import CONDITIONS, LUNA, QUESTION, SOL, Asking, AsyncPipeline, conditional, seen
from tests.routers.scenarios import expected

EXPECTED = expected(Path(__file__).parent)
ASKED = {"by_length": {"question": QUESTION}}


async def parts(pipeline: Any, most: int = 100) -> list[str]:
    """The components of the first ``most`` parts, in order; the run is closed then."""
    came: list[str] = []
    async with aclosing(pipeline.run_async_generator(ASKED, {"by_length"})) as run:
        async for part in run:
            assert nothing_of_ours_is_current()
            assert not otel_context.get_current()
            came.extend(part)
            if len(came) >= most:
                break
    return came


async def test_a_condition_decides_about_the_next_call_of_the_run(recorded: Recorded, provider: Standin) -> None:
    came = await parts(conditional(provider, AsyncPipeline))
    assert came[:2] == ["by_length", "luna"]
    assert seen(recorded) == EXPECTED["a condition sends a short question to the small model"]


async def test_a_condition_in_a_route_of_the_application_is_its_decision(recorded: Recorded, provider: Standin) -> None:
    with llmroute.route("support.reply"):
        came: list[str] = []
        async for part in conditional(provider, AsyncPipeline).run_async_generator(ASKED, {"by_length"}):
            came.extend(part)
    assert came[:2] == ["by_length", "luna"]
    assert seen(recorded) == EXPECTED["a condition within a route of the application"]


async def test_a_call_between_two_parts_is_not_what_the_run_decided_about(
    recorded: Recorded, provider: Standin
) -> None:
    run = conditional(provider, AsyncPipeline).run_async_generator(ASKED, {"by_length"})
    assert list(await anext(run)) == ["by_length"]
    between = asyncio.create_task(asyncio.to_thread(Asking(provider, SOL).run, question=QUESTION))
    await between
    async for _ in run:
        pass
    by_model = {attempt["gen_ai.request.model"]: attempt for attempt in recorded.attempts()}
    assert "llmroute.route.reason_detail" not in by_model[SOL]
    assert by_model[LUNA]["llmroute.route.reason_detail"] == "condition"


async def test_a_run_left_before_its_call_leaves_nothing_for_a_call_after_it(
    recorded: Recorded, provider: Standin
) -> None:
    pipeline = AsyncPipeline()
    pipeline.add_component("by_length", ConditionalRouter(CONDITIONS))
    assert await parts(pipeline, most=1) == ["by_length"]
    Asking(provider, LUNA).run(question=QUESTION)
    (attempt,) = recorded.attempts()
    assert "llmroute.route.reason_detail" not in attempt
    assert nothing_of_ours_is_current()


async def test_a_run_whose_call_is_refused_ends_its_route_in_error(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    with pytest.raises(Exception, match="Rate limit"):
        await parts(conditional(provider, AsyncPipeline))
    (route,) = seen(recorded)
    assert (route["rule"], route["outcome"]) == ("short", "error")
    assert [attempt["outcome"] for attempt in route["attempt"]] == ["failed"]
    assert nothing_of_ours_is_current()


async def test_a_run_cancelled_during_its_call_is_recorded_once(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(json=openai_wire.chat("In the menu.", model=LUNA), delay=1))
    await cancel_during_its_call(provider, parts(conditional(provider, AsyncPipeline)))
    for _ in range(1000):  # the thread that makes the call is not told, and waits for its answer
        collect()
        if recorded.attempts():
            break
        await asyncio.sleep(0.01)
    assert [attempt["llmroute.route.reason_detail"] for attempt in recorded.attempts()] == ["condition"]
    assert nothing_of_ours_is_current()
