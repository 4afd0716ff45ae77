"""What LiteLLM reports to its callbacks, made into requests and attempts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from otel_llmroute.app import suppression
from otel_llmroute.app.awaited import begun_here, expect
from otel_llmroute.app.current import current, scope_of, with_scope
from otel_llmroute.app.routers.litellm import answers
from otel_llmroute.app.routers.litellm.attempts import LiteLLMAttempt, code_of
from otel_llmroute.app.routers.litellm.call import Call, call_id, fields
from otel_llmroute.app.routers.litellm.deployments import destinations
from otel_llmroute.app.routers.litellm.requests import MOST_OPEN
from otel_llmroute.app.routers.litellm.strategy import strategy_in_force
from otel_llmroute.app.routers.signals import name
from otel_llmroute.app.sdks.answer import text

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.routers.litellm.request import Request
    from otel_llmroute.app.routers.litellm.requests import Requests
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry


class Reports:
    """Takes them, and tells ``requests``. It knows the attempts by LiteLLM's id of the call."""

    def __init__(self, requests: Requests) -> None:
        self.requests = requests
        self._lock = threading.Lock()
        self._attempts: dict[str, LiteLLMAttempt] = {}

    def choosing(self, active: Telemetry, model: Any, deployments: Any, request: Any) -> None:
        """The Router is about to choose one of ``deployments``."""
        call = Call({"litellm_params": request})
        if call.trace is None or call.purpose is not None:
            return
        context = current()
        heeded = suppression.heeded(active, context) if context else active
        if heeded is None:
            return
        found = self.requests.get(call.trace)
        if found is None or not found.is_named:
            found = self.requests.request(heeded, context, call.trace, call.opening(name(model)))
        if found.candidates is None:
            found.candidates = destinations(deployments)

    def expected(self, active: Telemetry) -> None:
        """An async call comes next. Some are prepared in a helper thread, and made in the task after that."""
        expect()

    def calling(self, active: Telemetry, kwargs: Any, logged_with: Any, is_mocked: bool = False) -> None:
        """An attempt comes next. ``logged_with``: the object that LiteLLM logs it with, if that was found.
        ``is_mocked``: LiteLLM makes its answer up.
        """
        call = Call(kwargs)
        context = current()
        heeded = suppression.heeded(active, context) if context else active
        if heeded is None:
            return
        request, made_in = self._request_of(call, heeded, context), context
        if request is not None:
            context, callsite = request.context, request.callsite
        else:
            callsite = heeded.callsites.nearest(4) if heeded.config.callsite else None
        endpoint = call.endpoint
        if endpoint is None:
            return
        if call.purpose is not None:
            context = _for(context, call.purpose)
        attempt = LiteLLMAttempt.begun(heeded, call, endpoint, made_in, context, callsite)
        if request is not None:
            attempt.request = request
            request.open.add(attempt)
        self._remember(call.id, attempt)
        attempt.follow(self.requests.unfinished, logged_with)
        if request is None:
            self.requests.watch()
        if is_mocked:
            attempt.asks_nobody()
        else:
            attempt.await_call()

    def _request_of(self, call: Call, active: Telemetry, context: Context) -> Request | None:
        """The request that ``call`` is made for, which has its decision by now; ``None`` outside of a Router."""
        if call.group is None or call.trace is None:
            return None
        request = self.requests.get(call.trace)
        if request is None or not request.is_named:
            is_named = call.purpose is None
            request = self.requests.request(active, context, call.trace, call.opening(), is_named)
        request.calls(call, _decided(request, call))
        return request

    def answered(self, active: Telemetry, request: Any, response: Any) -> None:
        """An attempt has its answer, or a stream that is still to be read."""
        found = self._attempts.get(call_id(request) or "")
        attempt = found or begun_here()  # a fallback without a Router is told by another id than it was begun by
        if isinstance(attempt, LiteLLMAttempt) and not attempt.stream:
            attempt.answered(response)

    def succeeded(self, active: Telemetry, kwargs: Any, response: Any) -> None:
        """A request was answered, a stream read to its end."""
        attempt = self._attempts.pop(call_id(kwargs) or "", None)
        if attempt is None:
            call = Call(kwargs)
            if call.is_cache_hit:
                self._cached(active, call)
            return
        attempt.answered(answers.first_hand(response, fields(kwargs)), is_last=True)
        request = attempt.request
        if request is not None and not request.open and attempt.purpose is None:
            self.requests.over(request)

    def failed(self, active: Telemetry, kwargs: Any) -> None:
        """An attempt has failed."""
        call = call_id(kwargs) or ""
        attempt = self._attempts.get(call)
        if attempt is None or attempt.model != text(fields(kwargs).get("model")):
            return  # fallbacks without a Router have one id: this may come after the next has begun
        self._attempts.pop(call, None)
        error = fields(kwargs).get("exception")
        attempt.failed(error if isinstance(error, BaseException) else None)
        if attempt.request is not None and attempt.purpose is None:
            attempt.request.failed_because(code_of(error))

    def gave_up(self, active: Telemetry, group: Any, kwargs: Any) -> None:
        """One of the fallbacks of ``group`` was no good: either it was the last, or the next follows at once."""
        request = self.requests.get(text(fields(kwargs).get("litellm_trace_id")))
        if request is not None and name(group) == request.requested:
            request.gives_up()

    def _cached(self, active: Telemetry, call: Call) -> None:
        """LiteLLM had the answer itself: nobody was called."""
        context = current()
        request = self.requests.request(active, context, call.trace or call.id or "", call.opening())
        request.hear(call.cached(request.candidates or ()))
        request.answered()
        self.requests.over(request, "cache_hit")

    def _remember(self, call: str | None, attempt: LiteLLMAttempt) -> None:
        if call is None:
            return
        with self._lock:
            while len(self._attempts) >= MOST_OPEN:
                self._attempts.pop(next(iter(self._attempts)))
            self._attempts[call] = attempt


def _decided(request: Request, call: Call) -> Signals | None:
    """What the Router says of its decision, if it was not heard yet."""
    if request.is_heard or call.purpose is not None:
        return None
    has_gone_on = call.group != call.requested() and not call.decision
    candidates = () if has_gone_on else request.candidates or ()
    chose = len(candidates) > 1 or call.group_size > 1
    return call.signals(candidates, strategy_in_force() if chose else None)


def _for(context: Context, purpose: str) -> Context:
    scope = scope_of(context)
    return with_scope(context, scope.inner(scope.facts, scope.route, purpose))
