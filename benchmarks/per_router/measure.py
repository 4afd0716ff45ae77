"""Runs inside a router's environment: times its call with us switched off and on, in turns, counts the bytecode
instructions of both, and samples where the processor is in both; prints one line of JSON.

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
from collections.abc import Callable, Sequence
from time import perf_counter_ns, process_time_ns
from types import FrameType
from typing import NamedTuple

from per_call.figures import QUIET
from per_call.telemetry import Telemetry

from per_router.case import begun

CALLS = 6
"""Of a turn: short, since a neighbour on the processor comes and goes within a second."""
COUNTED = 5
SAMPLED_S = 10
SAMPLED_CALLS = 30
EVERY_S = 0.001
OURS = ("/otel_llmroute/", "/opentelemetry/", "/per_call/telemetry.py")
WARM = 100


class Turn(NamedTuple):
    """Microseconds per call: medians by the processor time of all threads and by the clock; of the clock's the fastest
    hundredth and the fastest quarter as well.
    """

    processor: float
    clock: float
    fastest: float
    faster: float


def turn_of(call: Callable[[], object]) -> Turn:
    """Time some calls in a row."""
    worked, taken = [], []
    for _ in range(CALLS):
        at, begun = process_time_ns(), perf_counter_ns()
        call()
        ended = perf_counter_ns()
        worked.append((process_time_ns() - at) / 1000)
        taken.append((ended - begun) / 1000)
    parts = statistics.quantiles(taken, n=100, method="inclusive")
    return Turn(statistics.median(worked), statistics.median(taken), parts[0], parts[24])


class Added(NamedTuple):
    """What one turn with us added to those without us before and after it, and whether nobody disturbed these."""

    processor: float
    clock: float
    is_quiet: bool


def added(turns: Sequence[tuple[Turn, Turn, Turn]]) -> list[Added]:
    """Of each turn: without us, with us, without us again."""
    most = QUIET * min(each.fastest for before, _, after in turns for each in (before, after))
    return [
        Added(
            ours.processor - statistics.fmean((before.processor, after.processor)),
            ours.clock - statistics.fmean((before.clock, after.clock)),
            before.faster <= most and after.faster <= most,
        )
        for before, ours, after in turns
    ]


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


def sampled(call: Callable[[], object], telemetry: Telemetry) -> float:
    """How much of the time was spent in our code and OpenTelemetry's for each part spent elsewhere, as a clock finds it
    that looks every so often where the processor is: a busy machine makes all of it slow alike. Garbage collection
    counts as of who was in the way."""
    found = {True: 0, False: 0}

    def look(number: int, frame: FrameType | None) -> None:
        file = frame.f_code.co_filename if frame is not None else ""
        found[any(part in file for part in OURS)] += 1

    before = signal.signal(signal.SIGPROF, look)
    until_ns = process_time_ns() + SAMPLED_S * 10**9
    while process_time_ns() < until_ns:
        signal.setitimer(signal.ITIMER_PROF, EVERY_S, EVERY_S)
        for _ in range(SAMPLED_CALLS):
            call()
        signal.setitimer(signal.ITIMER_PROF, 0)
        telemetry.sums()
    signal.signal(signal.SIGPROF, before)
    return found[True] / max(1, found[False])


def main(router: str, turns: int) -> None:
    telemetry, instrumentor, call = begun(router)
    for _ in range(WARM):
        call()
    telemetry.sums()
    spans = telemetry.spans()
    call()
    spans = telemetry.spans() - spans
    steps = statistics.median(instructions(call) for _ in range(COUNTED))
    with_us = sampled(call, telemetry)
    instrumentor.uninstrument()
    call()
    steps -= statistics.median(instructions(call) for _ in range(COUNTED))
    # Some routers use OpenTelemetry themselves.
    without_us = sampled(call, telemetry)
    timed, before = [], turn_of(call)
    for _ in range(turns):
        instrumentor.instrument()
        call()
        telemetry.sums()
        gc.collect()
        ours = turn_of(call)
        instrumentor.uninstrument()
        call()
        gc.collect()
        timed.append((before, ours, before := turn_of(call)))
    found = added(timed)
    figures = {
        "processor_us": statistics.median(each.processor for each in found),
        "clock_us": statistics.median(each.clock for each in found),
        "quiet_us": [each.clock for each in found if each.is_quiet],
        "off_us": statistics.median(before.clock for before, _, _ in timed),
        "share": (with_us - without_us) / (1 + without_us),
        "steps": steps,
        "spans": spans,
    }
    print(json.dumps({"router": router, **figures}))
    sys.stdout.flush()
    os._exit(0)  # the libraries' own shutdown has nothing to measure


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
