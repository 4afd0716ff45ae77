"""RouteLLM's trained routers with all that it asks for (``torch.txt``): the code is its own, only what they have learnt
is made up here, since nothing is downloaded.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import torch
from datasets import Dataset
from routellm.controller import Controller
from routellm.routers.matrix_factorization.model import MFModel
from routellm.routers.similarity_weighted import utils
from standin import Reply, Standin, faults, openai_wire
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

import otel_llmroute as llmroute
from tests.app.conftest import Recorded, collect
from tests.routers.scenarios import expected, recorded_routes

EXPECTED: Final = expected(Path(__file__).parent)
STRONG: Final = "openai/gpt-6-sol"
WEAK: Final = "openai/gpt-6-luna"
QUESTION: Final = "Where do I find my data export?"
MESSAGES: Final[Any] = [{"role": "user", "content": QUESTION}]
IS_ASYNC: Final = (False, True)
VECTOR: Final = [1.0, 0.0, 0.0, 0.0]


@pytest.fixture(autouse=True)
def embedding(monkeypatch: pytest.MonkeyPatch, provider: Standin) -> None:
    """Where RouteLLM's own client asks for embeddings."""
    monkeypatch.setattr(utils.OPENAI_CLIENT, "base_url", provider.openai_url)
    monkeypatch.setattr(utils.OPENAI_CLIENT, "max_retries", 0)


def controller(provider: Standin, router: str, **learnt: Any) -> Controller:
    return Controller([router], STRONG, WEAK, config={router: learnt}, api_base=provider.openai_url, api_key="none")


async def ask(controller: Controller, router: str, is_async: bool, threshold: float = 0.5) -> Any:
    request = {"model": f"router-{router}-{threshold}", "messages": MESSAGES, "num_retries": 0}
    return await controller.acompletion(**request) if is_async else controller.completion(**request)


def vectors() -> Reply:
    return Reply(json=openai_wire.embeddings([VECTOR], usage=openai_wire.usage(8)))


def seen(recorded: Recorded) -> list[dict[str, Any]]:
    collect()
    return recorded_routes(recorded.spans())


# --- mf: a model over the embedding of the prompt ---


@pytest.fixture
def factors(tmp_path: Path) -> dict[str, Any]:
    """What the matrix factorisation has learnt: nothing of the prompt, and that either model is as likely to win."""
    sizes = {"num_models": 64, "text_dim": 4, "num_classes": 1, "use_proj": True}
    model = MFModel(dim=2, **sizes)
    with torch.no_grad():
        model.classifier[0].weight.zero_()
    model.save_pretrained(tmp_path / "mf")
    return {"checkpoint_path": str(tmp_path / "mf"), "hidden_size": 2, "text_dim": 4}


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_the_embedding_of_a_router_is_paid_for_as_routing(
    recorded: Recorded, provider: Standin, factors: dict[str, Any], is_async: bool
) -> None:
    provider.script(vectors())
    await ask(controller(provider, "mf", **factors), "mf", is_async, 0.25)
    assert seen(recorded) == EXPECTED["an embedding is made to find the score"]
    assert [span.name for span in recorded.spans("decision")] == ["decide routellm"]


async def test_an_embedding_that_fails_ends_the_route_in_error(
    recorded: Recorded, provider: Standin, factors: dict[str, Any]
) -> None:
    provider.script(faults.openai_rate_limit())
    with pytest.raises(Exception, match="Rate limit"):
        await ask(controller(provider, "mf", **factors), "mf", False)
    (route,) = seen(recorded)
    assert [(attempt["outcome"], attempt["purpose"]) for attempt in route["attempt"]] == [("failed", "routing")]
    assert (route["outcome"], route.get("score")) == ("error", None)


async def test_in_a_route_of_the_application_the_embedding_is_one_of_its_attempts(
    recorded: Recorded, provider: Standin, factors: dict[str, Any]
) -> None:
    provider.script(vectors())
    with llmroute.route("support.reply"):
        await ask(controller(provider, "mf", **factors), "mf", False)
    (route,) = seen(recorded)
    assert (route["route"], route["rule"], route["attempt_count"]) == ("support.reply", "mf", 2)


# --- bert: a classifier in this process ---


@pytest.fixture
def classifier(tmp_path: Path) -> dict[str, Any]:
    """What the classifier has learnt: nothing of the prompt, and that each of its three answers is as likely."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "where", "export"]
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n")
    small = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    model = BertForSequenceClassification(BertConfig(vocab_size=len(words), num_labels=3, **small))
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.zero_()
    model.save_pretrained(tmp_path / "bert")
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "bert")
    return {"checkpoint_path": str(tmp_path / "bert")}


@pytest.mark.parametrize("is_async", IS_ASYNC)
async def test_a_classifier_in_the_process_pays_for_nothing(
    recorded: Recorded, provider: Standin, classifier: dict[str, Any], is_async: bool
) -> None:
    await ask(controller(provider, "bert", **classifier), "bert", is_async, 0.3)
    (route,) = seen(recorded)
    told = {key: route[key] for key in ("rule", "reason", "threshold", "selected_model", "attempt_count")}
    assert told == {
        "rule": "bert",
        "reason": "complexity",
        "threshold": 0.3,
        "selected_model": STRONG,
        "attempt_count": 1,
    }
    assert route["score"] == pytest.approx(1 / 3)
    assert recorded.spans("decision") == []


# --- sw_ranking: battles like this one ---


@pytest.fixture
def battles(tmp_path: Path) -> dict[str, Any]:
    """What the ranking goes by: battles of models, and the embeddings of what they were asked."""
    models = ["gpt-4-1106-preview", *(f"model-{number}" for number in range(10)), "mixtral-8x7b-instruct-v0.1"]
    pairs = [(better, worse) for place, better in enumerate(models) for worse in models[place + 1 :]]
    asked = json.dumps(["Where is the export of all my data?"])
    rows = [
        {
            "model_a": better,
            "model_b": worse,
            "prompt": asked,
            "winner_model_a": int(not is_upset),
            "winner_model_b": int(is_upset),
        }
        for better, worse in pairs
        for is_upset in (False, False, True)
    ]
    folders = tmp_path / "battles", tmp_path / "embeddings"
    for folder in folders:
        folder.mkdir()
    Dataset.from_list(rows).to_parquet(folders[0] / "train.parquet")
    Dataset.from_dict({"embeddings": [VECTOR] * len(rows)}).to_parquet(folders[1] / "train.parquet")
    return {"arena_battle_datasets": [str(folders[0])], "arena_embedding_datasets": [str(folders[1])]}


async def test_a_ranking_by_battles_alike_is_heard_with_its_score(
    recorded: Recorded, provider: Standin, battles: dict[str, Any]
) -> None:
    provider.script(vectors())
    await ask(controller(provider, "sw_ranking", **battles), "sw_ranking", False)
    (route,) = seen(recorded)
    assert (route["rule"], route["selected_model"]) == ("sw_ranking", STRONG)
    assert 0.5 < route["score"] < 1
    assert [attempt.get("purpose") for attempt in route["attempt"]] == ["routing", None]
