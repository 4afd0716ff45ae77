"""``llmroute prices``: which price is in force, setting one, and what changes.

    llmroute prices show --provider openai --model gpt-5-mini
    llmroute prices set --provider acme --model 'acme-*' --input-per-mtok 2 --output-per-mtok 8 --from 2026-11-01
    llmroute prices import contract.toml
    llmroute prices diff

A price of the store comes before one of ``llmroute.toml``, and that before the price list.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.prices import PriceBook, PriceError
from otel_llmroute.prices.overrides import KEYS
from otel_llmroute.store.commands.options import add_source, example
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.output import say
from otel_llmroute.store.pricing.in_force import Side, Whom, day_of, difference, shown
from otel_llmroute.store.pricing.table import (
    UNITS,
    StoredPrice,
    configured_rows,
    overrides_of,
    price_book,
    prices_of,
    table_rows,
)
from otel_llmroute.store.questions.spend import SpendQuestion
from otel_llmroute.store.source import Source, source_at
from otel_llmroute.store.times import moment_of

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = "show, set, import and compare prices"
EXAMPLE = example(
    "llmroute prices show",
    "llmroute prices show --provider openai --model gpt-5-mini --at 2026-10-01",
    "llmroute prices set --provider acme --model 'acme-*' --input-per-mtok 2 --output-per-mtok 8 --from 2026-11-01",
    "llmroute prices import contract.toml",
    "llmroute prices diff",
)
_PRICE_KEYS: Final = (*UNITS, "same_as", "of_tier")
_HEADS: Final = tuple(key for key in KEYS if key not in _PRICE_KEYS)


def add(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_show(actions.add_parser("show", help="which price is in force, and where it is from"))
    _add_set(actions.add_parser("set", help="set a price in the store"))
    _add_import(actions.add_parser("import", help="set the prices in a .toml or .csv file"))
    _add_diff(actions.add_parser("diff", help="what two days, or the store and the price list, have different"))


def _add_whom(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--provider", default="", metavar="NAME", help="provider, such as openai")
    parser.add_argument("--model", default="", metavar="NAME", help="model, such as gpt-5-mini")
    parser.add_argument("--tier", default="", metavar="NAME", help="tier served: standard, flex, priority, batch, ...")


def _add_show(parser: argparse.ArgumentParser) -> None:
    _add_whom(parser)
    parser.add_argument("--host", default="", metavar="NAME", help="API host")
    parser.add_argument("--region", default="", metavar="NAME", help="region")
    parser.add_argument("--at", metavar="DAY", help="UTC day (default: today)")
    parser.add_argument("--all", action="store_true", help="every version that was set in the store, in force or not")
    add_source(parser)


def _add_set(parser: argparse.ArgumentParser) -> None:
    texts = {
        "provider": "provider or pattern (default: any)",
        "model": "model or pattern, required",
        "tier": "tier served (default: any)",
        "host": "API host or pattern (default: any)",
        "region": "region or pattern (default: any)",
        "name": "what the price version says (default: a short hash)",
        "currency": "of a price of your own (default: USD)",
        "from": "first UTC day on which it holds (default: ever)",
        "until": "first UTC day on which it no longer holds (default: never)",
        "same_as": "provider/model whose list price it is",
        "of_tier": "tier whose list price is meant",
        "discount": "share off the list price: 0.15",
        "surcharge": "share put on the list price",
        "gpu_hour": "price of one GPU for an hour",
        "gpus": "how many (default: 1)",
        "tokens_per_second": "output tokens a second of all GPUs together",
        "input_tokens_per_second": "input tokens a second of all GPUs together",
        "request": "price of each call",
    }
    for key in (*_HEADS, *_PRICE_KEYS):
        meaning = texts.get(
            key, "price of a million tokens" if key.endswith("_per_mtok") else "price of a thousand calls"
        )
        parser.add_argument(f"--{key.replace('_', '-')}", dest=f"price_{key}", metavar="VALUE", help=meaning)
    parser.add_argument(
        "--source", dest="price_source", metavar="TEXT", help="where the price was read: a contract, a link"
    )
    add_source(parser)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", help=".toml with [[prices]], or .csv as `prices show --format csv` prints"
    )
    add_source(parser)


def _add_diff(parser: argparse.ArgumentParser) -> None:
    _add_whom(parser)
    parser.add_argument("--at", metavar="DAY", help="the new prices: those in force on this UTC day (default: today)")
    parser.add_argument(
        "--against",
        default="list",
        metavar="WHAT",
        help="the old prices: list (the price list alone, default), a UTC day, or a version (before it was set)",
    )
    parser.add_argument("--since", metavar="TIME", help="models used since then, as in llmroute spend (default: ever)")
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "show": _show, "set": _set, "import": _import, "diff": _diff,
    }  # fmt: skip
    return actions[args.action](args)


def _show(args: argparse.Namespace) -> int:
    from otel_llmroute.store.pricing.printing import write_shown, write_stored

    with source_at(args.url, args.data) as source:
        stored = stored_prices(source)
        if args.all:
            wanted = [price for price in stored if _is_wanted(price, args)]
            if not wanted:
                say(f"no prices are set in {source.name}")
            if wanted or args.format != "table":
                write_stored(wanted, args.format, sys.stdout)
            return 0
        whoms = _whoms(source, args)
    book = price_book(stored, overrides_of(configured_rows()))
    if not whoms:
        say("no calls of a model yet; give --provider and --model")
    if whoms or args.format != "table":
        write_shown([shown(book, stored, whom, day_of(args.at)) for whom in whoms], args.format, sys.stdout)
    return 0


def stored_prices(source: Source) -> list[StoredPrice]:
    """The prices that are set in the store."""
    return prices_of(source.ask("prices", {}))


def _is_wanted(price: StoredPrice, args: argparse.Namespace) -> bool:
    asked = {"provider": args.provider, "model": args.model, "tier": args.tier}
    return all(not value or str(price.row.get(key, "")) == value.lower() for key, value in asked.items())


def _whoms(source: Source, args: argparse.Namespace) -> list[Whom]:
    """The one that is named, else all that were used."""
    if args.provider and args.model:
        return [Whom(args.provider, args.model, args.tier, args.host, args.region)]
    return _used(source, args, SpendQuestion.since)


def _used(source: Source, args: argparse.Namespace, since: str) -> list[Whom]:
    used = [Whom.of(record) for record in source.ask("used_prices", {"since": since, "until": SpendQuestion.until})]
    return [
        whom
        for whom in used
        if args.provider in ("", whom.provider) and args.model in ("", whom.model) and args.tier in ("", whom.tier)
    ]


def _set(args: argparse.Namespace) -> int:
    options = {key: getattr(args, f"price_{key}") for key in (*_HEADS, *_PRICE_KEYS, "source")}
    row = {key: value for key, value in options.items() if value is not None}
    where = "prices set"
    try:
        table_rows([(row, where)])
    except PriceError as error:
        raise StoreError(_as_option(str(error), where)) from None
    return _added(args, [(row, where)])


def _as_option(said: str, where: str) -> str:
    """``prices set.input_per_mtok: ...`` as ``prices set: --input-per-mtok: ...``."""
    key, colon, rest = said.removeprefix(f"{where}.").partition(":")
    return f"{where}: --{key.replace('_', '-')}:{rest}" if colon and key in KEYS else said


def _import(args: argparse.Namespace) -> int:
    from otel_llmroute.store.pricing.files import prices_in_file

    return _added(args, prices_in_file(args.file))


def _added(args: argparse.Namespace, prices: list[tuple[dict[str, Any], str]]) -> int:
    from otel_llmroute.store.output import write_csv, write_json

    with source_at(args.url, args.data) as source:
        versions = source.add_prices(prices)["versions"]
        if args.format == "json":
            write_json({"versions": versions}, sys.stdout)
        elif args.format == "csv":
            write_csv(("version",), [[version] for version in versions], sys.stdout)
        else:
            print("\n".join(versions))
        say(
            f"{len(versions)} set in {source.name}. Recorded costs stay as they are until: llmroute reprice --since ..."
        )
    return 0


def _diff(args: argparse.Namespace) -> int:
    from otel_llmroute.store.pricing.printing import write_differences

    with source_at(args.url, args.data) as source:
        stored = stored_prices(source)
        whoms = _used(source, args, moment_of(args.since) if args.since else SpendQuestion.since)
    old, new = _sides(args, stored)
    found = [change for whom in whoms if (change := difference(whom, old, new)) is not None]
    if not found:
        say(f"no price of {len(whoms)} models that were used differs between {old.name} and {new.name}")
    write_differences(found, (old.name, new.name), args.format, sys.stdout)
    return 0


def _sides(args: argparse.Namespace, stored: list[StoredPrice]) -> tuple[Side, Side]:
    configured, day = overrides_of(configured_rows()), day_of(args.at)
    new = Side(f"in force {day}", price_book(stored, configured), day)
    if args.against == "list":
        return Side("price list", PriceBook(), day), new
    if args.against.startswith("store/"):
        versions = [price.version for price in stored]
        if args.against not in versions:
            raise StoreError(f"--against {args.against}: no such version in the store", "llmroute prices show --all")
        this = stored[versions.index(args.against)]
        earlier = [price for price in stored if price.added < this.added]
        with_it = [price for price in stored if price.added <= this.added]
        return (
            Side(f"before {args.against}", price_book(earlier, configured), day),
            Side("with it", price_book(with_it, configured), day),
        )
    against = day_of(args.against)
    return Side(f"in force {against}", new.book, against), new
