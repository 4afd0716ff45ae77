"""A prompt router of Amazon Bedrock chooses the model for each question. Without AWS credentials a stand-in answers."""

import os
import sys
from pathlib import Path

import boto3

ROUTER = "arn:aws:bedrock:us-east-1:111122223333:default-prompt-router/anthropic.claude:1"


def client():
    if os.environ.get("BEDROCK_PROMPT_ROUTER"):
        return boto3.client("bedrock-runtime")
    sys.path.append(str(Path(__file__).resolve().parent))
    import bedrock_standin

    print("no BEDROCK_PROMPT_ROUTER: the answers come from a stand-in", file=sys.stderr)
    return bedrock_standin.client()


def ask(bedrock, question: str) -> str:
    answer = bedrock.converse(
        modelId=os.environ.get("BEDROCK_PROMPT_ROUTER", ROUTER),
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": 200},
    )
    return answer["output"]["message"]["content"][0]["text"]


bedrock = client()
print(ask(bedrock, "What are your opening hours?"))
print(ask(bedrock, "Compare the two contracts I sent and say which clauses contradict each other."))
