"""Pydantic AI: an agent whose ``FallbackModel`` needs no fallback. The route is opened over one attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def call() -> Callable[[], object]:
    """One ``run`` of the agent, in one event loop."""
    from per_call import provider
    from pydantic_ai import Agent
    from pydantic_ai.models.fallback import FallbackModel
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    asked = OpenAIProvider(openai_client=provider.Provider().async_client())
    models = (OpenAIChatModel(name, provider=asked) for name in (provider.MODEL, "gpt-5"))
    agent = Agent(FallbackModel(*models), name="support")
    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(agent.run(provider.QUESTION))
