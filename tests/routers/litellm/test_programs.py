"""Whole programs: the example, and one that ends at once after its last answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from standin import Standin

ROOT = Path(__file__).parents[3]
SWITCHED_ON = """
import atexit, json, os, runpy, sys
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from otel_llmroute import LLMRouteInstrumentor

class File(SpanExporter):
    def export(self, spans):
        with open(sys.argv[2], "a") as file:
            for span in spans:
                file.write(json.dumps(dict(span.attributes)) + "\\n")
        return SpanExportResult.SUCCESS

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(File()))
trace.set_tracer_provider(provider)
LLMRouteInstrumentor().instrument()
runpy.run_path(sys.argv[1], run_name="__main__")
"""
ENDS_AT_ONCE = """
import asyncio, sys
import litellm

async def main():
    async for _ in await litellm.acompletion(
        model="anthropic/claude-haiku-4-5", api_base=sys.argv[3], api_key="none", stream=True,
        messages=[{"role": "user", "content": "hello"}],
    ):
        pass
    await litellm.acompletion(
        model="anthropic/claude-haiku-4-5", api_base=sys.argv[3], api_key="none",
        messages=[{"role": "user", "content": "hello"}],
    )

asyncio.run(main())
"""


def run(program: Path, told: Path, *arguments: str) -> list[dict[str, object]]:
    """What is recorded of ``program``, once it has ended."""
    command = [sys.executable, "-W", "ignore", "-c", SWITCHED_ON, str(program), str(told), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert "otel_llmroute" not in done.stderr
    return [json.loads(line) for line in told.read_text().splitlines()]


def test_the_example_shows_its_fallback(tmp_path: Path) -> None:
    spans = run(ROOT / "examples" / "litellm" / "app.py", tmp_path / "spans")
    (route,) = (span for span in spans if span["llmroute.record.kind"] == "route")
    assert route["llmroute.route.fallback_path"] == ["openai/gpt-5-mini", "openai/gpt-5"]
    assert route["llmroute.route.outcome"] == "success"


def test_a_program_that_ends_at_once_has_its_whole_spend(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ENDS_AT_ONCE)
    with Standin() as provider:
        spans = run(tmp_path / "app.py", tmp_path / "spans", provider.url)
    attempts = [span for span in spans if span["llmroute.record.kind"] == "attempt"]
    assert [span["llmroute.cost.amount"] for span in attempts] == [0.00018, 0.00018]
