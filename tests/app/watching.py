"""What a test looks for around a call: how the attempt ended, what was logged, what the consumer could see."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace

from otel_llmroute import names
from otel_llmroute.app.current import RUNNING
from tests.app.conftest import Recorded

Ending = tuple[str, str, str]
WHOLE: Ending = ("accepted", "reported", "priced")
NOTHING_READ: Ending = ("abandoned", "missing", "no_usage")


def ending(recorded: Recorded) -> Ending:
    """Outcome, usage status and cost status of the one attempt, which has ended once and was counted once."""
    attempt = recorded.attempt()
    (span,) = recorded.spans("attempt")
    assert span.end_time is not None
    assert recorded.total(names.METRIC_CALLS) == 1
    return (attempt[names.ATTEMPT_OUTCOME], attempt[names.USAGE_STATUS], attempt[names.COST_STATUS])


async def async_ending(recorded: Recorded) -> Ending:
    """``ending``, once the event loop has closed what was dropped."""
    gc.collect()
    for _ in range(20):
        await asyncio.sleep(0)
    return ending(recorded)


def nothing_of_ours_is_current() -> bool:
    """Whether the code that asks sees no span and no attempt."""
    unseen = trace.get_current_span() is trace.INVALID_SPAN
    return unseen and RUNNING.get() is None


def a_quiet_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fails the test at its end if OpenTelemetry, asyncio or we had anything to complain about."""
    # Keep what is there by now, the modules most of all, out of the collections that a test makes: each would take a
    # tenth of a second.
    gc.freeze()
    caplog.set_level(logging.WARNING)
    yield
    gc.collect()
    loggers = ("opentelemetry", "asyncio", "otel_llmroute")
    said: list[Any] = [
        (record.name, record.getMessage())
        for when in ("setup", "call", "teardown")
        for record in caplog.get_records(when)  # type: ignore[arg-type]
        if record.levelno >= logging.WARNING and record.name.startswith(loggers)
    ]
    assert said == []
