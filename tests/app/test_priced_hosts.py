"""Rows of prices that name a host, with a port or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from standin import openai_wire

from otel_llmroute import names
from tests.app.apis import PROMPT
from tests.app.conftest import Recorded, record
from tests.app.hosts import openai_at

PRICES = """
[[prices]]
name = "with a port"
model = "*"
host = "gpu-7:8000"
output_per_mtok = 1
input_per_mtok = 1

[[prices]]
name = "the port of the scheme"
model = "*"
host = "gpu-8:443"
output_per_mtok = 1
input_per_mtok = 1

[[prices]]
name = "without"
model = "*"
host = "gpu-?"
output_per_mtok = 1
input_per_mtok = 1

[[prices]]
name = "version 6"
model = "*"
host = "::1"
output_per_mtok = 1
input_per_mtok = 1
"""
CALLS = [
    ("http://gpu-7:8000/v1", "override/with a port"),
    ("http://gpu-7:8001/v1", "override/without"),
    ("http://gpu-7/v1", "override/without"),
    ("https://gpu-8/v1", "override/the port of the scheme"),
    ("https://gpu-9/v1", "override/without"),
    ("http://[::1]:8000/v1", "override/version 6"),
    ("http://[::1]/v1", "override/version 6"),
    ("http://elsewhere:8000/v1", None),
]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Iterator[Recorded]]:
    def configure(mode: str) -> Iterator[Recorded]:
        (tmp_path / "llmroute.toml").write_text(PRICES)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("LLMROUTE_MODE", mode)
        return record()

    return configure


@pytest.mark.parametrize("url, version", CALLS)
def test_a_row_is_for_the_calls_to_the_host_and_the_port_that_it_names(
    url: str, version: str | None, configured: Callable[[str], Iterator[Recorded]]
) -> None:
    for recorded in configured("full"):
        body = openai_wire.chat(model="llama", usage=openai_wire.usage(1000, 20))
        openai_at(url, body).chat.completions.create(model="llama", messages=PROMPT)
        assert recorded.attempt().get(names.PRICE_VERSION) == version


@pytest.mark.parametrize(
    "server, version",
    [
        ({"server.address": "gpu-7", "server.port": 8000}, "override/with a port"),
        ({"server.address": "gpu-7"}, "override/without"),
        ({"url.full": "http://gpu-7:8000/v1"}, "override/with a port"),
        ({"url.full": "http://gpu-7:port/v1"}, "override/without"),
    ],
)
def test_a_row_is_for_the_host_and_the_port_that_another_instrumentation_tells(
    server: dict[str, str | int], version: str, configured: Callable[[str], Iterator[Recorded]]
) -> None:
    for recorded in configured("enrich"):
        tracer = recorded.tracer_provider.get_tracer("opentelemetry.instrumentation.genai.openai")
        said = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "vllm", "gen_ai.request.model": "llama"}
        used = {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}
        with tracer.start_as_current_span("chat llama", attributes={**said, **server, **used}):
            pass
        assert recorded.attempt()[names.PRICE_VERSION] == version
