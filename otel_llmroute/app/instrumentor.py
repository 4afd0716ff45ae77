"""On and off. ``LLMRouteInstrumentor().instrument()`` in code, or the entry point ``llmroute`` of
``opentelemetry-instrument``.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from opentelemetry import _logs, metrics, trace

from otel_llmroute import __version__, names
from otel_llmroute import config as configuration
from otel_llmroute.app import background
from otel_llmroute.app.attachment import Attachment
from otel_llmroute.app.callsite import CallSites
from otel_llmroute.app.closings import Closings
from otel_llmroute.app.complaints import complain, logger
from otel_llmroute.app.enclosing import EnclosingSpans
from otel_llmroute.app.metrics import metrics_of
from otel_llmroute.app.openings import Openings
from otel_llmroute.app.routers.hooks import Hooks
from otel_llmroute.app.rules import Rules
from otel_llmroute.app.sampler import SpendSampler
from otel_llmroute.app.sdks.patches import Patches
from otel_llmroute.app.sdks.registry import PACKAGES
from otel_llmroute.app.telemetry import Telemetry, activate
from otel_llmroute.prices import PriceBook

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor


class LLMRouteInstrumentor:
    """Sees every call of the LLM SDKs in this process: what it cost, which route sent it there, and why.

    ``instrument(tracer_provider=None, meter_provider=None, logger_provider=None)`` takes the global providers by
    default, in any order with other instrumentations and with the imports of the SDKs. ``uninstrument()`` restores
    everything. There is one per process, however often it is made.

    It has the methods of ``opentelemetry.instrumentation.instrumentor.BaseInstrumentor`` and what
    ``opentelemetry-instrument`` calls, but does not inherit it: importing that costs as long as all of this package,
    for a check of dependencies that there is nothing to check of.
    """

    _one: LLMRouteInstrumentor | None = None
    _on = False
    _patches: tuple[Patches, ...] = ()
    _hooks: Hooks | None = None
    _attachment: Attachment | None = None

    def __new__(cls) -> LLMRouteInstrumentor:
        """The one of this process."""
        if cls._one is None:
            cls._one = super().__new__(cls)
        return cls._one

    @property
    def is_instrumented_by_opentelemetry(self) -> bool:
        """Whether it is switched on."""
        return self._on

    def instrumentation_dependencies(self) -> Collection[str]:
        """None: what is not installed is not imported, so there is nothing to see and nothing to check."""
        return ()

    def instrument(self, **kwargs: Any) -> None:
        """Switch on. Harmless when it is on already. Never raises: what cannot be done is logged."""
        if self._on:
            logger.warning("Already instrumented: the providers given now are not taken.")
            return
        self._on = True
        try:
            self._instrument(**kwargs)
        except Exception as error:
            complain("Could not instrument", error)

    def uninstrument(self, **kwargs: Any) -> None:
        """Switch off and restore everything. Harmless when it is off already."""
        if self._on:
            self._on = False
            self._uninstrument()

    def _instrument(self, **kwargs: Any) -> None:
        config = _configuration()
        tracer_provider = kwargs.get("tracer_provider") or trace.get_tracer_provider()
        meter_provider = kwargs.get("meter_provider") or metrics.get_meter_provider()
        logger_provider = kwargs.get("logger_provider") or _logs.get_logger_provider()
        rules, enclosing = Rules(config.routes), EnclosingSpans()
        counted, prices = metrics_of(meter_provider, __version__), PriceBook(config.prices)
        telemetry = Telemetry(
            config=config,
            tracer=tracer_provider.get_tracer(names.SCOPE, __version__),
            logger=logger_provider.get_logger(names.SCOPE, __version__),
            metrics=counted,
            prices=prices,
            callsites=CallSites(config.app_packages),
            rules=rules,
            openings=Openings(rules),
            closings=Closings(counted, prices, config.mirror_cost),
            enclosing=enclosing,
        )
        if config.anthropic_spans == "off":
            # Read by the SDK when a client is made (anthropic/_tracing.py); the user's own setting wins.
            os.environ.setdefault("ANTHROPIC_OPEN_TELEMETRY", "false")
        processors: tuple[SpanProcessor, ...] = (enclosing,)
        keeper = SpendSampler
        if config.mode == "enrich":
            from otel_llmroute.app.enrich import Enricher, EnrichingSampler

            processors, keeper = (enclosing, Enricher(telemetry)), EnrichingSampler
        self._attachment = Attachment(tracer_provider, processors, keeper if config.keep_unsampled else None)
        activate(telemetry, self._attachment)
        if config.mode == "enrich":
            return
        self._patches = self._patches or tuple(Patches(package) for package in PACKAGES)
        for patches in self._patches:
            patches.switch_on()
        self._hooks = Hooks()
        self._hooks.switch_on()

    def _uninstrument(self) -> None:
        activate(None)
        background.give_up()
        for patches in self._patches:
            patches.switch_off()
        if self._hooks is not None:
            self._hooks.switch_off()
        if self._attachment is not None:
            self._attachment.detach()
            self._attachment = None


def _configuration() -> configuration.Config:
    try:
        return configuration.load()
    except configuration.ConfigError as error:
        logger.error("%s. Going on with the default settings.", error)
        return configuration.Config()
