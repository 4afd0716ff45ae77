"""The smallest app: one question, one answer. Without OPENAI_API_KEY it asks the bundled stand-in."""

import os
import sys
from pathlib import Path

import openai

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin

    print("no OPENAI_API_KEY: the answer comes from the bundled stand-in", file=sys.stderr)
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=Standin().openai_url)


def ask(question: str) -> str:
    answer = openai.OpenAI().responses.create(model="gpt-6-luna", input=question)
    return answer.output_text


print(ask("Where do I find my data export?"))
