"""What the instrumentation puts on a tracer provider, and takes off again: its processors, and the sampler that keeps
spend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor

from otel_llmroute.app.complaints import complain
from otel_llmroute.app.sampler import KeptSpend, SpendSampler


class Attachment:
    """Processors and sampler on one tracer provider.

    An application may instrument first and set its tracer provider later. Until then there is only OpenTelemetry's
    stand-in for it, and ``attach`` says ``False``: ask again.
    """

    def __init__(self, provider: Any, processors: tuple[SpanProcessor, ...], keeper: type[SpendSampler] | None) -> None:
        self._provider = provider
        self._processors = processors
        self._keeper = keeper
        self._kept_spend: KeptSpend | None = None

    def attach(self) -> bool:
        """Put everything on the provider. True when that is done, or can never be; never raises."""
        if isinstance(self._provider, trace.ProxyTracerProvider):
            self._provider = trace.get_tracer_provider()
            if isinstance(self._provider, trace.ProxyTracerProvider):
                return False
        self._provider = _innermost(self._provider)
        try:
            if hasattr(self._provider, "add_span_processor"):
                for processor in self._processors:
                    self._provider.add_span_processor(processor)
                # Ours first: attempts have their attributes when the processors of others see them start.
                self._arrange(lambda others: (*self._processors, *others))
            if self._keeper is not None:
                self._kept_spend = KeptSpend(self._provider, self._keeper)
                self._kept_spend.put_on()
        except Exception as error:
            complain("Could not attach to the tracer provider", error)
        return True

    def detach(self) -> None:
        """Take everything off again."""
        if self._kept_spend is not None:
            self._kept_spend.take_off()
        for processor in self._processors:
            processor.shutdown()
        # The SDK cannot take a processor off again; where its list is where it has always been, nothing is left behind.
        self._arrange(lambda others: others)

    def _arrange(self, arranged: Callable[[tuple[SpanProcessor, ...]], tuple[SpanProcessor, ...]]) -> None:
        """Change the provider's list of processors to what ``arranged`` makes of those that are not ours."""
        several = getattr(self._provider, "_active_span_processor", None)
        listed = getattr(several, "_span_processors", None)
        if isinstance(listed, tuple):
            others = tuple(processor for processor in listed if processor not in self._processors)
            several._span_processors = arranged(others)  # type: ignore[union-attr]


def _innermost(provider: Any) -> Any:
    """The SDK's provider inside ``provider``: Logfire's global one is a proxy, without the sampler and processors."""
    inner = getattr(provider, "provider", None)
    return provider if inner is None or hasattr(provider, "sampler") else _innermost(inner)
