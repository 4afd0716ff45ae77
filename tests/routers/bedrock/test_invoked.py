"""InvokeModel by boto3: the bodies that models answer with, each maker's own."""

from __future__ import annotations

from typing import Any

import pytest

from otel_llmroute import names
from tests.app.conftest import Recorded
from tests.routers.bedrock.asking import NOVA, invoke
from tests.routers.bedrock.wire import Bedrock, told

LLAMA = {"generation": "x", "prompt_token_count": 158, "generation_token_count": 128, "stop_reason": "length"}
TITAN = {"inputTextTokenCount": 28, "results": [{"tokenCount": 197, "outputText": "x", "completionReason": "FINISH"}]}
NOVA_BODY = {
    "output": {},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 5, "outputTokens": 6, "cacheReadInputTokenCount": 7, "cacheWriteInputTokenCount": 8},
}
OPENAI_LIKE = {
    "id": "chatcmpl-1",
    "model": "openai.gpt-oss-120b-1:0",
    "choices": [{"finish_reason": "stop", "index": 0}],
    "usage": {"prompt_tokens": 50, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 20}},
}
MISTRAL = {"outputs": [{"text": "x", "stop_reason": "length"}]}
COHERE = {"generations": [{"text": "x", "finish_reason": "COMPLETE"}], "prompt": "y"}
EMBEDDED = {"embedding": [0.1, 0.2], "inputTextTokenCount": 6}


@pytest.mark.parametrize(
    ("model", "asked", "answer", "operation", "counts", "finish"),
    [
        ("meta.llama3-70b-instruct-v1:0", {"prompt": "x"}, LLAMA, "text_completion", (158, 128, None), ("length",)),
        ("amazon.titan-text-express-v1", {"inputText": "x"}, TITAN, "text_completion", (28, 197, None), ("FINISH",)),
        ("us.amazon.nova-lite-v1:0", {"messages": []}, NOVA_BODY, "chat", (20, 6, 7), ("end_turn",)),
        ("openai.gpt-oss-120b-1:0", {"messages": []}, OPENAI_LIKE, "chat", (50, 9, 20), ("stop",)),
        ("mistral.mistral-7b-instruct-v0:2", {"prompt": "x"}, MISTRAL, "text_completion", (3, 4, None), ("length",)),
        ("cohere.command-text-v14", {"prompt": "x"}, COHERE, "text_completion", (3, 4, None), ("COMPLETE",)),
        ("amazon.titan-embed-text-v2:0", {"inputText": "x"}, EMBEDDED, "embeddings", (6, 4, None), None),
        ("stability.sd3-5-large-v1:0", {"text_prompts": []}, {"images": ["="]}, "generate_content", (3, 4, None), None),
    ],
)
def test_a_body_of_each_kind_of_model_is_read(
    recorded: Recorded,
    bedrock: Bedrock,
    client: Any,
    model: str,
    asked: Any,
    answer: Any,
    operation: str,
    counts: tuple[int | None, ...],
    finish: Any,
) -> None:
    bedrock.says(told(answer, x_amzn_bedrock_input_token_count="3", x_amzn_bedrock_output_token_count="4"))
    assert invoke(client, model, asked) == answer
    attempt = recorded.attempt()
    keys = (names.USAGE_INPUT_TOKENS, names.USAGE_OUTPUT_TOKENS, names.USAGE_CACHE_READ)
    assert tuple(attempt.get(key) for key in keys) == counts
    assert attempt[names.OPERATION_NAME] == operation
    assert attempt.get(names.RESPONSE_FINISH_REASONS) == finish
    assert attempt[names.USAGE_STATUS] == "reported"


def test_an_embedding_is_whole_without_output(recorded: Recorded, bedrock: Bedrock, client: Any) -> None:
    bedrock.says(told(EMBEDDED, x_amzn_bedrock_input_token_count="6"))
    invoke(client, "amazon.titan-embed-text-v2:0", {"inputText": "x"})
    attempt = recorded.attempt()
    assert (attempt[names.USAGE_STATUS], attempt[names.COST_AMOUNT]) == ("reported", 0.00000012)


def test_a_body_that_is_a_file_is_left_to_botocore(
    recorded: Recorded, bedrock: Bedrock, client: Any, tmp_path: Any
) -> None:
    sent = tmp_path / "body.json"
    sent.write_text('{"messages": [], "max_tokens": 9}')
    bedrock.says(told(LLAMA))
    with sent.open("rb") as file:
        client.invoke_model(modelId=NOVA, body=file)["body"].read()
    assert bedrock.requests[0][1] == sent.read_bytes()
    assert names.REQUEST_MAX_TOKENS not in recorded.attempt()
