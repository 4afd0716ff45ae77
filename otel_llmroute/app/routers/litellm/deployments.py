"""Where a deployment of LiteLLM's sends to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from otel_llmroute.app.openings import Target
from otel_llmroute.app.routers.litellm.vocabulary import PROVIDERS
from otel_llmroute.app.routers.signals import destination_of, name
from otel_llmroute.prices import provider_of_host

_MOST_REMEMBERED: Final = 1024


@lru_cache(maxsize=_MOST_REMEMBERED)
def target(provider: str, base: str | None) -> Target:
    """Where a call to LiteLLM's ``provider`` at the URL ``base`` goes. Of the address only host and port are kept."""
    host, port = None, None
    try:
        parts = urlsplit(base or "")
        host, port = parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        pass  # no URL
    by_host = provider_of_host(host) if host else None
    known = by_host or PROVIDERS.get(provider, provider)
    return Target(known, host, port, host is not None and by_host is None)


def destinations(deployments: Any) -> tuple[str, ...]:
    """``provider/model`` of each of the Router's ``deployments``, in their order, each once."""
    found: dict[str, None] = {}
    for deployment in deployments if isinstance(deployments, list) else ():
        params = deployment.get("litellm_params") if isinstance(deployment, Mapping) else None
        if not isinstance(params, Mapping):
            continue
        model, provider = name(params.get("model")), name(params.get("custom_llm_provider"))
        said = destination_of(*provider_and_model(model, provider))
        if said is not None:
            found[said] = None
    return tuple(found)


@lru_cache(maxsize=_MOST_REMEMBERED)
def provider_and_model(model: str | None, provider: str | None = None) -> tuple[str | None, str | None]:
    """What LiteLLM's name of a ``model``, most often ``provider/model``, says; ``provider``: its name of that, where
    it stands beside. The provider of a bare name is one that LiteLLM works out.
    """
    own, slash, rest = (model or "").partition("/")
    if slash:
        return PROVIDERS.get(own, own), rest
    return (None if provider is None or model is None else PROVIDERS.get(provider, provider)), model
