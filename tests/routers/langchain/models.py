"""Chat models of LangChain that ask the stand-in, and the four ways to ask a runnable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from langchain_anthropic import ChatAnthropic
from langchain_core.runnables import Runnable
from langchain_openai import ChatOpenAI
from standin import Standin

LUNA: Final = "gpt-6-luna"
SOL: Final = "gpt-6-sol"
HAIKU: Final = "claude-haiku-5-5"
QUESTION: Final = "Where do I find my data export?"
CONFIG: Final[Any] = {"run_name": "support.reply"}


def gpt(provider: Standin, model: str = LUNA) -> ChatOpenAI:
    """A model of OpenAI's, whose streams say their usage."""
    return ChatOpenAI(
        model=model,
        base_url=provider.openai_url,
        api_key="none",
        max_retries=0,
        stream_usage=True,  # type: ignore[arg-type]
    )


def claude(provider: Standin) -> ChatAnthropic:
    """A model of Anthropic's."""
    return ChatAnthropic(
        model=HAIKU,
        base_url=provider.anthropic_url,
        api_key="none",
        max_retries=0,  # type: ignore[arg-type,call-arg]
    )


def invoke(chain: Runnable[Any, Any], question: Any = QUESTION) -> None:
    chain.invoke(question, CONFIG)


def ainvoke(chain: Runnable[Any, Any], question: Any = QUESTION) -> None:
    asyncio.run(chain.ainvoke(question, CONFIG))  # type: ignore[arg-type]


def stream(chain: Runnable[Any, Any], question: Any = QUESTION) -> None:
    assert list(chain.stream(question, CONFIG))


def astream(chain: Runnable[Any, Any], question: Any = QUESTION) -> None:
    async def read() -> list[Any]:
        return [piece async for piece in chain.astream(question, CONFIG)]

    assert asyncio.run(read())


WAYS: Final[tuple[Callable[..., None], ...]] = (invoke, ainvoke, stream, astream)
