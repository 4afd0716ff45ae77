"""Conditional edges of LangGraph that the configuration names, by graphs whose nodes call the real OpenAI SDK."""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypedDict

import openai
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.graph import END, START, StateGraph
from langgraph.graph._branch import BranchSpec
from langgraph.pregel import _runner
from langgraph.types import Command, Send
from opentelemetry import context as otel_context
from standin import Standin, faults

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app.routers import langgraph as adapter
from tests.app.conftest import Recorded, collect
from tests.app.watching import a_quiet_log, nothing_of_ours_is_current
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
LUNA: Final = "gpt-6-luna"
SOL: Final = "gpt-6-sol"
BILL: Final[Any] = {"text": "Where is my bill?"}
EXPORT: Final[Any] = {"text": "Where is my export?"}
RULES: Final = """
[[routes]]
name = "support.reply"
edge = "triage:*"
task = "answer"
"""


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The edges of ``triage`` are named; read when ``recorded`` switches on."""
    file = tmp_path / "routes.toml"
    file.write_text(RULES)
    monkeypatch.setenv("LLMROUTE_CONFIG", str(file))
    return file


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


class State(TypedDict):
    """What a question is."""

    text: str


def asking(provider: Standin, model: str) -> Callable[[State], Any]:
    """A node that asks ``model``."""
    client = openai.OpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)

    def node(state: State) -> Any:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": state["text"]}])
        return {}

    return node


def by_text(state: State) -> str:
    return "billing" if "bill" in state["text"] else "other"


def graph(provider: Standin, path: Callable[[State], Any] = by_text, ends: Any = ("billing", "other")) -> Any:
    """``triage``, which asks no model, and an edge from there to ``billing`` or ``other``."""
    nodes = StateGraph(State)
    nodes.add_node("triage", lambda state: {})
    nodes.add_node("billing", asking(provider, SOL))
    nodes.add_node("other", asking(provider, LUNA))
    nodes.add_edge(START, "triage")
    nodes.add_conditional_edges("triage", path, list(ends))
    nodes.add_edge("billing", END)
    nodes.add_edge("other", END)
    return nodes.compile()


def invoke(graph: Any, state: Any) -> None:
    graph.invoke(state)


def ainvoke(graph: Any, state: Any) -> None:
    asyncio.run(graph.ainvoke(state))


def stream(graph: Any, state: Any) -> None:
    for _ in graph.stream(state):
        assert nothing_of_ours_is_current()
        assert not otel_context.get_current()


def astream(graph: Any, state: Any) -> None:
    async def read() -> None:
        async for _ in graph.astream(state):
            assert nothing_of_ours_is_current()

    asyncio.run(read())


WAYS: Final = (invoke, ainvoke, stream, astream)
Way = Callable[[Any, Any], None]


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


# --- edges that are named ---


@pytest.mark.parametrize("way", WAYS)
def test_an_edge_that_is_named_is_a_decision(recorded: Recorded, provider: Standin, way: Way) -> None:
    way(graph(provider), BILL)
    way(graph(provider), EXPORT)
    assert seen(recorded) == EXPECTED["an edge that the configuration names, taken twice"]


@pytest.mark.parametrize("way", WAYS)
def test_each_node_that_is_sent_to_is_a_route(recorded: Recorded, provider: Standin, way: Way) -> None:
    def to_both(state: State) -> Any:
        return [Send("billing", state), Send("billing", state)]

    way(graph(provider, to_both), BILL)
    assert seen(recorded) == EXPECTED["an edge that sends one node two requests"]


def test_an_edge_that_ends_the_graph_leads_nowhere(recorded: Recorded, provider: Standin) -> None:
    invoke(graph(provider, lambda state: END, ("billing", END)), BILL)
    assert seen(recorded) == []


def test_a_node_that_is_retried_is_one_route(recorded: Recorded, provider: Standin) -> None:
    from langgraph.types import RetryPolicy

    provider.script(faults.openai_server_error(retry_after_ms=None))
    nodes = StateGraph(State)
    nodes.add_node("triage", lambda state: {})
    again = RetryPolicy(initial_interval=0.01, retry_on=openai.InternalServerError)
    nodes.add_node("billing", asking(provider, SOL), retry_policy=again)
    nodes.add_edge(START, "triage")
    nodes.add_conditional_edges("triage", by_text, ["billing"])
    invoke(nodes.compile(), BILL)
    assert seen(recorded) == EXPECTED["the node that an edge leads to is retried"]


def test_an_edge_in_a_route_of_the_application_enriches_it(recorded: Recorded, provider: Standin) -> None:
    with llmroute.route("inbox"):
        invoke(graph(provider), BILL)
    assert seen(recorded) == EXPECTED["an edge within a route of the application"]


def test_a_reason_that_the_rule_gives_is_the_reason(rules: Path, provider: Standin, request: Any) -> None:
    rules.write_text(RULES + 'reason = "complexity"\n')
    recorded: Recorded = request.getfixturevalue("recorded")
    invoke(graph(provider), BILL)
    (route,) = seen(recorded)
    assert (route["reason"], route["rule"]) == ("complexity", "support.reply")


# --- edges that are not ---


def test_an_edge_that_is_not_named_is_not_recorded(rules: Path, provider: Standin, request: Any) -> None:
    rules.write_text(RULES.replace("triage", "elsewhere"))
    recorded: Recorded = request.getfixturevalue("recorded")
    invoke(graph(provider), BILL)
    assert recorded.spans("route") == []
    assert len(recorded.attempts()) == 1


def test_without_rules_nothing_is_kept_of_a_graph(rules: Path, provider: Standin, request: Any) -> None:
    rules.write_text("")
    recorded: Recorded = request.getfixturevalue("recorded")
    before = len(adapter._DECISIONS._made)
    invoke(graph(provider), BILL)
    assert len(adapter._DECISIONS._made) == before
    assert recorded.spans("route") == []


def test_a_command_passes_the_edges_by(recorded: Recorded, provider: Standin) -> None:
    def jump(state: State) -> Command[Any]:
        return Command(goto="billing")

    nodes = StateGraph(State)
    nodes.add_node("triage", jump, destinations=("billing",))
    nodes.add_node("billing", asking(provider, SOL))
    nodes.add_edge(START, "triage")
    invoke(nodes.compile(), BILL)
    assert recorded.spans("route") == []
    assert len(recorded.attempts()) == 1


def test_a_deferred_node_is_no_decision(recorded: Recorded, provider: Standin) -> None:
    nodes = StateGraph(State)
    nodes.add_node("triage", lambda state: {})
    nodes.add_node("billing", asking(provider, SOL))
    nodes.add_node("late", asking(provider, LUNA), defer=True)
    nodes.add_edge(START, "triage")
    nodes.add_conditional_edges("triage", lambda state: ["billing", "late"], ["billing", "late"])
    nodes.compile().invoke(BILL)
    decided, plain = seen(recorded)
    assert decided["rule"] == "triage:billing"
    assert [attempt["model"] for attempt in plain["attempt"]] == [LUNA]


def test_the_same_node_reached_later_by_a_plain_edge_is_no_decision(recorded: Recorded, provider: Standin) -> None:
    nodes = StateGraph(State)
    nodes.add_node("triage", lambda state: {})
    nodes.add_node("other", asking(provider, LUNA))
    nodes.add_node("again", lambda state: {})
    nodes.add_edge(START, "triage")
    nodes.add_conditional_edges("triage", lambda state: "other", ["other"])
    nodes.add_conditional_edges("other", lambda state: END if len(provider.requests) > 1 else "again", ["again", END])
    nodes.add_edge("again", "other")
    invoke(nodes.compile(), EXPORT)
    assert len(recorded.spans("route")) == 1
    assert len(recorded.attempts()) == 2


# --- whatever it is told ---

HOSTILE: Final = st.one_of(
    st.none(),
    st.integers(),
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


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_an_edge_says_is_a_name_or_nothing(recorded: Recorded, source: Any, target: Any, end: Any) -> None:
    with adapter._Node(("run", 1, f"triage:{source}")):
        adapter._remember(Odd(ends={"x": end}), [target])
    for decided in adapter._DECISIONS._made.values():
        for said in (decided.signals.rule, *decided.signals.candidates):
            assert said is None or (len(said) <= 256 and said.isascii() and " " not in said)


def test_decisions_whose_nodes_never_run_are_forgotten() -> None:
    decisions = adapter._Decisions()
    for step in range(3000):
        decisions.add(("run", step, "node"), None)  # type: ignore[arg-type]
    assert len(decisions._made) == 1024


def test_switched_off_nothing_of_ours_is_left(recorded: Recorded) -> None:
    LLMRouteInstrumentor().uninstrument()
    assert not hasattr(vars(BranchSpec)["_finish"], "_otel_llmroute")
    assert not hasattr(_runner.run_with_retry, "_otel_llmroute")


# --- the example ---


def test_the_example_answers(
    rules: Path, request: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(__file__).parents[3] / "examples" / "langgraph"
    rules.write_text((folder / "llmroute.toml").read_text())
    recorded: Recorded = request.getfixturevalue("recorded")
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(sys, "path", [*sys.path])
    runpy.run_path(str(folder / "app.py"))
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert [route["rule"] for route in seen(recorded)] == ["triage:simple", "triage:code"]
