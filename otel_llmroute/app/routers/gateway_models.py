"""Names of models as gateways write them: with a provider before them, with a date or a variant after them."""

from __future__ import annotations

import re
from typing import Final

from otel_llmroute.app.routers.signals import name

_DATE: Final = re.compile(r"[-@](\d{4}-?\d{2}-?\d{2}|\d{3,4}|latest|preview)\Z")


def provider_and_model(value: object) -> tuple[str | None, str | None]:
    """``openai/gpt-6`` -> (``openai``, ``gpt-6``); the model alone where no provider stands before it."""
    said = name(value)
    if said is None:
        return None, None
    provider, _, model = said.partition("/")
    return (provider, model) if model else (None, said)


def is_same_model(requested: str | None, served: str | None) -> bool:
    """Whether both are names of one model, one of them perhaps dated or with its provider; also if one is unknown."""
    if requested is None or served is None:
        return True
    return _bare(requested) == _bare(served)


def _bare(model: str) -> str:
    return _DATE.sub("", model.rpartition("/")[2].partition(":")[0].lower())


def slug(provider: object) -> str | None:
    """A provider as a name: its own, or that of those whose display names have blanks."""
    known = _DISPLAYED.get(provider) if isinstance(provider, str) else None
    said = known or name(provider)
    return said.lower() if said is not None else None


_DISPLAYED: Final = {
    "AI21 Labs": "ai21",
    "Alibaba Cloud Int.": "alibaba",
    "Amazon Bedrock": "amazon-bedrock",
    "Amazon Nova": "amazon-nova",
    "Atlas Cloud": "atlas-cloud",
    "Black Forest Labs": "black-forest-labs",
    "Google AI Studio": "google-ai-studio",
    "Google Vertex": "google-vertex",
    "Google Vertex (Anthropic)": "google-vertex",
    "Inference.net": "inference-net",
    "Moonshot AI": "moonshotai",
    "Weights & Biases": "wandb",
}
"""Display name with a blank, as OpenRouter gives them -> slug. Other texts with blanks could quote anything."""
