"""RouteLLM by the real LiteLLM, with its random router and with one of the application's own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import numpy
import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from routellm.controller import Controller, RoutingError
from routellm.routers import routers as library
from standin import Standin, faults

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import routellm as adapter
from tests.app.conftest import Recorded, collect
from tests.app.watching import nothing_of_ours_is_current
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
STRONG: Final = "openai/gpt-6-sol"
WEAK: Final = "openai/gpt-6-luna"
MESSAGES: Final[Any] = [{"role": "user", "content": "Where do I find my data export?"}]
IS_ASYNC: Final = (False, True)


@pytest.fixture(autouse=True)
def certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the random router draws."""
    monkeypatch.setattr(library.random, "uniform", lambda low, high: 0.25)


def controller(provider: Standin) -> Controller:
    return Controller(["random"], STRONG, WEAK, api_base=provider.openai_url, api_key="none")


async def ask(controller: Controller, is_async: bool, threshold: float = 0.5, **more: Any) -> Any:
    request = {"model": f"router-random-{threshold}", "messages": MESSAGES, "num_retries": 0, **more}
    return await controller.acompletion(**request) if is_async else controller.completion(**request)


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_below_the_threshold_the_weak_model_is_called(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    assert (await ask(controller(provider), is_async)).choices
    assert seen(recorded) == EXPECTED["a score below the threshold sends a request to the weak model"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_above_the_threshold_the_strong_model_is_called(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    await ask(controller(provider), is_async, 0.2)
    assert seen(recorded) == EXPECTED["a score above the threshold sends a request to the strong model"]


async def test_by_the_names_of_the_sdk_it_is_the_same(recorded: Recorded, provider: Standin) -> None:
    controller(provider).chat.completions.create(model="router-random-0.5", messages=MESSAGES, num_retries=0)
    assert seen(recorded) == EXPECTED["a score below the threshold sends a request to the weak model"]


async def test_a_decision_alone_is_about_the_next_call(recorded: Recorded, provider: Standin) -> None:
    model = controller(provider).route(MESSAGES[0]["content"], "random", 0.5)
    client = openai.OpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)
    client.chat.completions.create(model=model.partition("/")[2], messages=MESSAGES)
    (route,) = seen(recorded)
    told = {key: route[key] for key in ("router", "reason", "rule", "score", "threshold", "selected_model")}
    assert told == {
        "router": "routellm",
        "reason": "complexity",
        "rule": "random",
        "score": 0.25,
        "threshold": 0.5,
        "selected_model": WEAK,
    }


async def test_in_a_route_of_the_application_it_is_its_decision(recorded: Recorded, provider: Standin) -> None:
    with llmroute.route("support.reply"):
        await ask(controller(provider), False)
    (route,) = seen(recorded)
    assert (route["route"], route["reason"], route["attempt_count"]) == ("support.reply", "complexity", 1)


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_model_that_fails_ends_the_route_in_error(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_bad_request())
    with pytest.raises(Exception, match="Unsupported value"):
        await ask(controller(provider), is_async)
    (route,) = seen(recorded)
    assert (route["outcome"], [attempt["outcome"] for attempt in route["attempt"]]) == ("error", ["failed"])


async def test_a_router_that_is_not_there_calls_nobody(recorded: Recorded, provider: Standin) -> None:
    with pytest.raises(RoutingError):
        controller(provider).completion(model="router-mf-0.5", messages=MESSAGES)
    assert recorded.attempts() == []
    assert nothing_of_ours_is_current()


# --- a router of the application's own ---


class Scripted(library.Router):
    """Says what it is told to say."""

    def __init__(self, *rates: Any) -> None:
        self._rates = list(rates)

    def calculate_strong_win_rate(self, prompt: str) -> Any:
        rate = self._rates.pop(0)
        if isinstance(rate, Exception):
            raise rate
        return rate


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The class has its name among the library's own."""
    monkeypatch.setitem(library.ROUTER_CLS, "own", Scripted)


def scripted(provider: Standin, *rates: Any) -> Controller:
    made = Controller(["own"], STRONG, WEAK, {}, api_base=provider.openai_url, api_key="none")
    made.routers["own"] = Scripted(*rates)
    return made


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_router_of_ones_own_is_heard_with_its_name_and_its_score(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    asked = scripted(provider, 0.25, numpy.float32(0.75), numpy.array(0.5))
    for threshold in (0.5, 0.5, 0.5):
        await ask(asked, is_async, threshold, model=f"router-own-{threshold}")
    told = [(route["rule"], route["score"], route["selected_model"]) for route in seen(recorded)]
    assert told == [("own", 0.25, WEAK), ("own", 0.75, STRONG), ("own", 0.5, STRONG)]


@pytest.mark.usefixtures("own")
async def test_a_score_at_the_threshold_is_the_strong_models(recorded: Recorded, provider: Standin) -> None:
    await ask(scripted(provider, 0.5), False, model="router-own-0.5")
    (route,) = seen(recorded)
    assert (route["score"], route["threshold"], route["selected_model"]) == (0.5, 0.5, STRONG)


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_router_that_fails_calls_nobody_and_leaves_no_score(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    asked = scripted(provider, ValueError("no idea"), 0.75)
    with pytest.raises(ValueError, match="no idea"):
        await ask(asked, is_async, model="router-own-0.5")
    await ask(asked, is_async, model="router-own-0.5")
    failed, answered = seen(recorded)
    assert (failed["outcome"], failed["attempt_count"], failed.get("score")) == ("error", 0, None)
    assert (answered["outcome"], answered["score"]) == ("success", 0.75)
    assert nothing_of_ours_is_current()


async def test_a_class_without_a_name_gives_the_rule_none(recorded: Recorded, provider: Standin) -> None:
    await ask(scripted_without_name(provider), False, model="router-own-0.5")
    (route,) = seen(recorded)
    assert (route["rule"], route["score"]) == ("help.answer", 0.75)  # that of the configuration


def scripted_without_name(provider: Standin) -> Controller:
    made = Controller([], STRONG, WEAK, {}, api_base=provider.openai_url, api_key="none")
    made.routers["own"] = Scripted(0.75)
    return made


@pytest.mark.usefixtures("own")
async def test_requests_at_once_do_not_mix_their_scores(recorded: Recorded, provider: Standin) -> None:
    rates = [0.125 * number for number in range(1, 8)]
    controllers = [scripted(provider, rate) for rate in rates]
    await asyncio.gather(*(ask(asked, True, model="router-own-0.5") for asked in controllers))
    told = sorted((route["score"], route["attempt"][0]["model"]) for route in seen(recorded))
    assert told == [(rate, "gpt-6-sol" if rate >= 0.5 else "gpt-6-luna") for rate in rates]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_streamed_answer_is_of_the_same_route(recorded: Recorded, provider: Standin, is_async: bool) -> None:
    stream = await ask(scripted(provider, 0.25), is_async, model="router-own-0.5", stream=True)
    chunks = [chunk async for chunk in stream] if is_async else list(stream)
    assert len(chunks) > 1
    await asyncio.sleep(0)
    (route,) = seen(recorded)
    assert (route["rule"], route["score"], route["outcome"]) == ("own", 0.25, "success")
    assert [attempt["outcome"] for attempt in route["attempt"]] == ["accepted"]


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.binary(),
    st.text(max_size=400),
    st.sampled_from(["'; DROP TABLE llm_calls; --", "Dear Sir, my password is hunter2", "x" * 10_000, "\x00\xff"]),
)


class Odd:
    """Something with whatever names it is given."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


@given(HOSTILE, HOSTILE)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_it_says_is_a_name_a_number_or_nothing(model: Any, threshold: Any) -> None:
    pair = Odd(strong=model, weak=model)
    heard = adapter._heard({}, model, (Odd(), "prompt", threshold, pair), {})
    asked = adapter._asked(Odd(model_pair=pair), {"model": model})
    for value in (heard.selected_model, *heard.candidates, asked.requested_model, *asked.candidates):
        assert value is None or (len(value) <= 256 and value.isascii() and " " not in value)
    assert heard.threshold is None or abs(heard.threshold) <= 1e15


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    library.Router.route(Scripted(0.75), "a", 0.5, Odd(strong=STRONG, weak=WEAK))  # switched off: it stays as it is
    for owner, method in (
        (Scripted, "calculate_strong_win_rate"),
        (Controller, "completion"),
        (Controller, "acompletion"),
        (library.Router, "route"),
        (library.RandomRouter, "calculate_strong_win_rate"),
    ):
        assert not hasattr(vars(owner)[method], "_otel_llmroute")
