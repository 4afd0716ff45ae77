"""Recorded exchanges with real providers, replayed through the real SDKs: our span says what the provider said.

The corpus is a folder of exchanges (``*.jsonl``) and what is true of each (``truth.csv``). A server on loopback answers
with the recorded status, headers and body or event stream; the SDK sends the recorded request, and a stream is read to
its end. Half of the exchanges go through the asynchronous clients. ``LLMROUTE_CORPUS`` names the folder; by default it
is ``../shared/corpus`` beside the repository.
"""

from __future__ import annotations

import asyncio
import csv
import inspect
import json
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from standin import Reply, Standin

from otel_llmroute import names
from tests.app.conftest import Recorded, record

ROOT = Path(os.environ.get("LLMROUTE_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
if not (ROOT / "truth.csv").exists():
    pytest.skip(f"no corpus in {ROOT}: set LLMROUTE_CORPUS to the folder of one", allow_module_level=True)
# The SDK's, of models long gone.
pytestmark = pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")

Span = dict[str, Any]
OPENAI_APIS = ("chat_completions", "responses", "completions", "embeddings")
ANTHROPIC_APIS = ("messages", "complete")
OTHER_WIRE_FORMATS = frozenset(
    {
        "aleph_alpha",
        "bedrock",
        "cohere",
        "gemini",
        "huggingface",
        "ollama",
        "replicate",
        "sagemaker",
        "vertex",
        "voyage",
        "watsonx",
    }
)
"""Providers whose own wire format neither of the two SDKs speaks."""
REPLAYED = {
    "anthropic complete": 1,
    "anthropic messages": 54,
    "azure_openai chat_completions": 58,
    "azure_openai embeddings": 2,
    "cloudflare chat_completions": 2,
    "deepseek chat_completions": 3,
    "groq chat_completions": 13,
    "litellm chat_completions": 4,
    "litellm messages": 1,
    "mistral chat_completions": 12,
    "mistral embeddings": 6,
    "openai chat_completions": 322,
    "openai completions": 48,
    "openai embeddings": 22,
    "openai responses": 97,
    "openai_compatible chat_completions": 1,
    "openai_compatible completions": 1,
    "openrouter chat_completions": 6,
    "portkey chat_completions": 2,
    "together chat_completions": 1,
    "together completions": 1,
    "vercel chat_completions": 2,
    "vllm chat_completions": 6,
    "vllm completions": 10,
    "vllm embeddings": 2,
    "vllm_semantic_router chat_completions": 4,
    "writer chat_completions": 10,
    "writer completions": 2,
}
"""Provider and API -> exchanges replayed, so that none is dropped silently."""
NOT_CALLS = 5
"""GET requests of those providers: the state of a batch, and the files with its results."""

NOT_COMPARED = {
    "id": "the corpus's own name of the exchange",
    "provider": "the corpus's own name of the host; every exchange is answered by a server on loopback here",
    "usage_source": "where the one who made the corpus looked",
    "traffic_type": "Google's, whose wire format is not spoken here",
    "part_of": "batch results, which are files",
}

# --- columns -> attributes --------------------------------------------------------------------------------------------


def attribute(name: str) -> Callable[[Span], str]:
    """The attribute ``name`` as the table writes it; "" when it is absent."""
    return lambda span: "" if span.get(name) is None else str(span[name])


def stream(span: Span) -> str:
    return "1" if span.get(names.REQUEST_STREAM) else "0"


def api(span: Span) -> str:
    by_operation = {"chat": "messages", "text_completion": "complete"}
    return span.get(names.OPENAI_API_TYPE) or by_operation[span[names.OPERATION_NAME]]


def finish_reasons(span: Span) -> str:
    return "|".join(span.get(names.RESPONSE_FINISH_REASONS, ()))


def service_tier(span: Span) -> str:
    """The provider's own word: OpenAI's has an attribute of its own."""
    return str(span.get(names.OPENAI_RESPONSE_SERVICE_TIER) or span.get(names.PRICE_SERVICE_TIER) or "")


def provider_cost(span: Span) -> str:
    return plain(repr(span[names.COST_AMOUNT])) if span.get(names.COST_SOURCE) == "provider" else ""


def plain(amount: str) -> str:
    """A decimal number without an exponent or zeros at its end: 0.0 and 0 are one amount."""
    return f"{Decimal(amount).normalize():f}" if amount else ""


def usage_present(span: Span) -> str:
    return "0" if span[names.USAGE_STATUS] == "missing" else "1"


def error_type(span: Span) -> str:
    return str(span.get(names.ERROR_TYPE, ""))


COLUMNS: dict[str, Callable[[Span], str]] = {
    "api": api,
    "stream": stream,
    "http_status": attribute(names.HTTP_STATUS_CODE),
    "request_model": attribute(names.REQUEST_MODEL),
    "response_model": attribute(names.RESPONSE_MODEL),
    "response_id": attribute(names.RESPONSE_ID),
    "finish_reasons": finish_reasons,
    "input_tokens": attribute(names.USAGE_INPUT_TOKENS),
    "output_tokens": attribute(names.USAGE_OUTPUT_TOKENS),
    "cache_read_tokens": attribute(names.USAGE_CACHE_READ),
    "cache_write_tokens": attribute(names.USAGE_CACHE_WRITE),
    "cache_write_5m": attribute(names.USAGE_CACHE_WRITE_5M),
    "cache_write_1h": attribute(names.USAGE_CACHE_WRITE_1H),
    "reasoning_tokens": attribute(names.USAGE_REASONING),
    "audio_in": attribute(names.USAGE_AUDIO_INPUT),
    "audio_out": attribute(names.USAGE_AUDIO_OUTPUT),
    "service_tier": service_tier,
    "provider_cost": provider_cost,
    "usage_present": usage_present,
    "error_type": error_type,
}
"""Column of ``truth.csv`` -> what our span says of it. An empty cell is an absent attribute, 0 is 0."""

COUNTED = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens", "audio_in", "audio_out")
WITHOUT_MODEL = (
    "handmade-litellm-cache-hit-1",
    "handmade-portkey-cache-hit-1",
    "handmade-cloudflare-cache-hit-1",
    "handmade-vsr-cache-hit-1",
    "handmade-vsr-fast-response-1",
)
"""Exchanges that a gateway answered by itself: the counts in their bodies are those of an earlier call, or of none."""
DEVIATIONS: dict[tuple[str, str], tuple[str, str]] = {
    **{
        (id, column): ("", "the gateway answered by itself: no model was called, so nothing was used")
        for id in WITHOUT_MODEL
        for column in COUNTED
    },
    **{(id, "usage_present"): ("0", "the same") for id in WITHOUT_MODEL},
    **{
        (id, "provider_cost"): ("0", "the gateway says that no model was called, so nothing is charged for one")
        for id in WITHOUT_MODEL
        if "litellm" not in id
    },
    ("handmade-openrouter-byok-1", "provider_cost"): (
        "0.000483",
        "the table has the router's fee alone; with the caller's own key the provider's bill of 0.00046 comes on top",
    ),
    ("handmade-openai-503-only-1", "error_type"): (
        "InternalServerError",
        "the provider named no error; error.type must not be empty then, so it is the class of the SDK's exception",
    ),
    ("handmade-openrouter-stream-error-1", "finish_reasons"): (
        "",
        "the finish reason is in the chunk that holds the error: the SDK raises the error and drops the chunk",
    ),
}
"""(Exchange, column) -> what our span says instead of the table, and why that is right. One that no longer occurs fails
the test."""

# --- the exchanges ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exchange:
    """One line of the corpus and its row of the table."""

    line: dict[str, Any]
    truth: dict[str, str]

    @property
    def id(self) -> str:
        return str(self.line["id"])

    @property
    def group(self) -> str:
        return f"{self.line['provider']} {self.truth['api']}"

    @property
    def is_async(self) -> bool:
        return zlib.crc32(self.id.encode()) % 2 == 1

    @property
    def reply(self) -> Reply:
        line = self.line
        body = json.dumps(line["response_body"]) if "response_body" in line else line["response_text"]
        headers = {"content-type": None, **line["response_headers"]}
        return Reply(line["status"], headers, body=body.encode())


def exchanges() -> list[Exchange]:
    with open(ROOT / "truth.csv", newline="", encoding="utf-8") as file:
        truth = {row["id"]: row for row in csv.DictReader(file)}
    found = []
    for path in sorted(ROOT.glob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            if line["provider"] not in OTHER_WIRE_FORMATS:
                found.append(Exchange(line, truth[line["id"]]))
    return found


EXCHANGES = exchanges()
CALLS = [exchange for exchange in EXCHANGES if exchange.line["method"] == "POST"]

# --- the replay -------------------------------------------------------------------------------------------------------


class Replay:
    """The SDKs' clients, the server they talk to, and what was recorded of it."""

    def __init__(self, server: Standin, recorded: Recorded) -> None:
        self.server, self.recorded = server, recorded
        self.loop = asyncio.new_event_loop()
        self._clients: dict[tuple[Any, ...], Any] = {}

    def span_of(self, exchange: Exchange) -> Span:
        """Attributes of the span of ``exchange``, replayed now."""
        self.recorded.exporter.clear()
        self.server.default(exchange.reply)
        method, arguments = self._call(exchange)
        with errors_of_the_sdks():
            if exchange.is_async:
                self.loop.run_until_complete(read_async(method, arguments))
            else:
                read(method, arguments)
        self._check_request(exchange)
        (span,) = self.recorded.attempts()
        return span

    def _check_request(self, exchange: Exchange) -> None:
        sent, recorded = self.server.requests[-1], exchange.line["request_body"]
        if isinstance(recorded, str):
            assert sent.body.decode() == recorded
        else:
            assert {key: sent.json.get(key) for key in recorded} == recorded

    def _call(self, exchange: Exchange) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The typed method that the SDK has for the exchange, and its arguments."""
        client, body = self._client(exchange), exchange.line["request_body"]
        if exchange.truth["api"] == "responses" and not hasattr(client, "responses"):
            pytest.skip(f"openai {openai.__version__} has no Responses API")
        if isinstance(body, str):  # not JSON, so nothing that a typed method could send
            if "content" not in inspect.signature(client.post).parameters:
                pytest.skip(f"openai {openai.__version__} sends no raw body")
            return client.post, {"path": "/chat/completions", "content": body.encode(), "cast_to": object}
        if exchange.truth["api"] == "complete" and not hasattr(client, "completions"):  # gone from the newest SDK
            return client.post, {"path": "/v1/complete", "body": body, "cast_to": object}
        method: Callable[..., Any] = {
            "chat_completions": lambda: client.chat.completions.create,
            "completions": lambda: client.completions.create,
            "complete": lambda: client.completions.create,
            "embeddings": lambda: client.embeddings.create,
            "responses": lambda: client.responses.create,
            "messages": lambda: (client.beta if "beta=true" in exchange.line["path"] else client).messages.create,
        }[exchange.truth["api"]]()
        known = inspect.signature(method).parameters
        arguments = {key: value for key, value in body.items() if key in known and key != "output_format"}
        return method, {**arguments, "extra_body": {key: body[key] for key in body.keys() - arguments.keys()}}

    def _client(self, exchange: Exchange) -> Any:
        azure = exchange.line["provider"] == "azure_openai"
        key = (exchange.truth["api"] in OPENAI_APIS, azure, exchange.is_async)
        if key not in self._clients:
            self._clients[key] = self._new_client(*key)
        return self._clients[key]

    def _new_client(self, is_openai: bool, azure: bool, is_async: bool) -> Any:
        if azure:
            made: Any = openai.AsyncAzureOpenAI if is_async else openai.AzureOpenAI
            return made(azure_endpoint=self.server.url, api_key="none", api_version="2024-02-01", max_retries=0)
        if is_openai:
            made = openai.AsyncOpenAI if is_async else openai.OpenAI
            return made(base_url=self.server.openai_url, api_key="none", max_retries=0)
        made = anthropic.AsyncAnthropic if is_async else anthropic.Anthropic
        return made(base_url=self.server.anthropic_url, api_key="none", max_retries=0)

    def close(self) -> None:
        for (*_, is_async), client in self._clients.items():
            if is_async:
                self.loop.run_until_complete(client.close())
            else:
                client.close()
        self.loop.close()


def read(method: Callable[..., Any], arguments: dict[str, Any]) -> None:
    answer = method(**arguments)
    if arguments.get("stream"):
        for _ in answer:
            pass


async def read_async(method: Callable[..., Any], arguments: dict[str, Any]) -> None:
    answer = await method(**arguments)
    if arguments.get("stream"):
        async for _ in answer:
            pass


@contextmanager
def errors_of_the_sdks() -> Iterator[None]:
    try:
        yield
    except (openai.OpenAIError, anthropic.AnthropicError):
        pass


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    with pytest.MonkeyPatch.context() as patch, Standin(keep=4) as server:
        patch.chdir(tmp_path_factory.mktemp("corpus"))
        for recorded in record():
            replay = Replay(server, recorded)
            yield replay
            replay.close()


# --- the tests --------------------------------------------------------------------------------------------------------


def test_every_call_of_the_corpus_is_replayed() -> None:
    groups = [exchange.group for exchange in CALLS]
    assert {group: groups.count(group) for group in sorted(set(groups))} == REPLAYED
    assert len(EXCHANGES) - len(CALLS) == NOT_CALLS
    assert {exchange.truth["api"] for exchange in CALLS} == {*OPENAI_APIS, *ANTHROPIC_APIS}


def test_every_column_of_the_table_is_compared_or_left_out_for_a_reason() -> None:
    assert COLUMNS.keys() | NOT_COMPARED.keys() == CALLS[0].truth.keys()


def test_both_kinds_of_client_replay_every_api() -> None:
    apis = [(exchange.truth["api"], exchange.is_async) for exchange in CALLS if exchange.truth["api"] != "complete"]
    assert len(set(apis)) == 2 * (len(OPENAI_APIS) + 1)


@pytest.mark.parametrize("exchange", CALLS, ids=lambda exchange: exchange.id)
def test_a_span_says_what_the_provider_said(exchange: Exchange, replay: Replay) -> None:
    span = replay.span_of(exchange)
    expected = {name: exchange.truth[name] for name in COLUMNS}
    expected["provider_cost"] = plain(expected["provider_cost"])
    for (id, column), (value, _) in DEVIATIONS.items():
        if id == exchange.id:
            assert expected[column] != value, f"no deviation any more: take {column} of {id} off the list"
            expected[column] = value
    assert {name: read(span) for name, read in COLUMNS.items()} == expected
