"""Calls that tests make."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.routers.bedrock.answers import ASKED

NOVA: Final = "amazon.nova-lite-v1:0"


def ask(client: Any, model: str = NOVA, **more: Any) -> Any:
    """The result of Converse."""
    return client.converse(modelId=model, messages=ASKED, **more)


def invoke(client: Any, model: str, body: Any) -> Any:
    """The body that InvokeModel answers with."""
    return json.loads(client.invoke_model(modelId=model, body=json.dumps(body))["body"].read())
