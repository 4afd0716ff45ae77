"""Runs inside a router's environment below valgrind: counts the machine instructions of its call with us and without.

Callgrind, started with ``--instr-atstart=no``, writes what some calls are into files beside its own: ``.1`` with
us, ``.2`` without. All threads count: what a router leaves to one of its own is waited for after each call, so that
what is counted is the work of these calls and of no others. No span is to be exported meanwhile
(OTEL_BSP_SCHEDULE_DELAY), and no garbage is collected.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable

from per_call.telemetry import Telemetry

from per_router.case import begun

WARM = 150
"""So many calls until the interpreter has settled on how to run them."""
WAIT_S = 0.1
IDLE_S = 0.01
"""Processor time of a process that does nothing in so long."""


def _tell(*words: str) -> None:
    told = ["callgrind_control", *words, str(os.getpid())]
    subprocess.run(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _wait() -> None:
    """Until no thread is at work."""
    worked_s = -1.0
    while time.process_time() - worked_s > IDLE_S:
        worked_s = time.process_time()
        time.sleep(WAIT_S)


def _count(call: Callable[[], object], calls: int, telemetry: Telemetry) -> None:
    for _ in range(WARM):
        call()
    telemetry.sums()
    gc.collect()
    _wait()
    _tell("--instr=on")
    call()
    _wait()
    _tell("--zero")
    for _ in range(calls):
        call()
        _wait()
    _tell("--dump")
    _tell("--instr=off")


def main(router: str, calls: int) -> None:
    telemetry, instrumentor, call = begun(router)
    gc.disable()
    _count(call, calls, telemetry)
    instrumentor.uninstrument()
    _count(call, calls, telemetry)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
