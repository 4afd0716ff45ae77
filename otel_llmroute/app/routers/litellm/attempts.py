"""An attempt of LiteLLM's: begun when it says that it is about to call, ended by the SDK it calls, else by what LiteLLM
says of its end.
"""

from __future__ import annotations

import sys
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute import names
from otel_llmroute.app import inflight
from otel_llmroute.app.awaited import Awaited
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sdks.answer import get, text, word

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.routers.litellm.call import Call
    from otel_llmroute.app.routers.litellm.request import Request
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import AttemptOutcome

_MOST_FRAMES: Final = 8
_ALWAYS_COUNTED: Final = frozenset({"anthropic", "aws.bedrock", "gcp.gemini", "gcp.vertex_ai", "cohere"})
"""Providers whose streams always state their usage. For a stream of another that does not, LiteLLM counts the tokens
itself: an estimate.
"""
_OF_THE_ROUTE: Final = (names.ROUTE_NAME, names.ROUTE_SOURCE, names.ROUTE_RULE, names.TASK_CLASS, names.RISK_LEVEL)
_BY_CLASS: Final = {
    "ContextWindowExceededError": "context_window_exceeded",
    "ContentPolicyViolationError": "content_policy_violation",
    "RateLimitError": "rate_limit",
    "Timeout": "timeout",
    "RouterRateLimitError": "cooldown",
}
"""LiteLLM's class of error -> a code that says the same. LiteLLM finds out from texts what a status does not tell."""


class LiteLLMAttempt(Awaited):
    """One call that LiteLLM makes to a provider."""

    caller = "litellm."
    request: Request | None = None
    """What it is a part of: is told once it has ended, perhaps in another thread."""
    group: str | None = None
    """The model group it is made in."""
    purpose: str | None = None
    """What LiteLLM makes it for, if for itself."""
    is_estimate = False
    """Whether LiteLLM may have counted the tokens itself."""

    @classmethod
    def begun(cls, active: Telemetry, call: Call, context: Context) -> LiteLLMAttempt | None:
        """The attempt that ``call`` is; ``None`` for a call of a kind that answers with no usage."""
        endpoint = call.endpoint
        if endpoint is None:
            return None
        attempt = cls(active, endpoint, call.target, None, call.is_stream)
        asked = call.said.get("optional_params")
        asked = asked if isinstance(asked, dict) else {}
        includes = get(asked.get("stream_options"), "include_usage") is True
        attempt.is_estimate = call.is_stream and not includes and call.target.provider not in _ALWAYS_COUNTED
        callsite = active.callsites.nearest(3) if active.config.callsite else None
        attempt.group, attempt.purpose = call.group, call.purpose
        attempt.around = context
        attempt.inside = attempt.begin(context, call.model, asked, callsite)
        return attempt

    @property
    def destination(self) -> tuple[str, str | None]:
        """Provider and model."""
        return self.target.provider, self._opening.model

    def follow(self) -> None:
        """See to it that it ends, whatever is heard of it: with LiteLLM's own object of the call, or at the exit."""
        inflight.add(self)
        owner = _logging_object()
        if owner is not None:
            weakref.finalize(owner, _forgotten, self).atexit = False

    def answered(self, response: Any) -> None:
        """LiteLLM has the whole answer. Nothing new where an SDK was seen to give it."""
        if not self.open or self.owned:
            return
        if not self.is_estimate:
            self.body(response)
        else:
            self.answer.id, self.answer.model = text(get(response, "id")), text(get(response, "model"))
        self.returned()

    def failed(self, error: BaseException | None) -> None:
        """LiteLLM says that it has failed."""
        if self.open:
            if error is None:
                self._end("failed", "_OTHER")
            else:
                self.raised(error)

    def belongs_to(self, facts: Facts) -> None:
        """It turns out to be an attempt of the route with these ``facts``."""
        self._facts.update({name: facts[name] for name in _OF_THE_ROUTE if name in facts})

    def _finish(self, outcome: AttemptOutcome, error_type: str | None) -> None:
        request = self.request
        if request is None:
            return super()._finish(outcome, error_type)
        end = partial(super()._finish, outcome, error_type)
        if self.purpose is not None and request.hold(self, end):
            self.left_ns = time.time_ns()
        else:
            end()
        try:
            request.ended(self, outcome, error_type)
        except Exception as error:
            complain("Could not record the end of an attempt of LiteLLM's", error)


def code_of(error: object) -> str | None:
    """What LiteLLM's class of ``error``, or that class by its name, says beside the provider's own name of it."""
    kind = error if isinstance(error, str) else type(error).__name__
    return _BY_CLASS.get(kind) or word(getattr(error, "code", None))


def _forgotten(attempt: LiteLLMAttempt) -> None:
    if not attempt.taken:
        attempt.closed()


def _logging_object() -> Any:
    """The object that LiteLLM logs a call with: it lives as long as the call, a stream that is read included."""
    frame: Any = sys._getframe(3)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return None
        found = frame.f_locals.get("self") if frame.f_code.co_name == "pre_call" else None
        if found is not None:
            return found
        frame = frame.f_back
    return None
