"""The environment in which ``llmroute run`` starts a program: what ``opentelemetry-instrument`` would set, pointed at
the store, with the user's own OpenTelemetry settings kept where they do not point elsewhere."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from otel_llmroute.store.token import token_told

RUN_ID: Final = "llmroute.run.id"
"""Resource attribute that marks what a run sent, so that its table shows that run alone."""
DEFAULTS: Final = {
    # Spans leave within a second, so that a killed program loses little, and a burst fits the queue.
    "OTEL_BSP_SCHEDULE_DELAY": "1000",
    "OTEL_BSP_MAX_QUEUE_SIZE": "65536",
    "OTEL_BLRP_SCHEDULE_DELAY": "1000",
    "OTEL_METRIC_EXPORT_INTERVAL": "10000",
}
"""Set unless the user has set them."""

_SIGNALS: Final = ("TRACES", "METRICS", "LOGS")
_ELSEWHERE: Final = (
    "ENDPOINT", "PROTOCOL", "HEADERS", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE", "COMPRESSION", "INSECURE",
)  # fmt: skip
_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy")


def instrumented(base: Mapping[str, str], program: Sequence[str], endpoint: str, run_id: str) -> dict[str, str]:
    """``base`` with what makes ``program`` send its telemetry to the OTLP/HTTP ``endpoint``, marked with ``run_id``."""
    env = {**DEFAULTS, **base}
    _point_at(env, endpoint)
    for signal in _SIGNALS:
        name = f"OTEL_{signal}_EXPORTER"
        env[name] = with_otlp(env.get(name, ""))
    env["OTEL_RESOURCE_ATTRIBUTES"] = _marked(env.get("OTEL_RESOURCE_ATTRIBUTES", ""), run_id)
    if "service.name=" not in env["OTEL_RESOURCE_ATTRIBUTES"]:
        env.setdefault("OTEL_SERVICE_NAME", service_name(program))
    env["PYTHONPATH"] = _python_path(env.get("PYTHONPATH", ""))
    _not_through_a_proxy(env)
    return env


def _point_at(env: dict[str, str], endpoint: str) -> None:
    """The endpoint, and nothing left of another one: its keys and certificates are not for this store."""
    for place in ("", *(f"{signal}_" for signal in _SIGNALS)):
        for what in _ELSEWHERE:
            env.pop(f"OTEL_EXPORTER_OTLP_{place}{what}", None)
    env["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    env["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf"
    if token := token_told(env):
        env["OTEL_EXPORTER_OTLP_HEADERS"] = f"authorization={quote(f'Bearer {token}')}"


def with_otlp(exporters: str) -> str:
    """A list of exporters that has ``otlp`` once: ``console`` -> ``console,otlp``, ``none`` -> ``otlp``."""
    names = [name.strip() for name in exporters.split(",")]
    others = [name for name in names if name and name != "none" and not name.startswith("otlp")]
    return ",".join([*others, "otlp"])


def _marked(attributes: str, run_id: str) -> str:
    others = [pair for pair in attributes.split(",") if pair.strip() and not pair.strip().startswith(f"{RUN_ID}=")]
    return ",".join([*others, f"{RUN_ID}={run_id}"])


def service_name(program: Sequence[str]) -> str:
    """A name for the program: of its script or module when Python runs it, else of the command."""
    command = PurePath(program[0]).stem
    if not command.startswith("python"):
        return command
    arguments = iter(program[1:])
    for argument in arguments:
        if argument == "-m":
            return next(arguments, command)
        if argument == "-c":
            return command
        if argument in ("-W", "-X"):
            next(arguments, None)
        elif not argument.startswith("-"):
            return PurePath(argument).stem
    return command


def _python_path(path: str) -> str:
    """The folder whose ``sitecustomize`` switches instrumentation on, before everything else."""
    found = importlib.util.find_spec("opentelemetry.instrumentation")
    folders = list(found.submodule_search_locations or ()) if found else []
    hooks = [os.path.join(folder, "auto_instrumentation") for folder in folders]
    others = [part for part in path.split(os.pathsep) if part and part not in hooks]
    return os.pathsep.join([*hooks[:1], *others])


def _not_through_a_proxy(env: dict[str, str]) -> None:
    """Exporters honour proxy variables; the way to this machine is not through one."""
    if not any(env.get(name) or env.get(name.upper()) for name in _PROXIES):
        return
    for name in ("no_proxy", "NO_PROXY"):
        hosts = [host for host in env.get(name, "").split(",") if host]
        if name == "NO_PROXY" or name in env:
            env[name] = ",".join(dict.fromkeys([*hosts, "127.0.0.1", "localhost"]))


def pointed_elsewhere(base: Mapping[str, str]) -> str | None:
    """The user's variable that points at another endpoint and does not hold in this run, if there is one."""
    for place in ("", *(f"{signal}_" for signal in _SIGNALS)):
        if base.get(name := f"OTEL_EXPORTER_OTLP_{place}ENDPOINT"):
            return name
    return None
