"""Anthropic's own client of Bedrock goes by HTTP, not by boto3: its calls are seen once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from otel_llmroute import names
from tests.app.conftest import Recorded
from tests.routers.bedrock.answers import MESSAGE
from tests.routers.bedrock.wire import Bedrock, told

anthropic = pytest.importorskip("anthropic")


def test_a_call_of_anthropics_client_is_one_attempt(
    recorded: Recorded, bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = anthropic.AnthropicBedrock(
        aws_access_key="key", aws_secret_key="secret", aws_region="us-east-1", base_url=bedrock.url
    )
    bedrock.says(told(MESSAGE))
    asked = [{"role": "user", "content": "Where is my order?"}]
    client.messages.create(model="us.anthropic.claude-sonnet-4-5-20250929-v1:0", max_tokens=9, messages=asked)
    attempt = recorded.attempt()
    assert attempt[names.PROVIDER_NAME] == "aws.bedrock"
    assert (attempt[names.USAGE_INPUT_TOKENS], attempt[names.USAGE_OUTPUT_TOKENS]) == (117, 158)
    assert json.loads(bedrock.requests[0][1])["max_tokens"] == 9
