"""``litellm.completion(..., fallbacks=[...])`` without a Router: one route over the calls that are made for it.

One function of LiteLLM's goes through the models, for sync and async calls alike. It is wrapped where it is made and
where it is imported to, so each call meets one wrapper.
https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/litellm_core_utils/fallback_utils.py
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers.litellm.deployments import provider_and_model
from otel_llmroute.app.routers.litellm.vocabulary import ROUTER
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.signals import Signals, destination_of, name

if TYPE_CHECKING:
    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.wrapping import Call

_MODULES: Final = ("litellm.litellm_core_utils.fallback_utils", "litellm.main")
_FUNCTION: Final = "async_completion_with_fallbacks"
_MOST_MODELS: Final = 64


def hook(hooks: Hooks) -> None:
    """Open a route around each call with fallbacks, until we are switched off."""
    for module in map(sys.modules.get, _MODULES):
        if module is not None and hasattr(module, _FUNCTION):
            hooks.wrap(module, _FUNCTION, _routed)


def _routed(call: Call) -> Call:
    async def async_completion_with_fallbacks(*args: Any, **kwargs: Any) -> Any:
        async with Routed(asked_signals(kwargs)):
            return await call(*args, **kwargs)

    return async_completion_with_fallbacks


def asked_signals(kwargs: Mapping[str, Any]) -> Signals:
    """What the application has asked for: the first model, and those to go on to."""
    try:
        more = kwargs.get("kwargs")
        fallbacks = more.get("fallbacks") if isinstance(more, Mapping) else None
        first = _model(kwargs)
        others = [_model(one) for one in fallbacks[:_MOST_MODELS]] if isinstance(fallbacks, list) else []
        candidates = (destination_of(*provider_and_model(model)) for model in (first, *others))
        provider, model = provider_and_model(first)
        return Signals(
            ROUTER,
            causes=("explicit",),
            requested_model=first,
            candidates=tuple(dict.fromkeys(said for said in candidates if said is not None)),
            selected_provider=provider,
            selected_model=model,
        )
    except Exception as error:
        complain("Could not read the fallbacks of a call of LiteLLM's", error)
        return Signals(ROUTER, causes=("explicit",))


def _model(said: object) -> str | None:
    return name(said.get("model") if isinstance(said, Mapping) else said)
