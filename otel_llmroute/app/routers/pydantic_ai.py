"""Pydantic AI: ``FallbackModel``, which tries one model after the other within a request, and the capability
``ModelFallback``, with which an agent does.

The models that it tries are seen as attempts where their SDKs are, and so is what an answer cost that it turned down.
https://github.com/pydantic/pydantic-ai/blob/v2.68.0/pydantic_ai_slim/pydantic_ai/models/fallback.py
https://github.com/pydantic/pydantic-ai/blob/v2.68.0/pydantic_ai_slim/pydantic_ai/_fallback.py
"""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.signals import Signals, causes, destination_of, label

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from types import ModuleType

    from opentelemetry.context import Context

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call, Wrapper

ROUTER: Final = "pydantic_ai"
PROVIDERS: Final = {
    "azure": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "google": "gcp.gemini",
    "google-gla": "gcp.gemini",
    "google-vertex": "gcp.vertex_ai",
    "google-cloud": "gcp.vertex_ai",
    "grok": "x_ai",
    "xai": "x_ai",
    "mistral": "mistral_ai",
}
"""``Model.system`` -> ``gen_ai.provider.name``, where they differ."""
TURNED_DOWN: Final = {"content_filter": "content_filter", "length": "length"}
"""Why an answer ended -> why it was turned down."""
_MOST_CAPABILITIES: Final = 256
"""More are not looked through at each step."""
_FALLING: Final = otel_context.create_key("llmroute-pydantic-ai-fallback")


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``models.fallback``; on ``_fallback``, which judges answers; or on ``_agent_graph``, the steps."""
    _HOOKS[module.__name__](module, hooks)


def _hook_model(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module.FallbackModel, "request", routing(_request))
    hooks.wrap(module.FallbackModel, "request_stream", _streamed(_request))


def _hook_chain(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module.FallbackChain, "falls_back", _judged)


def _hook_steps(module: Any, hooks: Hooks) -> None:
    node = module.ModelRequestNode
    if hasattr(node, "_request_attempts"):  # older versions have no `ModelFallback`
        hooks.wrap(node, "_request_attempts", routing(_step))
        hooks.wrap(node, "_stream", _streamed(_step))


_HOOKS: Final = {
    "pydantic_ai.models.fallback": _hook_model,
    "pydantic_ai._fallback": _hook_chain,
    "pydantic_ai._agent_graph": _hook_steps,
}


class _Falling(Routed):
    """A ``FallbackModel``, or the ``ModelFallback`` of an agent, at work on one request."""

    def __init__(self, models: Sequence[Any], literal: str) -> None:
        candidates = tuple(dict.fromkeys(filter(None, map(destination, models))))
        super().__init__(
            Signals(
                ROUTER,
                causes(literal),
                route=_agent(),
                requested_model=candidates[0].partition("/")[2] or candidates[0] if candidates else None,
                candidates=candidates,
            )
        )

    def _open(self, active: Telemetry, context: Context) -> Context:
        return otel_context.set_value(_FALLING, self, super()._open(active, context))


def _agent() -> str | None:
    """The name of the agent that asks, from 2.x on, where its run can be asked for."""
    current = getattr(sys.modules.get("pydantic_ai._run_context"), "get_current_run_context", None)
    run = current() if current is not None else None
    return label(getattr(getattr(run, "agent", None), "name", None))


def destination(model: Any) -> str | None:
    """``provider/model`` of a ``Model``, or of the ``provider:model`` that stands for one."""
    if isinstance(model, str):
        system, _, called = model.rpartition(":")
    else:
        system, called = model.system, model.model_name
    return destination_of(PROVIDERS.get(system, system), called)


def _request(model: Any, *args: Any, **kwargs: Any) -> Routed:
    """``FallbackModel.request`` and ``request_stream``."""
    return _Falling(model.models, "fallback_model")


def _step(node: Any, ctx: Any, *args: Any, **kwargs: Any) -> Routed | None:
    """A step of an agent: ``None`` unless the agent has the capability ``ModelFallback``."""
    kind = getattr(sys.modules.get("pydantic_ai.capabilities.model_fallback"), "ModelFallback", None)
    falling = _capability(ctx.deps.root_capability, kind) if kind is not None else None
    return _Falling((ctx.deps.model, *falling.models), "model_fallback") if falling is not None else None


def _capability(among: Any, kind: type) -> Any:
    """The first capability of ``kind`` in ``among``, one of several or of one wrapped; ``None`` if there is none."""
    waiting = [among]
    for _ in range(_MOST_CAPABILITIES):
        if not waiting:
            return None
        each = waiting.pop()
        if kind in type(each).__mro__:  # asked at each step; `isinstance` asks an abstract class in Python
            return each
        wrapped = getattr(each, "wrapped", None)
        if wrapped is not None:
            waiting.append(wrapped)
        waiting.extend(reversed(getattr(each, "capabilities", ())))
    return None


def _streamed(scope: Callable[..., Routed | None]) -> Wrapper:
    """For a method that is an asynchronous context manager: the route lasts as long as it, the context does not."""

    def wrapper(call: Call) -> Call:
        async def stream(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
            async with call(*args, **kwargs) as opened:
                yield opened

        return asynccontextmanager(routing(scope)(stream))

    return wrapper


def _judged(call: Call) -> Call:
    """``FallbackChain.falls_back``: whether the chain goes on after an error, or after an answer."""

    async def falls_back(chain: Any, failure: Any) -> Any:
        goes_on = await call(chain, failure)
        if goes_on:
            _tell(failure)
        return goes_on

    return falls_back


def _tell(failure: Any) -> None:
    try:
        falling = otel_context.get_value(_FALLING)
        if isinstance(falling, _Falling):
            finish = getattr(failure, "finish_reason", None)
            is_error = isinstance(failure, BaseException)
            falling.move_on(type(failure).__name__ if is_error else TURNED_DOWN.get(str(finish)))
    except Exception as error:
        complain("Could not see a fallback of Pydantic AI", error)
