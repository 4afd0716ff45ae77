"""``llmroute budget``: how much of each budget is used, as a table and as an exit code.

llmroute budget
llmroute budget support --fail-on over
llmroute budget --save --url http://127.0.0.1:8317
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

from otel_llmroute.config import FILE_VARIABLE, ConfigError, load
from otel_llmroute.store.budgets.file import Configured, configured
from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import printable, say
from otel_llmroute.store.source import source_at

WARNED: Final = 3
OVER: Final = 4
MOST_NAMED: Final = 5
HELP = "how much of each budget is used, what the forecast is, and who or what drives it"
EXAMPLE = example(
    "llmroute budget",
    "llmroute budget support --fail-on over --format json",
    "llmroute budget --save --url http://127.0.0.1:8317",
) + (
    "\n\nexit codes: 0 all within, 3 one at which to warn or of which nothing is known, 4 one that is over, "
    "2 bad input or environment"
)
FAIL_ON: Final = {
    "warn": {"warn": WARNED, "forecast": WARNED, "unknown": WARNED, "over": OVER},
    "forecast": {"warn": WARNED, "forecast": WARNED, "unknown": WARNED, "over": OVER},
    "over": {"over": OVER},
}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these budgets (default: all)")
    parser.add_argument(
        "--config", metavar="FILE", help="file with the budgets (default: $LLMROUTE_CONFIG, else llmroute.toml)"
    )
    parser.add_argument(
        "--fail-on",
        choices=tuple(FAIL_ON),
        default="warn",
        help="from what on the exit code is not 0; forecast: also when the forecast of any budget is above its amount, "
        "not before a day of calls is known (default: warn)",
    )
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--save", action="store_true", help="make the budgets of the file those of the store")
    act.add_argument("--test-webhook", action="store_true", help="send a test notice to the [webhook] of the file")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    told = told_by(args.config)
    if args.test_webhook:
        return _tested(told)
    if args.save and not os.path.isfile(_file(args.config)):
        raise StoreError(f"there is no {_file(args.config)} to save budgets of", "--config FILE")
    budgets = [budget.told() for budget in told.budgets] if told.budgets or args.save else None
    with source_at(args.url, args.data) as source:
        answer = source.budget({"budgets": budgets, "save": args.save})
        name = source.name
    if args.save:
        say(f"{'saved' if answer['saved'] else 'already'} in {name}: {len(told.budgets)} budgets")
    rows = _named(answer["rows"], args.names, [budget.name for budget in told.budgets])
    _say_what_is_missing(rows, budgets, name)
    from otel_llmroute.store.budgets.printing import write_use

    write_use({**answer, "rows": rows}, args.format, sys.stdout)
    if args.fail_on == "forecast":
        _say_what_is_early(rows)
    return max((exit_code(row, args.fail_on) for row in rows), default=0)


def told_by(config: str | None) -> Configured:
    """The budgets and the webhook of the file. Raises ``StoreError``."""
    environ = {**os.environ, FILE_VARIABLE: config} if config else dict(os.environ)
    try:
        load(environ)  # what the rest of the file has wrong, such as a table that is not called [[budgets]]
        return configured(environ)
    except ConfigError as error:
        raise StoreError(str(error)) from None


def _file(config: str | None) -> str:
    return config or os.environ.get(FILE_VARIABLE, "") or "llmroute.toml"


def _named(rows: list[dict[str, Any]], names: Sequence[str], known: Sequence[str]) -> list[dict[str, Any]]:
    every = list(dict.fromkeys([*known, *(row["name"] for row in rows)]))
    for name in names:
        if name not in every:
            raise StoreError(f"there is no budget {name!r}", f"one of {', '.join(every)}" if every else "[[budgets]]")
    return [row for row in rows if row["name"] in names] if names else rows


def _say_what_is_missing(rows: Sequence[dict[str, Any]], budgets: object, name: str) -> None:
    if not rows and not budgets:
        say(f"no budgets in llmroute.toml nor in {name}. Try: [[budgets]] in llmroute.toml, docs/budgets.md")
    elif not rows:
        say(f"none of these budgets has calls in {name}")


def _say_what_is_early(rows: Sequence[dict[str, Any]]) -> None:
    early = [row for row in rows if row["forecast"] is None and row["level"] not in ("over", "unknown")]
    names = [" ".join(filter(None, (row["name"], row["each"], row["value"]))) for row in early]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    if names:
        named = ", ".join(names[:MOST_NAMED])
        say(printable(f"too early for a forecast of {named}{more}: less than a day of calls is known").plain)


def exit_code(row: dict[str, Any], fail_on: str) -> int:
    """What a budget's use makes of the exit code."""
    code = FAIL_ON[fail_on].get(row["level"], 0)
    is_above = row["exhausted"] is not None
    return max(code, WARNED) if fail_on == "forecast" and is_above else code


def _tested(told: Configured) -> int:
    from otel_llmroute.store.budgets.delivery import send
    from otel_llmroute.store.budgets.notices import trial_notice

    if told.webhook is None:
        raise StoreError("there is no [webhook] in llmroute.toml", "docs/budgets.md")
    try:
        secret = told.webhook.secret()
    except ConfigError as error:
        raise StoreError(str(error)) from None
    failure = send(told.webhook.url, trial_notice(), secret)
    if failure is not None:
        raise StoreError(f"the test notice was not taken: {failure.reason}", "the url of [webhook]")
    say("the test notice was taken")
    return 0
