"""``llmroute run -- COMMAND``: a program under instrumentation, a store behind it, a table when it ends.

    llmroute run -- python app.py

The program's stdin, stdout, stderr, signals and exit code are its own. The table goes to stderr, because stdout belongs
to the program; ``--report`` sends it elsewhere. Whatever goes wrong with the store, the program runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import sys
import time
import uuid
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from otel_llmroute.store.background import BackgroundStore
from otel_llmroute.store.commands.options import example
from otel_llmroute.store.environment import instrumented, pointed_elsewhere
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.folder import folder_at
from otel_llmroute.store.output import FORMATS, say
from otel_llmroute.store.program import check_can_run, run_program
from otel_llmroute.store.questions.spend import SpendQuestion, dimensions_of
from otel_llmroute.store.source import RunningStore, running_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HELP = "run a program under instrumentation and print what it spent"
EXAMPLE = example(
    "llmroute run -- python app.py",
    "llmroute run --by model -- uvicorn app:app",
    "llmroute run --report spend.json --format json -- ./nightly.sh",
)
PAGE: Final = "http://127.0.0.1:8317"
"""Where `llmroute up` shows the boards, unless told otherwise."""
ARRIVAL_S: Final = 10.0
"""Seconds to wait for rows that are on their way when the program has ended."""


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="data folder (default: $LLMROUTE_DATA, else .llmroute)")
    parser.add_argument("--by", default="route", metavar="WHAT", help="as in llmroute spend (default: route)")
    parser.add_argument(
        "--report", metavar="FILE", help="where the table goes: a file, - for stdout, none (default: stderr)"
    )
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="(default: table)")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="-- COMMAND", help="the program and its arguments")


def run(args: argparse.Namespace) -> int:
    program = args.program[1:] if args.program[:1] == ["--"] else args.program
    check_can_run(program)
    by = dimensions_of(args.by)
    run_id, was_told = uuid.uuid4().hex[:16], False
    with contextlib.ExitStack() as held:
        store = _store(args.data, held)
        if store is None:
            return run_program(program, os.environ)
        code = run_program(program, _environment(store, program, run_id))
        try:
            was_told = _report(args, RunningStore(store.url), SpendQuestion(by=by, run=run_id))
        except (StoreError, OSError) as error:
            say(f"no table: {error}")
    if was_told:
        say(f"see it on a page: {_page(args.data)}")
    return code


def _page(data: str | None) -> str:
    """Where the boards are, when the store of this run has ended or goes on."""
    running = running_store(data)
    if running is not None:
        return running.url
    return f"{_command()} up{f' --data {data}' if data else ''}, then {PAGE}"


def _command() -> str:
    """What a person has to type for this ``llmroute``: its path where the shell would find none, or another one."""
    own = Path(sys.executable).with_name("llmroute")
    found = shutil.which("llmroute")
    if not own.exists() or (found is not None and Path(found).resolve() == own.resolve()):
        return "llmroute"
    here = Path.cwd()
    return shlex.quote(str(own.relative_to(here) if own.is_relative_to(here) else own))


def _store(data: str | None, held: contextlib.ExitStack) -> RunningStore | None:
    """The running store, or one started for this run; ``None``, with one line said, when there is none to be had."""
    try:
        store = running_store(data)
        if store is None:
            store = RunningStore(held.enter_context(BackgroundStore(folder_at(data))).web)
        store.health()
    except StoreError as error:
        say(f"the program runs without instrumentation: {error}")
        return None
    return store


def _environment(store: RunningStore, program: Sequence[str], run_id: str) -> dict[str, str]:
    if elsewhere := pointed_elsewhere(os.environ):
        say(f"{elsewhere} is set; in this run telemetry goes to the local store instead")
    return instrumented(os.environ, program, store.health()["otlp_http"], run_id)


def _report(args: argparse.Namespace, store: RunningStore, question: SpendQuestion) -> bool:
    """Whether there was something to tell, and it was told."""
    _wait_for_rows(store)
    if args.report == "none":
        return False
    answer = store.spend(question)
    if not answer["rows"]:
        say("no LLM call was seen in this run")
    from otel_llmroute.store.spend_table import write_spend

    if answer["rows"] or args.format != "table":
        with _report_file(args.report) as file:
            write_spend(answer, args.format, file)
    if answer["rows"]:
        say(f"ask again with: {_command()} spend --run {question.run}" + (f" --data {args.data}" if args.data else ""))
    return bool(answer["rows"])


def _wait_for_rows(store: RunningStore) -> None:
    """Exporters have had their answers when the program ends, except of a program that was killed while sending."""
    until = time.monotonic() + ARRIVAL_S
    while store.health()["waiting"]["records"] and time.monotonic() < until:
        time.sleep(0.05)


@contextlib.contextmanager
def _report_file(report: str | None) -> Iterator[IO[str]]:
    if report is None:
        yield sys.stderr
    elif report == "-":
        yield sys.stdout
        sys.stdout.flush()
    else:
        with open(report, "w", encoding="utf-8") as file:
            yield file
