"""One call of an application, and the answer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from standin import Reply, openai_wire

if TYPE_CHECKING:
    import openai

MODEL = "gpt-5-2025-08-07"


def answer(model: str = MODEL) -> Reply:
    return Reply(json=openai_wire.chat(model=model, usage=openai_wire.usage(100, 10)))


def ask(client: openai.OpenAI, model: str = "gpt-5") -> Any:
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}])
