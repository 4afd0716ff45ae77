"""Calls that fail: what of it is recorded, and what must never be."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest
from opentelemetry.trace import StatusCode
from standin import Reply, Standin, anthropic_wire, openai_wire, sse

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.apis import CHAT, EVERY, MESSAGES, ONE_OF_EACH_SDK, RESPONSES, THREE_SHAPES, Api
from tests.app.conftest import Recorded
from tests.app.sdk_features import STREAM_ERRORS, needs
from tests.app.watching import a_quiet_log, async_ending, ending

FAILED = ("failed", "missing", "no_usage")
STATUS_ERRORS = (openai.APIStatusError, anthropic.APIStatusError)
MARK = "xyzzy-plugh"
"""Stands in every place where a prompt, a key or a message could leak from."""


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def error_body(api: Api, type: str, message: str = "No.") -> dict[str, Any]:
    return anthropic_wire.error(type, message) if api.is_anthropic else openai_wire.error(message, type)


def check_failure(recorded: Recorded, error_type: str, status: int | None) -> None:
    (span,) = recorded.spans("attempt")
    attempt = recorded.attempt()
    assert (attempt[names.ERROR_TYPE], attempt.get(names.HTTP_STATUS_CODE)) == (error_type, status)
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
    assert list(span.events) == []
    ((attributes, _),) = recorded.metric(names.METRIC_DURATION) + recorded.metric(names.METRIC_OPERATION_DURATION)
    assert attributes[names.ERROR_TYPE] == error_type


# --- what is recorded ---


@pytest.mark.parametrize(
    "status, error_type",
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (422, "unprocessable_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "overloaded_error"),
        (529, "overloaded_error"),
    ],
)
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_status_error_is_recorded_with_the_providers_name_for_it(
    api: Api, status: int, error_type: str, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(status, json=error_body(api, error_type)))
    with pytest.raises(STATUS_ERRORS):
        api.create(api.client(provider))
    assert ending(recorded) == FAILED
    check_failure(recorded, error_type, status)


@pytest.mark.parametrize("api", EVERY)
async def test_a_status_error_in_a_task_is_recorded(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(400, json=error_body(api, "invalid_request_error")))
    with pytest.raises(STATUS_ERRORS):
        await api.create(api.async_client(provider))
    assert await async_ending(recorded) == FAILED
    check_failure(recorded, "invalid_request_error", 400)


@pytest.mark.parametrize("api", THREE_SHAPES)
def test_a_stream_that_is_refused_is_recorded(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(429, json=error_body(api, "rate_limit_error")))
    with pytest.raises(STATUS_ERRORS):
        api.create(api.client(provider), stream=True)
    assert ending(recorded) == FAILED
    check_failure(recorded, "rate_limit_error", 429)


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[1]", b'"no"', b"null", b'{"error": "no"}'])
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_an_error_without_a_name_is_called_by_the_class_of_its_exception(
    api: Api, body: bytes, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(502, {"content-type": "application/json"}, body=body))
    with pytest.raises(STATUS_ERRORS) as raised:
        api.create(api.client(provider))
    check_failure(recorded, type(raised.value).__name__, 502)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_refused_connection_is_recorded(api: Api, recorded: Recorded, provider: Standin) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = api.client(provider, base_url=f"http://127.0.0.1:{port}")
    with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)):
        api.create(client)
    assert ending(recorded) == FAILED
    check_failure(recorded, "APIConnectionError", None)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_timeout_is_recorded(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(delay=5))
    with pytest.raises((openai.APITimeoutError, anthropic.APITimeoutError)):
        api.create(api.client(provider, timeout=0.1))
    assert ending(recorded) == FAILED
    check_failure(recorded, "APITimeoutError", None)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
async def test_a_timeout_in_a_task_is_recorded(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(delay=5))
    with pytest.raises((openai.APITimeoutError, anthropic.APITimeoutError)):
        await api.create(api.async_client(provider, timeout=0.1))
    assert await async_ending(recorded) == FAILED
    check_failure(recorded, "APITimeoutError", None)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_call_that_the_sdk_refuses_to_send_is_recorded_as_failed(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    unsendable = object()
    with pytest.raises(TypeError):
        api.create(api.client(provider), extra_body={"unsendable": unsendable})
    assert ending(recorded) == FAILED
    check_failure(recorded, "TypeError", None)
    assert provider.requests == []


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_the_exception_that_leaves_is_the_one_that_leaves_without_us(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(400, json=error_body(api, "invalid_request_error")))
    with pytest.raises(STATUS_ERRORS) as raised:
        api.create(api.client(provider))
    error: Any = raised.value
    assert type(error) in (openai.BadRequestError, anthropic.BadRequestError)
    assert (error.status_code, error.__cause__) == (400, None)
    assert error.response.json() == provider_said(error)


def provider_said(error: Any) -> Any:
    return json.loads(error.response.content)


# --- what is never recorded ---


def everything_exported(recorded: Recorded) -> str:
    """Spans, metrics and log records as they leave the process."""
    spans = [span.to_json() for span in recorded.exporter.get_finished_spans()]
    metrics = recorded.reader.get_metrics_data()
    logs = [record.log_record.to_json() for record in recorded.logs.get_finished_logs()]
    return "\n".join([*spans, metrics.to_json() if metrics else "", *logs])


def marked(api: Api, client: Any, **more: Any) -> Any:
    """A call whose every free text holds the mark."""
    headers = {"x-secret": MARK, "cookie": MARK}
    prompt = [{"role": "user", "content": MARK}]
    if api.is_anthropic:
        return client.messages.create(
            model="claude-haiku-4-5",
            max_tokens=9,
            system=MARK,
            messages=prompt,
            metadata={"user_id": MARK},
            tools=[{"name": MARK, "description": MARK, "input_schema": {"type": "object"}}],
            extra_headers=headers,
            extra_query={"q": MARK},
            **more,
        )
    if api is RESPONSES:
        return client.responses.create(
            model="gpt-5",
            instructions=MARK,
            input=MARK,
            user=MARK,
            extra_headers=headers,
            extra_query={"q": MARK},
            **more,
        )
    return client.chat.completions.create(
        model="gpt-5",
        messages=[{"role": "system", "content": MARK}, *prompt],
        user=MARK,
        metadata={"note": MARK},
        tools=[{"type": "function", "function": {"name": MARK, "description": MARK}}],
        extra_headers=headers,
        extra_query={"q": MARK},
        **more,
    )


def replies(api: Api) -> dict[str, Reply]:
    """Everything a provider can say with the mark in it."""
    error = error_body(api, "invalid_request_error", MARK)
    sentence_for_type = error_body(api, f"You said: {MARK}", MARK)
    first, kind = api.events[0], None if api is CHAT else "error"
    named = b"event: message_delta\n" if api.is_anthropic else b""
    spoken = json.loads(json.dumps(api.body).replace("Your export is ready", MARK))
    return {
        "an answer": Reply(200, {"x-said": MARK, "set-cookie": MARK}, json=spoken),
        "an error": Reply(400, {"x-said": MARK}, json=error),
        "a sentence for an error's name": Reply(400, json=sentence_for_type),
        "an error of plain text": Reply(500, body=MARK.encode()),
        "an error after retries": Reply(429, {"retry-after-ms": "1"}, json=error),
        "an error in place of an answer": Reply(json=error),
        "an error event": Reply(events=[first, sse.event(error, kind)]),
        "an error event with a sentence for a name": Reply(events=[first, sse.event(sentence_for_type, kind)]),
        "no JSON in a stream": Reply(events=[first, named + b"data: {" + MARK.encode() + b"\n\n"]),
        "a connection lost in a stream": Reply(events=[first, MARK.encode() * 9], cut_after=2),
    }


SAID = list(replies(CHAT))


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize(
    "api",
    [
        pytest.param(CHAT, id=CHAT.name),
        pytest.param(RESPONSES, id=RESPONSES.name, marks=needs("openai responses")),
        pytest.param(MESSAGES, id=MESSAGES.name),
    ],
)
def test_no_word_of_prompt_key_header_answer_or_message_is_exported_or_logged(
    api: Api, said: str, recorded: Recorded, provider: Standin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "otel_llmroute")
    caplog.set_level(logging.DEBUG, "opentelemetry")
    reply = replies(api)[said]
    provider.default(reply)
    client = api.client(provider, api_key=MARK, max_retries=1)
    with (
        contextlib.suppress(*STREAM_ERRORS, ValueError),
        llmroute.job("work", id="1"),
        llmroute.route("asking"),
    ):
        answer = marked(api, client, stream=reply.events is not None)
        if reply.events is not None:
            list(answer)
    assert len(recorded.attempts()) == 1
    exported = everything_exported(recorded)
    assert "asking" in exported  # the mark would be found if it were there
    assert MARK not in exported
    ours = [record for record in caplog.records if record.name.startswith(("otel_llmroute", "opentelemetry"))]
    assert not any(MARK in record.getMessage() or MARK in str(record.exc_info) for record in ours)
