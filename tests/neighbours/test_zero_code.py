"""``opentelemetry-instrument python app.py`` with every other instrumentation installed: no line of ours in the app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from standin import Standin

from tests.neighbours import calls

LATE = """
import sys
import threading

def in_a_function():
    import openai

    client = openai.OpenAI(base_url=sys.argv[1] + "/v1", api_key="none")
    chat = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "hello"}]}
    client.chat.completions.create(**chat)
    for _ in client.chat.completions.create(**chat, stream=True, stream_options={"include_usage": True}):
        pass
    client.chat.completions.with_raw_response.create(**chat).parse()

def in_a_thread():
    import anthropic

    client = anthropic.Anthropic(base_url=sys.argv[1], api_key="none")
    message = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
    with client.messages.stream(**message) as stream:
        list(stream.text_stream)

in_a_function()
thread = threading.Thread(target=in_a_thread)
thread.start()
thread.join()
"""
AT_THE_TOP = """
import sys

import openai
from openai import OpenAI

client = OpenAI(base_url=sys.argv[1] + "/v1", api_key="none")

def classify():
    return client.responses.create(model="gpt-5-mini", input="hello").output_text

classify()
"""
WITHOUT_AN_SDK = """
import sys

print("\\n".join(name for name in ("openai", "anthropic", "httpx", "httpx2", "pydantic") if name in sys.modules))
"""


def instrumentors() -> list[str]:
    """Names of the entry points; several packages use the same one."""
    return [entry.name for entry in entry_points(group="opentelemetry_instrumentor")]


def run(app: str, folder: Path, server_url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "app.py").write_text(app, encoding="utf-8")
    return subprocess.run(
        [str(Path(sys.executable).parent / "opentelemetry-instrument"), sys.executable, "app.py", server_url],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "LLMROUTE_"))},
            "OTEL_TRACES_EXPORTER": "console",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )


def spans(printed: str) -> list[dict[str, Any]]:
    """The spans that the console exporter has printed, one JSON object after another."""
    found, decoder = [], json.JSONDecoder()
    while (start := printed.find("{")) >= 0:
        span, end = decoder.raw_decode(printed[start:])
        found.append(span)
        printed = printed[start + end :]
    return found


def attempts(printed: str) -> list[dict[str, Any]]:
    return [a for span in spans(printed) if (a := span["attributes"]).get("llmroute.record.kind") == "attempt"]


def test_an_app_that_imports_its_sdks_late_and_in_a_thread_is_seen_once_per_call(
    server: Standin, tmp_path: Path
) -> None:
    done = run(LATE, tmp_path, server.url)
    recorded = attempts(done.stdout)
    assert [attempt["llmroute.route.name"] for attempt in recorded] == [
        *["app.py:in_a_function"] * 3,
        "app.py:in_a_thread",
    ]
    total = sum(attempt["llmroute.cost.amount"] for attempt in recorded)
    assert total == pytest.approx(float(3 * calls.GPT_USD + calls.CLAUDE_USD), abs=1e-15)
    # The others were loaded as well, and saw the same calls.
    assert len(instrumentors()) >= 5
    assert len(spans(done.stdout)) > 2 * len(recorded)


def test_an_app_that_imports_its_sdk_at_the_top_is_seen_once_per_call(server: Standin, tmp_path: Path) -> None:
    (attempt,) = attempts(run(AT_THE_TOP, tmp_path, server.url).stdout)
    assert attempt["llmroute.route.name"] == "app.py:classify"
    assert attempt["llmroute.route.source"] == "callsite"
    assert attempt["llmroute.cost.amount"] == float(calls.GPT_USD)


def test_in_enrich_mode_the_spans_of_the_others_are_counted_once_per_call(server: Standin, tmp_path: Path) -> None:
    recorded = attempts(run(LATE, tmp_path, server.url, LLMROUTE_MODE="enrich").stdout)
    total = sum(attempt["llmroute.cost.amount"] for attempt in recorded)
    one_token = float(calls.PER_TOKEN[calls.CLAUDE]["output"])  # OpenLLMetry's, where it is the only one to tell
    assert total == pytest.approx(float(3 * calls.GPT_USD + calls.CLAUDE_USD), abs=one_token * 1.001)


def test_no_sdk_is_imported_for_an_app_that_imports_none(server: Standin, tmp_path: Path) -> None:
    others = ",".join(name for name in instrumentors() if name != "llmroute")
    done = run(WITHOUT_AN_SDK, tmp_path, server.url, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=others)
    assert done.stdout.split() == []
