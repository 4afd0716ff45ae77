"""``llmroute run``: the program as it was, and a table of what it spent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otel_llmroute.store.commands import run
from otel_llmroute.store.environment import instrumented, pointed_elsewhere, service_name, with_otlp
from tests.store.conftest import CLI, RunningUp, clean_env, llmroute

APP = """
import sys
from opentelemetry import trace
from opentelemetry.trace import SpanKind

facts = {
    "llmroute.record.kind": "attempt", "llmroute.route.name": sys.argv[1], "llmroute.route.reason": "task_class",
    "llmroute.cost.amount": 0.25, "llmroute.cost.currency": "USD", "llmroute.cost.status": "priced",
}
print("read", sys.stdin.read(), "argv", sys.argv[1:])
print("to stderr", file=sys.stderr)
for _ in range(3):
    trace.get_tracer("otel_llmroute").start_span("chat m", kind=SpanKind.CLIENT, attributes=facts).end()
sys.exit(int(sys.argv[2]))
"""
# The instrumentations that happen to be installed here are not what is tested.
QUIET = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}


@pytest.fixture
def app(tmp_path: Path) -> str:
    path = tmp_path / "shop.py"
    path.write_text(APP)
    return str(path)


def test_a_program_is_run_as_it_is_and_its_spend_is_told(tmp_path: Path, app: str) -> None:
    done = llmroute("run", "--", sys.executable, app, "checkout", "7", "--flag", cwd=tmp_path, stdin="input", **QUIET)
    assert (done.returncode, done.stdout) == (7, "read input argv ['checkout', '7', '--flag']\n")
    lines = [line.split() for line in done.stderr.splitlines()]
    assert lines[0] == ["to", "stderr"]
    row = ["checkout", "task_class", "3", "3", "0", "0", "0", "-", "-", "-", "$0.7500", "100%", "0", "$0.25000"]
    assert row in lines
    # The store it started is gone, and what was stored is there.
    folder = tmp_path / ".llmroute"
    assert not (folder / "running.json").exists()
    assert done.stderr.endswith(" up, then http://127.0.0.1:8317\n")
    run_id = done.stderr.split("--run ")[1].split()[0]
    again = llmroute("spend", "--run", run_id, "--by", "service", "--format", "json", cwd=tmp_path)
    (found,) = json.loads(again.stdout)["rows"]
    assert (found["service"], found["spend"]) == ("shop", "0.75")


def test_a_running_store_is_used_and_only_this_run_is_told(shared_store: RunningUp, app: str, tmp_path: Path) -> None:
    for name in ("first", "second"):
        report_to = ("--report", "-", "--format", "json")
        done = llmroute("run", *report_to, "--", sys.executable, app, name, "0", **QUIET, **data(shared_store))
        said, _, report = done.stdout.partition("\n")
        assert (done.returncode, said) == (0, f"read  argv ['{name}', '0']")
        found = json.loads(report)
        assert [(row["route"], row["spend"]) for row in found["rows"]] == [(name, "0.75")]
    assert shared_store.process.poll() is None
    report_file = tmp_path / "spend.csv"
    done = llmroute(
        "run", "--report", str(report_file), "--format", "csv", "--by", "reason", "--", sys.executable, app, "x", "3",
        **QUIET, **data(shared_store),
    )  # fmt: skip
    assert (done.returncode, report_file.read_text().splitlines()[1].split(",")[0]) == (3, "task_class")


def data(store: RunningUp) -> dict[str, str]:
    return {"LLMROUTE_DATA": str(store.folder)}


def test_what_to_type_next_is_the_command_that_the_shell_finds_else_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (".venv/bin", "other/bin"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "llmroute").write_text("#!/bin/sh\n")
        (tmp_path / place / "llmroute").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv/bin/python"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / ".venv/bin"))
    assert run._command() == "llmroute"
    for elsewhere in ("other/bin", "no/bin"):
        monkeypatch.setenv("PATH", str(tmp_path / elsewhere))
        assert run._command() == ".venv/bin/llmroute"
    monkeypatch.chdir(tmp_path / "other")
    assert run._command() == str(tmp_path / ".venv/bin/llmroute")
    monkeypatch.setattr(run, "running_store", lambda data: None)
    assert run._page(None).startswith(f"{tmp_path}/.venv/bin/llmroute up, then ")


def test_a_program_without_calls_is_told_so(shared_store: RunningUp) -> None:
    done = llmroute("run", "sh", "-c", "echo out; exit 5", **QUIET, **data(shared_store))
    assert (done.returncode, done.stdout) == (5, "out\n")
    assert done.stderr == "llmroute: no LLM call was seen in this run\n"


def test_a_store_that_cannot_start_costs_one_line_and_not_the_program(tmp_path: Path, app: str) -> None:
    (tmp_path / "a-file").write_text("")
    done = llmroute("run", "--data", "a-file", "--", sys.executable, app, "x", "4", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "read  argv ['x', '4']\n")
    told = f"llmroute: the program runs without instrumentation: the data folder {tmp_path}/a-file is a file."
    assert done.stderr.splitlines()[0].split(" Try")[0] == told
    assert done.stderr.splitlines()[1:] == ["to stderr"]


def test_a_report_that_cannot_be_written_does_not_change_the_exit_code(
    shared_store: RunningUp, app: str, tmp_path: Path
) -> None:
    report = str(tmp_path / "no" / "where")
    done = llmroute("run", "--report", report, "--", sys.executable, app, "x", "6", **QUIET, **data(shared_store))
    assert (done.returncode, "llmroute: no table: " in done.stderr) == (6, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_reaches_the_program(shared_store: RunningUp, number: signal.Signals) -> None:
    program = f"trap 'echo got it; exit 9' {number.value}; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [*CLI, "run", "--", "sh", "-c", program],
        env=clean_env(**QUIET, **data(shared_store)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests may ignore it (nohup does), and what is ignored stays so in children.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (9, "got it\n")


def test_a_program_that_a_signal_ends_has_the_shells_exit_code(shared_store: RunningUp) -> None:
    done = llmroute("run", "--", "sh", "-c", "kill -KILL $$", **QUIET, **data(shared_store))
    assert done.returncode == 128 + signal.SIGKILL


def test_the_store_does_not_outlive_a_killed_run(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*CLI, "run", "--data", str(tmp_path / "data"), "--", "sh", "-c", "echo ready; exec sleep 60"],
        env=clean_env(**QUIET),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    note = tmp_path / "data" / "running.json"
    store = json.loads(note.read_text())["pid"]
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    until = time.monotonic() + 30
    while note.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not note.exists()
    assert store != process.pid


# --- the environment --------------------------------------------------------------------------------------------------


def env(**base: str) -> dict[str, str]:
    return instrumented(base, ["python", "app.py"], "http://127.0.0.1:1", "run-1")


def test_the_environment_is_the_one_of_opentelemetry_instrument_pointed_at_the_store() -> None:
    found = env()
    hook = found.pop("PYTHONPATH")
    assert (Path(hook) / "sitecustomize.py").is_file()
    assert found == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_SERVICE_NAME": "app",
        "OTEL_RESOURCE_ATTRIBUTES": "llmroute.run.id=run-1",
        "OTEL_BSP_SCHEDULE_DELAY": "1000",
        "OTEL_BSP_MAX_QUEUE_SIZE": "65536",
        "OTEL_BLRP_SCHEDULE_DELAY": "1000",
        "OTEL_METRIC_EXPORT_INTERVAL": "10000",
    }


def test_what_the_user_has_set_is_kept_unless_it_points_elsewhere() -> None:
    found = env(
        OTEL_SERVICE_NAME="mine",
        OTEL_BSP_SCHEDULE_DELAY="50",
        OTEL_TRACES_SAMPLER="always_off",
        OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="requests",
        OTEL_RESOURCE_ATTRIBUTES="team=a,llmroute.run.id=of-the-outer-run",
        OTEL_TRACES_EXPORTER="console",
        OTEL_EXPORTER_OTLP_ENDPOINT="https://elsewhere.example",
        OTEL_EXPORTER_OTLP_HEADERS="api-key=secret",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="https://elsewhere.example/v1/traces",
        PYTHONPATH="src",
    )
    kept = {"OTEL_SERVICE_NAME": "mine", "OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_TRACES_SAMPLER": "always_off"}
    kept |= {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "requests", "OTEL_TRACES_EXPORTER": "console,otlp"}
    kept |= {"OTEL_RESOURCE_ATTRIBUTES": "team=a,llmroute.run.id=run-1"}
    kept |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    assert {key: found[key] for key in kept} == kept
    assert found["PYTHONPATH"].endswith(os.pathsep + "src")
    assert [value for value in found.values() if "elsewhere" in value or "secret" in value] == []
    assert pointed_elsewhere({"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "x"}) == "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"


def test_a_service_that_is_named_in_the_resource_keeps_that_name() -> None:
    assert "OTEL_SERVICE_NAME" not in env(OTEL_RESOURCE_ATTRIBUTES="service.name=mine")


def test_the_way_to_this_machine_is_not_through_a_proxy() -> None:
    assert env(https_proxy="http://proxy:3128", no_proxy="intern")["no_proxy"] == "intern,127.0.0.1,localhost"
    assert "NO_PROXY" not in env()


def test_a_token_goes_with_the_telemetry() -> None:
    assert env(LLMROUTE_TOKEN="abc")["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=Bearer%20abc"


@pytest.mark.parametrize(
    ("program", "name"),
    [
        ("python app.py", "app"),
        ("/usr/bin/python3.12 -u -X dev src/shop.py --x", "shop"),
        ("python -m shop.web --port 1", "shop.web"),
        ("python -c pass", "python"),
        ("uvicorn shop:app", "uvicorn"),
        ("./nightly.sh", "nightly"),
    ],
)
def test_a_service_is_named_by_its_script(program: str, name: str) -> None:
    assert service_name(program.split()) == name


def test_exporters_are_a_list_with_otlp_once() -> None:
    assert [with_otlp(text) for text in ("", "none", "otlp")] == ["otlp"] * 3
    assert [with_otlp(text) for text in ("console", "otlp_proto_grpc, console")] == ["console,otlp"] * 2
    assert with_otlp("zipkin,otlp") == "zipkin,otlp"
