"""Programs that end, or fork, with streams open: the attempts are exported, once, by the process that made them."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from standin import Reply, Standin

from otel_llmroute import names
from tests.app.apis import CHAT, MESSAGES, ONE_OF_EACH_SDK, Api
from tests.app.conftest import Recorded

PROGRAM = """
import asyncio, os, sys
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from otel_llmroute import LLMRouteInstrumentor

URL, SDK = sys.argv[1:]

def provide():
    provider = TracerProvider()
    line = lambda span: span.to_json(indent=None) + os.linesep
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter(formatter=line)))
    trace.set_tracer_provider(provider)

def instrument():
    LLMRouteInstrumentor().instrument()

def opened(kind=""):
    if SDK == "openai":
        import openai
        client = getattr(openai, kind + "OpenAI")(base_url=URL + "/v1", api_key="k")
        return client.chat.completions.create(model="gpt-5", messages=[], stream=True)
    import anthropic
    client = getattr(anthropic, kind + "Anthropic")(base_url=URL, api_key="k")
    return client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=[], stream=True)
"""
PROVIDER_FIRST, INSTRUMENTOR_FIRST = "provide(); instrument()", "instrument(); provide()"


def run(provider: Standin, api: Api, *program: str, status: int = 0) -> list[dict[str, Any]]:
    """Attributes of the attempts that a program of its own has exported. It writes nothing to stderr."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join([PROGRAM, *program]), provider.url, api.name.partition(".")[0]],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert (ended.stderr, ended.returncode) == ("", status)
    spans = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return [span["attributes"] for span in spans if span["attributes"].get(names.RECORD_KIND) == "attempt"]


def endings(attempts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(attempt[names.ATTEMPT_OUTCOME], attempt[names.USAGE_STATUS]) for attempt in attempts]


@pytest.mark.parametrize("api, order", [(CHAT, PROVIDER_FIRST), (CHAT, INSTRUMENTOR_FIRST), (MESSAGES, PROVIDER_FIRST)])
def test_a_program_that_ends_with_a_stream_open_exports_its_attempt(api: Api, order: str, provider: Standin) -> None:
    provider.default(api.stalled())
    attempts = run(provider, api, order, "stream = opened()", "next(stream)", "sys.exit(3)", status=3)
    assert endings(attempts) == [("abandoned", api.usage_at_start)]


def test_a_provider_set_after_another_stream_was_opened_still_gets_the_later_one(provider: Standin) -> None:
    provider.default(CHAT.stalled())
    attempts = run(provider, CHAT, "instrument()", "before = opened()", "provide()", "after = opened()")
    assert endings(attempts) == [("abandoned", "missing")]


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_an_asynchronous_program_that_ends_with_a_stream_open_exports_its_attempt(api: Api, provider: Standin) -> None:
    provider.default(api.stream())
    program = ["stream = None", "async def main():", "    global stream", "    stream = await opened('Async')"]
    attempts = run(provider, api, PROVIDER_FIRST, *program, "asyncio.run(main())")
    assert endings(attempts) == [("abandoned", "missing")]


def test_a_stream_that_a_daemon_thread_reads_is_exported(provider: Standin) -> None:
    provider.default(CHAT.stalled())
    program = [
        "import threading",
        "first = threading.Event()",
        "def read():",
        "    for chunk in opened(): first.set()",
        "threading.Thread(target=read, daemon=True).start()",
        "assert first.wait(60)",
    ]
    attempts = run(provider, CHAT, PROVIDER_FIRST, *program)
    assert endings(attempts) == [("abandoned", "missing")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_leaves_the_open_streams_of_its_parent_alone(recorded: Recorded, provider: Standin) -> None:
    provider.default(CHAT.stream())
    stream = CHAT.create(CHAT.client(provider), stream=True)
    next(stream)
    child = os.fork()
    if child == 0:
        from otel_llmroute.app import inflight

        inflight.close_all()  # as at the child's exit
        del stream
        os._exit(len(recorded.attempts()))
    assert os.waitpid(child, 0)[1] == 0
    list(stream)
    assert recorded.attempt()[names.ATTEMPT_OUTCOME] == "accepted"


def test_calls_that_do_not_stream_have_nothing_to_do_at_the_exit(recorded: Recorded, provider: Standin) -> None:
    provider.default(Reply(json=CHAT.body))
    before = atexit._ncallbacks()
    CHAT.create(CHAT.client(provider))
    assert atexit._ncallbacks() == before
