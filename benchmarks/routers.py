"""What we add to a call that a router makes: the route and its decision, over the attempt.

    python benchmarks/routers.py                     # every router whose environment is there (make test-routers)
    python benchmarks/routers.py --only litellm,bedrock --turns 10

Each router runs in the environment that its tests have made (.venv-routers/ROUTER/newest). One process per round is
switched on and off in turns of 30 calls, so that both halves of a turn see the same machine; no provider is called.
The table goes to stdout, talk to stderr. A benchmark prints and never asserts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CASES = HERE / "per_router"
BUDGET_US = 90 + 30
"""What the design allows a call, and what it allows a router's adapter on top."""


def environment(router: str) -> Path:
    """The Python that has ``router``; the one running where the router is no library."""
    own = HERE.parent / ".venv-routers" / router / "newest" / "bin" / "python"
    return own if own.exists() or router != "app" else Path(sys.executable)


def measured(router: str, rounds: int, turns: int) -> list[float]:
    """Microseconds added per call, one figure per round."""
    added = []
    for number in range(rounds):
        print(f"{router}, round {number + 1} of {rounds}", file=sys.stderr)
        command = [str(environment(router)), "-m", "per_router.measure", router, str(turns)]
        done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{router}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}", file=sys.stderr)
            return []
        added.append(json.loads(done.stdout.splitlines()[-1]))
    return [figures["added_us"] for figures in added]


def main() -> None:
    cases = sorted(path.stem for path in CASES.glob("*.py") if path.stem not in ("__init__", "measure", "network"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"routers, by comma: {','.join(cases)}")
    parser.add_argument("--rounds", type=int, default=5, help="fresh processes per router (5)")
    parser.add_argument("--turns", type=int, default=10, help="turns, on and off, per process (10)")
    chosen = parser.parse_args()
    if chosen.only and not set(chosen.only.split(",")) <= set(cases):
        parser.error(f"--only: the routers are {', '.join(cases)}")
    print(f"{'router':18}{'added, us':>12}{'rounds':>20}   within {BUDGET_US} us")
    for router in chosen.only.split(",") if chosen.only else cases:
        if not environment(router).exists():
            print(f"{router:18}{'':>12}{'':>20}   not measured: make test-routers/{router}/newest first")
            continue
        figures = measured(router, chosen.rounds, chosen.turns)
        if not figures:
            print(f"{router:18}{'':>12}{'':>20}   failed")
            continue
        middle = statistics.median(figures)
        spread = f"{min(figures):.0f} to {max(figures):.0f}"
        print(f"{router:18}{middle:12.1f}{spread:>20}   {'yes' if middle <= BUDGET_US else 'no'}", flush=True)


if __name__ == "__main__":
    main()
