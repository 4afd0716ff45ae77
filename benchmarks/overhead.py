"""What an instrumentation adds to a call of the OpenAI SDK: ours, the peers' and none, side by side in one run.

    python benchmarks/overhead.py                      # everything, about 40 minutes
    python benchmarks/overhead.py --quick              # a first look, noisy
    python benchmarks/overhead.py --only llmroute,genai-openai --memory-calls 0 --json overhead.json

Each row of peers.toml has a virtual environment of its own, made by the first run. No provider is called. The table
goes to stdout, talk to stderr. A benchmark prints and never asserts: the exit code is 0, or 2 for a wrong option.
docs/performance/calls.md says what is measured and how.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from per_call import environments, report
from per_call.environments import NotBuilt, Row
from per_call.processes import Failed, Worker, start_up
from per_call.results import MEASURES, Result, as_json, load, machine, work_out

ORDERS = ("alone", "sdk-first")


def say(*words: object) -> None:
    print(*words, file=sys.stderr, flush=True)


def options(rows: Sequence[Row]) -> argparse.Namespace:
    """The command line. ``--quick`` changes the defaults of what was not given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, help="fresh starts of every process (9; quick: 2)")
    parser.add_argument("--turns", type=int, help="turns of every row within a round (20; quick: 8)")
    parser.add_argument("--memory-calls", type=int, help="calls of the memory run, 0 for none (100000; quick: 2000)")
    parser.add_argument("--only", help=f"rows, by comma: {','.join(row.name for row in rows)}; their bases come along")
    parser.add_argument("--quick", action="store_true", help="a first look: few rounds, noisy figures")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well; - puts them on stdout instead")
    chosen = parser.parse_args()
    for name, full, quick in (("rounds", 9, 2), ("turns", 20, 8), ("memory_calls", 100_000, 2000)):
        if getattr(chosen, name) is None:
            setattr(chosen, name, quick if chosen.quick else full)
        if getattr(chosen, name) < (name != "memory_calls"):
            parser.error(f"--{name.replace('_', '-')} {getattr(chosen, name)} is too few")
    unknown = set(chosen.only.split(",")) - {row.name for row in rows} if chosen.only else set()
    if unknown:
        parser.error(f"--only: no row is named {', '.join(sorted(unknown))}")
    return chosen


def selected(rows: Sequence[Row], only: str | None) -> list[Row]:
    """The rows asked for and their bases."""
    names = set(only.split(",")) if only else {row.name for row in rows}
    names |= {row.base for row in rows if row.name in names and row.base}
    return [row for row in rows if row.name in names]


@contextmanager
def failing(result: Result) -> Iterator[None]:
    """A row that fails says so in the table; the others go on."""
    try:
        yield
    except (Failed, NotBuilt) as error:
        result.failure = str(error)
        say(f"  {result.row.name}: {error}")


def fit(results: Sequence[Result]) -> list[Result]:
    """Those that have not failed."""
    return [result for result in results if not result.failure]


def build(results: Sequence[Result]) -> None:
    for result in results:
        with failing(result):
            if environments.build(result.row):
                say(f"made the environment of {result.row.name}")


def measure_startups(results: Sequence[Result], rounds: int) -> None:
    """Fresh interpreters, in turn. The first of each fills the caches of the disk and does not count."""
    results = [result for result in results if not result.row.measures]
    for number in range(rounds + 1):
        say(f"start-up, round {number} of {rounds}")
        for result in fit(results):
            with failing(result):
                for order in ORDERS:
                    run = start_up(result.row, order)
                    if number:
                        result.startups.setdefault(order, []).append(run)


def measure_calls(results: Sequence[Result], rounds: int, turns: int, quick: bool) -> None:
    """All processes afresh in each round; within it the rows take turns, each time beginning with another one, and the
    bases before and after them.
    """
    for number in range(rounds):
        with ExitStack() as stack:
            workers = start_workers(fit(results), stack, warm_up=40 if quick else 200)
            bases = [each for each in workers if each[0].row.base is None]
            others = [each for each in workers if each[0].row.base is not None]
            for turn in range(turns):
                say(f"calls, round {number + 1} of {rounds}, turn {turn + 1} of {turns}")
                first = (number + turn) % max(len(others), 1)
                for measure in MEASURES:
                    for result, worker in bases + others[first:] + others[:first]:
                        take_turn(result, worker, measure, number, quick)
                    for result, worker in bases:
                        take_turn(result, worker, measure, number, quick, is_again=True)


def start_workers(results: Sequence[Result], stack: ExitStack, warm_up: int) -> list[tuple[Result, Worker]]:
    """A warm worker for each row that comes up."""
    workers = []
    for result in results:
        with failing(result):
            worker = Worker(result.row)
            stack.callback(worker.close)
            result.versions = worker.ready()
            result.content = worker.ask("warm", count=warm_up)["content"]
            workers.append((result, worker))
    return workers


def take_turn(result: Result, worker: Worker, measure: str, number: int, quick: bool, is_again: bool = False) -> None:
    """One turn of one row at one measure: 30 calls, or 2 streams of each length (quick: 15 calls). ``is_again``: of a
    base after the others.
    """
    if result.failure or measure not in (result.row.measures or MEASURES):
        return
    with failing(result):
        count = 2 if measure == "stream" else 15 if quick else 30
        answer = worker.ask(measure, count=count)
        result.add_turn(measure, number, answer["ns"], is_again)
        if measure == "create" and not is_again:
            result.add_turn("later", number, answer["later_us"])
        result.count(measure, answer)


def measure_memory(results: Sequence[Result], calls: int) -> None:
    """One process per row, one after the other: nothing here is timed."""
    for result in fit(results):
        if result.row.measures or not calls:
            continue
        say(f"memory of {result.row.name} over {calls} calls")
        with failing(result), ExitStack() as stack:
            worker = Worker(result.row)
            stack.callback(worker.close)
            worker.ready()
            result.memory = worker.ask("memory", calls=calls)


def main() -> None:
    rows = environments.rows()
    chosen = options(rows)
    results = [Result(row) for row in selected(rows, chosen.only)]
    build(results)
    before = load()
    measure_startups(results, chosen.rounds)
    measure_calls(results, chosen.rounds, chosen.turns, chosen.quick)
    measure_memory(results, chosen.memory_calls)
    work_out(results)
    show(results, chosen, f"load before {before}, after {load()}")


def show(results: Sequence[Result], chosen: argparse.Namespace, busy: str) -> None:
    """The table and the budgets, as text, as JSON or both."""
    verdicts = report.verdicts(results)
    found = as_json(results, vars(chosen), [asdict(verdict) for verdict in verdicts])
    out = sys.stderr if chosen.json == "-" else sys.stdout
    print(f"{machine()}; {chosen.rounds} rounds of {chosen.turns} turns; {busy}", file=out)
    print("What each adds to its base; a base shows its own figures in brackets.\n", file=out)
    print(report.table(results), file=out)
    print("", *verdicts, sep="\n", file=out)
    if chosen.json == "-":
        print(json.dumps(found, indent=1))
    elif chosen.json:
        Path(chosen.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
