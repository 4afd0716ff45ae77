"""How each row is switched on: as its own documentation says, content capture off, nothing else of it active.

Each function imports what it needs when called, so that ``startup`` can time it.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from per_call.telemetry import Telemetry

MODULES: dict[str, str] = {
    "bare": "",
    "llmroute": "otel_llmroute",
    "genai_openai": "opentelemetry.instrumentation.genai.openai",
    "openllmetry": "opentelemetry.instrumentation.openai",
    "openinference": "openinference.instrumentation.openai",
    "logfire": "logfire",
    "openlit": "openlit",
}


def switch_on(activation: str, telemetry: Telemetry) -> None:
    """Switch the named instrumentation on. Raises what it raises."""
    globals()[activation](telemetry)


def _providers(telemetry: Telemetry) -> dict[str, Any]:
    return {"tracer_provider": telemetry.tracer_provider, "meter_provider": telemetry.meter_provider}


def bare(telemetry: Telemetry) -> None:
    """Nothing: the providers are there and nobody uses them."""


def llmroute(telemetry: Telemetry) -> None:
    from otel_llmroute import LLMRouteInstrumentor

    LLMRouteInstrumentor().instrument(**_providers(telemetry))


def genai_openai(telemetry: Telemetry) -> None:
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(**_providers(telemetry))


def openllmetry(telemetry: Telemetry) -> None:
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(**_providers(telemetry))


def openinference(telemetry: Telemetry) -> None:
    from openinference.instrumentation import TraceConfig
    from openinference.instrumentation.openai import OpenAIInstrumentor

    config = TraceConfig(hide_inputs=True, hide_outputs=True)
    OpenAIInstrumentor().instrument(**_providers(telemetry), config=config)


def logfire(telemetry: Telemetry) -> None:
    # It has no switch for content. Scrubbing and the inspection of arguments are off because they only add to it.
    import logfire as library

    library.configure(
        send_to_logfire=False,
        console=False,
        scrubbing=False,
        inspect_arguments=False,
        additional_span_processors=[telemetry.processor],
        metrics=library.MetricsOptions(additional_readers=[telemetry.reader]),
        sampling=library.SamplingOptions(head=telemetry.sampler),
    )
    library.instrument_openai()


def openlit(telemetry: Telemetry) -> None:
    # Without a price file it downloads one; without the list it instruments every library it finds.
    import openlit as library
    from openlit._instrumentors import MODULE_NAME_MAP

    prices = {"chat": {"gpt-5-mini": {"promptPrice": 0.00025, "completionPrice": 0.002}}}
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(prices, file)
    try:
        library.init(
            capture_message_content=False,
            disable_events=True,
            pricing_json=file.name,
            disabled_instrumentors=[name for name in MODULE_NAME_MAP if name != "openai"],
        )
    finally:
        os.unlink(file.name)
