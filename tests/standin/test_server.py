"""The server itself, without an SDK where one would be in the way."""

from __future__ import annotations

import asyncio
import http.client
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

import pytest
from standin import Reply, Standin, openai_wire

if TYPE_CHECKING:
    import openai


def _post(server: Standin, path: str = "/v1/chat/completions") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request("POST", path, b"{}", {"content-type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_a_connection_is_kept_for_the_next_request(server: Standin) -> None:
    server.default(Reply(body=b"ok"))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("POST", "/v1/responses", b"{}")
        assert connection.getresponse().read() == b"ok"
        assert connection.sock is first
    connection.close()


def test_a_script_is_used_up_before_the_default(server: Standin) -> None:
    server.default(Reply(body=b"default"))
    server.script(Reply(body=b"first"), lambda request: Reply(body=request.path.encode()))
    assert [_post(server)[1] for _ in range(3)] == [b"first", b"/v1/chat/completions", b"default"]


def test_a_script_gives_each_reply_once_to_many_threads(server: Standin) -> None:
    server.script(*(Reply(body=b"%d" % number) for number in range(40)))
    seen: list[bytes] = []
    threads = [threading.Thread(target=lambda: seen.extend(_post(server)[1] for _ in range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(int(body) for body in seen) == list(range(40))


def test_a_faulty_answer_function_shows_its_traceback(server: Standin) -> None:
    server.script(lambda request: 1 / 0)  # type: ignore[arg-type, return-value]
    status, body = _post(server)
    assert status == 500
    assert b"ZeroDivisionError" in body


def test_an_unknown_path_is_404(server: Standin) -> None:
    assert _post(server, "/v1/unheard/of")[0] == 404


def test_a_header_of_none_takes_the_servers_own_away(server: Standin) -> None:
    server.default(Reply(headers={"x-request-id": None, "openai-version": "1"}, body=b"ok"))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("POST", "/v1/responses", b"{}")
    response = connection.getresponse()
    assert (response.getheader("x-request-id"), response.getheader("openai-version")) == (None, "1")
    connection.close()


def test_an_event_with_a_wait_arrives_after_it(server: Standin) -> None:
    server.script(Reply(events=[b"data: 1\n\n", (0.05, b"data: 2\n\n")]))
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("POST", "/v1/chat/completions", b"{}")
    response = connection.getresponse()
    assert response.read1(100) == b"data: 1\n\n"
    began = time.monotonic()
    assert response.read() == b"data: 2\n\n"
    assert time.monotonic() - began >= 0.03
    connection.close()


def test_a_cut_body_is_shorter_than_its_length_says(server: Standin) -> None:
    server.script(Reply(json=openai_wire.chat(), cut_after=20))
    with pytest.raises(http.client.IncompleteRead) as caught:
        _post(server)
    assert len(caught.value.partial) == 20


def test_a_client_that_hangs_up_in_a_stream_harms_nobody_else(server: Standin) -> None:
    endless = [(0.001, b"data: %b\n\n" % (b"x" * 10_000))] * 2000
    server.script(Reply(events=endless))
    with socket.create_connection(("127.0.0.1", server.port)) as rude:
        rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leave with a reset
        rude.sendall(b"POST /v1/responses HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
        rude.recv(1000)
    assert _post(server)[0] == 200


async def test_a_task_cancelled_before_the_headers_leaves_the_server_well(
    server: Standin, async_gpt: openai.AsyncOpenAI
) -> None:
    server.script(Reply(delay=60))
    call = asyncio.create_task(async_gpt.responses.create(model="gpt-6-luna", input="Where?"))
    while not server.requests:
        await asyncio.sleep(0.001)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await async_gpt.responses.create(model="gpt-6-luna", input="Where?")).output_text


async def test_a_task_cancelled_in_a_stream_that_hangs_leaves_the_server_well(
    server: Standin, async_gpt: openai.AsyncOpenAI
) -> None:
    server.script(Reply(events=openai_wire.response_stream()[:2], hang=True))
    stream = await async_gpt.responses.create(model="gpt-6-luna", input="Where?", stream=True)
    assert [(await anext(stream)).type for _ in range(2)] == ["response.created", "response.in_progress"]
    reading = asyncio.create_task(stream.__anext__())
    await asyncio.sleep(0.02)
    assert not reading.done()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await async_gpt.responses.create(model="gpt-6-luna", input="Where?")).output_text


def test_closing_ends_hanging_and_waiting_replies_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    server = Standin()
    server.script(Reply(json={}, hang=True), Reply(json={}, delay=60), Reply(events=[b"data: 1\n\n", (60, b"late")]))
    clients = []
    for _ in range(3):
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(b"POST /v1/responses HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
        clients.append(client)
    while len(server.requests) < 3:
        time.sleep(0.001)
    began = time.monotonic()
    server.close()
    server.close()
    assert time.monotonic() - began < 5
    assert set(threading.enumerate()) <= before  # threads of other tests may end meanwhile
    for client in clients:
        client.close()


def test_only_the_last_requests_are_kept() -> None:
    with Standin(keep=2) as server:
        for name in ("a", "b", "c"):
            _post(server, f"/v1/{name}")
        assert [request.path for request in server.requests] == ["/v1/b", "/v1/c"]
