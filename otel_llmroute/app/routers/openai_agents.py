"""OpenAI Agents SDK: handoffs. Each turn of an agent is a route, the runner's retries of a turn are its attempts.

An agent that was handed to was chosen by a model that read the request, which is a decision of meaning. Seen where the
runner asks a model and where it hands over, so it is seen with tracing switched off too, and sends nothing to it.
https://github.com/openai/openai-agents-python/blob/v0.24.0/src/agents/run_internal/run_loop.py
https://github.com/openai/openai-agents-python/blob/v0.24.0/src/agents/run_internal/turn_resolution.py
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import leave
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.signals import Signals, causes, label, name

if TYPE_CHECKING:
    from types import ModuleType

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.wrapping import Call

ROUTER: Final = "openai_agents"
_HANDED: Final[WeakKeyDictionary[Any, str]] = WeakKeyDictionary()
"""Context of a run -> name of the agent that the run was handed to last. The runner makes a context for each run."""
_TURN: Final[ContextVar[Signals | None]] = ContextVar("llmroute-openai-agents-turn", default=None)
"""The streamed turn that runs here: what asks the model for it is not told whose it is."""


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``run_internal.run_loop`` or ``run_internal.turn_resolution``."""
    _HOOKS[module.__name__](module, hooks)


def _hook_turns(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module, "get_new_response", _asked)
    if hasattr(module, "stream_response_with_retry"):
        hooks.wrap(module, "run_single_turn_streamed", _turned)
        hooks.wrap(module, "stream_response_with_retry", routing(_streamed))
    else:  # a runner that does not retry; what the tools of a streamed turn ask for is part of its route then
        hooks.wrap(module, "run_single_turn_streamed", _asked)


def _hook_handoffs(module: Any, hooks: Hooks) -> None:
    hooks.wrap(module, "execute_handoffs", _handing)


_HOOKS: Final = {
    "agents.run_internal.run_loop": _hook_turns,
    "agents.run_internal.turn_resolution": _hook_handoffs,
}


class _Arguments:
    """Where the arguments of a function are: they are given by position, and their places change."""

    def __init__(self, function: Call) -> None:
        self._places = {name: place for place, name in enumerate(inspect.signature(function).parameters)}

    def get(self, argument: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The argument of that name, ``None`` where there is none."""
        if argument in kwargs:
            return kwargs[argument]
        place = self._places.get(argument)
        return args[place] if place is not None and place < len(args) else None

    def turn(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Signals:
        """Of a function that is given an agent, or ``bindings`` that hold one, and the context of a run."""
        agent = self.get("agent", args, kwargs)
        if agent is None:
            agent = self.get("bindings", args, kwargs).public_agent
        return turn_of(agent, self.get("context_wrapper", args, kwargs))


def turn_of(agent: Any, run: Any) -> Signals:
    """A turn of ``agent``, which may have been handed to it, in ``run``, the context of a run."""
    called = label(agent.name)
    is_handed = called is not None and run is not None and _HANDED.get(run) == called
    model = agent.model
    return Signals(
        ROUTER,
        causes("handoff" if is_handed else "agent"),
        route=called,
        rule=called if is_handed else None,
        requested_model=name(model if isinstance(model, str) else getattr(model, "model", None)),
    )


def _asked(call: Call) -> Call:
    """``get_new_response``, which asks a model, and again if the runner retries."""
    said = _Arguments(call)
    return routing(lambda *args, **kwargs: Routed(said.turn(args, kwargs)))(call)


def _turned(call: Call) -> Call:
    """``run_single_turn_streamed``, a coroutine that streams into a queue."""
    said = _Arguments(call)

    async def run_single_turn_streamed(*args: Any, **kwargs: Any) -> Any:
        token = None
        try:
            token = _TURN.set(said.turn(args, kwargs))
        except Exception as error:
            complain("Could not read a turn of an agent", error)
        try:
            return await call(*args, **kwargs)
        finally:
            leave(token)

    return run_single_turn_streamed


def _streamed(*args: Any, **kwargs: Any) -> Routed | None:
    turn = _TURN.get()
    return Routed(turn) if turn is not None else None


def _handing(call: Call) -> Call:
    """``execute_handoffs``, which gives a step whose ``next_step`` has the new agent."""
    said = _Arguments(call)

    async def execute_handoffs(*args: Any, **kwargs: Any) -> Any:
        step = await call(*args, **kwargs)
        try:
            agent = getattr(step.next_step, "new_agent", None)
            called = label(agent.name) if agent is not None else None
            if called is not None:
                _HANDED[said.get("context_wrapper", args, kwargs)] = called
        except Exception as error:
            complain("Could not read a handoff of an agent", error)
        return step

    return execute_handoffs
