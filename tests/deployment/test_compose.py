"""The compose files: taken by Docker Compose itself, open to this machine alone, and all of their settings told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deployment.files import (
    CLUSTER,
    COLLECTOR,
    COMPOSE,
    PRODUCTION,
    STACKS,
    composed,
    example_environment,
    project,
)

FILES = (COMPOSE, PRODUCTION, CLUSTER)


@pytest.mark.parametrize("name", STACKS)
def test_docker_compose_takes_the_files(name: str) -> None:
    done = composed(STACKS[name], "--quiet", **example_environment(STACKS[name]))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["compose", "production", "cluster"])
def test_a_password_that_is_not_set_is_said(name: str) -> None:
    env = example_environment(STACKS[name])
    secrets = [setting for setting in env if setting.endswith(("PASSWORD", "SECRET"))]
    assert len(secrets) >= 4
    for setting in secrets:
        done = composed(STACKS[name], "--quiet", **{**env, setting: ""})
        assert done.returncode != 0
        assert f"required variable {setting} is missing a value: set it in .env" in done.stderr


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_is_in_the_example(file: Path) -> None:
    used = set(re.findall(r"\$\{(\w+)", file.read_text()))
    assert used - set(example_environment([file])) == set()


@pytest.mark.parametrize("folder", ["compose", "cluster"])
def test_every_setting_of_the_example_is_used_and_its_default_is_true(folder: str) -> None:
    files = [file for file in FILES if file.parent.name == folder]
    if folder == "cluster":
        files.append(COMPOSE)
    text = "".join(file.read_text() for file in files)
    defaults = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))
    example = (COLLECTOR / folder / ".env.example").read_text()
    said = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert {name: value for name, value in said.items() if f"${{{name}" not in text} == {}
    assert {name: value for name, value in said.items() if value} == {
        name: defaults[name] for name in said if said[name]
    }


def published(name: str) -> dict[str, set[str]]:
    """Service -> addresses on which its ports are open."""
    services = project(name)["services"]
    return {
        service: {port["host_ip"] for port in made["ports"]} for service, made in services.items() if made.get("ports")
    }


@pytest.mark.parametrize("name", STACKS)
def test_ports_are_open_to_this_machine_alone(name: str) -> None:
    found = published(name)
    assert found
    assert {address for addresses in found.values() for address in addresses} == {"127.0.0.1"}


def test_in_production_what_is_not_encrypted_is_not_open_to_others() -> None:
    env = {**example_environment(STACKS["production"]), "LISTEN_ADDRESS": "0.0.0.0"}
    done = composed(STACKS["production"], "--format", "json", **env)
    services = json.loads(done.stdout)["services"]
    everywhere = {
        (service, port["target"])
        for service, made in services.items()
        for port in made.get("ports", [])
        if port["host_ip"] == "0.0.0.0"
    }
    assert everywhere == {("clickhouse", 8443), ("collector", 4317), ("collector", 4318), ("grafana", 3000)}


def test_in_production_everything_that_stays_has_limits_restarts_and_logs_that_end() -> None:
    services = project("production")["services"]
    staying = {name: made for name, made in services.items() if name in ("clickhouse", "collector", "grafana")}
    for made in staying.values():
        assert made["restart"] == "unless-stopped"
        assert set(made["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert {name for name, made in services.items() if made["logging"]["options"].get("max-size") != "10m"} == set()


def test_in_production_the_memory_of_go_is_80_percent_of_the_limit() -> None:
    collector = project("production")["services"]["collector"]
    limit = int(collector["deploy"]["resources"]["limits"]["memory"])
    assert collector["environment"]["GOMEMLIMIT"] == f"{limit * 8 // 10 // 2**20}MiB"


@pytest.mark.parametrize("name", STACKS)
def test_the_collector_has_the_configuration_that_is_tested(name: str) -> None:
    collector = project(name)["services"]["collector"]
    mounts = {mount["target"]: mount["source"] for mount in collector["volumes"] if mount["type"] == "bind"}
    assert mounts["/etc/otelcol/config.yaml"] == str(COLLECTOR / "config.yaml")
    assert mounts["/etc/otelcol/overlays"] == str(COLLECTOR / "overlays")


@pytest.mark.parametrize("name", STACKS)
def test_every_configuration_that_a_collector_is_started_with_is_there(name: str) -> None:
    collector = project(name)["services"]["collector"]
    asked = [word.removeprefix("--config=") for word in collector["command"] if "/etc/otelcol/" in word]
    assert asked[0] == "/etc/otelcol/config.yaml"
    assert [path for path in asked if not (COLLECTOR / path.removeprefix("/etc/otelcol/")).is_file()] == []


@pytest.mark.parametrize("name", STACKS)
def test_every_setting_of_the_collector_is_one_that_it_reads(name: str) -> None:
    configs = [COLLECTOR / "config.yaml", *(COLLECTOR / "overlays").glob("*.yaml")]
    read = set(re.findall(r"\$\{env:(\w+)", "".join(file.read_text() for file in configs)))
    given = set(project(name)["services"]["collector"]["environment"])
    assert given - read <= {"GOMEMLIMIT"}


@pytest.mark.parametrize("name", STACKS)
def test_every_file_that_is_mounted_is_there(name: str) -> None:
    made_by_the_guide = COLLECTOR / "compose" / "secrets"
    sources = [
        Path(mount["source"])
        for made in project(name)["services"].values()
        for mount in made.get("volumes", [])
        if mount["type"] == "bind"
    ]
    assert sources
    assert [path for path in sources if not path.exists() and path.parent != made_by_the_guide] == []


@pytest.mark.parametrize("name", STACKS)
def test_what_ends_is_waited_for_until_it_ended_well(name: str) -> None:
    """``up --wait`` takes a service that ended for a failure unless another one waits for its end."""
    services: dict[str, Any] = project(name)["services"]
    waited = {
        other: condition["condition"]
        for made in services.values()
        for other, condition in made.get("depends_on", {}).items()
    }
    ending = {service: waited[service] for service in ("folders", "migrate", "users")}
    assert ending == dict.fromkeys(ending, "service_completed_successfully")


def test_the_image_of_llmroute_has_the_version_of_the_package() -> None:
    source = (COLLECTOR.parent / "otel_llmroute" / "__init__.py").read_text()
    found = re.search(r'__version__ = "(.*)"', source)
    assert found
    assert project("compose")["services"]["migrate"]["image"] == f"otel-llmroute:{found[1]}"


GRAFANA = COLLECTOR / "compose" / "grafana"
USERS = set(re.findall(r"CREATE USER IF NOT EXISTS (\w+)", (COLLECTOR / "clickhouse" / "users.sql").read_text()))


@pytest.mark.parametrize("name", STACKS)
def test_grafana_is_told_what_its_provisioning_asks_for(name: str) -> None:
    grafana = project(name)["services"]["grafana"]
    (source,) = yaml.safe_load((GRAFANA / "datasources" / "llmroute.yaml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "dashboards" / "llmroute.yaml").read_text())["providers"]
    asked = set(re.findall(r"\$(\w+)", str(source)))
    assert asked == {"LLMROUTE_CLICKHOUSE_HOST", "LLMROUTE_CLICKHOUSE_PASSWORD"}
    assert asked <= set(grafana["environment"])
    mounts = {mount["target"]: mount["source"] for mount in grafana["volumes"]}
    dashboards = COLLECTOR.parent / "dashboards"
    assert mounts[provider["options"]["path"]] == str(dashboards / "grafana")
    assert mounts["/etc/grafana/provisioning/alerting"] == str(dashboards / "alerts")
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert str(home.parent) == provider["options"]["path"]
    assert (dashboards / "grafana" / home.name).exists()
    assert grafana["environment"]["GF_PLUGINS_PREINSTALL_SYNC"].startswith(source["type"] + "@4.")


def test_programs_are_the_users_that_are_made() -> None:
    services = project("compose")["services"]
    (source,) = yaml.safe_load((GRAFANA / "datasources" / "llmroute.yaml").read_text())["datasources"]
    assert {services["collector"]["environment"]["CLICKHOUSE_USER"], source["jsonData"]["username"]} == USERS
