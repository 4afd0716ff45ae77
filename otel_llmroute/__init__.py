"""Run an existing application under it and see what every LLM call cost, which route sent it there, and why.

``LLMRouteInstrumentor`` switches it on; the rest is what an application may say about its work. Everything here is safe
to call in a process that is not instrumented: it does nothing.
"""

from otel_llmroute.app.facts import bind, charge, decision, job, route
from otel_llmroute.app.instrumentor import LLMRouteInstrumentor
from otel_llmroute.app.outcomes import record_outcome, record_review

__all__ = [
    "LLMRouteInstrumentor",
    "bind",
    "charge",
    "decision",
    "job",
    "record_outcome",
    "record_review",
    "route",
]
