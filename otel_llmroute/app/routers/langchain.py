"""LangChain's runnables: ``with_fallbacks`` and ``RunnableBranch``.

A fallback is seen where ``RunnableWithFallbacks`` asks for its next runnable, a branch where ``RunnableBranch`` tags
the run of a condition (``condition:2``) or of what it chose (``branch:2``, ``branch:default``); so nothing is told
from a name or from what was answered. The provider calls underneath are the attempts.
https://github.com/langchain-ai/langchain/blob/langchain-core%3D%3D1.8.2/libs/core/langchain_core/runnables/fallbacks.py
https://github.com/langchain-ai/langchain/blob/langchain-core%3D%3D1.8.2/libs/core/langchain_core/runnables/branch.py
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context as otel_context

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import enter, leave, scope_of, with_scope
from otel_llmroute.app.routers.langchain_models import config_of, model_of, route_name
from otel_llmroute.app.routers.routed import Routed
from otel_llmroute.app.routers.routing import routing
from otel_llmroute.app.routers.signals import Signals, causes, name

if TYPE_CHECKING:
    from contextvars import Token
    from types import ModuleType

    from opentelemetry.context import Context

    from otel_llmroute.app.routers.hooks import Hooks
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.app.wrapping import Call

ROUTER: Final = "langchain"
_ONE_REQUEST: Final = ("invoke", "ainvoke", "stream", "astream")
_MANY_REQUESTS: Final = ("batch", "abatch")
_BRANCHES: Final = ("branch:", "condition:")
_FALLING: Final = otel_context.create_key("llmroute-langchain-fallbacks")
_BRANCHING: Final = otel_context.create_key("llmroute-langchain-branch")


def hook(module: ModuleType, hooks: Hooks) -> None:
    """Put us on ``fallbacks``, ``branch`` or ``callbacks.manager`` of langchain-core."""
    _HOOKS[module.__name__](module, hooks)


def _hook_fallbacks(module: Any, hooks: Hooks) -> None:
    kind = module.RunnableWithFallbacks
    for method in _ONE_REQUEST:
        hooks.wrap(kind, method, routing(lambda runnable, *args, **kwargs: _Falling(runnable, config_of(args, kwargs))))
    for method in _MANY_REQUESTS:
        hooks.wrap(
            kind,
            method,
            routing(lambda runnable, *args, **kwargs: _Falling(runnable, config_of(args, kwargs), many=True)),
        )
    before = vars(kind)["runnables"]
    watched = property(lambda runnable: _watched(runnable, before.fget(runnable)), doc=before.__doc__)
    kind.runnables = watched
    hooks.on_off(lambda: setattr(kind, "runnables", before) if vars(kind)["runnables"] is watched else None)


def _hook_branch(module: Any, hooks: Hooks) -> None:
    for method in _ONE_REQUEST:
        hooks.wrap(
            module.RunnableBranch,
            method,
            routing(lambda runnable, *args, **kwargs: _Branching(runnable, config_of(args, kwargs))),
        )


def _hook_runs(module: Any, hooks: Hooks) -> None:
    for kind in (module.ParentRunManager, module.AsyncParentRunManager):
        hooks.wrap(kind, "get_child", _tagged)


_HOOKS: Final = {
    "langchain_core.runnables.fallbacks": _hook_fallbacks,
    "langchain_core.runnables.branch": _hook_branch,
    "langchain_core.callbacks.manager": _hook_runs,
}


# --- fallbacks ---


class _Falling(Routed):
    """A ``RunnableWithFallbacks`` at work. ``many``: on a batch, whose requests are told apart by nothing."""

    def __init__(self, runnable: Any, config: Mapping[str, Any], many: bool = False) -> None:
        tried = (runnable.runnable, *runnable.fallbacks)
        candidates = tuple(filter(None, (model_of(candidate) for candidate in tried)))
        requested = candidates[0].rpartition("/")[2] if candidates else None
        super().__init__(
            Signals(
                ROUTER,
                causes("fallbacks"),
                route=route_name(runnable, config),
                requested_model=requested,
                candidates=candidates,
            )
        )
        self.runnable = runnable
        self._many = many
        self._has_moved_on = False

    def _open(self, active: Telemetry, context: Context) -> Context:
        context = otel_context.set_value(_FALLING, self, super()._open(active, context))
        if self._many and self._asker is not None and self._asker.reason_of_each() is None:
            self._asker.each_reason = "initial"
        return context

    def _close(self, error: BaseException | None) -> None:
        state, asker = self._state, self._asker
        if error is None and self._has_moved_on and self._is_heard and state and asker and not asker.made():
            state.answered_at = state.count  # what it fell back to at last is no model, and has answered
        super()._close(error)

    def next(self) -> None:
        """The one before has failed, for one request at least; the next is tried."""
        if not self._many:
            self._has_moved_on = True
            self.move_on()
        elif self._state is not None and self._asker is not None:
            self._state.move_on_in_each(self._asker)


def _watched(runnable: Any, runnables: Iterator[Any]) -> Iterator[Any]:
    """``RunnableWithFallbacks.runnables``: asked for another once the one before has failed."""
    is_first = True
    for candidate in runnables:
        if not is_first:
            _tell_next(runnable)
        is_first = False
        yield candidate


def _tell_next(runnable: Any) -> None:
    try:
        falling = otel_context.get_value(_FALLING)
        if isinstance(falling, _Falling) and falling.runnable is runnable:
            falling.next()
    except Exception as error:
        complain("Could not see a fallback of LangChain", error)


# --- branches ---


class _Branching(Routed):
    """A ``RunnableBranch`` at work."""

    def __init__(self, runnable: Any, config: Mapping[str, Any]) -> None:
        chosen = [*(branch[1] for branch in runnable.branches), runnable.default]
        candidates = tuple(filter(None, (model_of(candidate) for candidate in chosen)))
        super().__init__(
            Signals(ROUTER, route=route_name(runnable, config), candidates=tuple(dict.fromkeys(candidates)))
        )
        self._branches = runnable.branches
        self._default = runnable.default
        self._count = 0
        self._asking: Token[Context] | None = None

    def _open(self, active: Telemetry, context: Context) -> Context:
        context = otel_context.set_value(_BRANCHING, self, super()._open(active, context))
        self._count = self.state.count if self.state is not None else 0
        return context

    def _close(self, error: BaseException | None) -> None:
        # `_asking` is not left: whoever left this scope has put back the context from before it.
        state = self.state
        if error is None and self._own is not None and state is not None and state.count == self._count:
            state.hear(Signals(ROUTER, destination="rule"))  # it was answered, and no model was called
        super()._close(error)

    def condition(self) -> None:
        """A condition is looked at. What it calls is called to decide."""
        if self._asking is None and self.state is not None:
            context = otel_context.get_current()
            scope = scope_of(context)
            self._asking = enter(with_scope(context, scope.inner(scope.facts, scope.route, "routing")))

    def chose(self, tag: str) -> None:
        """``branch:N``, from 1, or ``branch:default``."""
        leave(self._asking)
        self._asking = None
        number = tag.partition(":")[2]
        condition, runnable = self._branches[int(number) - 1] if number.isdecimal() else (None, self._default)
        provider, _, model = (model_of(runnable) or "").rpartition("/")
        self.hear(
            Signals(
                ROUTER,
                causes(tag),
                rule=_rule_name(condition),
                selected_provider=provider or None,
                selected_model=model or None,
            )
        )


def _tagged(call: Call) -> Call:
    """``get_child`` of a run, which gives the child that a tag is for."""

    def get_child(manager: Any, tag: Any = None, *args: Any, **kwargs: Any) -> Any:
        if type(tag) is str and tag.startswith(_BRANCHES):
            _tell_branch(tag)
        return call(manager, tag, *args, **kwargs) if args or kwargs else call(manager, tag)

    return get_child


def _tell_branch(tag: str) -> None:
    try:
        branching = otel_context.get_value(_BRANCHING)
        if not isinstance(branching, _Branching):
            return
        if tag.startswith("condition:"):
            branching.condition()
        else:
            branching.chose(tag)
    except Exception as error:
        complain("Could not see a branch of LangChain", error)


def _rule_name(condition: Any) -> str | None:
    """The name of the function that a condition is, if it has one."""
    said = getattr(condition, "name", None) or getattr(getattr(condition, "func", None), "__name__", None)
    return name(said) if said != "<lambda>" else None
