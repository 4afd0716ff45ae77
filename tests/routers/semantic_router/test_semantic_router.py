"""semantic-router, 0.1 and 1.x, with an encoder of the real OpenAI SDK and one that asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context
from semantic_router import Route
from semantic_router.encoders import DenseEncoder
from semantic_router.routers import base
from standin import Standin

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import semantic_router as adapter
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.scenarios import expected, recorded_routes

try:
    from semantic_router.routers.indexed import IndexedRouter

    IS_0_1 = False
except ImportError:
    from semantic_router.routers import SemanticRouter as IndexedRouter

    IS_0_1 = True

EXPECTED: Final = expected(Path(__file__).parent)
LUNA: Final = "gpt-6-luna"
BILLING: Final = "Where is my invoice?"
NEITHER: Final = "Good morning"
IS_ASYNC: Final = (False, True)
EMBEDDER: Final = "text-embedding-3-small"


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "help.answer"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def client(provider: Standin) -> openai.OpenAI:
    return openai.OpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)


WORDS: Final = ("invoice", "password", "morning")


class Words(DenseEncoder):
    """Which of three words a text has."""

    name: str = "words"
    type: str = "words"
    score_threshold: float | None = 0.5

    def __call__(self, docs: list[Any], *args: Any, **kwargs: Any) -> Any:
        return [[float(word in str(text).lower()) for word in WORDS] for text in docs]

    async def acall(self, docs: list[Any], *args: Any, **kwargs: Any) -> Any:
        return self(docs)


class Paid(Words):
    """The same, but a provider is asked as well."""

    client: Any = None

    def __call__(self, docs: list[Any], *args: Any, **kwargs: Any) -> Any:
        self.client.embeddings.create(model=EMBEDDER, input=docs)
        return super().__call__(docs)


def routes() -> list[Route]:
    return [
        Route(name="billing", utterances=["my invoice", "an invoice"]),
        Route(name="login help", utterances=["my password", "a password"]),
    ]


def router(encoder: Any = None) -> Any:
    encoder = encoder or Words()
    if IS_0_1:
        return IndexedRouter(encoder=encoder, routes=routes(), auto_sync="local")
    return IndexedRouter(encoder=encoder, routes=routes(), confidence_threshold=0.5)


async def ask(router: Any, text: str, is_async: bool, **more: Any) -> Any:
    return await router.acall(text, **more) if is_async else router(text, **more)


def answer(provider: Standin) -> None:
    messages: Any = [{"role": "user", "content": BILLING}]
    client(provider).chat.completions.create(model=LUNA, messages=messages)


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_route_that_was_meant_decides_about_the_next_call(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    assert (await ask(router(), BILLING, is_async)).name == "billing"
    answer(provider)
    assert seen(recorded) == EXPECTED["a text means a route, then the application calls a model"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_text_that_means_no_route_takes_the_default(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    assert (await ask(router(), NEITHER, is_async)).name is None
    answer(provider)
    assert seen(recorded) == EXPECTED["a text means none of the routes"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_in_a_route_of_the_application_it_is_its_decision(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    with llmroute.route("support.reply"):
        await ask(router(), BILLING, is_async)
        answer(provider)
    assert seen(recorded) == EXPECTED["a text means a route, within a route of the application"]


async def test_a_decision_of_the_application_is_not_changed(recorded: Recorded, provider: Standin) -> None:
    with llmroute.route("support.reply") as route:
        route.decide("openai/gpt-6-luna", reason="cost")
        router()(BILLING)
        answer(provider)
    assert [(told["reason"], told["router"]) for told in seen(recorded)] == [("cost", "app")]


async def test_the_decision_is_for_one_call_alone(recorded: Recorded, provider: Standin) -> None:
    router()(BILLING)
    answer(provider)
    answer(provider)
    assert [attempt.get("llmroute.route.router") for attempt in recorded.attempts()] == ["semantic_router", None]


async def test_a_selection_that_nothing_is_called_upon_opens_no_route(recorded: Recorded) -> None:
    router()(BILLING)
    assert recorded.spans() == []


async def test_an_embedding_for_a_decision_is_paid_for_as_routing(recorded: Recorded, provider: Standin) -> None:
    asking = router(Paid(client=client(provider)))
    recorded.exporter.clear()  # of its routes, when it was made
    with llmroute.route("support.reply"):
        asking(BILLING)
        answer(provider)
    (route,) = seen(recorded)
    assert [attempt.get("purpose") for attempt in route["attempt"]] == ["routing", None]
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial", "initial"]
    assert [span.name for span in recorded.spans("decision")] == ["decide semantic_router"]


async def test_several_routes_may_be_meant(recorded: Recorded, provider: Standin) -> None:
    with llmroute.route("support.reply"):
        router()("my invoice and my password", limit=None)
        answer(provider)
    (route,) = seen(recorded)
    assert set(route["rule"].split("+")) == {"billing", "login_help"}


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.binary(),
    st.text(max_size=400),
    st.sampled_from(
        ["'; DROP TABLE llm_calls; --", "Dear Sir, my password is hunter2", "x" * 10_000, "\x00\xff", "ünï"]
    ),
)


class Odd:
    """Something with whatever names it is given."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


@given(HOSTILE, HOSTILE)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_router_says_is_a_name_a_number_or_nothing(called: Any, number: Any) -> None:
    odd = Odd(routes=[Odd(name=called, score_threshold=number)], score_threshold=number)
    for choice in (Odd(name=called, similarity_score=number), Odd(name=called, confidence=number, calibrated=number)):
        said = adapter._heard(choice, (odd,), {})
        for value in (said.rule, *said.candidates):
            assert value is None or (len(value) <= 256 and value.isascii() and " " not in value)
        for value in (said.score, said.confidence, said.threshold):
            assert value is None or abs(value) <= 1e15


async def test_a_choice_that_cannot_be_read_is_returned_all_the_same(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adapter, "_listed", lambda result: 1 / 0)
    assert router()(BILLING).name == "billing"
    assert "Could not read what a router selected" in caplog.text
    assert nothing_of_ours_is_current()
    assert not otel_context.get_current()
    caplog.clear()


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    for method in ("__call__", "acall"):
        assert not hasattr(vars(base.BaseRouter)[method], "_otel_llmroute")
