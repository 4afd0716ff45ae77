"""On and off. ``LLMRouteInstrumentor().instrument()`` in code, or the entry point ``llmroute`` of
``opentelemetry-instrument``.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from opentelemetry import _logs, metrics, trace
from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]
from opentelemetry.sdk.trace import SpanProcessor

from otel_llmroute import names
from otel_llmroute.app import config as configuration
from otel_llmroute.app.callsite import CallSites
from otel_llmroute.app.complaints import complain, logger
from otel_llmroute.app.enclosing import EnclosingSpans
from otel_llmroute.app.enrich import Enricher
from otel_llmroute.app.metrics import Metrics
from otel_llmroute.app.rules import Rules
from otel_llmroute.app.sampler import KeptSpend
from otel_llmroute.app.sdks.patches import Patches
from otel_llmroute.app.sdks.registry import ADAPTERS
from otel_llmroute.app.telemetry import Telemetry, activate
from otel_llmroute.prices import PriceBook


class LLMRouteInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Sees every call of the LLM SDKs in this process: what it cost, which route sent it there, and why.

    ``instrument(tracer_provider=None, meter_provider=None, logger_provider=None)`` takes the global providers by
    default, in any order with other instrumentations and with the imports of the SDKs. ``uninstrument()`` restores
    everything.
    """

    _kept_spend: KeptSpend | None = None
    _patches: tuple[Patches, ...] | None = None
    _enclosing: EnclosingSpans | None = None
    _enricher: Enricher | None = None
    _provider: Any = None

    def instrumentation_dependencies(self) -> Collection[str]:
        """None: what is not installed is not imported, so there is nothing to see and nothing to check."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        config = _configuration()
        tracer_provider = kwargs.get("tracer_provider") or trace.get_tracer_provider()
        meter_provider = kwargs.get("meter_provider") or metrics.get_meter_provider()
        logger_provider = kwargs.get("logger_provider") or _logs.get_logger_provider()
        our_version = _version()
        self._provider = tracer_provider
        self._enclosing = EnclosingSpans()
        _add_processor(tracer_provider, self._enclosing)
        telemetry = Telemetry(
            config=config,
            tracer=tracer_provider.get_tracer(names.SCOPE, our_version),
            logger=logger_provider.get_logger(names.SCOPE, our_version),
            metrics=Metrics(meter_provider.get_meter(names.SCOPE, our_version)),
            prices=PriceBook(config.prices),
            callsites=CallSites(config.app_packages),
            rules=Rules(config.routes),
            enclosing=self._enclosing,
        )
        if config.keep_unsampled:
            self._kept_spend = KeptSpend(tracer_provider)
            self._kept_spend.put_on()
        if config.anthropic_spans == "off":
            # Read by the SDK when a client is made (anthropic/_tracing.py); the user's own setting wins.
            os.environ.setdefault("ANTHROPIC_OPEN_TELEMETRY", "false")
        if config.mode == "enrich":
            self._enricher = Enricher(telemetry)
            _add_processor(tracer_provider, self._enricher)
        activate(telemetry)
        if config.mode == "enrich":
            return
        if self._patches is None:
            type(self)._patches = tuple(Patches(adapter) for adapter in ADAPTERS)
        for patches in self._patches or ():
            patches.switch_on()

    def _uninstrument(self, **kwargs: Any) -> None:
        activate(None)
        for patches in self._patches or ():
            patches.switch_off()
        if self._kept_spend is not None:
            self._kept_spend.take_off()
            self._kept_spend = None
        for processor in (self._enclosing, self._enricher):
            if processor is not None:
                _remove_processor(self._provider, processor)


def _configuration() -> configuration.Config:
    try:
        return configuration.load()
    except configuration.ConfigError as error:
        logger.error("%s. Going on with the default settings.", error)
        return configuration.Config()


def _version() -> str:
    try:
        return version("otel-llmroute")
    except PackageNotFoundError:
        return "0"


def _add_processor(provider: Any, processor: SpanProcessor) -> None:
    try:
        if hasattr(provider, "add_span_processor"):
            provider.add_span_processor(processor)
    except Exception as error:
        complain("Could not watch the application's spans", error)


def _remove_processor(provider: Any, processor: SpanProcessor) -> None:
    processor.shutdown()
    # The SDK cannot take a processor off again; where its list is where it has always been, we leave nothing behind.
    several = getattr(provider, "_active_span_processor", None)
    listed = getattr(several, "_span_processors", None)
    if isinstance(listed, tuple):
        several._span_processors = tuple(other for other in listed if other is not processor)  # type: ignore[union-attr]
