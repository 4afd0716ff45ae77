"""Raw responses (``with_raw_response``): parsed, read or left alone, they are as without us."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from standin import Standin

from tests.app.apis import EVERY, STREAMED, Api
from tests.app.both_ways import same_with_us, told
from tests.app.conftest import Recorded
from tests.app.watching import a_quiet_log, async_ending


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield from a_quiet_log(caplog)


# --- raw responses ---


def raw(api: Api, client: Any) -> Any:
    response = api.create(client.with_raw_response)
    return (type(response).__name__, response.status_code, response.text, response.parse(), response.parse())


def raw_stream(api: Api, client: Any) -> Any:
    response = api.create(client.with_raw_response, stream=True)
    return (type(response).__name__, response.status_code, *response.parse())


@pytest.mark.parametrize("api", EVERY)
def test_a_raw_response_is_read_and_parsed_as_without_us(api: Api, provider: Standin) -> None:
    def call(client: Any) -> Any:
        return [str(part) for part in raw(api, client)]

    same_with_us(provider, api, api.answer(), call)


@pytest.mark.parametrize("api", STREAMED)
def test_a_raw_response_of_a_stream_is_parsed_as_without_us(api: Api, provider: Standin) -> None:
    same_with_us(provider, api, api.stream(), lambda client: raw_stream(api, client))


@pytest.mark.parametrize("api", EVERY)
def test_a_raw_response_that_nobody_parses_is_priced_all_the_same(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer())
    api.create(api.client(provider).with_raw_response)
    told(recorded, api)


async def parsed(response: Any) -> Any:
    """What a raw response holds; some versions want it awaited."""
    result = response.parse()
    return await result if inspect.isawaitable(result) else result


@pytest.mark.parametrize("api", EVERY)
async def test_an_asynchronous_raw_response_is_parsed_as_without_us(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.answer())
    response = await api.create(api.async_client(provider).with_raw_response)
    assert (await parsed(response)).model == api.body["model"]
    told(recorded, api)


@pytest.mark.parametrize("api", STREAMED)
async def test_an_asynchronous_raw_response_of_a_stream_is_parsed_as_without_us(
    api: Api, recorded: Recorded, provider: Standin
) -> None:
    provider.default(api.stream())
    response = await api.create(api.async_client(provider).with_raw_response, stream=True)
    assert [chunk async for chunk in await parsed(response)]
    await async_ending(recorded)
    told(recorded, api)
