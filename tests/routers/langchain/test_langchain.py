"""Fallbacks and branches of LangChain, by the real chat models of OpenAI and Anthropic."""

from __future__ import annotations

import asyncio
import runpy
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.exceptions import OutputParserException
from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda, RunnableParallel
from langchain_core.runnables.fallbacks import RunnableWithFallbacks
from opentelemetry import context as otel_context
from standin import Reply, Standin, answers, faults

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import langchain as adapter
from otel_llmroute.app.routers.signals import Signals
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.beside import Beside
from tests.routers.cancelling import cancel_during_its_call
from tests.routers.deciding import assert_only_the_classifier_fell_back
from tests.routers.langchain.models import CONFIG, HAIKU, LUNA, QUESTION, SOL, WAYS, claude, gpt, invoke
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
OTHER: Final = "gpt-6-terra"
Way = Callable[..., None]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


# --- fallbacks ---


@pytest.mark.parametrize("way", WAYS)
def test_a_fallback_is_an_attempt_of_the_same_route(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_rate_limit())
    way(gpt(provider).with_fallbacks([claude(provider)]))
    assert seen(recorded) == EXPECTED["the first model is rate limited, the fallback answers"]


@pytest.mark.parametrize("way", WAYS)
def test_two_fallbacks_in_a_row_are_two(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_server_error(retry_after_ms=None), faults.openai_rate_limit())
    way(gpt(provider).with_fallbacks([gpt(provider, SOL), claude(provider)]))
    assert seen(recorded) == EXPECTED["two models fail, the third answers"]


@pytest.mark.parametrize("way", WAYS)
def test_no_fallback_is_shown_where_the_first_model_answers(recorded: Recorded, provider: Standin, way: Way) -> None:
    way(claude(provider).with_fallbacks([gpt(provider)]))
    assert seen(recorded) == EXPECTED["the first model answers"]


@pytest.mark.parametrize("way", WAYS)
def test_a_route_whose_models_all_fail_ends_in_error(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_rate_limit(), faults.anthropic_overloaded())
    with pytest.raises(Exception, match=r"[Rr]ate limit"):
        way(gpt(provider).with_fallbacks([claude(provider)]))
    assert seen(recorded) == EXPECTED["every model fails"]


@pytest.mark.parametrize("way", WAYS[:2])
def test_an_answer_that_the_chain_cannot_use_leads_to_a_fallback(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    def parse(message: Any) -> Any:
        raise OutputParserException("no")

    way((gpt(provider) | RunnableLambda(parse)).with_fallbacks([claude(provider)]))
    assert seen(recorded) == EXPECTED["an answer cannot be parsed, the fallback answers"]


def test_the_same_model_asked_again_is_a_retry(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_server_error(retry_after_ms=None))
    invoke(gpt(provider).with_fallbacks([gpt(provider)]))
    assert [attempt["reason"] for attempt in seen(recorded)[0]["attempt"]] == ["initial", "retry"]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_batch_is_one_route_and_its_requests_are_told_apart(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_rate_limit())
    chain = gpt(provider).with_fallbacks([claude(provider)])
    config: Any = {**CONFIG, "max_concurrency": 1}
    questions = [QUESTION, QUESTION, QUESTION]
    answers = asyncio.run(chain.abatch(questions, config)) if is_async else chain.batch(questions, config)
    assert len(answers) == 3
    assert seen(recorded) == EXPECTED["a batch of three, one of which falls back"]


def test_a_call_after_a_batch_is_looked_at_again(recorded: Recorded, provider: Standin) -> None:
    chain = gpt(provider).with_fallbacks([claude(provider)])
    with llmroute.route("support.reply"):
        chain.batch([QUESTION], CONFIG)
        provider.script(faults.openai_rate_limit())
        chain.invoke(QUESTION)
    (route,) = seen(recorded)
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial", "initial", "fallback_rate_limit"]


def test_fallbacks_in_a_route_of_the_application_are_its_attempts(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply", task="draft") as route:
        route.decide("openai/gpt-6-luna", reason="cost")
        gpt(provider).with_fallbacks([claude(provider)]).invoke(QUESTION)
    assert seen(recorded) == EXPECTED["fallbacks within a route that the application has decided"]


def test_outside_of_a_server_a_route_is_named_by_its_call_site(recorded: Recorded, provider: Standin) -> None:
    gpt(provider).with_fallbacks([claude(provider)]).invoke(QUESTION)
    (route,) = seen(recorded)
    assert route["source"] == "callsite"
    assert route["route"] == "tests/routers/langchain/test_langchain.py:" + (
        "test_outside_of_a_server_a_route_is_named_by_its_call_site"
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_in_a_route", [False, True])
def test_a_chain_that_answers_without_a_model_in_the_end_has_answered(
    recorded: Recorded, provider: Standin, is_in_a_route: bool, way: Way
) -> None:
    provider.script(faults.openai_rate_limit())
    chain = gpt(provider).with_fallbacks([RunnableLambda(lambda _: "Try again later.")])
    with llmroute.route("support.reply") if is_in_a_route else nullcontext():
        way(chain)
    (route,) = seen(recorded)
    assert route["outcome"] == "success"
    assert [attempt["outcome"] for attempt in route["attempt"]] == ["failed"]


def test_a_model_that_fails_after_such_an_answer_is_an_error(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit(), faults.openai_rate_limit())
    with llmroute.route("support.reply"):
        gpt(provider).with_fallbacks([RunnableLambda(lambda _: "Try again later.")]).invoke(QUESTION)
        with pytest.raises(Exception, match=r"[Rr]ate limit"):
            gpt(provider).invoke(QUESTION)
    (route,) = seen(recorded)
    assert route["outcome"] == "error"


# --- where it only decides ---


@pytest.mark.parametrize("way", WAYS)
def test_a_classifier_that_falls_back_makes_no_fallback_of_the_answer(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            way(gpt(provider).with_fallbacks([claude(provider)]))
        gpt(provider, SOL).invoke(QUESTION)
    (route,) = seen(recorded)
    assert_only_the_classifier_fell_back(route)


def test_a_classifier_that_fails_before_it_calls_anybody_makes_no_fallback_of_the_answer(
    recorded: Recorded, provider: Standin
) -> None:
    def fail(question: str) -> Any:
        raise ValueError("no")

    classifier = (RunnableLambda(fail) | gpt(provider)).with_fallbacks([RunnableLambda(lambda _: "easy")])
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            classifier.invoke(QUESTION)
        gpt(provider, SOL).invoke(QUESTION)
    (route,) = seen(recorded)
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial"]


def test_a_classifier_whose_answer_is_turned_down_falls_back_by_itself(recorded: Recorded, provider: Standin) -> None:
    def parse(message: Any) -> Any:
        raise OutputParserException("no")

    classifier = (gpt(provider) | RunnableLambda(parse)).with_fallbacks([claude(provider)])
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            classifier.invoke(QUESTION)
        gpt(provider, SOL).invoke(QUESTION)
    (route,) = seen(recorded)
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial", "fallback_error", "initial"]


def test_a_condition_that_falls_back_says_nothing_of_the_branch(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    classifier = gpt(provider).with_fallbacks([claude(provider)])
    RunnableBranch((lambda _: bool(classifier.invoke(QUESTION)), gpt(provider, SOL)), claude(provider)).invoke(QUESTION)
    (route,) = seen(recorded)
    assert "requested_model" not in route
    assert route["candidates"] == [f"openai/{SOL}", f"anthropic/{HAIKU}"]
    assert route["fallback_used"] is False
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial", "fallback_rate_limit", "initial"]


def test_what_is_decided_within_a_classifier_is_not_decided_of_the_answer(
    recorded: Recorded, provider: Standin
) -> None:
    pick = llmroute.router(lambda question: "easy", name="pick")
    classifier = (RunnableLambda(lambda question: pick(question)) | gpt(provider)).with_fallbacks([claude(provider)])
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            classifier.invoke(QUESTION)
        gpt(provider, SOL).invoke(QUESTION)
    (route,) = seen(recorded)
    assert (route["reason"], route.get("rule"), route.get("selected_model")) == ("explicit", None, None)


def test_a_route_that_is_opened_to_decide_hears_its_routers(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.decision("decide"), llmroute.route("classify"):
        gpt(provider).with_fallbacks([claude(provider)]).invoke(QUESTION)
    (route,) = seen(recorded)
    assert (route["router"], route["requested_model"]) == ("langchain", LUNA)


# --- branches at once in one route ---


def test_a_chain_that_fails_rejects_nothing_of_another_branch(recorded: Recorded, provider: Standin) -> None:
    beside = Beside(LUNA, OTHER)
    provider.default(beside)
    failing = gpt(provider).with_fallbacks([gpt(provider, OTHER)]).with_fallbacks([RunnableLambda(lambda _: "none")])
    answering = RunnableLambda(beside.begin) | gpt(provider, SOL) | RunnableLambda(beside.end)
    with llmroute.route("support.reply"):
        RunnableParallel(failing=failing, answering=answering).invoke(QUESTION)
    (route,) = seen(recorded)
    assert (route["outcome"], route["served_model"]) == ("success", SOL)
    assert [(a["model"], a["reason"], a["outcome"]) for a in route["attempt"]] == [
        (LUNA, "initial", "failed"),
        (SOL, "initial", "accepted"),
        (OTHER, "fallback_error", "failed"),
    ]


def test_two_chains_at_once_fall_back_each_for_itself(recorded: Recorded, provider: Standin) -> None:
    beside = Beside(LUNA)
    provider.default(lambda request: limited if request.json["model"] == SOL else beside(request))
    limited = faults.openai_rate_limit()
    sooner, later = (gpt(provider, model).with_fallbacks([claude(provider)]) for model in (SOL, LUNA))
    first = RunnableLambda(beside.begin) | sooner | RunnableLambda(beside.end)
    with llmroute.route("support.reply"):
        RunnableParallel(later=later, sooner=first).invoke(QUESTION)
    (route,) = seen(recorded)
    assert [(a["model"], a["reason"]) for a in route["attempt"]] == [
        (LUNA, "initial"),
        (SOL, "initial"),
        (HAIKU, "fallback_rate_limit"),
        (HAIKU, "fallback_error"),
    ]


def test_a_batch_that_falls_back_makes_no_fallback_of_another_branch(recorded: Recorded, provider: Standin) -> None:
    falling, plain = gpt(provider).with_fallbacks([claude(provider)]), gpt(provider, SOL)

    def batch(question: str) -> Any:
        provider.script(faults.openai_rate_limit())
        return falling.batch([question])

    def answer_within_the_batch(request: Any) -> Reply:
        if request.json["model"] == HAIKU and not is_asked.is_set():
            is_asked.set()
            assert is_answered.wait(10)
        return answers.answer(request)

    is_asked, is_answered = threading.Event(), threading.Event()
    provider.default(answer_within_the_batch)
    beside = RunnableLambda(lambda question: is_asked.wait(10) and question) | plain
    with llmroute.route("support.reply"):
        told = RunnableLambda(lambda answer: is_answered.set() or answer)
        RunnableParallel(batch=RunnableLambda(batch), beside=beside | told).invoke(QUESTION)
    (route,) = seen(recorded)
    assert [(a["model"], a["reason"]) for a in route["attempt"]] == [
        (LUNA, "initial"),
        (HAIKU, "fallback_rate_limit"),
        (SOL, "initial"),
    ]


# --- streams ---


def test_a_stream_of_a_fallback_holds_nothing_between_its_pieces(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    for _ in gpt(provider).with_fallbacks([claude(provider)]).stream(QUESTION):
        assert nothing_of_ours_is_current()
        assert not otel_context.get_current()
    assert len(seen(recorded)) == 1


async def test_an_async_stream_of_a_fallback_holds_nothing_between_its_pieces(
    recorded: Recorded, provider: Standin
) -> None:
    provider.script(faults.openai_rate_limit())
    async for _ in gpt(provider).with_fallbacks([claude(provider)]).astream(QUESTION):
        assert nothing_of_ours_is_current()
        assert not otel_context.get_current()
    assert len(seen(recorded)) == 1


def test_a_stream_left_half_way_ends_its_route_once(recorded: Recorded, provider: Standin) -> None:
    pieces = gpt(provider).with_fallbacks([claude(provider)]).stream(QUESTION, CONFIG)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert seen(recorded) == EXPECTED["a stream is left half way"]


async def test_an_async_stream_left_half_way_ends_its_route_once(recorded: Recorded, provider: Standin) -> None:
    pieces = gpt(provider).with_fallbacks([claude(provider)]).astream(QUESTION, CONFIG)
    await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    for _ in range(20):
        await asyncio.sleep(0)
    assert seen(recorded) == EXPECTED["a stream is left half way"]


async def test_a_cancelled_call_ends_its_route_as_cancelled(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(delay=30))
    call = gpt(provider).with_fallbacks([claude(provider)]).ainvoke(QUESTION, CONFIG)
    await cancel_during_its_call(provider, call)
    assert seen(recorded) == EXPECTED["a call is cancelled"]


# --- branches ---


def is_code(question: str) -> bool:
    return "code" in question


def branch(provider: Standin) -> Runnable[Any, Any]:
    return RunnableBranch(
        (is_code, gpt(provider, SOL)), (lambda question: not question, gpt(provider)), claude(provider)
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_branch_is_a_rule(recorded: Recorded, provider: Standin, way: Way) -> None:
    way(branch(provider), "a question on code")
    assert seen(recorded) == EXPECTED["the first branch is taken"]


@pytest.mark.parametrize("way", WAYS)
def test_no_branch_is_the_default(recorded: Recorded, provider: Standin, way: Way) -> None:
    way(branch(provider), QUESTION)
    assert seen(recorded) == EXPECTED["no branch is taken"]


@pytest.mark.parametrize("way", WAYS)
def test_a_branch_within_a_branch_is_no_model_by_itself(recorded: Recorded, provider: Standin, way: Way) -> None:
    way(RunnableBranch((is_code, branch(provider)), gpt(provider)), "a question on code")
    (route,) = seen(recorded)
    assert route["candidates"][0] == f"openai/{LUNA}"
    assert (route["rule"], route.get("selected_model"), route["served_model"]) == ("is_code", SOL, SOL)


@pytest.mark.parametrize("way", WAYS)
def test_what_a_condition_asks_is_asked_to_decide(recorded: Recorded, provider: Standin, way: Way) -> None:
    def says_yes(question: str) -> bool:
        return bool(gpt(provider).invoke(question).content)

    way(RunnableBranch((says_yes, gpt(provider, SOL)), claude(provider)))
    assert seen(recorded) == EXPECTED["a condition asks a model"]


@pytest.mark.parametrize("way", WAYS)
def test_a_branch_that_calls_no_model_is_answered_by_a_rule(recorded: Recorded, provider: Standin, way: Way) -> None:
    way(RunnableBranch((is_code, gpt(provider)), RunnableLambda(lambda question: "Under Settings.")))
    assert seen(recorded) == EXPECTED["a branch answers without a model"]


@pytest.mark.parametrize("way", WAYS)
def test_fallbacks_inside_a_branch_belong_to_its_route(recorded: Recorded, provider: Standin, way: Way) -> None:
    provider.script(faults.openai_rate_limit())
    way(RunnableBranch((is_code, gpt(provider, SOL)), gpt(provider).with_fallbacks([claude(provider)])))
    assert seen(recorded) == EXPECTED["a branch with fallbacks"]


@pytest.mark.parametrize("way", WAYS)
def test_what_a_condition_asks_inside_a_router_hangs_on_its_decision(
    recorded: Recorded, provider: Standin, way: Way
) -> None:
    def is_hard(question: str) -> bool:
        gpt(provider).invoke(question)
        return True

    @llmroute.router(name="pick")
    def pick() -> str:
        way(RunnableBranch((is_hard, gpt(provider, SOL)), claude(provider)))
        return f"openai/{SOL}"

    with llmroute.route("support.reply"):
        pick()
    collect()
    (decision,) = recorded.spans("decision")
    attempts = recorded.spans("attempt")
    assert decision.name == "decide pick"
    assert len(attempts) == 2
    assert {attempt.parent.span_id for attempt in attempts if attempt.parent} == {decision.context.span_id}
    assert {(attempt.attributes or {})["llmroute.purpose"] for attempt in attempts} == {"routing"}


def test_a_condition_that_raises_leaves_nothing_in_force(recorded: Recorded, provider: Standin) -> None:
    def fails(question: str) -> bool:
        raise LookupError(gpt(provider).invoke(question).content)

    with pytest.raises(LookupError):
        RunnableBranch((fails, gpt(provider, SOL)), claude(provider)).invoke(QUESTION)
    assert not otel_context.get_current()
    (route,) = seen(recorded)
    assert (route["outcome"], route["attempt"][0]["purpose"]) == ("error", "routing")


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.binary(),
    st.text(max_size=400),
    st.sampled_from(
        ["'; DROP TABLE llm_calls; --", "Dear Sir, my password is hunter2", "x" * 10_000, "\x00\xff", "ünï"]
    ),
    st.lists(st.text(max_size=8), max_size=3),
)


class Odd:
    """Something with whatever names it is given."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_runnable_says_is_a_name_or_nothing(run_name: Any, model: Any, inner: Any) -> None:
    chain = Odd(name=run_name, runnable=Odd(model=model, bound=inner), fallbacks=[Odd(model_name=inner), inner])
    signals: Signals = adapter._Falling(chain, {"run_name": run_name})._signals
    for said in (signals.route, signals.requested_model, *signals.candidates):
        assert said is None or (len(said) <= 512 and said.isascii() and " " not in said)


def test_a_runnable_that_cannot_be_read_still_answers(recorded: Recorded, provider: Standin) -> None:
    class Strange(RunnableWithFallbacks[Any, Any]):
        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, name)

    chain = Strange(runnable=RunnableLambda(lambda question: "yes"), fallbacks=[RunnableLambda(lambda question: "no")])
    assert chain.invoke(QUESTION) == "yes"


# --- the example ---


def test_the_example_answers(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_API_BASE", "ANTHROPIC_API_KEY", "ANTHROPIC_API_URL"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(Path(__file__).parents[3] / "examples" / "langchain_chain" / "app.py"))
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert [route["reason"] for route in seen(recorded)] == ["default", "rule"]
    assert [route["fallback_used"] for route in seen(recorded)] == [True, False]


# --- on and off ---


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    from langchain_core.callbacks.manager import AsyncParentRunManager, ParentRunManager

    for kind in (RunnableWithFallbacks, RunnableBranch, ParentRunManager, AsyncParentRunManager):
        for method in ("invoke", "ainvoke", "stream", "astream", "batch", "abatch", "get_child"):
            assert not hasattr(vars(kind).get(method), "_otel_llmroute")
    assert "otel_llmroute" not in vars(RunnableWithFallbacks)["runnables"].fget.__module__
