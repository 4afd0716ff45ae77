"""Pydantic AI: an agent whose model falls back to another provider.

Without OPENAI_API_KEY it asks the bundled stand-in, which turns the first request away.
"""

import os
import sys
from pathlib import Path

import anthropic
import openai
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

if not os.environ.get("OPENAI_API_KEY"):
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    from standin import Standin, faults

    print("no OPENAI_API_KEY: the answers come from the bundled stand-in", file=sys.stderr)
    server = Standin()
    server.script(faults.openai_rate_limit())
    os.environ.update(OPENAI_API_KEY="stand-in", OPENAI_BASE_URL=server.openai_url)
    os.environ.update(ANTHROPIC_API_KEY="stand-in", ANTHROPIC_BASE_URL=server.anthropic_url)

small = OpenAIChatModel("gpt-6-luna", provider=OpenAIProvider(openai_client=openai.AsyncOpenAI(max_retries=0)))
other = AnthropicModel(
    "claude-haiku-5-5", provider=AnthropicProvider(anthropic_client=anthropic.AsyncAnthropic(max_retries=0))
)
agent = Agent(FallbackModel(small, other), name="help.answer")

print(agent.run_sync("Where do I find my data export?").output)
