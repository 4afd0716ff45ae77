"""The Kubernetes objects: valid by Kubernetes' own schemas, and what one names of another is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deployment.files import (
    COLLECTOR,
    INSTALLATIONS,
    ROOT,
    SECRETS,
    TOOLS,
    containers,
    done_by,
    kustomized,
    of_kind,
    pods,
    resources,
)

RELEASES = ("1.31", "1.34", "1.37")
"""Of Kubernetes: the oldest that the guide names, one between, and the newest whose schemas there are."""
BASE = COLLECTOR
both = pytest.mark.parametrize("folder", INSTALLATIONS, ids=lambda folder: folder.name)


@both
@pytest.mark.parametrize("release", RELEASES)
def test_every_object_is_valid(folder: Path, release: str, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(kustomized(folder))
    options = ("--strict", "--kubernetes-version", release)
    done = done_by(TOOLS / "kubernetes-validate", *options, tmp_path / "all.yaml", timeout=120)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count(" passed ") == len(resources(folder)) > 10


def test_a_wrong_field_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(kustomized(BASE).replace("maxUnavailable:", "maximumUnavailable:"))
    done = done_by(TOOLS / "kubernetes-validate", "--strict", tmp_path / "all.yaml", timeout=120)
    assert done.returncode != 0
    assert "maximumUnavailable" in done.stdout + done.stderr


@both
def test_the_configuration_in_the_cluster_is_the_tested_one_byte_for_byte(folder: Path) -> None:
    data = config_maps(folder)["collector"]
    files = {file.name: file for file in [COLLECTOR / "config.yaml", COLLECTOR / "balancer.yaml"]}
    files |= {file.name: file for file in (COLLECTOR / "overlays").glob("*.yaml") if file.name in data}
    assert {"bearer.yaml", "tenant.yaml", "tls.yaml"} <= set(files)
    assert {name: text.encode() for name, text in data.items()} == {name: f.read_bytes() for name, f in files.items()}


def config_maps(folder: Path) -> dict[str, dict[str, str]]:
    """Name without its hash -> data."""
    return {name.rpartition("-")[0]: made["data"] for name, made in of_kind(folder, "ConfigMap").items()}


@both
def test_every_configuration_that_a_collector_is_started_with_is_mounted(folder: Path) -> None:
    started = {
        name: [word.removeprefix("--config=/etc/otelcol/") for word in container["args"]]
        for name, pod in pods(folder).items()
        for container in containers(pod)
        if container["image"].startswith("otel/")
    }
    assert started["balancer"][0] == "balancer.yaml"
    assert started["gateway"] == ["config.yaml"]
    assert {file for files in started.values() for file in files} <= set(config_maps(folder)["collector"])


@both
def test_every_config_map_and_secret_that_is_named_is_there(folder: Path) -> None:
    maps, keys = set(of_kind(folder, "ConfigMap")), set()
    for found in walked([pod["spec"] for pod in pods(folder).values()]):
        if "configMapRef" in found:
            assert found["configMapRef"]["name"] in maps
        if "configMap" in found:
            assert found["configMap"]["name"] in maps
        if "secretKeyRef" in found:
            keys.add((found["secretKeyRef"]["name"], found["secretKeyRef"]["key"]))
    assert keys == {(secret, key) for secret, of_secret in SECRETS.items() for key in of_secret}


def walked(value: Any) -> list[dict[str, Any]]:
    """All mappings in a value."""
    if isinstance(value, dict):
        return [value, *(found for part in value.values() for found in walked(part))]
    return [found for part in value for found in walked(part)] if isinstance(value, list) else []


@both
def test_every_selector_finds_pods(folder: Path) -> None:
    labels = [pod["metadata"]["labels"] for pod in pods(folder).values()]
    selectors = [made["spec"]["selector"] for made in of_kind(folder, "Service").values()]
    for kind in ("StatefulSet", "PodDisruptionBudget"):
        selectors += [made["spec"]["selector"]["matchLabels"] for made in of_kind(folder, kind).values()]
    assert len(selectors) == 7
    assert [one for one in selectors if not any(one.items() <= pod.items() for pod in labels)] == []


@both
def test_services_and_probes_name_ports_that_there_are(folder: Path) -> None:
    every = pods(folder)
    for name, pod in every.items():
        for container in containers(pod):
            ports = {port["name"] for port in container.get("ports", [])}
            probes = [container[kind]["httpGet"]["port"] for kind in container if kind.endswith("Probe")]
            assert set(probes) <= ports, name
            assert len(probes) == (3 if ports else 0), name
    for service in of_kind(folder, "Service").values():
        pod = every[service["spec"]["selector"]["app.kubernetes.io/name"]]
        ports = {port["name"] for container in containers(pod) for port in container.get("ports", [])}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports


@both
def test_no_container_may_more_than_it_needs(folder: Path) -> None:
    for name, pod in pods(folder).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert set(container["resources"]) == {"requests", "limits"}, name


@both
def test_the_memory_of_go_is_80_percent_of_the_limit(folder: Path) -> None:
    sizes = {"Gi": 1024, "Mi": 1}
    for name in ("balancer", "gateway"):
        (container,) = containers(pods(folder)[name])
        limit = container["resources"]["limits"]["memory"]
        given = {one["name"]: one.get("value") for one in container["env"]}["GOMEMLIMIT"]
        assert given == f"{int(limit[:-2]) * sizes[limit[-2:]] * 8 // 10}MiB", name


@both
def test_queues_are_on_volumes_that_stay(folder: Path) -> None:
    for name in ("balancer", "gateway"):
        made = of_kind(folder, "StatefulSet")[name]["spec"]
        assert made["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
        assert [claim["metadata"]["name"] for claim in made["volumeClaimTemplates"]] == ["queue"]
        (container,) = containers(made["template"])
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts["queue"] == "/var/lib/otelcol"


@both
def test_what_is_scaled_by_itself_is_scaled_up_alone(folder: Path) -> None:
    scalers = of_kind(folder, "HorizontalPodAutoscaler")
    assert set(scalers) == {"balancer"}
    assert scalers["balancer"]["spec"]["behavior"]["scaleDown"]["selectPolicy"] == "Disabled"
    assert "replicas" not in of_kind(folder, "StatefulSet")["balancer"]["spec"]


@both
def test_balancers_ask_for_the_gateways_by_the_name_of_their_service(folder: Path) -> None:
    (container,) = containers(pods(folder)["balancer"])
    host = {one["name"]: one.get("value") for one in container["env"]}["GATEWAY_HOST"]
    service = of_kind(folder, "Service")[host]["spec"]
    assert service["clusterIP"] == "None"
    assert service["selector"] == {"app.kubernetes.io/name": "gateway"}
    assert 4317 in {port["port"] for port in service["ports"]}


@both
def test_who_migrates_is_who_owns_the_views(folder: Path) -> None:
    data = config_maps(folder)["migrate"]
    assert data["LLMROUTE_DSN"].startswith(f"https://{data['CLICKHOUSE_USER']}@")


@both
def test_nothing_is_reached_that_no_policy_names(folder: Path) -> None:
    policies = of_kind(folder, "NetworkPolicy")
    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (gateway,) = policies["gateway"]["spec"]["ingress"]
    assert gateway == {
        "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "balancer"}}}],
        "ports": [{"port": "otlp-grpc"}],
    }


def test_dashboards_and_rules_are_config_maps_that_sidecars_find_and_kubernetes_takes() -> None:
    maps = of_kind(ROOT / "dashboards", "ConfigMap")
    made = {path.stem for path in (ROOT / "dashboards" / "grafana").iterdir()}
    assert set(maps) == {"llmroute-alerts", *(f"llmroute-{name}" for name in made)}
    for name, found in maps.items():
        ((file, text),) = found["data"].items()
        label = "grafana_alert" if name == "llmroute-alerts" else "grafana_dashboard"
        assert found["metadata"]["labels"] == {label: "1"}
        assert Path(file).stem == name
        assert len(text.encode()) < 900_000
