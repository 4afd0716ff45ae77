"""Answers and requests of shapes that nobody promised: the call goes as it goes without us, and no number is wrong.

Each call is made twice, by the bare SDK and instrumented. The second must return or raise the same, end one span, and
say nothing in the log.
"""

from __future__ import annotations

import asyncio
import copy
import enum
import json
import logging
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from standin import Reply, Standin

from otel_llmroute import LLMRouteInstrumentor, names
from otel_llmroute.app import complaints
from tests.app import apis
from tests.app.apis import BETA_MESSAGES, CHAT, COMPLETIONS, EMBEDDINGS, GPT, MESSAGES, PROMPT, RESPONSES, Api
from tests.app.sdk_features import needs

Path = tuple[str | int, ...]
ABSENT: Any = object()
"""Stands for a part that is not there."""

# --- twice the same call ----------------------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What a call came to: what it returned or raised, and what the provider was sent."""

    result: Any
    sent: bytes | None


class Twice:
    """Makes calls bare and instrumented, against one server and with one client of each kind."""

    def __init__(self, server: Standin) -> None:
        self.server = server
        self.exporter = InMemorySpanExporter()
        self.tracer_provider = TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meter_provider = MeterProvider()
        self.loop = asyncio.new_event_loop()
        self.log = Log()
        self._clients: dict[tuple[bool, bool], Any] = {}

    def client(self, api: Api, is_async: bool = False) -> Any:
        key = (api.is_anthropic, is_async)
        if key not in self._clients:
            make = api.async_client if is_async else api.client
            self._clients[key] = make(self.server)
        return self._clients[key]

    def attributes(self, call: Callable[[], Any], most_complaints: int = 0) -> dict[str, Any]:
        """Attributes of the one span of ``call``, once it was held against the bare call."""
        bare = self._outcome(call)
        self.exporter.clear()
        self.log.lines.clear()
        complaints._made.clear()
        instrumentor = LLMRouteInstrumentor()
        instrumentor.instrument(tracer_provider=self.tracer_provider, meter_provider=self.meter_provider)
        try:
            assert self._outcome(call) == bare
        finally:
            instrumentor.uninstrument()
        # A header of a gateway's gives the call a route as well.
        spans = self.exporter.get_finished_spans()
        (span,) = (each for each in spans if (each.attributes or {})[names.RECORD_KIND] == "attempt")
        assert len(self.log.lines) <= most_complaints, self.log.lines
        return sound(span)

    def _outcome(self, call: Callable[[], Any]) -> Outcome:
        before = len(self.server.requests)
        try:
            result = call()
        except Exception as error:
            result = (type(error), str(error))
        requests = self.server.requests
        return Outcome(result, requests[-1].body if len(requests) > before else None)

    def close(self) -> None:
        for (_, is_async), client in self._clients.items():
            if is_async:
                self.loop.run_until_complete(client.close())
            else:
                client.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


class Log(logging.Handler):
    """What was complained of."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def sound(span: ReadableSpan) -> dict[str, Any]:
    """The attributes of ``span``, each of which an exporter can send."""
    attributes = dict(span.attributes or {})
    for name, value in attributes.items():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, str):
                part.encode()
                assert len(part) <= 256, name
            elif type(part) is int:
                assert -(2**63) <= part < 2**63, name
    for name, value in attributes.items():
        if name.startswith(("gen_ai.usage.", "llmroute.usage.")) and "cost" not in name and name != names.USAGE_STATUS:
            assert type(value) is int, name
            assert value >= 0, name
    assert (names.COST_AMOUNT in attributes) == (attributes[names.COST_STATUS] in ("priced", "partial", "free"))
    assert 0 <= attributes.get(names.COST_AMOUNT, 0) < math.inf
    return attributes


def shown(answer: Any) -> tuple[type, str]:
    """What can be compared of an answer: NaN differs from itself, its text does not."""
    try:
        return type(answer), repr(answer)
    except RecursionError:
        return type(answer), "too deep to show"


def plain(client: Any, api: Api) -> Any:
    return shown(api.create(client))


def raw(client: Any, api: Api) -> Any:
    """By ``with_raw_response``, as people do who want the headers."""
    answer = api.create(Raw(client))
    return answer.status_code, shown(answer.parse())


def streamed(client: Any, api: Api) -> Any:
    return [shown(chunk) for chunk in api.create(client, stream=True)]


def read_as_bytes(client: Any, api: Api) -> Any:
    """By ``with_streaming_response``, the body read by the application itself."""
    with api.create(Streaming(client), stream=True) as answer:
        return b"".join(answer.iter_bytes())


async def plain_async(client: Any, api: Api) -> Any:
    return shown(await api.create(client))


async def streamed_async(client: Any, api: Api) -> Any:
    return [shown(chunk) async for chunk in await api.create(client, stream=True)]


class Raw:
    """A client whose methods are those of ``with_raw_response``."""

    view = "with_raw_response"

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return getattr(getattr(self._inner, self.view), name) if name == "create" else type(self)(found)


class Streaming(Raw):
    """A client whose methods are those of ``with_streaming_response``."""

    view = "with_streaming_response"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with pytest.MonkeyPatch.context() as patch, Standin(keep=100_000) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, of fields of another type
        patch.chdir(tmp_path_factory.mktemp("odd"))
        twice = Twice(server)
        complaints.logger.addHandler(twice.log)
        yield twice
        complaints.logger.removeHandler(twice.log)
        twice.close()


# --- parts of JSON ----------------------------------------------------------------------------------------------------


def changed(node: Any, path: Path, value: Any) -> Any:
    """A copy of ``node`` with ``value`` at ``path``, or without that part if it is ``ABSENT``."""
    if not path:
        return value
    node = copy.copy(node)
    key: Any = path[0]
    if len(path) == 1 and value is ABSENT:
        del node[key]
    else:
        node[key] = changed(node[key] if len(path) > 1 else None, path[1:], value)
    return node


def paths(node: Any) -> list[Path]:
    """Where every part of ``node`` is, itself first."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [(), *((key, *path) for key, part in inner for path in paths(part))]


def at(node: Any, *path: str) -> Any:
    """The part of ``node`` at ``path``, ``None`` where there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def count_at(node: Any, *path: str) -> int | None:
    """The count at ``path``; ``None`` for what cannot be a count of tokens."""
    number = at(node, *path)
    return number if type(number) is int and 0 <= number <= 10**12 else None


def events_of(api: Api) -> list[tuple[bytes, Any]]:
    """The events of a stream: the line with the name, and the data."""
    lines = [event.rpartition(b"data: ") for event in api.events]
    return [(head, json.loads(data)) for head, _, data in lines if data.startswith(b"{")]


def events_reply(heads: list[bytes], data: list[Any]) -> Reply:
    events = [
        head + b"data: " + json.dumps(part).encode() + b"\n\n"
        for head, part in zip(heads, data, strict=False)
        if part is not ABSENT
    ]
    return Reply(events=[*events, b"data: [DONE]\n\n"])


# --- the shapes that broke other libraries ----------------------------------------------------------------------------

USAGE = {names.USAGE_STATUS: "reported", names.USAGE_INPUT_TOKENS: 1000, names.USAGE_OUTPUT_TOKENS: 20}
NO_USAGE = {
    names.USAGE_STATUS: "missing",
    names.USAGE_INPUT_TOKENS: None,
    names.USAGE_OUTPUT_TOKENS: None,
    names.COST_STATUS: "no_usage",
}
CACHE_COUNTS = {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0}


@dataclass(frozen=True)
class Shape:
    """One odd answer: what is where, and what the span says for all that (``None``: nothing)."""

    name: str
    api: Api
    path: Path
    value: Any
    says: dict[str, Any]


PLAIN = [
    Shape("choices null", CHAT, ("choices",), None, {names.RESPONSE_FINISH_REASONS: None, **USAGE}),
    Shape("usage a text", CHAT, ("usage",), "1000 tokens", NO_USAGE),
    Shape("usage a list", CHAT, ("usage",), [1000, 20], NO_USAGE),
    Shape("usage of nulls", CHAT, ("usage",), {"prompt_tokens": None, "completion_tokens": None}, NO_USAGE),
    Shape("details null", CHAT, ("usage", "prompt_tokens_details"), None, {names.USAGE_CACHE_READ: None, **USAGE}),
    Shape("message null", CHAT, ("choices", 0, "message"), None, {names.RESPONSE_FINISH_REASONS: ("stop",), **USAGE}),
    Shape("a choice is a text", CHAT, ("choices", 0), "hello", {names.RESPONSE_FINISH_REASONS: None, **USAGE}),
    Shape("model an object", CHAT, ("model",), {"name": "gpt-5"}, {names.RESPONSE_MODEL: None, **USAGE}),
    Shape("tier an object", CHAT, ("service_tier",), {"tier": 1}, {names.PRICE_SERVICE_TIER: None, **USAGE}),
    Shape("half an emoji", CHAT, ("model",), "gpt-\ud83d", {names.RESPONSE_MODEL: None, **USAGE}),
    Shape("usage null", MESSAGES, ("usage",), None, NO_USAGE),
    Shape(
        "usage partial",
        MESSAGES,
        ("usage",),
        {"input_tokens": 1000},
        {**USAGE, names.USAGE_STATUS: "partial", names.USAGE_OUTPUT_TOKENS: None, names.COST_STATUS: "partial"},
    ),
    Shape("content null", MESSAGES, ("content",), None, USAGE),
    Shape("content of texts", MESSAGES, ("content",), ["hello", "there"], USAGE),
    Shape("reason an object", MESSAGES, ("stop_reason",), {"why": 1}, {names.RESPONSE_FINISH_REASONS: None, **USAGE}),
    Shape("output null", RESPONSES, ("output",), None, USAGE),
    Shape("output of texts", RESPONSES, ("output",), ["hello"], USAGE),
    Shape("an item's type a list", RESPONSES, ("output", 0, "type"), ["message"], USAGE),
]
IN_STREAMS = [
    Shape("choices null", CHAT, (1, "choices"), None, USAGE),
    Shape("a choice null", CHAT, (1, "choices", 0), None, USAGE),
    Shape("delta null", CHAT, (1, "choices", 0, "delta"), None, USAGE),
    Shape("index null", CHAT, (-2, "choices", 0, "index"), None, {names.RESPONSE_FINISH_REASONS: ("stop",), **USAGE}),
    Shape("no index", CHAT, (-2, "choices", 0, "index"), ABSENT, {names.RESPONSE_FINISH_REASONS: ("stop",), **USAGE}),
    Shape("usage a text", CHAT, (-1, "usage"), "1000 tokens", NO_USAGE),
    Shape(
        "a tool call without a function",
        CHAT,
        (1, "choices", 0, "delta", "tool_calls"),
        [{"index": 0, "function": None}],
        USAGE,
    ),
    Shape("a chunk null", CHAT, (1,), None, USAGE),
    Shape("a chunk a list", CHAT, (1,), [1, 2], USAGE),
    Shape("a type an object", RESPONSES, (3, "type"), {"name": 1}, USAGE),
    Shape("the response null", RESPONSES, (0, "response"), None, USAGE),
    Shape("usage null at the start", MESSAGES, (0, "message", "usage"), None, USAGE),
    Shape("the message null", MESSAGES, (0, "message"), None, {names.RESPONSE_MODEL: None, **USAGE}),
    Shape("a delta null", MESSAGES, (3, "delta"), None, USAGE),
    Shape("reason an object", MESSAGES, (-2, "delta", "stop_reason"), {"why": 1}, USAGE),
]


def params(shapes: list[Shape]) -> list[Any]:
    marks = {RESPONSES.name: [needs("openai responses")]}
    return [
        pytest.param(shape, id=f"{shape.api}: {shape.name}", marks=marks.get(shape.api.name, [])) for shape in shapes
    ]


def say(attributes: dict[str, Any], shape: Shape) -> None:
    assert {name: attributes.get(name) for name in shape.says} == shape.says


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("shape", params(PLAIN))
def test_an_odd_answer_is_read_as_far_as_it_goes(shape: Shape, is_async: bool, twice: Twice) -> None:
    twice.server.default(Reply(json=changed({**shape.api.body, "service_tier": "default"}, shape.path, shape.value)))
    client = twice.client(shape.api, is_async)
    if is_async:
        say(twice.attributes(lambda: twice.loop.run_until_complete(plain_async(client, shape.api))), shape)
    else:
        say(twice.attributes(lambda: plain(client, shape.api)), shape)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("shape", params(IN_STREAMS))
def test_an_odd_chunk_is_read_as_far_as_it_goes(shape: Shape, is_async: bool, twice: Twice) -> None:
    heads, data = zip(*events_of(shape.api), strict=True)
    place = (shape.path[0] % len(data), *shape.path[1:])
    twice.server.default(events_reply(list(heads), changed(list(data), place, shape.value)))
    client = twice.client(shape.api, is_async)
    if is_async:
        say_unless_raised(twice, lambda: twice.loop.run_until_complete(streamed_async(client, shape.api)), shape)
    else:
        say_unless_raised(twice, lambda: streamed(client, shape.api), shape)


def say_unless_raised(twice: Twice, call: Callable[[], Any], shape: Shape) -> None:
    """What the span says, where the SDK itself (one of some age) did not stumble over the chunk."""
    attributes = twice.attributes(call)
    if attributes[names.ATTEMPT_OUTCOME] != "failed":
        say(attributes, shape)


# --- odd requests -----------------------------------------------------------------------------------------------------


class Model(enum.Enum):
    GPT = GPT


class ModelText(str, enum.Enum):
    GPT = GPT


class Messages:
    """A sequence that is no list."""

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter(PROMPT)


def chat(**more: Any) -> Callable[[Any], Any]:
    return lambda client: client.chat.completions.create(**{"model": GPT, "messages": PROMPT, **more})


def posted(body: Any) -> Callable[[Any], Any]:
    return lambda client: client.post("/chat/completions", body=body, cast_to=object)


ODD_REQUESTS: dict[str, Callable[[Any], Any]] = {
    "messages a generator": lambda client: chat(messages=(dict(message) for message in PROMPT))(client),
    "messages an iterable": chat(messages=Messages()),
    "messages null": chat(messages=None),
    "messages a text": chat(messages="hello"),
    "stop a tuple": chat(stop=("one", "two")),
    "stop of numbers": chat(stop=[1, None, "two"]),
    "stop an object": chat(stop={"word": 1}),
    "model an enum": chat(model=Model.GPT),
    "model an enum of texts": chat(model=ModelText.GPT),
    "model null": chat(model=None),
    "model a number": chat(model=5),
    "model a list": chat(model=[GPT]),
    "model very long": chat(model="m" * 100_000),
    "a seed that no wire carries": chat(seed=2**80),
    "a temperature that no float holds": chat(temperature=10**400),
    "a temperature that is no number": chat(temperature="warm"),
    "a limit that is a truth value": chat(max_tokens=True),
    "many choices": chat(n=2**70),
    "a format that is a text": chat(response_format="json"),
    "a tier that is an object": chat(service_tier={"tier": 1}),
    "half an emoji": chat(reasoning_effort="\ud83d"),
    "a reasoning that is a list": chat(extra_body={"reasoning": ["high"]}),
    "a body that is a list": posted([1, 2]),
    "a body that is a text": posted("hello"),
    "a body that is null": posted(None),
    "an empty body": posted({}),
    "a body with keys that are no texts": posted({1: 2, None: 3, "model": GPT}),
}


@pytest.mark.parametrize("name", ODD_REQUESTS)
def test_an_odd_request_goes_out_as_it_goes_without_us(name: str, twice: Twice) -> None:
    twice.server.default(CHAT.answer())
    client = twice.client(CHAT)
    attributes = twice.attributes(lambda: shown(ODD_REQUESTS[name](client)))
    assert attributes[names.RECORD_KIND] == "attempt"


def test_what_an_odd_request_asked_for_is_read_as_far_as_it_goes(twice: Twice) -> None:
    twice.server.default(CHAT.answer())
    call = chat(model=Model.GPT, stop=("one", 2), seed=2**80, temperature=1, max_tokens=True, n=3)
    attributes = twice.attributes(lambda: shown(call(twice.client(CHAT))))
    asked = {name: value for name, value in attributes.items() if name.startswith("gen_ai.request.")}
    assert asked == {
        names.REQUEST_MODEL: GPT,
        names.REQUEST_STOP_SEQUENCES: ("one",),
        names.REQUEST_TEMPERATURE: 1.0,
        names.REQUEST_CHOICE_COUNT: 3,
    }


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
