"""Run an existing application under it and see what every LLM call cost, which route sent it there, and why.

``LLMRouteInstrumentor`` switches it on; the rest is what an application may say about its work. Everything here is safe
to call in a process that is not instrumented: it does nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_llmroute.app.charges import charge
    from otel_llmroute.app.facts import bind, decision, job
    from otel_llmroute.app.instrumentor import LLMRouteInstrumentor
    from otel_llmroute.app.outcomes import record_outcome, record_review
    from otel_llmroute.app.own_router import router
    from otel_llmroute.app.route import route

__version__ = "0.1.0"
__all__ = [
    "LLMRouteInstrumentor",
    "bind",
    "charge",
    "decision",
    "job",
    "record_outcome",
    "record_review",
    "route",
    "router",
]

_HOMES = {
    "LLMRouteInstrumentor": "instrumentor",
    "charge": "charges",
    "record_outcome": "outcomes",
    "record_review": "outcomes",
    "route": "route",
    "router": "own_router",
}


if not TYPE_CHECKING:  # to a type checker a name that is none of these would be anything

    def __getattr__(name: str) -> Any:
        # On first use: the other half of the project imports this package too, and has no need of the application's.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"otel_llmroute.app.{_HOMES.get(name, 'facts')}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
