"""Every image has a version, and one version everywhere."""

from __future__ import annotations

import re
from collections import defaultdict

from tests.deployment.files import COLLECTOR, DOCKERFILES, INSTALLATIONS, ROOT, STACKS, containers, pods, project

BUILDER = (COLLECTOR / "builder.yaml").read_text()


def images() -> dict[str, set[str]]:
    """Image -> tags, over all compose files, Kubernetes objects, Dockerfiles and pages."""
    found = [made["image"] for name in STACKS for made in project(name)["services"].values()]
    found += [
        container["image"] for folder in INSTALLATIONS for pod in pods(folder).values() for container in containers(pod)
    ]
    for file in DOCKERFILES:
        found += re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)
    tags = defaultdict(set)
    for image in found:
        name, _, tag = image.rpartition(":")
        tags[name or tag].add(tag if name else "")
    return dict(tags)


def test_every_image_has_a_whole_version() -> None:
    found = images()
    assert {"otel-llmroute", "clickhouse/clickhouse-server", "grafana/grafana", "python"} <= set(found)
    loose = {name: tags for name, tags in found.items() if not all(re.match(r"\d+\.\d+\.\d+", tag) for tag in tags)}
    assert loose == {}


def test_an_image_has_one_version_everywhere() -> None:
    assert {name: tags for name, tags in images().items() if len(tags) != 1} == {}


def test_the_stock_collector_is_of_the_release_that_is_built_and_tested() -> None:
    found = re.search(r"^  version: (\S+)$", BUILDER, re.MULTILINE)
    assert found
    assert images()["otel/opentelemetry-collector-contrib"] == {found[1]}


def test_keeper_and_server_are_of_one_release() -> None:
    found = images()
    assert found["clickhouse/clickhouse-keeper"] == found["clickhouse/clickhouse-server"]


def test_the_image_of_llmroute_is_not_run_by_root() -> None:
    for file in DOCKERFILES:
        users = re.findall(r"^USER (\S+)", file.read_text(), re.MULTILINE)
        assert users[-1:] == ["10001:10001"]


def test_what_a_dockerfile_copies_is_not_left_out_of_its_context() -> None:
    for file in DOCKERFILES:
        kept = set(re.findall(r"^!(\S+)", file.with_name(file.name + ".dockerignore").read_text(), re.MULTILINE))
        copied = [
            word for line in re.findall(r"^COPY (.*) \S+$", file.read_text(), re.MULTILINE) for word in line.split()
        ]
        assert [path for path in copied if not (ROOT / path).exists()] == []
        assert set(copied) == kept
