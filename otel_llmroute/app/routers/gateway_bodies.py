"""Gateways that say in the body what they decided, and where in it.

Sources, read 2026-11: https://openrouter.ai/docs/guides/routing/routers/router-metadata;
https://vercel.com/docs/ai-gateway/models-and-providers/provider-options. Both call their shapes unstable: every part
may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app.failures import fallback_reason
from otel_llmroute.app.routers.gateway import Gateway, fell_back
from otel_llmroute.app.routers.gateway_models import provider_and_model, slug
from otel_llmroute.app.routers.signals import MOST_NAMES, Signals, cause, causes, destination_of, name
from otel_llmroute.app.sdks.answer import count, fields, get, items

if TYPE_CHECKING:
    from otel_llmroute.app.routers.gateway import Heard
    from otel_llmroute.app.sdks.answer import Answer

FIELDS: Final = frozenset({"provider", "openrouter_metadata", "model_selection_details", "extra_fields"})
"""Fields beside those of the provider's own API that are kept, of a body or of a chunk."""
MARKS: Final = re.compile(
    rb'"(?:openrouter_metadata|model_selection_details|provider_metadata|extra_fields|logfire_ai_gateway)"'
)
"""What stands in a body that says something of routing. In a text the quotation marks have a backslash before them."""
_MOST_ATTEMPTS: Final = 32


# --- while the answer is read ---


def note(answer: Answer, node: object) -> None:
    """Keep what a body says of routing; of an event, also what the answer inside it says."""
    said = fields(node)
    _keep(answer, said)
    if (usage := said.get("usage")) is not None and get(usage, "logfire_ai_gateway") is not None:
        _routing(answer)["usage"] = usage
    for choice in items(said.get("choices")):
        _keep_of_choice(answer, choice, "message")


def note_chunk(answer: Answer, chunk: object) -> None:
    """The same of a chunk or an event of a stream. Runs for each, so it looks where something new can be."""
    try:
        unknown = chunk.__pydantic_extra__  # type: ignore[attr-defined]
        known: Mapping[str, Any] = chunk.__dict__
    except AttributeError:
        unknown = known = fields(chunk)
    if unknown:
        _keep(answer, unknown)
    choices = known.get("choices")
    if type(choices) is list and choices:
        try:
            if not choices[0].__dict__["delta"].__pydantic_extra__:  # nearly all of them
                return
        except (AttributeError, KeyError):
            pass  # not one of the SDK's
        _keep_of_choice(answer, choices[0], "delta")
    elif known.get("response") is not None or known.get("usage") is not None:
        note(answer, known.get("response") or chunk)


def _keep(answer: Answer, said: Mapping[str, Any]) -> None:
    for key, value in said.items():
        if key in FIELDS and value is not None:
            _routing(answer)[key] = value


def _keep_of_choice(answer: Answer, choice: object, message: str) -> None:
    said = fields(choice).get(message)
    metadata = fields(said).get("provider_metadata") if said is not None else None
    if metadata is not None and (gateway := get(metadata, "gateway")) is not None:
        _routing(answer)["provider_metadata"] = gateway


def _routing(answer: Answer) -> dict[str, Any]:
    if answer.routing is None:
        answer.routing = {}
    return answer.routing


# --- when the call has ended ---


def _openrouter(signals: Signals, heard: Heard) -> None:
    told = fields(heard.body.get("openrouter_metadata"))
    requested = name(told.get("requested")) or signals.requested_model
    signals.requested_model = requested
    signals.served_provider = slug(heard.body.get("provider"))
    strategy = told.get("strategy")
    stages = [get(stage, "type") for stage in items(told.get("pipeline"))[:_MOST_ATTEMPTS]]
    signals.causes = causes(
        "context_compression" if "context_compression" in stages else None,
        None if strategy == "fallback" else strategy,  # why there was an attempt elsewhere, not why this destination
        *(_openrouter_asked(heard, requested or "") if strategy is None else ()),
    )
    endpoints = [fields(item) for item in items(get(told.get("endpoints"), "available"))[:MOST_NAMES]]
    signals.candidates = _destinations((item.get("provider"), item.get("model")) for item in endpoints)
    if not signals.candidates:
        signals.candidates = tuple(filter(None, map(name, items(heard.asked.get("models"))[:MOST_NAMES])))
    chosen = next((item for item in endpoints if item.get("selected") is True), {})
    signals.selected_provider, signals.selected_model = slug(chosen.get("provider")), name(chosen.get("model"))
    signals.served_provider = signals.served_provider or signals.selected_provider
    _openrouter_path(signals, [fields(item) for item in items(told.get("attempts"))[:_MOST_ATTEMPTS]])


def _openrouter_route(heard: Heard) -> object:
    """Its own name for a way of choosing, which the caller asked for as a model."""
    requested = heard.requested_model or ""
    return requested if requested.startswith(("openrouter/", "@preset/")) else None


def _openrouter_asked(heard: Heard, requested: str) -> Iterable[object]:
    """Why, as far as the request itself says: its alias, its variant, the order that it asked for."""
    yield _OPENROUTER_ALIASES.get(requested)
    variant = requested.rpartition(":")[2] if ":" in requested else None
    yield variant if variant in ("nitro", "floor") else None
    sort = get(heard.asked.get("provider"), "sort")
    yield f"sort:{sort}" if isinstance(sort, str) else None


_OPENROUTER_ALIASES: Final = {"openrouter/auto": "auto", "openrouter/free": "free", "openrouter/fusion": "fusion"}


def _openrouter_path(signals: Signals, attempts: list[Mapping[str, Any]]) -> None:
    _went(
        signals,
        [(slug(tried.get("provider")), name(tried.get("model"))) for tried in attempts],
        count(attempts[0].get("status")) if attempts else None,
        None,
    )


def _went(signals: Signals, tried: list[tuple[str | None, str | None]], status: int | None, error: str | None) -> None:
    """A path of all that was ``tried``, if there was more than one. ``status`` and ``error`` are the first one's."""
    if len(dict.fromkeys(tried)) > 1:
        fell_back(signals, *tried, reason=fallback_reason(error, None, status))


def _destinations(pairs: Iterable[tuple[object, object]]) -> tuple[str, ...]:
    found = (destination_of(slug(provider), model) for provider, model in pairs)
    return tuple(dict.fromkeys(destination for destination in found if destination is not None))


def _vercel(signals: Signals, heard: Heard) -> None:
    routing = fields(get(heard.body.get("provider_metadata"), "routing"))
    signals.requested_model = name(routing.get("originalModelId")) or signals.requested_model
    signals.selected_provider = slug(routing.get("resolvedProvider"))
    signals.served_provider = slug(routing.get("finalProvider"))
    signals.served_model = provider_and_model(routing.get("canonicalSlug"))[1]
    signals.candidates = _destinations((item, None) for item in items(routing.get("fallbacksAvailable"))[:MOST_NAMES])
    skipped = [fields(item) for item in items(routing.get("skippedProviderAttempts"))[:MOST_NAMES]]
    signals.excluded = tuple(_excluded(item) for item in skipped if slug(item.get("provider")) is not None)
    tried = list(_vercel_attempts(routing))
    failed = tried[0][1] if tried else {}
    status = count(failed.get("statusCode"))
    _went(signals, [place for place, _ in tried], status, name(failed.get("errorType")))


def _excluded(skipped: Mapping[str, Any]) -> str:
    return f"{slug(skipped.get('provider'))}={cause(skipped.get('reason')) or 'unknown'}"


def _vercel_attempts(
    routing: Mapping[str, Any],
) -> Iterable[tuple[tuple[str | None, str | None], Mapping[str, Any]]]:
    for attempt in map(fields, items(routing.get("modelAttempts"))[:_MOST_ATTEMPTS]):
        model = provider_and_model(attempt.get("canonicalSlug") or attempt.get("modelId"))[1]
        for tried in map(fields, items(attempt.get("providerAttempts"))[:_MOST_ATTEMPTS]):
            yield (slug(tried.get("provider")), model), tried


def _vercel_charged(heard: Heard) -> object:
    """Its ``cost``, a decimal text. With the caller's own key that is 0, and the provider bills the market price."""
    said = fields(heard.body.get("provider_metadata"))
    cost, market = said.get("cost"), said.get("marketCost")
    return market if cost in ("0", 0) and market is not None else cost


GATEWAYS: Final = (
    Gateway(
        "openrouter",
        hosts=("openrouter.ai", "eu.openrouter.ai"),
        field="openrouter_metadata",
        named=_openrouter_route,
        more=_openrouter,
    ),
    Gateway(
        "vercel",
        hosts=("ai-gateway.vercel.sh",),
        field="provider_metadata",
        more=_vercel,
        charged=_vercel_charged,
    ),
)
