"""The clients of both providers: real ones where a key is set, else the bundled stand-in, which says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai

sys.path.append(str(Path(__file__).resolve().parent.parent))  # where the stand-in lives
from standin import Standin
from standin_behaviour import Behaviour

KEYS = {"OpenAI": "OPENAI_API_KEY", "Anthropic": "ANTHROPIC_API_KEY"}
PRICES = "prices are the public list prices"


@dataclass(frozen=True)
class Providers:
    """One client per provider, and the arguments for asynchronous ones, which live as long as their event loop."""

    gpt: openai.OpenAI
    claude: anthropic.Anthropic
    gpt_arguments: dict[str, Any]
    claude_arguments: dict[str, Any]


@contextmanager
def opened() -> Iterator[Providers]:
    """The providers for the length of a ``with`` block; the stand-in, if needed, runs as long."""
    with ExitStack() as stack:
        gpt_arguments: dict[str, Any] = {}
        claude_arguments: dict[str, Any] = {}
        missing = [provider for provider, key in KEYS.items() if not os.environ.get(key)]
        if missing:
            print(_notice(missing), file=sys.stderr)
            server = stack.enter_context(Standin())
            server.default(Behaviour().answer)
            if "OpenAI" in missing:
                gpt_arguments = {"base_url": server.openai_url, "api_key": "stand-in"}
            if "Anthropic" in missing:
                claude_arguments = {"base_url": server.anthropic_url, "api_key": "stand-in"}
        gpt = stack.enter_context(openai.OpenAI(**gpt_arguments))
        claude = stack.enter_context(anthropic.Anthropic(**claude_arguments))
        yield Providers(gpt, claude, gpt_arguments, claude_arguments)


def _notice(missing: list[str]) -> str:
    if len(missing) == len(KEYS):
        return f"no API keys: answers come from the bundled stand-in; {PRICES}"
    (provider,) = missing
    return f"no {KEYS[provider]}: the answers of {provider} come from the bundled stand-in; {PRICES}"
