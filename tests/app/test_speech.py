"""Speech: sound that is made of a text, and texts that are made of sound, in another language perhaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from standin import Reply, Standin, sse

from otel_llmroute import names
from otel_llmroute.app.bills import money
from tests.app.answers import ERROR, IN, OUT, STATUS, Json, said
from tests.app.apis import CHAT
from tests.app.conftest import Recorded, record

TEXT = "Fünf Wörter, in Deutsch gesagt." * 10
SOUND = Reply(body=bytes(range(256)) * 64, headers={"content-type": "audio/mpeg"})
USAGE = {"input_tokens": 80, "output_tokens": 1000, "total_tokens": 1080}
EVENTS = Reply(
    events=sse.named([{"type": "speech.audio.delta", "audio": "aGk="}, {"type": "speech.audio.done", "usage": USAGE}])
)
BY_CHARACTER = len(TEXT) * 15_000_000
BY_TOKEN = 80 * 600_000 + 1000 * 12_000_000
"""Pico-USD by OpenAI's list: of tts-1 a million characters are 15 USD, of gpt-4o-mini-tts a million tokens 0.6 and 12.
"""


def cost(attempt: Json) -> tuple[str, int | None]:
    return attempt[names.COST_STATUS], money(attempt.get(names.COST_AMOUNT))


def asked(model: str = "tts-1", text: Any = TEXT, **more: Any) -> Json:
    return {"model": model, "voice": "alloy", "input": text, **more}


def whole(client: openai.OpenAI, **asked: Any) -> bytes:
    return client.audio.speech.create(**asked).content


def raw(client: openai.OpenAI, **asked: Any) -> bytes:
    return client.audio.speech.with_raw_response.create(**asked).content


def streamed(client: openai.OpenAI, **asked: Any) -> bytes:
    with client.audio.speech.with_streaming_response.create(**asked) as response:
        return b"".join(response.iter_bytes())


READ: dict[str, Callable[..., bytes]] = {"whole": whole, "raw": raw, "streamed": streamed}


@pytest.mark.parametrize("way", READ)
def test_speech_is_priced_by_the_characters_that_were_to_be_said(
    way: str, recorded: Recorded, provider: Standin
) -> None:
    provider.default(SOUND)
    assert READ[way](CHAT.client(provider), **asked()) == SOUND.body
    attempt = recorded.attempt()
    assert cost(attempt) == ("priced", BY_CHARACTER)
    assert said(attempt) == {STATUS: "missing"}  # of tokens
    assert attempt[names.ATTEMPT_OUTCOME] == "accepted"
    assert attempt["gen_ai.request.model"] == "tts-1"
    assert TEXT[:12] not in str(attempt)
    assert recorded.total("llmroute.cost") == pytest.approx(BY_CHARACTER / 1e12, abs=1e-12)


async def test_speech_of_an_async_client_is_priced_too(recorded: Recorded, provider: Standin) -> None:
    provider.default(SOUND)
    client: openai.AsyncOpenAI = CHAT.async_client(provider)
    assert (await client.audio.speech.create(**asked("tts-1-hd"))).content == SOUND.body
    async with client.audio.speech.with_streaming_response.create(**asked()) as response:
        assert [part async for part in response.iter_bytes()]
    assert [cost(attempt) for attempt in recorded.attempts()] == [
        ("priced", 2 * BY_CHARACTER),
        ("priced", BY_CHARACTER),
    ]


@pytest.mark.parametrize("way", READ)
def test_speech_as_events_is_priced_by_their_tokens(way: str, recorded: Recorded, provider: Standin) -> None:
    provider.default(EVENTS)
    assert b"speech.audio.done" in READ[way](
        CHAT.client(provider), **asked("gpt-4o-mini-tts", extra_body={"stream_format": "sse"})
    )
    attempt = recorded.attempt()
    assert said(attempt) == {STATUS: "reported", IN: 80, OUT: 1000}
    assert cost(attempt) == ("priced", BY_TOKEN)


@pytest.mark.parametrize("way", READ)
def test_of_sound_that_is_billed_by_tokens_no_usage_is_known(way: str, recorded: Recorded, provider: Standin) -> None:
    provider.default(SOUND)
    READ[way](CHAT.client(provider), **asked("gpt-4o-mini-tts"))
    assert cost(recorded.attempt()) == ("no_usage", None)


def test_speech_of_a_model_that_nobody_lists_wants_a_price(recorded: Recorded, provider: Standin) -> None:
    provider.default(SOUND)
    whole(CHAT.client(provider), **asked("our-voice"))
    assert cost(recorded.attempt()) == ("unpriced", None)


def test_sound_that_is_left_was_asked_for_whole(recorded: Recorded, provider: Standin) -> None:
    provider.default(SOUND)
    client: openai.OpenAI = CHAT.client(provider)
    with client.audio.speech.with_streaming_response.create(**asked()) as response:
        next(response.iter_bytes(16))
    attempt = recorded.attempt()
    assert attempt[names.ATTEMPT_OUTCOME] == "abandoned"
    assert cost(attempt) == ("priced", BY_CHARACTER)


def test_what_was_refused_or_broke_off_costs_nothing(recorded: Recorded, provider: Standin) -> None:
    provider.script(
        Reply(429, json={"error": {"type": "rate_limit_error"}}),
        Reply(body=SOUND.body, headers=SOUND.headers, cut_after=1000),
    )
    client = CHAT.client(provider)
    with pytest.raises(openai.RateLimitError):
        whole(client, **asked())
    with pytest.raises(Exception, match=r"closed|complete"):  # of the HTTP client that this SDK has
        streamed(client, **asked())
    attempts = recorded.attempts()
    assert [attempt[names.ATTEMPT_OUTCOME] for attempt in attempts] == ["failed", "failed"]
    assert attempts[0][ERROR] == "rate_limit_error"
    assert [cost(attempt) for attempt in attempts] == [("no_usage", None)] * 2


@pytest.mark.parametrize("text, status, amount", [("", "priced", 0), (["a"], "no_usage", None), (7, "no_usage", None)])
def test_a_text_that_is_none_has_no_characters(
    text: Any, status: str, amount: int | None, recorded: Recorded, provider: Standin
) -> None:
    provider.default(SOUND)
    assert whole(CHAT.client(provider), **asked(text=text)) == SOUND.body
    assert cost(recorded.attempt()) == (status, amount)


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Recorded]:
    """As ``recorded``, with prices of one's own."""
    (tmp_path / "llmroute.toml").write_text('[[prices]]\nmodel = "our-*"\ninput_per_mchar = "7.50"\n')
    monkeypatch.chdir(tmp_path)
    yield from record()


def test_a_price_of_ones_own_is_by_the_character_too(priced: Recorded, provider: Standin) -> None:
    provider.default(SOUND)
    whole(CHAT.client(provider), **asked("our-voice"))
    assert cost(priced.attempt()) == ("priced", BY_CHARACTER // 2)


@pytest.mark.parametrize("duration, seconds", [(8.47, 9), (9.0, 9), (0, 0), ("8.47", None), (-1, None), (None, None)])
def test_a_translation_is_priced_by_the_seconds_that_have_begun(
    duration: Any, seconds: int | None, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(json={"task": "translate", "language": "english", "duration": duration, "text": "hello"}))
    client: openai.OpenAI = CHAT.client(provider)
    client.audio.translations.create(model="whisper-1", file=b"wav", response_format="verbose_json")
    expected = ("no_usage", None) if seconds is None else ("priced", seconds * 100_000_000)
    assert cost(recorded.attempt()) == expected


def test_a_text_without_more_says_nothing_of_how_long_it_was(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json={"text": "hello"}))
    client: openai.OpenAI = CHAT.client(provider)
    client.audio.translations.create(model="whisper-1", file=b"wav")
    assert cost(recorded.attempt()) == ("no_usage", None)
