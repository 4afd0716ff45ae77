"""What an application writes, as its type checker reads it: types stay what they were, and a slip is an error.

`make lint` reads it, with every `type: ignore` needed; `test_public.py` runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

from typing_extensions import assert_type

import otel_llmroute as llmroute
from otel_llmroute import LLMRouteInstrumentor


@llmroute.job("answer_ticket", revenue=Decimal("0.40"), currency="EUR")
def answer(ticket: str, tries: int = 1) -> list[str]:
    return [ticket] * tries


@llmroute.route("support.reply", task="reply", risk="low", candidates=["openai/gpt-5", "openai/gpt-5-mini"])
async def reply(ticket: str) -> bytes:
    return ticket.encode()


@llmroute.bind(tenant="acme", plan="pro", purpose="answer", experiment="short", variant="b")
def words(text: str) -> Iterator[str]:
    yield from text.split()


@llmroute.decision("language")
async def letters(text: str) -> AsyncIterator[str]:
    for letter in text:
        yield letter


@llmroute.router
def choose(text: str) -> str:
    return "openai/gpt-5-mini" if len(text) < 100 else "openai/gpt-5"


@llmroute.router(reason="complexity", rule="long", record=["length"])
async def choose_later(length: int) -> str | None:
    return "openai/gpt-5" if length > 100 else None


class Desk:
    @llmroute.route("support.close")
    def close(self, ticket: str) -> bool:
        return bool(ticket)


def decorated_functions_are_what_they_were() -> None:
    assert_type(answer("T-17", tries=2), list[str])
    assert_type(words("two words"), Iterator[str])
    assert_type(choose("hello"), str)
    assert_type(Desk().close("T-17"), bool)


async def coroutine_functions_too() -> None:
    assert_type(await reply("T-17"), bytes)
    assert_type(await choose_later(7), str | None)
    assert_type([letter async for letter in letters("ab")], list[str])
    async with llmroute.route("support.reply") as route, llmroute.job("answer_ticket") as job:
        assert_type(route, llmroute.route)
        assert_type(job, llmroute.job)


def blocks_say_more() -> str:
    LLMRouteInstrumentor().instrument(tracer_provider=None)
    with llmroute.bind(tenant="acme"), llmroute.job("answer_ticket", id="T-17") as job:
        with llmroute.route("support.reply") as route:
            route.decide("openai/gpt-5-mini", reason="cost", rule="short", score=0.2, threshold=0.5)
            route.decide("openai/gpt-5", reason="of our own", attempt_reason="fallback_error")
            route.cache("miss", kind="semantic", similarity=0.7, avoided_cost="0.002")
            route.reject()
            assert_type(route.id, str)
        llmroute.charge("search", amount=Decimal("0.005"), quantity=1, unit="search")
        llmroute.charge("of our own", amount=None)
        job.finish("partial")
        assert_type(job.id, str)
    llmroute.record_outcome(job.id, "success")
    llmroute.record_review(job.id, status="edited", minutes=4)
    LLMRouteInstrumentor().uninstrument()
    return "a block never swallows an exception, so what follows it is reached"


def slips_are_errors(job: llmroute.job, route: llmroute.route) -> None:
    answer(17)  # type: ignore[arg-type]
    choose()  # type: ignore[call-arg]
    route.decide("openai/gpt-5")  # type: ignore[call-arg]
    route.cache("perhaps")  # type: ignore[arg-type]
    job.finish("won")  # type: ignore[arg-type]
    llmroute.bind("acme")  # type: ignore[call-arg]
    llmroute.route("support.reply", risk="some")  # type: ignore[arg-type]
    llmroute.charge("search")  # type: ignore[call-arg]
    llmroute.record_review(job.id, status="read")  # type: ignore[arg-type]
    llmroute.rout("support.reply")  # type: ignore[attr-defined]
