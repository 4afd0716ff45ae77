"""Enrich mode where something decides: the application's own router, or one that we are hooked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased

import otel_llmroute as llmroute
from otel_llmroute import names
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.selecting import selecting
from otel_llmroute.app.routers.signals import Signals, causes
from tests.app.conftest import Recorded, record

ASKED: Final = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-5-mini"}
USED: Final = {"gen_ai.usage.input_tokens": 5_100, "gen_ai.usage.output_tokens": 50}
SAID: Final = Signals("semantic_router", causes("route"), rule="billing", candidates=("billing", "exports"), score=0.75)
SELECTED: Final = {
    names.ROUTE_ROUTER: "semantic_router",
    names.ROUTE_REASON: "task_class",
    names.ROUTE_REASON_DETAIL: "route",
    names.ROUTE_RULE: "billing",
    names.ROUTE_CANDIDATES: ("billing", "exports"),
    names.ROUTE_SCORE: 0.75,
}
Ask = Callable[..., None]


@pytest.fixture
def enriched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Recorded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    yield from record()


@pytest.fixture
def ask(enriched: Recorded) -> Ask:
    return asking(enriched)


def asking(recorded: Recorded) -> Ask:
    """Makes a call of a model, whose span is another instrumentation's."""
    writer = recorded.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")

    def ask(operation: str = "chat") -> None:
        begun = {**ASKED, names.OPERATION_NAME: operation}
        with writer.start_as_current_span(f"{operation} gpt-5-mini", attributes=begun) as span:
            span.set_attributes(USED)

    return ask


def said(attributes: Any, wanted: Any) -> dict[str, Any]:
    """Those of ``attributes`` that have a name in ``wanted``."""
    return {name: attributes[name] for name in wanted if name in attributes}


def selected(make: Callable[[], None]) -> None:
    """A router at work, which does ``make`` to find out and says ``SAID``."""
    selecting("semantic_router", lambda result, args, kwargs: SAID)(make)()


def test_what_a_router_selected_is_said_of_the_call_that_comes_next(enriched: Recorded, ask: Ask) -> None:
    selected(lambda: None)
    ask()
    ask()
    first, second = enriched.attempts()
    assert said(first, SELECTED) == SELECTED
    assert said(second, SELECTED) == {names.ROUTE_REASON: "explicit"}
    assert enriched.spans("route") == enriched.spans("decision") == []


def test_a_call_made_to_decide_is_paid_for_as_routing_and_has_a_decision_around_it(
    enriched: Recorded, ask: Ask
) -> None:
    selected(lambda: ask("embeddings"))
    ask()
    deciding, answering = enriched.attempts()
    assert (deciding[names.PURPOSE], answering[names.PURPOSE]) == ("routing", "answer")
    assert said(deciding, SELECTED) == {names.ROUTE_REASON: "explicit"}
    assert said(answering, SELECTED) == SELECTED
    (decision,) = enriched.spans("decision")
    assert decision.name == "decide semantic_router"
    assert said(decision.attributes, SELECTED) == SELECTED


def test_an_embedding_is_not_what_a_router_of_models_decided_about(enriched: Recorded, ask: Ask) -> None:
    selected(lambda: None)
    ask("embeddings")
    ask()
    embedding, answer = enriched.attempts()
    assert names.ROUTE_ROUTER not in embedding
    assert said(answer, SELECTED) == SELECTED


def test_a_decision_of_the_application_is_said_of_the_call_that_comes_next(enriched: Recorded, ask: Ask) -> None:
    @llmroute.router(record=("plan",))
    def pick(plan: str) -> dict[str, Any]:
        ask()
        return {"model": "openai/gpt-5-mini", "reason": "cost", "score": 0.25}

    pick("pro")
    ask()
    expected = {
        names.ROUTE_ROUTER: "app",
        names.ROUTE_REASON: "cost",
        names.ROUTE_RULE: "pick",
        names.ROUTE_SELECTED_PROVIDER: "openai",
        names.ROUTE_SELECTED_MODEL: "gpt-5-mini",
        names.ROUTE_SCORE: 0.25,
        "llmroute.decision.input.plan": "pro",
    }
    deciding, answering = enriched.attempts()
    assert (deciding[names.PURPOSE], answering[names.PURPOSE]) == ("routing", "answer")
    assert said(answering, expected) == expected
    (decision,) = enriched.spans("decision")
    assert said(decision.attributes, expected) == {**expected}


def test_in_a_route_a_decision_is_said_of_the_route_and_of_what_comes_after_it(enriched: Recorded, ask: Ask) -> None:
    with llmroute.route("help.answer"):
        selected(partial(ask, "embeddings"))
        ask()
    deciding, answering = enriched.attempts()
    shared = [names.ROUTE_ROUTER, names.ROUTE_REASON, names.ROUTE_RULE]
    assert said(answering, shared) == {name: SELECTED[name] for name in shared}
    assert said(deciding, shared) == {names.ROUTE_ROUTER: "app", names.ROUTE_REASON: "explicit"}
    (route,) = enriched.spans("route")
    assert said(route.attributes, SELECTED) == SELECTED
    (decision,) = enriched.spans("decision")
    assert decision.parent is not None
    assert route.context is not None
    assert decision.parent.span_id == route.context.span_id


def test_calls_within_a_router_are_the_attempts_of_its_route(enriched: Recorded, ask: Ask) -> None:
    with Routed(Signals("langchain", causes("fallbacks"), route="support.chain", requested_model="gpt-5-mini")):
        ask()
        ask()
    numbers = [(attempt[names.ROUTE_NAME], attempt[names.ATTEMPT_NUMBER]) for attempt in enriched.attempts()]
    assert numbers == [("support.chain", 1), ("support.chain", 2)]
    (route,) = enriched.spans("route")
    assert said(route.attributes, (names.ROUTE_ROUTER, names.ROUTE_SOURCE, names.ROUTE_ATTEMPT_COUNT)) == {
        names.ROUTE_ROUTER: "langchain",
        names.ROUTE_SOURCE: "router",
        names.ROUTE_ATTEMPT_COUNT: 2,
    }


def test_a_decision_in_a_dropped_trace_is_kept_with_what_was_paid_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLMROUTE_MODE", "enrich")
    for recorded in record(ParentBased(ALWAYS_OFF)):
        ask = asking(recorded)
        selected(partial(ask, "embeddings"))
        ask()
        assert [span.name for span in recorded.spans()] == [
            "embeddings gpt-5-mini",
            "decide semantic_router",
            "chat gpt-5-mini",
        ]
        assert all((span.attributes or {})[names.SAMPLING_KEPT] for span in recorded.spans())


def test_what_two_instrumentations_tell_of_one_call_takes_a_decision_once(enriched: Recorded) -> None:
    selected(lambda: None)
    outer = enriched.tracer_provider.get_tracer("openlit.instrumentation.openai")
    inner = enriched.tracer_provider.get_tracer("openinference.instrumentation.openai")
    begun = {**ASKED, **USED, names.OPERATION_NAME: "chat"}
    with outer.start_as_current_span("chat", attributes=begun), inner.start_as_current_span("chat", attributes=begun):
        pass
    (attempt,) = enriched.attempts()
    assert said(attempt, SELECTED) == SELECTED
    asking(enriched)()
    assert said(enriched.attempts()[-1], SELECTED) == {names.ROUTE_REASON: "explicit"}
