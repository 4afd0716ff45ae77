"""The collector's configurations, as the real binary reads them."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from tests.collector.clickhouse import running_double
from tests.collector.collector import CONFIG, FOLDER, Collector, binary, overlay, running_collector, validated

BALANCER = FOLDER / "balancer.yaml"
OVERLAYS = sorted(path.stem for path in (FOLDER / "overlays").glob("*.yaml"))
TOGETHER = [pair for pair in combinations(OVERLAYS, 2) if pair != ("bearer", "tenant")]
CONFIGS = [CONFIG, BALANCER, *map(overlay, OVERLAYS)]
BUILDER = (FOLDER / "builder.yaml").read_text(encoding="utf-8")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """What the overlays want to be told."""
    (tmp_path / "htpasswd").write_text("acme:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n")
    (tmp_path / "token").write_text("t" * 32)
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"]
    subprocess.run(
        [*made, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    return {
        "COLLECTOR_QUEUE_DIR": str(tmp_path / "queue"),
        "COLLECTOR_HTPASSWD": str(tmp_path / "htpasswd"),
        "COLLECTOR_TOKEN_FILE": str(tmp_path / "token"),
        "COLLECTOR_TLS_CERT": str(certificate),
        "COLLECTOR_TLS_KEY": str(key),
        "METRICS_ENDPOINT": "http://127.0.0.1:9090/api/v1/otlp",
    }


def test_the_configuration_is_valid_as_it_is(env: dict[str, str]) -> None:
    done = validated(CONFIG, COLLECTOR_QUEUE_DIR=env["COLLECTOR_QUEUE_DIR"])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", OVERLAYS)
def test_it_is_valid_with_each_overlay(name: str, env: dict[str, str]) -> None:
    done = validated(CONFIG, overlay(name), **env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("names", TOGETHER, ids="+".join)
def test_it_is_valid_with_two_of_them(names: tuple[str, str], env: dict[str, str]) -> None:
    done = validated(CONFIG, *map(overlay, names), **env)
    assert done.returncode == 0, done.stderr


def test_it_is_valid_with_all_that_a_customer_facing_one_has(env: dict[str, str]) -> None:
    done = validated(CONFIG, *map(overlay, ("tenant", "tls", "content", "span_metrics")), **env)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("names", [(), ("tls",), ("bearer",), ("tenant",), ("bearer", "tls")], ids="+".join)
def test_the_balancer_is_valid(names: tuple[str, ...], env: dict[str, str]) -> None:
    done = validated(BALANCER, *map(overlay, names), **env)
    assert done.returncode == 0, done.stderr


def test_a_mistake_is_not_valid(env: dict[str, str], tmp_path: Path) -> None:
    mistaken = tmp_path / "mistaken.yaml"
    mistaken.write_text("service: {pipelines: {traces/calls: {processors: [no_such_thing]}}}")
    assert validated(CONFIG, mistaken, **env).returncode != 0


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.name)
def test_nothing_acknowledges_before_it_is_on_the_disk(config: Path) -> None:
    """The processor ``batch`` does, and is on its way out."""
    assert re.search(r"(?m)^  batch\b|[\[, ]batch[,\]/]", config.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.name)
def test_every_queue_is_on_the_disk_and_makes_senders_wait(config: Path) -> None:
    """But that of span metrics, which are made anew every minute."""
    text = config.read_text(encoding="utf-8")
    queues = re.findall(r"(?m)^ +sending_queue:(?: \{enabled: false\}|\n(?: {6,}.*\n)+)", text)
    assert len(queues) == text.count("sending_queue:") - text.count("otlp_http/metrics:")
    for queue in queues:
        assert "enabled: false" in queue or re.search(
            r"(?s)storage: file_storage/queue\n.*block_on_overflow: true\n", queue
        )


def test_every_setting_is_named_at_a_head() -> None:
    common = comments_of(CONFIG)
    for config in CONFIGS:
        variables = set(re.findall(r"\$\{env:(\w+)", config.read_text(encoding="utf-8")))
        assert {name for name in variables if name not in comments_of(config) + common} == set()


def comments_of(config: Path) -> str:
    lines = config.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.lstrip().startswith("#"))


def test_what_is_built_is_of_one_train() -> None:
    parts = BUILDER.partition("replaces:")[0]
    assert set(re.findall(r"gomod: \S+ v(\S+)", parts)) == {"0.161.0", "1.67.0"}
    assert set(re.findall(r"provider/\S+ v(\S+)", parts)) == {"1.67.0"}


def test_what_is_built_is_what_is_used() -> None:
    said = subprocess.run([str(binary()), "components"], capture_output=True, text=True, check=True).stdout
    built = set(re.findall(r"- name: (\w+)\n\s+module: (?!.*/provider/)", said))
    text = "\n".join(config.read_text(encoding="utf-8") for config in CONFIGS)
    used = {name for name in built if re.search(rf"(?m)^  (?:  )?{name}(?:/\w+)?:", text)}
    # For a --config of one's own: to look at what passes, and to send it on by gRPC.
    assert built - used == {"debug", "otlp_grpc"}


@pytest.fixture
def failing() -> Iterator[Collector]:
    """A collector whose inserts are refused, and given up soon."""
    with running_double() as store, running_collector(**store.env) as collector:
        store.fail("500")
        span = {
            "traceId": "0af7651916cd43dd8448eb211c80319c",
            "spanId": "b7ad6b7169203331",
            "name": "chat",
            "kind": 3,
            "startTimeUnixNano": str(time.time_ns()),
            "endTimeUnixNano": str(time.time_ns()),
            "attributes": [{"key": "llmroute.record.kind", "value": {"stringValue": "attempt"}}],
        }
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
        url, kind = f"{collector.otlp_http}/v1/traces", {"Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, body, kind), timeout=10) as answer:
            assert answer.status == 200
        store.wait_until_failed(1)
        yield collector


def test_a_refused_insert_shows_as_what_waits(failing: Collector) -> None:
    assert failing.metric("otelcol_exporter_queue_size", exporter="clickhouse/calls") == 1
