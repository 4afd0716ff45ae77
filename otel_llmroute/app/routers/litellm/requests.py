"""The requests that LiteLLM's Routers are at work on: begun once, and ended whatever is heard of them."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from otel_llmroute.app.routers.litellm.request import Request
from otel_llmroute.app.routers.litellm.settling import Settling

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.routers.litellm.attempts import LiteLLMAttempt
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import RouteOutcome

MOST_OPEN: Final = 4096
_MOST_FRAMES: Final = 100
_LOGGING: Final = "litellm.litellm_core_utils.litellm_logging"
_TELL: Final = frozenset({"failure_handler", "async_failure_handler", "success_handler", "async_success_handler"})
"""Functions of that module which call the callbacks."""
_LAST: Final[ContextVar[Request | None]] = ContextVar("llmroute-litellm-request", default=None)
"""The request that was begun last in this thread or task."""
_all: WeakSet[Requests] = WeakSet()


class Requests:
    """Those that are open, by their trace, which all attempts of one have in common; and the attempts that are, whether
    of a request or not. ``clock``: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.unfinished: set[LiteLLMAttempt] = set()
        self._lock = threading.RLock()
        self._open: dict[str, Request] = {}
        self._settling = Settling(self.settle, self.end_all)
        _all.add(self)

    def get(self, trace: str | None) -> Request | None:
        """The open request of ``trace``."""
        return None if trace is None else self._open.get(trace)

    def request(
        self, active: Telemetry, context: Context, trace: str, signals: Signals, is_named: bool = True
    ) -> Request:
        """The request of ``trace``. ``is_named``: ``signals`` say what the application asked for."""
        oldest: Request | None = None
        with self._lock:
            found = self._open.get(trace)
            is_news = found is None or (is_named and not found.is_named)
            if found is None:
                oldest = next(iter(self._open.values())) if len(self._open) >= MOST_OPEN else None
                found = self._open[trace] = Request(self, active, context, trace, signals, is_named)
        if is_news:
            if is_named:
                if not found.is_named:
                    found.is_for(active, context, signals)
                self._asks_for(found)
            self.watch()
            if oldest is not None:
                self.over(oldest)
        return found

    def _asks_for(self, request: Request) -> None:
        """The thread or task asks for ``request``: it has the answer, or the error, of what it asked for before."""
        last = _LAST.get()
        if last is not None and last.is_waiting:
            if _in_a_callback():
                return  # LiteLLM goes on with the one before it as soon as this one is answered
            self.over(last)
        _LAST.set(request)
        _when_task_ends(request.task_ended)

    def watch(self) -> None:
        """Something is open: see to it that it ends."""
        self._settling.watch()

    def over(self, request: Request, outcome: RouteOutcome | None = None) -> None:
        """``request`` has been answered, or will not be."""
        with self._lock:
            if self._open.get(request.trace) is request:
                del self._open[request.trace]
        request.end(outcome)

    def settle(self, latest_s: float | None = None) -> bool:
        """End what is due by ``latest_s`` of the clock, by now if that is not given. Whether anything is still open."""
        now_s = self.clock() if latest_s is None else latest_s
        with self._lock:
            due = [request for request in self._open.values() if request.due_s is not None and request.due_s <= now_s]
        for request in due:
            self.over(request)
        return bool(self._open or self.unfinished)

    def end_all(self) -> None:
        """The program ends, or we are switched off. LiteLLM says what it still has to say; the rest is over."""
        self._settling.stop()
        if self.unfinished or self._open:
            _flush()
        for attempt in list(self.unfinished):
            if attempt.request is not None or not attempt.taken:  # any other an SDK ends
                attempt.closed()
        for request in list(self._open.values()):
            self.over(request)

    def leave_to_the_parent(self) -> None:
        """In a forked child: what is open now is the parent's."""
        self._lock = threading.RLock()  # another thread may have held it
        for request in self._open.values():
            request.is_over = True
        for attempt in list(self.unfinished):
            attempt.disown()
        self._open, self.unfinished = {}, set()
        self._settling = Settling(self.settle, self.end_all)


def _in_a_callback() -> bool:
    """Whether a callback of the application's asks, to which LiteLLM is telling a failure or an answer."""
    frame: Any = sys._getframe(2)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_name in _TELL and frame.f_globals.get("__name__") == _LOGGING:
            return True
        frame = frame.f_back
    return False


def _when_task_ends(told: Callable[[Any], None]) -> None:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return
    task = asyncio.current_task()
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
