"""How the stand-in behaves in this demo: what it answers, how many tokens that takes, what goes wrong on the way.

Everything follows from the request itself and a seed, so that two runs show the same calls, retries and costs. What
goes wrong: some first tries get a 429 that asks for a short wait, the premium model is overloaded for a while, and an
answer in the chat that asked for the priority tier is now and then served at the standard one.
"""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Iterator
from typing import Any

import prompts
from standin import Reply, Request, anthropic_wire, faults, openai_wire

CHARACTERS_PER_TOKEN = 4
SHORTEST_CACHED = 1024
"""Tokens; both providers cache no shorter beginning of a prompt."""
OVERLOADED_REQUESTS = range(5, 7)
"""Which requests for the premium model meet an overloaded provider, counted from 1, the SDK's retries included."""
VECTOR_LENGTH = 64
SECONDS_PER_TOKEN = 0.0004


class Call:
    """One request in the terms of both wire formats: ``system`` are the blocks that come first, ``user`` the rest."""

    def __init__(self, request: Request) -> None:
        self.body: dict[str, Any] = request.json
        self.model: str = self.body["model"]
        self.system = list(_system(self.body))
        self.user = _user(self.body)
        self.is_retry = request.headers.get("x-stainless-retry-count", "0") != "0"
        self.number = zlib.crc32(f"{self.model} {self.user}".encode())
        """The same for the same question, whatever the order of the calls."""

    @property
    def task(self) -> str:
        return self.system[0] if self.system else ""


def _system(body: dict[str, Any]) -> Iterator[str]:
    if isinstance(body.get("system"), list):
        yield from (block["text"] for block in body["system"])
    elif body.get("system") or body.get("instructions"):
        yield body.get("system") or body["instructions"]
    for message in body.get("messages", []):
        if message["role"] == "system":
            yield message["content"]


def _user(body: dict[str, Any]) -> str:
    asked = [message["content"] for message in body.get("messages", []) if message["role"] == "user"]
    return asked[-1] if asked else str(body.get("input", ""))


class Behaviour:
    """``answer`` is what the stand-in's server asks. Remembers which prompts it has in its cache."""

    def __init__(self, seed: int = 7) -> None:
        self._seed = seed
        self._cached: set[tuple[str, int]] = set()
        self._premium_requests = 0
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Reply:
        """The reply to one request."""
        call = Call(request)
        if request.path.endswith("/embeddings"):
            return _embeddings(call)
        fault = self._fault(call, request.is_anthropic)
        if fault is not None:
            return fault
        if request.is_anthropic:
            return self._message(call)
        return self._response(call) if request.path.endswith("/responses") else self._chat(call)

    def _fault(self, call: Call, is_anthropic: bool) -> Reply | None:
        if call.model == "claude-opus-5-5":
            with self._lock:
                self._premium_requests += 1
                overloaded = self._premium_requests in OVERLOADED_REQUESTS
            return faults.anthropic_overloaded(40) if overloaded else None
        if call.is_retry or call.number % 9:
            return None
        return faults.anthropic_rate_limit(30) if is_anthropic else faults.openai_rate_limit(30)

    # --- what is said ---

    def _text(self, call: Call) -> str:
        if call.task == prompts.SPAM:
            return "no"
        if call.task == prompts.CLASSIFY:
            return _kind(call.user)
        if call.task == prompts.CHECK:
            return "bad" if "not sure" in call.user else "good"
        unsure = "lawyer" in call.user or (call.model == "gpt-6-luna" and "two shops" in call.user)
        if unsure and call.task not in (prompts.SUMMARISE, prompts.DIGEST):
            return "I am not sure; a colleague will look into this and answer you."
        return "Thank you for writing. " + "Please open Settings and follow the article. " * self._length(call)

    def _length(self, call: Call) -> int:
        return 2 + random.Random(self._seed * 2**32 + call.number).randrange(7)

    def _reasoning(self, call: Call) -> int:
        """Tokens a model thinks before it answers; the cheapest one does not."""
        return 0 if call.model == "gpt-6-luna" else 64 * self._length(call)

    # --- how it is counted ---

    def _take_from_cache(self, call: Call, upto: int) -> bool:
        """Whether the first ``upto`` blocks were cached already; from now on they are."""
        key = (call.model, zlib.crc32("".join(call.system[:upto]).encode()))
        with self._lock:
            known = key in self._cached
            self._cached.add(key)
        return known

    def _openai_cache(self, call: Call) -> tuple[int, int]:
        """Tokens read from and written to OpenAI's cache, which takes long beginnings by itself, in steps of 128."""
        tokens = _tokens("".join(call.system)) // 128 * 128
        if tokens < SHORTEST_CACHED:
            return 0, 0
        return (tokens, 0) if self._take_from_cache(call, len(call.system)) else (0, tokens)

    def _openai_counts(self, call: Call, text: str, input_name: str, output_name: str) -> dict[str, Any]:
        """Arguments for the usage builder of either endpoint, which name input and output each in their own way."""
        cached, written = self._openai_cache(call)
        reasoning = self._reasoning(call)
        return {
            input_name: _tokens("".join([*call.system, call.user])),
            output_name: _tokens(text) + reasoning,
            "cached": cached,
            "cache_write": written,
            "reasoning": reasoning,
        }

    def _anthropic_usage(self, call: Call, output: int) -> dict[str, Any]:
        """Usage with the blocks that ask for caching read from it or written to it, for 5 minutes or an hour."""
        counts = {"read": 0, "5m": 0, "1h": 0}
        plain = _tokens(call.user)
        blocks = call.body["system"] if isinstance(call.body.get("system"), list) else []
        if not blocks:
            plain += _tokens("".join(call.system))
        for position, block in enumerate(blocks, 1):
            kept = block["cache_control"].get("ttl", "5m")
            counts["read" if self._take_from_cache(call, position) else kept] += _tokens(block["text"])
        return anthropic_wire.usage(
            plain,
            output,
            cache_read=counts["read"],
            write_5m=counts["5m"],
            write_1h=counts["1h"],
            service_tier="standard",
        )

    # --- how it is sent ---

    def _chat(self, call: Call) -> Reply:
        text = self._text(call)
        usage = openai_wire.usage(**self._openai_counts(call, text, "prompt", "completion"))
        body = openai_wire.chat(text, model=call.model, usage=usage, service_tier=_served_tier(call))
        return Reply(json=body, delay=_seconds(_tokens(text) + self._reasoning(call)))

    def _response(self, call: Call) -> Reply:
        text = self._text(call)
        usage = openai_wire.response_usage(**self._openai_counts(call, text, "input_tokens", "output_tokens"))
        arguments: dict[str, Any] = {"model": call.model, "usage": usage, "service_tier": _served_tier(call)}
        if not call.body.get("stream"):
            body = openai_wire.response(text, **arguments)
            return Reply(json=body, delay=_seconds(_tokens(text) + self._reasoning(call)))
        events = openai_wire.response_stream(text, count=_tokens(text) // 4, **arguments)
        paced = [(SECONDS_PER_TOKEN * 4, event) for event in events]
        return Reply(events=paced, delay=_seconds(self._reasoning(call)))

    def _message(self, call: Call) -> Reply:
        text = self._text(call)
        body = anthropic_wire.message(text, model=call.model, usage=self._anthropic_usage(call, _tokens(text)))
        return Reply(json=body, delay=_seconds(_tokens(text)))


def _kind(text: str) -> str:
    words = text.lower()
    if "refund" in words:
        return "refund"
    if words.startswith("thanks"):
        return "thanks"
    return "question" if words.startswith("question") else "bug"


def _served_tier(call: Call) -> str:
    asked = call.body.get("service_tier", "default")
    # What was asked for is not always what is served, and only what is served is billed.
    return "default" if asked == "priority" and call.number % 3 == 0 else asked


def _embeddings(call: Call) -> Reply:
    inputs = call.body["input"] if isinstance(call.body["input"], list) else [call.body["input"]]
    vectors = [_vector(text) for text in inputs]
    usage = openai_wire.usage(_tokens("".join(inputs)))
    encoding = call.body.get("encoding_format", "float")
    return Reply(json=openai_wire.embeddings(vectors, model=call.model, usage=usage, encoding=encoding), delay=0.01)


def _vector(text: str) -> list[float]:
    """Counts of words by their hash: near for texts that share words, which is all that this demo's search needs."""
    vector = [0.0] * VECTOR_LENGTH
    for word in text.lower().split():
        vector[zlib.crc32(word.strip(".,:?!").encode()) % VECTOR_LENGTH] += 1.0
    return vector


def _tokens(text: str) -> int:
    return max(1, len(text) // CHARACTERS_PER_TOKEN)


def _seconds(tokens: int) -> float:
    return 0.008 + tokens * SECONDS_PER_TOKEN
