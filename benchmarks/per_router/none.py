"""No router: a call of the OpenAI SDK outside of any route. What the others are to be held against."""

from __future__ import annotations

from collections.abc import Callable


def call() -> Callable[[], object]:
    """One ``chat.completions.create``."""
    from per_call import provider

    create = provider.Provider().client().chat.completions.create
    return lambda: create(**provider.REQUEST)
