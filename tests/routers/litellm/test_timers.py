"""When a request is over of which LiteLLM says no more. The clock is the test's; LiteLLM and the provider are real."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import pytest
from standin import Standin

from otel_llmroute.app.routers.litellm import settling
from otel_llmroute.app.routers.litellm.reports import Reports
from otel_llmroute.app.routers.litellm.request import ANSWERED_S, FAILED_S
from tests.app.conftest import Recorded
from tests.routers.litellm import apps
from tests.routers.litellm.apps import litellm
from tests.routers.scenarios import recorded_routes

pytestmark = pytest.mark.filterwarnings("ignore")  # LiteLLM's own, of pydantic


class Clock:
    """Seconds that go forward when the test says so."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Clocked:
    """Our callback object among LiteLLM's, with the clock of the test."""

    def __init__(self) -> None:
        (self.callback,) = (found for found in litellm.callbacks if type(found).__name__ == "Listener")
        self.clock = self.callback.told.requests.clock = Clock()

    def after(self, seconds: float) -> None:
        """So long later, somebody looks."""
        self.clock.now_s += seconds
        self.callback.told.requests.settle()


@pytest.fixture
def clocked(recorded: Recorded) -> Clocked:
    return Clocked()


def asked(clocked: Clocked, app: Any, model: str, *waits: tuple[float, int], recorded: Recorded) -> None:
    """Ask for ``model`` in a task that goes on; after each of so many seconds there are so many routes."""

    async def ask() -> None:
        with contextlib.suppress(Exception):
            await app.acompletion(model=model, messages=apps.MESSAGES)
        for seconds, routes in waits:
            clocked.after(seconds)
            assert len(recorded.spans("route")) == routes

    asyncio.run(ask())


def test_a_request_that_failed_is_over_after_the_longest_wait_before_a_retry(
    clocked: Clocked, recorded: Recorded, provider: Standin
) -> None:
    apps.failing(provider, gpt_5=apps.BUSY)
    app = apps.router(provider, ("gpt", "openai/gpt-5"))
    asked(clocked, app, "gpt", (FAILED_S - 0.1, 0), (0.2, 1), recorded=recorded)
    (found,) = recorded_routes(recorded.spans())
    assert (found["outcome"], found["error_type"], found["attempt_count"]) == ("error", "rate_limit_error", 1)


def test_a_retry_is_one_of_the_same_request(clocked: Clocked, recorded: Recorded, provider: Standin) -> None:
    apps.failing(provider, gpt_5=apps.BUSY)
    app = apps.router(provider, ("gpt", "openai/gpt-5"), num_retries=1)
    asked(clocked, app, "gpt", (FAILED_S - 0.1, 0), (0.2, 1), recorded=recorded)
    (found,) = recorded_routes(recorded.spans())
    assert [attempt["reason"] for attempt in found["attempt"]] == ["initial", "retry"]


def test_an_answer_that_litellm_does_not_report_ends_its_request_soon(
    clocked: Clocked, recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Reports, "succeeded", lambda *args: None)
    app = apps.router(provider, ("gpt", "openai/gpt-5"))
    asked(clocked, app, "gpt", (ANSWERED_S - 0.1, 0), (0.2, 1), recorded=recorded)
    (found,) = recorded_routes(recorded.spans())
    assert (found["outcome"], found["attempt_count"]) == ("success", 1)


def test_a_request_without_fallbacks_left_is_over_soon(clocked: Clocked, recorded: Recorded, provider: Standin) -> None:
    apps.failing(provider, gpt_5_mini=apps.BOOM, gpt_5=apps.BUSY)
    groups = (("bad", "openai/gpt-5-mini"), ("good", "openai/gpt-5"))
    app = apps.router(provider, *groups, fallbacks=[{"bad": ["good"]}])
    asked(clocked, app, "bad", (ANSWERED_S - 0.1, 0), (0.2, 1), recorded=recorded)
    (found,) = recorded_routes(recorded.spans())
    assert (found["outcome"], found["attempt_count"]) == ("error", 2)


def test_a_route_ends_when_its_last_attempt_did(clocked: Clocked, recorded: Recorded, provider: Standin) -> None:
    apps.failing(provider, gpt_5=apps.BUSY)
    app = apps.router(provider, ("gpt", "openai/gpt-5"))
    ended: list[int] = []

    async def ask() -> None:
        with contextlib.suppress(Exception):
            await app.acompletion(model="gpt", messages=apps.MESSAGES)
        ended.append(time.time_ns())
        clocked.after(FAILED_S + 0.1)

    asyncio.run(ask())
    (span,) = recorded.spans("route")
    assert [span.end_time or 0, *ended] == sorted([span.end_time or 0, *ended])


def test_somebody_looks_by_himself(
    clocked: Clocked, recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "_LOOKS_EVERY_S", 0.01)
    apps.failing(provider, gpt_5=apps.BUSY)
    app = apps.router(provider, ("gpt", "openai/gpt-5"))

    async def ask() -> None:
        with contextlib.suppress(Exception):
            await app.acompletion(model="gpt", messages=apps.MESSAGES)
        clocked.clock.now_s += FAILED_S + 1
        until = time.monotonic() + 30
        while not recorded.spans("route") and time.monotonic() < until:
            await asyncio.sleep(0.01)
        assert len(recorded.spans("route")) == 1

    asyncio.run(ask())
    assert [route["outcome"] for route in recorded_routes(recorded.spans())] == ["error"]
