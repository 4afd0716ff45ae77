"""Runs inside a router's environment: times its call with us switched off and on, in turns, and counts the bytecode
instructions of both; prints one line of JSON.

A case is a module beside this one with ``call()``, which makes the router with a network end that answers at once, and
returns a function that makes one routed call.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from time import perf_counter_ns, process_time_ns
from types import FrameType

from per_call.telemetry import Telemetry

CALLS = 30
COUNTED = 5
WARM = 100


def middles_us(call: Callable[[], object]) -> tuple[float, float]:
    """The medians of one turn: by the processor time of all threads, and by the clock."""
    taken = []
    for _ in range(CALLS):
        worked, begun = process_time_ns(), perf_counter_ns()
        call()
        ended = perf_counter_ns()
        taken.append((process_time_ns() - worked, ended - begun))
    processor, clock = (statistics.median(times) / 1000 for times in zip(*taken, strict=True))
    return processor, clock


def instructions(call: Callable[[], object]) -> int:
    """How many bytecode instructions one call is, in this thread and in those that it starts."""
    counted = [0]

    def count(frame: FrameType, event: str, argument: object) -> object:
        if event == "opcode":
            counted[0] += 1
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return count

    threading.settrace(count)
    sys.settrace(count)
    try:
        call()
    finally:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
    return counted[0]


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
    steps = statistics.median(instructions(call) for _ in range(COUNTED))
    instrumentor.uninstrument()
    call()
    steps -= statistics.median(instructions(call) for _ in range(COUNTED))
    off, on = [], []
    for turn in range(turns):
        for switched_on in (True, False) if turn % 2 else (False, True):
            if switched_on:
                instrumentor.instrument()
            call()
            telemetry.sums()
            gc.collect()
            (on if switched_on else off).append(middles_us(call))
            if switched_on:
                instrumentor.uninstrument()
    added = [(ours[0] - base[0], ours[1] - base[1]) for ours, base in zip(on, off, strict=True)]
    processor, clock = (statistics.median(times) for times in zip(*added, strict=True))
    alone = statistics.median(base[0] for base in off)
    figures = {"processor_us": processor, "clock_us": clock, "off_us": alone, "steps": steps, "spans": spans}
    print(json.dumps({"router": router, **figures}))
    sys.stdout.flush()
    os._exit(0)  # the libraries' own shutdown has nothing to measure


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
