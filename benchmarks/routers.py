"""What we add to a call that a router makes: the route and its decision, over the attempt.

    python benchmarks/routers.py                     # every router, in the environment of its tests
    python benchmarks/routers.py --only litellm,bedrock --turns 10
    python benchmarks/routers.py --count             # machine instructions, which no neighbour changes; about 8 minutes
    python benchmarks/routers.py --python /usr/bin/python3

Each router runs in the environment that its tests have made (.venv-routers/ROUTER/newest); a case that needs no router
runs in that of benchmarks/overhead.py, or where this runs. With ``--python`` environments of that interpreter are made
and kept under benchmarks/.envs/: the one that makes the tests' may be built without the optimisations of those that
people run.

One process per round is switched on and off in turns of 6
calls, and each turn with us is held against those before and after it; no provider is called. The figure to go by is
the processor time of all threads; the clock stands beside it, also as a share of what a call takes without us in the
same turns. On a busy machine times are a neighbour's as much as ours, shares less so. There three more tell one version
from another: what is added by the clock in quiet turns, and in how many (see per_call/figures.py); how much of the call
without us ours is, as samples of where the processor is find it (twice they differ by a tenth to a quarter); and the
number of bytecode instructions, which is the same each time. With ``--count``
nothing is timed: valgrind, which has to be installed, counts the machine instructions of 20 calls with us and without.
The table goes to stdout, talk to stderr. A benchmark prints and never asserts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from per_call import environments

HERE = Path(__file__).parent
CASES = HERE / "per_router"
NO_CASES = ("__init__", "case", "counted", "measure")
WITHOUT_ROUTER = ("app", "none")
COUNTED = 20
"""Calls whose machine instructions are counted."""
BUDGET_US = 90 + 30
"""What the design allows a call, and what it allows a router's adapter on top."""


class NotMeasured(Exception):
    """Why, in a line."""


def environment(router: str, python: str | None) -> Path:
    """The Python that has ``router``; where ``python`` is given, one of that interpreter."""
    made_for = "app" if router in WITHOUT_ROUTER else router
    if python is not None:
        try:
            return environments.of_router(made_for, python)
        except environments.NotBuilt as why:
            raise NotMeasured(str(why)) from why
    own = HERE.parent / ".venv-routers" / made_for / "newest" / "bin" / "python"
    if own.exists():
        return own
    if router not in WITHOUT_ROUTER:
        raise NotMeasured(f"no environment: make test-routers/{router}/newest first")
    shared = HERE / ".envs" / "llmroute" / "bin" / "python"
    return shared if shared.exists() else Path(sys.executable)


def measured(router: str, python: Path, rounds: int, turns: int) -> list[dict[str, Any]]:
    """What each round found: see ``per_router/measure.py``."""
    found = []
    for number in range(rounds):
        print(f"{router}, round {number + 1} of {rounds}", file=sys.stderr)
        command = [str(python), "-m", "per_router.measure", router, str(turns)]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return found


def row(router: str, found: Sequence[dict[str, Any]]) -> str:
    """A line of the table: medians over the rounds, and the rounds that added least and most."""
    processor = [figures["processor_us"] for figures in found]
    middle = statistics.median(processor)
    clock = statistics.median(figures["clock_us"] for figures in found)
    alone = statistics.median(figures["off_us"] for figures in found)
    spread = f"{min(processor):.0f} to {max(processor):.0f}"
    within = "yes" if middle <= BUDGET_US else "no"
    steps = statistics.median(figures["steps"] for figures in found)
    share = statistics.median(figures["share"] for figures in found)
    quiet = [added for figures in found for added in figures["quiet_us"]]
    undisturbed = f"{statistics.median(quiet):.1f} ({len(quiet)})" if quiet else ""
    part = statistics.median(figures["clock_us"] / figures["off_us"] for figures in found)
    times = f"{middle:16.1f}{spread:>14}{clock:12.1f}{undisturbed:>14}{alone:12.0f}{part:9.1%}{share:10.1%}"
    return f"{router:18}{times}{steps:14.0f}{found[-1]['spans']:7}   {within}"


def counted(router: str, python: Path) -> tuple[int, int]:
    """Machine instructions of one call: what we add, and the call without us."""
    if shutil.which("valgrind") is None:
        raise NotMeasured("valgrind is not installed")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "counted")
        valgrind = ("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}")
        environ = {**os.environ, "OTEL_BSP_SCHEDULE_DELAY": "3600000", "PYTHONHASHSEED": "0"}
        command = [*valgrind, str(python), "-m", "per_router.counted", router, str(COUNTED)]
        print(f"{router}, counting", file=sys.stderr)
        done = subprocess.run(command, cwd=HERE, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
        ours, base = (_instructions(Path(f"{out}.{number}")) for number in (1, 2))
    return (ours - base) // COUNTED, base // COUNTED


def _instructions(written: Path) -> int:
    """What callgrind has counted in all."""
    lines = written.read_text(encoding="utf-8", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in reversed(lines) if line.startswith("totals:"))


def count(routers: Sequence[str], python: str | None) -> None:
    """The table of machine instructions."""
    print("Machine instructions of one call: what we add, and the call without us.\n")
    print(f"{'router':18}{'added':>12}{'without us':>14}{'share':>9}")
    for router in routers:
        try:
            ours, base = counted(router, environment(router, python))
            print(f"{router:18}{ours:12,}{base:14,}{ours / base:9.1%}", flush=True)
        except NotMeasured as why:
            print(f"{router:18}not counted: {why}", flush=True)


def timed(routers: Sequence[str], python: str | None, rounds: int, turns: int) -> None:
    """The table of times, samples and bytecode."""
    print("Microseconds per call: what we add, by processor time and by the clock; a call without us, by the clock.")
    print(f"Load of the machine: {', '.join(f'{load:.1f}' for load in os.getloadavg())}.\n")
    times = f"{'added, us':>16}{'rounds':>14}{'by clock':>12}{'quiet':>14}{'without':>12}{'share':>9}"
    print(f"{'router':18}{times}{'sampled':>10}{'instructions':>14}{'spans':>7}   within {BUDGET_US} us")
    for router in routers:
        try:
            print(row(router, measured(router, environment(router, python), rounds, turns)), flush=True)
        except NotMeasured as why:
            print(f"{router:18}not measured: {why}", flush=True)


def main() -> None:
    cases = sorted(path.stem for path in CASES.glob("*.py") if path.stem not in NO_CASES)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"routers, by comma: {','.join(cases)}")
    parser.add_argument("--rounds", type=int, default=3, help="fresh processes per router (3)")
    parser.add_argument("--turns", type=int, default=80, help="turns, on and off, per process (80)")
    parser.add_argument("--count", action="store_true", help="count machine instructions instead, below valgrind")
    parser.add_argument("--python", metavar="PATH", help="an interpreter to make environments of (that of the tests)")
    chosen = parser.parse_args()
    if chosen.only and not set(chosen.only.split(",")) <= set(cases):
        parser.error(f"--only: the routers are {', '.join(cases)}")
    if chosen.python is not None and shutil.which(chosen.python) is None:
        parser.error(f"--python: {chosen.python} cannot be run")
    routers = chosen.only.split(",") if chosen.only else cases
    if chosen.count:
        count(routers, chosen.python)
    else:
        timed(routers, chosen.python, chosen.rounds, chosen.turns)


if __name__ == "__main__":
    main()
