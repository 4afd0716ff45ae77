"""What a route knows of itself while it runs: its facts, and the attempts made so far."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from otel_llmroute.app.failures import fallback_reason
from otel_llmroute.app.routers.precedence import shared_facts
from otel_llmroute.names import AttemptOutcome, AttemptReason

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

    from otel_llmroute.app.routers.signals import Signals

Facts = dict[str, "AttributeValue"]
"""Attributes, by their names on the wire, that are copied to each attempt and charge."""

_MOST_REMEMBERED: Final = 256
_MOST_SIGNALS: Final = 16
_NOT_DONE: Final = frozenset({"failed", "rejected", "cancelled"})


class Tried:
    """One attempt as its route remembers it: where it went, why, and what became of it."""

    __slots__ = (
        "_served_model",
        "error_code",
        "error_type",
        "model",
        "number",
        "outcome",
        "provider",
        "reason",
        "status",
    )

    def __init__(self, number: int, provider: str, model: str | None, reason: AttemptReason) -> None:
        self.number = number
        self.provider = provider
        self.model = model
        self.reason = reason
        self.outcome: AttemptOutcome | None = None
        self._served_model: Callable[[], str | None] | None = None
        self.error_type: str | None = None
        self.error_code: str | None = None
        self.status: int | None = None

    @property
    def destination(self) -> str:
        """``provider/model``."""
        return f"{self.provider}/{self.model or 'unknown'}"

    @property
    def served_model(self) -> str | None:
        """The model that answered, if the answer said so. May have to read the answer first."""
        return self._served_model() if self._served_model is not None else None

    def end(
        self,
        outcome: AttemptOutcome,
        error_type: str | None,
        status: int | None,
        served_model: Callable[[], str | None],
    ) -> None:
        """What became of it."""
        self.outcome, self.error_type, self.status = outcome, error_type, status
        self._served_model = served_model


class RouteState:
    """A route while it runs. Attempts of several threads and tasks may be added at once.

    ``facts`` is replaced, never changed in place: an attempt that has begun keeps what was true then.
    """

    __slots__ = ("_lock", "count", "facts", "is_decided", "next_reason", "signals", "tried")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.is_decided = False
        """Whether the application itself has said why: no router's word changes that."""
        self.signals: tuple[Signals, ...] = ()
        """What routers have said, the one nearest to the application first."""
        self.count = 0
        self.tried: deque[Tried] = deque(maxlen=_MOST_REMEMBERED)
        self.next_reason: AttemptReason | None = None
        """What the application said the next attempt is, such as a hedge."""
        self._lock = threading.Lock()

    def begin_attempt(self, provider: str, model: str | None) -> Tried:
        """Number the next attempt from 1, and say why it is made."""
        with self._lock:
            self.count += 1
            tried = Tried(self.count, provider, model, self._reason_of_next(provider, model))
            self.tried.append(tried)
            self.next_reason = None
            return tried

    def hear(self, signals: Signals) -> None:
        """Take what a router says of this request."""
        with self._lock:
            self.signals = (*self.signals, signals)[-_MOST_SIGNALS:]
            if not self.is_decided:
                self.facts = {**self.facts, **shared_facts(self.signals)}

    def _reason_of_next(self, provider: str, model: str | None) -> AttemptReason:
        if self.next_reason is not None:
            return self.next_reason
        before = next((tried for tried in reversed(self.tried) if tried.outcome is not None), None)
        if before is None or before.outcome not in _NOT_DONE:
            return "initial"
        if (before.provider, before.model) == (provider, model):
            return "retry"
        return fallback_reason(before.error_type, before.error_code, before.status)

    @property
    def served(self) -> Tried | None:
        """The attempt that gave the accepted answer: the last one accepted."""
        return next((tried for tried in reversed(self.tried) if tried.outcome == "accepted"), None)

    @property
    def fallback_path(self) -> list[str]:
        """``provider/model`` of each destination tried, in order, without repeats in a row."""
        path: list[str] = []
        for tried in self.tried:
            if not path or path[-1] != tried.destination:
                path.append(tried.destination)
        return path

    @property
    def fallback_used(self) -> bool:
        """Whether an attempt was made elsewhere because one before it failed."""
        return any(tried.reason.startswith("fallback") for tried in self.tried)
