"""What the tests of Haystack have in common: no telemetry of its own, routes that have a name, and a quiet log."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.watching import a_quiet_log

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when it is imported


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the routes are called: components run in threads of the library, where there is no call site to name."""
    (tmp_path / "routes.toml").write_text('[[routes]]\nname = "help.answer"\nmodel = "*"\n')
    monkeypatch.setenv("LLMROUTE_CONFIG", str(tmp_path / "routes.toml"))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)
