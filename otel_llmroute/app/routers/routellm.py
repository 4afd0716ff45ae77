"""RouteLLM: a strong model or a weak one, by the chance that the strong one's answer is better.

It calls LiteLLM for the answer, whose calls are the attempts. Some of its routers ask for an embedding first.
https://github.com/lm-sys/RouteLLM/blob/main/routellm/controller.py (0.2.0)
https://github.com/lm-sys/RouteLLM/blob/main/routellm/routers/routers.py (0.2.0)
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.app import telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.given import Remembered
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.selecting import selecting
from otel_llmroute.app.routers.signals import Signals, causes, name, names, number
from otel_llmroute.app.wrapping import is_wrapped

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.wrapping import Call

ROUTER: Final = "routellm"
_SCORES: Final = "calculate_strong_win_rate"
_SCORE: Final[ContextVar[float | None]] = ContextVar("llmroute-routellm-score", default=None)
"""The chance that the router has just worked out. A router asks for it and compares it in one go."""


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``controller`` or on ``routers.routers``."""
    _HOOKS[module.__name__](module, hooks)


def _hook_controller(module: Any, hooks: Hooks) -> None:
    for method in ("completion", "acompletion"):
        hooks.wrap(module.Controller, method, routing(lambda *args, **kwargs: Routed(_asked(args[0], kwargs))))


def _hook_routers(module: Any, hooks: Hooks) -> None:
    def watched(call: Call) -> Call:
        """``route``, which is the same for all kinds: those of the application's own are first seen here."""
        select = selecting(ROUTER, lambda *heard: _heard(module.ROUTER_CLS, *heard))(call)

        def route(router: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                if not is_wrapped(type(router), _SCORES) and telemetry.active() is not None:
                    hooks.wrap(type(router), _SCORES, _scored)
            except Exception as error:
                complain("Could not watch a router of RouteLLM", error)
            return select(router, *args, **kwargs)

        return route

    hooks.wrap(module.Router, "route", watched)


_HOOKS: Final = {"routellm.controller": _hook_controller, "routellm.routers.routers": _hook_routers}


def _asked(controller: Any, kwargs: Mapping[str, Any]) -> Signals:
    pair = controller.model_pair
    return _OPENING.of((kwargs.get("model"), pair.strong, pair.weak))


def _opening(model: Any, strong: Any, weak: Any) -> Signals:
    return Signals(ROUTER, requested_model=name(model), candidates=names([strong, weak]))


_OPENING: Final = Remembered(_opening)
"""Requests that are alike share what is said of them first."""


def _scored(call: Call) -> Call:
    """``calculate_strong_win_rate(self, prompt)`` of a router."""

    def calculate_strong_win_rate(*args: Any, **kwargs: Any) -> Any:
        _SCORE.set(None)
        score = call(*args, **kwargs)
        try:
            item = getattr(score, "item", None)
            _SCORE.set(number(score if item is None else item()))
        except Exception as error:
            complain("Could not read a score of RouteLLM", error)
        return score

    return calculate_strong_win_rate


def _heard(kinds: Mapping[str, type], selected: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals:
    """``route(self, prompt, threshold, routed_pair)`` gave the name of a model. ``kinds``: routers by their names."""
    _, _, threshold, pair, *_ = (*args, None, None, None)
    threshold, pair = kwargs.get("threshold", threshold), kwargs.get("routed_pair", pair)
    score = _SCORE.get()
    _SCORE.set(None)
    return Signals(
        ROUTER,
        _CAUSES,
        rule=_named(type(args[0]), kinds),
        candidates=_CANDIDATES.of((getattr(pair, "strong", None), getattr(pair, "weak", None))),
        selected_model=name(selected),
        score=score,
        threshold=number(threshold),
    )


def _named(wanted: type, kinds: Mapping[str, type]) -> str | None:
    for called, kind in list(kinds.items()):
        if kind is wanted:
            return name(called)
    return None


_CAUSES: Final = causes("win_rate")
_CANDIDATES: Final = Remembered(lambda *pair: names(pair))
