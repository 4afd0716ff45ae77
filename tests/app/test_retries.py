"""Retries inside one SDK call: a count and an event each, on the one attempt that the call is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin, anthropic_wire, openai_wire

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import CHAT, EVERY, MESSAGES, ONE_OF_EACH_SDK, THREE_SHAPES, Api
from tests.app.conftest import Recorded
from tests.app.watching import WHOLE, a_quiet_log, async_ending, ending

STATUSES = (408, 409, 429, 500, 503, 529)
CONNECTION_ERRORS = {"RemoteProtocolError", "ReadError", "APIConnectionError"}
"""What a connection that the server has closed is to the HTTP library, or, where the SDK has its own class by then."""
TIMEOUTS = {"ReadTimeout", "APITimeoutError"}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs wait half a second or more where no header says how long."""
    for package in ("openai", "anthropic"):
        monkeypatch.setattr(f"{package}._base_client.INITIAL_RETRY_DELAY", 0.004)


def failure(api: Api, status: int, **headers: str | None) -> Reply:
    """An error of the provider that says how long to wait: 2 ms."""
    if api.is_anthropic:
        body = anthropic_wire.error("api_error", "Not now.")
    else:
        body = openai_wire.error("Not now.", "server_error")
    return Reply(status, {"retry-after-ms": "2", **headers}, json=body)


def retries(recorded: Recorded) -> list[dict[str, Any]]:
    """The retry events of the one attempt; their count, order and spelling hold."""
    (span,) = recorded.spans("attempt")
    assert {event.name for event in span.events} <= {names.EVENT_SDK_RETRY}
    events = [dict(event.attributes or {}) for event in span.events]
    assert [event[names.RETRY_NUMBER] for event in events] == list(range(1, len(events) + 1))
    assert recorded.attempt()[names.ATTEMPT_SDK_RETRIES] == len(events)
    return events


# --- and then it worked ---


@pytest.mark.parametrize("api", EVERY)
def test_two_rate_limits_and_then_an_answer_are_one_attempt_with_two_retries(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(failure(api, 429), failure(api, 429), api.answer())
    api.create(api.client(provider, max_retries=2))
    assert ending(recorded) == WHOLE
    event = {names.HTTP_STATUS_CODE: 429, names.ERROR_TYPE: "429", names.RETRY_WAIT_S: 0.002}
    assert retries(recorded) == [event | {names.RETRY_NUMBER: 1}, event | {names.RETRY_NUMBER: 2}]
    assert recorded.spans("attempt")[0].status.is_unset
    assert names.ERROR_TYPE not in recorded.attempt()


@pytest.mark.parametrize("api", EVERY)
async def test_two_rate_limits_and_then_an_answer_are_one_attempt_in_a_task_too(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(failure(api, 429), failure(api, 429), api.answer())
    await api.create(api.async_client(provider, max_retries=2))
    assert await async_ending(recorded) == WHOLE
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [429, 429]


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_retries_before_a_stream_are_counted_on_it(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.script(failure(api, 429), failure(api, 503), api.stream())
    list(api.create(api.client(provider, max_retries=2), stream=True))
    assert ending(recorded) == WHOLE
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [429, 503]


@pytest.mark.parametrize("api", THREE_SHAPES)
async def test_retries_before_an_asynchronous_stream_are_counted_on_it(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(failure(api, 429), failure(api, 503), api.stream())
    async for _ in await api.create(api.async_client(provider, max_retries=2), stream=True):
        pass
    assert await async_ending(recorded) == WHOLE
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [429, 503]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_every_status_that_the_sdk_retries_is_on_its_event(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.script(*(failure(api, status) for status in STATUSES), api.answer())
    api.create(api.client(provider, max_retries=len(STATUSES)))
    assert ending(recorded) == WHOLE
    assert tuple(event[names.HTTP_STATUS_CODE] for event in retries(recorded)) == STATUSES


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_lost_connections_and_timeouts_between_statuses_are_events_with_their_class(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(Reply(drop=True), failure(api, 500), Reply(delay=5), Reply(drop=True), api.answer())
    api.create(api.client(provider, max_retries=4, timeout=1))
    assert ending(recorded) == WHOLE
    dropped, failed, late, dropped_again = retries(recorded)
    assert dropped[names.ERROR_TYPE] in CONNECTION_ERRORS
    assert (failed[names.HTTP_STATUS_CODE], failed[names.ERROR_TYPE]) == (500, "500")
    assert late[names.ERROR_TYPE] in TIMEOUTS
    assert dropped_again[names.ERROR_TYPE] in CONNECTION_ERRORS
    assert not any(names.HTTP_STATUS_CODE in event for event in (dropped, late, dropped_again))
    assert all(0 < event[names.RETRY_WAIT_S] < 0.1 for event in (dropped, late, dropped_again))


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
async def test_lost_connections_and_timeouts_in_a_task_are_events_with_their_class(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(Reply(drop=True), failure(api, 500), Reply(delay=5), api.answer())
    await api.create(api.async_client(provider, max_retries=3, timeout=1))
    assert await async_ending(recorded) == WHOLE
    dropped, failed, late = retries(recorded)
    assert dropped[names.ERROR_TYPE] in CONNECTION_ERRORS
    assert (failed[names.HTTP_STATUS_CODE], failed[names.ERROR_TYPE]) == (500, "500")
    assert late[names.ERROR_TYPE] in TIMEOUTS


# --- and then it did not ---


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_retries_before_a_failure_are_counted_on_it(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(failure(api, 429))
    with pytest.raises((openai.RateLimitError, anthropic.RateLimitError)):
        api.create(api.client(provider, max_retries=2))
    assert ending(recorded) == ("failed", "missing", "no_usage")
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [429, 429]
    assert recorded.attempt()[names.HTTP_STATUS_CODE] == 429
    assert len(provider.requests) == 3


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
async def test_retries_before_a_failure_in_a_task_are_counted_on_it(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(failure(api, 429))
    with pytest.raises((openai.RateLimitError, anthropic.RateLimitError)):
        await api.create(api.async_client(provider, max_retries=2))
    assert await async_ending(recorded) == ("failed", "missing", "no_usage")
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [429, 429]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_lost_connection_after_a_status_is_what_the_attempt_failed_of(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(failure(api, 503), Reply(drop=True))
    with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)):
        api.create(api.client(provider, max_retries=1))
    assert ending(recorded) == ("failed", "missing", "no_usage")
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [503]
    attempt = recorded.attempt()
    assert attempt[names.ERROR_TYPE] == "APIConnectionError"
    assert names.HTTP_STATUS_CODE not in attempt  # the last try got none


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
async def test_a_task_cancelled_while_the_sdk_waits_to_retry_keeps_its_retries(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(failure(api, 429, **{"retry-after-ms": "5000"}))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(api.create(api.async_client(provider, max_retries=2)), 1)
    assert await async_ending(recorded) == ("cancelled", "missing", "no_usage")
    (event,) = retries(recorded)
    assert (event[names.HTTP_STATUS_CODE], event[names.RETRY_WAIT_S]) == (429, 5.0)


# --- what the server and the client say about retrying ---


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_the_wait_that_the_server_asks_for_is_on_the_event_and_is_kept(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(failure(api, 429, **{"retry-after-ms": "150"}), api.answer())
    begun = time.perf_counter()
    api.create(api.client(provider, max_retries=1))
    assert time.perf_counter() - begun >= 0.15
    assert [event[names.RETRY_WAIT_S] for event in retries(recorded)] == [0.15]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_wait_in_whole_seconds_is_on_the_event(
    api: Api, recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    provider.script(failure(api, 429, **{"retry-after-ms": None, "retry-after": "7"}), api.answer())
    api.create(api.client(provider, max_retries=1))
    assert [event[names.RETRY_WAIT_S] for event in retries(recorded)] == [7.0]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_server_that_says_not_to_retry_leaves_no_retry(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(failure(api, 429, **{"x-should-retry": "false"}))
    with pytest.raises((openai.RateLimitError, anthropic.RateLimitError)):
        api.create(api.client(provider, max_retries=2))
    assert ending(recorded) == ("failed", "missing", "no_usage")
    assert retries(recorded) == []
    assert len(provider.requests) == 1


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_server_that_says_to_retry_a_bad_request_leaves_a_retry(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.script(failure(api, 400, **{"x-should-retry": "true"}), api.answer())
    api.create(api.client(provider, max_retries=1))
    assert [event[names.HTTP_STATUS_CODE] for event in retries(recorded)] == [400]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_client_without_retries_leaves_none(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(failure(api, 503))
    with pytest.raises((openai.InternalServerError, anthropic.InternalServerError)):
        api.create(api.client(provider, max_retries=0))
    assert ending(recorded) == ("failed", "missing", "no_usage")
    assert retries(recorded) == []


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_retries_set_for_one_call_count_for_that_call(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.script(failure(api, 500), failure(api, 500), failure(api, 500), api.answer())
    api.create(api.client(provider, max_retries=0).with_options(max_retries=3))
    assert ending(recorded) == WHOLE
    assert len(retries(recorded)) == 3


async def test_retries_of_calls_at_once_stay_with_their_own_attempt(recorded: Recorded, provider: Standin) -> None:
    """Each of ten calls is told by its own prompt how often it has to come back."""
    asked: dict[str, int] = {}

    def answer(request: Any) -> Reply:
        prompt = request.json["messages"][0]["content"]
        asked[prompt] = asked.get(prompt, 0) + 1
        return failure(CHAT, 429) if asked[prompt] <= int(prompt) else CHAT.answer()

    provider.default(answer)
    async with CHAT.async_client(provider, max_retries=9) as client:

        async def ask(times: int) -> None:
            prompt = [{"role": "user", "content": str(times)}]
            await client.chat.completions.create(model="gpt-5", messages=prompt, max_tokens=times + 1)

        await asyncio.gather(*(ask(times) for times in range(10)))
    counted = {a[names.REQUEST_MAX_TOKENS] - 1: a[names.ATTEMPT_SDK_RETRIES] for a in recorded.attempts()}
    assert counted == {times: times for times in range(10)}


def test_an_application_that_asks_again_makes_an_attempt_each_time(recorded: Recorded, provider: Standin) -> None:
    provider.script(failure(MESSAGES, 529), MESSAGES.answer())
    client = MESSAGES.client(provider)
    with pytest.raises(anthropic.APIStatusError):
        MESSAGES.create(client)
    MESSAGES.create(client)
    told = [(a[names.ATTEMPT_OUTCOME], a[names.ATTEMPT_SDK_RETRIES]) for a in recorded.attempts()]
    assert told == [("failed", 0), ("accepted", 0)]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_retries_of_a_lesser_call_made_inside_a_call_are_not_counted_on_it(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    """Such as a hook of the HTTP client that looks something up with the same SDK."""
    other = api.client(provider, max_retries=2)

    def look_up(request: Any) -> None:
        provider.script(failure(api, 429), Reply(json={"data": []}), api.answer())
        other.get("/v1/models", cast_to=object)

    http = sdk_features.HTTP["anthropic" if api.is_anthropic else "openai"]
    with http.Client(event_hooks={"request": [look_up]}) as http_client:
        api.create(api.client(provider, http_client=http_client))
    assert ending(recorded) == WHOLE
    assert retries(recorded) == []
