"""LlamaIndex's selectors and the query engines that use them, by the real OpenAI SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_selector import BaseSelector, MultiSelection, SingleSelection
from llama_index.core.base.response.schema import Response
from llama_index.core.prompts import PromptTemplate
from llama_index.core.query_engine import RouterQueryEngine
from llama_index.core.schema import QueryBundle
from llama_index.core.selectors import EmbeddingSingleSelector, LLMMultiSelector, LLMSingleSelector
from llama_index.core.tools import QueryEngineTool, ToolMetadata
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from opentelemetry import context as otel_context
from standin import Reply, Standin, faults, openai_wire

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import llama_index as adapter
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.cancelling import cancel_during_its_call
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
SMALL: Final = "gpt-4o-mini"
LARGE: Final = "gpt-4o"
QUESTION: Final = "Where do I find my data export?"
WHY: Final = "The user asks: Where do I find my data export?"
IS_ASYNC: Final = (False, True)


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "help.answer"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


def gpt(provider: Standin, model: str = SMALL) -> OpenAI:
    return OpenAI(model=model, api_base=provider.openai_url, api_key="none", max_retries=0)


class Asking(BaseQueryEngine):
    """An engine that asks a model."""

    def __init__(self, llm: OpenAI) -> None:
        super().__init__(None)
        self._llm = llm

    def _get_prompt_modules(self) -> Any:
        return {}

    def _query(self, query_bundle: QueryBundle) -> Response:
        return Response(self._llm.predict(PromptTemplate("{q}"), q=query_bundle.query_str))

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return Response(await self._llm.apredict(PromptTemplate("{q}"), q=query_bundle.query_str))


def tools(provider: Standin) -> list[QueryEngineTool]:
    return [
        QueryEngineTool.from_defaults(Asking(gpt(provider)), name="invoices", description="Questions about invoices"),
        QueryEngineTool.from_defaults(Asking(gpt(provider, LARGE)), name="exports", description="Questions about data"),
    ]


def selection(*choices: int) -> Reply:
    said = json.dumps([{"choice": choice, "reason": WHY} for choice in choices])
    return Reply(json=openai_wire.chat(said, model=SMALL, usage=openai_wire.usage(120, 12)))


def engine(provider: Standin, selector: BaseSelector) -> RouterQueryEngine:
    return RouterQueryEngine(selector, tools(provider), llm=gpt(provider))


async def query(router: RouterQueryEngine, is_async: bool) -> None:
    assert str(await router.aquery(QUESTION) if is_async else router.query(QUESTION))


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_model_that_selects_is_paid_for_as_routing(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(selection(2))
    with llmroute.route("support.reply"):
        await query(engine(provider, LLMSingleSelector.from_defaults(llm=gpt(provider))), is_async)
    assert seen(recorded) == EXPECTED["a model selects an engine within a route of the application"]
    assert [span.name for span in recorded.spans("decision")] == ["decide llama_index"]


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_outside_of_a_route_a_selection_is_about_the_next_call(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    provider.script(selection(2))
    await query(engine(provider, LLMSingleSelector.from_defaults(llm=gpt(provider))), is_async)
    assert seen(recorded) == EXPECTED["a model selects an engine outside of any route"]


async def test_several_engines_may_be_selected(recorded: Recorded, provider: Standin) -> None:
    provider.script(selection(1, 2))
    with llmroute.route("support.reply"):
        await query(engine(provider, LLMMultiSelector.from_defaults(llm=gpt(provider))), False)
    (route,) = seen(recorded)
    assert route["rule"] == "invoices+exports"
    assert [attempt.get("purpose") for attempt in route["attempt"]] == ["routing", None, None, None]
    assert route["fallback_used"] is False


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_the_embeddings_of_a_selector_are_paid_for_as_routing(
    recorded: Recorded, provider: Standin, is_async: bool
) -> None:
    embedding = OpenAIEmbedding(api_base=provider.openai_url, api_key="none", max_retries=0)
    with llmroute.route("support.reply"):
        await query(engine(provider, EmbeddingSingleSelector.from_defaults(embed_model=embedding)), is_async)
    (route,) = seen(recorded)
    assert (route["reason"], route["detail"], route["candidates"]) == (
        "task_class",
        "selector",
        ["invoices", "exports"],
    )
    assert [attempt.get("purpose") for attempt in route["attempt"]] == ["routing"] * 3 + [None]


async def test_a_selection_that_nothing_is_called_upon_opens_no_route(recorded: Recorded) -> None:
    assert Fixed(MultiSelection(selections=[SingleSelection(index=0, reason=WHY)])).select(["a", "b"], QUESTION)
    assert recorded.spans() == []


async def test_choices_without_names_are_counted(recorded: Recorded) -> None:
    with llmroute.route("support.reply"):
        Fixed(MultiSelection(selections=[SingleSelection(index=1, reason=WHY)])).select(["a", "b"], QUESTION)
    (route,) = seen(recorded)
    assert (route["rule"], route["candidates"]) == ("choice:2", ["choice:1", "choice:2"])


async def test_the_reason_of_a_selection_is_kept_only_if_asked_for(
    recorded: Recorded, provider: Standin, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = MultiSelection(selections=[SingleSelection(index=0, reason=WHY)])
    with llmroute.route("support.reply"):
        Fixed(made).select(["a", "b"], QUESTION)
    assert seen(recorded)[0]["detail"] == "selector"
    recorded.exporter.clear()
    LLMRouteInstrumentor().uninstrument()
    monkeypatch.setenv("LLMROUTE_ROUTER_TEXT", "true")
    LLMRouteInstrumentor().instrument(tracer_provider=recorded.tracer_provider)
    with llmroute.route("support.reply"):
        Fixed(made).select(["a", "b"], QUESTION)
    (route,) = seen(recorded)
    assert (route["reason"], route["detail"]) == ("task_class", WHY)


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_selector_that_fails_is_no_fallback(recorded: Recorded, provider: Standin, is_async: bool) -> None:
    provider.script(faults.openai_rate_limit())
    selector = LLMSingleSelector.from_defaults(llm=gpt(provider))
    with llmroute.route("support.reply"):
        with pytest.raises(Exception, match="Rate limit"):
            await query(engine(provider, selector), is_async)
        await query(
            engine(provider, Fixed(MultiSelection(selections=[SingleSelection(index=1, reason=WHY)]))), is_async
        )
    assert seen(recorded) == EXPECTED["the model that selects fails, the application selects another way"]


async def test_a_cancelled_selection_ends_its_attempt_as_cancelled(recorded: Recorded, provider: Standin) -> None:
    provider.script(Reply(delay=30))
    selector = LLMSingleSelector.from_defaults(llm=gpt(provider))
    await cancel_during_its_call(provider, selector.aselect(["a", "b"], QUESTION))
    (attempt,) = recorded.attempts()
    assert (attempt["llmroute.attempt.outcome"], attempt["llmroute.purpose"]) == ("cancelled", "routing")


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.integers(),
    st.binary(),
    st.booleans(),
    st.text(max_size=400),
    st.sampled_from(
        ["'; DROP TABLE llm_calls; --", "Dear Sir, my password is hunter2", "x" * 10_000, "\x00\xff", "ünï"]
    ),
)


class Fixed(BaseSelector):
    """A selector that has made up its mind."""

    def __init__(self, made: Any) -> None:
        self._made = made

    def _get_prompts(self) -> Any:
        return {}

    def _update_prompts(self, prompts: Any) -> None:
        pass

    def _select(self, choices: Any, query: Any) -> Any:
        return self._made

    async def _aselect(self, choices: Any, query: Any) -> Any:
        return self._made


class Odd:
    """Something with whatever names it is given."""

    def __init__(self, **said: Any) -> None:
        self.__dict__.update(said)


@given(HOSTILE, HOSTILE)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_selector_says_is_a_name_or_nothing(index: Any, called: Any) -> None:
    choices = [Odd(name=called), ToolMetadata(name="b", description="b")]
    said = adapter._heard(Odd(selections=[Odd(index=index, reason=called)]), (None, choices, QUESTION), {})
    assert said is not None
    for value in (said.rule, *said.candidates):
        assert value is None or (len(value) <= 256 and value.isascii() and " " not in value)
    assert said.text is None


@pytest.mark.parametrize("made", [None, Odd(selections=None), Odd(selections=[Odd()]), MultiSelection(selections=[])])
async def test_a_selection_that_cannot_be_read_is_returned_all_the_same(
    recorded: Recorded, made: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert Fixed(made).select(["a", "b"], QUESTION) is made
    assert await Fixed(made).aselect(["a", "b"], QUESTION) is made
    assert nothing_of_ours_is_current()
    assert not otel_context.get_current()
    assert all("Could not read what a router selected" in record.message for record in caplog.records)
    caplog.clear()


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    for method in ("select", "aselect"):
        assert not hasattr(vars(BaseSelector)[method], "_otel_llmroute")
