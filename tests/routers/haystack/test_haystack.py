"""Haystack's fallbacks and routers in real pipelines, by the real OpenAI SDK."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest
from haystack import Document, Pipeline, component
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.generators.chat.fallback import FallbackChatGenerator
from haystack.components.routers import ConditionalRouter, MetadataRouter
from haystack.components.routers.llm_messages_router import LLMMessagesRouter
from haystack.dataclasses import ChatMessage
from haystack.utils import Secret
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import context as otel_context
from standin import Reply, Standin, faults, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import haystack as adapter
from tests.app.conftest import Recorded
from tests.app.watching import nothing_of_ours_is_current
from tests.routers.beside import Beside
from tests.routers.cancelling import cancel_during_its_call
from tests.routers.deciding import assert_only_the_classifier_fell_back
from tests.routers.haystack.pipelines import CONDITIONS, LUNA, QUESTION, SOL, Asking, AsyncPipeline, conditional, seen
from tests.routers.scenarios import expected

EXPECTED: Final = expected(Path(__file__).parent)
IS_ASYNC: Final = (False, True)
OTHER: Final = "gpt-6-terra"


def gpt(provider: Standin, model: str = LUNA) -> OpenAIChatGenerator:
    key = Secret.from_token("none")
    return OpenAIChatGenerator(api_key=key, model=model, api_base_url=provider.openai_url, max_retries=0)


def falling(provider: Standin, *models: str) -> FallbackChatGenerator:
    return FallbackChatGenerator([gpt(provider, model) for model in models or (LUNA, SOL)])


def asked() -> list[ChatMessage]:
    return [ChatMessage.from_user(QUESTION)]


async def run(generator: Any, is_async: bool, **more: Any) -> None:
    if is_async:
        answer = await generator.run_async(messages=asked(), **more)
    else:
        answer = generator.run(messages=asked(), **more)
    assert answer["replies"][0].text


async def run_pipeline(pipeline: Any, data: dict[str, Any], is_async: bool) -> Any:
    return await pipeline.run_async(data) if is_async else pipeline.run(data)


# --- FallbackChatGenerator ---


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_fallback_is_an_attempt_of_the_same_route(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_rate_limit())
    await run(falling(provider), is_async)
    assert seen(recorded) == EXPECTED["the first generator is rate limited, the second answers"]


async def test_a_streamed_fallback_is_the_same_route(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    chunks: list[Any] = []

    def keep(chunk: Any) -> None:
        chunks.append(chunk)

    await run(falling(provider), False, streaming_callback=keep)
    assert chunks
    (route,) = seen(recorded)
    assert [attempt["reason"] for attempt in route["attempt"]] == ["initial", "fallback_rate_limit"]
    assert (route["fallback_used"], route["served_model"], route["outcome"]) == (True, SOL, "success")


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_no_fallback_is_shown_where_the_first_generator_answers(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    await run(falling(provider), is_async)
    assert seen(recorded) == EXPECTED["the first generator answers"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_route_whose_generators_all_fail_ends_in_error(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_rate_limit(), faults.openai_server_error(retry_after_ms=None))
    with pytest.raises(RuntimeError, match="All 2 chat generators failed"):
        await run(falling(provider), is_async)
    assert seen(recorded) == EXPECTED["every generator fails"]


async def test_a_generator_that_fails_before_it_calls_anybody_is_fallen_back_from(
    recorded: Recorded, provider: Standin
) -> None:
    await run(FallbackChatGenerator([Broken(), gpt(provider, SOL)]), False)
    (route,) = seen(recorded)
    assert [attempt["reason"] for attempt in route["attempt"]] == ["fallback_error"]


async def test_fallbacks_in_a_route_of_the_application_are_its_attempts(recorded: Recorded, provider: Standin) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply") as route:
        route.decide("openai/gpt-6-luna", reason="cost")
        await run(falling(provider), False)
    (told,) = seen(recorded)
    assert (told["route"], told["reason"], told["attempt_count"]) == ("support.reply", "cost", 2)


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_classifier_that_falls_back_makes_no_fallback_of_the_answer(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_rate_limit())
    with llmroute.route("support.reply"):
        with llmroute.decision("classify"):
            await run(falling(provider, LUNA, OTHER), is_async)
        gpt(provider, SOL).run(asked())
    (route,) = seen(recorded)
    assert_only_the_classifier_fell_back(route)


async def test_a_generator_that_fails_rejects_nothing_of_another_branch(recorded: Recorded, provider: Standin) -> None:
    beside = Beside(LUNA, OTHER)
    provider.default(beside)
    failing, answering = falling(provider, LUNA, OTHER), gpt(provider, SOL)
    with llmroute.route("support.reply"):
        answered = beside.answering(answering.run_async(asked()))
        await asyncio.gather(failing.run_async(messages=asked()), answered, return_exceptions=True)
    (route,) = seen(recorded)
    assert (route["outcome"], route["served_model"]) == ("success", SOL)
    assert [(a["model"], a["reason"], a["outcome"]) for a in route["attempt"]] == [
        (LUNA, "initial", "failed"),
        (SOL, "initial", "accepted"),
        (OTHER, "fallback_error", "failed"),
    ]


async def test_a_cancelled_fallback_ends_its_route_as_cancelled(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(delay=30))
    await cancel_during_its_call(provider, run(falling(provider), True))
    (route,) = seen(recorded)
    assert (route["outcome"], [attempt["outcome"] for attempt in route["attempt"]]) == ("cancelled", ["cancelled"])


@component
class Broken:
    """A generator that calls nobody."""

    @component.output_types(replies=list[ChatMessage])
    def run(self, messages: list[ChatMessage], **more: Any) -> dict[str, Any]:
        raise ConnectionError("no way out")


# --- routers of a pipeline ---


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_condition_decides_about_the_next_call_of_the_run(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    pipeline = conditional(provider, AsyncPipeline if is_async else Pipeline)
    await run_pipeline(pipeline, {"by_length": {"question": QUESTION}}, is_async)
    assert seen(recorded) == EXPECTED["a condition sends a short question to the small model"]


async def test_a_condition_in_a_route_of_the_application_is_its_decision(recorded: Recorded, provider: Standin) -> None:
    with llmroute.route("support.reply"):
        conditional(provider).run({"by_length": {"question": QUESTION}})
    assert seen(recorded) == EXPECTED["a condition within a route of the application"]


async def test_a_condition_that_nothing_is_called_upon_opens_no_route(recorded: Recorded, provider: Standin) -> None:
    pipeline = Pipeline()
    pipeline.add_component("by_length", ConditionalRouter(CONDITIONS))
    pipeline.run({"by_length": {"question": QUESTION}})
    assert recorded.spans() == []


async def test_what_a_run_decided_is_not_for_a_call_after_it(recorded: Recorded, provider: Standin) -> None:
    pipeline = Pipeline()
    pipeline.add_component("by_length", ConditionalRouter(CONDITIONS))
    pipeline.run({"by_length": {"question": QUESTION}})
    Asking(provider, LUNA).run(question=QUESTION)
    (attempt,) = recorded.attempts()
    assert "llmroute.route.reason_detail" not in attempt


async def test_a_router_alone_decides_about_the_next_call(recorded: Recorded, provider: Standin) -> None:
    (chosen,) = ConditionalRouter(CONDITIONS).run(question=QUESTION)
    Asking(provider, LUNA if chosen == "short" else SOL).run(question=QUESTION)
    assert seen(recorded) == EXPECTED["a condition sends a short question to the small model"]


async def test_runs_at_once_do_not_mix_their_decisions(recorded: Recorded, provider: Standin) -> None:
    long = QUESTION + " I have looked in every menu that I could find and it is in none of them."
    pipelines = [conditional(provider, AsyncPipeline) for _ in range(4)]
    asked = [QUESTION, long, QUESTION, long]
    await asyncio.gather(
        *(one.run_async({"by_length": {"question": question}}) for one, question in zip(pipelines, asked, strict=True))
    )
    routes = seen(recorded)
    assert sorted((route["rule"], route["attempt"][0]["model"]) for route in routes) == [
        ("long", SOL),
        ("long", SOL),
        ("short", LUNA),
        ("short", LUNA),
    ]


def moderated(provider: Standin) -> LLMMessagesRouter:
    return LLMMessagesRouter(gpt(provider), output_names=["billing", "technical"], output_patterns=["BILL", "TECH"])


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_model_that_routes_is_paid_for_as_routing(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(Reply(json=openai_wire.chat("TECH", model=LUNA, usage=openai_wire.usage(120, 12))))
    router = moderated(provider)
    if is_async and not hasattr(router, "run_async"):
        pytest.skip("this version routes messages without async only")
    with llmroute.route("support.reply"):
        chosen = await router.run_async(asked()) if is_async else router.run(asked())
        assert "technical" in chosen
        await run(gpt(provider, SOL), is_async)
    assert seen(recorded) == EXPECTED["a model reads the messages and routes them"]
    assert [span.name for span in recorded.spans("decision")] == ["decide haystack"]


async def test_messages_that_match_nothing_take_the_default(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(json=openai_wire.chat("no idea", model=LUNA)))
    with llmroute.route("support.reply"):
        assert "unmatched" in moderated(provider).run(asked())
        await run(gpt(provider, SOL), False)
    (route,) = seen(recorded)
    assert (route["reason"], route["detail"], route.get("rule")) == ("default", "unmatched", None)


async def test_documents_are_routed_by_their_metadata(recorded: Recorded, provider: Standin) -> None:
    rules: Any = {"german": {"field": "meta.language", "operator": "==", "value": "de"}}
    MetadataRouter(rules=rules).run(documents=[Document(content="Hallo", meta={"language": "de"})])
    await run(gpt(provider), False)
    assert seen(recorded) == EXPECTED["documents are routed by their metadata"]


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.integers(),
    st.binary(),
    st.text(max_size=400),
    st.lists(st.text(max_size=40), max_size=80),
    st.sampled_from(
        ["'; DROP TABLE llm_calls; --", "Dear Sir, my password is hunter2", "x" * 10_000, "\x00\xff", "ünï"]
    ),
)


class Odd:
    """Something with whatever names it is given."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


def is_safe(said: str | None) -> bool:
    return said is None or (len(said) <= 513 and said.isascii() and " " not in said)


@given(HOSTILE)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_component_says_is_a_name_or_nothing(odd: Any) -> None:
    hashable = str(odd) if isinstance(odd, list) else odd
    said = adapter._condition({hashable: 1}, (Odd(routes=[{"output_name": odd}]),), {})
    assert is_safe(said.rule)
    assert all(map(is_safe, said.candidates))
    said = adapter._matched("metadata", [odd], [hashable])
    assert is_safe(said.rule)
    assert all(map(is_safe, said.candidates))
    assert is_safe(adapter.destination(Odd(model=odd)))


async def test_a_router_whose_routes_cannot_be_read_still_routes(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(adapter, "_output", lambda outputs: 1 / 0)
    assert "short" in ConditionalRouter(CONDITIONS).run(question=QUESTION)
    assert "Could not read what a router selected" in caplog.text
    caplog.clear()


async def test_variables_of_a_condition_may_have_any_name(recorded: Recorded) -> None:
    odd: Any = [{"condition": "{{call and router and args}}", "output": "{{self}}", "output_name": "a"}]
    odd[0]["output_type"] = str
    odd[0]["output"] = "{{work}}"
    assert ConditionalRouter(odd).run(call=1, router=1, args=1, work="w") == {"a": "w"}


async def test_between_runs_nothing_of_ours_is_current(recorded: Recorded, provider: Standin) -> None:
    conditional(provider).run({"by_length": {"question": QUESTION}})
    assert nothing_of_ours_is_current()
    assert not otel_context.get_current()


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    for kind in (FallbackChatGenerator, ConditionalRouter, LLMMessagesRouter, MetadataRouter, Pipeline):
        assert not hasattr(vars(kind)["run"], "_otel_llmroute")
