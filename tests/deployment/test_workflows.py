"""The workflows for public CI: taken by actionlint, and what they call is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from tests.deployment.files import ROOT, TOOLS, WORKFLOWS, done_by, project

every = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)


def commands(file: Path) -> list[str]:
    """Every ``run`` of a workflow."""
    jobs = yaml.safe_load(file.read_text())["jobs"]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


@every
def test_actionlint_finds_nothing(file: Path) -> None:
    done = done_by(TOOLS / "actionlint", file, PATH=f"{TOOLS}:{os.environ['PATH']}")  # it calls shellcheck
    assert done.returncode == 0, done.stdout


@every
def test_targets_of_make_that_are_called_are_there(file: Path) -> None:
    for command in commands(file):
        for targets in re.findall(r"^make (.*)$", command, re.MULTILINE):
            done = done_by("make", "--dry-run", *targets.split())
            assert done.returncode == 0, done.stderr


@every
def test_files_that_are_named_are_there(file: Path) -> None:
    text = file.read_text()
    found = set(re.findall(r"\b(?:tests|collector|examples|docs)/[\w./-]*\w", text))
    assert sorted(path for path in found if not (ROOT / path).exists() and "/build/" not in path) == []


def test_the_stock_collector_in_ci_is_that_of_compose() -> None:
    image = project("compose")["services"]["collector"]["image"]
    text = (ROOT / ".github" / "workflows" / "deployment.yml").read_text()
    assert set(re.findall(r"otel/[\w.:-]+", text)) == {image}
