"""The command line: results on stdout, talk on stderr, one line for what is wrong, and exit codes to rely on."""

from __future__ import annotations

import csv
import io
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from otel_llmroute import names
from otel_llmroute.store.background import PORT_OPTIONS
from otel_llmroute.store.cli import main
from otel_llmroute.store.questions.spend import DIMENSIONS
from tests.store.conftest import CLI, RunningUp, clean_env, end, llmroute, start_store
from tests.store.telemetry import App, grpc_exporter, send
from tests.store.test_database import engine

FREE = [word for name in PORT_OPTIONS for word in (name, "0")]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LLMROUTE_DATA", "LLMROUTE_TOKEN", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def filled(shared_store: RunningUp) -> RunningUp:
    """A store with two routes of one service."""
    app = App(service="shop", run="first")
    for _ in range(3):
        app.attempt("support.reply", "0.02")
    app.attempt("search", "0.01", **{names.ROUTE_REASON: "cost", names.TENANT_ID: "acme"})
    app.attempt("search", None)
    send(shared_store, app.spans)
    return shared_store


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command, in this process: no engine is opened when a store is asked."""
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


# --- asking a running store -------------------------------------------------------------------------------------------


def test_spend_prints_a_table(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "spend", "--url", filled.web)
    lines = [line.split() for line in out.splitlines()]
    assert (code, err) == (0, "")
    reply = ["support.reply", "task_class", "3", "3", "0", "0", "0", "3000", "300", "25%", "$0.0600", "86%", "0"]
    assert reply in lines
    assert ["search", "cost", "+1", "2", "2", "0", "0", "0", "2000", "200", "25%", "$0.0100+?", "14%", "0"] in lines
    assert ["Total", "5", "5", "0", "0", "0", "5000", "500", "25%", "$0.0700+?", "100%", "0"] in lines
    assert "1 without a price: openai/gpt-5-mini-2026-08-07 (1)" in out


def test_spend_in_json_has_money_as_text(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "spend", "--url", filled.web, "--by", "tenant,reason", "--format", "json")
    found = json.loads(out)
    assert (code, found["by"]) == (0, ["tenant", "reason"])
    assert {(row["tenant"], row["reason"]): row["spend"] for row in found["rows"]} == {
        ("", "task_class"): "0.06",
        ("acme", "cost"): "0.01",
    }
    assert [row["spend"] for row in found["totals"]] == ["0.07"]
    assert set(found) == {"by", "since", "until", "run", "rows", "totals", "unpriced_models"}


def test_spend_in_csv(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "spend", "--url", filled.web, "--format", "csv", "--by", "model")
    (row,) = csv.DictReader(out.splitlines())
    assert (row["model"], row["spend"], row["unpriced"]) == ("gpt-5-mini-2026-08-07", "0.07", "1")


@pytest.mark.parametrize("by", DIMENSIONS)
def test_spend_adds_up_to_the_same_whichever_way_it_is_grouped(
    filled: RunningUp, capsys: pytest.CaptureFixture[str], by: str
) -> None:
    _, out, _ = said(capsys, "spend", "--url", filled.web, "--by", by, "--format", "json")
    found = json.loads(out)
    assert (found["totals"][0]["spend"], found["totals"][0]["calls"]) == ("0.07", 5)
    assert all(by in row for row in found["rows"])


def test_a_period_without_calls_says_so_and_is_no_error(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "spend", "--url", filled.web, "--since", "2026-09-22")
    assert (code, out) == (0, "")
    assert err == f"llmroute: no calls in {filled.web} for that period yet\n"
    code, out, _ = said(capsys, "spend", "--url", filled.web, "--until", "2001-01-01T00:00Z", "--format", "json")
    assert (code, json.loads(out)["rows"]) == (0, [])


def test_spend_as_json_is_the_same_from_a_running_store_and_from_its_folder(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    app = App()
    app.attempt()
    send(store, app.spans)
    asked = ("spend", "--format", "json", "--data", str(store.folder))
    periods = ((), ("--since", "2026-01-01", "--until", "2027-01-01T12:30Z"))
    through = [json.loads(llmroute(*asked, *period).stdout) for period in periods]
    end(store)
    assert through == [json.loads(llmroute(*asked, *period).stdout) for period in periods]
    assert [through[0][key] for key in ("since", "until")] == [None, None]


def test_sql_prints_tables_json_and_csv(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    ask = "SELECT route, sum(cost) AS c, NULL AS n, [1, 2] AS l FROM llm_calls GROUP BY route ORDER BY route"
    _, table, _ = said(capsys, "sql", ask, "--url", filled.web)
    assert [line.split() for line in table.splitlines()][2:] == [
        ["search", "0.010000000000", "-", "[1,", "2]"],
        ["support.reply", "0.060000000000", "-", "[1,", "2]"],
    ]
    _, text, _ = said(capsys, "sql", ask, "--url", filled.web, "--format", "json")
    assert json.loads(text)[0] == {"route": "search", "c": "0.010000000000", "n": None, "l": [1, 2]}
    _, text, _ = said(capsys, "sql", ask, "--url", filled.web, "--format", "csv")
    assert text.splitlines()[:2] == ["route,c,n,l", 'search,0.010000000000,,"[1, 2]"']


def test_an_answer_without_rows_has_its_columns(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    none = "SELECT route, sum(cost) AS c, 1 AS `a b` FROM llm_calls WHERE route = 'nobody''s' GROUP BY route LIMIT 3"
    for ask in (none, f"{none} -- of nobody", f"{none};", f"WITH 1 AS x {none}"):
        assert said(capsys, "sql", ask, "--url", filled.web, "--format", "csv")[:2] == (0, "route,c,a b\n")
    _, text, _ = said(capsys, "sql", none, "--url", filled.web, "--format", "json")
    assert json.loads(text) == []
    assert said(capsys, "sql", "SHOW TABLES LIKE 'nothing'", "--url", filled.web, "--format", "csv")[0] == 0


def test_csv_gives_back_text_of_every_kind(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["a\rb", "a\r\nb", "a\nb", 'a"b', "a,b", " a ", "漢", ""]
    _, text, _ = said(capsys, "sql", f"SELECT arrayJoin({told!r}) AS a, 1 AS b", "--url", filled.web, "--format", "csv")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b"], *([each, "1"] for each in told)]


def test_sql_keeps_every_column_where_two_have_one_name(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = said(capsys, "sql", "SELECT 1, 1, 2", "--url", filled.web, "--format", "json")
    assert json.loads(text) == [{"1": 1, "1_2": 1, "2": 2}]


def test_sql_keeps_every_digit(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    ask = "SELECT 18446744073709551615 AS a, toDateTime64('2026-09-21 14:13:20.123456789', 9) AS b, 1/0 AS c, 0.1 AS d"
    _, text, _ = said(capsys, "sql", ask, "--url", filled.web, "--format", "json")
    assert json.loads(text) == [{"a": 2**64 - 1, "b": "2026-09-21 14:13:20.123456789", "c": None, "d": 0.1}]


def test_sql_takes_only_times_for_times(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    ask = (
        "WITH toDateTime64('2026-09-21 14:13:20.5', 3) AS t SELECT (t, 7) AS a, [(1, t)] AS b, map('k', t) AS c, "
        "CAST((t, 7), 'Tuple(x DateTime64(3), y UInt8)') AS d, [(toNullable(t), 1), (NULL, 2)] AS e, "
        "CAST([(t, 7)], 'Nested(x DateTime64(3), y UInt8)') AS f, "
        "CAST(t, 'SimpleAggregateFunction(max, DateTime64(3))') AS g"
    )
    _, text, _ = said(capsys, "sql", ask, "--url", filled.web, "--format", "json")
    t = "2026-09-21 14:13:20.500"
    named = {"x": t, "y": 7}
    held = {"a": [t, 7], "b": [[1, t]], "c": {"k": t}, "d": named, "e": [[t, 1], [None, 2]], "f": [named], "g": t}
    assert json.loads(text) == [held]


def test_asking_a_running_store_loads_no_engine(filled: RunningUp) -> None:
    code = (
        "import sys; from otel_llmroute.store.cli import main; main(['spend', '--url', sys.argv[1]]);"
        "print([name for name in ('chdb', 'clickhouse_connect', 'grpc', 'uvicorn') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, filled.web]
    done = subprocess.run(command, env=clean_env(), capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


# --- what is wrong, on one line ---------------------------------------------------------------------------------------

WRONG: list[tuple[list[str], str]] = [
    ([], "the following arguments are required: COMMAND. Try: llmroute --help"),
    (["spent"], "argument COMMAND: invalid choice: 'spent'"),
    (["up", "--port", "1"], "unrecognized arguments: --port 1. Try: llmroute --help"),
    (["up", "--web-port", "many"], "argument --web-port: many is not a port, 0 to 65535. Try: llmroute up --help"),
    (["up", "--web-port", "70000"], "argument --web-port: 70000 is not a port, 0 to 65535"),
    (["up", *FREE, "--host", "0.0.0.0"], "--host 0.0.0.0 can be reached by other machines and no token is set"),
    (["up", *FREE, "--host", "no such host"], "--host no such host"),
    (["up", *FREE, "--data", "a-file"], "the data folder {cwd}/a-file is a file. Try: --data with a folder"),
    (["spend", "--by", "colour"], "--by 'colour' is not known. Try: one of route, reason, model"),
    (["spend", "--by", "route,model,plan"], "--by 'route,model,plan' is more than can be grouped by"),
    (["spend", "--since", "yesterday"], "'yesterday' is not a time. Try: 24h, 7d, 2026-11-01"),
    (["spend", "--since", "999999w"], "'999999w' is no time from 1970 to 2261. Try: 24h, 7d, 2026-11-01"),
    (["spend", "--since", "0001-01-01"], "'0001-01-01' is no time from 1970 to 2261"),
    (["spend", "--since", "0001-01-01T00:00+14:00"], "'0001-01-01T00:00+14:00' is no time from 1970 to 2261"),
    (["spend", "--until", "9999-12-31T23:59:59-10:00"], "'9999-12-31T23:59:59-10:00' is no time from 1970 to 2261"),
    (["spend", "--since", "3000-01-01"], "'3000-01-01' is no time from 1970 to 2261"),
    (["report", "spend", "--since", "400000d"], "'400000d' is no time from 1970 to 2261"),
    (["reprice", "--since", "999999w"], "'999999w' is no time from 1970 to 2261"),
    (["spend", "--format", "xml"], "argument --format: invalid choice: 'xml'"),
    (["spend", "--url", "127.0.0.1:8317"], "--url 127.0.0.1:8317 is not an http address"),
    (["spend", "--url", "http://127.0.0.1:abc"], "--url http://127.0.0.1:abc is not an http address"),
    (["spend", "--url", "{grpc}"], "what answers at {grpc} is not a store of otel-llmroute. Try: the web port"),
    (["spend", "--url", "http://127.0.0.1:1"], "no store answers at http://127.0.0.1:1 ([Errno "),
    (["spend", "--url", "http://x", "--data", "y"], "argument --data: not allowed with argument --url"),
    (["spend", "--data", "nowhere"], "no store runs and there is none in {cwd}/nowhere. Try: llmroute up"),
    (["sql"], "the following arguments are required: STATEMENT"),
    (["sql", "DROP TABLE x"], "DROP is not a statement that reads. Try: one of SELECT, WITH"),
    (["sql", "SELECT nothing", "--url", "{web}"], "the engine refused the statement: Unknown expression"),
    (["sql", "SELECT * FROM nowhere", "--url", "{web}"], "the engine refused the statement: Unknown table"),
    (["sql", "SELEC 1", "--url", "{web}"], "SELEC is not a statement that reads"),
    (["sql", "SELECT FROM WHERE", "--url", "{web}"], "the engine refused the statement: Syntax error"),
    (["sql", "SELECT * FROM url('http://127.0.0.1:1', 'CSV', 'a String')", "--url", "{web}"], "table function url()"),
    (["sql", "SELECT * FROM file('/etc/passwd', 'LineAsString')", "--url", "{web}"], "file() reads files"),
    (["run"], "no program to run. Try: llmroute run -- python app.py"),
    (["run", "--", "no-such-program"], "cannot run 'no-such-program': no such program"),
    (["run", "--by", "colour", "--", "true"], "--by 'colour' is not known"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "line"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_what_is_wrong_is_one_line_and_exit_code_2(
    filled: RunningUp, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], line: str
) -> None:
    (tmp_path / "a-file").write_text("")
    code, out, err = said(capsys, *(argument.format(web=filled.web, grpc=filled.otlp_grpc) for argument in arguments))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("Error: ")
    assert line.format(cwd=tmp_path, grpc=filled.otlp_grpc) in err


def test_a_question_that_reaches_a_limit_is_exit_code_1(filled: RunningUp, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "sql", "SELECT number FROM numbers(2000000)", "--url", filled.web)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("Error: the question reached a limit: Limit for result exceeded")


def test_something_else_than_a_store_is_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"name": "grafana"}')

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Other)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    code, _, err = said(capsys, "spend", "--url", url)
    server.shutdown()
    server.server_close()
    assert (code, err.split(". Try")[0]) == (2, f"Error: what answers at {url} is not a store of otel-llmroute")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("option", PORT_OPTIONS)
def test_a_port_in_use_is_named(tmp_path: Path, taken: int, option: str) -> None:
    done = llmroute("up", "--data", str(tmp_path / "data"), *FREE, option, str(taken))
    line = f"Error: port {taken} on 127.0.0.1 ({option}) cannot be listened on: it is in use. "
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line + f"Try: {option} 0 for a free one\n")
    assert not (tmp_path / "data").exists()


def test_a_folder_in_use_is_told_by_up_and_by_the_engine(filled: RunningUp, tmp_path: Path) -> None:
    done = llmroute("up", "--data", str(filled.folder), *FREE)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"a store already runs on {filled.folder} (process {filled.process.pid}, {filled.web})" in done.stderr
    # Without its note only the engine's lock tells.
    note = filled.folder / "running.json"
    kept = note.read_text()
    note.unlink()
    try:
        done = llmroute("spend", "--data", str(filled.folder))
    finally:
        note.write_text(kept)
    line = f"Error: the data folder {filled.folder} is in use by another process. Try: stop that process\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


# --- the folder, opened by the command itself -------------------------------------------------------------------------


def test_a_folder_is_asked_through_its_store_and_opened_without_one(tmp_path: Path) -> None:
    store = start_store(tmp_path / ".llmroute")
    app = App()
    app.attempt(cost="0.5")
    send(store, app.spans)
    ask = "SELECT cost, ts, toDecimal64('0.00000045', 12) AS small FROM llm_calls"
    answers = [{"cost": "0.500000000000", "ts": "2026-09-21 14:13:20.000000000", "small": "0.000000450000"}]
    through = llmroute("spend", "--format", "csv", cwd=tmp_path)
    assert json.loads(llmroute("sql", ask, "--format", "json", cwd=tmp_path).stdout) == answers
    assert store.stop(signal.SIGINT)[0] == 0
    opened = llmroute("spend", "--format", "csv", LLMROUTE_DATA=str(tmp_path / ".llmroute"))
    assert (through.stdout, through.stderr, opened.stderr) == (opened.stdout, "", "")
    assert "support.reply,task_class:1,1,1," in opened.stdout
    piped = llmroute("sql", "-", "--format", "json", cwd=tmp_path, stdin=f"{ask};\n")
    assert (json.loads(piped.stdout), piped.returncode) == (answers, 0)
    wrong = llmroute("sql", "SELECT nothing", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)


def test_a_folder_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    made = engine(
        folder,
        """
        from otel_llmroute.store.schema import migrate
        session = database.writer()
        migrate(session, "here")
        session.command("INSERT INTO llmroute_schema (version, name) VALUES (9999, '9999_future.sql')")
        """,
    )
    assert made.returncode == 0, made.stderr
    for command in (("up", *FREE), ("spend",)):
        done = llmroute(*command, "--data", str(folder))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"the data folder {folder} has schema 9999, this version knows " in done.stderr


# --- running ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stores_what_was_taken_and_ends_with_0(tmp_path: Path, number: signal.Signals) -> None:
    store = start_store(tmp_path / "data")
    assert list(store.folder.glob("running.json"))
    app = App()
    for _ in range(20):
        app.attempt()
    with grpc_exporter(store) as exporter:
        exporter.export(app.spans)
        code, told = store.stop(number)
    assert (code, told.count("\n")) == (0, 1)
    assert told.startswith("llmroute: ready after ")
    assert f": boards {store.web}, OTLP/HTTP {store.otlp_http}, OTLP/gRPC {store.otlp_grpc}, " in told
    assert f", clickhouse {store.clickhouse}, data {store.folder}" in told
    assert not list(store.folder.glob("running.json"))


def test_a_token_opens_the_store_to_who_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-for-this-test"
    store = start_store(tmp_path / "data", "--host", "0.0.0.0", LLMROUTE_TOKEN=token)
    try:
        web = store.web.replace("0.0.0.0", "127.0.0.1")
        otlp = store.otlp_http.replace("0.0.0.0", "127.0.0.1") + "/v1/traces"
        assert store.post(web + "/api/sql", b"{}").status == 401
        assert store.post(otlp, b"", content_type="application/x-protobuf").status == 401
        known = {"authorization": f"Bearer {token}"}
        assert store.post(otlp, b"", content_type="application/x-protobuf", **known).status == 200
        monkeypatch.setenv("LLMROUTE_TOKEN", token)
        assert main(["sql", "SELECT 1", "--url", web]) == 0
        monkeypatch.setenv("LLMROUTE_TOKEN", "another-token-than-it")
        assert main(["sql", "SELECT 1", "--url", web]) == 2
        app = App()
        app.attempt()
        with grpc_exporter(store) as exporter:
            assert exporter.export(app.spans).name == "FAILURE"
    finally:
        end(store)


def test_a_line_break_at_the_end_of_a_token_is_no_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "a-token-for-this-test"
    store = start_store(tmp_path / "data", LLMROUTE_TOKEN=f"{token}\n")
    try:
        for told in (token, f"{token}\n"):
            monkeypatch.setenv("LLMROUTE_TOKEN", told)
            assert main(["sql", "SELECT 1", "--url", store.web]) == 0
    finally:
        end(store)


@pytest.mark.parametrize("token", ["a-secret-of\ntwo-lines", "a-sécret-of-enough-letters"])
@pytest.mark.parametrize("command", [("up", *FREE), ("spend", "--url", "http://127.0.0.1:1")], ids=lambda c: c[0])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(
    tmp_path: Path, token: str, command: tuple[str, ...]
) -> None:
    done = llmroute(*command, cwd=tmp_path, LLMROUTE_TOKEN=token)
    line = "Error: LLMROUTE_TOKEN has signs that are not printable ASCII. Try: openssl rand -hex 24\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_a_short_token_is_refused(tmp_path: Path) -> None:
    done = llmroute("up", "--data", str(tmp_path / "data"), *FREE, LLMROUTE_TOKEN="short")
    assert (done.returncode, done.stderr.split(",")[0]) == (2, "Error: LLMROUTE_TOKEN has 5 characters")


def test_a_reader_that_has_seen_enough_is_no_error(filled: RunningUp) -> None:
    ask = "SELECT number FROM numbers(100000)"
    command = [*CLI, "sql", ask, "--url", filled.web, "--format", "csv"]
    writer = subprocess.Popen(command, env=clean_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"number\n"
    writer.stdout.close()
    assert writer.stderr is not None
    assert (writer.wait(60), writer.stderr.read()) == (0, b"")
    writer.stderr.close()


@pytest.mark.parametrize("command", ["run", "up", "spend", "sql"])
def test_help_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert (ended.value.code, f"example:\n  llmroute {command}" in capsys.readouterr().out) == (0, True)


BAD_SETTINGS = [
    ("mode = 'both'", "llmroute.toml:1: mode: 'both' is not one of full, enrich"),
    ("# a word\nrotues = 1", "llmroute.toml:2: rotues: unknown key"),
    ("[[prices]]\nmodel = 'a'\ninput_per_mtok = 'much'", "llmroute.toml:1: prices[0].input_per_mtok: 'much'"),
    ("= 1", "llmroute.toml: not valid TOML: "),
]


@pytest.mark.parametrize(("text", "line"), BAD_SETTINGS)
@pytest.mark.parametrize("command", [("up",), ("spend",), ("sql", "SELECT 1")], ids=lambda command: command[0])
def test_settings_that_cannot_be_used_stop_a_command_with_their_line(
    command: tuple[str, ...], text: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "llmroute.toml").write_text(text)
    code, out, err = said(capsys, *command)
    assert (code, out) == (2, "")
    assert err.startswith(f"Error: {line}")
    assert err.count("\n") == 1


def test_a_settings_file_that_is_not_there_stops_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMROUTE_CONFIG", "nowhere.toml")
    assert said(capsys, "spend") == (2, "", "Error: nowhere.toml: cannot be read (No such file or directory)\n")


def test_a_program_runs_though_the_settings_cannot_be_used(
    filled: RunningUp, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "llmroute.toml").write_text("mode = 'both'")
    code = main(["run", "--data", str(filled.folder), "--", "sh", "-c", "echo ran; exit 7"])
    out, err = capfd.readouterr()
    assert (code, out) == (7, "ran\n")
    assert err.splitlines()[0] == (
        "llmroute: llmroute.toml:1: mode: 'both' is not one of full, enrich. The program runs with the default settings"
    )
