"""A router of the app's own: rules first, a small model where they do not say, half of the rest on a cheaper model.

Without OPENAI_API_KEY it asks the bundled stand-in.
"""

import os
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

import openai

import otel_llmroute as llmroute

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=Standin().openai_url)

SMALL, LARGE, CHEAP = "openai/gpt-6-luna", "openai/gpt-6.1-sol", "openai/gpt-5-nano"


class Choice(NamedTuple):
    model: str
    reason: str
    experiment: str | None = None
    variant: str | None = None


def ask(model: str, question: str) -> str:
    return openai.OpenAI().responses.create(model=model.partition("/")[2], input=question).output_text


@llmroute.router(record=("plan",))
def pick(question: str, plan: str) -> Choice | str:
    """Where a question goes. What it returns is recorded, with the plan; the question is not."""
    if question.endswith("opening hours?"):
        return "retrieval"
    if plan == "enterprise":
        return Choice(LARGE, "customer_tier")
    if len(question) > 60 and "hard" in ask(SMALL, f"Answer with easy or hard: {question}"):
        return Choice(LARGE, "complexity")
    if zlib.crc32(question.encode()) % 2:
        return Choice(CHEAP, "experiment", "cheaper-answers", "nano")
    return Choice(SMALL, "default", "cheaper-answers", "luna")


def answer(question: str, plan: str) -> str:
    with llmroute.route("help.answer"):
        choice = pick(question, plan)
        if choice == "retrieval":
            return "From 9 to 17 o'clock."
        return ask(choice.model, question)


for plan, question in (
    ("free", "What are your opening hours?"),
    ("enterprise", "Where do I find my data export?"),
    ("free", "Where do I find my data export?"),
    ("free", "How do I change my password?"),
    ("free", "My invoice shows two seats, the page three, and my colleague sees none: which of them is right?"),
):
    print(f"{question} ({plan})\n  {answer(question, plan)}")
