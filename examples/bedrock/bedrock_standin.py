"""Bedrock without AWS: boto3 does all that it does but send; the answer is put in where the request would leave."""

import io
import json

import boto3
from botocore.awsrequest import AWSResponse

PROFILES = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/"
SHORT, LONG = "us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


class Body(io.BytesIO):
    def stream(self, amount=1024, **_):
        yield from iter(lambda: self.read(amount), b"")


def answer(request, **_):
    question = json.loads(request.body)["messages"][0]["content"][0]["text"]
    model = SHORT if len(question) < 40 else LONG
    said = {
        "output": {
            "message": {"role": "assistant", "content": [{"text": f"[an answer of {len(question)} letters' worth]"}]}
        },
        "stopReason": "end_turn",
        "usage": {"inputTokens": len(question) // 4, "outputTokens": 12, "totalTokens": len(question) // 4 + 12},
        "metrics": {"latencyMs": 0},
        "trace": {"promptRouter": {"invokedModelId": PROFILES + model}},
    }
    return AWSResponse(request.url, 200, {"content-type": "application/json"}, Body(json.dumps(said).encode()))


def client():
    session = boto3.Session(aws_access_key_id="stand-in", aws_secret_access_key="stand-in")
    made = session.client("bedrock-runtime", region_name="us-east-1")
    made.meta.events.register("before-send.bedrock-runtime.Converse", answer)
    return made
