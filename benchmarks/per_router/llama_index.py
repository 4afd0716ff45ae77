"""LlamaIndex: a selector that asks nobody, then one call of the OpenAI SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call() -> Callable[[], object]:
    """One ``select`` and one ``chat.completions.create``."""
    from llama_index.core.base.base_selector import BaseSelector, MultiSelection, SingleSelection
    from llama_index.core.tools import ToolMetadata
    from per_call import provider

    create = provider.Provider().client().chat.completions.create
    choices = [ToolMetadata(name=name, description=name) for name in ("invoices", "exports")]

    class First(BaseSelector):
        def _get_prompts(self) -> Any:
            return {}

        def _update_prompts(self, prompts: Any) -> None:
            pass

        def _select(self, choices: Any, query: Any) -> MultiSelection:
            return MultiSelection(selections=[SingleSelection(index=0, reason="the first")])

        async def _aselect(self, choices: Any, query: Any) -> MultiSelection:
            return self._select(choices, query)

    selector = First()

    def routed() -> object:
        selector.select(choices, provider.QUESTION)
        return create(**provider.REQUEST)

    return routed
