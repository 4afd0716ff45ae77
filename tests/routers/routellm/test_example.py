"""``examples/routellm`` runs as it is, without keys, and knows nothing of us."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from routellm.routers import routers as library

from tests.app.conftest import Recorded, collect
from tests.routers.scenarios import recorded_routes

APP = Path(__file__).parents[3] / "examples" / "routellm" / "app.py"


def test_the_example_shows_a_score_for_each_question(
    recorded: Recorded, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(library.ROUTER_CLS, "length", library.RandomRouter)  # so that what the example sets is undone
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.setenv(variable, "")
    runpy.run_path(str(APP), run_name="__main__")
    collect()
    assert len(capsys.readouterr().out.splitlines()) == 2
    words = ("router", "reason", "rule", "score", "threshold", "selected_model", "outcome")
    assert [tuple(route.get(word) for word in words) for route in recorded_routes(recorded.spans())] == [
        ("routellm", "complexity", "length", 0.31, 0.5, "openai/gpt-6-luna", "success"),
        ("routellm", "complexity", "length", 0.69, 0.5, "openai/gpt-6-sol", "success"),
    ]


def test_the_example_knows_nothing_of_us() -> None:
    assert "llmroute" not in APP.read_text()
