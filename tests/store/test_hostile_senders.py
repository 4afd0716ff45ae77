"""Senders that are out to harm, or broken: what they get, what others get meanwhile, and what it costs in memory."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from starlette.types import Message, Scope

from otel_llmroute.store.receiver import http as receiver_http
from otel_llmroute.store.receiver.grpc import OTLPServer
from otel_llmroute.store.receiver.http import otlp_app
from otel_llmroute.store.receiver.intake import Intake
from otel_llmroute.store.receiver.refusals import not_now
from otel_llmroute.store.receiver.room import Room
from otel_llmroute.store.receiver.signals import SIGNALS, TRACES
from otel_llmroute.store.receiver.spool import Spool
from tests.effort import tries
from tests.store.conftest import RunningUp, end, start_store
from tests.store.hostile import varint
from tests.store.test_fuzz import sent_over_http

MB = 2**20


def field(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def ids(number: int) -> bytes:
    return field(1, b"0123456789abcdef") + field(2, struct.pack(">Q", number + 1))


def spans(data: bytes, resource: bytes = b"") -> bytes:
    """A request of one resource and one scope."""
    return field(1, (field(1, resource) if resource else b"") + field(2, data))


def attribute(key: bytes, value: bytes) -> bytes:
    return field(1, key) + field(2, field(1, value))


def one_span(service: str, data: bytes = b"") -> bytes:
    return spans(field(2, ids(0) + data), field(1, attribute(b"service.name", service.encode())))


def count(store: RunningUp, service: str) -> int:
    return int(store.sql(f"SELECT count() AS n FROM otel_traces WHERE ServiceName = '{service}'")[0]["n"])


# Very large requests --------------------------------------------------------------------------------------------------


def test_a_span_may_have_a_hundred_thousand_attributes(shared_store: RunningUp) -> None:
    attributes = b"".join(field(9, attribute(b"key-%d" % at, b"value")) for at in range(100_000))
    assert sent_over_http(shared_store, TRACES, one_span("attributes", attributes), zipped=True).status == 200
    columns, where = "length(SpanAttributes) AS n, SpanAttributes['key-9'] AS v", "WHERE ServiceName = 'attributes'"
    found = shared_store.sql(f"SELECT {columns} FROM otel_traces {where}")
    assert found == [{"n": 100_000, "v": "value"}]


def test_a_request_may_have_a_hundred_thousand_spans(shared_store: RunningUp) -> None:
    many = b"".join(field(2, ids(at)) for at in range(100_000))
    body = spans(many, field(1, attribute(b"service.name", b"spans")))
    assert sent_over_http(shared_store, TRACES, body).status == 200
    assert count(shared_store, "spans") == 100_000


def test_a_request_may_have_spans_of_four_hundred_days_and_no_more(shared_store: RunningUp) -> None:
    """Each day has files of its own."""
    for days, status in ((400, 200), (401, 413)):
        starts = (b"\x39" + struct.pack("<Q", day * 86_400 * 10**9) for day in range(days))
        many = b"".join(field(2, ids(at) + start) for at, start in enumerate(starts))
        body = spans(many, field(1, attribute(b"service.name", b"days")))
        assert sent_over_http(shared_store, TRACES, body).status == status
    # A question waits ten seconds for what was acknowledged; 400 files on a disk that others use may take longer.
    while shared_store.health()["waiting"]["records"]:
        time.sleep(0.1)
    assert count(shared_store, "days") == 400


def nested(levels: int) -> bytes:
    value = field(1, b"deep")
    for _ in range(levels):
        value = field(5, field(1, value))
    return field(9, field(1, b"key") + field(2, value))


@pytest.mark.parametrize(("levels", "status"), [(30, 200), (60, 400), (100_000, 400)])
def test_lists_in_lists_end_somewhere(shared_store: RunningUp, levels: int, status: int) -> None:
    assert sent_over_http(shared_store, TRACES, one_span(f"deep-{levels}", nested(levels))).status == status
    lists = b'{"arrayValue":{"values":[' * levels + b'{"stringValue":"deep"}' + b"]}}" * levels
    span = b'{"traceId":"%s","spanId":"%s","attributes":[{"key":"key","value":%s}]}' % (b"a" * 32, b"b" * 16, lists)
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[%s]}]}]}' % span
    assert sent_over_http(shared_store, TRACES, body, "application/json").status == status
    if status == 200:
        where = f"WHERE ServiceName = 'deep-{levels}' OR TraceId = '{'a' * 32}'"
        found = shared_store.sql(f"SELECT SpanAttributes['key'] AS v FROM otel_traces {where}")
        assert found == [{"v": "[" * levels + '"deep"' + "]" * levels}] * 2


def bomb(data: bytes, times: int, wbits: int = 31) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join(packer.compress(data) for _ in range(times)) + packer.flush()


TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "more than 16777216 bytes": lambda: bytes(16 * MB + 1),
    "larger than 20971520 bytes after gzip": lambda: bomb(bytes(MB), 200),
    "100000 resources or scopes": lambda: gzip.compress(b"\x0a\x00" * 4 * MB, 1),
    "200000 records": lambda: gzip.compress(spans(b"\x12\x00" * 4 * MB), 1),
    "1000000 attributes and items": lambda: gzip.compress(one_span("x", b"\x4a\x00" * 4 * MB), 1),
    "1000000 attributes and items ": lambda: gzip.compress(one_span("x", b"\x5a\x00" * 4 * MB), 1),
    "so many records": lambda: gzip.compress(
        spans(b"".join(field(2, ids(at)) for at in range(50_000)), field(1, attribute(b"key", bytes(4096))))
    ),
}


@pytest.mark.parametrize("says", TOO_LARGE)
def test_a_request_that_is_too_large_is_refused_for_good(shared_store: RunningUp, says: str) -> None:
    body = TOO_LARGE[says]()
    more = {} if says.startswith("more than") else {"content_encoding": "gzip"}
    url = shared_store.otlp_http + TRACES.path
    answer = shared_store.post(url, body, content_type="application/x-protobuf", **more)
    said = Status.FromString(answer.body)
    assert (answer.status, said.code, "retry-after" in answer.headers) == (413, 8, False)
    assert says.strip() in said.message
    assert said.message.endswith("send smaller batches")


def test_a_json_request_of_too_many_objects_is_refused_before_it_is_parsed(shared_store: RunningUp) -> None:
    body = b'{"resourceSpans":[' + b"{}," * 500_000 + b"{}]}"
    answer = sent_over_http(shared_store, TRACES, body, "application/json")
    assert (answer.status, answer.json()["code"]) == (413, 8)


# gRPC -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def channel(shared_store: RunningUp) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(shared_store.otlp_grpc.removeprefix("http://")) as opened:
        yield opened


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_bomb_over_grpc_is_refused(
    shared_store: RunningUp, channel: grpc.Channel, compression: grpc.Compression
) -> None:
    call = channel.unary_unary(TRACES.method)
    body = one_span(f"grpc-{compression.name}", field(9, attribute(b"key", b"x" * 100_000)))
    call(body, timeout=30, compression=compression)
    assert count(shared_store, f"grpc-{compression.name}") == 1
    before = peak_mb(shared_store)
    with pytest.raises(grpc.RpcError) as refused:
        call(bytes(200 * MB), timeout=60, compression=compression)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert peak_mb(shared_store) - before < 100


def test_a_call_without_a_message_is_an_invalid_argument(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        channel.stream_unary(TRACES.method)(iter(()), timeout=10)
    assert (refused.value.code(), refused.value.details()) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "the call has no message",
    )


class _Full(Spool):
    """A spool without room."""

    def __init__(self) -> None:
        pass

    def append(self, *_: Any) -> Any:
        raise not_now("the disk is full")


async def test_a_store_without_room_says_so_in_a_way_that_senders_retry() -> None:
    server = OTLPServer(Intake(_Full()), None)
    port = server.bind("127.0.0.1", 0)
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await opened.unary_unary(TRACES.method)(one_span("x"), timeout=10)
    finally:
        await server.stop(0)
    trailing = dict(refused.value.trailing_metadata() or ())
    said, info = Status.FromString(trailing["grpc-status-details-bin"]), RetryInfo()
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert (said.code, said.message) == (14, "the disk is full: send again later")
    assert said.details[0].Unpack(info)
    assert info.retry_delay.seconds == 1
    http = await _asked(_Full(), [one_span("x")])
    assert (http["status"], dict(http["headers"])[b"retry-after"]) == (503, b"1")


# HTTP, byte by byte ---------------------------------------------------------------------------------------------------


def dialled(store: RunningUp) -> socket.socket:
    host, port = store.otlp_http.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def head(*lines: str) -> bytes:
    first = ("POST /v1/traces HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/x-protobuf")
    return "\r\n".join((*first, *lines, "", "")).encode()


def first_line(sock: socket.socket) -> str:
    with sock.makefile("rb") as answer:
        return answer.readline().decode().strip()


def test_a_body_in_chunks_is_taken(shared_store: RunningUp) -> None:
    body = one_span("chunks", field(9, attribute(b"key", b"x" * 5000)))
    with dialled(shared_store) as sock:
        sock.sendall(head("Transfer-Encoding: chunked"))
        for at in range(0, len(body), 7):
            part = body[at : at + 7]
            sock.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        sock.sendall(b"0\r\n\r\n")
        assert first_line(sock) == "HTTP/1.1 200 OK"
    assert count(shared_store, "chunks") == 1


@pytest.mark.parametrize(
    "sent",
    [
        head("Content-Length: 1000") + one_span("lies"),  # then closed
        head("Content-Length: 10") + one_span("lies"),
        head("Content-Length: -1") + one_span("lies"),
        head("Content-Length: 99999999999999999999") + one_span("lies"),
        head("Content-Length: 10", "Content-Length: 20") + one_span("lies"),
        head("Transfer-Encoding: chunked") + b"ffffffff\r\n" + one_span("lies"),
        head("Transfer-Encoding: chunked") + b"zz\r\n" + one_span("lies"),
        b"\x16\x03\x01\x02\x00" + os.urandom(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000,
    ],
    ids=range(10),
)
def test_a_sender_that_lies_about_its_body_has_nothing_stored(shared_store: RunningUp, sent: bytes) -> None:
    with dialled(shared_store) as sock:
        try:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            answer = first_line(sock)
        except OSError:
            answer = ""
    assert answer == "" or answer.split()[1] in ("400", "403", "413", "415", "431")
    assert count(shared_store, "lies") == 0
    assert shared_store.health()["trouble"] == ""


def test_senders_that_stall_or_break_off_do_not_keep_others_waiting(shared_store: RunningUp) -> None:
    with ExitStack() as stalled:
        for at in range(300):
            sock = stalled.enter_context(dialled(shared_store))
            sock.sendall(head("Content-Length: 100000")[: None if at % 2 else 30] + b"\x0a" * (at % 2))
        began = time.monotonic()
        assert sent_over_http(shared_store, TRACES, one_span("beside")).status == 200
        assert time.monotonic() - began < 5
    assert count(shared_store, "beside") == 1


def test_senders_that_stall_over_grpc_do_not_keep_others_waiting(shared_store: RunningUp) -> None:
    address, own = shared_store.otlp_grpc.removeprefix("http://"), [("grpc.use_local_subchannel_pool", 1)]
    ended = threading.Event()

    def nothing_yet() -> Iterator[bytes]:
        ended.wait(60)
        yield from ()

    with ExitStack() as opened:
        channels = [opened.enter_context(grpc.insecure_channel(address, own)) for _ in range(60)]
        stalled = [each.stream_unary(TRACES.method).future(nothing_yet()) for each in channels[1:]]
        time.sleep(0.5)
        channels[0].unary_unary(TRACES.method)(one_span("beside-grpc"), timeout=8)
        reasons = {call.exception(20).details() for call in stalled[32:]}
        ended.set()
    assert count(shared_store, "beside-grpc") == 1
    assert reasons == {"too many messages come slowly: send again later"}


async def test_a_body_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(receiver_http, "BODY_S", 0.05)
    answer = await _asked(_Full(), [b"\x0a", None])
    assert answer["status"] == 408


async def test_bodies_that_are_received_have_room_for_so_many_bytes() -> None:
    """And give it back, however they end."""
    intake = Intake(_Full())
    intake.bodies = Room(1000)
    statuses = [(await _asked(_Full(), [bytes(size)], intake))["status"] for size in (900, 1001, 1000)]
    assert (statuses, intake.bodies.held) == ([400, 503, 400], 0)


async def _asked(spool: Spool, parts: list[bytes | None], intake: Intake | None = None) -> Message:
    """The start of the answer of the application to a body; ``None`` is a part that never comes."""
    waiting = [*parts]
    said: list[Message] = []

    async def receive() -> Message:
        part = waiting.pop(0)
        if part is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: Message) -> None:
        said.append(message)

    scope: Scope = {"type": "http", "method": "POST", "path": "/v1/traces", "query_string": b""}
    scope["headers"] = [(b"content-type", b"application/x-protobuf")]
    await otlp_app(intake or Intake(spool))(scope, receive, send)
    return said[0]


def test_many_large_bodies_at_once_are_taken_or_told_to_wait(shared_store: RunningUp) -> None:
    """And are read to their end, so that each sender sees its answer."""
    body = one_span("large", field(9, attribute(b"key", b"x" * 15 * MB)))
    with ThreadPoolExecutor(24) as senders:
        answers = list(senders.map(lambda _: sent_over_http(shared_store, TRACES, body), range(24)))
    assert {answer.status for answer in answers} <= {200, 503}
    assert any(answer.status == 200 for answer in answers)
    assert all("retry-after" in answer.headers for answer in answers if answer.status == 503)


# Memory ---------------------------------------------------------------------------------------------------------------


def peak_mb(store: RunningUp) -> int:
    """The most memory that the store has had."""
    status = Path(f"/proc/{store.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


WORST: list[bytes] = [
    gzip.compress(body, 1)
    for body in (
        b"\x0a\x00" * 10 * MB,  # resources
        spans(b"\x12\x00" * 10 * MB),  # spans
        spans(field(2, ids(0) + b"\x4a\x00" * 10 * MB)),  # attributes
        spans(field(2, ids(0) + b"\x4a\x00" * (2 * MB - 100))),  # just small enough to be taken
        spans(field(2, ids(0) + field(9, field(2, field(5, b"\x0a\x00" * (2 * MB - 100)))))),
        spans(field(2, ids(0) + field(9, field(2, field(6, b"\x0a\x00" * (2 * MB - 100)))))),
        spans(b"".join(field(2, ids(at)) for at in range(190_000))),
        b'{"resourceSpans":[' + b"{}," * 499_000 + b"{}]}",
    )
] + [bomb(bytes(MB), 4000)]
MAX_PEAK_MB = 2500
"""What the store may have at most while it is flooded. Measured: see docs/faults.md."""


def test_a_flood_of_the_worst_bodies_stays_within_bounds(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    try:
        stop = time.monotonic() + tries(6, 15)
        statuses: set[int] = set()
        lock = threading.Lock()

        def flood(number: int) -> None:
            at = number
            while time.monotonic() < stop:
                body = WORST[at % len(WORST)]
                kind = "application/json" if at % len(WORST) == 7 else "application/x-protobuf"
                url = store.otlp_http + SIGNALS[0].path
                answer = store.post(url, body, content_type=kind, content_encoding="gzip")
                with lock:
                    statuses.add(answer.status)
                at += 1

        with ThreadPoolExecutor(16) as senders:
            list(senders.map(flood, range(16)))
        assert sent_over_http(store, TRACES, one_span("after")).status == 200
        assert statuses <= {200, 413, 503}
        assert count(store, "after") == 1
        print(f"peak {peak_mb(store)} MB")
        assert peak_mb(store) < MAX_PEAK_MB
        assert store.health()["refused"] == 0
    finally:
        end(store)
