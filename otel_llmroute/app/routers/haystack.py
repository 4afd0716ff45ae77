"""Haystack: generators that fall back, and routers of a pipeline, which select what runs next.

What a router of a pipeline selects is for the next call of a model in the same run of the pipeline.
https://github.com/deepset-ai/haystack/tree/v3.4.1/haystack/components/routers
https://github.com/deepset-ai/haystack/blob/v3.4.1/haystack/components/generators/chat/fallback.py
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context

from otel_llmroute.app import decisions
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.selecting import selecting
from otel_llmroute.app.routers.signals import Signals, causes, destination_of, label, name, names
from otel_llmroute.app.scoped import Scoped

if TYPE_CHECKING:
    from types import ModuleType

    from opentelemetry.context import Context

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call

ROUTER: Final = "haystack"
UNMATCHED: Final = "unmatched"
_ANSWER: Final = "chat_generator_text"
"""Where an ``LLMMessagesRouter`` returns what its model said, which is no output of its routes."""
_PROVIDERS: Final = {
    "AnthropicChatGenerator": "anthropic",
    "AzureOpenAIChatGenerator": "azure.ai.openai",
    "AzureOpenAIResponsesChatGenerator": "azure.ai.openai",
    "OpenAIChatGenerator": "openai",
    "OpenAIResponsesChatGenerator": "openai",
}
"""Class of a generator -> ``gen_ai.provider.name``."""
_FALLING: Final = otel_context.create_key("llmroute-haystack-fallback")


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on one of the modules of components, or on a pipeline's."""
    _HOOKS[module.__name__](module, hooks)


def _hook_fallback(module: Any, hooks: Hooks) -> None:
    kind = module.FallbackChatGenerator
    for method in ("run", "run_async"):
        hooks.wrap(kind, method, routing(lambda *args, **kwargs: _Falling(args[0])))
    for method in ("_run_single_sync", "_run_single_async"):
        hooks.wrap(kind, method, _tried)


def _hook_conditions(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module.ConditionalRouter, "run", selecting(ROUTER, _condition))


def _hook_messages(module: Any, hooks: Hooks) -> None:
    for method in ("run", "run_async"):
        if hasattr(module.LLMMessagesRouter, method):  # run_async came later
            hooks.wrap(module.LLMMessagesRouter, method, selecting(ROUTER, _messages))


def _hook_metadata(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module.MetadataRouter, "run", selecting(ROUTER, _metadata))


def _hook_pipeline(module: Any, hooks: Hooks) -> None:
    for kind in ("Pipeline", "AsyncPipeline"):
        for method in ("run", "run_async", "run_async_generator"):
            if method in vars(vars(module).get(kind, object)):
                hooks.wrap(vars(module)[kind], method, routing(lambda *args, **kwargs: _Run()))


_HOOKS: Final = {
    "haystack.components.generators.chat.fallback": _hook_fallback,
    "haystack.components.routers.conditional_router": _hook_conditions,
    "haystack.components.routers.llm_messages_router": _hook_messages,
    "haystack.components.routers.metadata_router": _hook_metadata,
    "haystack.core.pipeline.pipeline": _hook_pipeline,
    "haystack.core.pipeline.async_pipeline": _hook_pipeline,
}


# --- routers of a pipeline ---


class _Run(Scoped):
    """A pipeline runs, each component in a task or a thread of its own: a router in one, the model in another."""

    def _open(self, active: Telemetry, context: Context) -> Context:
        return decisions.with_run(context)

    def _anew(self) -> _Run:
        return _Run()


def _condition(result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals:
    """``ConditionalRouter`` gave the outputs of the first of its routes whose condition held, by their names."""
    routes = args[0].routes
    outputs = [_output(route["output_name"]) for route in routes[:64]]
    return Signals(ROUTER, causes("condition"), rule=_output(list(result)), candidates=names(outputs))


def _messages(result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals:
    """``LLMMessagesRouter`` gave what its model said, and the messages by the name of their output."""
    chosen = [output for output in result if output != _ANSWER]
    return _matched("llm_messages", chosen, args[0]._output_names)


def _metadata(result: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals:
    """``MetadataRouter`` gave documents by the name of their output; one may be in several."""
    return _matched("metadata", [output for output, documents in result.items() if documents], args[0].rules)


def _matched(cause: str, chosen: list[Any], outputs: Any) -> Signals:
    matched = [output for output in chosen if output != UNMATCHED]
    candidates = names([*map(label, list(outputs)[:63]), UNMATCHED])
    return Signals(ROUTER, causes(cause if matched else UNMATCHED), rule=_output(matched), candidates=candidates)


def _output(outputs: Any) -> str | None:
    """The names of some outputs as one, ``a+b``."""
    listed = outputs if isinstance(outputs, list) else [outputs]
    return name("+".join(filter(None, map(label, listed))))


# --- FallbackChatGenerator ---


class _Falling(Routed):
    """A ``FallbackChatGenerator`` at work on one request."""

    def __init__(self, generator: Any) -> None:
        candidates = tuple(filter(None, map(destination, generator.chat_generators)))
        requested = name(getattr(generator.chat_generators[0], "model", None))
        super().__init__(
            Signals(ROUTER, causes("fallback_chat_generator"), requested_model=requested, candidates=candidates)
        )
        self._is_first = True
        self._error_type: str | None = None

    def _open(self, active: Telemetry, context: Context) -> Context:
        return otel_context.set_value(_FALLING, self, super()._open(active, context))

    def next(self) -> None:
        """The next generator is asked; the first one follows upon none."""
        if not self._is_first:
            self.move_on(self._error_type)
        self._is_first, self._error_type = False, None

    def failed(self, error: BaseException) -> None:
        """The generator that was asked last has raised ``error``."""
        self._error_type = type(error).__name__


def destination(generator: Any) -> str | None:
    """``provider/model`` of a chat generator, as far as it is known."""
    model = getattr(generator, "model", None) or getattr(generator, "azure_deployment", None)
    return destination_of(_PROVIDERS.get(type(generator).__name__), model)


def _falling() -> _Falling | None:
    falling = otel_context.get_value(_FALLING)
    return falling if isinstance(falling, _Falling) else None


def _next() -> _Falling | None:
    try:
        falling = _falling()
        if falling is not None:
            falling.next()
        return falling
    except Exception as error:
        complain("Could not see a fallback of Haystack", error)
        return None


def _tried(call: Call) -> Call:
    """``_run_single_sync`` and ``_run_single_async``: one of the generators is asked."""
    if inspect.iscoroutinefunction(call):

        async def run_single_async(*args: Any, **kwargs: Any) -> Any:
            falling = _next()
            try:
                return await call(*args, **kwargs)
            except Exception as error:
                if falling is not None:
                    falling.failed(error)
                raise

        return run_single_async

    def run_single_sync(*args: Any, **kwargs: Any) -> Any:
        falling = _next()
        try:
            return call(*args, **kwargs)
        except Exception as error:
            if falling is not None:
                falling.failed(error)
            raise

    return run_single_sync
