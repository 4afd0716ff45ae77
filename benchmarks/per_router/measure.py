"""Runs inside a router's environment: times its call with us switched off and on, in turns, counts the bytecode
instructions of both, and samples where the processor is; prints one line of JSON.

A case is a module beside this one with ``call()``, which makes the router with a network end that answers at once, and
returns a function that makes one routed call.
"""

from __future__ import annotations

import gc
import json
import os
import signal
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
SAMPLED_S = 10
EVERY_S = 0.001
OURS = ("/otel_llmroute/", "/opentelemetry/", "/per_call/telemetry.py")
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


def share_of_ours(call: Callable[[], object], telemetry: Telemetry) -> float:
    """The share of our code and OpenTelemetry's in a call, as a clock finds it that looks every so often where the
    processor is: a busy machine makes all of it slow alike. Garbage collection counts as of who was in the way."""
    found = {True: 0, False: 0}

    def look(number: int, frame: FrameType | None) -> None:
        file = frame.f_code.co_filename if frame is not None else ""
        found[any(part in file for part in OURS)] += 1

    before = signal.signal(signal.SIGPROF, look)
    until_ns = process_time_ns() + SAMPLED_S * 10**9
    while process_time_ns() < until_ns:
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        for _ in range(CALLS):
            call()
        signal.setitimer(signal.ITIMER_PROF, 0)
        telemetry.sums()
    signal.signal(signal.SIGPROF, before)
    return found[True] / max(1, sum(found.values()))


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
    share = share_of_ours(call, telemetry)
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
    figures = {
        "processor_us": processor,
        "clock_us": clock,
        "off_us": alone,
        "share": share,
        "steps": steps,
        "spans": spans,
    }
    print(json.dumps({"router": router, **figures}))
    sys.stdout.flush()
    os._exit(0)  # the libraries' own shutdown has nothing to measure


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
