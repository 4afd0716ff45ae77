"""Why a router chose a destination: its own literals, and which of our reasons each of them is. The one table.

A literal that is not here becomes ``unknown`` with the literal as its detail: never a new reason.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from otel_llmroute.names import ROUTE_REASONS, RouteReason


class Reason(NamedTuple):
    """A reason, and how much it says; see ``precedence``."""

    reason: RouteReason
    is_strategy: bool = False
    """Whether it tells how the router goes about all requests, and not why it sent this one where it did."""


def _cause(reason: RouteReason, *literals: str) -> dict[str, Reason]:
    return dict.fromkeys(literals, Reason(reason))


def _strategy(reason: RouteReason, *literals: str) -> dict[str, Reason]:
    return dict.fromkeys(literals, Reason(reason, is_strategy=True))


REASONS: Final[dict[str, dict[str, Reason]]] = {
    "app": {},
    "bedrock": {
        **_cause("task_class", "prompt-router"),
        **_cause("unknown", "prompt-router:no-trace"),
        **_strategy("data_residency", "apac", "au", "ca", "eu", "in", "jp", "sa", "us", "us-gov"),
        **_strategy("load_balance", "global"),
        **_strategy("latency", "optimized", "priority"),
        **_strategy("batch", "flex"),
        **_strategy("alias", "application-inference-profile"),
    },
    "langchain": {
        **_cause("explicit", "fallbacks", "configurable", "model_fallback"),
        **_cause("rule", *(f"branch:{number}" for number in range(1, 65))),
        **_cause("default", "branch:default"),
        **_cause("task_class", "model_router"),
    },
    "litellm": {
        **_cause("explicit", "explicit"),
        **_cause("alias", "alias"),
        **_cause(
            "rule",
            "keyword",
            "literal_keyword_match",
            "semantic_keyword_match",
            "plan_mode",
            "housekeeping",
        ),
        **_cause(
            "task_class",
            "semantic_match",
            "llm_classifier",
            "llm_v2_classifier",
            "jev_classifier",
            "classifier_plugin",
        ),
        **_cause(
            "complexity",
            "heuristic_scorer",
            "heuristic_v2",
            "reasoning_override",
            "hybrid_short_circuit",
            "heuristic_first_short_circuit",
            "capability_classifier",
            "quality_tier",
        ),
        **_cause("cost", "prompt_cache_cost"),
        **_cause("quality", "session_affinity_escalation"),
        **_cause("affinity", "session_affinity_pin", "user_turn_continuation", "deployment_affinity"),
        **_cause("capability", "modality_escalation", "modality_pin_override"),
        **_cause("cooldown", "health_failover", "health_default_fallback"),
        **_cause("context_window", "context_escalated"),
        **_cause("experiment", "bandit"),
        **_cause(
            "default",
            "default_fallback",
            "default_model_fallback",
            "classifier_fallback",
            "llm_v2_fallback",
            "capability_classifier_fallback",
            "semantic_no_match",
            "semantic_error",
        ),
        **_cause("cache_hit", "cache_hit"),
        **_strategy("quality", "quality_router"),
        **_strategy("experiment", "adaptive_router"),
        **_strategy("load_balance", "simple-shuffle", "least-busy", "usage-based-routing", "usage-based-routing-v2"),
        **_strategy("latency", "latency-based-routing"),
        **_strategy("cost", "cost-based-routing"),
        **_strategy("budget", "provider-budget-routing"),
    },
    "haystack": {
        **_cause("explicit", "fallback_chat_generator"),
        **_cause("rule", "condition", "metadata"),
        **_cause("task_class", "llm_messages"),
        **_cause("default", "unmatched"),
    },
    "langgraph": _cause("rule", "edge"),
    "llama_index": _cause("task_class", "selector"),
    "routellm": _cause("complexity", "win_rate"),
    "semantic_router": {**_cause("task_class", "route"), **_cause("default", "no_match")},
    "pydantic_ai": _cause("explicit", "fallback_model", "model_fallback"),
    "openai_agents": {**_cause("explicit", "agent"), **_cause("task_class", "handoff")},
    "openrouter": {
        **_cause("explicit", "direct"),
        **_cause("alias", "alias", "latest"),
        **_cause("task_class", "auto"),
        **_cause("cost", "free", "pareto"),
        **_cause("quality", "fusion"),
        **_cause("context_window", "context_compression"),
        **_strategy("cost", "floor", "sort:price"),
        **_strategy("latency", "nitro", "sort:latency", "sort:throughput"),
    },
    "portkey": _cause("cache_hit", "hit", "semantic_hit"),
    "cloudflare": {**_cause("cache_hit", "hit"), **_strategy("rule", "dynamic")},
    "kong": _cause("cache_hit", "hit"),
    "helicone": _cause("cache_hit", "hit"),
    "bifrost": _cause("alias", "alias"),
    "vllm-semantic-router": {
        **_cause("cache_hit", "cache"),
        **_cause("no_model", "fast_response"),
        **_cause("content_policy", "blocked", "jailbreak"),
        **_cause("budget", "rate_limited"),
        **_cause("affinity", "session_phase"),
        **_cause("risk", "pii"),
        **_cause("customer_tier", "authz"),
        **_cause("rule", "keywords", "structure"),
        **_cause("complexity", "complexity"),
        **_cause("task_class", "preference", "embeddings", "domains", "category"),
    },
    "azure": {
        **_cause("affinity", "retain"),
        **_strategy("task_class", "balanced", "model-router"),
        **_strategy("cost", "cost"),
        **_strategy("quality", "quality"),
    },
    "openai": {**_cause("task_class", "choice", "predicate"), **_cause("complexity", "score")},
}
"""Router -> its literal, in small letters -> what it means. Every router also knows our own reasons by their names."""


def reason_of(router: str, literal: str) -> Reason:
    """What ``literal`` of ``router`` means; ``unknown`` when nobody has written that down."""
    known = REASONS.get(router, {}).get(literal.lower())
    if known is None and literal in ROUTE_REASONS:
        known = Reason(literal)  # type: ignore[arg-type]
    return known or Reason("unknown")
