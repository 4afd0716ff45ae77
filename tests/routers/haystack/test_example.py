"""``examples/haystack_pipeline`` runs as it is, without keys, and knows nothing of us."""

from __future__ import annotations

import runpy
from pathlib import Path

import haystack
import pytest

from tests.app.conftest import Recorded, collect
from tests.routers.scenarios import recorded_routes

APP = Path(__file__).parents[3] / "examples" / "haystack_pipeline" / "app.py"
pytestmark = pytest.mark.skipif(hasattr(haystack, "AsyncPipeline"), reason="the example is for 3.x")


def test_the_example_shows_a_fallback_in_a_pipeline(
    recorded: Recorded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.setenv(variable, "")  # so that what the example sets is undone
    runpy.run_path(str(APP), run_name="__main__")
    collect()
    assert len(capsys.readouterr().out.splitlines()) == 2
    words = ("router", "reason", "rule", "outcome", "fallback_used")
    assert [tuple(route.get(word) for word in words) for route in recorded_routes(recorded.spans())] == [
        ("haystack", "rule", "short", "success", True),
        ("haystack", "rule", "long", "success", False),
    ]


def test_the_example_knows_nothing_of_us() -> None:
    assert "llmroute" not in APP.read_text()
