"""An instrumented app: spans of its own around charges that llmroute records, sent by the real SDK as they end.

``python -m tests.collector.inbox ENDPOINT TRACES`` sends that many traces of two app spans to OTLP/HTTP; every third
has a job with a charge below it, every fiftieth fails. Prints its ledger as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from decimal import Decimal

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import StatusCode, Tracer

import otel_llmroute as llmroute


def request(tracer: Tracer, number: int, amount: Decimal | None) -> str:
    """One trace; its id."""
    with tracer.start_as_current_span("GET /inbox") as server:
        with tracer.start_as_current_span("SELECT messages"):
            pass
        if amount is not None:
            with llmroute.job("answer", id=f"J-{number}"):
                llmroute.charge("search", amount=amount)
        if number % 50 == 0:
            server.set_status(StatusCode.ERROR)
        return f"{server.get_span_context().trace_id:032x}"


def main(endpoint: str, traces: int) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "inbox"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint + "/v1/traces"), max_queue_size=100_000))
    llmroute.LLMRouteInstrumentor().instrument(tracer_provider=provider)
    tracer, amounts = provider.get_tracer("inbox"), random.Random(4)
    spend, failed, charges = Decimal(0), [], 0
    for number in range(traces):
        amount = Decimal(amounts.randrange(1, 10**9)).scaleb(-9) if number % 3 == 0 else None
        trace_id = request(tracer, number, amount)
        spend, charges = spend + (amount or 0), charges + (amount is not None)
        failed += [trace_id] if number % 50 == 0 else []
    provider.shutdown()
    print(json.dumps({"traces": traces, "charges": charges, "spend": str(spend), "failed": sorted(failed)}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
