"""RouteLLM by the real LiteLLM. Its random router stands for all: the others need models of gigabytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.routers.routellm import stand_ins

os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True")
os.environ.setdefault("OPENAI_API_KEY", "none")  # RouteLLM makes a client when it is imported
stand_ins.put_in()

import openai  # noqa: E402
import pytest  # noqa: E402
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from routellm.controller import Controller, RoutingError  # noqa: E402
from routellm.routers import routers as library  # noqa: E402
from standin import Standin, faults  # noqa: E402

import otel_llmroute as llmroute  # noqa: E402
from otel_llmroute import LLMRouteInstrumentor  # noqa: E402
from otel_llmroute.app.routers import routellm as adapter  # noqa: E402
from tests.app.conftest import Recorded, collect  # noqa: E402
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current  # noqa: E402
from tests.routers.scenarios import expected, recorded_routes  # noqa: E402

EXPECTED: Final = expected(Path(__file__).parent)
STRONG: Final = "openai/gpt-6-sol"
WEAK: Final = "openai/gpt-6-luna"
MESSAGES: Final[Any] = [{"role": "user", "content": "Where do I find my data export?"}]
IS_ASYNC: Final = (False, True)


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "help.answer"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


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
    for owner, method in (
        (Controller, "completion"),
        (Controller, "acompletion"),
        (library.Router, "route"),
        (library.RandomRouter, "calculate_strong_win_rate"),
    ):
        assert not hasattr(vars(owner)[method], "_otel_llmroute")
