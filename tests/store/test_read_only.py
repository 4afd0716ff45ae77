"""A statement of a user's own reads and does nothing else, through every door, against the real engine.

Each attack is tried where it would be seen: the files it would write, and a port on which its calls would arrive.
"""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute.store.questions.statement import SYSTEM_TABLES, TABLE_FUNCTIONS
from tests.store.conftest import Answer, RunningUp, llmroute, start_store

DOORS = ("sql", "clickhouse")
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def through(store: RunningUp, door: str, statement: str, **url: str) -> Answer:
    """The answer to a statement through one of the doors."""
    if door == "sql":
        return store.post(store.web + "/api/sql", json.dumps({"statement": statement}).encode())
    return store.post(f"{store.clickhouse}/?{urlencode(url)}", statement.encode(), content_type="text/plain")


def code_of(answer: Answer) -> str | None:
    """The engine's code on the ClickHouse port."""
    return {name.lower(): value for name, value in answer.headers.items()}.get("x-clickhouse-exception-code")


class Calls:
    """A port that counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.count += 1
            connection.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(scope="module")
def calls() -> Iterator[Calls]:
    found = Calls()
    yield found
    found.close()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file to steal and a program to run."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "secret.csv").write_text("a,b\n1,topsecret\n")
    program = folder / "run.sh"
    program.write_text(f"#!/bin/sh\ntouch {folder}/executed\n")
    program.chmod(0o755)
    return folder


ATTACKS = """
SELECT file('{place}/secret.csv')
SELECT `file`('{place}/secret.csv')
SELECT * FROM file('{place}/secret.csv')
SELECT 1 WHERE '1' IN (SELECT b FROM file('{place}/secret.csv'))
SELECT 'x' IN file('{place}/secret.csv')
WITH x AS (SELECT * FROM file('{place}/secret.csv')) SELECT * FROM x
SELECT * FROM `{place}/secret.csv`
SELECT * FROM one, `{place}/secret.csv`
DESCRIBE file('{place}/secret.csv')
DESCRIBE TABLE `{place}/secret.csv`
DESCRIBE (SELECT * FROM file('{place}/secret.csv'))
EXISTS `{place}/secret.csv`
EXISTS TABLE "{place}/secret.csv"
SHOW CREATE TABLE `{place}/secret.csv`
SHOW COLUMNS FROM `{place}/secret.csv`
SELECT hasColumnInTable('default', '{place}/secret.csv', 'a')
EXPLAIN SELECT * FROM file('{place}/secret.csv')
EXPLAIN PLAN SELECT file('{place}/secret.csv')
SELECT * FROM url('http://127.0.0.1:{port}/x', 'CSV', 'a String')
DESCRIBE url('http://127.0.0.1:{port}/x')
DESCRIBE TABLE url('http://127.0.0.1:{port}/x', 'CSV')
EXPLAIN SELECT * FROM url('http://127.0.0.1:{port}/x')
EXPLAIN TABLE OVERRIDE mysql('127.0.0.1:{port}', 'd', 't', 'u', 'p') PARTITION BY a
SELECT * FROM 'http://127.0.0.1:{port}/x.csv'
SELECT * FROM s3('http://127.0.0.1:{port}/bucket/x.csv', 'CSV', 'a String')
DESCRIBE s3('http://127.0.0.1:{port}/bucket/x.csv')
SELECT * FROM s3Cluster('default', 'http://127.0.0.1:{port}/bucket/x.csv')
SELECT * FROM gcs('http://127.0.0.1:{port}/bucket/x.csv')
SELECT * FROM azureBlobStorage('http://127.0.0.1:{port}/', 'c', 'b', 'n', 'a2V5')
DESCRIBE iceberg('http://127.0.0.1:{port}/bucket/x')
DESCRIBE deltaLake('http://127.0.0.1:{port}/bucket/x')
DESCRIBE icebergLocal('{place}')
SELECT * FROM hdfs('hdfs://127.0.0.1:{port}/x', 'CSV', 'a String')
SELECT * FROM remote('127.0.0.1:{port}', system.one)
SELECT * FROM remoteSecure('127.0.0.1:{port}', system.one)
DESCRIBE remote('127.0.0.1:{port}', 'system', 'one')
SELECT * FROM cluster('default', system.one)
SELECT * FROM mysql('127.0.0.1:{port}', 'd', 't', 'u', 'p')
DESCRIBE mysql('127.0.0.1:{port}', 'd', 't', 'u', 'p')
SELECT * FROM postgresql('127.0.0.1:{port}', 'd', 't', 'u', 'p')
DESCRIBE postgresql('127.0.0.1:{port}', 'd', 't', 'u', 'p')
SELECT * FROM mongodb('127.0.0.1:{port}', 'd', 'c', 'u', 'p', 'a String')
DESCRIBE redis('127.0.0.1:{port}', 'k', 'k String')
SELECT * FROM odbc('DSN=x', 'd', 't')
SELECT * FROM jdbc('jdbc:x', 'd', 't')
SELECT * FROM sqlite('{place}/x.db', 't')
SELECT * FROM filesystem('{place}')
SELECT * FROM executable('{place}/run.sh', 'TSV', 'a String')
SELECT * FROM executable('run.sh', 'TSV', 'a String')
SELECT * FROM input('a String')
SELECT * FROM Python(os)
SELECT * FROM python('statement')
SELECT * FROM eval('SELECT * FROM system.stack_trace')
SELECT * FROM viewExplain('', '', (SELECT * FROM system.stack_trace))
SELECT * FROM merge('system', 'stack_trace')
SELECT * FROM dictionary('x')
SELECT * FROM loop(system.stack_trace) LIMIT 1
SELECT * FROM view(SELECT * FROM file('{place}/secret.csv'))
SELECT 1 INTO OUTFILE '{place}/out1'
SELECT 1 INTO OUTFILE '{place}/out2' FORMAT CSV
(SELECT 1) INTO OUTFILE '{place}/out3'
SHOW TABLES INTO OUTFILE '{place}/out4'
DESCRIBE llm_calls INTO OUTFILE '{place}/out5'
EXISTS llm_calls INTO OUTFILE '{place}/out6'
EXPLAIN SELECT 1 INTO OUTFILE '{place}/out7'
SELECT 1 INTO OUTFILE '{place}/out8' TRUNCATE
SELECT 1 SETTINGS readonly = 0
SELECT 1 SETTINGS max_execution_time = 0
SELECT 1 SETTINGS final = 0
SELECT 1 SETTINGS final
SELECT 1 SETTINGS profile = 'default'
SELECT * FROM (SELECT 1 SETTINGS max_execution_time = 0)
SELECT * FROM (SELECT 1 SETTINGS final)
SELECT * FROM (SELECT * FROM file('{place}/secret.csv') SETTINGS readonly = 0)
EXPLAIN SELECT 1 SETTINGS readonly = 0
SET readonly = 0
SET profile = 'default'
SET param_x = 1
SET ROLE DEFAULT
USE system
SELECT 1; SELECT 2
SELECT 1; DROP TABLE llm_calls
SELECT 1 /* ; */ ; /* */ DROP TABLE llm_calls
SELECT ';'; DROP TABLE llm_calls
SELECT $$;$$; DROP TABLE llm_calls
SELECT $x$ ' $x$; DROP TABLE llm_calls --'
SELECT ‘;’; DROP TABLE llm_calls
SELECT '\\'; DROP TABLE llm_calls --'; DROP TABLE llm_calls
/* /* */ DROP TABLE llm_calls
-- SELECT 1\nDROP TABLE llm_calls
#! SELECT 1\nDROP TABLE llm_calls
INSERT INTO llmroute_schema SELECT * FROM llmroute_schema
INSERT INTO FUNCTION file('{place}/out9', 'CSV', 'a UInt8') VALUES (1)
INSERT INTO FUNCTION url('http://127.0.0.1:{port}/x', 'CSV', 'a UInt8') VALUES (1)
WITH x AS (SELECT 1) INSERT INTO llmroute_schema SELECT * FROM x
EXPLAIN PIPELINE INSERT INTO llmroute_schema SELECT * FROM llmroute_schema
CREATE TABLE stolen ENGINE = Memory AS SELECT 1
CREATE TABLE stolen ENGINE = File(CSV, '{place}/out10') AS SELECT 1
CREATE TEMPORARY TABLE stolen (a UInt8)
CREATE VIEW stolen SQL SECURITY DEFINER AS SELECT * FROM file('{place}/secret.csv')
CREATE FUNCTION stolen AS x -> file(x)
CREATE DATABASE stolen ENGINE = Filesystem('{place}')
CREATE DICTIONARY stolen (a UInt8) PRIMARY KEY a SOURCE(FILE(path '{place}/secret.csv' format 'CSV')) LAYOUT(FLAT())
CREATE NAMED COLLECTION stolen AS a = 1
CREATE USER stolen
ATTACH TABLE stolen
DETACH TABLE llm_calls
ALTER TABLE llm_calls DELETE WHERE 1
ALTER TABLE llm_calls FREEZE
DELETE FROM llm_calls WHERE 1
UPDATE llm_calls SET cost = 1 WHERE 1
TRUNCATE TABLE llm_calls
RENAME TABLE llm_calls TO stolen
EXCHANGE TABLES llm_calls AND llm_routes
OPTIMIZE TABLE llm_calls FINAL
DROP TABLE llm_calls
KILL QUERY WHERE 1
KILL MUTATION WHERE 1
SYSTEM SHUTDOWN
SYSTEM FLUSH LOGS
SYSTEM RELOAD CONFIG
BACKUP TABLE llm_calls TO File('{place}/out11')
RESTORE TABLE llm_calls FROM File('{place}/out11')
GRANT ALL ON *.* TO default
CHECK TABLE llm_calls
EXECUTE AS default SELECT 1
BEGIN TRANSACTION
COPY llm_calls TO '{place}/out12'
SHOW PROCESSLIST
SHOW GRANTS
SHOW ACCESS
SHOW CREATE USER default
SHOW USERS
SELECT * FROM system.stack_trace
SELECT * FROM `system`.stack_trace
SELECT * FROM "system"."stack_trace"
SELECT * FROM `sys\\x74em`.stack_trace
SELECT * FROM system . /* */ stack_trace
SELECT * FROM (SELECT * FROM system.processes)
SELECT 1 IN (SELECT 1 FROM system.processes)
SELECT (SELECT any(query) FROM system.processes)
SELECT * FROM system.named_collections
SELECT * FROM system.server_settings
SELECT * FROM system.query_log
SELECT * FROM system.text_log
SELECT * FROM system.users
SELECT * FROM system.disks
SELECT * FROM system.zookeeper WHERE path = '/'
DESCRIBE system.stack_trace
SELECT getServerSetting('max_concurrent_queries')
SELECT getClientHTTPHeader('Authorization')
SELECT showCertificate()
SELECT aiGenerate('hello')
SELECT AIGenerate('hello', map())
SELECT addressToLine(1::UInt64)
SELECT logTrace('x')
SELECT 1 FORMAT Template
SELECT 1 FORMAT Protobuf
""".strip().splitlines()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_does_more_than_read_is_refused(
    shared_store: RunningUp, place: Path, calls: Calls, door: str, attack: str
) -> None:
    statement = attack.replace("{place}", str(place)).replace("{port}", str(calls.port)).replace("\\n", "\n")
    answer = through(shared_store, door, statement)
    assert answer.status != 200, answer.body
    assert b"topsecret" not in answer.body
    assert sorted(path.name for path in place.iterdir()) == ["run.sh", "secret.csv"]
    assert calls.count == 0


def test_after_all_attacks_the_store_is_as_it_was(shared_store: RunningUp) -> None:
    assert shared_store.sql("SELECT count() AS stolen FROM system.tables WHERE name = 'stolen'") == [{"stolen": 0}]
    assert shared_store.sql("SELECT count() AS applied FROM llmroute_schema")[0]["applied"] > 0
    assert shared_store.sql("SELECT getSetting('readonly') AS a, getSetting('final') AS b") == [{"a": 1, "b": True}]


def test_the_command_on_a_folder_refuses_the_same(tmp_path: Path, place: Path) -> None:
    running = start_store(tmp_path / "data")
    running.stop()
    for attack in (
        f"DESCRIBE file('{place}/secret.csv')",
        f"SHOW TABLES INTO OUTFILE '{place}/out'",
        "KILL QUERY WHERE 1",
    ):
        done = llmroute("sql", attack, "--data", str(tmp_path / "data"))
        assert (done.returncode, done.stdout) == (2, ""), attack
    assert sorted(path.name for path in place.iterdir()) == ["run.sh", "secret.csv"]


def test_every_table_function_of_the_engine_but_the_listed_is_refused(shared_store: RunningUp) -> None:
    names = {row["name"] for row in shared_store.sql("SELECT name FROM system.table_functions")}
    assert names >= {"url", "file", "python", "eval"}
    # As a function and not as a table, format() puts text together. As a table the engine refuses it.
    for name in sorted(name for name in names if name.lower() not in TABLE_FUNCTIONS):
        argument = "SELECT 1 ELSE null('a UInt8')" if name == "viewIfPermitted" else "'a', 'b'"
        answer = through(shared_store, "clickhouse", f"SELECT * FROM {name}({argument})")
        assert code_of(answer) == "164", (name, answer.body)


def test_every_table_of_system_but_the_listed_is_refused(shared_store: RunningUp) -> None:
    names = {row["name"] for row in shared_store.sql("SELECT name FROM system.tables WHERE database = 'system'")}
    assert names >= {"stack_trace", "processes", "server_settings", "one", "tables"}
    for name in sorted(names):
        answer = through(shared_store, "clickhouse", f"SELECT 1 FROM system.{name} LIMIT 1")
        assert (answer.status == 200) == (name in SYSTEM_TABLES), (name, answer.body)


def test_every_function_that_calls_a_model_is_refused(shared_store: RunningUp) -> None:
    names = {row["name"] for row in shared_store.sql("SELECT name FROM system.functions WHERE categories = 'AI'")}
    assert "aiGenerate" in names
    for name in names:
        assert b"calls a service" in through(shared_store, "sql", f"SELECT {name}('x')").body


def test_a_parameter_cannot_name_what_the_statement_may_not(shared_store: RunningUp, place: Path) -> None:
    for names in (("system", "stack_trace"), ("default", f"{place}/secret.csv"), ("system.stack_trace", "x")):
        url = dict(zip(("param_d", "param_t"), names, strict=True))
        answer = through(shared_store, "clickhouse", "SELECT * FROM {d:Identifier}.{t:Identifier}", **url)
        assert answer.status != 200, answer.body
    answer = through(shared_store, "clickhouse", "SELECT * FROM {t:Identifier} LIMIT 1", param_t="system.stack_trace")
    assert code_of(answer) == "164"
    answer = through(shared_store, "clickhouse", "SELECT count() FROM {t:Identifier}", param_t="llm_calls")
    assert (answer.status, answer.body) == (200, b"0\n")


def test_a_database_of_the_engine_cannot_be_chosen(shared_store: RunningUp) -> None:
    for database in ("system", "`system`", "x; DROP TABLE llm_calls", str(Path.cwd())):
        assert code_of(through(shared_store, "clickhouse", "SELECT * FROM stack_trace", database=database)) == "497"


KEYWORDS = ("SELECT", "FROM", "INTO", "OUTFILE", "DESCRIBE", "SETTINGS", "DROP", "TABLE", "INSERT", "KILL", "QUERY")
SHAPES = (
    ("SELECT", "1", "INTO", "OUTFILE", "'{place}/out'"),
    ("SELECT", "file", "(", "'{place}/secret.csv'", ")"),
    ("DESCRIBE", "file", "(", "'{place}/secret.csv'", ")"),
    ("DESCRIBE", "url", "(", "'http://127.0.0.1:{port}/'", ")"),
    ("SELECT", "*", "FROM", "system", ".", "stack_trace"),
    ("SELECT", "1", "SETTINGS", "final", "=", "0"),
    ("SELECT", "*", "FROM", "(", "SELECT", "1", "SETTINGS", "final", ")"),
    ("SELECT", "1", ";", "DROP", "TABLE", "llm_calls"),
    ("KILL", "QUERY", "WHERE", "1"),
)
SPACES = (
    " ",
    "\n",
    "\t",
    "\r\n",
    "\f",
    "\v",
    " /* ; ' */ ",
    " -- x ' ; `\n",
    "\u00a0",
    "\u2003",
    "\ufeff",
    "/**/",
    " # x\n",
)
QUOTES = ("{}", "{}", "`{}`", '"{}"', "“{}”")


def disguised(shape: tuple[str, ...], chance: random.Random) -> str:
    """The words with spaces, comments, letters and quotes of all kinds."""
    words = []
    for word in shape:
        if word in KEYWORDS:
            words.append("".join(chance.choice((letter.lower(), letter.upper())) for letter in word))
        elif word.isidentifier():
            words.append(chance.choice(QUOTES).format(word))
        else:
            words.append(word)
    return "".join(word + chance.choice(SPACES) for word in words)


@FEW
@given(shape=st.sampled_from(SHAPES), chance=st.randoms(use_true_random=False), door=st.sampled_from(DOORS))
def test_no_disguise_gets_it_through(
    shared_store: RunningUp, place: Path, calls: Calls, shape: tuple[str, ...], chance: random.Random, door: str
) -> None:
    statement = disguised(shape, chance).replace("{place}", str(place)).replace("{port}", str(calls.port))
    answer = through(shared_store, door, statement)
    assert answer.status != 200, (statement, answer.body)
    assert b"topsecret" not in answer.body
    assert (sorted(path.name for path in place.iterdir()), calls.count) == (["run.sh", "secret.csv"], 0)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(
    [
        "; DROP TABLE t",
        "file('/etc/passwd')",
        "INTO OUTFILE 'x'",
        "{x:Identifier}",
        " FORMAT JSON",
        "system.stack_trace",
        "'",
    ]
)


@FEW
@given(text=TEXT)
def test_what_stands_in_a_string_is_only_text(shared_store: RunningUp, text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    answer = through(shared_store, "sql", f"SELECT '{escaped}' AS x")
    assert (answer.status, answer.json()["rows"]) == (200, [[text]])
    answer = through(shared_store, "clickhouse", f"SELECT '{escaped}' AS x FORMAT RowBinary")
    assert (answer.status, answer.body[1:].decode()[-len(text) :] if text else "") == (200, text)


@FEW
@given(text=TEXT.filter(lambda text: "\x00" not in text))
def test_what_comes_as_a_parameter_is_only_a_value(shared_store: RunningUp, text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    answer = through(shared_store, "clickhouse", "SELECT {x:String} AS x FORMAT JSONCompactEachRow", param_x=escaped)
    assert (answer.status, answer.json()) == (200, [text])


READS = (
    "SELECT * FROM spend_by_route",
    "FROM llm_calls SELECT count()",
    "SELECT count(), count(*), 1 + 1, [1]::Array(UInt8), NOT 1 FROM llm_calls;",
    "SELECT 1; -- the end",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "WITH 1 AS x SELECT x",
    "SELECT number FROM numbers(3) WHERE number IN (SELECT number FROM numbers(2))",
    "SELECT $$a heredoc; with 'quotes'$$",
    "SELECT `Events.Name` FROM otel_traces LIMIT 1",
    "SELECT 1 AS format, 2 AS settings, 3 AS `system`",
    "SELECT settings FROM (SELECT 1 AS settings) AS system ORDER BY settings DESC",
    "SELECT format('{}-{}', 'a', 'b')",
    "SHOW TABLES",
    "SHOW CREATE TABLE llm_calls",
    "SHOW SETTINGS LIKE 'max%'",
    "DESCRIBE TABLE llm_calls",
    "DESCRIBE (SELECT 1 AS x)",
    "EXPLAIN SELECT count() FROM llm_calls",
    "EXISTS llm_calls",
    "SELECT name FROM system.tables WHERE database = currentDatabase()",
    "SELECT table_name FROM information_schema.tables",
)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("statement", READS)
def test_what_reads_is_answered(shared_store: RunningUp, door: str, statement: str) -> None:
    answer = through(shared_store, door, statement)
    assert answer.status == 200, answer.body


def test_the_columns_have_the_names_that_the_engine_gives_them(shared_store: RunningUp) -> None:
    statement = (
        "SELECT count(*), 1+1, 'a' || 'b', sum(cost) / 2, now() - INTERVAL 1 DAY > '2020-01-01', -1 FROM llm_calls"
    )
    answer = through(shared_store, "sql", statement).json()
    assert [column["name"] for column in answer["columns"]] == [
        "count()",
        "plus(1, 1)",
        "concat('a', 'b')",
        "divide(sum(cost), 2)",
        "greater(minus(now(), toIntervalDay(1)), '2020-01-01')",
        "-1",
    ]


LIMITS = {
    "SELECT count() FROM numbers(1000000000000)": ("159", {"max_execution_time": "1"}),
    "SELECT sleepEachRow(1) FROM numbers(100)": ("160", {}),
    "SELECT number FROM numbers(2000000)": ("396", {}),
    "SELECT repeat('x', 1000) FROM numbers(900000)": ("396", {}),
    "SELECT length(repeat('x', 3000000000))": ("131", {}),
    "SELECT groupArray(number) FROM numbers(1000000000)": ("241", {}),
    "SELECT arrayMap(x -> repeat('y', 1000000), range(100000))": ("241", {}),
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count() FROM t": ("306", {}),
}


@pytest.mark.parametrize("statement", LIMITS)
def test_a_statement_that_takes_too_much_ends(shared_store: RunningUp, statement: str) -> None:
    code, url = LIMITS[statement]
    # Whatever the request asks for beyond the store's own limits is not given.
    raised = {"max_memory_usage": "0", "max_result_rows": "100000000000", "max_result_bytes": "0", **url}
    answer = through(shared_store, "clickhouse", statement, **raised)
    assert code_of(answer) == code, answer.body
    assert through(shared_store, "clickhouse", "SELECT 7").body == b"7\n"


def test_limits_can_be_lowered_and_not_raised(shared_store: RunningUp) -> None:
    ask = "SELECT getSetting('max_execution_time'), getSetting('max_memory_usage'), getSetting('max_result_rows')"
    own = through(shared_store, "clickhouse", ask).body
    assert own == b"30\t2000000000\t1000000\n"
    raised = {"max_execution_time": "3600", "max_memory_usage": "0", "max_result_rows": "99999999999999999999"}
    assert through(shared_store, "clickhouse", ask, **raised).body == own
    lowered = {"max_execution_time": "2", "max_memory_usage": "1000000", "max_result_rows": "5"}
    assert through(shared_store, "clickhouse", ask, **lowered).body == b"2\t1000000\t5\n"


REFUSED_SETTINGS = (
    *("readonly=0", "allow_ddl=1", "final=0", "profile=default", "max_temporary_data_on_disk_size_for_query=0"),
    *(
        "format_template_row=/etc/passwd",
        "output_format_schema=x",
        "format_schema=/etc/passwd",
        "allow_introspection_functions=1",
    ),
    *(
        "allow_get_client_http_header=1",
        "additional_table_filters={'llm_calls':'file(1)'}",
        "custom_setting=1",
        "nothing=1",
    ),
)


@pytest.mark.parametrize("setting", REFUSED_SETTINGS)
def test_other_settings_are_refused_by_name(shared_store: RunningUp, setting: str) -> None:
    name, value = setting.split("=", 1)
    answer = through(shared_store, "clickhouse", "SELECT 1", **{name: value})
    assert (
        answer.body.decode()
        == f"Code: 164. DB::Exception: Cannot modify '{name}' setting in readonly mode. (READONLY)\n"
    )


def test_a_setting_cannot_bring_another_one_along(shared_store: RunningUp) -> None:
    answer = through(
        shared_store, "clickhouse", "SELECT getSetting('readonly')", session_timezone="UTC', readonly = '0"
    )
    assert (answer.status == 200, code_of(answer) is None) == (False, False)
    assert quote("x") == "x"
    assert through(shared_store, "clickhouse", "SELECT getSetting('readonly')").body == b"1\n"


def test_the_environment_of_the_process_is_nowhere_to_be_read(tmp_path: Path) -> None:
    secret = "hunter2-in-the-environment"
    running = start_store(tmp_path / "data", SOME_SECRET=secret)
    try:
        for table in sorted(SYSTEM_TABLES - {"numbers", "numbers_mt", "zeros", "zeros_mt"}):
            answer = through(running, "clickhouse", f"SELECT * FROM system.{table} FORMAT JSONEachRow")
            assert answer.status == 200, answer.body
            assert secret.encode() not in answer.body
    finally:
        assert secret not in running.stop()[1]
    assert secret not in os.environ
