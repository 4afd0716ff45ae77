"""Recorded exchanges with Bedrock, replayed through the real boto3: the attempt says what Bedrock said.

``LLMROUTE_CORPUS`` names a folder of exchanges (``bedrock.jsonl``, ``handmade.jsonl``) and what is true of each
(``truth.csv``); by default it is ``../shared/corpus`` beside the repository.
"""

from __future__ import annotations

import base64
import csv
import json
import os
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from otel_llmroute import names
from tests.app.conftest import Recorded
from tests.routers.bedrock.conftest import needs
from tests.routers.bedrock.wire import Bedrock, Said

ROOT = Path(os.environ.get("LLMROUTE_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
if not (ROOT / "truth.csv").exists():
    pytest.skip(f"no corpus in {ROOT}: set LLMROUTE_CORPUS to the folder of one", allow_module_level=True)

REPLAYED: Final = 113
"""Exchanges, so that none is dropped silently."""
METHODS: Final = {
    "converse": "converse",
    "converse-stream": "converse_stream",
    "invoke": "invoke_model",
    "invoke-with-response-stream": "invoke_model_with_response_stream",
}
COLUMNS: Final = {
    "http_status": names.HTTP_STATUS_CODE,
    "request_model": names.REQUEST_MODEL,
    "input_tokens": names.USAGE_INPUT_TOKENS,
    "output_tokens": names.USAGE_OUTPUT_TOKENS,
    "cache_read_tokens": names.USAGE_CACHE_READ,
    "cache_write_tokens": names.USAGE_CACHE_WRITE,
    "cache_write_5m": names.USAGE_CACHE_WRITE_5M,
    "cache_write_1h": names.USAGE_CACHE_WRITE_1H,
    "reasoning_tokens": names.USAGE_REASONING,
    "service_tier": names.PRICE_SERVICE_TIER,
    "error_type": names.ERROR_TYPE,
}
NEWER: Final = {
    "cache_read_tokens": "TokenUsageCacheReadInputTokensInteger",
    "cache_write_1h": "CacheDetail",
    "service_tier": "ServiceTier",
}
"""Column -> shape of the API that boto3 has to know for it."""
NOT_COMPARED: Final = frozenset(
    {
        "id", "provider", "usage_source", "traffic_type", "part_of",  # the corpus's own
        "api", "audio_in", "audio_out", "provider_cost",  # nothing that Bedrock says
    }
)  # fmt: skip


def exchanges() -> list[tuple[dict[str, Any], dict[str, str]]]:
    with (ROOT / "truth.csv").open(newline="", encoding="utf-8") as file:
        truth = {row["id"]: row for row in csv.DictReader(file)}
    lines = [line for name in ("bedrock", "handmade") for line in (ROOT / f"{name}.jsonl").open(encoding="utf-8")]
    return [(each, truth[each["id"]]) for each in map(json.loads, lines) if each["provider"] == "bedrock"]


EXCHANGES: Final = exchanges()


def answer_of(exchange: dict[str, Any]) -> Said:
    if "response_base64" in exchange:
        body = base64.b64decode(exchange["response_base64"])
    else:
        body = json.dumps(exchange["response_body"]).encode()
    return Said([body], exchange["status"], exchange["response_headers"])


def replay(client: Any, exchange: dict[str, Any]) -> None:
    """Send the recorded request, and read all of the answer."""
    _, _, model, operation = exchange["path"].split("/", 3)
    call = getattr(client, METHODS[operation])
    asked = exchange["request_body"]
    if operation.startswith("converse"):
        result = call(modelId=unquote(model), **asked)
    else:
        result = call(modelId=unquote(model), body=asked if isinstance(asked, str) else json.dumps(asked))
    for part in ("stream", "body"):
        if part in result:
            list(result[part])


def finish_reasons(said: dict[str, Any]) -> str:
    return "|".join(said.get(names.RESPONSE_FINISH_REASONS, ()))


def test_every_exchange_is_replayed() -> None:
    assert len(EXCHANGES) == REPLAYED
    assert set(EXCHANGES[0][1]) - NOT_COMPARED - set(COLUMNS) == {
        "stream", "response_model", "response_id", "finish_reasons", "usage_present"
    }  # fmt: skip


@pytest.mark.parametrize(("exchange", "true"), EXCHANGES, ids=[each["id"] for each, _ in EXCHANGES])
def test_an_attempt_says_what_bedrock_said(
    recorded: Recorded, bedrock: Bedrock, client: Any, exchange: dict[str, Any], true: dict[str, str]
) -> None:
    if true["api"] == "converse":
        needs(client, *[shape for column, shape in NEWER.items() if true[column]])
    bedrock.says(*[answer_of(exchange)] * (3 if exchange["status"] == 429 else 1))
    failed = exchange["status"] != 200 or true["error_type"]
    if failed:
        with pytest.raises(ClientError):
            replay(client, exchange)
    else:
        replay(client, exchange)
    said = recorded.attempt()
    told = {column: str(said.get(attribute, "")) for column, attribute in COLUMNS.items()}
    assert told == {column: true[column] for column in COLUMNS}
    assert finish_reasons(said) == true["finish_reasons"]
    assert (said.get(names.REQUEST_STREAM) is True) == (true["stream"] == "1")
    assert (said[names.USAGE_STATUS] != "missing") == (true["usage_present"] == "1")
    if type(exchange.get("response_body", {}).get("id")) is not int:  # AI21's is no text
        assert said.get(names.RESPONSE_ID, "") == true["response_id"]
    if ":inference-profile/" in true["response_model"]:
        assert said[names.RESPONSE_MODEL] == true["response_model"].rpartition("/")[2]
