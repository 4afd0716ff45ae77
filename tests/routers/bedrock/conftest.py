"""Bedrock on loopback, and boto3's client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.routers.bedrock.wire import Bedrock


def client_of(bedrock: Bedrock, service: str = "bedrock-runtime", **config: Any) -> Any:
    """A client of boto3 that asks ``bedrock``."""
    return boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret").client(
        service,
        region_name="us-east-1",
        endpoint_url=bedrock.url,
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}, **config),
    )


def needs(client: Any, *shapes: str) -> None:
    """Skip the test where this boto3 does not know all of ``shapes``: it drops what it does not know."""
    unknown = set(shapes) - set(client.meta.service_model.shape_names)
    if unknown:
        pytest.skip(f"boto3 {boto3.__version__} does not know {', '.join(sorted(unknown))}")


@pytest.fixture
def bedrock() -> Iterator[Bedrock]:
    """The network end."""
    server = Bedrock()
    yield server
    server.close()


@pytest.fixture
def client(bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that does not wait between retries."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    return client_of(bedrock)
