"""The example runs without keys, and what the proxy decided is recorded without a line of ours in it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.app.conftest import Recorded
from tests.routers.scenarios import recorded_routes

APP = Path(__file__).parents[3] / "examples" / "gateways" / "app.py"


def test_the_example_shows_a_decision_a_fallback_and_a_cache_hit(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LITELLM_PROXY_URL", raising=False)
    runpy.run_path(str(APP), run_name="__main__")
    monkeypatch.delenv("LITELLM_PROXY_URL")
    assert len(capsys.readouterr().out.splitlines()) == 3
    routes = recorded_routes(recorded.spans())
    words = ("route", "router", "reason", "detail", "outcome", "fallback_path")
    assert [tuple(route.get(word) for word in words) for route in routes] == [
        ("smart", "litellm", "complexity", "heuristic_scorer", "success", ["openai/smart"]),
        ("smart", "litellm", "explicit", None, "success", ["smart", "careful"]),
        ("smart", "litellm", "cache_hit", "cache_hit", "cache_hit", ["openai/smart"]),
    ]
    assert [route["attempt"][0]["cost_status"] for route in routes] == ["priced", "priced", "free"]


def test_the_example_knows_nothing_of_us() -> None:
    assert "llmroute" not in APP.read_text()
