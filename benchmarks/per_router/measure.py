"""Runs inside a router's environment: times its call with us switched off and on, in turns; prints one line of JSON.

A case is a module beside this one with ``call()``, which makes the router with a network end that answers at once, and
returns a function that makes one routed call.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
from collections.abc import Callable
from importlib import import_module
from time import perf_counter_ns

from per_call.telemetry import Telemetry

CALLS = 30
WARM = 100


def middle_us(call: Callable[[], object]) -> float:
    """The median of one turn."""
    taken = []
    for _ in range(CALLS):
        begun = perf_counter_ns()
        call()
        taken.append(perf_counter_ns() - begun)
    return statistics.median(taken) / 1000


def main(router: str, turns: int) -> None:
    telemetry = Telemetry()
    telemetry.install()
    from otel_llmroute import LLMRouteInstrumentor

    instrumentor = LLMRouteInstrumentor()
    instrumentor.instrument()
    call = import_module(f"per_router.{router}").call()
    for _ in range(WARM):
        call()
    telemetry.sums()
    spans = telemetry.spans()
    call()
    spans = telemetry.spans() - spans
    instrumentor.uninstrument()
    off, on = [], []
    for turn in range(turns):
        for switched_on in (True, False) if turn % 2 else (False, True):
            if switched_on:
                instrumentor.instrument()
            call()
            telemetry.sums()
            gc.collect()
            (on if switched_on else off).append(middle_us(call))
            if switched_on:
                instrumentor.uninstrument()
    added = statistics.median(with_us - without for with_us, without in zip(on, off, strict=True))
    print(json.dumps({"router": router, "added_us": added, "off_us": statistics.median(off), "spans": spans}))
    sys.stdout.flush()
    os._exit(0)  # the libraries' own shutdown has nothing to measure


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
