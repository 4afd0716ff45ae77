"""What each gateway answers, by its documented wire format, and the call that it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from standin import anthropic_wire, openai_wire, sse

Json = dict[str, Any]
USAGE = openai_wire.usage(1000, 20)


@dataclass(frozen=True)
class Case:
    """One call and its answer; ``name`` is that of a scenario in ``expected.toml``."""

    name: str
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    model: str = "smart"
    url: str = "https://gateway.example.com/v1"
    sdk: str = "openai"
    asked: Mapping[str, Any] = field(default_factory=dict)
    """More fields of the request."""
    status: int = 200
    events: Sequence[bytes] = ()
    """The same answer as a stream, which is recorded as the same route."""

    def __str__(self) -> str:
        return self.name


def chat(name: str, served: str, *, more: Json | None = None, delta: Json | None = None, **case: Any) -> Case:
    """A chat completion by ``served``, with ``more`` fields beside it and ``delta`` in its message; also as a stream,
    where they come in the last chunks.
    """
    body = openai_wire.chat(model=served, usage=case.pop("usage", USAGE), **(more or {}))
    body["choices"][0]["message"] |= delta or {}
    chunks = openai_wire.chat_chunks(model=served, usage=body["usage"])
    chunks[-2]["choices"][0]["delta"] |= delta or {}
    chunks[-1] |= more or {}
    return Case(name, body, events=sse.unnamed(chunks), **case)


def headers(prefix: str, **values: str) -> dict[str, str]:
    """Headers that share a prefix; underscores are hyphens."""
    return {f"{prefix}-{name.replace('_', '-')}": value for name, value in values.items()}


# --- OpenRouter ---

OPENROUTER: Json = {"url": "https://openrouter.ai/api/v1"}
PAID = openai_wire.usage(1000, 20, cost=0.00123, is_byok=False, upstream_cost=0.00123)


def metadata(strategy: str, **more: Any) -> Json:
    told = {"requested": "openrouter/auto", "strategy": strategy, "attempt": 1, "region": "iad", "summary": "x", **more}
    return {"provider": "OpenAI", "openrouter_metadata": told}


def endpoint(provider: str, model: str, selected: bool) -> Json:
    return {"provider": provider, "model": model, "selected": selected}


def tried(provider: str, model: str, status: int) -> Json:
    return {"provider": provider, "model": model, "status": status}


ENDPOINTS = [
    endpoint("Azure", "openai/gpt-5-mini", False),
    endpoint("OpenAI", "openai/gpt-5-mini", True),
    endpoint("Google Vertex", "google/gemini-3-flash", False),
]

OPENROUTER_CASES = [
    chat(
        "its automatic choice, without metadata",
        "openai/gpt-5-mini",
        more={"provider": "OpenAI"},
        model="openrouter/auto",
        usage=PAID,
        **OPENROUTER,
    ),
    chat(
        "its automatic choice, with metadata",
        "openai/gpt-5-mini",
        more=metadata("auto", endpoints={"total": 3, "available": ENDPOINTS}),
        model="openrouter/auto",
        usage=PAID,
        **OPENROUTER,
    ),
    chat(
        "a model named by the caller",
        "openai/gpt-5-mini",
        more=metadata("direct", requested="openai/gpt-5-mini"),
        model="openai/gpt-5-mini",
        usage=PAID,
        **OPENROUTER,
    ),
    chat(
        "the second of two models, after a rate limit",
        "anthropic/claude-haiku-4.5",
        more={
            **metadata(
                "fallback",
                requested="openai/gpt-5-mini",
                attempt=2,
                attempts=[
                    tried("OpenAI", "openai/gpt-5-mini", 429),
                    tried("Anthropic", "anthropic/claude-haiku-4.5", 200),
                ],
            ),
            "provider": "Anthropic",
        },
        model="openai/gpt-5-mini",
        asked={"extra_body": {"models": ["openai/gpt-5-mini", "anthropic/claude-haiku-4.5"]}},
        usage=PAID,
        **OPENROUTER,
    ),
    chat(
        "the cheapest provider, as the caller asked",
        "openai/gpt-5-mini",
        more={"provider": "Google Vertex"},
        model="openai/gpt-5-mini",
        asked={"extra_body": {"provider": {"sort": "price"}}},
        usage=PAID,
        **OPENROUTER,
    ),
    chat(
        "a strategy that is not known yet",
        "openai/gpt-5-mini",
        more=metadata("oracle"),
        model="openrouter/auto",
        usage=PAID,
        **OPENROUTER,
    ),
]

# --- LiteLLM's proxy ---


def litellm(**values: str) -> dict[str, str]:
    return headers("x-litellm", call_id="b980db26", model_id="e5a1f1", version="1.109.1", **values)


LITELLM_CASES = [
    chat(
        "a deployment of the group",
        "gpt-5-mini-2025-08-07",
        headers=litellm(
            model_group="smart", model_name="openai/gpt-5-mini", attempted_fallbacks="0", key_spend="570.6"
        ),
    ),
    chat(
        "another group, after an error",
        "gpt-5-mini-2025-08-07",
        headers=litellm(model_group="good", model_name="openai/gpt-5-mini", attempted_fallbacks="1"),
    ),
    chat(
        "the complexity router",
        "gpt-5-mini-2025-08-07",
        headers=litellm(
            model_group="smart",
            model_name="openai/gpt-5-mini",
            complexity_router_cause="heuristic_scorer",
            complexity_router_tier="SIMPLE",
            complexity_router_score="0.21",
        ),
    ),
    chat(
        "the quality router",
        "gpt-5-mini-2025-08-07",
        headers=litellm(model_group="smart", model_name="openai/gpt-5-mini", quality_router_model="gpt-5-mini"),
    ),
    chat(
        "the adaptive router",
        "gpt-5-mini-2025-08-07",
        headers=litellm(model_group="smart", model_name="openai/gpt-5-mini", adaptive_router_model="gpt-5-mini"),
    ),
    chat(
        "an answer out of the proxy's cache",
        "gpt-5-mini-2025-08-07",
        headers=litellm(model_group="smart", cache_key="586bf3f3c1bf5aec", response_cost="0.00029"),
    ),
    chat(
        "a stream whose chunks name the group",
        "smart",
        headers=litellm(model_group="smart"),
    ),
    Case(
        "what it charged",
        openai_wire.chat(model="gpt-5-mini", usage=USAGE),
        litellm(model_group="gpt-5-mini", model_name="openai/gpt-5-mini", response_cost="0.00031"),
        "gpt-5-mini",
    ),
    Case(
        "every group has failed",
        openai_wire.error("No deployments available", "None", code="429"),
        litellm(model_group="smart", attempted_fallbacks="0"),
        status=429,
    ),
]

# --- others that speak in headers ---


def cloudflare(**values: str) -> dict[str, str]:
    return headers("cf-aig", log_id="01JADMCQQQBWH3NXZ5GCRN98DP", **values)


def vsr(**values: str) -> dict[str, str]:
    return headers("x-vsr", schema_version="2", **values)


def bifrost(**values: str) -> dict[str, str]:
    return headers("x-bifrost-routing-info", **values) | {"x-bifrost-request-id": "req-1"}


PORTKEY_CASES = [
    chat(
        "a target of the configuration",
        "gpt-5-mini-2025-08-07",
        headers=headers(
            "x-portkey",
            provider="openai",
            last_used_option_index="config.targets[1]",
            retry_attempt_count="0",
            cache_status="MISS",
        ),
        model="gpt-5-mini",
    ),
    chat(
        "an answer out of Portkey's semantic cache",
        "gpt-5-mini-2025-08-07",
        headers=headers("x-portkey", provider="openai", cache_status="SEMANTIC HIT"),
        model="gpt-5-mini",
    ),
]
CLOUDFLARE_CASES = [
    chat(
        "a dynamic route",
        "gpt-5-mini-2025-08-07",
        headers=cloudflare(model="gpt-5-mini", provider="openai", step="0", cache_status="MISS"),
        model="dynamic/support",
    ),
    chat(
        "the second step, after an error",
        "claude-haiku-4-5",
        headers=cloudflare(model="claude-haiku-4-5", provider="anthropic", step="1"),
        model="gpt-5-mini",
    ),
    chat(
        "an answer out of Cloudflare's cache", "gpt-5-mini", headers=cloudflare(cache_status="HIT"), model="gpt-5-mini"
    ),
]
VERCEL_ATTEMPTS = [
    {
        "modelId": "openai/gpt-5-mini",
        "canonicalSlug": "openai/gpt-5-mini",
        "success": True,
        "providerAttempts": [
            {"provider": "azure", "success": False, "statusCode": 504, "error": "upstream timed out"},
            {"provider": "openai", "success": True, "statusCode": 200},
        ],
    }
]


def vercel(**routing: Any) -> Json:
    told = {
        "originalModelId": "openai/gpt-5-mini",
        "canonicalSlug": "openai/gpt-5-mini",
        "resolvedProvider": "azure",
        "planningReasoning": "The user asks about order 1234",
        **routing,
    }
    return {"provider_metadata": {"gateway": {"routing": told, "cost": "0.0012345", "marketCost": "0.0013"}}}


VERCEL_CASES = [
    chat(
        "the provider that it resolved",
        "openai/gpt-5-mini",
        delta=vercel(finalProvider="azure", fallbacksAvailable=["openai"]),
        model="openai/gpt-5-mini",
    ),
    chat(
        "another provider, after a timeout",
        "openai/gpt-5-mini",
        delta=vercel(
            finalProvider="openai",
            modelAttempts=VERCEL_ATTEMPTS,
            skippedProviderAttempts=[{"provider": "bedrock", "reason": "unsupported_parameters"}],
        ),
        model="openai/gpt-5-mini",
    ),
]
VSR_CASES = [
    chat(
        "a decision by domain",
        "phi4",
        headers=vsr(
            response_path="upstream",
            selected_model="phi4",
            selected_decision="math_decision",
            selected_recipe="general",
            selected_category="math",
            selected_confidence="0.9271",
            matched_domains="mathematics",
        ),
        model="auto",
    ),
    chat(
        "an answer out of the router's semantic cache",
        "phi4",
        headers=vsr(response_path="cache", cache_hit="true", cache_similarity="0.93"),
        model="auto",
    ),
    chat("a fast response", "auto", headers=vsr(response_path="fast_response"), model="auto"),
]
KONG_CASES = [
    chat("Kong names its model", "gpt-5-mini", headers={"x-kong-llm-model": "openai/gpt-5-mini"}, model="gpt-5-mini"),
]
HELICONE_CASES = [
    chat(
        "an answer out of Helicone's cache",
        "gpt-5-mini",
        headers={"helicone-id": "1", "helicone-provider": "openai", "helicone-cache": "HIT"},
        model="gpt-5-mini",
    ),
]
BIFROST_CASES = [
    chat(
        "an alias",
        "gpt-5-mini",
        headers=bifrost(provider="openai", model="gpt-5-mini", alias_model_id="gpt-5-mini", key="prod-key-1"),
        model="fast",
    ),
    chat(
        "a fallback",
        "claude-haiku-4-5",
        headers=bifrost(
            provider="anthropic",
            model="claude-haiku-4-5",
            is_fallback="true",
            primary_provider="openai",
            primary_model="gpt-5-mini",
        ),
        model="openai/gpt-5-mini",
    ),
]
NGROK_CASES = [
    chat(
        "another model, after an error",
        "gemini-3-flash",
        headers={"ngrok-aig-model": "gemini-3-flash", "ngrok-aig-attempts": "2"},
        model="gpt-5-mini",
    ),
    chat(
        "the same model with another key",
        "gpt-5-mini",
        headers={"ngrok-aig-model": "gpt-5-mini", "ngrok-aig-attempts": "2"},
        model="gpt-5-mini",
    ),
]
SWITCHYARD_CASES = [
    chat(
        "its choice, unexplained",
        "gpt-5-mini",
        headers={"x-model-router-selected-model": "openai/gpt-5-mini"},
        model="switchyard/random",
    ),
]
PYDANTIC_AI_CASES = [
    chat(
        "what the gateway charged",
        "gpt-5-mini",
        headers={"logfire-ai-gateway-cost": "0.0038USD"},
        model="gpt-5-mini",
    ),
]

# --- providers that choose ---

AZURE: Json = {"url": "https://acme.openai.azure.com", "sdk": "azure"}


def azure(mode: str, *models: tuple[str, int], decision: str | None = None) -> Json:
    attempts = [
        {"model": model, "result": {"status": "succeeded" if status == 200 else "failed", "error": {"status": status}}}
        for model, status in models
    ]
    told: Json = {"mode": mode, "routing_trace": [{"latency_ms": 12, "attempts": attempts}]}
    if decision is not None:
        told["session_affinity"] = {"strategy": "adaptive", "decision": decision}
    return {"model_selection_details": {"model_router_details": told}}


AZURE_CASES = [
    chat("the model router, without its trace", "gpt-5-mini-2025-08-07", model="model-router", **AZURE),
    chat(
        "the model router, for quality",
        "gpt-5-2025-08-07",
        more=azure("quality", ("gpt-5", 200)),
        model="model-router",
        **AZURE,
    ),
    chat(
        "the model router, keeping the model of a session",
        "gpt-5-2025-08-07",
        more=azure("balanced", ("gpt-5", 200), decision="retained"),
        model="model-router",
        **AZURE,
    ),
    chat(
        "the model router, after a rate limit",
        "gpt-5-mini-2025-08-07",
        more=azure("cost", ("gpt-5-nano", 429), ("gpt-5-mini", 200)),
        model="model-router",
        **AZURE,
    ),
    chat("a deployment that is only a name", "gpt-5-mini-2025-08-07", model="my-deployment", **AZURE),
]


def iteration(kind: str, model: str, output: int, input: int = 1000) -> Json:
    usage = anthropic_wire.usage(input, output, cache_read=0, cache_write=0)
    return {**usage, "type": kind, "model": model}


def refused(name: str, *iterations: Json) -> Case:
    served = iterations[-1]
    usage = {**anthropic_wire.usage(1000, served["output_tokens"]), "iterations": list(iterations)}
    first = iterations[0]["model"]
    return Case(
        name,
        anthropic_wire.message(model=served["model"], usage=usage),
        model=first,
        url="https://api.anthropic.com",
        sdk="anthropic",
        # The start of a stream names the model that was asked.
        events=anthropic_wire.message_stream(model=first, usage=anthropic_wire.usage(1000, 20), delta_usage=usage),
    )


ANTHROPIC_CASES = [
    refused(
        "refused half way, answered by another model",
        iteration("message", "claude-opus-4-5", 7),
        iteration("fallback_message", "claude-haiku-4-5", 20),
    ),
    refused(
        "refused before a word, which is not billed",
        iteration("message", "claude-opus-4-5", 0),
        iteration("fallback_message", "claude-haiku-4-5", 20),
    ),
    refused("two iterations of one model", iteration("message", "claude-haiku-4-5", 20)),
]

CASES = {
    "OpenRouter": OPENROUTER_CASES,
    "LiteLLM proxy": LITELLM_CASES,
    "Portkey": PORTKEY_CASES,
    "Cloudflare AI Gateway": CLOUDFLARE_CASES,
    "Vercel AI Gateway": VERCEL_CASES,
    "vLLM semantic router": VSR_CASES,
    "Kong AI Gateway": KONG_CASES,
    "Helicone": HELICONE_CASES,
    "Bifrost": BIFROST_CASES,
    "ngrok AI Gateway": NGROK_CASES,
    "NeMo Switchyard": SWITCHYARD_CASES,
    "Pydantic AI Gateway": PYDANTIC_AI_CASES,
    "Azure model router": AZURE_CASES,
    "Anthropic's fallbacks": ANTHROPIC_CASES,
}
"""Title -> its cases."""
