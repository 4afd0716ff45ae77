"""What the tests of RouteLLM have in common. Those of its trained routers need all that it asks for (``torch.txt``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.watching import a_quiet_log
from tests.routers.routellm import stand_ins

os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", HF_HUB_OFFLINE="1")
os.environ.setdefault("OPENAI_API_KEY", "none")  # RouteLLM makes a client when it is imported
collect_ignore = ["test_trained.py"] if stand_ins.put_in() else []


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "help.answer"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)
