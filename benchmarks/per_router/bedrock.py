"""One Converse call to a prompt router of Amazon Bedrock, in no route of the application's: its choice is read, and a
route span is made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

ACCOUNT = "arn:aws:bedrock:us-east-1:111122223333"
ANSWER = json.dumps(
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "On its way."}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 120, "outputTokens": 30, "totalTokens": 150},
        "metrics": {"latencyMs": 7},
        "trace": {
            "promptRouter": {
                "invokedModelId": f"{ACCOUNT}:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0"
            }
        },
    }
).encode()


class _Body(io.BytesIO):
    def stream(self, amount: int = 1024, **_: Any) -> Iterator[bytes]:
        yield from iter(lambda: self.read(amount), b"")


def call() -> Callable[[], object]:
    """One ``converse`` of boto3, whose answer is put in where the request would leave."""
    import boto3
    from botocore.awsrequest import AWSResponse

    def answer(request: Any, **_: Any) -> Any:
        return AWSResponse(request.url, 200, {"content-type": "application/json"}, _Body(ANSWER))

    session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")
    client = session.client("bedrock-runtime", region_name="us-east-1")
    client.meta.events.register("before-send.bedrock-runtime.Converse", answer)
    asked = [{"role": "user", "content": [{"text": "Where is my order?"}]}]
    router = f"{ACCOUNT}:default-prompt-router/anthropic.claude:1"
    return lambda: client.converse(modelId=router, messages=asked, inferenceConfig={"maxTokens": 200})
