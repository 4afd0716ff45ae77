"""semantic-router: which of several routes a text means. It calls no model for an answer: the application does, then.

An encoder that asks a provider for an embedding does that on the way to the decision.
1.x: https://github.com/aurelio-labs/semantic-router/blob/v1.1.1/semantic_router/routers/base.py
0.1: https://github.com/aurelio-labs/semantic-router/blob/v0.1.16/semantic_router/routers/base.py
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app.routers.selecting import selecting
from otel_llmroute.app.routers.signals import MOST_NAMES, Signals, causes, label, name, names, number

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks

ROUTER: Final = "semantic_router"
_ROUTERS: Final = ("BaseRouter", "HybridRouter")


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``routers.base``, or on ``routers.hybrid``, whose router has calls of its own (0.1)."""
    for router in _ROUTERS:
        kind = vars(module).get(router)
        if getattr(kind, "__module__", None) == module.__name__:
            for method in ("__call__", "acall"):
                hooks.wrap(kind, method, selecting(ROUTER, _heard))


def _heard(result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals:
    """A call gave a ``RouteChoice``, or a list of them, the best one first. One without a name is no match."""
    router = args[0]
    made = [choice for choice in _listed(result) if choice is not None and choice.name is not None]
    candidates = names([label(route.name) for route in list(router.routes)[:MOST_NAMES]])
    if not made:
        return Signals(ROUTER, causes("no_match"), candidates=candidates)
    best = made[0]
    is_calibrated = getattr(best, "calibrated", False) is True
    score = number(getattr(best, "similarity_score", getattr(best, "confidence", None)))
    return Signals(
        ROUTER,
        causes("route"),
        rule=name("+".join(filter(None, (label(choice.name) for choice in made)))),
        candidates=candidates,
        score=None if is_calibrated else score,
        confidence=score if is_calibrated else None,
        threshold=number(_threshold(router, best.name, args, kwargs)),
    )


def _listed(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def _threshold(router: Any, route: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """What the route had to reach: 1.x has it from the call, the route or the router, 0.1 from the last two."""
    if hasattr(router, "_bar"):
        given = kwargs.get("threshold", args[3] if len(args) > 3 else None)
        return router._bar(route) if given is None else given
    own = next((found.score_threshold for found in router.routes if found.name == route), None)
    return router.score_threshold if own is None else own
