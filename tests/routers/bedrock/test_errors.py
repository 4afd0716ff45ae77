"""What goes wrong in a call of Bedrock by boto3: its retries, and the error that it ends with."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from otel_llmroute import names
from tests.app.conftest import Recorded
from tests.routers.bedrock.answers import ASKED, converse
from tests.routers.bedrock.asking import ask
from tests.routers.bedrock.conftest import client_of
from tests.routers.bedrock.wire import Bedrock, Said, failed, told


def test_a_retry_is_counted_with_its_status_and_its_wait(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(failed("ThrottlingException", 429), failed("InternalServerException", 500), told(converse()))
    assert ask(client)["ResponseMetadata"]["RetryAttempts"] == 2
    (span,) = recorded.spans("attempt")
    assert (span.attributes or {})[names.ATTEMPT_SDK_RETRIES] == 2
    told_of = [dict(event.attributes or {}) for event in span.events]
    assert [(each[names.RETRY_NUMBER], each[names.HTTP_STATUS_CODE]) for each in told_of] == [(1, 429), (2, 500)]
    assert all(each[names.RETRY_WAIT_S] >= 0 for each in told_of)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_every_way_to_retry_is_counted(
    recorded: Recorded, bedrock: Bedrock, client: Any, mode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bedrock.says(failed("ThrottlingException", 429), failed("ThrottlingException", 429), told(converse()))
    session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")
    config = Config(retries={"mode": mode, "total_max_attempts": 3})
    ask(session.client("bedrock-runtime", region_name="us-east-1", endpoint_url=bedrock.url, config=config))
    assert recorded.attempt()[names.ATTEMPT_SDK_RETRIES] == 2


def test_an_error_is_named_by_its_code(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(failed("CertainlyUnknownException", 400))
    with pytest.raises(ClientError) as raised:
        ask(client)
    assert raised.value.response["Error"]["Code"] == "CertainlyUnknownException"
    attempt = recorded.attempt()
    assert (attempt[names.ERROR_TYPE], attempt[names.HTTP_STATUS_CODE]) == ("CertainlyUnknownException", 400)
    assert (attempt[names.ATTEMPT_OUTCOME], attempt[names.COST_STATUS]) == ("failed", "no_usage")


def test_a_provider_that_is_not_there_is_the_error(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.close()
    with pytest.raises(EndpointConnectionError):
        ask(client)
    attempt = recorded.attempt()
    assert (attempt[names.ERROR_TYPE], attempt[names.ATTEMPT_SDK_RETRIES]) == ("EndpointConnectionError", 2)


def test_a_call_that_takes_too_long_is_the_error(recorded: Recorded, bedrock: Bedrock) -> None:
    slow = Said([b"{", b"}"], 200, {"content-type": "application/json"}, pause_s=1.0)
    bedrock.says(slow, slow, slow)
    with pytest.raises(ReadTimeoutError):
        ask(client_of(bedrock, read_timeout=0.1))
    assert recorded.attempt()[names.ERROR_TYPE] == "ReadTimeoutError"


def test_parameters_that_botocore_refuses_are_a_failed_attempt(
    recorded: Recorded, bedrock: Bedrock, client: Any
) -> None:
    with pytest.raises(Exception, match="Missing required parameter"):
        client.converse(messages=ASKED)
    assert recorded.attempt()[names.ERROR_TYPE] == "ParamValidationError"
