"""Bodies, streams, headers and statuses of any shape: handed on as without us, and no number is made up."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standin import Reply

from otel_llmroute import names
from tests.app import apis
from tests.app.apis import BETA_MESSAGES, CHAT, COMPLETIONS, EMBEDDINGS, MESSAGES, RESPONSES, Api
from tests.app.parts import ABSENT, changed, count_at, events_of, events_reply, paths
from tests.app.sdk_features import needs
from tests.app.twice import Twice, begun, plain, raw, read_as_bytes, streamed


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    yield from begun(tmp_path_factory.mktemp("odd"))


# --- any shape --------------------------------------------------------------------------------------------------------


DEEP: Any = None
for _ in range(60):
    DEEP = [DEEP]
ODD_VALUES = st.one_of(
    st.just(ABSENT),
    st.sampled_from(
        [None, True, False, 0, 7, -1, 1.5, -0.0, math.nan, math.inf, 1e308, 10**12 + 1, 2**63, -(2**63), 10**400]
    ),
    st.sampled_from(["", "x", "1000", "\ud800", "\x00", "Ω" * 300, "long" * 50_000]),
    st.sampled_from([[], {}, [None], ["text"], [[]], [{}], {"": None}, {"type": ["list"]}, {"value": 1}, DEEP]),
    st.integers(0, 10**6),
    st.text(max_size=8),
)
ODD_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "content-type": st.sampled_from(
            [None, "", "text/plain", "application/json", "application/json; charset=none", "text/event-stream", "é"]
        ),
        "x-litellm-response-cost": st.sampled_from(["0.25", "0", "", "free", "nan", "inf", "-1", "1e400", "1e-400"]),
        "x-request-id": st.sampled_from(["", "x" * 5000]),
        "request-id": st.sampled_from(["", "x" * 5000]),
        "content-encoding": st.sampled_from(["identity", "unheard-of", "gzip"]),
        "retry-after": st.sampled_from(["", "soon", "-1", "1e99"]),
        "x-should-retry": st.sampled_from(["", "maybe", "false"]),
        "openai-processing-ms": st.sampled_from(["", "fast"]),
    },
)
STATUSES = st.sampled_from([200, 200, 200, 200, 201, 400, 429, 500])


def bent(draw: Callable[..., Any], node: Any) -> Any:
    """``node`` with one to four of its parts replaced or left out."""
    for _ in range(draw(st.integers(1, 4))):
        places = paths(node)
        path = places[draw(st.integers(0, len(places) - 1))]
        value = draw(ODD_VALUES)
        if path or value is not ABSENT:
            node = changed(node, path, value)
    return node


@st.composite
def odd_bodies(draw: Callable[..., Any], body: Any) -> Any:
    return bent(draw, body)


@st.composite
def odd_streams(draw: Callable[..., Any], api: Api) -> Reply:
    heads, data = zip(*events_of(api), strict=True)
    node = bent(draw, list(data))
    if not isinstance(node, list):
        node = [node]
    kept = [b"event: odd\n", *heads] if draw(st.booleans()) and len(node) > len(heads) else list(heads)
    return events_reply(kept, node)


SLOW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def input_of_chat(body: Any) -> int | None:
    return count_at(body, "usage", "prompt_tokens")


def input_of_response(body: Any) -> int | None:
    return count_at(body, "usage", "input_tokens")


def input_of_message(body: Any) -> int | None:
    """What Anthropic calls input, and what went from and to the cache."""
    parts = [count_at(body, "usage", f"{kind}input_tokens") for kind in ("", "cache_read_", "cache_creation_")]
    return None if parts[0] is None else sum(part or 0 for part in parts)


def as_json(node: Any) -> Any:
    """An SDK's object as the dicts and lists it was made of. The SDK itself reads ``true`` and ``"1"`` as 1."""
    if hasattr(node, "to_dict"):
        node = {**vars(node), **(node.model_extra or {})}
    return {key: as_json(part) for key, part in node.items()} if isinstance(node, dict) else node


def received(client: Any, api: Api) -> Any:
    """The answer as the application gets it from the bare SDK; ``ABSENT`` when it raises."""
    try:
        return as_json(api.create(client))
    except Exception:
        return ABSENT


BODIES = [
    pytest.param(CHAT, input_of_chat, id=CHAT.name),
    pytest.param(COMPLETIONS, input_of_chat, id=COMPLETIONS.name),
    pytest.param(EMBEDDINGS, input_of_chat, id=EMBEDDINGS.name),
    pytest.param(RESPONSES, input_of_response, id=RESPONSES.name, marks=needs("openai responses")),
    pytest.param(MESSAGES, input_of_message, id=MESSAGES.name),
    pytest.param(BETA_MESSAGES, input_of_message, id=BETA_MESSAGES.name),
]


@pytest.mark.parametrize("api, input_of", BODIES)
def test_any_body_is_handed_on_and_no_number_is_made_up(
    api: Api, input_of: Callable[[Any], int | None], twice: Twice
) -> None:
    client = twice.client(api)

    @SLOW
    @given(odd_bodies(api.body), st.sampled_from([plain, raw]))
    def check(body: Any, read: Callable[..., Any]) -> None:
        twice.server.default(Reply(json=body))
        attributes = twice.attributes(lambda: read(client, api))
        answer = received(client, api) if read is plain else ABSENT
        assert attributes.get(names.USAGE_INPUT_TOKENS) == input_of(body if answer is ABSENT else answer)

    check()


@pytest.mark.parametrize("api", apis.STREAMED)
def test_any_stream_is_handed_on(api: Api, twice: Twice) -> None:
    client = twice.client(api)

    @SLOW
    @given(odd_streams(api), st.sampled_from([streamed, streamed, read_as_bytes]))
    def check(reply: Reply, read: Callable[..., Any]) -> None:
        twice.server.default(reply)
        attributes = twice.attributes(lambda: read(client, api))
        assert attributes[names.REQUEST_STREAM] is True

    check()


@pytest.mark.parametrize("api", apis.THREE_SHAPES)
def test_any_headers_and_status_are_handed_on(api: Api, twice: Twice) -> None:
    client = twice.client(api)

    @SLOW
    @given(ODD_HEADERS, STATUSES, st.booleans())
    def check(headers: dict[str, str | None], status: int, is_stream: bool) -> None:
        reply = api.stream() if is_stream else api.answer()
        twice.server.default(replace(reply, headers={"x-request-id": "a", "request-id": "a", **headers}, status=status))
        attributes = twice.attributes(lambda: (streamed if is_stream else plain)(client, api))
        if headers.get("content-encoding") != "gzip":  # then the HTTP library cannot decode it, and hands on nothing
            assert attributes[names.HTTP_STATUS_CODE] == status

    check()


UNREADABLE = {
    "nothing": b"",
    "no JSON": b"<html>bad gateway</html>",
    "half a body": b'{"id": "x", "usage": {"prompt_tokens": 10',
    "no UTF-8": b'{"id": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a number": b"5",
    "null": b"null",
    "a list": b"[1, 2]",
    "nested deeper than a parser goes": b"[" * 100_000,
    "a number longer than an int is read": b'{"usage": {"prompt_tokens": ' + b"9" * 5000 + b"}}",
    "a key twice": b'{"usage": {"prompt_tokens": 1, "prompt_tokens": 2}}',
}


@pytest.mark.parametrize("read", [plain, raw, streamed, read_as_bytes])
@pytest.mark.parametrize("api", apis.THREE_SHAPES)
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_body_that_nobody_can_read_is_handed_on(name: str, api: Api, read: Callable[..., Any], twice: Twice) -> None:
    is_stream = read in (streamed, read_as_bytes)
    content = b"data: " + UNREADABLE[name] + b"\n\n" if is_stream else UNREADABLE[name]
    media = "text/event-stream" if is_stream else "application/json"
    twice.server.default(Reply(headers={"content-type": media}, body=content))
    client = twice.client(api)
    attributes = twice.attributes(lambda: read(client, api), most_complaints=1)
    assert attributes.get(names.USAGE_INPUT_TOKENS) == (2 if name == "a key twice" and api is CHAT else None)
