"""semantic-router says what a question is about, the application calls the model for that.

Without OPENAI_API_KEY it asks the bundled stand-in.
"""

import os
import sys
from pathlib import Path
from typing import Any

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=Standin().openai_url)

import openai
from semantic_router import Route
from semantic_router.encoders import DenseEncoder
from semantic_router.routers import IndexedRouter

MODELS = {"billing": "gpt-6-luna", "data": "gpt-6-sol", None: "gpt-5-nano"}
WORDS = ("invoice", "export", "password")


class Words(DenseEncoder):
    """Which words a text has: an encoder that needs no model. Use one of the library's."""

    def __call__(self, docs: list[Any]) -> list[list[float]]:
        return [[float(word in str(text).lower()) for word in WORDS] for text in docs]

    async def acall(self, docs: list[Any]) -> list[list[float]]:
        return self(docs)


router = IndexedRouter(
    encoder=Words(name="words"),
    routes=[Route(name="billing", utterances=["my invoice"]), Route(name="data", utterances=["an export"])],
    confidence_threshold=0.5,
)
for question in ("Where is my invoice?", "Where do I find my data export?", "Good morning"):
    model = MODELS[router(question).name]
    answer = openai.OpenAI().responses.create(model=model, input=question)
    print(f"{question}\n  {answer.output_text}")
