"""The examples as a reader would run them: without keys, and without llmroute around them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def _run(script: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script)], capture_output=True, text=True, timeout=240, env=environment
    )


def test_the_smallest_app_answers_and_says_who_did() -> None:
    done = _run("hello/app.py")
    assert (done.returncode, done.stdout) == (0, "Your export is ready under Settings, Data.\n")
    assert done.stderr == "no OPENAI_API_KEY: the answer comes from the bundled stand-in\n"


def test_the_support_inbox_shows_every_kind_of_ending_and_hides_no_stand_in() -> None:
    done = _run("support_inbox/main.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ("no API keys: answers come from the bundled stand-in; prices are the public list prices\n")
    endings = dict(line.split(maxsplit=3)[::3] for line in done.stdout.splitlines() if line.startswith("T-"))
    assert len(endings) == 24
    assert {ticket: endings[ticket] for ticket in ("T-02", "T-04", "T-08", "T-13", "T-16", "T-18", "T-20", "T-22")} == {
        "T-02": "answered by gpt-6-luna",
        "T-04": "closed by rule",
        "T-08": "answered from the app's own cache",
        "T-13": "answered by gpt-6.1-sol, as claude-opus-5-5 is overloaded",
        "T-16": "answered by gpt-6.1-sol",
        "T-18": "handed to a colleague",
        "T-20": "answered by claude-opus-5-5",
        "T-22": "customer left in the middle of the answer",
    }


def test_the_parts_said_to_be_without_llmroute_are() -> None:
    for name in ("hello/app.py", "support_inbox/intake.py", "support_inbox/routing.py", "support_inbox/main.py"):
        assert "import otel_llmroute" not in (EXAMPLES / name).read_text(encoding="utf-8")
