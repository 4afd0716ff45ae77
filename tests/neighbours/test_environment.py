"""The environment that the other files of this folder need."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from tests.neighbours.peers import INSTALLED, MODULES

HERE = Path(__file__).parent


def pins(name: str) -> dict[str, str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_other_instrumentations_are_here_in_the_versions_these_tests_were_made_with() -> None:
    if not INSTALLED:
        pytest.skip("no other instrumentation is installed here; `make test-neighbours` runs these tests")
    pinned = pins("requirements-openlit.txt" if "openlit" in INSTALLED else "requirements.txt")
    assert {name: version(name) for name in pinned} == pinned
    assert len(INSTALLED) >= len(MODULES) - 1, f"only {', '.join(INSTALLED)}"
