"""An instrumented app: real SDKs against a provider on loopback, jobs of every kind, and a ledger of its own.

``python -m tests.collector.desk SEED PROTOCOL COLLECTOR DIRECT`` sends the same telemetry to the collector, over
``grpc`` or ``http``, and to the store at DIRECT. On stdout it prints its ledger as JSON: what each call cost by the
provider's counts and the prices below, in ``Decimal``, worked out here and not by what is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

import anthropic
import openai
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GRPCLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GRPCMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HTTPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HTTPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HTTPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExporter, MetricExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from standin import Reply, Standin, anthropic_wire, faults, openai_wire

import otel_llmroute as llmroute

GPT, CLAUDE, UNKNOWN, TINY = "gpt-desk", "claude-desk", "gpt-nobody-knows", "gpt-desk-tiny"
TOML = """
[[prices]]
model = "gpt-desk"
input_per_mtok = "0.25"
cache_read_per_mtok = "0.025"
output_per_mtok = "2"
[[prices]]
model = "gpt-desk-tiny"
input_per_mtok = "0.000001"
output_per_mtok = "0.000007"
[[prices]]
model = "claude-desk"
input_per_mtok = "3"
cache_read_per_mtok = "0.3"
cache_write_per_mtok = "3.75"
output_per_mtok = "15"
"""
RATES = {
    GPT: {"input": "0.25", "cached": "0.025", "output": "2"},
    TINY: {"input": "0.000001", "cached": "0", "output": "0.000007"},
    CLAUDE: {"input": "3", "cached": "0.3", "written": "3.75", "output": "15"},
}
"""USD per million tokens, as in ``TOML``."""
JOBS = 39
"""Each kind of job three times."""
TENANTS = ("acme", "Müller & Söhne", 'a "quoted"\\name\twith\nlines', "snow ☃ 🙂", "<script>&amp;")
CANDIDATES = ["openai/gpt-desk", "anthropic/claude-desk", 'odd/"<model>" \\ & ☃']
PROMPT: Any = [{"role": "user", "content": "Where is my export?"}]


@dataclass(frozen=True)
class Line:
    """One call or charge of the ledger. ``cost`` is a Decimal as text, ``None`` when it cannot be known."""

    job: str
    tenant: str
    route: str
    kind: str
    model: str
    cost: str | None
    currency: str = "USD"

    @property
    def facts(self) -> list[str]:
        """All but the money."""
        return [self.job, self.tenant, self.route, self.kind, self.model]


@dataclass
class Desk:
    """The app and what it knows it spent."""

    seed: int
    gpt: openai.OpenAI
    claude: anthropic.Anthropic
    provider: Standin
    ledger: list[Line] = field(default_factory=list)
    job: str = ""
    tenant: str = ""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def works(self, jobs: int) -> None:
        kinds = [
            self.plain, self.streamed, self.claude_cached, self.claude_streamed, self.retried, self.fallen_back,
            self.unpriced, self.left_early, self.from_cache, self.decided, self.tiny, self.responses, self.at_once,
        ]  # fmt: skip
        for number in range(jobs):
            kind = kinds[number % len(kinds)]
            self.job, self.tenant = f"{self.seed}-{number}", self.random.choice(TENANTS)
            self._resolve(number, kind)

    def _resolve(self, number: int, kind: Any) -> None:
        plan = self.random.choice(("pro", "free"))
        with (
            llmroute.bind(tenant=self.tenant, plan=plan, feature="inbox"),
            llmroute.job("resolve", id=self.job, revenue="0.90", currency=self.random.choice(("USD", "EUR"))) as job,
        ):
            with contextlib.suppress(openai.APIError, anthropic.APIError):
                kind(f"desk.{kind.__name__}")
            if number % 4 == 0:
                self._charge("search", "0.002", quantity=3, unit="search")
            job.finish(self.random.choice(("success", "failure", "partial")))
        if number % 3 == 0:
            llmroute.record_outcome(self.job, "abandoned")
        if number % 5 == 0:
            llmroute.record_review(self.job, status="edited", minutes=2.5)

    # --- what is asked for ---

    def plain(self, name: str) -> None:
        with self._route(name, "complexity", score=0.73, threshold=0.5, confidence=1):
            self._chat(name)

    def streamed(self, name: str) -> None:
        with self._route(name, "latency"):
            usage, cost = self._gpt_usage(GPT)
            self._expect(Reply(events=openai_wire.chat_stream(model=GPT, usage=usage)))
            options = {"include_usage": True}
            stream = self.gpt.chat.completions.create(model=GPT, messages=PROMPT, stream=True, stream_options=options)
            assert list(stream)
            self._paid(name, GPT, cost)

    def claude_cached(self, name: str) -> None:
        with self._route(name, "quality", detail="a word of the router's own", rule="long"):
            usage, cost = self._claude_usage()
            self._expect(Reply(json=anthropic_wire.message(model=CLAUDE, usage=usage)))
            self.claude.messages.create(model=CLAUDE, max_tokens=64, messages=PROMPT)
            self._paid(name, CLAUDE, cost)

    def claude_streamed(self, name: str) -> None:
        with self._route(name, "quality", excluded=["openai/gpt-desk=too small", 'odd/"x" \\ <y>=why & how']):
            usage, cost = self._claude_usage()
            self._expect(Reply(events=anthropic_wire.message_stream(model=CLAUDE, usage=usage)))
            with self.claude.messages.stream(model=CLAUDE, max_tokens=64, messages=PROMPT) as stream:
                stream.get_final_message()
            self._paid(name, CLAUDE, cost)

    def retried(self, name: str) -> None:
        with self._route(name, "cost"):
            self._expect(faults.openai_rate_limit(1), faults.openai_server_error(500, 1))
            self._chat(name)

    def fallen_back(self, name: str) -> None:
        with self._route(name, "quality") as route:
            self._expect(faults.anthropic_overloaded())
            with contextlib.suppress(anthropic.APIError):
                self.claude.messages.create(model=CLAUDE, max_tokens=64, messages=PROMPT)
            self._paid(name, CLAUDE, None)
            route.decide("openai/gpt-desk", reason="cooldown")
            self._chat(name)

    def unpriced(self, name: str) -> None:
        with self._route(name, "experiment"):
            usage, _ = self._gpt_usage(GPT)
            self._expect(Reply(json=openai_wire.chat(model=UNKNOWN, usage=usage)))
            self.gpt.chat.completions.create(model=UNKNOWN, messages=PROMPT)
            self._paid(name, UNKNOWN, None)

    def left_early(self, name: str) -> None:
        with self._route(name, "latency"):
            self._expect(Reply(events=openai_wire.chat_stream("one two three four", model=GPT)))
            with self.gpt.chat.completions.create(model=GPT, messages=PROMPT, stream=True) as stream:
                next(iter(stream))
            self._paid(name, GPT, None)

    def from_cache(self, name: str) -> None:
        with self._route(name, "default") as route:
            route.cache("hit", kind="semantic", similarity=0.987654321, avoided_cost="0.000000000001")

    def decided(self, name: str) -> None:
        with llmroute.route(name, task="draft", policy="desk@9") as route:
            with llmroute.decision("ask"):
                self._chat(name)
            route.decide("human", reason="human_review")
            self._charge("human_review", None, currency="EUR")
            self._charge("tool", "0.000000000001", currency="EUR")

    def tiny(self, name: str) -> None:
        with self._route(name, "cost"):
            self._chat(name, TINY)

    def responses(self, name: str) -> None:
        with self._route(name, "capability"):
            prompt, completion, cached = self._counts()
            usage = openai_wire.response_usage(prompt, completion, cached=cached)
            self._expect(Reply(json=openai_wire.response(model=GPT, usage=usage)))
            self.gpt.responses.create(model=GPT, input="Where is my export?")
            self._paid(name, GPT, cost_of(GPT, prompt - cached, cached, completion))

    def at_once(self, name: str) -> None:
        """Two calls of equal cost at the same time."""
        usage, cost = self._gpt_usage(GPT)
        self._expect(*[Reply(json=openai_wire.chat(model=GPT, usage=usage))] * 2)

        async def both() -> None:
            async with openai.AsyncOpenAI(base_url=self.provider.openai_url, api_key="none") as client:
                ask = client.chat.completions.create
                await asyncio.gather(*(ask(model=GPT, messages=PROMPT) for _ in range(2)))

        with self._route(name, "load_balance"):
            asyncio.run(both())
        self._paid(name, GPT, cost)
        self._paid(name, GPT, cost)

    # --- its parts ---

    @contextlib.contextmanager
    def _route(self, name: str, reason: str, **more: Any) -> Iterator[llmroute.route]:
        with llmroute.route(name, task="draft", risk="low", candidates=CANDIDATES, policy="desk@9") as route:
            route.decide("openai/gpt-desk", reason=reason, **more)
            yield route

    def _chat(self, name: str, model: str = GPT) -> None:
        usage, cost = self._gpt_usage(model)
        self._expect(Reply(json=openai_wire.chat(model=model, usage=usage)))
        self.gpt.chat.completions.create(model=model, messages=PROMPT)
        self._paid(name, model, cost)

    def _expect(self, *replies: Reply) -> None:
        self.provider.script(*replies)

    def _counts(self) -> tuple[int, int, int]:
        prompt = self.random.randint(1, 100_000)
        return prompt, self.random.randint(1, 5_000), self.random.randint(0, prompt)

    def _gpt_usage(self, model: str) -> tuple[dict[str, Any], Decimal]:
        prompt, completion, cached = self._counts()
        if model == TINY:
            cached = 0
        usage = openai_wire.usage(prompt, completion, cached=cached, reasoning=0)
        return usage, cost_of(model, prompt - cached, cached, completion)

    def _claude_usage(self) -> tuple[dict[str, Any], Decimal]:
        plain, completion, cached = self._counts()
        written = self.random.randint(0, 9_000)
        usage = anthropic_wire.usage(plain, completion, cache_read=cached, cache_write=written)
        return usage, cost_of(CLAUDE, plain, cached, completion, written)

    def _paid(self, route: str, model: str, cost: Decimal | None) -> None:
        text = None if cost is None else f"{cost:.12f}"
        self.ledger.append(Line(self.job, self.tenant, route, "attempt", model, text, "" if cost is None else "USD"))

    def _charge(self, kind: str, amount: str | None, currency: str = "USD", **more: Any) -> None:
        llmroute.charge(kind, amount=amount, currency=currency, **more)
        cost = None if amount is None else f"{Decimal(amount):.12f}"
        self.ledger.append(Line(self.job, self.tenant, "", "charge", "", cost, "" if cost is None else currency))


def cost_of(model: str, plain: int, cached: int, completion: int, written: int = 0) -> Decimal:
    """USD, exact."""
    rates = {kind: Decimal(rate) / 1_000_000 for kind, rate in RATES[model].items()}
    counts = {"input": plain, "cached": cached, "output": completion, "written": written}
    return sum((rates.get(kind, Decimal(0)) * count for kind, count in counts.items()), Decimal(0))


class Outgoing:
    """What an instrumented app has, and where it sends: to all ``targets``, each (protocol, endpoint)."""

    def __init__(self, service: str, *targets: tuple[str, str]) -> None:
        resource = Resource({"service.name": service, "zones": ["a", "b"]})
        self.tracers, self.loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
        self._reader = InMemoryMetricReader()
        self.meters = MeterProvider([self._reader], resource=resource)
        self._points: list[MetricExporter] = []
        for protocol, endpoint in targets:
            spans, logs, points = exporters(protocol, endpoint)
            self.tracers.add_span_processor(BatchSpanProcessor(spans))
            self.loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
            self._points.append(points)

    def flush(self) -> None:
        """Send what is left. All get the same data points: they are collected once."""
        assert self.tracers.force_flush()
        assert self.loggers.force_flush()
        counted = self._reader.get_metrics_data()
        assert counted is not None
        assert all(exporter.export(counted) is MetricExportResult.SUCCESS for exporter in self._points)


def exporters(protocol: str, endpoint: str) -> tuple[SpanExporter, LogRecordExporter, MetricExporter]:
    """The real ones, for spans, log records and metrics."""
    if protocol == "grpc":
        made = (GRPCSpanExporter, GRPCLogExporter, GRPCMetricExporter)
        return tuple(exporter(endpoint, insecure=True) for exporter in made)  # type: ignore[return-value]
    paths = ((HTTPSpanExporter, "traces"), (HTTPLogExporter, "logs"), (HTTPMetricExporter, "metrics"))
    return tuple(exporter(f"{endpoint}/v1/{signal}") for exporter, signal in paths)  # type: ignore[return-value]


def main(seed: str, protocol: str, collector: str, direct: str) -> None:
    """Work, send, print the ledger."""
    outgoing = Outgoing(f"desk-{protocol}", (protocol, collector), ("http", direct))
    llmroute.LLMRouteInstrumentor().instrument(
        tracer_provider=outgoing.tracers, meter_provider=outgoing.meters, logger_provider=outgoing.loggers
    )
    with Standin() as provider:
        gpt = openai.OpenAI(base_url=provider.openai_url, api_key="sk-desk", max_retries=2)
        claude = anthropic.Anthropic(base_url=provider.anthropic_url, api_key="sk-ant-desk", max_retries=0)
        desk = Desk(int(seed), gpt, claude, provider)
        desk.works(JOBS)
    outgoing.flush()
    print(json.dumps([asdict(line) for line in desk.ledger]))


if __name__ == "__main__":
    main(*sys.argv[1:])
