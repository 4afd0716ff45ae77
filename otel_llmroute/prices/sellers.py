"""Who sends the bill: provider names of the GenAI conventions, API hosts, and the price list of each."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

LISTS: Final[dict[str, str]] = {
    "anthropic": "anthropic",
    "aws.bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "groq": "groq",
    "mistral_ai": "mistral",
    "moonshot_ai": "moonshotai",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "x_ai": "x-ai",
    # Other spellings: earlier conventions, and the prefixes that routers put before a model.
    "aws_bedrock": "aws",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "bedrock": "aws",
    "cohere_chat": "cohere",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "moonshot": "moonshotai",
    "together_ai": "together",
    "vertex_ai": "google",
    "voyage": "voyageai",
    "xai": "x-ai",
}
"""``gen_ai.provider.name`` -> price list. A name that is not here may be the name of a list itself."""

WITHOUT_LIST: Final = frozenset(
    {
        "huggingface",
        "ibm.watsonx.ai",
        "llama.cpp",
        "llamacpp",
        "lm_studio",
        "lmstudio",
        "localai",
        "nvidia",
        "nvidia_nim",
        "ollama",
        "oracle.oci",
        "replicate",
        "sagemaker",
        "sambanova",
        "sglang",
        "snowflake",
        "tgi",
        "vllm",
        "watsonx",
        "xinference",
    }
)
"""Sellers and servers whose prices are not in the data. Their models are often sold elsewhere, at another price."""

ROUTER_PREFIXES: Final = frozenset(
    {
        "anthropic",
        "azure",
        "azure_ai",
        "bedrock",
        "cerebras",
        "cohere",
        "cohere_chat",
        "databricks",
        "deepseek",
        "fireworks_ai",
        "gemini",
        "groq",
        "mistral",
        "moonshot",
        "novita",
        "openai",
        "openrouter",
        "perplexity",
        "together_ai",
        "vertex_ai",
        "voyage",
        "xai",
    }
)
"""What routers put before a model to say who serves it. Names of model makers, as in ``google/gemma-3``, do not say."""

_HOSTS: Final[dict[str, str]] = {
    "api.ai21.com": "ai21",
    "api.anthropic.com": "anthropic",
    "api.arcee.ai": "arcee",
    "api.avian.io": "avian",
    "api.cerebras.ai": "cerebras",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.cursor.com": "cursor",
    "api.deepseek.com": "deepseek",
    "api.doubleword.ai": "doubleword",
    "api.fireworks.ai": "fireworks",
    "api.githubcopilot.com": "github-copilot",
    "api.groq.com": "groq",
    "api.meta.ai": "meta",
    "api.minimax.io": "minimax",
    "api.minimaxi.com": "minimax",
    "api.mistral.ai": "mistral_ai",
    "api.moonshot.ai": "moonshot_ai",
    "api.moonshot.cn": "moonshot_ai",
    "api.novita.ai": "novita",
    "api.openai.com": "openai",
    "api.perplexity.ai": "perplexity",
    "api.quicksilverpro.io": "quicksilverpro",
    "api.together.ai": "together",
    "api.together.xyz": "together",
    "api.typesafe.ai": "typesafe",
    "api.voyageai.com": "voyageai",
    "api.x.ai": "x_ai",
    "api.z.ai": "zai",
    "codestral.mistral.ai": "mistral_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "inference.baseten.co": "baseten",
    "oai.endpoints.kepler.ai.cloud.ovh.net": "ovhcloud",
    "open.bigmodel.cn": "zhipuai",
    "openrouter.ai": "openrouter",
    "router.huggingface.co": "huggingface",
}
_DOMAINS: Final = (
    (".api.openai.com", "openai"),
    (".api.x.ai", "x_ai"),
    (".openrouter.ai", "openrouter"),
    (".openai.azure.com", "azure.ai.openai"),
    (".cognitiveservices.azure.com", "azure.ai.openai"),
    (".azure-api.net", "azure.ai.openai"),
    (".services.ai.azure.com", "azure.ai.inference"),
    (".models.ai.azure.com", "azure.ai.inference"),
    ("aiplatform.googleapis.com", "gcp.vertex_ai"),
    (".googleapis.com", "gcp.gen_ai"),
)
_BEDROCK: Final = ("bedrock-runtime.", "bedrock-runtime-fips.", "bedrock-mantle.")


def provider_of_host(host: str) -> str | None:
    """``gen_ai.provider.name`` of an API host, with or without a port; None when it is not known, or is this machine.

    A list name of the price data where the conventions have no name for the seller. Never raises.
    """
    return _provider_of(host) if isinstance(host, str) and len(host) <= 255 else None


@lru_cache(maxsize=1024)
def _provider_of(host: str) -> str | None:
    name = bare_host(host)
    if (known := _HOSTS.get(name)) is not None:
        return known
    if name.startswith(_BEDROCK) and name.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws")):
        return "aws.bedrock"
    return next((provider for domain, provider in _DOMAINS if name.endswith(domain)), None)


def bare_host(host: str) -> str:
    """``host`` in lower case without scheme, path, port and final dot."""
    name = host.strip().lower().partition("://")[2] or host.strip().lower()
    name = name.partition("/")[0].rpartition("@")[2]
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


def is_local(host: str) -> bool:
    """Whether ``host`` is this machine, or an address or a name of a private network."""
    name = bare_host(host)
    if name in ("localhost", "::1", "0.0.0.0") or name.endswith((".local", ".internal", ".localhost")):
        return True
    return name.startswith(("127.", "10.", "192.168.")) or ("." not in name and ":" not in name)
