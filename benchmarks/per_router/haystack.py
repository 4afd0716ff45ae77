"""Haystack: a ``ConditionalRouter`` in a pipeline, whose choice asks the OpenAI SDK."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any


def call() -> Callable[[], object]:
    """One run of a pipeline of a router and a step that makes one ``chat.completions.create``."""
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when it is imported
    from haystack import Pipeline, component
    from haystack.components.routers import ConditionalRouter
    from per_call import provider

    create = provider.Provider().client().chat.completions.create

    @component
    class Asking:
        @component.output_types(answer=object)
        def run(self, question: str) -> dict[str, Any]:
            return {"answer": create(**provider.REQUEST)}

    pipeline = Pipeline()
    always = {"condition": "{{True}}", "output": "{{question}}", "output_name": "short", "output_type": str}
    pipeline.add_component("router", ConditionalRouter([always]))  # type: ignore[list-item]
    pipeline.add_component("asking", Asking())
    pipeline.connect("router.short", "asking.question")
    return lambda: pipeline.run({"router": {"question": provider.QUESTION}})
