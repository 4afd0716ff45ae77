"""What a runnable of LangChain says of itself: the model in it, and what the application calls it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from otel_llmroute.app.routers.signals import destination_of, name

PROVIDERS: Final = {
    "langchain_openai": "openai",
    "langchain_anthropic": "anthropic",
    "langchain_aws": "aws.bedrock",
    "langchain_google_genai": "gcp.gemini",
    "langchain_google_vertexai": "gcp.vertex_ai",
    "langchain_mistralai": "mistral_ai",
    "langchain_groq": "groq",
    "langchain_deepseek": "deepseek",
    "langchain_xai": "x_ai",
    "langchain_cohere": "cohere",
    "langchain_openrouter": "openrouter",
}
"""Package of a chat model -> ``gen_ai.provider.name``."""
_DEEPEST: Final = 8
_MOST_REMEMBERED: Final = 256


def config_of(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ``RunnableConfig`` of a call, after its input; of a batch, that of the first."""
    config = args[1] if len(args) > 1 else kwargs.get("config")
    if isinstance(config, (list, tuple)):
        config = config[0] if config else None
    return config if type(config) is dict or isinstance(config, Mapping) else {}


def route_name(runnable: Any, config: Mapping[str, Any]) -> str | None:
    """What the application calls this run, or this runnable."""
    return name(config.get("run_name")) or name(vars(runnable).get("name"))


def model_of(runnable: Any) -> str | None:
    """``provider/model`` of the first chat model in ``runnable``; ``None`` if none is found, or a branch chooses it."""
    for _ in range(_DEEPEST):
        inner = vars(runnable) if hasattr(runnable, "__dict__") else {}
        model = inner.get("model_name") or inner.get("model")
        if isinstance(model, str):
            kind: type = type(runnable)
            return destination_of(_provider_of(kind), model)
        if "branches" in inner:  # a RunnableBranch: its default is only one of those that may be asked
            return None
        if "last" in inner and "first" in inner:  # a RunnableSequence
            steps = (inner["first"], *(inner.get("middle") or ()), inner["last"])
            return next((found for found in map(model_of, steps) if found is not None), None)
        runnable = inner.get("bound") or inner.get("runnable") or inner.get("default")
        if runnable is None:
            return None
    return None


@functools.lru_cache(maxsize=_MOST_REMEMBERED)
def _provider_of(model: type) -> str | None:
    if model.__name__.startswith("Azure"):
        return "azure.ai.openai"
    packages = (kind.__module__.partition(".")[0] for kind in model.__mro__)
    return next((PROVIDERS[package] for package in packages if package in PROVIDERS), None)
