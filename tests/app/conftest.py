"""An instrumented process with everything in memory, and a provider on loopback that says what a test tells it to."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from standin import Standin

from otel_llmroute import LLMRouteInstrumentor
from otel_llmroute.app import complaints, inflight
from tests.app.asking import answer

if TYPE_CHECKING:
    import openai


def collect() -> None:
    """Collect garbage, and wait until the attempts that were in it have ended."""
    gc.collect()
    inflight.watch()
    done = threading.Event()
    inflight.end_later(done.set)
    assert done.wait(5)


@dataclass
class Recorded:
    """What an instrumented process has recorded so far."""

    tracer_provider: TracerProvider
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader
    logs: InMemoryLogRecordExporter

    def spans(self, kind: str | None = None) -> list[ReadableSpan]:
        """Ended spans of ours, in the order of their ends; only those of one record kind if ``kind`` is given."""
        ended = [
            span for span in self.exporter.get_finished_spans() if "llmroute.record.kind" in (span.attributes or {})
        ]
        return [span for span in ended if kind in (None, span.attributes["llmroute.record.kind"])]

    def attempts(self) -> list[dict[str, Any]]:
        """Attributes of the ended attempts."""
        return [dict(span.attributes or {}) for span in self.spans("attempt")]

    def attempt(self) -> dict[str, Any]:
        """Attributes of the only ended attempt; collects garbage first, so that a dropped stream has ended."""
        collect()
        (attempt,) = self.attempts()
        return attempt

    def metric(self, name: str) -> list[tuple[dict[str, Any], Any]]:
        """(attributes, data point) of one metric, read now."""
        data = self.reader.get_metrics_data()
        metrics = [m for rm in (data.resource_metrics if data else []) for sm in rm.scope_metrics for m in sm.metrics]
        return [(dict(point.attributes), point) for m in metrics if m.name == name for point in m.data.data_points]

    def total(self, name: str) -> float:
        """Sum of a counter over all of its series."""
        return sum(point.value for _, point in self.metric(name))


def record(sampler: Sampler = ALWAYS_ON) -> Iterator[Recorded]:
    """Instrument this process with in-memory exporters; uninstrument when resumed."""
    exporter, reader, logs = InMemorySpanExporter(), InMemoryMetricReader(), InMemoryLogRecordExporter()
    tracer_provider = TracerProvider(sampler=sampler)
    tracer_provider.add_span_processor(SimpleSpanProcessor(exporter))
    meter_provider = MeterProvider([reader])
    logger_provider = LoggerProvider()
    logger_provider.add_log_record_processor(SimpleLogRecordProcessor(logs))
    complaints._made.clear()
    instrumentor = LLMRouteInstrumentor()
    instrumentor.instrument(
        tracer_provider=tracer_provider, meter_provider=meter_provider, logger_provider=logger_provider
    )
    try:
        yield Recorded(tracer_provider, exporter, reader, logs)
    finally:
        instrumentor.uninstrument()
        meter_provider.shutdown()


@pytest.fixture(scope="session")
def few_authorities(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """A file with one certificate authority; none where no SDK has brought any."""
    try:
        import certifi
    except ImportError:
        return None
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    path = tmp_path_factory.mktemp("tls") / "one.pem"
    path.write_text(first[first.index("-----BEGIN") :] + end + "\n", encoding="ascii")
    return str(path)


@pytest.fixture(autouse=True)
def _clients_are_made_at_once(monkeypatch: pytest.MonkeyPatch, few_authorities: str | None) -> None:
    """A client reads all certificate authorities when it is made, which takes as long as many a test; none is asked
    here over TLS."""
    if few_authorities is not None:
        monkeypatch.setenv("SSL_CERT_FILE", few_authorities)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Recorded]:
    """This process, instrumented, everything sampled, no configuration file."""
    monkeypatch.chdir(tmp_path)
    yield from record()


@pytest.fixture
def provider() -> Iterator[Standin]:
    """A provider on loopback that answers what the test has scripted."""
    with Standin() as standin:
        yield standin


@pytest.fixture
def client(provider: Standin) -> openai.OpenAI:
    """One that asks the provider, which answers."""
    import openai  # not all who take fixtures from here have it

    provider.default(answer())
    return openai.OpenAI(base_url=provider.openai_url, api_key="k", max_retries=0)
