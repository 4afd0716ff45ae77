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

from otel_llmroute import config as configuration
from otel_llmroute import names
from otel_llmroute.app.attachment import Attachment
from otel_llmroute.app.callsite import CallSites
from otel_llmroute.app.complaints import logger
from otel_llmroute.app.enclosing import EnclosingSpans
from otel_llmroute.app.enrich import Enricher
from otel_llmroute.app.metrics import metrics_of
from otel_llmroute.app.rules import Rules
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

    _patches: tuple[Patches, ...] | None = None
    _attachment: Attachment | None = None

    def instrumentation_dependencies(self) -> Collection[str]:
        """None: what is not installed is not imported, so there is nothing to see and nothing to check."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        config = _configuration()
        tracer_provider = kwargs.get("tracer_provider") or trace.get_tracer_provider()
        meter_provider = kwargs.get("meter_provider") or metrics.get_meter_provider()
        logger_provider = kwargs.get("logger_provider") or _logs.get_logger_provider()
        our_version = _version()
        enclosing = EnclosingSpans()
        telemetry = Telemetry(
            config=config,
            tracer=tracer_provider.get_tracer(names.SCOPE, our_version),
            logger=logger_provider.get_logger(names.SCOPE, our_version),
            metrics=metrics_of(meter_provider, our_version),
            prices=PriceBook(config.prices),
            callsites=CallSites(config.app_packages),
            rules=Rules(config.routes),
            enclosing=enclosing,
        )
        if config.anthropic_spans == "off":
            # Read by the SDK when a client is made (anthropic/_tracing.py); the user's own setting wins.
            os.environ.setdefault("ANTHROPIC_OPEN_TELEMETRY", "false")
        processors = (enclosing, Enricher(telemetry)) if config.mode == "enrich" else (enclosing,)
        self._attachment = Attachment(tracer_provider, processors, config.keep_unsampled)
        activate(telemetry, self._attachment)
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
        if self._attachment is not None:
            self._attachment.detach()
            self._attachment = None


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
