"""LangGraph: an edge sends a question to the model that fits it. `llmroute.toml` beside this file names the edge.

    LLMROUTE_CONFIG=examples/langgraph/llmroute.toml llmroute run -- python examples/langgraph/app.py

Without OPENAI_API_KEY it asks the bundled stand-in.
"""

import os
import sys
from pathlib import Path
from typing import Any, TypedDict

import openai
from langgraph.graph import END, START, StateGraph

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=Standin().openai_url)


class Question(TypedDict):
    text: str
    answer: str


def answered_by(model: str) -> Any:
    def node(question: Question) -> dict[str, str]:
        messages: Any = [{"role": "user", "content": question["text"]}]
        reply = openai.OpenAI().chat.completions.create(model=model, messages=messages)
        return {"answer": reply.choices[0].message.content or ""}

    return node


nodes = StateGraph(Question)
nodes.add_node("triage", lambda question: {})
nodes.add_node("simple", answered_by("gpt-6-luna"))
nodes.add_node("code", answered_by("gpt-6-sol"))
nodes.add_edge(START, "triage")
nodes.add_conditional_edges(
    "triage", lambda question: "code" if "code" in question["text"] else "simple", ["simple", "code"]
)
nodes.add_edge("simple", END)
nodes.add_edge("code", END)
graph = nodes.compile()

for text in ("Where do I find my data export?", "What does this code do?"):
    print(graph.invoke({"text": text, "answer": ""})["answer"])
