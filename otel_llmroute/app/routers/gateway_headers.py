"""Gateways that say in headers what they decided.

Sources, read 2026-11: LiteLLM 1.109.1 ``litellm/proxy/common_request_processing.py``; Portkey 1.15.2
``src/handlers/responseHandlers.ts``; https://developers.cloudflare.com/ai-gateway/glossary;
https://github.com/vllm-project/semantic-router/blob/v0.4.0/src/semantic-router/pkg/headers/headers.go;
https://docs.getbifrost.ai/providers/response-headers; https://ngrok.com/docs/ai-gateway/how-it-works;
https://developer.konghq.com/plugins/ai-proxy; https://docs.helicone.ai; nemo-switchyard 0.3.0; pydantic-ai 2.68.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from otel_llmroute.app.routers.gateway import Gateway, Said, fell_back, hit, is_above_zero, read_cache
from otel_llmroute.app.routers.gateway_models import is_same_model, provider_and_model, slug
from otel_llmroute.app.routers.signals import Signals, causes, name, number
from otel_llmroute.app.sdks.answer import get

if TYPE_CHECKING:
    from otel_llmroute.app.routers.gateway import Heard


def _litellm(signals: Signals, heard: Heard) -> None:
    said = heard.headers
    signals.served_provider, signals.served_model = provider_and_model(said.get("x-litellm-model-name"))
    quality, adaptive = said.get("x-litellm-quality-router-model"), said.get("x-litellm-adaptive-router-model")
    signals.selected_model = name(quality) or name(adaptive)
    signals.causes = causes(
        said.get("x-litellm-complexity-router-cause"),
        said.get("x-litellm-quality-router-via"),
        "quality_router" if quality else None,
        "adaptive_router" if adaptive else None,
    )
    # It counts too few fallbacks, and names neither the failed group nor its error: one happened is all that is sure.
    if is_above_zero(said.get("x-litellm-attempted-fallbacks")):
        group = name(said.get("x-litellm-model-group"))
        went_to = None if group == signals.requested_model else group
        fell_back(signals, (None, heard.requested_model), (None, went_to or signals.served_model))
    # Sent with an answer out of the cache only; the cost beside it is that of the call that filled the cache.
    if said.get("x-litellm-cache-key"):
        signals.cache_kind = "semantic" if signals.cache_similarity is not None else "exact"
        hit(signals, "cache_hit")


def _litellm_route(heard: Heard) -> object:
    """The group: after a fallback the header has that of the answer, which was not asked for."""
    if is_above_zero(heard.headers.get("x-litellm-attempted-fallbacks")):
        return heard.requested_model
    return heard.headers.get("x-litellm-model-group")


def _portkey(signals: Signals, heard: Heard) -> None:
    place = heard.headers.get("x-portkey-last-used-option-index", "")
    signals.rule = name(place.replace("[", ".").replace("]", ""))  # config.targets[1] -> config.targets.1
    read_cache(signals, heard.headers.get("x-portkey-cache-status"))


def _cloudflare(signals: Signals, heard: Heard) -> None:
    said = heard.headers
    if signals.route is not None:
        signals.causes = ("dynamic",)
    if is_above_zero(said.get("cf-aig-step")):
        first = signals.requested_model if signals.route is None else None
        fell_back(signals, (None, first), (signals.served_provider, signals.served_model))
    read_cache(signals, said.get("cf-aig-cache-status"))


def _cloudflare_route(heard: Heard) -> object:
    requested = heard.requested_model or ""
    return requested.removeprefix("dynamic/") if requested.startswith("dynamic/") else None


def _kong(signals: Signals, heard: Heard) -> None:
    signals.served_provider, signals.served_model = provider_and_model(heard.headers.get("x-kong-llm-model"))
    read_cache(signals, heard.headers.get("x-cache-status"))


_VSR_MATCHED: Final = (
    "jailbreak",
    "pii",
    "authz",
    "keywords",
    "structure",
    "complexity",
    "preference",
    "embeddings",
    "domains",
)
"""What a rule of it can match by, the most telling first: ``x-vsr-matched-...``, a list of the rules' names."""
_VSR_PATHS: Final = {"fast_response": "rule", "blocked": "none", "rate_limited": "none"}
"""How an answer came about without a model -> its destination."""


def _vsr(signals: Signals, heard: Heard) -> None:
    said = heard.headers
    path = said.get("x-vsr-response-path")
    matched = (kind for kind in _VSR_MATCHED if said.get(f"x-vsr-matched-{kind}"))
    phase = "session_phase" if said.get("x-vsr-session-phase") == "provider_state" else None
    category = "category" if said.get("x-vsr-selected-category") else None
    signals.causes = causes(path if path in _VSR_PATHS else None, phase, *matched, category)
    signals.destination = _VSR_PATHS.get(path or "")  # type: ignore[assignment]
    if path == "cache" or said.get("x-vsr-cache-hit") == "true":
        signals.cache_similarity = number(said.get("x-vsr-cache-similarity"))
        signals.cache_kind = "semantic"
        hit(signals, "cache")


def _helicone(signals: Signals, heard: Heard) -> None:
    read_cache(signals, heard.headers.get("helicone-cache"))


def _bifrost(signals: Signals, heard: Heard) -> None:
    said = {key.removeprefix("x-bifrost-routing-info-"): value for key, value in heard.headers.items()}
    in_body = get(heard.body.get("extra_fields"), "routing_info")
    if not signals.served_model and in_body is not None:
        known = ("provider", "model", "primary_provider", "primary_model", "server_side_fallback_model")
        said |= {key.replace("_", "-"): value for key in known if (value := get(in_body, key))}
        said |= {"is-fallback": "true"} if get(in_body, "is_fallback") is True else {}
    served = (said.get("provider"), said.get("model"))
    signals.served_provider, signals.served_model = slug(served[0]), name(served[1])
    signals.causes = ("alias",) if said.get("alias-model-id") or said.get("alias-model-name") else ()
    if said.get("is-fallback") == "true":
        fell_back(signals, (said.get("primary-provider"), said.get("primary-model")), served)
    elif (refused_to := name(said.get("server-side-fallback-model"))) is not None:
        # The provider's own, after a refusal; see ``providers``.
        fell_back(signals, served, (served[0], refused_to), reason="fallback_content_policy")
        signals.served_model = refused_to


def _ngrok(signals: Signals, heard: Heard) -> None:
    tried = number(heard.headers.get("ngrok-aig-attempts")) or 0
    # More than one with the same model is another key or provider of it, which is not said.
    if tried > 1 and not is_same_model(signals.requested_model, signals.served_model):
        fell_back(signals, (None, signals.requested_model), (None, signals.served_model))


def _switchyard(signals: Signals, heard: Heard) -> None:
    signals.served_model = signals.selected_model


def _litellm_charged(heard: Heard) -> object:
    # On streams it is absent, or what had been counted when the headers were sent.
    return None if heard.is_stream else heard.headers.get("x-litellm-response-cost")


def _logfire_charged(heard: Heard) -> object:
    told = get(get(heard.body.get("usage"), "logfire_ai_gateway"), "cost")
    said = told if told is not None else heard.headers.get("logfire-ai-gateway-cost")
    return said.removesuffix("USD").strip() if isinstance(said, str) else said


GATEWAYS: Final = (
    Gateway(
        "litellm",
        marks=(
            "x-litellm-call-id",
            "x-litellm-model-id",
            "x-litellm-model-group",
            "x-litellm-version",
            "x-litellm-response-cost",
        ),
        rows=(
            Said("x-litellm-complexity-router-tier", "rule", name),
            Said("x-litellm-quality-router-tier", "rule", name),
            Said("x-litellm-complexity-router-score", "score", number),
            Said("x-litellm-semantic-similarity", "cache_similarity", number),
        ),
        also=(
            "x-litellm-model-name",
            "x-litellm-attempted-fallbacks",
            "x-litellm-complexity-router-cause",
            "x-litellm-quality-router-model",
            "x-litellm-quality-router-via",
            "x-litellm-adaptive-router-model",
            "x-litellm-cache-key",
        ),
        named=_litellm_route,
        more=_litellm,
        charged=_litellm_charged,
    ),
    Gateway(
        "portkey",
        marks=(
            "x-portkey-provider",
            "x-portkey-last-used-option-index",
            "x-portkey-cache-status",
            "x-portkey-trace-id",
        ),
        hosts=("api.portkey.ai",),
        rows=(Said("x-portkey-provider", "served_provider", name),),
        more=_portkey,
    ),
    Gateway(
        "cloudflare",
        marks=("cf-aig-log-id", "cf-aig-event-id", "cf-aig-model", "cf-aig-step", "cf-aig-cache-status"),
        hosts=("gateway.ai.cloudflare.com",),
        rows=(Said("cf-aig-model", "served_model", name), Said("cf-aig-provider", "served_provider", name)),
        named=_cloudflare_route,
        more=_cloudflare,
    ),
    Gateway("kong", marks=("x-kong-llm-model",), also=("x-cache-status",), more=_kong),
    Gateway(
        "vllm-semantic-router",
        marks=(
            "x-vsr-schema-version",
            "x-vsr-selected-model",
            "x-vsr-selected-decision",
            "x-vsr-response-path",
            "x-vsr-cache-hit",
        ),
        rows=(
            Said("x-vsr-selected-decision", "rule", name),
            Said("x-vsr-selected-model", "selected_model", name),
            Said("x-vsr-selected-confidence", "confidence", number),
        ),
        also=(
            *(f"x-vsr-matched-{kind}" for kind in _VSR_MATCHED),
            "x-vsr-selected-recipe",
            "x-vsr-selected-category",
            "x-vsr-session-phase",
            "x-vsr-cache-similarity",
        ),
        named=lambda heard: heard.headers.get("x-vsr-selected-recipe"),
        more=_vsr,
    ),
    Gateway(
        "helicone",
        marks=("helicone-id", "helicone-provider", "helicone-cache"),
        hosts=("oai.helicone.ai", "anthropic.helicone.ai", "gateway.helicone.ai", "ai-gateway.helicone.ai"),
        rows=(Said("helicone-provider", "served_provider", name),),
        more=_helicone,
    ),
    Gateway(
        "bifrost",
        marks=(
            "x-bifrost-routing-info-provider",
            "x-bifrost-routing-info-model",
            "x-bifrost-request-id",
            "x-bifrost-provider",
        ),
        rows=(),
        also=(
            "x-bifrost-routing-info-primary-provider",
            "x-bifrost-routing-info-primary-model",
            "x-bifrost-routing-info-is-fallback",
            "x-bifrost-routing-info-server-side-fallback-model",
            "x-bifrost-routing-info-alias-model-id",
            "x-bifrost-routing-info-alias-model-name",
        ),
        more=_bifrost,
    ),
    Gateway(
        "ngrok",
        marks=("ngrok-aig-model", "ngrok-aig-attempts"),
        hosts=("gateway.ngrok.ai",),
        rows=(Said("ngrok-aig-model", "served_model", name),),
        more=_ngrok,
    ),
    Gateway(
        "switchyard",
        marks=("x-model-router-selected-model",),
        rows=(Said("x-model-router-selected-model", "selected_model", name),),
        more=_switchyard,
    ),
    Gateway("pydantic-ai-gateway", marks=("logfire-ai-gateway-cost",), charged=_logfire_charged),
)
"""Values that are long, or no names, are left out. Not read: ``x-litellm-key-*`` (a customer's spend and budgets),
``x-litellm-model-api-base`` (a URL), ``x-litellm-attempted-retries`` (says 0 after retries), ``x-vsr-replay-id``.
"""
