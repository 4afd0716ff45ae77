"""What a process with several instrumentations saw and counted."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from otel_llmroute.prices.cost import PICO, from_pico
from tests.neighbours import calls
from tests.neighbours.peers import Process

Call = Callable[[calls.Clients], Any]


@dataclass
class Observed:
    """``results``: what the application saw, by call. Money in pico-USD, from our spans and from our metric."""

    results: dict[str, Any]
    attempts: list[dict[str, Any]] = field(default_factory=list)
    spent_pico: int = 0
    metric_pico: int = 0
    metric_calls: int = 0
    foreign: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """(scope, name, attributes) of the spans of the others."""
    said: list[str] = field(default_factory=list)
    """What was logged by us, and by OpenTelemetry about contexts."""

    @property
    def spent_usd(self) -> tuple[Decimal, Decimal]:
        """From spans, from the metric."""
        return from_pico(self.spent_pico), from_pico(self.metric_pico)

    @property
    def retries(self) -> int:
        """Retries inside the SDKs."""
        return sum(attempt["llmroute.attempt.sdk_retries"] for attempt in self.attempts)


def observe(process: Process, make: Callable[[], dict[str, Any]]) -> Observed:
    """Run ``make`` and read what ``process`` has recorded of it."""
    listener = _Listener()
    for name in ("otel_llmroute", "opentelemetry.context"):
        logging.getLogger(name).addHandler(listener)
    seen = Observed(make())
    gc.collect()
    for span in process.exporter.get_finished_spans():
        attributes = dict(span.attributes or {})
        if attributes.get("llmroute.record.kind") == "attempt":
            seen.attempts.append(attributes)
            seen.spent_pico += round(float(attributes.get("llmroute.cost.amount", 0)) * PICO)
        else:
            seen.foreign.append((span.instrumentation_scope.name, span.name, attributes))
    seen.metric_pico = round(_total(process, "llmroute.cost") * PICO)
    seen.metric_calls = int(_total(process, "llmroute.calls"))
    seen.said = listener.lines
    return seen


def beside(order: Sequence[str], some: Sequence[Call], server_url: str, early_clients: bool = False) -> Observed:
    """Switch on ``order``, make ``some`` calls. With ``early_clients`` the clients exist before anything is on."""
    early = calls.clients(server_url) if early_clients else None
    process = Process(clients=early or ())
    for name in order:
        process.switch_on(name)
    return observe(process, lambda: calls.made(tuple(some), server_url, early))


def _total(process: Process, name: str) -> float:
    data = process.reader.get_metrics_data()
    metrics = [m for rm in (data.resource_metrics if data else []) for sm in rm.scope_metrics for m in sm.metrics]
    return sum(point.value for m in metrics if m.name == name for point in m.data.data_points)


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
