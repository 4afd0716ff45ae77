"""semantic-router with an encoder that asks nobody, then one call of the OpenAI SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def call() -> Callable[[], object]:
    """One call of an ``IndexedRouter`` and one ``chat.completions.create``."""
    from per_call import provider
    from semantic_router import Route
    from semantic_router.encoders import DenseEncoder
    from semantic_router.routers import IndexedRouter

    create = provider.Provider().client().chat.completions.create

    class Alike(DenseEncoder):
        def __call__(self, docs: list[Any]) -> list[list[float]]:
            return [[1.0, 0.0]] * len(docs)

        async def acall(self, docs: list[Any]) -> list[list[float]]:
            return self(docs)

    router = IndexedRouter(Alike(name="alike"), [Route(name="billing", utterances=["invoice"])])

    def routed() -> object:
        router(provider.QUESTION)
        return create(**provider.REQUEST)

    return routed
