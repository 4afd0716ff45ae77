"""Runs inside a router's environment below valgrind: counts the machine instructions of its call with us and without.

Callgrind, started with ``--instr-atstart=no``, writes what some calls are into files beside its own: ``.1`` with
us, ``.2`` without. All threads count. No span is to be exported meanwhile (OTEL_BSP_SCHEDULE_DELAY), and no garbage
is collected.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable

from per_call.telemetry import Telemetry

from per_router.case import begun

WARM = 150
"""So many calls until the interpreter has settled on how to run them."""


def _tell(*words: str) -> None:
    told = ["callgrind_control", *words, str(os.getpid())]
    subprocess.run(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def _count(call: Callable[[], object], calls: int, telemetry: Telemetry) -> None:
    for _ in range(WARM):
        call()
    telemetry.sums()
    gc.collect()
    _tell("--instr=on")
    call()
    _tell("--zero")
    for _ in range(calls):
        call()
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
