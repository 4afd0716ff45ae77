"""The real collector for tests: the built binary on free ports, until healthy; its addresses, its figures, its end."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "collector"
CONFIG = FOLDER / "config.yaml"
OVERLAYS = FOLDER / "overlays"
START_S = 60
STOP_S = 90
PORTS = ("COLLECTOR_GRPC_PORT", "COLLECTOR_HTTP_PORT", "COLLECTOR_HEALTH_PORT", "COLLECTOR_METRICS_PORT")
"""Variables of ``config.yaml`` that say where it listens."""
STEERING = ("OTEL_", "LLMROUTE_", "COLLECTOR_", "CLICKHOUSE_", "APP_", "TENANT_", "METRICS_", "GATEWAY", "UP_")


def binary() -> Path:
    """The built collector. Fails with one line when there is none."""
    found = Path(os.environ.get("LLMROUTE_COLLECTOR") or FOLDER / "build" / "otelcol-llmroute")
    assert found.is_file(), f"there is no collector at {found}. Try: make collector"
    return found


def overlay(name: str) -> Path:
    """``collector/overlays/{name}.yaml``."""
    return OVERLAYS / f"{name}.yaml"


def environment(**extra: str) -> dict[str, str]:
    """The environment without what steers the collector or OpenTelemetry."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(STEERING)}
    return {**kept, **extra}


def configured(*configs: Path) -> list[str]:
    """The command with these configurations, each merged over the ones before it."""
    return [str(binary()), *(word for config in configs for word in ("--config", str(config)))]


def validated(*configs: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """What ``validate`` says to these configurations."""
    command = [str(binary()), "validate", *configured(*configs)[1:]]
    return subprocess.run(command, env=environment(**env), capture_output=True, text=True, timeout=60)


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now, all different. None that the system gives to outgoing connections (from 32768
    on, most often): what is killed and started again needs its port to be free still."""
    found: list[int] = []
    with ExitStack() as held:
        while len(found) < count:
            one, port = held.enter_context(socket.socket()), random.randrange(10_000, 32_000)
            with suppress(OSError):
                one.bind(("127.0.0.1", port))
                found.append(port)
    return found


@dataclass
class Collector:
    """A collector with its configuration, ports and queue folder. It can be ended and started again with all of it."""

    configs: Sequence[Path]
    queue: Path
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    ports: dict[str, int] = field(default_factory=lambda: dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))

    @property
    def otlp_http(self) -> str:
        """Where OTLP/HTTP is taken, without ``/v1/traces``; http:// unless the configuration has TLS."""
        return f"http://127.0.0.1:{self.ports['COLLECTOR_HTTP_PORT']}"

    @property
    def otlp_grpc(self) -> str:
        return f"http://127.0.0.1:{self.ports['COLLECTOR_GRPC_PORT']}"

    @property
    def pid(self) -> int:
        assert self.process, "the collector was not started"
        return self.process.pid

    def start(self, *, healthy: bool = True) -> None:
        """Start it, and wait until it is healthy unless told not to."""
        ports = {name: str(port) for name, port in self.ports.items()}
        env = environment(COLLECTOR_QUEUE_DIR=str(self.queue), **ports)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                configured(*self.configs), env={**env, **self.env}, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if healthy:
            self.wait_until_healthy()

    def wait_until_healthy(self, within_s: float = START_S) -> None:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            assert self.process, "the collector was not started"
            assert self.process.poll() is None, f"the collector ended:\n{self.said()}"
            if self.healthy():
                return
            time.sleep(0.05)
        raise AssertionError(f"the collector was not healthy within {within_s} s:\n{self.said()}")

    def healthy(self) -> bool:
        """Whether its health check answers 200."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.ports['COLLECTOR_HEALTH_PORT']}/", timeout=2
            ) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def terminate(self) -> int:
        """SIGTERM, and wait for its end; the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL: nothing of it gets the chance to finish."""
        return self._end(signal.SIGKILL)

    def restart(self, number: int = signal.SIGKILL) -> None:
        """End it with a signal and start it with the same queue folder and ports."""
        self._end(number)
        self.start()

    def _end(self, number: int) -> int:
        assert self.process, "the collector was not started"
        self.process.send_signal(number)
        return self.process.wait(STOP_S)

    def said(self, lines: int = 60) -> str:
        """The end of its log, over all starts."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def metrics_text(self) -> str:
        """Its own figures as Prometheus reads them."""
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.ports['COLLECTOR_METRICS_PORT']}/metrics", timeout=10
        ) as answer:
            return str(answer.read().decode())

    def metrics(self) -> dict[str, float]:
        """Its own figures: ``name{label="value",...}`` -> value."""
        return dict(_samples(self.metrics_text()))

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples with this name and these labels; 0 when there is none yet."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(
            value
            for sample, value in self.metrics().items()
            if sample.partition("{")[0] == name and all(label in sample for label in wanted)
        )

    def queued(self) -> float:
        """What all exporters have not got rid of, in spans, log records and data points; what is being sent counts."""
        return self.metric("otelcol_exporter_queue_size")

    def wait_until_empty(self, within_s: float = 60) -> None:
        """Until every queue is empty and its last batch was taken. What is being sampled is in no queue yet."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            if self.queued() == 0:
                return
            time.sleep(0.1)
        raise AssertionError(f"{self.queued():.0f} still wait after {within_s} s:\n{self.said()}")


_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*(?:\{.*\})?)\s+(\S+)$")


def _samples(text: str) -> Iterator[tuple[str, float]]:
    for line in text.splitlines():
        if found := _SAMPLE.match(line):
            yield found[1], float(found[2])


@contextmanager
def running_collector(
    *configs: Path, queue: Path | None = None, healthy: bool = True, start: bool = True, **env: str
) -> Iterator[Collector]:
    """The collector with ``configs`` (``config.yaml`` when none is given), ended with the block.

    ``queue`` is the folder of its persistent queue, a fresh one by default. ``env`` is added to its environment.
    """
    with tempfile.TemporaryDirectory(prefix="llmroute-collector-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        collector = Collector(configs or (CONFIG,), queue or folder / "queue", env, folder / "collector.log")
        try:
            if start:
                collector.start(healthy=healthy)
            yield collector
        except BaseException as error:
            if hasattr(error, "add_note"):
                error.add_note(f"The collector said:\n{collector.said()}")
            else:
                print(f"The collector said:\n{collector.said()}")
            raise
        finally:
            if collector.process and collector.process.poll() is None:
                collector.kill()
