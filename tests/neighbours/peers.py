"""The other instrumentations: how each is switched on and off, as its own documentation says."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler

MODULES: Final = {
    "otel": "opentelemetry.instrumentation.genai.openai",
    "openllmetry": "opentelemetry.instrumentation.openai",
    "openinference": "openinference.instrumentation.openai",
    "logfire": "logfire",
    "openlit": "openlit",
}


def is_installed(name: str, sdk: str = "openai") -> bool:
    """Whether the peer's part for ``sdk`` can be imported here. Imports no more than its parent packages."""
    try:
        return importlib.util.find_spec(MODULES[name].replace("openai", sdk)) is not None
    except ModuleNotFoundError:
        return False


INSTALLED: Final = tuple(name for name in MODULES if is_installed(name))
OURS: Final = "llmroute"


@dataclass
class Process:
    """Providers that record in memory, and clients that exist before anything is switched on."""

    sampler: Sampler = ALWAYS_ON
    clients: tuple[Any, ...] = ()
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)
    reader: InMemoryMetricReader = field(default_factory=InMemoryMetricReader)
    undo: dict[str, Callable[[], Any]] = field(default_factory=dict)
    is_on_logfire: bool = False

    def __post_init__(self) -> None:
        self.tracer_provider: Any = TracerProvider(sampler=self.sampler)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meter_provider = MeterProvider([self.reader])

    @property
    def providers(self) -> dict[str, Any]:
        return {"tracer_provider": self.tracer_provider, "meter_provider": self.meter_provider}

    def on_logfire(self) -> None:
        """Let Logfire own the tracer provider, as ``logfire.configure()`` does; what it exports is recorded here."""
        import logfire

        logfire.configure(
            send_to_logfire=False,
            console=False,
            metrics=False,
            additional_span_processors=[SimpleSpanProcessor(self.exporter)],
        )
        self.tracer_provider = trace.get_tracer_provider()
        self.is_on_logfire = True

    def set_globally(self) -> None:
        """Make the tracer provider the global one, where Anthropic's own spans and OpenLIT go."""
        trace.set_tracer_provider(self.tracer_provider)

    def switch_on(self, name: str) -> None:
        """Switch one of ``MODULES`` or ``llmroute`` on, or ``logfire-clients`` on the clients that exist."""
        self.undo[name] = SWITCHES[name](self)

    def switch_off(self, name: str) -> None:
        """Undo ``switch_on``."""
        self.undo.pop(name)()


def _instrument(process: Process, *instrumentors: Any, **options: Any) -> Callable[[], None]:
    for instrumentor in instrumentors:
        instrumentor.instrument(**process.providers, **options)

    def undo() -> None:
        for instrumentor in instrumentors:
            instrumentor.uninstrument()

    return undo


def _llmroute(process: Process) -> Callable[[], None]:
    from otel_llmroute import LLMRouteInstrumentor

    return _instrument(process, LLMRouteInstrumentor())


def _otel(process: Process) -> Callable[[], None]:
    from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    return _instrument(process, OpenAIInstrumentor(), AnthropicInstrumentor())


def _openllmetry(process: Process) -> Callable[[], None]:
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    return _instrument(process, OpenAIInstrumentor(), AnthropicInstrumentor())


def _openinference(process: Process) -> Callable[[], None]:
    from openinference.instrumentation.openai import OpenAIInstrumentor

    instrumentors: list[Any] = [OpenAIInstrumentor()]
    if is_installed("openinference", "anthropic"):
        from openinference.instrumentation.anthropic import AnthropicInstrumentor

        instrumentors.append(AnthropicInstrumentor())
    return _instrument(process, *instrumentors)


def _logfire(process: Process, clients: tuple[Any, ...] = ()) -> Callable[[], None]:
    import anthropic
    import logfire

    instance = logfire.DEFAULT_LOGFIRE_INSTANCE if process.is_on_logfire else _another_logfire(process)
    anthropics = [c for c in clients if type(c).__module__.startswith("anthropic")]
    openais = [c for c in clients if c not in anthropics]
    undone: list[AbstractContextManager[None]] = [
        instance.instrument_openai(openais or None),
        instance.instrument_anthropic(anthropics or [anthropic.Anthropic, anthropic.AsyncAnthropic]),
    ]

    def undo() -> None:
        for reverts in undone:
            with reverts:
                pass

    return undo


def _another_logfire(process: Process) -> Any:
    import logfire

    return logfire.configure(
        local=True,
        send_to_logfire=False,
        console=False,
        additional_span_processors=[SimpleSpanProcessor(process.exporter)],
        metrics=False,
    )


def _openlit(process: Process) -> Callable[[], None]:
    import openlit
    from openlit._instrumentors import MODULE_NAME_MAP

    # It takes the global provider. Without a price file it downloads one; without the list it instruments everything.
    process.set_globally()
    others = [name for name in MODULE_NAME_MAP if name not in ("openai", "anthropic")]
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump({"chat": {}}, file)
    try:
        openlit.init(
            pricing_json=file.name,
            disable_events=True,
            disable_metrics=True,
            disabled_instrumentors=others,
        )
    finally:
        os.unlink(file.name)
    return lambda: None


SWITCHES: Final[dict[str, Callable[[Process], Callable[[], None]]]] = {
    OURS: _llmroute,
    "otel": _otel,
    "openllmetry": _openllmetry,
    "openinference": _openinference,
    "logfire": _logfire,
    "logfire-clients": lambda process: _logfire(process, process.clients),
    "openlit": _openlit,
}


def modules_used() -> list[str]:
    """Every module that a process has imported once every peer is on. For a child: it switches them all on."""
    process = Process()
    for name in INSTALLED:
        process.switch_on(name)
    return list(sys.modules)
