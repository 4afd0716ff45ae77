"""Requests of shapes that nobody promised: they go out as without us."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from otel_llmroute import names
from tests.app.apis import CHAT, GPT, PROMPT
from tests.app.twice import Twice, begun, shown


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    yield from begun(tmp_path_factory.mktemp("odd"))


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
