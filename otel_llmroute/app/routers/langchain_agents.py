"""LangChain's agents: middleware that chooses the model of a call, and models named by configuration.

https://github.com/langchain-ai/langchain/tree/langchain%3D%3D1.5.0/libs/langchain_v1/langchain/agents/middleware
https://github.com/langchain-ai/langchain/blob/langchain%3D%3D1.5.0/libs/langchain_v1/langchain/chat_models/base.py
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.facts import decision
from otel_llmroute.app.routers.langchain import ROUTER
from otel_llmroute.app.routers.langchain_models import model_of
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.signals import Signals, causes, name, names, number

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.wrapping import Call

_MODEL_CALLS: Final = ("wrap_model_call", "awrap_model_call")
_QUESTION: Final = "model_route"
"""Where the agent's state keeps the answer of the model that decides."""


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``chat_models.base``, or on a module of middleware."""
    _HOOKS[module.__name__](module, hooks)


def _hook_configurable(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module._ConfigurableModel, "_model", _configured)


def _hook_fallback(module: Any, hooks: Hooks) -> None:
    for method in _MODEL_CALLS:
        hooks.wrap(module.ModelFallbackMiddleware, method, _falling)


def _hook_router(module: Any, hooks: Hooks) -> None:
    kind = module.ModelRouterMiddleware
    for method in _MODEL_CALLS:
        hooks.wrap(kind, method, routing(lambda router, request, *args, **kwargs: Routed(_chosen(router, request))))
    for method in ("before_agent", "abefore_agent"):
        hooks.wrap(kind, method, routing(lambda *args, **kwargs: decision("model_router")))


_HOOKS: Final = {
    "langchain.chat_models.base": _hook_configurable,
    "langchain.agents.middleware.model_fallback": _hook_fallback,
    "langchain.agents.middleware.model_router": _hook_router,
}


# --- a model that the configuration of a run names ---


def _configured(call: Call) -> Call:
    """``_ConfigurableModel._model``, which makes the model of one run."""

    def _model(configurable: Any, *args: Any, **kwargs: Any) -> Any:
        model = call(configurable, *args, **kwargs)
        try:
            scope = scope_of(otel_context.get_current())
            route = scope.route
            if route is not None and not scope.is_beside:
                provider, _, named = (model_of(model) or "").rpartition("/")
                route.hear(
                    Signals(
                        ROUTER,
                        causes("configurable"),
                        requested_model=named or None,
                        selected_provider=provider or None,
                        selected_model=named or None,
                    )
                )
        except Exception as error:
            complain("Could not read a configured model of LangChain", error)
        return model

    return _model


# --- ModelFallbackMiddleware ---


class _Handled(Routed):
    """A middleware that hands a request on, to one model after the other."""

    error_type: str | None = None
    """The class of what the model before raised, such as a refusal."""
    _is_first = True

    def handed_on(self) -> None:
        """The request goes to a model. Never raises."""
        try:
            if not self._is_first:
                self.move_on(self.error_type)
            self._is_first, self.error_type = False, None
        except Exception as error:
            complain("Could not see a fallback of LangChain", error)


def _falling(call: Call) -> Call:
    """``wrap_model_call(self, request, handler)`` and its twin."""

    def handling(middleware: Any, request: Any, handler: Any) -> Any:
        return _Handled(_fallbacks(middleware, request))

    if inspect.iscoroutinefunction(call):

        async def awrap_model_call(middleware: Any, request: Any, handler: Any) -> Any:
            async with _guarded(handling, middleware, request, handler) as handled:
                return await call(middleware, request, _told_async(handler, handled))

        return awrap_model_call

    def wrap_model_call(middleware: Any, request: Any, handler: Any) -> Any:
        with _guarded(handling, middleware, request, handler) as handled:
            return call(middleware, request, _told(handler, handled))

    return wrap_model_call


def _guarded(scope: Callable[..., _Handled], *args: Any) -> _Handled:
    try:
        return scope(*args)
    except Exception as error:
        complain("Could not read what a router was asked", error)
        return _Handled(Signals(ROUTER))


def _told(handler: Callable[[Any], Any], handled: _Handled) -> Callable[[Any], Any]:
    @functools.wraps(handler)
    def told(request: Any) -> Any:
        handled.handed_on()
        try:
            return handler(request)
        except BaseException as error:
            handled.error_type = type(error).__name__
            raise

    return told


def _told_async(handler: Callable[[Any], Any], handled: _Handled) -> Callable[[Any], Any]:
    @functools.wraps(handler)
    async def told(request: Any) -> Any:
        handled.handed_on()
        try:
            return await handler(request)
        except BaseException as error:
            handled.error_type = type(error).__name__
            raise

    return told


def _fallbacks(middleware: Any, request: Any) -> Signals:
    tried = (request.model, *middleware.models)
    candidates = tuple(filter(None, (model_of(model) for model in tried)))
    requested = (model_of(request.model) or "").rpartition("/")[2]
    return Signals(ROUTER, causes("model_fallback"), requested_model=requested or None, candidates=candidates)


# --- ModelRouterMiddleware ---


def _chosen(router: Any, request: Any) -> Signals:
    answer = request.state[_QUESTION]
    label = answer.choice
    provider, _, model = (model_of(router.models.get(label)) or "").rpartition("/")
    requested = (model_of(request.model) or "").rpartition("/")[2]
    return Signals(
        ROUTER,
        causes("model_router"),
        rule=name(label),
        requested_model=requested or None,
        candidates=names([found for found in map(model_of, router.models.values()) if found]),
        selected_provider=provider or None,
        selected_model=model or None,
        score=number(answer.probabilities.get(label)),
        confidence=number(answer.confidence),
    )
