"""OpenAI Agents SDK: a turn of an agent that hands over to nobody. The route is opened over one attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def call() -> Callable[[], object]:
    """One ``Runner.run``, in one event loop, without the SDK's own tracing."""
    from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
    from per_call import provider

    set_tracing_disabled(True)
    model = OpenAIChatCompletionsModel(provider.MODEL, provider.Provider().async_client())
    agent = Agent("support", model=model)
    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(Runner.run(agent, provider.QUESTION))
