"""The requests that LiteLLM is at work on, by what it tells its callbacks."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from opentelemetry import context as otel_context

from otel_llmroute.app import suppression
from otel_llmroute.app.current import Scope, scope_of, with_scope
from otel_llmroute.app.routers.litellm.attempts import LiteLLMAttempt, code_of
from otel_llmroute.app.routers.litellm.call import (
    ROUTER,
    Call,
    candidates_of,
    fields,
    strategy_in_force,
)
from otel_llmroute.app.routers.litellm.request import Request
from otel_llmroute.app.routers.litellm.settling import Settling
from otel_llmroute.app.routers.signals import Signals, name
from otel_llmroute.app.sdks.answer import text

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import RouteOutcome

_MOST_OPEN: Final = 4096
_LAST: Final[ContextVar[Request | None]] = ContextVar("llmroute-litellm-request", default=None)
"""The request that was begun last in this thread or task."""
_all: WeakSet[Requests] = WeakSet()


class Requests:
    """Those that are open: by their trace, which all attempts of one have in common, and their attempts by call."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._open: dict[str, Request] = {}
        self._attempts: dict[str, LiteLLMAttempt] = {}
        self._settling = Settling(self._settle, self.end_all)
        _all.add(self)

    # --- what LiteLLM says ---

    def choosing(self, active: Telemetry, model: Any, deployments: Any, request: Any) -> None:
        """The Router is about to choose one of ``deployments``."""
        call = Call({"litellm_params": request})
        if call.trace is None or call.purpose is not None:
            return
        context = otel_context.get_current()
        heeded = suppression.heeded(active, context) if context else active
        if heeded is None:
            return
        found = self._request(heeded, context, call.trace, _opening(call, name(model)))
        if found.candidates is None:
            found.candidates = candidates_of(deployments)

    def calling(self, active: Telemetry, kwargs: Any) -> None:
        """An attempt comes next."""
        call = Call(kwargs)
        context = otel_context.get_current()
        heeded = suppression.heeded(active, context) if context else active
        if heeded is None:
            return
        request = None
        if call.group is not None and call.trace is not None:
            request = self._open.get(call.trace)
            if request is None or not request.is_named:
                request = self._request(heeded, context, call.trace, _opening(call), is_named=call.purpose is None)
            request.calls(call, _decided(request, call))
            context = request.context
        attempt = LiteLLMAttempt.begun(heeded, call, _for(context, call.purpose))
        if attempt is None:
            return
        if request is not None:
            attempt.request = request
            request.open.add(attempt)
        self._remember(call.id, attempt)
        attempt.follow()
        attempt.await_call()

    def answered(self, active: Telemetry, request: Any, response: Any) -> None:
        """An attempt has its answer, or a stream that is still to be read."""
        attempt = self._attempts.get(text(fields(request).get("litellm_call_id")) or "")
        if attempt is not None and not attempt.stream:
            attempt.answered(response)

    def succeeded(self, active: Telemetry, kwargs: Any, response: Any) -> None:
        """A request was answered, a stream read to its end."""
        call = Call(kwargs)
        attempt = self._attempts.pop(call.id or "", None)
        if attempt is None:
            if call.is_cache_hit:
                self._cached(active, call)
            return
        attempt.answered(response)
        request = attempt.request
        if request is not None and not request.open and call.purpose is None:
            self.over(request)

    def failed(self, active: Telemetry, kwargs: Any) -> None:
        """An attempt has failed."""
        call = Call(kwargs)
        attempt = self._attempts.pop(call.id or "", None)
        if attempt is None:
            return
        error = call.said.get("exception")
        attempt.failed(error if isinstance(error, BaseException) else None)
        if attempt.request is not None and call.purpose is None:
            attempt.request.failed_because(code_of(error))

    def gave_up(self, active: Telemetry, group: Any, kwargs: Any) -> None:
        """One of the fallbacks of ``group`` was no good: either it was the last, or the next follows at once."""
        request = self._open.get(text(fields(kwargs).get("litellm_trace_id")) or "")
        if request is not None and name(group) == request.requested:
            request.gives_up()

    def _cached(self, active: Telemetry, call: Call) -> None:
        """LiteLLM had the answer itself: nobody was called."""
        request = self._request(active, otel_context.get_current(), call.trace or call.id or "", _opening(call))
        request.hear(call.cached(request.candidates or ()))
        request.answered()
        self.over(request, "cache_hit")

    # --- what comes of it ---

    def _request(
        self, active: Telemetry, context: Context, trace: str, signals: Signals, is_named: bool = True
    ) -> Request:
        """The request of ``trace``. ``is_named``: ``signals`` say what the application asked for."""
        done: Request | None = None
        with self._lock:
            found = self._open.get(trace)
            is_news = found is None or (is_named and not found.is_named)
            if found is None:
                done = next(iter(self._open.values())) if len(self._open) >= _MOST_OPEN else None
                found = self._open[trace] = Request(active, context, trace, signals, is_named, self.over)
        if not is_news:
            return found
        if is_named and not found.is_named:
            found.is_for(active, context, signals)
        self._settling.watch()
        if is_named:
            last = _LAST.get()
            if last is not None and last.is_waiting:
                self.over(last)  # whoever asks for something else has the answer, or the error, of that
            _LAST.set(found)
            _when_task_ends(found.task_ended)
        if done is not None:
            self.over(done)
        return found

    def _remember(self, call: str | None, attempt: LiteLLMAttempt) -> None:
        if call is None:
            return
        with self._lock:
            while len(self._attempts) >= _MOST_OPEN:
                self._attempts.pop(next(iter(self._attempts)))
            self._attempts[call] = attempt

    def over(self, request: Request, outcome: RouteOutcome | None = None) -> None:
        """``request`` has been answered, or will not be."""
        with self._lock:
            if self._open.get(request.trace) is request:
                del self._open[request.trace]
        request.end(outcome)

    def _settle(self, now_s: float) -> bool:
        with self._lock:
            due = [request for request in self._open.values() if request.due_s is not None and request.due_s <= now_s]
        for request in due:
            self.over(request)
        return bool(self._open)

    def end_all(self) -> None:
        """The program ends, or we are switched off. LiteLLM says what it still has to say; the rest is over."""
        self._settling.stop()
        if self._attempts or self._open:
            _flush()
        for request in list(self._open.values()):
            for attempt in list(request.open):
                attempt.closed()
            self.over(request)

    def leave_to_the_parent(self) -> None:
        """In a forked child: the requests open now are the parent's."""
        self._lock = threading.RLock()  # another thread may have held it
        for request in self._open.values():
            request.is_over = True
        self._open, self._attempts = {}, {}
        self._settling = Settling(self._settle, self.end_all)


def _opening(call: Call, model: str | None = None) -> Signals:
    """What a request begins with: what was asked for."""
    requested = call.requested or model
    return Signals(ROUTER, route=requested, requested_model=requested)


def _decided(request: Request, call: Call) -> Signals | None:
    """What the Router says of its decision, if it was not heard yet."""
    if request.is_heard or call.purpose is not None:
        return None
    has_gone_on = call.group != call.requested and not call.decision
    candidates = () if has_gone_on else request.candidates or ()
    chose = len(candidates) > 1 or call.group_size > 1
    return call.signals(candidates, strategy_in_force() if chose else None)


def _for(context: Context, purpose: str | None) -> Context:
    if purpose is None:
        return context
    scope = scope_of(context)
    return with_scope(context, Scope(scope.facts, scope.route, purpose, scope.anchor, scope.late))


def _when_task_ends(told: Callable[[Any], None]) -> None:
    asyncio = sys.modules.get("asyncio")
    try:
        task = asyncio.current_task() if asyncio is not None else None
    except RuntimeError:
        return  # no event loop runs in this thread
    if task is not None:
        task.add_done_callback(told)


def _flush() -> None:
    """Have LiteLLM's queue of callbacks worked off, as it does itself at the exit, only later."""
    module = sys.modules.get("litellm.litellm_core_utils.logging_worker")
    flush = getattr(getattr(module, "GLOBAL_LOGGING_WORKER", None), "_flush_on_exit", None)
    if flush is not None:
        try:
            flush()
        except Exception:
            return  # LiteLLM does it again


def _leave_to_the_parent() -> None:
    for requests in list(_all):
        requests.leave_to_the_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_the_parent)
