"""``llmroute``: parse, do, print. Results go to stdout, talk to stderr.

Exit codes: 0 done; 1 the question was good and could not be answered (a limit, the engine); 2 bad input or environment;
130 interrupted. ``llmroute run`` ends with the exit code of the program it ran.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final, NoReturn

from otel_llmroute import config
from otel_llmroute.store.commands import (
    backup,
    budget,
    doctor,
    migrate,
    prices,
    prune,
    reconcile,
    report,
    reprice,
    restore,
    run,
    spend,
    sql,
    up,
    users,
)
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import say
from otel_llmroute.store.streams import standard_streams

COMMANDS: Final[dict[str, ModuleType]] = {
    "run": run,
    "up": up,
    "report": report,
    "budget": budget,
    "spend": spend,
    "sql": sql,
    "prices": prices,
    "reprice": reprice,
    "reconcile": reconcile,
    "migrate": migrate,
    "users": users,
    "doctor": doctor,
    "backup": backup,
    "restore": restore,
    "prune": prune,
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong on one line."""

    def error(self, message: str) -> NoReturn:
        raise StoreError(message, f"{self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    whole = _Parser(
        prog="llmroute",
        description="What every LLM call cost, which route sent it there, and why.",
        epilog="exit codes: 0 done, 1 the question could not be answered, 2 bad input or environment",
    )
    whole.add_argument("--version", action="version", version=f"llmroute {_version()}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, module in COMMANDS.items():
        one = commands.add_parser(
            name,
            help=module.HELP,
            description=module.HELP[0].upper() + module.HELP[1:] + ".",
            epilog=module.EXAMPLE,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add(one)
    return whole


def _version() -> str:
    from importlib.metadata import version

    return version("otel-llmroute")


def _check_configuration(command: str) -> None:
    """Say what is wrong with ``llmroute.toml`` before anything is done. A program that is run goes on without it."""
    try:
        config.load()
    except config.ConfigError as error:
        if command != "run":
            raise StoreError(str(error)) from None
        say(f"{error}. The program runs with the default settings")


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    with standard_streams():
        try:
            return _done(arguments)
        except StoreError as error:
            print(f"Error: {error}", file=sys.stderr, flush=True)
            return error.exit_code
        except KeyboardInterrupt:
            return 130


def _done(arguments: Sequence[str]) -> int:
    args = parser().parse_args(arguments)
    _check_configuration(args.command)
    code: int = COMMANDS[args.command].run(args)
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
