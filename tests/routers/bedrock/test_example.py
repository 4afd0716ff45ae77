"""``examples/bedrock`` runs as it is, without keys, and each of its calls says which model was chosen."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from otel_llmroute import names
from tests.app.conftest import Recorded, collect

APP = Path(__file__).parents[3] / "examples" / "bedrock" / "app.py"


def test_the_example_shows_what_the_prompt_router_chose(
    recorded: Recorded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEDROCK_PROMPT_ROUTER", raising=False)
    runpy.run_path(str(APP))
    collect()
    assert capsys.readouterr().out.count("an answer of") == 2
    routes = [dict(span.attributes or {}) for span in recorded.spans("route")]
    assert [route[names.ROUTE_SELECTED_MODEL] for route in routes] == [
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ]
    assert {route[names.ROUTE_REASON] for route in routes} == {"task_class"}
