"""Hostile OTLP: whatever is answered with 200 is stored, whole and as it was sent; everything else is refused with the
status that OTLP has for it, and harms nobody else.

``LLMROUTE_FUZZ_SEEDS`` makes it longer: how many requests, each sent in three forms.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict, Parse
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from otel_llmroute.store.receiver.canonical import Canonical
from otel_llmroute.store.receiver.otlp import JSON, PROTOBUF, canonical_of
from otel_llmroute.store.receiver.refusals import Refused
from otel_llmroute.store.receiver.signals import LOGS, SIGNALS, TRACES, Signal
from tests.effort import tries
from tests.store.conftest import Answer, RunningUp, end, start_store
from tests.store.decoded import KEYS, QUESTIONS, Row, is_taken, rows_of, text
from tests.store.hostile import Bender, Maker

SEEDS = int(os.environ.get("LLMROUTE_FUZZ_SEEDS", tries(60, 150)))
ESCAPE = re.compile(r"\\u00[0-9A-F]{2}")
"""A control character in JSON, of which the engine writes the letters large and others small."""
EXPORTER_TEXT: list[tuple[str, str]] = json.loads(Path(__file__).with_name("exporter_text.json").read_text())


def sent_over_http(store: RunningUp, signal: Signal, body: bytes, kind: str = PROTOBUF, zipped: bool = False) -> Answer:
    more = {"content_encoding": "gzip"} if zipped else {}
    return store.post(store.otlp_http + signal.path, gzip.compress(body) if zipped else body, content_type=kind, **more)


def as_json(signal: Signal, message: Any) -> bytes:
    """By the rules of OTLP: ids in hexadecimal, enums as numbers."""
    tree = MessageToDict(message, use_integers_for_enums=True)
    _ids_in_hex(tree)
    return json.dumps(tree).encode()


def _ids_in_hex(node: Any) -> None:
    """In place, below everything but values of attributes."""
    if isinstance(node, list):
        for item in node:
            _ids_in_hex(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("traceId", "spanId", "parentSpanId"):
                node[key] = base64.b64decode(value).hex()
            elif key not in ("attributes", "body"):
                _ids_in_hex(value)


def said(signal: Signal, answer: Answer) -> Any:
    """The response in an answer, which is in the media type of its request."""
    if answer.headers.get("content-type") == JSON:
        return Parse(answer.body, signal.response())
    return signal.response.FromString(answer.body)


class Ledger:
    """What was acknowledged, as rows."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)

    def note(self, signal: Signal, answer: Answer, body: bytes, how: str) -> None:
        """Check an answer to a protobuf body, and note its rows."""
        try:
            message = signal.request.FromString(body)
        except DecodeError:
            assert answer.status == 400, (how, answer)
            return
        assert answer.status == 200, (how, answer)
        self.rows[signal.name] += rows_of(signal, message)
        if signal is TRACES:
            spans = [s for group in message.resource_spans for scoped in group.scope_spans for s in scoped.spans]
            told = said(signal, answer).partial_success.rejected_spans
            assert told == sum(not is_taken(span) for span in spans), how


def rows_in(store: RunningUp, signal: Signal) -> list[Row]:
    answer = store.post(store.web + "/api/sql", json.dumps({"statement": QUESTIONS[signal.name]}).encode())
    assert answer.status == 200, answer.body
    return [tuple(row) for row in answer.json()["rows"]]


def check(store: RunningUp, ledger: Ledger) -> None:
    """Every row that was acknowledged is there, and no other; nothing was put aside."""
    for signal in SIGNALS:
        _check_rows(signal, [comparable(row) for row in rows_in(store, signal)], ledger.rows[signal.name])
    health = store.health()
    assert (health["refused"], health["trouble"]) == (0, "")
    assert not list((store.folder / "spool" / "refused").iterdir())


def _check_rows(signal: Signal, found: Sequence[Row], expected: Sequence[Row]) -> None:
    size = KEYS.get(signal.name)
    if size is None:
        assert sorted(found, key=repr) == sorted(map(comparable, expected), key=repr)
        return
    wanted: dict[Row, list[Row]] = defaultdict(list)
    for row in map(comparable, expected):
        wanted[row[:size]].append(row)
    assert {row[:size] for row in found} == set(wanted)
    for row in found:
        candidates = wanted[row[:size]]
        assert row in candidates, [_differences(row, candidate) for candidate in candidates]


def _differences(one: Row, other: Row) -> list[tuple[int, str, str]]:
    """Where, and what from there on."""
    differ = [(at, repr(a), repr(b)) for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    equal = [next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0) for _, a, b in differ]
    return [(at, a[size : size + 80], b[size : size + 80]) for (at, a, b), size in zip(differ, equal, strict=True)]


def comparable(row: Row) -> Row:
    """A row with lists as tuples and control characters in one case."""
    return tuple(_comparable(value) for value in row)


def _comparable(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple(_comparable(item) for item in value)
    return ESCAPE.sub(lambda found: found[0].lower(), value) if isinstance(value, str) else value


def test_what_is_acknowledged_is_stored_as_it_was_sent(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    ledger = Ledger()
    try:
        with grpc.insecure_channel(store.otlp_grpc.removeprefix("http://")) as channel:
            for seed in range(SEEDS):
                for signal in SIGNALS:
                    _send_in_all_forms(store, channel, ledger, signal, seed)
        check(store, ledger)
        assert all(ledger.rows[signal.name] for signal in SIGNALS)
    finally:
        end(store)


def _send_in_all_forms(store: RunningUp, channel: grpc.Channel, ledger: Ledger, signal: Signal, seed: int) -> None:
    """One request as it is (JSON, or gRPC), written oddly, and with its bytes bent."""
    bender = Bender(seed)
    message = Maker(f"{signal.name} {seed}").request(signal)
    plain = message.SerializeToString()
    if seed % 2:
        answer = sent_over_http(store, signal, as_json(signal, message), JSON, zipped=seed % 4 == 1)
        ledger.note(signal, answer, plain, f"seed {seed} as JSON")
    else:
        compression = (grpc.Compression.NoCompression, grpc.Compression.Gzip, grpc.Compression.Deflate)[seed % 3]
        body = channel.unary_unary(signal.method)(plain, timeout=30, compression=compression)
        ledger.note(signal, Answer(200, body), plain, f"seed {seed} over gRPC")
    odd = bender.oddly(Maker(f"{signal.name} odd {seed}").request(signal))
    ledger.note(signal, sent_over_http(store, signal, odd, zipped=seed % 3 == 0), odd, f"seed {seed}, oddly")
    bent = bender.broken(bender.oddly(Maker(f"{signal.name} bent {seed}").request(signal)))
    ledger.note(signal, sent_over_http(store, signal, bent), bent, f"seed {seed}, bent")


def test_values_have_the_text_of_the_collectors_exporter(shared_store: RunningUp) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for at, (body, _) in enumerate(EXPORTER_TEXT):
        sent = ExportLogsServiceRequest.FromString(base64.b64decode(body)).resource_logs[0].scope_logs[0].log_records[0]
        records.add(time_unix_nano=10**18 + at, severity_text="exporter").body.CopyFrom(sent.body)
    answer = sent_over_http(shared_store, LOGS, request.SerializeToString())
    assert answer.status == 200
    rows = shared_store.sql("SELECT Body AS body FROM otel_logs WHERE SeverityText = 'exporter' ORDER BY Timestamp")
    found = [_comparable(row["body"]) for row in rows]
    expected = [said for _, said in EXPORTER_TEXT]
    differ = [(ours, theirs) for ours, theirs in zip(found, expected, strict=True) if ours != theirs]
    # Where a number is none the exporter has the word of JavaScript, or loses the value that it is in.
    assert all("Inf" in ours or "NaN" in ours for ours, _ in differ)
    assert all(theirs in ("", "Infinity", "-Infinity") for _, theirs in differ)
    assert [text(record.body) for record in records] == found


# JSON that no exporter writes -----------------------------------------------------------------------------------------

WORDS = ["resourceSpans", "scopeSpans", "spans", "traceId", "spanId", "attributes", "key", "value", "name", "kind"]
WORDS += ["startTimeUnixNano", "status", "code", "events", "links", "resource", "scope", "flags", "doubleValue"]
WORDS += ["stringValue", "intValue", "boolValue", "bytesValue", "arrayValue", "kvlistValue", "values", "anything"]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["0" * 32, "1" * 32, "2" * 16, "é", "1e999", "-1", "NaN", "Infinity", "0x10", "9" * 5000]),
    st.just("\ud800"),
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)),
    max_leaves=12,
)
ANY = st.fixed_dictionaries({"key": st.text(max_size=3) | SCALARS, "value": TREES})
SPAN = st.fixed_dictionaries(
    {"traceId": st.just("ab" * 16) | SCALARS, "spanId": st.just("cd" * 8) | SCALARS},
    optional={"startTimeUnixNano": SCALARS, "endTimeUnixNano": SCALARS, "kind": SCALARS, "name": SCALARS}
    | {"attributes": st.lists(ANY, max_size=3) | TREES, "status": TREES, "events": TREES, "links": TREES},
)
REQUEST = st.fixed_dictionaries(
    {"resourceSpans": st.lists(st.fixed_dictionaries({"scopeSpans": st.lists(
        st.fixed_dictionaries({"spans": st.lists(SPAN, max_size=3)}), max_size=2)}), max_size=2) | TREES}
)  # fmt: skip


@settings(max_examples=400, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(REQUEST)
def test_any_json_is_a_request_or_is_malformed(tree: Any) -> None:
    outcome = _decoded(json.dumps(tree).encode())
    assert isinstance(outcome, Canonical) or (outcome.http, outcome.grpc) == (400, "INVALID_ARGUMENT")


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_request_or_are_malformed(body: bytes) -> None:
    for kind in (JSON, PROTOBUF):
        outcome = _decoded(body, kind)
        assert isinstance(outcome, Canonical) or outcome.http == 400


def _decoded(body: bytes, kind: str = JSON) -> Canonical | Refused:
    try:
        return canonical_of(TRACES, body, kind)
    except Refused as refused:
        return refused


ODD_JSON = {
    "a lone surrogate": b'"name":"\\ud800"',
    "two halves the wrong way round": b'"name":"\\udc00\\ud800"',
    "a number without end": b'"startTimeUnixNano":1e999',
    "a number of 5000 digits": b'"startTimeUnixNano":' + b"9" * 5000,
    "a time before 1970": b'"startTimeUnixNano":-1',
    "a time beyond 64 bits": b'"startTimeUnixNano":"18446744073709551616"',
    "a fraction of a nanosecond": b'"startTimeUnixNano":0.5',
    "text for a list": b'"attributes":"none"',
    "a value of two kinds": b'"attributes":[{"key":"a","value":{"intValue":1,"stringValue":"b"}}]',
    "a list for bytes": b'"attributes":[{"key":"a","value":{"bytesValue":[1,2]}}]',
    "bytes that are no UTF-8": b'"name":"\xff"',
}


@pytest.mark.parametrize("odd", ODD_JSON.values(), ids=ODD_JSON.keys())
def test_json_with_a_value_that_cannot_be_is_malformed(shared_store: RunningUp, odd: bytes) -> None:
    span = b'{"traceId":"%s","spanId":"%s",%s}' % (b"a" * 32, b"b" * 16, odd)
    answer = sent_over_http(shared_store, TRACES, b'{"resourceSpans":[{"scopeSpans":[{"spans":[%s]}]}]}' % span, JSON)
    assert (answer.status, "retry-after" in answer.headers) == (400, False)
    assert answer.json()["message"].startswith("the body is not an OTLP JSON request for traces")


@pytest.mark.parametrize("name", ["é", "a\0b", "\U0001f600", "\u2028", ""])
def test_text_of_every_kind_is_the_same_from_json_and_protobuf(shared_store: RunningUp, name: str) -> None:
    request = TRACES.request()
    span = request.resource_spans.add().scope_spans.add().spans.add(trace_id=os.urandom(16), span_id=os.urandom(8))
    span.name = name
    span.attributes.add(key=name).value.string_value = name
    trace = span.trace_id.hex()
    assert sent_over_http(shared_store, TRACES, as_json(TRACES, request), JSON).status == 200
    span.trace_id = os.urandom(16)
    assert sent_over_http(shared_store, TRACES, request.SerializeToString()).status == 200
    ids = f"'{trace}', '{span.trace_id.hex()}'"
    found = shared_store.sql(f"SELECT SpanName AS n, SpanAttributes AS a FROM otel_traces WHERE TraceId IN ({ids})")
    assert found == [{"n": name, "a": {name: name}}] * 2


def test_a_refusal_over_grpc_says_whether_to_send_again() -> None:
    """``RetryInfo`` is what makes a sender send again."""
    from otel_llmroute.store.receiver.refusals import malformed, not_now, status, too_large

    again = Status.FromString(status(not_now("the disk is full")).SerializeToString())
    info = RetryInfo()
    assert (again.code, again.details[0].Unpack(info), info.retry_delay.seconds) == (14, True, 1)
    assert [(status(refused).code, len(status(refused).details)) for refused in (malformed("x"), too_large("x"))] == [
        (3, 0),
        (8, 0),
    ]
