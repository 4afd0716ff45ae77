"""The deployment files as their own tools read them, and the commands of the guides."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
TOOLS: Final = Path(sys.executable).parent
COLLECTOR: Final = ROOT / "collector"
COMPOSE: Final = COLLECTOR / "compose" / "compose.yaml"
PRODUCTION: Final = COLLECTOR / "compose" / "compose.production.yaml"
CLUSTER: Final = COLLECTOR / "cluster" / "compose.yaml"
TEST_CLUSTER: Final = ROOT / "tests" / "server" / "compose.yaml"
STACKS: Final = {
    "compose": (COMPOSE,),
    "production": (COMPOSE, PRODUCTION),
    "cluster": (CLUSTER,),
    "test cluster": (CLUSTER, TEST_CLUSTER),
}
"""Compose files that are used together."""
INSTALLATIONS: Final = (COLLECTOR, ROOT / "examples" / "kubernetes")
SECRETS: Final = {"llmroute": {"admin-password", "collector-password", "grafana-password"}}
"""Secret -> keys, as the guide makes them."""
GUIDES: Final = sorted((ROOT / "docs").glob("deploy-*.md"))
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCKERFILES: Final = sorted(COLLECTOR.glob("*.Dockerfile"))
MARKS: Final = ("# needs Docker", "# needs Kubernetes")
"""First lines of command blocks that cannot run everywhere."""


def example_environment(stack: Sequence[Path]) -> dict[str, str]:
    """A value for every setting in the ``.env.example`` beside the first file of a stack, those in comments too."""
    lines = (stack[0].parent / ".env.example").read_text().splitlines()
    settings = [found for line in lines if (found := re.fullmatch(r"#?([A-Z_]+)=(.*)", line))]
    return {found[1]: found[2] or "secret" for found in settings}


def composed(stack: Sequence[Path], *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What ``docker compose config`` says to the files; it checks them against the Compose schema."""
    files = [word for file in stack for word in ("--file", str(file))]
    command = [str(TOOLS / "docker-compose"), "--profile", "*", *files, "config", *options]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def done_by(*command: str | Path, timeout: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    """A command, when it has ended."""
    words, environment = [str(word) for word in command], {**os.environ, **env}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout)


@cache
def project(name: str) -> dict[str, Any]:
    """A stack of ``STACKS`` with everything merged and filled in."""
    done = composed(STACKS[name], "--format", "json", **example_environment(STACKS[name]))
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def kustomized(folder: Path) -> str:
    """What ``kubectl apply --kustomize`` would send."""
    done = done_by(TOOLS / "kustomize", "build", folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def resources(folder: Path) -> list[dict[str, Any]]:
    """The Kubernetes objects of an installation."""
    return list(yaml.safe_load_all(kustomized(folder)))


def of_kind(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Name -> object, for all objects of a kind."""
    return {made["metadata"]["name"]: made for made in resources(folder) if made["kind"] == kind}


def pods(folder: Path) -> dict[str, dict[str, Any]]:
    """Name -> pod template, for everything that makes pods."""
    kinds = ("Deployment", "StatefulSet", "Job")
    return {name: made["spec"]["template"] for kind in kinds for name, made in of_kind(folder, kind).items()}


def containers(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """All containers of a pod template, those that run first too."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    @property
    def mark(self) -> str:
        """What it needs, as its first line says; "" when it runs anywhere."""
        first = self.text.split("\n", 1)[0]
        return first if first in MARKS else ""

    @property
    def commands(self) -> list[str]:
        """Its lines with continuations joined, without comments."""
        joined = re.sub(r"\\\n\s*", "", self.text)
        return [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        yield Block(page.name, text[: found.start()].count("\n") + 1, found[1], found[2])
