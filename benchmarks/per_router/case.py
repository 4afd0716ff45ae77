"""One case, instrumented and ready to be called."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from per_call.telemetry import Telemetry

if TYPE_CHECKING:
    from otel_llmroute import LLMRouteInstrumentor


def begun(router: str) -> tuple[Telemetry, LLMRouteInstrumentor, Callable[[], object]]:
    """The telemetry, the instrumentor, which is on, and what makes one call of ``router``."""
    telemetry = Telemetry()
    telemetry.install()
    from otel_llmroute import LLMRouteInstrumentor

    instrumentor = LLMRouteInstrumentor()
    instrumentor.instrument()
    return telemetry, instrumentor, import_module(f"per_router.{router}").call()
