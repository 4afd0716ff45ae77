"""One request that LiteLLM's Router answers: its route, over all attempts that are made for it.

LiteLLM says when an attempt begins and ends, and when an answer was given. That it has given up it does not say: the
request is over when nothing has come for longer than it waits before a retry, when the task that asked has ended, or
when the same thread or task asks for something else. The route then ends at the time at which its last attempt did.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from opentelemetry.trace import Status, StatusCode

from otel_llmroute import names
from otel_llmroute.app import spans
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.facts import route
from otel_llmroute.app.failures import fallback_reason
from otel_llmroute.app.given import present
from otel_llmroute.app.routers.litellm.attempts import code_of
from otel_llmroute.app.routers.routed import facts_of, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts, RouteState
    from otel_llmroute.app.routers.litellm.attempts import LiteLLMAttempt
    from otel_llmroute.app.routers.litellm.call import Call
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import AttemptReason

_ERROR: Final = Status(StatusCode.ERROR)
_ENDS_SOON_S: Final = 5.0
"""An answer has been given, and LiteLLM has only not said so yet."""
_ENDS_LATE_S: Final = 75.0
"""LiteLLM waits up to a minute before a retry, as a provider's ``retry-after`` may ask for.
https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/utils.py (``_calculate_retry_after``)"""


class LateRoute(route):
    """A route whose end is known only afterwards."""

    failed_with: str | None = None
    """``error.type`` of what it ended with."""
    outcome: names.RouteOutcome | None = None
    ended_ns: int | None = None

    def rename(self, facts: Facts) -> None:
        """It turns out to be another than it was opened as."""
        self.name = str(facts[names.ROUTE_NAME])
        span = self._span
        if span is not None and span.is_recording():
            span.update_name(f"route {self.name}")
            span.set_attributes(facts)

    def _outcome_of(self, state: RouteState, error: BaseException | None) -> names.RouteOutcome:
        return self.outcome or super()._outcome_of(state, error)

    def _end_span(
        self,
        attributes: spans.Attributes,
        error: BaseException | None,
        late: Callable[[], spans.Attributes] | None = None,
    ) -> None:
        span, self._span = self._span, None
        if span is None:
            return
        if span.is_recording():
            if self.failed_with is not None:
                attributes[names.ERROR_TYPE] = self.failed_with
                span.set_status(_ERROR)
            span.set_attributes(attributes)
            if late is not None:
                spans.say_late(span, late)
        span.end(self.ended_ns)


class Request:
    """A request while it runs."""

    def __init__(
        self,
        active: Telemetry,
        context: Context,
        trace: str,
        signals: Signals,
        is_named: bool,
        over: Callable[[Request, names.RouteOutcome | None], None],
    ) -> None:
        self._over = over
        self.trace = trace
        self.requested = signals.requested_model
        self.is_named = is_named
        """Whether it is known what the application asked for."""
        self.candidates: tuple[str, ...] | None = None
        """Those that the Router chose from first; ``None`` until it does."""
        self.open: set[LiteLLMAttempt] = set()
        """Its attempts that have not ended."""
        self.state = scope_of(context).route
        self._own: LateRoute | None = None
        self.context = context
        self.is_over = False
        self._last_ns = 0
        self.due_s: float | None = None
        """By the monotonic clock: when it is over if nothing else comes."""
        self.is_heard = False
        """Whether its decision is known."""
        self._held: list[Callable[[], None]] = []
        """Ends of attempts that were made to decide, before anything was known of what for."""
        self._failed: tuple[str | None, str | None, int | None] | None = None
        self._failed_in: str | None = None
        self._failed_at: tuple[str, str | None] | None = None
        if self.state is None:
            own, self.context = opened(active, context, signals, LateRoute)
            self._own = own  # type: ignore[assignment]
            self.state = scope_of(self.context).route
        self._note(_ENDS_LATE_S)

    def is_for(self, active: Telemetry, context: Context, signals: Signals) -> None:
        """What the application asked for, of a request that began with a call to decide on it."""
        self.is_named, self.requested = True, signals.requested_model
        own, state = self._own, self.state
        if own is not None and state is not None:
            facts = facts_of(active, context, signals)
            state.facts = {**state.facts, **facts}
            own.rename({**facts, **present((names.ROUTE_REQUESTED_MODEL, self.requested))})
        self.release()

    def hold(self, attempt: LiteLLMAttempt, end: Callable[[], None]) -> bool:
        """Put off the end of an attempt until it is known what it was made for; false if that is known."""
        if self.is_named or self.is_over or self._own is None:
            return False

        def ended() -> None:
            if self.state is not None:
                attempt.belongs_to(self.state.facts)
            end()

        self._held.append(ended)
        return True

    def release(self) -> None:
        """End what was held."""
        held, self._held = self._held, []
        for end in held:
            end()

    def hear(self, signals: Signals) -> None:
        """What the Router has decided, once."""
        if self.state is not None and not self.is_heard:
            self.is_heard = True
            self.state.hear(signals)

    def calls(self, call: Call, decided: Signals | None) -> None:
        """An attempt comes next; ``decided``: the decision, where it is the first."""
        self.due_s = None
        if decided is not None:
            self.hear(decided)
        state = self.state
        if state is None or call.purpose is not None or state.next_reason is not None:
            return
        if self._failed is not None:
            # In another group than the one that failed it is a fallback, even to the same model.
            if call.group != self._failed_in or (call.target.provider, call.model) != self._failed_at:
                state.next_reason = self._reason(*self._failed)
        elif decided is not None and call.skipped_for is not None:
            state.next_reason = self._reason(None, code_of(call.skipped_for), None)

    @staticmethod
    def _reason(error_type: str | None, code: str | None, status: int | None) -> AttemptReason:
        if code == "cooldown":
            return "fallback_cooldown"
        first = fallback_reason(code, None, None)
        return first if first != "fallback_error" else fallback_reason(error_type, code, status)

    def ended(self, attempt: LiteLLMAttempt, outcome: names.AttemptOutcome, error_type: str | None) -> None:
        """One of its attempts has ended."""
        self.open.discard(attempt)
        if attempt.purpose is not None:
            self.due_s = time.monotonic() + _ENDS_LATE_S  # what was decided comes next
        elif outcome == "failed":
            self._failed = error_type, None, attempt.status
            self._failed_in, self._failed_at = attempt.group, attempt.destination
            self._note(_ENDS_LATE_S)  # another may come
        elif outcome == "accepted":
            self.answered()
        else:
            self._note(_ENDS_SOON_S)
            self._over(self, "cancelled" if outcome == "cancelled" else None)

    def task_ended(self, task: object) -> None:
        """The task that asked has ended. A stream may still be read in another."""
        if not self.open:
            self._over(self, None)

    def failed_because(self, code: str | None) -> None:
        """What LiteLLM makes of that failure."""
        if self._failed is not None and code is not None:
            self._failed = (self._failed[0], code, self._failed[2])

    @property
    def is_waiting(self) -> bool:
        """Whether it is over if nothing else comes."""
        return not self.is_over and not self.open and self.due_s is not None

    def answered(self) -> None:
        """An answer was accepted."""
        self._failed = None
        self._note(_ENDS_SOON_S)

    def gives_up(self) -> None:
        """LiteLLM has tried the last of its fallbacks, or goes to another at once."""
        self.due_s = time.monotonic() + _ENDS_SOON_S

    def _note(self, seconds: float) -> None:
        """Something has happened; it is over if nothing else does for so long."""
        self._last_ns, self.due_s = time.time_ns(), time.monotonic() + seconds

    def end(self, outcome: names.RouteOutcome | None = None) -> None:
        """It is over."""
        if self.is_over:
            return
        self.is_over = True
        self.release()
        own, self._own = self._own, None
        if own is None:
            return
        own.ended_ns, own.outcome = self._last_ns, outcome
        if self._failed is not None:
            own.failed_with = self._failed[0]
            own.outcome = outcome or "error"
        elif outcome is None and self.state is not None and not self.state.answering:
            own.outcome = "error"  # nobody could be called
        own._close(None)
