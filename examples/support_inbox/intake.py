"""What happens to the morning's mail before anyone answers it. No line in this file knows of llmroute.

Its calls get their routes from where they are made: ``intake.py:index_articles``, ``intake.py:is_spam``,
``intake.py:digest``.
"""

from __future__ import annotations

import asyncio

import anthropic
import openai
import prompts
from providers import Providers
from tickets import Ticket

Vector = list[float]
EMBEDDING = "text-embedding-3-small"
AT_ONCE = 6


def index_articles(gpt: openai.OpenAI, articles: list[str], batch: int = 4) -> list[tuple[str, Vector]]:
    """Each article with its vector, asked for in batches."""
    index: list[tuple[str, Vector]] = []
    for start in range(0, len(articles), batch):
        part = articles[start : start + batch]
        answer = gpt.embeddings.create(model=EMBEDDING, input=part)
        index += zip(part, (item.embedding for item in answer.data), strict=True)
    return index


async def is_spam(claude: anthropic.AsyncAnthropic, ticket: Ticket) -> bool:
    """Whether a ticket is spam, by the cheapest model there is."""
    answer = await claude.messages.create(
        model="claude-haiku-5-5",
        max_tokens=5,
        system=prompts.SPAM,
        messages=[{"role": "user", "content": ticket.text}],
    )
    block = answer.content[0]
    return block.type == "text" and block.text.strip().lower().startswith("yes")


async def digest(gpt: openai.AsyncOpenAI, tenant: str, tickets: list[Ticket]) -> str:
    """What a tenant's people asked. Nobody waits for it, so it takes the slow and cheap service tier."""
    texts = "\n".join(ticket.text for ticket in tickets if ticket.tenant == tenant)
    answer = await gpt.responses.create(
        model="gpt-6.1-terra", service_tier="flex", instructions=prompts.DIGEST, input=f"{tenant}:\n{texts}"
    )
    return answer.output_text


async def sort_out(providers: Providers, tickets: list[Ticket]) -> tuple[list[Ticket], list[str]]:
    """The tickets that are no spam, and one digest per tenant; all of it at once, a few calls at a time."""
    gate = asyncio.Semaphore(AT_ONCE)
    tenants = sorted({ticket.tenant for ticket in tickets})
    async with (
        openai.AsyncOpenAI(**providers.gpt_arguments) as gpt,
        anthropic.AsyncAnthropic(**providers.claude_arguments) as claude,
    ):

        async def checked(ticket: Ticket) -> bool:
            async with gate:
                return await is_spam(claude, ticket)

        spam = asyncio.gather(*(checked(ticket) for ticket in tickets))
        digests = asyncio.gather(*(digest(gpt, tenant, tickets) for tenant in tenants))
        verdicts = await spam
        return [ticket for ticket, bad in zip(tickets, verdicts, strict=True) if not bad], await digests
