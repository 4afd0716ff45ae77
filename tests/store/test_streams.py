"""A command whose standard streams are closed, full, read no more, or have not every letter."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from otel_llmroute import names
from tests.store.conftest import CLI, RunningUp, clean_env, start_store
from tests.store.telemetry import App, attempt_facts, send

OVER = 4
"""What ``llmroute budget`` ends with when a budget is over."""


@pytest.fixture(scope="module")
def filled(shared_store: RunningUp) -> RunningUp:
    """A call of just now that cost five dollars, of a customer whose name is not ASCII."""
    app = App()
    app.span("attempt", {**attempt_facts("\u015bwi\u0119to", "5"), names.TENANT_ID: "a"}, start_ns=time.time_ns())
    send(shared_store, app.spans)
    return shared_store


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a budget that is over."""
    (tmp_path / "llmroute.toml").write_text('[[budgets]]\nname = "all"\namount = "1"\n')
    return tmp_path


def shell(line: str, folder: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """What a shell makes of ``line``, in which ``llmroute`` is the command; the exit code is the command's own."""
    script = f'set -o pipefail; llmroute() {{ {" ".join(CLI)} "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", script], cwd=folder, env=clean_env(**env), capture_output=True, timeout=120)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("report spend --url {web} | head -1", 0),
        ("budget --url {web} | true", OVER),
        ("budget --url {web} --format json | true", OVER),
        ("sql 'SELECT number FROM numbers(100000)' --format csv --url {web} | head -1", 0),
        ("spend --help | true", 0),
    ],
)
def test_a_reader_that_has_seen_enough_changes_no_exit_code(
    filled: RunningUp, here: Path, command: str, code: int
) -> None:
    done = shell(f"llmroute {command.format(web=filled.web)}", here)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("spend > /dev/full", "standard output cannot be written: No space left on device. Try: another file"),
        ("spend --format json > /dev/full", "standard output cannot be written: No space left on device"),
        ("spend >&-", "standard output is closed. Try: > /dev/null where nobody needs the results"),
        ("sql - <&-", "the statement is empty"),
        ("sql -  --format csv <&- >&-", "the statement is empty"),
    ],
)
def test_a_stream_that_cannot_be_used_is_one_line(filled: RunningUp, here: Path, command: str, line: str) -> None:
    done = shell(f"llmroute {command} --url {filled.web}", here)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1), done.stderr
    assert done.stderr.decode().startswith(f"Error: {line}")


def test_without_standard_error_nothing_is_said_among_the_results(filled: RunningUp, here: Path) -> None:
    done = shell(f"llmroute spend --until 2001-01-01 --format csv --url {filled.web} 2>&-", here)
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 1)


@pytest.mark.parametrize(
    "env",
    [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}],
    ids=["ascii", "latin-1"],
)
def test_letters_that_the_character_set_has_not_are_replaced(
    filled: RunningUp, here: Path, env: dict[str, str]
) -> None:
    done = shell(f"llmroute spend --url {filled.web}", here, **env)
    assert (done.returncode, b"?wi?to" in done.stdout, done.stderr) == (0, True, b"")
    exact = shell(f"llmroute spend --format json --url {filled.web}", here, **env)
    assert json.loads(exact.stdout)["rows"][0]["route"] == "\u015bwi\u0119to"


def test_columns_that_are_no_width_are_not_heeded(filled: RunningUp, here: Path) -> None:
    tables = [shell(f"llmroute spend --url {filled.web}", here, **env).stdout for env in ({}, {"COLUMNS": "0"})]
    assert tables[0] == tables[1] != b""


def test_a_store_that_ends_with_its_standard_input_ends_when_that_is_closed(tmp_path: Path) -> None:
    start_store(tmp_path / "data").stop()
    ports = "--otlp-grpc-port 0 --otlp-http-port 0 --web-port 0 --clickhouse-port 0"
    done = shell(f"llmroute up --data {tmp_path / 'data'} {ports} --until-stdin-closes <&-", tmp_path)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1), done.stderr
