"""Event streams and bodies of boto3: each ends its attempt once, for the reason that is true."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.eventstream import EventStream
from botocore.exceptions import EventStreamError, ReadTimeoutError
from botocore.response import StreamingBody

from otel_llmroute import names
from tests.app.conftest import Recorded, collect
from tests.routers.bedrock.answers import ASKED, CACHED, MESSAGE, converse_events, message_events
from tests.routers.bedrock.conftest import client_of, needs
from tests.routers.bedrock.wire import Bedrock, Said, events, frame, told

NOVA = "amazon.nova-lite-v1:0"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"


def streamed(client: Any) -> Any:
    return client.converse_stream(modelId=NOVA, messages=ASKED)["stream"]


def invoked(client: Any, model: str = CLAUDE, **body: Any) -> Any:
    return client.invoke_model(modelId=model, body=json.dumps(body or {"messages": [], "max_tokens": 9}))


def ending(recorded: Recorded) -> tuple[Any, ...]:
    """Outcome, error, usage status, input and output tokens of the only attempt."""
    attempt = recorded.attempt()
    keys = (
        names.ATTEMPT_OUTCOME,
        names.ERROR_TYPE,
        names.USAGE_STATUS,
        names.USAGE_INPUT_TOKENS,
        names.USAGE_OUTPUT_TOKENS,
    )
    return tuple(attempt.get(key) for key in keys)


# --- event streams ---


def test_a_stream_read_to_its_end_is_whole(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    needs(client, "CacheDetail")
    bedrock.says(events(*converse_events(CACHED)))
    stream = streamed(client)
    assert type(stream) is EventStream
    assert [next(iter(event)) for event in stream] == [
        "messageStart",
        "contentBlockDelta",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    attempt = recorded.attempt()
    assert attempt[names.USAGE_INPUT_TOKENS] == 5100
    assert attempt[names.USAGE_CACHE_READ] == 4000
    assert attempt[names.USAGE_CACHE_WRITE] == 1000
    assert attempt[names.USAGE_CACHE_WRITE_5M] == 400
    assert attempt[names.USAGE_CACHE_WRITE_1H] == 600
    assert attempt[names.RESPONSE_FINISH_REASONS] == ("end_turn",)
    assert attempt[names.REQUEST_STREAM] is True
    assert 0 < attempt[names.RESPONSE_TIME_TO_FIRST_CHUNK] < 10


def test_a_stream_left_half_way_and_dropped_is_abandoned(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events()))
    stream = streamed(client)
    for _ in stream:
        break
    assert recorded.attempts() == []  # whoever left may come back
    del stream, _
    assert ending(recorded) == ("abandoned", None, "missing", None, None)


def test_a_stream_left_half_way_ends_when_it_was_left(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events()))
    stream = streamed(client)
    iterator = iter(stream)
    next(iterator)
    iterator.close()
    held = stream._self_otel_llmroute
    held.attempt.left_ns -= 5 * 10**9  # as if that had been five seconds ago
    left_ns = held.attempt.left_ns
    del stream, iterator, held
    collect()
    (span,) = recorded.spans("attempt")
    assert span.end_time == left_ns


def test_a_stream_that_was_left_is_read_on_by_another_loop(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events()))
    stream = streamed(client)
    first = next(iter(stream))
    collect()
    assert recorded.attempts() == []
    assert [first, *stream][-1].keys() == {"metadata"}
    assert ending(recorded) == ("accepted", None, "reported", 100, 10)


def test_a_stream_closed_early_ends_once(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events()))
    stream = streamed(client)
    next(iter(stream))
    stream.close()
    stream.close()
    del stream
    assert ending(recorded) == ("abandoned", None, "missing", None, None)


def test_a_stream_closed_after_the_answer_was_whole_is_accepted(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(events(*converse_events()))
    stream = streamed(client)
    for event in stream:
        if "messageStop" in event:
            break
    stream.close()
    assert ending(recorded) == ("accepted", None, "missing", None, None)


def test_a_stream_never_read_is_abandoned(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*converse_events()))
    streamed(client)
    assert ending(recorded) == ("abandoned", None, "missing", None, None)


def test_an_exception_among_the_events_is_the_error(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    thrown = frame("throttlingException", {"message": "Too many tokens."}, "exception")
    bedrock.says(events(*converse_events()[:2], thrown))
    with pytest.raises(EventStreamError):
        list(streamed(client))
    assert ending(recorded) == ("failed", "ThrottlingException", "missing", None, None)
    assert recorded.attempt()[names.HTTP_STATUS_CODE] == 200


def test_a_stream_that_stops_before_its_last_event_has_failed(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(events(*converse_events()[:2], breaks=True))
    try:
        list(streamed(client))
        error = "IncompleteStream"  # the newest botocore says nothing of it
    except Exception as raised:
        error = type(raised).__name__
    assert ending(recorded) == ("failed", error, "missing", None, None)


def test_bytes_that_are_no_events_are_the_error(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(b"\x00" * 64))
    with pytest.raises(Exception, match=r".") as raised:
        list(streamed(client))
    assert ending(recorded)[:2] == ("failed", raised.type.__name__)


def test_the_application_that_raises_while_it_reads_keeps_its_exception(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(events(*converse_events()))
    mine = KeyError("mine")

    def read(error: Exception) -> None:
        for _ in streamed(client):
            raise error

    with pytest.raises(KeyError) as raised:
        read(mine)
    assert raised.value is mine
    del raised, mine
    collect()
    assert ending(recorded) == ("abandoned", None, "missing", None, None)


def test_a_streamed_body_of_a_model_is_read_chunk_by_chunk(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(events(*message_events(), x_amzn_bedrock_content_type="application/json"))
    result = client.invoke_model_with_response_stream(modelId=CLAUDE, body=b'{"messages": [], "max_tokens": 9}')
    assert len(list(result["body"])) == 4
    assert ending(recorded) == ("accepted", None, "reported", 17, 21)  # the model's own count


def test_a_streamed_body_left_before_its_counts_has_part_of_them(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    bedrock.says(events(*message_events()))
    result = client.invoke_model_with_response_stream(modelId=CLAUDE, body=b'{"messages": []}')
    next(iter(result["body"]))
    result["body"].close()
    assert ending(recorded) == ("abandoned", None, "partial", 17, None)


# --- bodies ---


def all_of(body: Any) -> bytes:
    return bytes(body.read())


def bit_by_bit(body: Any) -> bytes:
    return b"".join(iter(lambda: body.read(7), b""))


def in_chunks(body: Any) -> bytes:
    return b"".join(body.iter_chunks(5))


def in_lines(body: Any) -> bytes:
    return b"".join(body.iter_lines(keepends=True))


def by_iteration(body: Any) -> bytes:
    return b"".join(body)


def by_lines_of_the_connection(body: Any) -> bytes:
    return b"".join(body.readlines())


def inside_a_with(body: Any) -> bytes:
    with body as stream:
        return bytes(stream.read())


def by_a_buffer(body: Any) -> bytes:
    return io.BufferedReader(body, 16).read()


def by_json(body: Any) -> bytes:
    return json.dumps(json.load(body)).encode()


READINGS = [
    all_of,
    bit_by_bit,
    in_chunks,
    in_lines,
    by_iteration,
    by_lines_of_the_connection,
    inside_a_with,
    by_a_buffer,
    by_json,
]


@pytest.mark.parametrize("reading", READINGS)
def test_a_body_is_read_along_however_it_is_read(
    recorded: Recorded, bedrock: Bedrock, client: Any, reading: Callable[[Any], bytes]
) -> None:
    bedrock.says(told(MESSAGE, x_amzn_bedrock_input_token_count="17", x_amzn_bedrock_output_token_count="158"))
    body = invoked(client)["body"]
    assert type(body) is StreamingBody
    assert reading(body) == json.dumps(MESSAGE).encode()
    assert ending(recorded) == ("accepted", None, "reported", 117, 158)
    assert recorded.attempt()[names.RESPONSE_FINISH_REASONS] == ("end_turn",)
    assert recorded.attempt()[names.RESPONSE_ID] == "msg_bdrk_1"


def test_a_body_that_is_not_read_was_counted_by_its_headers(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(MESSAGE, x_amzn_bedrock_input_token_count="17", x_amzn_bedrock_output_token_count="158"))
    invoked(client)
    assert ending(recorded) == ("abandoned", None, "reported", 17, 158)


def test_a_body_closed_half_way_was_counted_by_its_headers(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(MESSAGE, x_amzn_bedrock_input_token_count="17", x_amzn_bedrock_output_token_count="158"))
    body = invoked(client)["body"]
    body.read(3)
    body.close()
    assert ending(recorded) == ("abandoned", None, "reported", 17, 158)


def test_a_body_that_is_no_json_was_counted_by_its_headers(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    picture = Said([b"\x89PNG"], 200, {"content-type": "image/png", "x-amzn-bedrock-input-token-count": "17"})
    bedrock.says(picture)
    assert invoked(client, "stability.sd3-5-large-v1:0", prompt="a cat")["body"].read() == b"\x89PNG"
    assert ending(recorded) == ("accepted", None, "partial", 17, None)


def test_a_body_cut_short_is_the_error(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(Said([b'{"id": '], 200, {"content-type": "application/json"}, breaks=True))
    with pytest.raises(Exception, match=r".") as raised:
        invoked(client)["body"].read()
    assert ending(recorded)[:2] == ("failed", raised.type.__name__)


def test_a_body_that_takes_too_long_is_the_error(recorded: Recorded, bedrock: Bedrock) -> None:
    slow = Said([b'{"id": ', b'"1"}'], 200, {"content-type": "application/json"}, pause_s=5.0)
    bedrock.says(slow)
    with pytest.raises(ReadTimeoutError):
        invoked(client_of(bedrock, read_timeout=1))["body"].read()
    assert ending(recorded)[:2] == ("failed", "ReadTimeoutError")
