"""Runs once in a fresh interpreter: times the import and the switching on of one instrumentation, then prints JSON.

The OpenTelemetry SDK and its providers are there before the clock starts: every row needs them. With ``sdk-first`` the
import of the openai SDK is timed as well: an instrumentation may hook into it (Logfire is a plug-in of pydantic).
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from time import perf_counter

from per_call import activation
from per_call.telemetry import Telemetry

SDKS = ("openai", "anthropic")


def main(name: str, order: str) -> dict[str, object]:
    """Milliseconds of each step, and the SDKs that are loaded because the instrumentation asked for them."""
    telemetry = Telemetry()
    if name != "logfire":
        telemetry.install()
    start = perf_counter()
    if order == "sdk-first":
        importlib.import_module("openai")
    sdk = perf_counter()
    if activation.MODULES[name]:
        importlib.import_module(activation.MODULES[name])
    imported = perf_counter()
    activation.switch_on(name, telemetry)
    done = perf_counter()
    return {
        "sdk_ms": (sdk - start) * 1e3,
        "import_ms": (imported - sdk) * 1e3,
        "instrument_ms": (done - imported) * 1e3,
        "imported_sdks": [sdk for sdk in SDKS if sdk in sys.modules] if order != "sdk-first" else [],
    }


if __name__ == "__main__":
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps(main(*sys.argv[1:])), file=out, flush=True)
    os._exit(0)
