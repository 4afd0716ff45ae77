"""The strategy by which a Router chooses among the deployments of a group."""

from __future__ import annotations

import sys
from typing import Any, Final

from otel_llmroute.app.routers.signals import cause

_MOST_FRAMES: Final = 30


def strategy_in_force() -> str | None:
    """The strategy of the Router that is at work further up this call; LiteLLM tells it to no callback."""
    frame: Any = sys._getframe(2)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return None
        module = frame.f_globals.get("__name__")
        if isinstance(module, str) and module.startswith("litellm.router"):
            said = _strategy_of(frame.f_locals.get("self"))
            if said is not None:
                return cause(getattr(said, "value", said))
        frame = frame.f_back
    return None


def _strategy_of(router: Any) -> object:
    """From 1.109 it is a setting that has to be asked for."""
    said = getattr(router, "routing_strategy", None)
    if said is None and callable(getattr(router, "settings", None)):
        said = getattr(router.settings(), "routing_strategy", None)
    return said
