"""The fee per request: what a call costs whether it tells its usage or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from standin import Reply, Standin, openai_wire

from otel_llmroute import names
from otel_llmroute.app.bills import money
from tests.app.answers import Json
from tests.app.apis import CHAT, GPT
from tests.app.conftest import Recorded, record

PRICES = """
[[prices]]
model = "dall-e-3"
request = "0.04"

[[prices]]
model = "flat"
input_per_mtok = 0
output_per_mtok = 0
request = "0.01"

[[prices]]
model = "both"
input_per_mtok = 1
output_per_mtok = 2
request = "0.01"

[[prices]]
model = "gratis"
request = 0
"""
FEE = 10**10  # pico-USD
USED = openai_wire.usage(1000, 20)


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Recorded]:
    """As ``recorded``, with prices of one's own."""
    (tmp_path / "llmroute.toml").write_text(PRICES)
    monkeypatch.chdir(tmp_path)
    yield from record()


def cost(attempt: Json) -> tuple[str, int | None, int | None]:
    """Status, amount, and the part of it that is for no tokens."""
    amount, other = (money(attempt.get(name)) for name in (names.COST_AMOUNT, names.COST_OTHER))
    return attempt[names.COST_STATUS], amount, other


def test_an_image_that_is_priced_by_the_call_costs_that(priced: Recorded, provider: Standin) -> None:
    provider.default(Reply(json={"created": 1, "data": [{"url": "https://example.com"}]}))
    client: openai.OpenAI = CHAT.client(provider)
    client.images.generate(model="dall-e-3", prompt="a door")
    attempt = priced.attempt()
    assert attempt[names.USAGE_STATUS] == "missing"
    assert cost(attempt) == ("priced", 4 * FEE, 4 * FEE)
    assert priced.total(names.METRIC_COST) == 0.04


@pytest.mark.parametrize(
    "model, usage, expected",
    [
        ("flat", None, ("priced", FEE, FEE)),
        ("flat", USED, ("priced", FEE, FEE)),
        ("both", None, ("partial", FEE, FEE)),
        ("both", USED, ("priced", FEE + 1000 * 10**6 + 20 * 2 * 10**6, FEE)),
        ("gratis", None, ("free", 0, 0)),
        (GPT, None, ("no_usage", None, None)),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_answer_without_usage_costs_its_fee_and_that_is_a_lower_bound_if_tokens_cost_as_well(
    model: str, usage: Json | None, expected: tuple[str, int, int], stream: bool, priced: Recorded, provider: Standin
) -> None:
    more: dict[str, Any] = {"model": model, "usage": usage}
    said = Reply(events=openai_wire.chat_stream(**more)) if stream else Reply(json=openai_wire.chat(**more))
    provider.default(said)
    answer = CHAT.client(provider).chat.completions.create(model=model, messages=[], stream=stream)
    if stream:
        for _ in answer:
            pass
    assert cost(priced.attempt()) == expected


def test_no_fee_is_charged_for_a_call_that_failed(priced: Recorded, provider: Standin) -> None:
    provider.default(Reply(500, json=openai_wire.error("No.", "server_error")))
    with pytest.raises(openai.InternalServerError):
        CHAT.client(provider).chat.completions.create(model="flat", messages=[])
    assert cost(priced.attempt()) == ("no_usage", None, None)


def test_no_fee_is_charged_for_a_stream_that_was_left(priced: Recorded, provider: Standin) -> None:
    provider.default(Reply(events=openai_wire.chat_stream(model="flat")))
    answer = CHAT.client(provider).chat.completions.create(model="flat", messages=[], stream=True)
    next(iter(answer))
    answer.close()
    attempt = priced.attempt()
    assert attempt[names.ATTEMPT_OUTCOME] == "abandoned"
    assert cost(attempt) == ("no_usage", None, None)
