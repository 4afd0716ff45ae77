"""What is left of calls that are over: nothing of ours, and nothing of what was asked."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import context as otel_context
from standin import Reply, Standin

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import inflight, lifecycle, streams
from otel_llmroute.app.current import Scope
from otel_llmroute.app.lifecycle import Attempt
from tests.app.apis import CHAT, EVERY, MESSAGES, STREAMED, Api
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log

OURS = (Attempt, Scope, streams.Tap, streams.Along, streams.ObservedAsync, lifecycle.Answer)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[Attempt]]:
    """Every attempt that begins, without keeping any."""
    seen: list[weakref.ref[Attempt]] = []
    begin = Attempt.begin

    def noted(attempt: Attempt, *arguments: Any) -> Any:
        seen.append(weakref.ref(attempt))
        return begin(attempt, *arguments)

    monkeypatch.setattr(Attempt, "begin", noted)
    return seen


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No garbage collector: what goes, goes by reference counting alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left() -> dict[str, int]:
    """Objects of ours that are alive, by class."""
    collect()
    # By type and not by isinstance: a proxy says that it is what it wraps.
    return dict(Counter(type(thing).__name__ for thing in gc.get_objects() if type(thing) in OURS))


def report(recorded: Recorded) -> int:
    """Do what an exporter and a reader of metrics do: read everything there is, and forget it. How many attempts."""
    attempts = recorded.attempts()
    recorded.reader.get_metrics_data()
    recorded.exporter.clear()
    return len(attempts)


# --- an attempt that has ended, been exported and been counted is gone ---


@pytest.mark.parametrize("api", EVERY)
@pytest.mark.usefixtures("uncollected")
def test_an_ended_attempt_goes_by_reference_counting_alone(
    api: Api, recorded: Recorded, provider: Standin, begun: list[weakref.ref[Attempt]]
) -> None:
    provider.default(api.answer())
    with api.client(provider) as client:
        answer = api.create(client)
        assert report(recorded) == 1
        assert [attempt() for attempt in begun] == [None]
        assert answer is not None


@pytest.mark.parametrize("api", EVERY)
@pytest.mark.usefixtures("uncollected")
async def test_an_ended_attempt_of_a_task_goes_with_the_connection_it_opened(
    api: Api, recorded: Recorded, provider: Standin, begun: list[weakref.ref[Attempt]]
) -> None:
    """An event loop keeps the context that a connection was opened in: one attempt for each connection."""
    provider.default(api.answer())
    async with api.async_client(provider) as client:
        for _ in range(5):
            await api.create(client)
        assert report(recorded) == 5
        assert sum(attempt() is not None for attempt in begun) <= 1
    await asyncio.sleep(0)
    assert [attempt() for attempt in begun] == [None] * 5


@pytest.mark.parametrize("api", STREAMED)
def test_an_ended_attempt_of_a_stream_goes_with_its_stream(
    api: Api, recorded: Recorded, provider: Standin, begun: list[weakref.ref[Attempt]]
) -> None:
    provider.default(api.stream())
    with api.client(provider) as client:
        stream = api.create(client, stream=True)
        list(stream)
        del stream
        collect()
        assert report(recorded) == 1
        assert [attempt() for attempt in begun] == [None]


# --- nothing of the request is kept ---


def test_what_the_application_opens_goes_by_reference_counting_alone(recorded: Recorded, uncollected: None) -> None:
    @llmroute.router(record=("plan",))
    def pick(plan: str) -> dict[str, Any]:
        return {"model": "openai/gpt-6", "score": 0.5}

    def used() -> None:
        with llmroute.bind(tenant="acme"), llmroute.job("j"), llmroute.route("r") as route:
            pick("pro")
            with llmroute.decision("d"):
                route.decide("openai/gpt-6", reason="cost")
        pick("pro")

    used()  # what is remembered of the first stays
    recorded.exporter.clear()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        used()
        gc.collect()
        left = [type(thing).__name__ for thing in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert left == []


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("api", [CHAT, MESSAGES], ids=str)
def test_a_call_that_is_over_holds_no_options_and_no_prompt(
    api: Api, streamed: bool, recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Attempt] = []
    begin = Attempt.begin

    def kept(attempt: Attempt, *arguments: Any) -> Any:
        attempts.append(attempt)
        return begin(attempt, *arguments)

    monkeypatch.setattr(Attempt, "begin", kept)
    provider.default(api.stream() if streamed else api.answer())
    result = api.create(api.client(provider), stream=streamed)
    if streamed:
        list(result)
    (attempt,) = attempts
    assert attempt.options is None
    assert "hello" not in str(vars(attempt))
    assert not prompts_reached_from(attempt)


def prompts_reached_from(attempt: Attempt) -> list[Any]:
    """What an attempt leads to that holds the prompt; not through modules, classes or functions."""
    seen: set[int] = set()
    todo: list[Any] = [attempt]
    found = []
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, (type, type(gc), type(gc.collect), type(prompts_reached_from))):
            continue
        seen.add(id(thing))
        if thing == "hello" or (isinstance(thing, dict) and "hello" in thing.values()):
            found.append(thing)
        if type(thing).__module__.startswith(("otel_llmroute", "builtins", "opentelemetry.sdk.trace")):
            todo += gc.get_referents(thing)
    return found


@pytest.mark.parametrize("api", [CHAT, MESSAGES], ids=str)
def test_no_context_is_left_behind_by_a_call(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.script(api.answer(), Reply(400, json={}), api.stream())
    before = otel_context.get_current()
    client = api.client(provider)
    api.create(client)
    assert otel_context.get_current() is before
    with pytest.raises(Exception, match="400"):
        api.create(client)
    assert otel_context.get_current() is before
    next(api.create(client, stream=True))
    assert otel_context.get_current() is before


# --- many calls ---

ROUND = 200
ROUNDS = 5
"""Three thousand calls and streams in all, synchronous and not; a third of the streams is never read or left half way.
They are collected between the rounds: httpcore waits for itself when the collector finds one inside its pool's lock.
"""


@pytest.mark.parametrize("api", [CHAT, MESSAGES], ids=str)
@pytest.mark.usefixtures("uncollected")
def test_a_thousand_calls_leave_nothing_of_ours(api: Api, recorded: Recorded, provider: Standin) -> None:
    plain, streamed = api.answer(), api.stream()
    provider.default(lambda request: streamed if request.json.get("stream") else plain)
    with api.client(provider) as client:

        def one_round() -> None:
            for number in range(ROUND // 2):
                api.create(client)
                stream = api.create(client, stream=True)
                if number % 3:
                    list(stream)
                elif number % 2:
                    next(stream)

        check_growth(one_round, recorded)


def check_growth(one_round: Any, recorded: Recorded) -> None:
    """No object of ours more after many rounds than after the first."""
    one_round()
    collect()
    assert report(recorded) == ROUND
    first = left()
    for _ in range(ROUNDS - 1):
        one_round()
        collect()
        assert report(recorded) == ROUND
    assert left() == first
    assert not first.get("Attempt")
    assert not [attempt for attempt in inflight._open if attempt.open]


@pytest.mark.usefixtures("uncollected")
def test_a_thousand_calls_of_tasks_leave_nothing_of_ours(recorded: Recorded, provider: Standin) -> None:
    plain, streamed = CHAT.answer(), CHAT.stream()
    provider.default(lambda request: streamed if request.json.get("stream") else plain)

    async def calls() -> None:
        async with CHAT.async_client(provider) as client:
            for number in range(ROUND // 2):
                await CHAT.create(client)
                stream = await CHAT.create(client, stream=True)
                if number % 3:
                    async for _ in stream:
                        pass
                elif number % 2:
                    await stream.__anext__()
            del stream
            gc.collect()
            await asyncio.sleep(0.01)

    check_growth(lambda: asyncio.run(calls()), recorded)


def test_metrics_of_many_calls_stay_a_few_series(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.answer())
    with CHAT.client(provider) as client:
        for _ in range(50):
            CHAT.create(client)
    assert len(recorded.metric(names.METRIC_CALLS)) == 1
    assert recorded.total(names.METRIC_CALLS) == 50
