"""Switching on imports nothing that the application has not imported, and sees what it imports later."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from standin import Standin

SDKS = ("openai", "anthropic", "httpx", "httpx2", "pydantic")
OTHER_HALF = ("chdb", "clickhouse_connect", "grpc", "otel_llmroute.store", "rich", "starlette")
SLOW = ("asyncio", "importlib.metadata", "wrapt")
"""What would take most of the time of switching on."""
SWITCHED_ON = """
import opentelemetry.sdk.metrics
import opentelemetry.sdk.trace
import sys

before = set(sys.modules)
from otel_llmroute import LLMRouteInstrumentor

LLMRouteInstrumentor().instrument()
print(*sorted(set(sys.modules) - before))
"""


def printed(program: str, folder: Path, *arguments: str) -> list[str]:
    """The words that ``program`` prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=folder, capture_output=True, text=True, timeout=240
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


def test_switching_on_imports_no_sdk_and_nothing_of_the_other_half(tmp_path: Path) -> None:
    imported = set(printed(SWITCHED_ON, tmp_path))
    assert "otel_llmroute.app.instrumentor" in imported
    assert imported.isdisjoint(SDKS)
    assert {name for name in imported if name.startswith(OTHER_HALF)} == set()


def test_switching_on_imports_nothing_slow_before_there_is_an_sdk(tmp_path: Path) -> None:
    imported = set(printed(SWITCHED_ON, tmp_path))
    assert imported.isdisjoint(SLOW)
    assert imported.isdisjoint({"otel_llmroute.app.sdks.stainless", "otel_llmroute.app.enrich"})


LATE = """
import os
import sys
import threading

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_llmroute import LLMRouteInstrumentor

exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
instrumentor = LLMRouteInstrumentor()
{before}
instrumentor.instrument(tracer_provider=provider)
{between}

def call():
    import openai

    client = openai.OpenAI(base_url=sys.argv[1], api_key="none")
    client.chat.completions.create(model="gpt-5-mini", messages=[])

{how}
print(*(span.name.split()[0] for span in exporter.get_finished_spans()))
{after}
"""


@pytest.mark.parametrize(
    ("before", "between"),
    [
        ("", ""),
        ("import openai", ""),
        ("", "import openai"),
        ("import openai._streaming", ""),
        ("instrumentor.instrument(); instrumentor.uninstrument()", ""),
        ("", "instrumentor.uninstrument(); instrumentor.instrument(tracer_provider=provider)"),
        ("import wrapt; wrapt.register_post_import_hook(print, 'nothing')", "import wrapt"),
        ("", "import wrapt; wrapt.register_post_import_hook(lambda module: None, 'openai._base_client')"),
    ],
)
@pytest.mark.parametrize("how", ["call()", "thread = threading.Thread(target=call); thread.start(); thread.join()"])
def test_an_sdk_is_seen_whenever_and_wherever_it_is_imported(
    before: str, between: str, how: str, provider: Standin, tmp_path: Path
) -> None:
    program = LATE.format(before=before, between=between, how=how, after="")
    assert printed(program, tmp_path, provider.openai_url) == ["chat"]


def test_an_sdk_that_two_threads_import_at_once_is_wrapped_once(provider: Standin, tmp_path: Path) -> None:
    how = """
threads = [threading.Thread(target=call) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    program = LATE.format(before="", between="", how=how, after="")
    assert printed(program, tmp_path, provider.openai_url) == ["chat"] * 4


def test_the_way_modules_are_found_is_as_before_once_it_is_switched_off(provider: Standin, tmp_path: Path) -> None:
    after = """
import openai._base_client

loader = openai._base_client.__spec__.loader
print(type(loader).__name__, loader is openai._base_client.__loader__)
instrumentor.uninstrument()
print(*(type(finder).__name__ for finder in sys.meta_path if "otel_llmroute" in type(finder).__module__))
"""
    program = LATE.format(before="", between="", how="call()", after=after)
    assert printed(program, tmp_path, provider.openai_url) == ["chat", "SourceFileLoader", "True"]


def test_an_sdk_imported_after_it_was_switched_off_is_left_alone(provider: Standin, tmp_path: Path) -> None:
    after = "import openai; print(type(vars(openai._base_client.SyncAPIClient)['request']).__name__)"
    program = LATE.format(before="", between="instrumentor.uninstrument()", how="", after=after)
    assert printed(program, tmp_path, provider.openai_url) == ["function"]


def test_a_module_that_cannot_be_imported_fails_as_it_would_without_us(tmp_path: Path) -> None:
    (tmp_path / "openai").mkdir()
    (tmp_path / "openai" / "__init__.py").touch()
    (tmp_path / "openai" / "_base_client.py").write_text("raise RuntimeError('its own fault')")
    (tmp_path / "openai" / "_streaming.py").write_text("somewhat_else = 1")
    program = """
import logging
import sys

sys.path.insert(0, ".")
logging.disable()
from otel_llmroute import LLMRouteInstrumentor

LLMRouteInstrumentor().instrument()
import openai._streaming
try:
    import openai._base_client
except RuntimeError as error:
    print(error)
try:
    import openai.nothing
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert printed(program, tmp_path) == ["its", "own", "fault", "openai.nothing"]
