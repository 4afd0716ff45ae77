"""Responses in the background: one attempt for each, which ends with the answer that the application asks for later."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from standin import Reply, Standin, openai_wire, sse

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app import background
from tests.app.apis import GPT, PROMPT, RESPONSE_USAGE, RESPONSES
from tests.app.conftest import Recorded, collect
from tests.app.sdk_features import needs
from tests.app.test_exit import INSTRUMENTOR_FIRST, run
from tests.app.watching import WHOLE, a_quiet_log, ending

ID = "resp_0123456789"
pytestmark = needs("openai responses in the background")

NEVER_ASKED = ("accepted", "missing", "no_usage")
BEGIN = {"model": GPT, "input": PROMPT, "background": True}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)
    assert not background.waiting


def told(status: str, **more: Any) -> Reply:
    """What the provider says of the response: a usage comes with the end."""
    usage = {} if status in ("queued", "in_progress", "cancelled", "failed") else {"usage": RESPONSE_USAGE}
    body = openai_wire.response(model=GPT, status=status, background=True, **usage)
    return Reply(json={**body, "id": ID, **more})


def events() -> Reply:
    """The stream of a response."""
    made = openai_wire.response_events(model=GPT, usage=RESPONSE_USAGE, background=True)
    for event in made:
        if "response" in event:
            event["response"] = {**event["response"], "id": ID}
    return Reply(events=sse.named(made))


def attributes_of(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def lasted_s(recorded: Recorded) -> float:
    """How long the one attempt took."""
    (span,) = recorded.spans("attempt")
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9


@pytest.fixture
def client(provider: Standin) -> Any:
    return RESPONSES.client(provider)


# --- asked for until it is whole ---


def test_a_response_is_one_attempt_whose_usage_comes_when_it_is_asked_for(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.script(told("queued"), told("in_progress"), told("completed"), told("completed"))
    begun = client.responses.create(**BEGIN)
    assert recorded.attempts() == []
    while begun.status != "completed":
        begun = client.responses.retrieve(begun.id)
    client.responses.retrieve(begun.id)  # once more: paid for once
    assert ending(recorded) == WHOLE
    attempt = recorded.attempt()
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_OUTPUT_TOKENS]) == (1000, 20)
    assert attempt[names.RESPONSE_ID] == ID
    assert recorded.total(names.METRIC_CALLS) == 1


def test_the_same_of_the_asynchronous_client(recorded: Recorded, provider: Standin) -> None:
    async def main() -> None:
        provider.script(told("queued"), told("completed"))
        async with RESPONSES.async_client(provider) as client:
            begun = await client.responses.create(**BEGIN)
            assert recorded.attempts() == []
            await client.responses.retrieve(begun.id)

    asyncio.run(main())
    assert ending(recorded) == WHOLE


def test_raw_responses_are_read_as_well(client: Any, recorded: Recorded, provider: Standin) -> None:
    provider.script(told("queued"), told("completed"))
    begun = client.responses.with_raw_response.create(**BEGIN).parse()
    client.responses.with_raw_response.retrieve(begun.id)
    assert ending(recorded) == WHOLE


def test_bodies_that_the_application_reads_itself_are_read_along(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.script(told("queued"), told("in_progress"), told("completed"))
    with client.responses.with_streaming_response.create(**BEGIN) as response:
        response.read()
    assert recorded.attempts() == []
    for _ in range(2):
        with client.responses.with_streaming_response.retrieve(ID) as response:
            list(response.iter_lines())
    assert ending(recorded) == WHOLE


def test_it_is_asked_for_in_the_background_also_by_what_is_put_into_the_body(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.script(told("queued"), told("completed"))
    client.responses.create(model=GPT, input=PROMPT, extra_body={"background": True})
    client.responses.retrieve(ID)
    assert ending(recorded) == WHOLE


def test_an_answer_that_is_whole_at_once_ends_its_attempt_at_once(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.default(told("completed"))
    client.responses.create(**BEGIN)
    assert ending(recorded) == WHOLE


def test_it_is_of_the_route_and_the_customer_that_began_it(client: Any, recorded: Recorded, provider: Standin) -> None:
    provider.script(told("queued"), told("completed"))
    with llmroute.bind(tenant="acme"), llmroute.route("research"):
        client.responses.create(**BEGIN)
    with llmroute.bind(tenant="other"), llmroute.route("polling"):
        client.responses.retrieve(ID)
    attempt = recorded.attempt()
    assert (attempt[names.ROUTE_NAME], attempt[names.TENANT_ID]) == ("research", "acme")
    routes = {str(route[names.ROUTE_NAME]): route for route in map(attributes_of, recorded.spans("route"))}
    assert routes["research"][names.ROUTE_ID] == attempt[names.ROUTE_ID]
    assert not routes["polling"].get(names.ROUTE_ATTEMPT_COUNT)


def test_it_lasts_until_it_was_whole_not_until_it_is_asked_for(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    whole_s = int(time.time()) - 1
    provider.script(told("queued"), told("completed", completed_at=whole_s))
    client.responses.create(**BEGIN)
    time.sleep(1.2)
    client.responses.retrieve(ID)
    assert 0 <= lasted_s(recorded) < 1.1


# --- it does not come to an answer ---


@pytest.mark.parametrize(
    "status, more, expected",
    [
        ("failed", {"error": {"code": "server_error", "message": "No."}}, ("failed", "missing", "no_usage")),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}, WHOLE),
        ("cancelled", {}, ("cancelled", "missing", "no_usage")),
    ],
)
def test_an_answer_that_is_not_to_come_ends_it(
    status: str,
    more: dict[str, Any],
    expected: tuple[str, str, str],
    client: Any,
    recorded: Recorded,
    provider: Standin,
) -> None:
    provider.script(told("queued"), told(status, **more))
    client.responses.create(**BEGIN)
    client.responses.retrieve(ID)
    assert ending(recorded) == expected


def test_to_cancel_it_ends_it(client: Any, recorded: Recorded, provider: Standin) -> None:
    provider.script(told("in_progress"), told("cancelled"))
    client.responses.create(**BEGIN)
    client.responses.cancel(ID)
    assert ending(recorded) == ("cancelled", "missing", "no_usage")


def test_other_requests_of_it_and_those_that_fail_do_not_end_it(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    nothing = Reply(json={"object": "list", "data": [], "has_more": False, "first_id": ID, "last_id": ID})
    provider.script(told("queued"), nothing, Reply(500, json={}), Reply(404, json={}), told("completed"))
    client.responses.create(**BEGIN)
    list(client.responses.input_items.list(ID))
    for error in (openai.InternalServerError, openai.NotFoundError):
        with pytest.raises(error):
            client.responses.retrieve(ID)
    assert recorded.attempts() == []
    client.responses.retrieve(ID)
    assert ending(recorded) == WHOLE


def test_one_that_is_deleted_or_never_asked_for_ends_without_a_usage_when_we_are_switched_off(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.script(told("queued"), Reply(json={"id": ID, "object": "response", "deleted": True}))
    begun_s = time.time()
    client.responses.create(**BEGIN)
    took_s = time.time() - begun_s
    client.responses.delete(ID)
    time.sleep(0.3)
    assert recorded.attempts() == []
    llmroute.LLMRouteInstrumentor().uninstrument()
    assert ending(recorded) == NEVER_ASKED
    assert lasted_s(recorded) < took_s + 0.2  # as the call, not as the wait


@pytest.mark.parametrize("answer", [Reply(500, json={}), Reply(json={"status": "queued"})])
def test_one_that_cannot_be_asked_for_does_not_wait(
    answer: Reply, client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.default(answer)
    with contextlib.suppress(openai.InternalServerError):
        client.responses.create(**BEGIN)
    assert len(recorded.attempts()) == 1


def test_of_too_many_the_oldest_end_without_a_usage(
    client: Any, recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "MOST", 2)
    for number in range(4):
        provider.default(told("queued", id=f"resp_{number}"))
        client.responses.create(**BEGIN)
    assert [attempt[names.RESPONSE_ID] for attempt in recorded.attempts()] == ["resp_0", "resp_1"]
    assert list(background.waiting) == ["resp_2", "resp_3"]
    monkeypatch.setattr(background, "LONGEST_S", 0.0)
    provider.default(told("queued", id="resp_4"))
    client.responses.create(**BEGIN)
    assert [attempt[names.RESPONSE_ID] for attempt in recorded.attempts()] == [f"resp_{number}" for number in range(5)]


def test_a_program_that_ends_before_it_has_asked_exports_the_attempt(provider: Standin) -> None:
    provider.default(told("queued"))
    begin = (
        "import openai",
        "client = openai.OpenAI(base_url=URL + '/v1', api_key='k')",
        "client.responses.create(model='gpt-5', input='hello', background=True)",
    )
    (attempt,) = run(provider, RESPONSES, INSTRUMENTOR_FIRST, *begin)
    assert (attempt[names.ATTEMPT_OUTCOME], attempt[names.USAGE_STATUS]) == ("accepted", "missing")


# --- streamed ---


def test_one_streamed_to_its_end_ends_there(client: Any, recorded: Recorded, provider: Standin) -> None:
    provider.default(events())
    list(client.responses.create(**BEGIN, stream=True))
    assert ending(recorded) == WHOLE


def test_a_stream_broken_off_is_gone_on_with(client: Any, recorded: Recorded, provider: Standin) -> None:
    provider.script(events(), events(), told("completed"))
    with client.responses.create(**BEGIN, stream=True) as stream:
        next(stream)
    collect()
    assert recorded.attempts() == []
    with client.responses.retrieve(ID, stream=True, starting_after=1) as stream:
        list(stream)
    assert ending(recorded) == WHOLE


def test_a_stream_that_dies_is_asked_for_without_one(client: Any, recorded: Recorded, provider: Standin) -> None:
    whole = events()
    assert whole.events is not None
    provider.script(Reply(events=list(whole.events), cut_after=3), told("completed"))
    with pytest.raises(Exception):  # noqa: B017, PT011 - of httpx or of httpx2
        list(client.responses.create(**BEGIN, stream=True))
    assert recorded.attempts() == []
    client.responses.retrieve(ID)
    assert ending(recorded) == WHOLE


def test_a_stream_dropped_on_the_way_and_never_asked_for_is_abandoned(
    client: Any, recorded: Recorded, provider: Standin
) -> None:
    provider.default(events())
    next(client.responses.create(**BEGIN, stream=True))
    collect()
    background.give_up()
    assert ending(recorded) == ("abandoned", "missing", "no_usage")


def test_a_task_that_is_cancelled_while_it_reads_can_go_on_later(recorded: Recorded, provider: Standin) -> None:
    async def main() -> None:
        whole = events()
        assert whole.events is not None
        provider.script(Reply(events=list(whole.events)[:2], hang=True), told("completed"))
        async with RESPONSES.async_client(provider) as client:

            async def read() -> None:
                async for _ in await client.responses.create(**BEGIN, stream=True):
                    pass

            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(read(), 1)
            assert recorded.attempts() == []
            await client.responses.retrieve(ID)

    asyncio.run(main())
    assert ending(recorded) == WHOLE
