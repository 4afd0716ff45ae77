"""LlamaIndex's engines that stream: a selector selects first, and the model is called when the tokens are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_selector import BaseSelector, MultiSelection, SingleSelection
from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.prompts import PromptTemplate
from llama_index.core.query_engine import RouterQueryEngine
from llama_index.core.schema import QueryBundle
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from llama_index.llms.openai import OpenAI
from standin import Reply, Standin, faults, openai_wire

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
IS_ASYNC: Final = (False, True)
SMALL: Final = "gpt-4o-mini"
LARGE: Final = "gpt-4o"
QUESTION: Final = "Where do I find my data export?"


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "help.answer"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def gpt(provider: Standin, model: str) -> OpenAI:
    usage = {"stream_options": {"include_usage": True}}
    return OpenAI(model=model, api_base=provider.openai_url, api_key="none", max_retries=0, additional_kwargs=usage)


class Streaming(BaseQueryEngine):
    """An engine whose answer is the tokens of a model."""

    def __init__(self, llm: OpenAI) -> None:
        super().__init__(None)
        self._llm = llm

    def _get_prompt_modules(self) -> Any:
        return {}

    def _query(self, query_bundle: QueryBundle) -> StreamingResponse:
        return StreamingResponse(self._llm.stream(PromptTemplate("{q}"), q=query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> AsyncStreamingResponse:
        return AsyncStreamingResponse(await self._llm.astream(PromptTemplate("{q}"), q=query_bundle.query_str))


class Second(BaseSelector):
    """A selector that asks nobody."""

    def _get_prompts(self) -> Any:
        return {}

    def _update_prompts(self, prompts: Any) -> None:
        pass

    def _select(self, choices: Any, query: Any) -> MultiSelection:
        return MultiSelection(selections=[SingleSelection(index=1, reason="the second")])

    async def _aselect(self, choices: Any, query: Any) -> MultiSelection:
        return self._select(choices, query)


def engine(provider: Standin, selector: BaseSelector) -> RouterQueryEngine:
    tools = [
        QueryEngineTool.from_defaults(Streaming(gpt(provider, model)), name=name, description=f"Questions about {name}")
        for name, model in (("invoices", SMALL), ("exports", LARGE))
    ]
    return RouterQueryEngine(selector, tools, llm=gpt(provider, SMALL))


async def tokens(router: RouterQueryEngine, is_async: bool, most: int = 1000) -> int:
    """How many of the first ``most`` tokens came; the stream is closed then."""
    count = 0
    if is_async:
        async_answer: Any = await router.aquery(QUESTION)
        async_stream = async_answer.response_gen
        async for _ in async_stream:
            assert nothing_of_ours_is_current()
            count += 1
            if count == most:
                break
        await async_stream.aclose()
        return count
    answer: Any = router.query(QUESTION)
    stream = answer.response_gen
    for _ in stream:
        assert nothing_of_ours_is_current()
        count += 1
        if count == most:
            break
    stream.close()
    return count


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_streamed_answer_is_of_the_route_that_was_selected(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    said = '[{"choice": 2, "reason": "data"}]'
    provider.script(Reply(json=openai_wire.chat(said, model=SMALL, usage=openai_wire.usage(120, 12))))
    selector = LLMSingleSelector.from_defaults(llm=gpt(provider, SMALL))
    assert await tokens(engine(provider, selector), is_async) > 1
    assert seen(recorded) == EXPECTED["a model selects an engine that streams"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_stream_left_half_way_keeps_what_was_selected(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    assert await tokens(engine(provider, Second()), is_async, most=1) == 1
    for _ in range(1000):  # the event loop closes what was dropped within the library
        collect()
        if recorded.attempts():
            break
        await asyncio.sleep(0.01)
    (route,) = seen(recorded)
    assert (route["rule"], route["reason"], route["outcome"]) == ("exports", "task_class", "success")
    (attempt,) = route["attempt"]
    assert (attempt["outcome"], attempt["model"]) == ("abandoned", LARGE)


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_stream_that_is_refused_ends_its_route_in_error(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(faults.openai_rate_limit())
    with pytest.raises(Exception, match="Rate limit"):
        await tokens(engine(provider, Second()), is_async)
    (route,) = seen(recorded)
    assert (route["rule"], route["outcome"]) == ("exports", "error")
    assert [attempt["outcome"] for attempt in route["attempt"]] == ["failed"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_stream_read_in_a_route_of_the_application_is_its_attempt(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    async with llmroute.route("support.reply"):
        router = engine(provider, Second())
        if is_async:
            async_answer: Any = await router.aquery(QUESTION)
            assert [token async for token in async_answer.response_gen]
        else:
            answer: Any = router.query(QUESTION)
            assert list(answer.response_gen)
    (route,) = seen(recorded)
    assert (route["route"], route["rule"], route["attempt_count"]) == ("support.reply", "exports", 1)
    assert route["attempt"][0]["outcome"] == "accepted"


async def test_a_stream_that_is_never_read_calls_nobody(recorded: Recorded, provider: Standin) -> None:
    answer: Any = engine(provider, Second()).query(QUESTION)
    answer.response_gen.close()
    assert seen(recorded) == []
