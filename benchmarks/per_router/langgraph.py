"""LangGraph: a graph whose conditional edge the configuration names, and leads to a node with one call."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def call() -> Callable[[], object]:
    """One ``invoke`` of the graph."""
    from langgraph.graph import END, START, StateGraph
    from per_call import provider

    create = provider.Provider().client().chat.completions.create

    def answer(state: Any) -> Any:
        create(**provider.REQUEST)
        return {}

    _name_the_edge()
    nodes = StateGraph(dict)
    nodes.add_node("triage", lambda state: {})
    nodes.add_node("answer", answer)
    nodes.add_edge(START, "triage")
    nodes.add_conditional_edges("triage", lambda state: "answer", ["answer", END])
    graph = nodes.compile()
    return lambda: graph.invoke({})


def _name_the_edge() -> None:
    """In the configuration, which is read when the instrumentor is switched on."""
    from otel_llmroute import LLMRouteInstrumentor

    file = Path(tempfile.mkdtemp()) / "llmroute.toml"
    file.write_text('[[routes]]\nname = "support.reply"\nedge = "triage:*"\n')
    os.environ["LLMROUTE_CONFIG"] = str(file)
    LLMRouteInstrumentor().uninstrument()
    LLMRouteInstrumentor().instrument()
