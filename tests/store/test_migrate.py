"""``llmroute migrate`` over HTTP, to the real engine behind a stand-in's socket. ``tests/server`` has real servers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from otel_llmroute.store.cluster import trouble_of
from otel_llmroute.store.dsn import Dsn, dsn_of
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.remote import NotAllowed, server_error
from otel_llmroute.store.schema import RECORD, migrations
from tests.store.clickhouse import COLUMNS, ClickHouse, calls, clickhouse, inserted, outcome_inserted
from tests.store.conftest import llmroute

FILES = [migration.name for migration in migrations()]
SECRET = "hunter2-and-more"
OTHER = "open-sesame-7"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("server") / "data") as found:
        yield found


def migrate(server: ClickHouse, *options: str) -> subprocess.CompletedProcess[str]:
    return llmroute("migrate", "--dsn", server.dsn, *options)


@pytest.fixture(scope="module")
def migrated(server: ClickHouse) -> subprocess.CompletedProcess[str]:
    """What the command said that made the database ``once``, in which nothing is stored."""
    return migrate(server, "--database", "once")


@pytest.fixture(scope="module")
def ours(server: ClickHouse) -> str:
    """A database whose own tables were sent calls, some of them twice."""
    return sent_twice(server, "ours")


def sent_twice(server: ClickHouse, database: str) -> str:
    """The database, migrated. Calls are delivered again in other batches: an exporter's own table keeps both."""
    done = migrate(server, "--database", database)
    assert done.returncode == 0, done.stderr
    server.text(inserted(f"{database}.otel_traces", calls(60)))
    server.text(inserted(f"{database}.otel_traces", calls(40, first=20)))
    return database


def failure(*arguments: str, **env: str) -> str:
    """The one line of a command that ends with exit code 2 and says nothing on stdout."""
    done = llmroute("migrate", *arguments, **env)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    return done.stderr


def test_every_file_is_applied_once(server: ClickHouse, migrated: subprocess.CompletedProcess[str]) -> None:
    first, second = migrated, migrate(server, "--database", "once")
    assert [line.removeprefix("llmroute: applied ") for line in first.stderr.splitlines()[:-1]] == FILES
    assert second.stderr == f"llmroute: up to date: once on http://default@127.0.0.1:{server.port}\n"
    assert (first.returncode, first.stdout, second.returncode, second.stdout) == (0, "", 0, "")
    recorded = server.rows("SELECT name, count() FROM once.llmroute_schema GROUP BY name ORDER BY name")
    assert recorded == [[name, "1"] for name in FILES]


@pytest.mark.usefixtures("migrated")
def test_a_migration_that_was_cut_short_is_done_again(server: ClickHouse) -> None:
    newest = f"DELETE FROM once.llmroute_schema WHERE version >= {len(FILES) - 1}"
    server.text(newest + " SETTINGS lightweight_deletes_sync = 2")
    done = migrate(server, "--database", "once")
    assert (done.returncode, done.stderr.count("applied")) == (0, 2), done.stderr


def test_spans_that_the_exporter_inserts_are_counted_once(server: ClickHouse, ours: str) -> None:
    question = f"SELECT count(), sum(cost), countIf(cost IS NULL) FROM {ours}.llm_calls"
    paid = [number for number in range(60) if number % 6 in (0, 1, 3)]
    spent = sum(number + 1 for number in paid if number % 7)
    assert server.rows(question) == [[str(len(paid)), f"{spent / 1_000_000:g}", str(sum(n % 7 == 0 for n in paid))]]


def test_a_dry_run_prints_sql_that_can_be_run_and_changes_nothing(server: ClickHouse, tmp_path: Path) -> None:
    done = migrate(server, "--database", "dry", "--dry-run")
    assert done.stderr == f"llmroute: nothing was changed: dry on http://default@127.0.0.1:{server.port}\n"
    assert server.rows("SELECT name FROM system.databases WHERE name = 'dry'") == []
    for statement in done.stdout.split(";\n"):
        if statement.strip():
            server.text(statement)
    assert migrate(server, "--database", "dry").stderr.count("applied") == 0


@pytest.mark.usefixtures("migrated")
def test_a_dry_run_for_a_server_that_is_up_to_date_has_no_schema_file(server: ClickHouse) -> None:
    assert "INSERT INTO once.llmroute_schema" not in migrate(server, "--database", "once", "--dry-run").stdout


def test_a_newer_schema_is_refused(server: ClickHouse) -> None:
    server.text("CREATE DATABASE newer")
    server.text(RECORD.replace("llmroute_schema", "newer.llmroute_schema"))
    server.text("INSERT INTO newer.llmroute_schema (version, name) VALUES (9000, '9000_later.sql')")
    said = failure("--dsn", server.dsn, "--database", "newer")
    assert said == (
        f"Error: newer on http://default@127.0.0.1:{server.port} has schema 9000, this version knows {len(FILES)}. "
        "Try: a newer otel-llmroute\n"
    )


def test_an_unknown_cluster_is_refused(server: ClickHouse) -> None:
    assert failure("--dsn", server.dsn, "--cluster", "main") == (
        f"Error: http://default@127.0.0.1:{server.port} knows no cluster 'main'; it knows none. Try: --cluster NAME\n"
    )


def test_a_database_whose_name_needs_quotes_is_refused(server: ClickHouse) -> None:
    assert failure("--dsn", server.dsn, "--database", "a; DROP DATABASE b") == (
        "Error: 'a; DROP DATABASE b' is not a name for a database. Try: letters, digits and _\n"
    )


def test_a_server_that_is_too_old_is_refused(tmp_path: Path) -> None:
    with clickhouse(tmp_path / "data", version="24.3.1.2") as old:
        said = failure("--dsn", old.dsn)
        assert old.rows("SELECT count() FROM system.databases WHERE name = 'otel'") == [["0"]]
    assert said == (
        f"Error: the server http://default@127.0.0.1:{old.port} is ClickHouse 24.3.1.2; "
        "25.8 is the oldest that will do. Try: a newer server\n"
    )


def test_a_wrong_password_is_one_line_without_it(tmp_path: Path) -> None:
    with clickhouse(tmp_path / "data", password=OTHER) as server:
        said = failure("--dsn", f"clickhouse://default:{SECRET}@127.0.0.1:{server.port}")
        allowed = llmroute("migrate", "--dsn", server.dsn, "--dry-run", CLICKHOUSE_PASSWORD=OTHER)
        by_variable = llmroute("migrate", "--dry-run", LLMROUTE_DSN=f"http://default:{OTHER}@127.0.0.1:{server.port}")
    assert said == (
        f"Error: the server http://default:***@127.0.0.1:{server.port} does not know user default with this password. "
        "Try: CLICKHOUSE_PASSWORD\n"
    )
    assert (allowed.returncode, by_variable.returncode) == (0, 0), allowed.stderr + by_variable.stderr
    assert OTHER not in allowed.stdout + allowed.stderr + by_variable.stdout + by_variable.stderr


def test_a_server_that_does_not_answer_is_one_line() -> None:
    said = failure("--dsn", f"clickhouse://me:{SECRET}@127.0.0.1:1/otel")
    assert said == (
        "Error: no ClickHouse server answers at http://me:***@127.0.0.1:1 over HTTP: Connection refused. "
        "Try: its host and HTTP port\n"
    )


def test_without_a_server_the_command_says_how_to_name_one() -> None:
    assert failure().startswith("Error: no server named. Try: --dsn or LLMROUTE_DSN: clickhouse://")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("clickhouse://h", ("http://default@h:8123", "", 0)),
        ("clickhouse://me:p%40ss@h:9000/otel", ("http://me:***@h:8123", "otel", 9000)),
        ("clickhouse://h:9440", ("https://default@h:8443", "", 9440)),
        ("clickhouse://h:443", ("https://default@h:443", "", 0)),
        ("clickhouse://h?secure=true", ("https://default@h:8443", "", 0)),
        ("https://h", ("https://default@h:8443", "", 0)),
        ("http://h:80/db?verify=0", ("http://default@h:80", "db", 0)),
    ],
)
def test_a_dsn_is_read(text: str, expected: tuple[str, str, int]) -> None:
    dsn = dsn_of(text, {})
    assert (str(dsn), dsn.database, dsn.native_port) == expected


@pytest.mark.parametrize(
    "text",
    ["h:8123", "tcp://me:hunter2@h", "clickhouse://:hunter2@", "clickhouse://a:hunter2@h:port", "http://h?hunter2=1"],
)
def test_a_dsn_that_cannot_be_used_is_not_repeated(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        dsn_of(text, {})
    assert "hunter2" not in str(caught.value).replace("known: hunter2", "")


def test_no_text_made_of_a_dsn_has_its_password() -> None:
    dsn = dsn_of(f"http://me:{SECRET}@h", {})
    error = server_error(RuntimeError(f"request to me:{SECRET}@h failed"), dsn)
    assert SECRET not in repr(dsn) + str(dsn) + str(error)


class Refused(Exception):
    """What clickhouse-connect raises, as far as it is looked at."""

    code = 497


def test_a_missing_right_names_the_user() -> None:
    dsn = Dsn("h", 8123, "tina", "", "", False, True)
    error = server_error(Refused("Code: 497. DB::Exception: tina: Not enough privileges."), dsn)
    assert (type(error), error.exit_code) == (NotAllowed, 2)
    assert str(error).startswith("the server http://tina@h:8123 does not let user tina do this: ")


READY = {
    "servers": [(1, "a", 1), (1, "b", 1), (2, "c", 1), (2, "d", 1)],
    "versions": [(host, 9000, "25.8.1.1") for host in "abcd"],
    "keepers": [(host, 9000, 1) for host in "abcd"],
    "macros": [(host, 9000, "shard", shard) for host, shard in zip("abcd", "1122", strict=True)]
    + [(host, 9000, "replica", host) for host in "abcd"],
}


@pytest.mark.parametrize(
    "changed, trouble",
    [
        ({}, ""),
        ({"servers": [(1, "a", 0), (1, "b", 1), *READY["servers"][2:]]}, "shard 1 (a) has replicas, and not"),
        ({"versions": [("a", 9000, "24.8.1.1"), *READY["versions"][1:]]}, "a is ClickHouse 24.8.1.1, older than 25.8"),
        ({"keepers": [*READY["keepers"][:3], ("d", 9000, 0)]}, "d has no Keeper"),
        ({"macros": READY["macros"][1:]}, "a has no macro {shard}"),
        ({"macros": READY["macros"][:-1]}, "d has no macro {replica}"),
        ({"macros": [*READY["macros"][:-1], ("d", 9000, "replica", "c")]}, "two servers have {shard} 2 and the same"),
        ({"macros": [("a", 9000, "shard", "2"), *READY["macros"][1:]]}, "the {shard} macros divide its servers"),
    ],
    ids=["ready", "replication", "version", "keeper", "shard", "replica", "twice", "divided"],
)
def test_a_half_configured_cluster_is_found_out(changed: dict[str, list[tuple[object, ...]]], trouble: str) -> None:
    found = trouble_of(**{**READY, **changed})
    assert found.startswith(trouble)
    assert bool(found) == bool(trouble)


# The tables that the exporter itself makes, by the columns and keys that matter here: without and with text indexes.
COMMON = ", ".join(
    f"{name} {kind}"
    for name, kind in {
        "Timestamp": "DateTime64(9)",
        **dict.fromkeys(("TraceId", "SpanId", "ParentSpanId", "TraceState"), "String"),
        **dict.fromkeys(("SpanName", "SpanKind", "ServiceName"), "LowCardinality(String)"),
        "ResourceAttributes": "Map(LowCardinality(String), String)",
        **dict.fromkeys(("ScopeName", "ScopeVersion"), "String"),
        "SpanAttributes": "Map(LowCardinality(String), String)",
        "StatusCode": "LowCardinality(String)",
        "StatusMessage": "String",
        "Events": "Nested (Timestamp DateTime64(9), Name LowCardinality(String), "
        "Attributes Map(LowCardinality(String), String))",
        "Links": "Nested (TraceId String, SpanId String, TraceState String, "
        "Attributes Map(LowCardinality(String), String))",
    }.items()
)
ITEMS = (
    "SpanAttributeItems Array(String) ALIAS "
    "arrayMap(pair -> pair.1 || '=' || pair.2, CAST(SpanAttributes, 'Array(Tuple(String, String))'))"
)
GENERATIONS = {
    "without_text_indexes": f"""({COMMON}, Duration Int64, INDEX i TraceId TYPE bloom_filter(0.001) GRANULARITY 1)
        ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))""",
    "with_text_indexes": f"""({COMMON}, Duration UInt64, {ITEMS},
        INDEX i SpanAttributeItems TYPE text(tokenizer = 'array'))
        ENGINE = MergeTree PARTITION BY toDate(Timestamp) PRIMARY KEY (ServiceName, SpanName, toDateTime(Timestamp))
        ORDER BY (ServiceName, SpanName, toDateTime(Timestamp), Timestamp)""",
}
FIGURES = (
    "SELECT * EXCEPT (received_at) FROM llm_calls ORDER BY ts, span_id",
    "SELECT * EXCEPT (received_at) FROM llm_routes ORDER BY ts, span_id",
    "SELECT * FROM jobs_with_cost ORDER BY job_id, currency",
    "SELECT * FROM spend_by_route ORDER BY route, reason, currency",
)


@pytest.mark.parametrize("name", GENERATIONS)
def test_a_table_of_the_exporter_is_as_good_as_our_own(server: ClickHouse, ours: str, name: str) -> None:
    server.text(f"CREATE DATABASE {name}")
    server.text(f"CREATE TABLE {name}.otel_traces {GENERATIONS[name]}")
    sent_twice(server, name)
    assert server.rows(f"SELECT count() FROM {name}.otel_traces") == [["100"]]
    for question in FIGURES:
        assert server.text(question, name) == server.text(question, ours) != "", question


def test_older_words_for_status_and_kind_mean_the_same(server: ClickHouse, ours: str) -> None:
    words = {"Error": "STATUS_CODE_ERROR", "Unset": "STATUS_CODE_UNSET"}
    migrate(server, "--database", "words_old")
    old = [replace(span, status=words[span.status], kind="SPAN_KIND_CLIENT") for span in calls(60)]
    server.text(inserted("words_old.otel_traces", old))
    for question in (*FIGURES, "SELECT sum(failed) FROM llm_hourly"):
        assert server.text(question, "words_old") == server.text(question, ours) != "0\n", question


def test_logs_from_before_events_had_names_still_say_how_a_job_ended(server: ClickHouse) -> None:
    server.text("CREATE DATABASE old_logs")
    server.text("""
        CREATE TABLE old_logs.otel_logs
        (
            Timestamp DateTime64(9), TimestampTime DateTime DEFAULT toDateTime(Timestamp), TraceId String,
            SpanId String, TraceFlags UInt8, SeverityText LowCardinality(String), SeverityNumber UInt8,
            ServiceName LowCardinality(String), Body String,
            ResourceSchemaUrl LowCardinality(String), ScopeSchemaUrl LowCardinality(String),
            ScopeName String, ScopeVersion LowCardinality(String),
            ResourceAttributes Map(LowCardinality(String), String), ScopeAttributes Map(LowCardinality(String), String),
            LogAttributes Map(LowCardinality(String), String)
        )
        ENGINE = MergeTree PARTITION BY toDate(TimestampTime) ORDER BY (ServiceName, TimestampTime, Timestamp)""")
    done = migrate(server, "--database", "old_logs")
    assert done.returncode == 0, done.stderr
    server.text(outcome_inserted("old_logs.otel_logs", "job-7", "failure", 10**18))
    assert server.rows("SELECT job_id, outcome FROM old_logs.llm_jobs") == [["job-7", "failure"]]


def test_attributes_as_json_are_refused_before_anything_is_made(server: ClickHouse) -> None:
    server.text("CREATE DATABASE as_json")
    columns = ", ".join(f"`{name}` String" for name in COLUMNS if "." not in name and name != "SpanAttributes")
    server.text(f"CREATE TABLE as_json.otel_traces ({columns}, SpanAttributes JSON) ENGINE = MergeTree ORDER BY ()")
    said = failure("--dsn", server.dsn, "--database", "as_json")
    assert said == (
        f"Error: as_json.otel_traces on http://default@127.0.0.1:{server.port} has ResourceAttributes as String, "
        "not as a Map. Try: another --database, or the exporter without json\n"
    )
    assert server.rows("SELECT count() FROM system.tables WHERE database = 'as_json'") == [["1"]]
