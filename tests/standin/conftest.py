from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anthropic
import openai
import pytest
from standin import Standin


@pytest.fixture
def server() -> Iterator[Standin]:
    with Standin() as running:
        yield running


@pytest.fixture
def gpt(server: Standin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=server.openai_url, api_key="none", timeout=5) as client:
        yield client


@pytest.fixture
async def async_gpt(server: Standin) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=server.openai_url, api_key="none", timeout=5) as client:
        yield client


@pytest.fixture
def claude(server: Standin) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.anthropic_url, api_key="none", timeout=5) as client:
        yield client


@pytest.fixture
async def async_claude(server: Standin) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(base_url=server.anthropic_url, api_key="none", timeout=5) as client:
        yield client
