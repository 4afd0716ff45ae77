"""The routers inside a process that we can see. Adding one is a file in ``app/routers`` and a line here.

The app side puts the adapters on, ``llmroute doctor`` says what is installed. Gateways, which are seen by what they
answer, are rows of ``app/routers/gateways``.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Router(NamedTuple):
    """A library that routes."""

    name: str
    """``llmroute.route.router``."""
    distribution: str
    """What is installed, as PyPI calls it."""
    oldest: str
    """The oldest version whose places are those that the adapter knows."""
    modules: tuple[str, ...]
    """Its modules that the adapter is put on, each once the application has imported it."""
    adapter: str
    """Our module, imported then; it has ``hook(module, hooks)``, which puts us on ``module``."""


ROUTERS: Final[tuple[Router, ...]] = (
    Router("litellm", "litellm", "1.95", ("litellm",), "otel_llmroute.app.routers.litellm"),
    Router(
        "bedrock",
        "boto3",
        "1.36",
        (
            "botocore.client",
            "botocore.endpoint",
            "botocore.eventstream",
            "botocore.response",
            "aiobotocore.client",
            "aiobotocore.endpoint",
            "aiobotocore.eventstream",
            "aiobotocore.response",
        ),
        "otel_llmroute.app.routers.bedrock",
    ),
    Router(
        "langchain",
        "langchain-core",
        "0.3",
        ("langchain_core.runnables.fallbacks", "langchain_core.runnables.branch", "langchain_core.callbacks.manager"),
        "otel_llmroute.app.routers.langchain",
    ),
    Router(
        "langchain",
        "langchain",
        "1.0",
        (
            "langchain.chat_models.base",
            "langchain.agents.middleware.model_fallback",
            "langchain.agents.middleware.model_router",
        ),
        "otel_llmroute.app.routers.langchain_agents",
    ),
    Router(
        "langgraph",
        "langgraph",
        "0.6",
        ("langgraph.graph._branch", "langgraph.pregel._runner"),
        "otel_llmroute.app.routers.langgraph",
    ),
    Router(
        "pydantic_ai",
        "pydantic-ai-slim",
        "1.0",
        ("pydantic_ai.models.fallback", "pydantic_ai._fallback", "pydantic_ai._agent_graph"),
        "otel_llmroute.app.routers.pydantic_ai",
    ),
    Router(
        "openai_agents",
        "openai-agents",
        "0.8",
        ("agents.run_internal.run_loop", "agents.run_internal.turn_resolution"),
        "otel_llmroute.app.routers.openai_agents",
    ),
    Router(
        "llama_index",
        "llama-index-core",
        "0.12",
        ("llama_index.core.base.base_selector",),
        "otel_llmroute.app.routers.llama_index",
    ),
    Router(
        "haystack",
        "haystack-ai",
        "2.20",
        (
            "haystack.components.generators.chat.fallback",
            "haystack.components.routers.conditional_router",
            "haystack.components.routers.llm_messages_router",
            "haystack.components.routers.metadata_router",
            "haystack.core.pipeline.pipeline",
            "haystack.core.pipeline.async_pipeline",
        ),
        "otel_llmroute.app.routers.haystack",
    ),
    Router(
        "semantic_router",
        "semantic-router",
        "0.1.16",
        ("semantic_router.routers.base", "semantic_router.routers.hybrid"),
        "otel_llmroute.app.routers.semantic_router",
    ),
    Router(
        "routellm",
        "routellm",
        "0.2",
        ("routellm.controller", "routellm.routers.routers"),
        "otel_llmroute.app.routers.routellm",
    ),
)
