"""Pipelines with a router, and a step of the application's own that asks a model."""

from __future__ import annotations

from typing import Any, Final

import openai
from haystack import Pipeline, component
from haystack.components.routers import ConditionalRouter
from standin import Standin

from tests.app.conftest import Recorded, collect
from tests.routers.scenarios import recorded_routes

try:
    from haystack import AsyncPipeline
except ImportError:  # from 3.0 a pipeline is both
    AsyncPipeline = Pipeline  # type: ignore[assignment,misc]

LUNA: Final = "gpt-6-luna"
SOL: Final = "gpt-6-sol"
QUESTION: Final = "Where do I find my data export?"
CONDITIONS: Final = [
    {"condition": "{{question|length > 60}}", "output": "{{question}}", "output_name": "long", "output_type": str},
    {"condition": "{{True}}", "output": "{{question}}", "output_name": "short", "output_type": str},
]


@component
class Asking:
    """The application's own step, which asks a model."""

    def __init__(self, provider: Standin, model: str) -> None:
        self._client = openai.OpenAI(base_url=provider.openai_url, api_key="none", max_retries=0)
        self._model = model

    @component.output_types(text=str)
    def run(self, question: str) -> dict[str, Any]:
        messages: Any = [{"role": "user", "content": question}]
        answer = self._client.chat.completions.create(model=self._model, messages=messages)
        return {"text": answer.choices[0].message.content}


Asking.run.__annotations__["question"] = str  # before 3.0 the library takes no annotation that is a text


def conditional(provider: Standin, kind: Any = Pipeline) -> Any:
    pipeline = kind()
    pipeline.add_component("by_length", ConditionalRouter(CONDITIONS))
    pipeline.add_component("luna", Asking(provider, LUNA))
    pipeline.add_component("sol", Asking(provider, SOL))
    pipeline.connect("by_length.short", "luna.question")
    pipeline.connect("by_length.long", "sol.question")
    return pipeline


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    """What was recorded so far, as ``expected.toml`` has it."""
    collect()
    return recorded_routes(recorded.spans())
