"""The guides, as somebody new would follow them: every command is run here, or its first line says what it needs.

With ``LLMROUTE_TEST_DOCKER=1`` those that need Docker are run too, page by page from the top.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment.files import GUIDES, INSTALLATIONS, ROOT, SECRETS, TOOLS, Block, blocks, done_by, of_kind, project
from tests.deployment.store import Store

DOCKER = os.environ.get("LLMROUTE_TEST_DOCKER", "") == "1"
LOCAL = "http://127.0.0.1:4318"
COPIED = ("collector", "dashboards", "docs", "examples", "otel_llmroute", "requirements", "tests/server")
STACK = {"deploy-compose.md": "compose", "deploy-cluster.md": "cluster"}
COMMANDS = [block for page in GUIDES for block in blocks(page) if block.language == "sh"]
HERE = [page for page in GUIDES if any(block.page == page.name and not block.mark for block in COMMANDS)]


def named(block: Block) -> str:
    return f"{block.page}:{block.line}"


def test_there_are_guides() -> None:
    assert [page.name for page in GUIDES] == ["deploy-cluster.md", "deploy-compose.md", "deploy-kubernetes.md"]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_a_block_is_commands_or_a_drawing(page: Path) -> None:
    assert {block.language for block in blocks(page)} <= {"sh", ""}
    drawings = [block for block in blocks(page) if not block.language]
    assert [named(block) for block in drawings if "─" not in block.text] == []


@pytest.mark.parametrize("block", COMMANDS, ids=named)
def test_a_block_says_what_it_needs_and_only_that(block: Block) -> None:
    words = " ".join(block.commands)
    docker = bool(re.search(r"\bdocker (compose|build|push)\b|127\.0\.0\.1:13133", words))
    kubernetes = "kubectl " in words
    needs = {(True, False): "# needs Docker", (False, True): "# needs Kubernetes", (False, False): ""}
    assert block.mark == needs[docker, kubernetes]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as somebody finds it who has just installed it: what is made here stays here."""
    root = tmp_path / "repository"
    for name in COPIED:
        shutil.copytree(
            ROOT / name, root / name, ignore=shutil.ignore_patterns("build", ".env", "secrets", "__pycache__")
        )
    for file in ("Makefile", "README.md", "LICENSE", "pyproject.toml"):
        shutil.copy2(ROOT / file, root / file)
    # The environment is there, and make finds it newer than what it is made from.
    for made in (".venv", ".venv-uv"):
        (root / made).symlink_to(ROOT / made)
    for file in ("pyproject.toml", "requirements/dev.txt"):
        os.utime(root / file, (0, 0))
    return root


def run(page: Path, copy: Path, marks: set[str], collector: str = LOCAL) -> subprocess.CompletedProcess[str]:
    """All blocks of a page that need nothing else than ``marks``, in order, in one shell."""
    parts = [block.text for block in blocks(page) if block.language == "sh" and block.mark in marks]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LLMROUTE_", "OTEL_"))}
    script = "set -euo pipefail\n" + "\n".join(parts).replace(LOCAL, collector)
    return subprocess.run(
        ["bash", "-c", script], cwd=copy, env=environment, capture_output=True, text=True, timeout=1800
    )


@pytest.mark.parametrize("page", HERE, ids=lambda page: page.name)
def test_the_commands_that_need_nothing_else_work(page: Path, copy: Path, store: Store) -> None:
    before = int(store.csv("SELECT count() FROM llm_calls"))
    done = run(page, copy, {""}, store.otlp_http)
    assert done.returncode == 0, done.stdout + done.stderr
    check_made(page, copy)
    if page.name in STACK:
        assert int(store.csv("SELECT count() FROM llm_calls")) > before


def check_made(page: Path, copy: Path) -> None:
    """Passwords are there and all different, keys fit their certificates, and none of it is for others to read."""
    if page.name in STACK:
        settings = copy / "collector" / STACK[page.name] / ".env"
        values = re.findall(r"^(\w+)=(.+)$", settings.read_text(), re.MULTILINE)
        assert len({value for _, value in values}) == len(values) >= 4
        assert settings.stat().st_mode & 0o077 == 0
    for certificate in copy.rglob("tls.crt"):
        assert certificate.parent.stat().st_mode & 0o077 == 0
        assert key_of("x509", "-pubkey", certificate) == key_of("pkey", "-pubout", certificate.with_suffix(".key"))
        assert re.fullmatch(r"[0-9a-f]{64}\n", (certificate.parent / "token").read_text())


def key_of(kind: str, option: str, file: Path) -> str:
    """The public key of a certificate or of a private key."""
    done = (
        done_by("openssl", kind, "-in", file, option, "-noout")
        if kind == "x509"
        else done_by("openssl", kind, "-in", file, option)
    )
    assert "BEGIN PUBLIC KEY" in done.stdout, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", [page for page in GUIDES if page.name in STACK], ids=lambda page: page.name)
def test_the_commands_that_need_docker_work(page: Path, copy: Path) -> None:
    if not DOCKER:
        pytest.skip("LLMROUTE_TEST_DOCKER is not 1: the commands that need Docker were not run")
    (copy / ".git").mkdir()
    done = run(page, copy, {"", "# needs Docker"})
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    sums = re.findall(r"^(\d+)\t(\d+\.\d+)$", done.stdout, re.MULTILINE)
    assert len(sums) >= 2, "the pages ask for calls and spend before they go back to a backup, and after"
    assert len(set(sums)) == 1


def docker_compose(page: str) -> Iterator[list[str]]:
    """The words of each ``docker compose`` command of a page, from the subcommand on."""
    for block in COMMANDS:
        if block.page == page:
            for command in block.commands:
                for found in re.finditer(r"docker compose (.*?)(?:\)?$|;| --query)", command):
                    yield shlex.split(found[1], posix=False)


@pytest.mark.parametrize("page", STACK)
def test_docker_compose_knows_the_commands_and_the_services(page: str) -> None:
    services, checked = set(project(STACK[page])["services"]), 0
    for words in docker_compose(page):
        said = done_by(TOOLS / "docker-compose", words[0], "--help")
        assert said.returncode == 0, words
        for word in words[1:]:
            if word.startswith("-"):
                assert re.search(rf"(^|\s){re.escape(word)}\b", said.stdout), words
        named_here = [word for word in words[1:] if word in services or word.strip('"').partition(":")[0] in services]
        assert named_here or words[0] in ("up", "down") or '"$server"' in words, words
        checked += 1
    assert checked >= 10


@pytest.mark.parametrize("page", STACK)
def test_files_that_compose_is_told_of_are_there(page: str) -> None:
    told = [
        found for block in COMMANDS if block.page == page for found in re.findall(r"COMPOSE_FILE=(\S+)", block.text)
    ]
    assert told
    assert [file for files in told for file in files.split(":") if not (ROOT / file).is_file()] == []


def test_kubernetes_objects_that_are_named_are_there() -> None:
    for folder in INSTALLATIONS:
        for block in COMMANDS:
            for kind, name in re.findall(r"\b(job|statefulset)[/ ]([a-z]+)\b", block.text):
                assert name in of_kind(folder, {"job": "Job", "statefulset": "StatefulSet"}[kind]), named(block)


def test_secrets_are_made_with_the_keys_that_pods_ask_for() -> None:
    text = "\n".join(block.text for block in COMMANDS if block.page == "deploy-kubernetes.md")
    assert set(re.findall(r"--from-literal=([\w-]+)=", text)) == SECRETS["llmroute"]
