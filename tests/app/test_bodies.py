"""Bodies and event streams that the application reads itself (``with_streaming_response``) are read along."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

import pytest
from standin import Reply, Standin

from otel_llmroute import names
from tests.app import sdk_features
from tests.app.apis import EVERY, ONE_OF_EACH_SDK, STREAMED, Api
from tests.app.both_ways import same_with_us, told
from tests.app.conftest import Recorded
from tests.app.watching import a_quiet_log, async_ending, ending


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


# --- responses that the application reads itself ---


READ = {
    "lines": lambda response: list(response.iter_lines()),
    "bytes": lambda response: list(response.iter_bytes(64)),
    "text": lambda response: "".join(response.iter_text()),
    "whole": lambda response: response.read(),
    "json": lambda response: response.json(),
    "whole text": lambda response: response.text(),
    "parsed": lambda response: response.parse(),
    "parsed twice": lambda response: (response.parse(), response.parse()),
    "bytes, then closed": lambda response: (b"".join(response.iter_bytes()), response.close()),
}
READ_STREAM = {
    "lines": READ["lines"],
    "bytes": READ["bytes"],
    "whole text": READ["whole text"],
    "parsed": lambda response: list(response.parse()),
}


def read(api: Api, client: Any, how: Callable[[Any], Any], **more: Any) -> Any:
    with api.create(client.with_streaming_response, **more) as response:
        return how(response)


@pytest.mark.parametrize("compressed", [False, True], ids=["identity", "gzip"])
@pytest.mark.parametrize("how", READ)
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_body_that_the_application_reads_itself_is_read_along(
    api: Api, how: str, compressed: bool, provider: Standin
) -> None:
    same_with_us(provider, api, api.answer(gzip=compressed), lambda client: read(api, client, READ[how]))


@pytest.mark.parametrize("api", EVERY)
def test_the_lines_of_every_api_are_read_along(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.answer(), lambda client: read(api, client, READ["lines"]))


@pytest.mark.parametrize("compressed", [False, True], ids=["identity", "gzip"])
@pytest.mark.parametrize("how", READ_STREAM)
@pytest.mark.parametrize("api", STREAMED)
def test_an_event_stream_that_the_application_reads_itself_is_read_along(
    api: Api, how: str, compressed: bool, provider: Standin
) -> None:
    same_with_us(
        provider,
        api,
        api.stream(gzip=compressed),
        lambda client: read(api, client, READ_STREAM[how], stream=True),
    )


def packers(api: Api, provider: Standin) -> dict[str, Callable[[bytes], bytes]]:
    """What the HTTP library of ``api``'s SDK asks for and can decode, as this process can encode it."""
    accepted = api.client(provider)._client.headers["accept-encoding"]
    known: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress}
    if "br" in accepted:
        known["br"] = first_of("brotli", "brotlicffi").compress
    if "zstd" in accepted:
        known["zstd"] = first_of("compression.zstd", "backports.zstd", "zstandard").compress
    return known


def first_of(*modules: str) -> Any:
    """The first of ``modules`` that is installed."""
    for name in modules:
        with suppress(ImportError):
            return import_module(name)
    raise ImportError(f"none of {modules}")


@pytest.mark.parametrize("streamed", [False, True], ids=["body", "events"])
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_every_encoding_that_the_http_library_decodes_is_read_along(
    api: Api, streamed: bool, recorded: Recorded, provider: Standin
) -> None:
    plain = b"".join(api.events) if streamed else json.dumps(api.body).encode()
    media = "text/event-stream" if streamed else "application/json"
    encodings = packers(api, provider)
    for encoding, pack in encodings.items():
        reply = Reply(headers={"content-type": media, "content-encoding": encoding}, body=pack(plain))
        provider.script(reply, reply)
        client = api.client(provider)
        assert read(api, client, lambda response: b"".join(response.iter_bytes()), stream=streamed) == plain
        read(api, client, lambda response: list(response.parse()) if streamed else response.parse(), stream=streamed)
    statuses = [(a[names.ATTEMPT_OUTCOME], a[names.USAGE_STATUS]) for a in recorded.attempts()]
    assert statuses == [("accepted", "reported")] * 2 * len(encodings)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_body_that_is_never_read_is_abandoned(api: Api, recorded: Recorded, provider: Standin) -> None:
    provider.default(api.answer())
    read(api, api.client(provider), lambda response: None)
    assert ending(recorded) == ("abandoned", "missing", "no_usage")


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_an_event_stream_whose_lines_are_left_early_is_abandoned(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(Reply(events=[api.events[0], *((0.0, event) for event in api.events[1:])]))
    read(api, api.client(provider), lambda response: next(response.iter_lines()), stream=True)
    outcome, usage, _ = ending(recorded)
    assert (outcome, usage) == ("abandoned", api.usage_at_start)


@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
def test_a_body_that_breaks_off_while_the_application_reads_it_fails(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer(cut_after=40))
    with pytest.raises(sdk_features.STREAM_ERRORS):
        read(api, api.client(provider), READ["bytes"])
    assert ending(recorded) == ("failed", "missing", "no_usage")


READ_ASYNC = {
    "lines": lambda response: gathered(response.iter_lines()),
    "bytes": lambda response: gathered(response.iter_bytes(64)),
    "whole": lambda response: response.read(),
    "json": lambda response: response.json(),
    "text": lambda response: response.text(),
    "parsed": lambda response: response.parse(),
}


async def gathered(parts: Any) -> list[Any]:
    return [part async for part in parts]


async def parsed_and_read(response: Any) -> list[Any]:
    return [chunk async for chunk in await response.parse()]


@pytest.mark.parametrize("compressed", [False, True], ids=["identity", "gzip"])
@pytest.mark.parametrize("how", READ_ASYNC)
@pytest.mark.parametrize("api", ONE_OF_EACH_SDK)
async def test_a_body_that_a_task_reads_itself_is_read_along(
    api: Api, how: str, compressed: bool, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer(gzip=compressed))
    async with api.create(api.async_client(provider).with_streaming_response) as response:
        assert await READ_ASYNC[how](response)
    await async_ending(recorded)
    told(recorded, api)


@pytest.mark.parametrize("how", ["lines", "bytes", "parsed"])
@pytest.mark.parametrize("api", STREAMED)
async def test_an_event_stream_that_a_task_reads_itself_is_read_along(
    api: Api, how: str, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.stream())
    reading = parsed_and_read if how == "parsed" else READ_ASYNC[how]
    async with api.create(api.async_client(provider).with_streaming_response, stream=True) as response:
        assert await reading(response)
    await async_ending(recorded)
    told(recorded, api)
