"""The ClickHouse port: the real engine, asked by curl's own requests and by the clients that people have."""

from __future__ import annotations

import gzip
import io
import json
import re
import socket
import subprocess
import sys
import urllib.request
import zlib
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import clickhouse_connect
import lz4.frame
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.compression import _zstd_compress, _zstd_decompress
from clickhouse_connect.driver.exceptions import DatabaseError

from otel_llmroute.store.folder import Folder
from otel_llmroute.store.web.clickhouse_errors import NAMES
from otel_llmroute.store.web.clickhouse_formats import CONTENT_TYPES
from otel_llmroute.store.web.encodings import accepted
from tests.store.conftest import Answer, RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, send

TOKEN = "a-token-of-enough-characters"


def ask(store: RunningUp, statement: str | bytes = b"", headers: dict[str, str] | None = None, **url: str) -> Answer:
    """Send a statement as the body, as ``curl -d`` does. Names of headers are in lower case."""
    body = statement if isinstance(statement, bytes) else statement.encode()
    answer = store.post(
        f"{store.clickhouse}/?{urlencode(url)}", body, **{"content_type": "text/plain", **(headers or {})}
    )
    return Answer(answer.status, answer.body, {name.lower(): value for name, value in answer.headers.items()})


def got(url: str) -> tuple[int, bytes]:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.status, response.read()


@pytest.fixture(scope="module")
def client(shared_store: RunningUp) -> Iterator[Client]:
    host, _, port = shared_store.clickhouse.removeprefix("http://").partition(":")
    found = clickhouse_connect.get_client(host=host, port=int(port))
    yield found
    found.close()


@pytest.fixture(scope="module")
def locked_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """A store that wants a token."""
    running = start_store(tmp_path_factory.mktemp("locked") / "data", LLMROUTE_TOKEN=TOKEN)
    yield running
    end(running)


@pytest.mark.parametrize("path", ["/", "/ping", "/replicas_status"])
def test_who_asks_whether_it_lives_hears_ok(shared_store: RunningUp, path: str) -> None:
    assert got(shared_store.clickhouse + path) == (200, b"Ok.\n")


def test_a_path_that_is_none_is_a_404(shared_store: RunningUp) -> None:
    answer = shared_store.post(shared_store.clickhouse + "/play", b"")
    assert (answer.status, answer.body[:24]) == (404, b"There is no handle for t")


def test_a_statement_comes_in_the_url_the_body_or_both(shared_store: RunningUp) -> None:
    assert got(f"{shared_store.clickhouse}/?{urlencode({'query': 'SELECT 2 + 2'})}") == (200, b"4\n")
    assert ask(shared_store, "SELECT 2 + 2").body == b"4\n"
    assert ask(shared_store, "2 + 2", query="SELECT").body == b"4\n"


def test_an_answer_has_the_headers_of_a_server(shared_store: RunningUp) -> None:
    answer = ask(shared_store, "SELECT number FROM numbers(3) FORMAT CSV", query_id="mine-1")
    summary = json.loads(answer.headers["x-clickhouse-summary"])
    assert (answer.status, answer.body) == (200, b"0\n1\n2\n")
    assert {name: answer.headers[name] for name in answer.headers if name.startswith(("x-", "content-type"))} == {
        "x-clickhouse-server-display-name": "llmroute",
        "x-clickhouse-query-id": "mine-1",
        "x-clickhouse-timezone": "UTC",
        "x-clickhouse-format": "CSV",
        "x-clickhouse-summary": answer.headers["x-clickhouse-summary"],
        "content-type": "text/csv; charset=UTF-8; header=absent",
    }
    assert (summary["read_rows"], summary["result_rows"], summary["result_bytes"]) == ("3", "3", "6")


def test_a_query_id_that_no_header_can_hold_is_replaced(shared_store: RunningUp) -> None:
    answer = ask(shared_store, "SELECT 1", query_id="a\r\nX-Evil: 1")
    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-clickhouse-query-id"])
    assert "x-evil" not in answer.headers


ROWS = "SELECT 1 AS a, 'x' AS b"
FORMATTED = {
    "JSONEachRow": b'{"a":1,"b":"x"}\n',
    "JSONCompactEachRow": b'[1, "x"]\n',
    "CSVWithNames": b'"a","b"\n1,"x"\n',
    "TSV": b"1\tx\n",
    "TabSeparatedWithNamesAndTypes": b"a\tb\nUInt8\tString\n1\tx\n",
    "Values": b"(1,'x')",
    "Native": b"\x02\x01\x01a\x05UInt8\x01\x01b\x06String\x01x",
    "RowBinary": b"\x01\x01x",
    "Null": b"",
}


@pytest.mark.parametrize("name", FORMATTED)
def test_the_format_comes_from_the_statement_the_url_or_a_header(shared_store: RunningUp, name: str) -> None:
    ways = (
        ask(shared_store, f"{ROWS} FORMAT {name}"),
        ask(shared_store, ROWS, default_format=name),
        ask(shared_store, ROWS, {"x-clickhouse-format": name}),
        ask(shared_store, f"{ROWS} FORMAT {name};", default_format="JSON"),
    )
    for answer in ways:
        assert (answer.status, answer.body) == (200, FORMATTED[name])
        assert (answer.headers["x-clickhouse-format"], answer.headers["content-type"]) == (name, CONTENT_TYPES[name])


@pytest.mark.parametrize("name", sorted(CONTENT_TYPES))
def test_every_format_that_is_listed_is_one_of_the_engine(shared_store: RunningUp, name: str) -> None:
    statement = f"SELECT 'x' AS a FORMAT {name}"
    answer = ask(shared_store, statement)
    assert answer.status == 200, answer.body


def test_arrow_and_parquet_are_whole_files(shared_store: RunningUp) -> None:
    from pyarrow import ipc, parquet

    rows = parquet.read_table(io.BytesIO(ask(shared_store, f"{ROWS} FORMAT Parquet").body)).to_pylist()
    assert rows == [{"a": 1, "b": "x"}]
    rows = ipc.open_file(io.BytesIO(ask(shared_store, f"{ROWS} FORMAT Arrow").body)).read_all().to_pylist()
    assert rows == [{"a": 1, "b": "x"}]


PARAMETERS = (
    ("String", "it's", "it's"),
    ("String", "a\\tb\\\\c", "a\tb\\c"),
    ("Array(String)", "['a','b\\'c']", ["a", "b'c"]),
    ("UInt64", "18446744073709551615", 2**64 - 1),
    ("Nullable(String)", "\\N", None),
    ("DateTime", "2026-11-01 00:00:00", "2026-11-01 00:00:00"),
    ("Decimal(18, 12)", "0.000000000001", 1e-12),
    ("Map(String, UInt8)", "{'a':1}", {"a": 1}),
)


@pytest.mark.parametrize(("kind", "sent", "meant"), PARAMETERS)
def test_parameters_have_the_type_the_statement_says(shared_store: RunningUp, kind: str, sent: str, meant: Any) -> None:
    statement = "SELECT {x:%s} AS x FORMAT JSONCompactEachRow" % kind  # noqa: UP031 - braces are the engine's
    url = {"param_x": sent, "output_format_json_quote_64bit_integers": "0"}
    assert ask(shared_store, statement, **url).json() == [meant]
    form = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value.encode())
        for name, value in (("query", statement), *url.items())
    )
    answer = ask(shared_store, form + b"--b--\r\n", {"content_type": "multipart/form-data; boundary=b"})
    assert answer.json() == [meant]


ERRORS = {
    "SELECT": (400, 62, "SYNTAX_ERROR"),
    "SELECT 1; SELECT 2": (400, 62, "SYNTAX_ERROR"),
    "": (400, 62, "SYNTAX_ERROR"),
    "SELECT nope": (404, 47, "UNKNOWN_IDENTIFIER"),
    "SELECT * FROM nope": (404, 60, "UNKNOWN_TABLE"),
    "SELECT nope(1)": (404, 46, "UNKNOWN_FUNCTION"),
    "SELECT 1 FORMAT Nope": (404, 73, "UNKNOWN_FORMAT"),
    "SELECT toUInt8('x')": (400, 6, "CANNOT_PARSE_TEXT"),
    "SELECT throwIf(number = 99999) FROM numbers(100000)": (500, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
    "SELECT {x:UInt8}": (500, 456, "UNKNOWN_QUERY_PARAMETER"),
    "INSERT INTO llm_calls VALUES (1)": (500, 164, "READONLY"),
    "CREATE TABLE t (a UInt8) ENGINE = Memory": (500, 164, "READONLY"),
    "SELECT file('/etc/passwd')": (500, 164, "READONLY"),
    "SELECT 1" + " " * 100_000 + "+ 1": (400, 62, "SYNTAX_ERROR"),
}


@pytest.mark.parametrize("statement", ERRORS, ids=lambda statement: statement[:40])
def test_an_error_is_one_of_a_server(shared_store: RunningUp, statement: str) -> None:
    status, code, name = ERRORS[statement]
    answer = ask(shared_store, statement)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (status, str(code))
    said = rf"Code: {code}\. DB::Exception: (?!.*DB::Exception).*\({name}\)( \(version [\d.]+\))?\n"
    assert re.fullmatch(said, answer.body.decode(), re.DOTALL), answer.body
    assert b"formatQuery" not in answer.body


def test_after_an_error_the_next_answer_is_its_own(shared_store: RunningUp) -> None:
    for _ in range(30):
        assert ask(shared_store, "SELECT throwIf(number = 99999) FROM numbers(100000)").status == 500
        assert ask(shared_store, "SELECT 7").body == b"7\n"


ACCEPTED = (
    *("session_id=a", "session_timeout=60", "wait_end_of_query=1", "send_progress_in_http_headers=1", "buffer_size=1"),
    *(
        "client_protocol_version=54405",
        "enable_http_compression=1",
        "readonly=1",
        "readonly=2",
        "compress=0",
        "user=default",
    ),
    *("database=default", "database=information_schema", "max_threads=1", "extremes=0", "log_comment=x", "role=x"),
    *("quota_key=x", "cancel_http_readonly_queries_on_client_close=1", "date_time_output_format=iso"),
)


@pytest.mark.parametrize("parameter", ACCEPTED)
def test_what_clients_send_along_is_accepted(shared_store: RunningUp, parameter: str) -> None:
    name, value = parameter.split("=")
    assert ask(shared_store, "SELECT 1", **{name: value}).body == b"1\n"


def test_settings_shape_the_answer(shared_store: RunningUp) -> None:
    times = "SELECT toDateTime('2026-11-01 12:00:00', 'UTC') AS t FORMAT JSONCompactEachRow"
    assert ask(shared_store, times, date_time_output_format="iso").json() == ["2026-11-01T12:00:00Z"]
    answer = ask(shared_store, "SELECT toString(fromUnixTimestamp(0)), timezone()", session_timezone="Asia/Tokyo")
    assert (answer.body, answer.headers["x-clickhouse-timezone"]) == (
        b"1970-01-01 09:00:00\tAsia/Tokyo\n",
        "Asia/Tokyo",
    )
    assert ask(shared_store, "SELECT number FROM numbers(9)", limit="2").body == b"0\n1\n"


def test_a_setting_holds_for_one_question_alone(shared_store: RunningUp) -> None:
    ask(shared_store, "SELECT 1", max_execution_time="1", session_timezone="Asia/Tokyo", param_x="5")
    answer = ask(shared_store, "SELECT getSetting('max_execution_time'), timezone()")
    assert answer.body == b"30\tUTC\n"
    assert ask(shared_store, "SELECT {x:UInt8}").status == 500


PACKED = {
    "gzip": (gzip.compress, gzip.decompress),
    "deflate": (zlib.compress, zlib.decompress),
    "zstd": (_zstd_compress, _zstd_decompress),
    "lz4": (lz4.frame.compress, lz4.frame.decompress),
}


@pytest.mark.parametrize("coding", PACKED)
def test_bodies_are_packed_both_ways(shared_store: RunningUp, coding: str) -> None:
    pack, unpack = PACKED[coding]
    sent = {"content_encoding": coding, "accept_encoding": coding}
    answer = ask(shared_store, pack(b"SELECT number FROM numbers(1000)"), sent)
    assert (answer.status, answer.headers["content-encoding"]) == (200, coding)
    assert unpack(answer.body) == "".join(f"{number}\n" for number in range(1000)).encode()


def test_an_answer_is_not_packed_when_nobody_asks_or_it_is_small(shared_store: RunningUp) -> None:
    large = "SELECT number FROM numbers(1000)"
    assert "content-encoding" not in ask(shared_store, large).headers
    assert "content-encoding" not in ask(shared_store, "SELECT 1", {"accept_encoding": "gzip"}).headers
    assert (
        "content-encoding"
        not in ask(shared_store, large, {"accept_encoding": "gzip"}, enable_http_compression="0").headers
    )


def test_the_best_coding_that_is_accepted_is_taken() -> None:
    headers = ("", "identity", "gzip;q=0", "br", "deflate, gzip;q=0.5", "lz4,zstd,br,gzip,deflate", "GZIP", "*")
    assert [accepted(header) for header in headers] == [None, None, None, None, "gzip", "zstd", "gzip", None]


@pytest.mark.parametrize("coding", PACKED)
def test_a_bomb_is_not_unpacked(shared_store: RunningUp, coding: str) -> None:
    bomb = PACKED[coding][0](b"SELECT 1 --" + b" " * 500_000_000)
    assert len(bomb) < 3_000_000
    answer = ask(shared_store, bomb, {"content_encoding": coding})
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (413, "229")
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{shared_store.process.pid}/status").read_text())[1])
    assert peak < 3_000_000


def test_a_body_that_cannot_be_unpacked_is_an_error(shared_store: RunningUp) -> None:
    assert ask(shared_store, b"SELECT 1", {"content_encoding": "gzip"}).headers["x-clickhouse-exception-code"] == "271"
    assert ask(shared_store, b"SELECT 1", {"content_encoding": "br"}).headers["x-clickhouse-exception-code"] == "48"
    answer = ask(shared_store, "SELECT 1", compress="1")
    assert (answer.status, b"compress=0 and Accept-Encoding: gzip" in answer.body) == (501, True)


def test_bytes_that_are_no_text_are_an_error_of_the_statement(shared_store: RunningUp) -> None:
    assert ask(shared_store, b"SELECT '\xff\xfe' AS").status == 400
    assert ask(shared_store, b"\x00\xff").headers["x-clickhouse-exception-code"] == "164"


def test_money_arrives_with_every_decimal(shared_store: RunningUp, client: Client) -> None:
    app = App(service="money")
    for cost in ("0.000000000001", "0.1", "0.2", None):
        app.attempt("exact", cost)
    send(shared_store, app.spans)
    send(shared_store, app.spans)
    statement = "SELECT sum(cost), countIf(cost IS NULL), count() FROM llm_calls WHERE service = {service:String}"
    assert client.query(statement, parameters={"service": "money"}).result_rows == [(Decimal("0.300000000001"), 1, 4)]


def test_clickhouse_connect_reads_what_the_engine_says(shared_store: RunningUp, client: Client) -> None:
    assert (client.server_version, str(client.server_tz), client.ping()) == (
        client.command("SELECT version()"),
        "UTC",
        True,
    )
    assert client.query("SELECT number, toString(number) FROM numbers(2)").result_rows == [(0, "0"), (1, "1")]
    assert client.query("SELECT 1 AS a LIMIT 0").column_names == ("a",)
    assert client.raw_query("SELECT 5 AS x", fmt="JSONEachRow") == b'{"x":5}\n'
    assert client.raw_stream("SELECT 5 AS x", fmt="CSV").read() == b"5\n"
    assert client.query("SELECT count() FROM numbers(1000)").summary["read_rows"] == "1000"
    assert "llm_calls" in [row[0] for row in client.query("SHOW TABLES").result_rows]
    assert client.query("DESCRIBE TABLE llm_calls").row_count > 10


def test_clickhouse_connect_binds_on_both_sides(client: Client) -> None:
    awkward = "it's\ta \\ \n“”"
    assert client.query(
        "SELECT {x:String}, {a:Array(String)}", parameters={"x": awkward, "a": ["q'", "\\"]}
    ).result_rows == [(awkward, ["q'", "\\"])]
    assert client.query("SELECT %(x)s, %(n)s", parameters={"x": awkward, "n": 5}).result_rows == [(awkward, 5)]
    assert client.query("SELECT length({x:String})", parameters={"x": "y" * 300_000}).result_rows == [(300_000,)]


def test_clickhouse_connect_streams_blocks(client: Client) -> None:
    with client.query_row_block_stream("SELECT number FROM numbers(200000)") as stream:
        blocks = list(stream)
    assert len(blocks) > 1
    assert [row[0] for block in blocks for row in block] == list(range(200_000))


def test_clickhouse_connect_makes_frames_and_arrow_tables(client: Client) -> None:
    assert client.query_df("SELECT 5 AS x").to_dict("list") == {"x": [5]}
    assert client.query_arrow("SELECT 5 AS x").to_pylist() == [{"x": 5}]


def test_clickhouse_connect_cannot_write(client: Client) -> None:
    writes = (
        lambda: client.insert("llmroute_schema", [["x"]], column_names=["name"], column_type_names=["String"]),
        lambda: client.raw_insert("llmroute_schema", ["name"], b"x\n" * 900_000, fmt="CSV"),
        lambda: client.command("CREATE TABLE t (a UInt8) ENGINE = Memory"),
        lambda: client.command("DROP TABLE llm_calls"),
    )
    for write in writes:
        with pytest.raises(DatabaseError) as refused:
            write()
        assert refused.value.code == 164
        assert "is not a statement that reads" in str(refused.value)


TYPES = (
    *("1", "'text'", "NULL", "toNullable('x')", "toLowCardinality('x')", "toLowCardinality(toNullable('x'))"),
    *("[1, 2]", "['a', '']", "emptyArrayString()", "[[1], []]", "[toLowCardinality('x')]", "[(1, 'a')]", "tuple()"),
    *(
        "map('a', 1)",
        "map(toLowCardinality('a'), [toNullable(1)])",
        "tuple(1, 'a')",
        "tuple(1, 'a')::Tuple(n UInt8, `a b` String)",
    ),
    *("toDate('2026-01-01')", "toDate32('2026-01-01')", "now()", "toDateTime64('2026-01-01 00:00:00', 9, 'UTC')"),
    *("toDecimal32(1, 2)", "toDecimal64(1, 2)", "toDecimal128(1, 2)", "toDecimal256(1, 2)", "1.5", "toFloat32(1)"),
    *(
        "toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')",
        "toIPv4('1.2.3.4')",
        "toIPv6('::1')",
        "toFixedString('abc', 5)",
    ),
    *("'a'::Enum8('a' = 1, 'b,(' = 2)", "'a'::Enum16('a''' = 1, 'a' = 500)", "toInt256(1)", "toInt128(1)", "true"),
    *("INTERVAL 1 DAY", "(1., 2.)::Point", "[(1., 2.)]::Ring", "CAST(sum(1), 'SimpleAggregateFunction(sum, UInt64)')"),
)


def blocks_for_go(bodies: list[bytes]) -> bytes:
    """The block that a client of protocol 54460 expects, put together from answers that have one column each."""
    columns = []
    for body in bodies:
        assert body[0] == 1
        ends = [2]
        for _ in range(2):  # name and type, each after its length
            ends.append(ends[-1] + 1 + body[ends[-1]])
        columns.append(body[2 : ends[2]] + b"\x00" + body[ends[2] :])
    return b"\x01\x00\x02\xff\xff\xff\xff\x00" + bytes([len(bodies), bodies[0][1]]) + b"".join(columns)


def test_blocks_are_as_a_client_with_a_protocol_version_reads_them(shared_store: RunningUp) -> None:
    columns = [f"{kind} AS c{at}" for at, kind in enumerate(TYPES)]
    bodies = [ask(shared_store, f"SELECT {column}", default_format="Native").body for column in columns]
    assert all(bodies)
    answer = ask(
        shared_store,
        f"SELECT {', '.join(columns)}",
        default_format="Native",
        client_protocol_version="54460",
        session_timezone="UTC",
    )
    assert answer.status == 200, answer.body
    expected = blocks_for_go(bodies)
    moment = columns.index("now() AS c19")
    assert len(answer.body) == len(expected)
    assert sum(a != b for a, b in zip(answer.body, expected, strict=True)) <= 4, moment  # seconds have passed since


def test_every_block_gets_its_head(shared_store: RunningUp) -> None:
    statement = "SELECT number, [toString(number)] FROM numbers(200000) FORMAT Native"
    plain = ask(shared_store, statement).body
    framed = ask(shared_store, statement, client_protocol_version="54460").body
    assert framed.count(b"\x01\x00\x02\xff\xff\xff\xff\x00") == (len(framed) - len(plain)) / (8 + 2)
    assert ask(shared_store, statement, client_protocol_version="54405").body == plain


def test_a_type_without_a_known_end_is_an_error_there(shared_store: RunningUp) -> None:
    statement = "SELECT '{\"a\": 1}'::JSON FORMAT Native"
    answer = ask(shared_store, statement, client_protocol_version="54460")
    assert (answer.status, b"the type JSON is not supported by this protocol" in answer.body) == (501, True)


BASIC = "Basic " + b64encode(f"default:{TOKEN}".encode()).decode()
WAYS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "bearer": ({"authorization": f"Bearer {TOKEN}"}, {}),
    "basic": ({"authorization": BASIC}, {}),
    "key": ({"x-clickhouse-user": "default", "x-clickhouse-key": TOKEN}, {}),
    "url": ({}, {"user": "default", "password": TOKEN}),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_token_comes_in_any_way_that_clients_send_a_password(locked_store: RunningUp, way: str) -> None:
    headers, url = WAYS[way]
    assert ask(locked_store, "SELECT 1", headers, **url).body == b"1\n"
    wrong = json.loads(json.dumps([headers, url]).replace(TOKEN, TOKEN[:-1] + "x").replace(BASIC, "Basic eDp4"))
    answer = ask(locked_store, "SELECT 1", wrong[0], **wrong[1])
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (401, "194")
    assert answer.headers["www-authenticate"] == 'Basic realm="llmroute"'


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Basic ?"}, {"authorization": "Bearer"}, {"x-clickhouse-key": "é"}]
)
def test_without_the_token_nothing_is_said(locked_store: RunningUp, headers: dict[str, str]) -> None:
    assert ask(locked_store, "SELECT 1", headers).status == 401


def test_clickhouse_connect_sends_the_token_as_its_password(locked_store: RunningUp) -> None:
    host, _, port = locked_store.clickhouse.removeprefix("http://").partition(":")
    found = clickhouse_connect.get_client(host=host, port=int(port), username="anyone", password=TOKEN)
    assert found.command("SELECT 1") == 1
    found.close()


def test_neither_token_nor_statement_is_ever_logged(tmp_path: Path) -> None:
    running = start_store(tmp_path / "data", LLMROUTE_TOKEN=TOKEN)
    for headers, url in WAYS.values():
        ask(running, "SELECT 'private words'", headers, **url)
        ask(running, "SELECT 'private words' FROM", headers, **url)
        ask(running, "DROP TABLE private_words", headers, **url)
        ask(running, b"\xff", headers, password=TOKEN, query="SELECT nope")
    _, said = running.stop()
    assert [word for word in (TOKEN, "private", "SELECT", "password=") if word in said] == []


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"origin": "https://evil.example"}, {"origin": "null"}, {"host": ""}]
)
def test_a_page_of_another_site_is_turned_away(shared_store: RunningUp, headers: dict[str, str]) -> None:
    answer = ask(shared_store, "SELECT 1", headers)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (403, "497")
    assert ask(shared_store, "SELECT 1", {"origin": "http://localhost:3000"}).body == b"1\n"


def test_the_address_is_announced(shared_store: RunningUp) -> None:
    running = Folder(shared_store.folder).running()
    assert running is not None
    assert running.clickhouse == shared_store.health()["clickhouse"] == shared_store.clickhouse


def test_the_ready_line_names_the_port_and_a_store_of_a_run_takes_a_free_one(tmp_path: Path) -> None:
    running = start_store(tmp_path / "data")
    _, said = running.stop()
    assert f"clickhouse {running.clickhouse}," in said
    done = llmroute("run", "--data", str(tmp_path / "other"), "--", "sh", "-c", f"cat {tmp_path}/other/running.json")
    assert json.loads(done.stdout)["clickhouse"] not in ("", "http://127.0.0.1:8123")


def test_a_port_in_use_is_an_error_that_names_the_option(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        free = [word for name in ("otlp-grpc", "otlp-http", "web") for word in (f"--{name}-port", "0")]
        done = llmroute("up", "--data", str(tmp_path / "data"), *free, "--clickhouse-port", port)
    assert done.returncode == 2
    assert "(--clickhouse-port) cannot be listened on: it is in use. Try: --clickhouse-port 0" in done.stderr


PAGE = (Path(__file__).parents[2] / "docs" / "clickhouse-http.md").read_text(encoding="utf-8")


def test_the_commands_on_the_page_run(shared_store: RunningUp, tmp_path: Path) -> None:
    app = App(service="page")
    app.attempt()
    send(shared_store, app.spans)
    scripts = re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL)
    assert [language for language, _ in scripts] == ["sh", "python"]
    port = shared_store.clickhouse.rpartition(":")[2]
    for language, script in scripts:
        program = ["sh", "-e", "-c"] if language == "sh" else [sys.executable, "-c"]
        command = [*program, script.replace("8123", port)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert (done.returncode, "support.reply" in done.stdout, "Exception" in done.stdout) == (0, True, False), done


def test_the_codes_have_the_names_that_the_engine_gives_them(shared_store: RunningUp) -> None:
    codes = [code for code in NAMES if code < 1000]
    found = shared_store.sql(f"SELECT arrayMap(code -> errorCodeToName(code), {codes}) AS names")[0]["names"]
    assert found == [NAMES[code] for code in codes]
