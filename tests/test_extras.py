"""What ``pip install 'otel-llmroute[otlp]'`` brings is enough to run an app under ``opentelemetry-instrument``."""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from opentelemetry.distro import OpenTelemetryDistro

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
@pytest.mark.parametrize("protocol", [None, "http/protobuf"])
def test_the_exporters_that_are_asked_for_are_among_them(
    monkeypatch: pytest.MonkeyPatch, signal: str, protocol: str | None
) -> None:
    names = (f"OTEL_{signal.upper()}_EXPORTER", "OTEL_EXPORTER_OTLP_PROTOCOL")
    for name in names:
        monkeypatch.setenv(name, "")  # what the distribution sets is taken back at the end
        monkeypatch.delenv(name)
    OpenTelemetryDistro()._configure()
    asked = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
    protocol = protocol or os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"]
    (exporter,) = entry_points(group=f"opentelemetry_{signal}_exporter", name=asked[protocol])
    extras = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert exporter.dist is not None
    assert exporter.dist.name in {requirement.partition(">=")[0] for requirement in extras["otlp"]}
