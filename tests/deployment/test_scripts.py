"""What is run on ClickHouse: scripts by a linter and by running them, SQL by the engine's own parser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.deployment.files import COLLECTOR, DOCKERFILES, ROOT, TOOLS, done_by
from tests.deployment.store import LLMROUTE, Store

CLICKHOUSE = COLLECTOR / "clickhouse"
SCRIPTS = sorted([*CLICKHOUSE.glob("*.sh"), ROOT / ".ci" / "run"])
CONFIGS = sorted([*COLLECTOR.glob("cl*/*.xml"), *(ROOT / "tests" / "server").glob("*.xml")])
CLIENT = """#!/bin/sh
# In the place of clickhouse-client: notes how it was called.
printf '%s\\n' "$CLICKHOUSE_USER:$CLICKHOUSE_PASSWORD" "$@" -- >> "$CALLS"
"""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    done = done_by(TOOLS / "shellcheck", script)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.name)
def test_hadolint_finds_nothing(file: Path) -> None:
    done = done_by(TOOLS / "hadolint", file)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """Where the client in the place of ``clickhouse-client`` notes its calls."""
    client = tmp_path / "clickhouse-client"
    client.write_text(CLIENT)
    client.chmod(0o755)
    return tmp_path / "calls"


def called(script: str, calls: Path, **env: str) -> tuple[str, list[list[str]]]:
    """What a script prints, and the words of each call of the client."""
    environment = {"PATH": f"{calls.parent}:{os.environ['PATH']}", "CALLS": str(calls), **env}
    environment |= {"CLICKHOUSE_USER": "admin", "CLICKHOUSE_PASSWORD": "a b"}
    done = subprocess.run(["sh", CLICKHOUSE / script], env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout, [call.splitlines() for call in calls.read_text().split("--\n") if call]


def test_users_are_made_on_every_server_and_roles_on_the_first(calls: Path) -> None:
    env = {"COLLECTOR_PASSWORD": "c 'd", "GRAFANA_PASSWORD": 'e"f', "CLICKHOUSE_OPTIONS": "--secure --port 9441"}
    _, made = called("users.sh", calls, CLICKHOUSE_HOSTS="one two", ROLES_SQL="roles.sql", USERS_SQL="users.sql", **env)
    tail = ["--param_collector_password=c 'd", '--param_grafana_password=e"f']

    def call(host: str, file: str) -> list[str]:
        return ["admin:a b", "--host", host, "--secure", "--port", "9441", "--queries-file", file, *tail]

    assert made == [call("one", "roles.sql"), call("one", "users.sql"), call("two", "users.sql")]


def test_a_backup_is_one_statement_and_its_name_is_printed(calls: Path, store: Store) -> None:
    said, ((user, *words),) = called("backup.sh", calls, CLICKHOUSE_HOST="one", BACKUP_OF="DATABASE otel")
    assert re.fullmatch(r"otel-\d{4}-\d\d-\d\dT\d{6}Z\n", said)
    assert (user, words[:3]) == ("admin:a b", ["--host", "one", "--query"])
    assert (
        store.parsed(words[3]).strip('"') == f"BACKUP DATABASE otel TO Disk('backups', '{said.strip()}') FORMAT `Null`"
    )


def statements(text: str) -> list[str]:
    """The statements of a file, without its comments."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    return [part.strip() for part in "\n".join(lines).split(";\n") if part.strip()]


def test_the_engine_can_read_the_users(store: Store) -> None:
    found = statements((CLICKHOUSE / "users.sql").read_text())
    kinds = [store.parsed(statement).strip('"').split(" llmroute_")[0] for statement in found]
    assert kinds == ["CREATE USER IF NOT EXISTS", "ALTER USER", "GRANT"] * 2


def test_roles_that_users_get_are_those_that_are_made() -> None:
    done = done_by(LLMROUTE, "users")
    made = set(re.findall(r"CREATE ROLE IF NOT EXISTS (\w+)", done.stdout))
    given = set(re.findall(r"^GRANT (\w+) TO", (CLICKHOUSE / "users.sql").read_text(), re.MULTILINE))
    assert given == made


def test_the_engine_can_read_the_statements_of_the_guides(store: Store) -> None:
    for page in ("deploy-compose.md", "deploy-cluster.md", "deploy-kubernetes.md"):
        text = (ROOT / "docs" / page).read_text()
        found = re.findall(r'"((?:SELECT|RESTORE|DROP) [^"]*)"', text)
        found += re.findall(r"`(SELECT [^`]*)`", text)
        assert found, page
        for statement in found:
            assert store.parsed(statement)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.name)
def test_a_config_can_be_read(file: Path) -> None:
    assert ElementTree.parse(file).getroot().tag == "clickhouse"


def test_the_cluster_of_the_config_is_the_one_that_is_migrated() -> None:
    cluster = ElementTree.parse(COLLECTOR / "cluster" / "cluster.xml").getroot()
    (named,) = [found.tag for found in cluster.findall("remote_servers/*")]
    hosts = {found.text for found in cluster.iter("host")} - {"keeper"}
    text = (COLLECTOR / "cluster" / "compose.yaml").read_text()
    assert re.findall(r"--cluster (\w+)", text) == [named] * 2
    assert f"CLICKHOUSE_HOSTS: {' '.join(sorted(str(host) for host in hosts))}" in text


def test_backups_go_to_the_disk_that_the_server_allows() -> None:
    config = ElementTree.parse(CLICKHOUSE / "backups.xml").getroot()
    (disk,) = config.findall("storage_configuration/disks/*")
    assert (disk.tag, disk.findtext("path")) == ("backups", "/backups/")
    assert config.findtext("backups/allowed_disk") == disk.tag


def test_what_the_guide_backs_up_it_gets_back(calls: Path, tmp_path: Path) -> None:
    said, ((_, *words),) = called("backup.sh", calls, CLICKHOUSE_HOST="one", BACKUP_OF="DATABASE otel")
    text = (ROOT / "docs" / "deploy-compose.md").read_text()
    back = [found.replace("$backup", said.strip()) for found in re.findall(r'"((?:DROP|RESTORE) [^"]*)"', text)]
    assert [statement.split()[0] for statement in back] == ["DROP", "RESTORE"]
    config = (CLICKHOUSE / "backups.xml").read_text().replace(">/backups/<", f">{tmp_path}/backups/<")
    (tmp_path / "config.xml").write_text(config)
    python, place = LLMROUTE.with_name("python"), tmp_path / "data"
    module = ("-m", "tests.deployment.restoring", place, tmp_path / "config.xml")
    done = done_by(python, *module, words[3], *back, timeout=120)
    assert done.returncode == 0, done.stderr
    (tables, spend), after = json.loads(done.stdout)
    assert tables.count("\n") > 40
    assert re.fullmatch(r"[1-9]\d+\t\d+\.\d+\n", spend)
    assert after == [tables, spend]
