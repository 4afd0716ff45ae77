"""``examples/semantic_routes`` runs as it is, without keys, and knows nothing of us."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from semantic_router import routers

from tests.app.conftest import Recorded, collect
from tests.routers.scenarios import recorded_routes

APP = Path(__file__).parents[3] / "examples" / "semantic_routes" / "app.py"
pytestmark = pytest.mark.skipif(not hasattr(routers, "IndexedRouter"), reason="the example is for 1.x")


def test_the_example_shows_a_decision_for_each_call(
    recorded: Recorded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.setenv(variable, "")  # so that what the example sets is undone
    runpy.run_path(str(APP), run_name="__main__")
    collect()
    assert len(capsys.readouterr().out.splitlines()) == 6
    words = ("router", "reason", "rule", "outcome", "fallback_used")
    assert [tuple(route.get(word) for word in words) for route in recorded_routes(recorded.spans())] == [
        ("semantic_router", "task_class", "billing", "success", False),
        ("semantic_router", "task_class", "data", "success", False),
        ("semantic_router", "default", None, "success", False),
    ]


def test_the_example_knows_nothing_of_us() -> None:
    assert "llmroute" not in APP.read_text()
