"""Traffic as an app with routes sends it, as OTLP requests, with the sender's own ledger beside it.

A call is two spans: the route (22 attributes) and its attempt (49), about 1,360 bytes a span as protobuf.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MARK: Final = b"\x13\x37MARKER"
"""The first half of each trace id in a template: eight bytes that are replaced to make it another request."""
ROUTES: Final = 30
TENANTS: Final = 500
PRICES: Final = {  # pico-dollars per token: input, cached input, output
    "gpt-5-mini": ("openai", 250_000, 25_000, 2_000_000),
    "gpt-5": ("openai", 1_250_000, 125_000, 10_000_000),
    "claude-haiku-5": ("anthropic", 1_000_000, 100_000, 5_000_000),
    "claude-opus-5": ("anthropic", 5_000_000, 500_000, 25_000_000),
}


@dataclass
class Template:
    """A request that can be sent many times: each time as other spans, with the same money."""

    body: bytes
    spans: int
    calls: int
    spend: dict[str, Decimal] = field(default_factory=dict)
    """Route -> dollars."""

    def fresh(self) -> bytes:
        """The same request with trace ids that were never sent."""
        return self.body.replace(MARK, os.urandom(len(MARK)))


def templates(count: int, spans: int, seed: int, start_ns: int, step_ns: int) -> list[Template]:
    """``count`` templates of ``spans`` spans each; calls begin ``step_ns`` apart from ``start_ns`` on."""
    chance, clock = random.Random(seed), itertools.count(start_ns, step_ns)
    return [_template(spans // 2, chance, clock) for _ in range(count)]


def _template(calls: int, chance: random.Random, clock: Iterator[int]) -> Template:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    _fill(group.resource.attributes, RESOURCE)
    scoped = group.scope_spans.add()
    scoped.scope.name, scoped.scope.version = "otel_llmroute", "0.1"
    spend: dict[str, Decimal] = defaultdict(Decimal)
    for number in range(calls):
        facts, attempt, cost = call(chance)
        trace_id, start = MARK + number.to_bytes(8, "big"), next(clock)
        parent = (2 * number + 1).to_bytes(8, "big")
        route = _route(facts)
        _span(scoped.spans.add(), trace_id, parent, b"", f"route {facts['llmroute.route.name']}", start, 10**9, route)
        own_id = (2 * number + 2).to_bytes(8, "big")
        name = f"chat {attempt['gen_ai.request.model']}"
        _span(scoped.spans.add(), trace_id, own_id, parent, name, start + 1000, 9 * 10**8, {**facts, **attempt})
        spend[facts["llmroute.route.name"]] += cost
    return Template(request.SerializeToString(), 2 * calls, calls, dict(spend))


RESOURCE: Final = {
    "service.name": "inbox",
    "service.instance.id": "ea78c3b7-50a3-4f05-a20f-0e123ed0d3a2",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.45.2",
}


def call(chance: random.Random) -> tuple[dict[str, Any], dict[str, Any], Decimal]:
    """A call: what route and attempt share, what the attempt has, and its cost in dollars."""
    number = min(int(chance.expovariate(0.2)), ROUTES - 1)
    model = chance.choice(list(PRICES)[: 2 + number % 3])
    provider, per_input, per_cached, per_output = PRICES[model]
    tokens, out = chance.randint(50, 4000), chance.randint(5, 800)
    cached = tokens // 2 if chance.random() < 0.4 else 0
    parts = [(tokens - cached) * per_input, cached * per_cached, out * per_output]
    facts = {
        "llmroute.route.id": f"{chance.getrandbits(128):032x}",
        "llmroute.route.name": f"area{number % 6}.step{number}",
        "llmroute.route.source": "explicit",
        "llmroute.route.reason": chance.choice(("task_class", "cost", "latency")),
        "llmroute.route.router": "app",
        "llmroute.route.destination": "model",
        "llmroute.tenant.id": f"tenant-{min(int(chance.expovariate(0.02)), TENANTS - 1)}",
        "llmroute.tenant.plan": chance.choice(("free", "pro", "team")),
        "llmroute.feature": f"area{number % 6}",
        "llmroute.job.id": f"T-{chance.getrandbits(32)}",
        "llmroute.job.name": "resolve_ticket",
        "llmroute.policy.name": "inbox",
        "llmroute.policy.version": "3",
        "llmroute.task.class": f"class{number % 4}",
        "llmroute.risk.level": "low",
    }
    attempt = {
        "llmroute.record.kind": "attempt",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.response.id": f"resp_{chance.getrandbits(96):024x}",
        "gen_ai.response.finish_reasons": ["completed"],
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": chance.random(),
        "server.address": "api.openai.com",
        "server.port": 443,
        "http.response.status_code": 200,
        "openai.api.type": "responses",
        "openai.response.service_tier": "default",
        "llmroute.purpose": "answer",
        "llmroute.callsite": "desk.py:Desk.answer",
        "llmroute.attempt.number": 1,
        "llmroute.attempt.reason": "initial",
        "llmroute.attempt.outcome": "accepted",
        "llmroute.attempt.sdk_retries": 0,
        "llmroute.usage.status": "reported",
        "llmroute.price.service_tier": "standard",
        "llmroute.price.version": "genai-prices/0.2.3",
        "llmroute.cost.status": "priced",
        "llmroute.cost.currency": "USD",
        "llmroute.cost.source": "local",
        "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.output_tokens": out,
        "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.cache_write.input_tokens": 0,
        "llmroute.cost.amount": sum(parts) / 1e12,
        "llmroute.cost.input": parts[0] / 1e12,
        "llmroute.cost.cache_read": parts[1] / 1e12,
        "llmroute.cost.output": parts[2] / 1e12,
    }
    return facts, attempt, Decimal(sum(parts)).scaleb(-12)


def _route(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "llmroute.record.kind": "route",
        **facts,
        "llmroute.route.candidates": ["openai/gpt-5-mini", "anthropic/claude-haiku-5"],
        "llmroute.route.selected_model": "gpt-5-mini",
        "llmroute.route.served_model": "gpt-5-mini",
        "llmroute.route.fallback_used": False,
        "llmroute.route.attempt_count": 1,
        "llmroute.route.outcome": "success",
    }


def _span(
    span: Any, trace_id: bytes, span_id: bytes, parent: bytes, name: str, start: int, lasts: int, facts: dict[str, Any]
) -> None:
    span.trace_id, span.span_id, span.parent_span_id, span.name = trace_id, span_id, parent, name
    span.kind = 3 if parent else 1
    span.start_time_unix_nano, span.end_time_unix_nano = start, start + lasts
    _fill(span.attributes, facts)


def _fill(attributes: Any, facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        found = attributes.add(key=key).value
        if isinstance(value, bool):
            found.bool_value = value
        elif isinstance(value, int):
            found.int_value = value
        elif isinstance(value, float):
            found.double_value = value
        elif isinstance(value, list):
            for item in value:
                found.array_value.values.add(string_value=item)
        else:
            found.string_value = value
