"""What gateways and providers that choose say of a call, and the route and attempt that are recorded of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import anthropic
import openai
import pytest
from opentelemetry.trace import SpanKind

from otel_llmroute.app import complaints
from tests.app.conftest import Recorded, collect
from tests.routers.gateways.cases import CASES, Case
from tests.routers.gateways.clients import ask, client
from tests.routers.scenarios import expected, recorded_routes

EXPECTED = expected(Path(__file__).parent)
EVERY = [pytest.param(case, id=f"{title}: {case}") for title, cases in CASES.items() for case in cases]
STREAMED = [pytest.param(*each.values, id=each.id) for each in EVERY if each.values[0].events]
ERRORS = (openai.APIError, anthropic.APIError)


@pytest.fixture(autouse=True)
def request_(recorded: Recorded) -> Iterator[None]:
    """What the calls are made in: a request of a web application."""
    tracer = recorded.tracer_provider.get_tracer("web")
    with tracer.start_as_current_span("POST /ask", kind=SpanKind.SERVER, attributes={"http.route": "/ask"}):
        yield


def is_recorded(recorded: Recorded, case: Case) -> None:
    collect()
    assert recorded_routes(recorded.spans()) == EXPECTED[case.name]
    assert not complaints._made


@pytest.mark.parametrize("case", EVERY)
def test_a_call(recorded: Recorded, case: Case) -> None:
    with suppress(*ERRORS):
        ask(case, client(case))
    is_recorded(recorded, case)


@pytest.mark.parametrize("case", EVERY)
def test_a_call_whose_body_the_application_parses(recorded: Recorded, case: Case) -> None:
    with suppress(*ERRORS):
        ask(case, client(case), how="with_raw_response").parse()
    is_recorded(recorded, case)


@pytest.mark.parametrize("case", EVERY)
async def test_an_asynchronous_call(recorded: Recorded, case: Case) -> None:
    with suppress(*ERRORS):
        await ask(case, client(case, is_async=True))
    is_recorded(recorded, case)


@pytest.mark.parametrize("case", STREAMED)
def test_a_stream(recorded: Recorded, case: Case) -> None:
    for _ in ask(case, client(case, is_stream=True), is_stream=True):
        pass
    is_recorded(recorded, case)


@pytest.mark.parametrize("case", STREAMED)
async def test_an_asynchronous_stream(recorded: Recorded, case: Case) -> None:
    async for _ in await ask(case, client(case, is_async=True, is_stream=True), is_stream=True):
        pass
    is_recorded(recorded, case)


@pytest.mark.parametrize("case", STREAMED)
def test_a_stream_whose_lines_the_application_reads(recorded: Recorded, case: Case) -> None:
    with ask(case, client(case, is_stream=True), is_stream=True, how="with_streaming_response") as response:
        for _ in response.iter_lines():
            pass
    is_recorded(recorded, case)
