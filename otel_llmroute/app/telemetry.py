"""What an instrumented process has: tracer, instruments, prices, rules. One object, or none when not instrumented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from otel_llmroute.app.callsite import CallSites
from otel_llmroute.app.closings import Closings
from otel_llmroute.app.enclosing import EnclosingSpans
from otel_llmroute.app.live_spans import LiveSpans
from otel_llmroute.app.metrics import Metrics
from otel_llmroute.app.openings import Openings
from otel_llmroute.app.rules import Rules
from otel_llmroute.config import Config
from otel_llmroute.prices import PriceBook

if TYPE_CHECKING:
    from opentelemetry._logs import Logger
    from opentelemetry.trace import Tracer

    from otel_llmroute.app.attachment import Attachment


@dataclass(frozen=True)
class Telemetry:
    """Everything that records and the API need. Made by the instrumentor, shared by all threads, never changed."""

    config: Config
    tracer: Tracer
    logger: Logger
    metrics: Metrics
    prices: PriceBook
    callsites: CallSites
    rules: Rules
    openings: Openings
    closings: Closings
    enclosing: EnclosingSpans
    live_spans: LiveSpans = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "live_spans", LiveSpans(self.tracer, self.config.keep_unsampled))


_active: Telemetry | None = None
_waiting: Attachment | None = None


def active() -> Telemetry | None:
    """The telemetry in force, or ``None``: not instrumented, so do nothing."""
    global _waiting
    if _waiting is not None and _waiting.attach():
        _waiting = None
    return _active


def activate(telemetry: Telemetry | None, attachment: Attachment | None = None) -> None:
    """Switch to ``telemetry``; ``None`` switches off. Attempts in flight end with what they began with.

    ``attachment`` is put on the tracer provider now, or as soon as the application has set one.
    """
    global _active, _waiting
    _active, _waiting = telemetry, attachment
    active()
