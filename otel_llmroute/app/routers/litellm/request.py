"""One request that LiteLLM's Router answers: its route, over all attempts that are made for it.

LiteLLM says when an attempt begins and ends, and when an answer was given. That it has given up it does not say: the
request is over when nothing has come for longer than it waits before a retry, when the task that asked has ended, or
when the same thread or task asks for something else. The route then ends at the time at which its last attempt did.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from otel_llmroute import names
from otel_llmroute.app.current import scope_of
from otel_llmroute.app.failures import fallback_reason
from otel_llmroute.app.given import present
from otel_llmroute.app.routers.litellm.attempts import code_of
from otel_llmroute.app.routers.litellm.late_route import LateRoute
from otel_llmroute.app.routers.routed import named, opened_as

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from otel_llmroute.app.routers.litellm.attempts import LiteLLMAttempt
    from otel_llmroute.app.routers.litellm.call import Call
    from otel_llmroute.app.routers.litellm.requests import Requests
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import AttemptReason

ANSWERED_S: Final = 5.0
"""Seconds to wait once an answer has been given, and LiteLLM has only not said so yet."""
FAILED_S: Final = 75.0
"""Seconds to wait after a failure: LiteLLM waits up to a minute before a retry, as ``retry-after`` may ask for.
https://github.com/BerriAI/litellm/blob/v1.109.1-stable/litellm/utils.py (``_calculate_retry_after``)"""


class Request:
    """A request while it runs."""

    _failed: tuple[str | None, str | None, int | None] | None = None
    """What its last attempt failed with: ``error.type``, LiteLLM's code, the status."""
    _failed_in: str | None = None
    """The group of that attempt."""
    _failed_at: tuple[str, str | None] | None = None
    """Provider and model of that attempt."""
    is_over = False
    is_heard = False
    """Whether its decision is known."""
    candidates: tuple[str, ...] | None = None
    """Those that the Router chose from first; ``None`` until it does."""

    def __init__(
        self, among: Requests, active: Telemetry, context: Context, trace: str, signals: Signals, is_named: bool
    ) -> None:
        self._among = among
        self.trace = trace
        self.requested = signals.requested_model
        self.is_named = is_named
        """Whether it is known what the application asked for."""
        self.open: set[LiteLLMAttempt] = set()
        """Its attempts that have not ended."""
        self.callsite = active.callsites.nearest(3) if active.config.callsite else None
        self.state = scope_of(context).route
        self.context = context
        self.due_s: float | None = None
        """By the clock of ``among``: when it is over if nothing else comes."""
        self._held: list[Callable[[], None]] = []
        """Ends of attempts that were made to decide, before anything was known of what for."""
        self._own: LateRoute | None = None
        if self.state is None:
            begun = named(active, context, signals, self.callsite)
            self._own, self.context = opened_as(LateRoute, active, context, begun)
            self.state = self._own._state
        self._note(FAILED_S)

    def is_for(self, active: Telemetry, context: Context, signals: Signals) -> None:
        """What the application asked for, of a request that began with a call to decide on it."""
        self.is_named, self.requested = True, signals.requested_model
        own, state = self._own, self.state
        if own is not None and state is not None:
            facts = named(active, context, signals, self.callsite).facts
            state.facts = {**state.facts, **facts}
            own.rename({**facts, **present((names.ROUTE_REQUESTED_MODEL, self.requested))})
        self.release()

    # --- attempts that were made to decide ---

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
        if self._held:
            held, self._held = self._held, []
            for end in held:
                end()

    # --- what becomes of it ---

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
            self.due_s = self._among.clock() + FAILED_S  # what was decided comes next
        elif outcome == "failed":
            self._failed = error_type, None, attempt.status
            self._failed_in, self._failed_at = attempt.group, attempt.destination
            self._note(FAILED_S)  # another may come
        elif outcome == "accepted":
            self.answered()
        else:
            self._note(ANSWERED_S)
            self._among.over(self, "cancelled" if outcome == "cancelled" else None)

    def task_ended(self, task: object) -> None:
        """The task that asked has ended. A stream may still be read in another."""
        if not self.open:
            self._among.over(self)

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
        self._note(ANSWERED_S)

    def gives_up(self) -> None:
        """LiteLLM has tried the last of its fallbacks, or goes to another at once."""
        self.due_s = self._among.clock() + ANSWERED_S

    def _note(self, seconds: float) -> None:
        """Something has happened; it is over if nothing else does for so long."""
        self._last_ns, self.due_s = time.time_ns(), self._among.clock() + seconds

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
