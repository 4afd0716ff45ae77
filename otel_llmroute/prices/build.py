"""Compiles the prices of the genai-prices library into the data files beside this module. Not used at run time.

``python -m otel_llmroute.prices.build`` rewrites ``providers/``; ``--to DIR`` writes elsewhere; ``--check`` writes
nothing and fails when the files are not what the installed library gives. Needs ``genai-prices``, which nothing else
here does.

One JSON file per price list, one model a line, in the order in which the library tries them:

- ``match``: ``=equals``, ``^starts``, ``$ends``, ``*contains``, ``~regex``, on the model in lower case; an array is
  "any of", ``{"all": [...]}`` is "all of".
- ``prices``: USD as text, by the library's keys (``_mtok`` per million tokens, ``_kcount`` per thousand calls). A price
  may be ``{"base": "1", "over": [[200000, "2"]]}``: above 200,000 input tokens all tokens cost 2. An array of
  ``{"from": day, "time": [start, end], "prices": ...}`` is tried last to first, times being UTC; if none is in force,
  the first holds. ``{}`` is free, ``null`` is not known.
- ``variants``: prices that replace some of those, when the call was served as ``when`` says.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timezone
from decimal import Decimal
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genai_prices import types

DIRECTORY = Path(__file__).with_name("providers")
LIBRARY = "genai-prices"
SOURCE = "https://github.com/pydantic/genai-prices"
LICENSE = "MIT"

FREE_WITHOUT_PRICES = {
    # The library gives these no price, and says that they are free, or in the subscription.
    ("github-copilot", "gpt-3.5-turbo"),
    ("github-copilot", "gpt-4.1"),
    ("github-copilot", "gpt-4o"),
    ("github-copilot", "gpt-4o-mini"),
    ("google", "gemma-3"),
    ("google", "gemma-3n"),
    ("google", "gemma-4-26b-a4b-it"),
    ("google", "gemma-4-31b-it"),
    ("openai", "moderation"),
}
NOT_SOLD = {
    # Open weights that OpenAI does not sell by the token: the library's figure is another seller's.
    ("openai", "gpt-oss-120b"),
    ("openai", "gpt-oss-20b"),
    ("openai", "gpt-oss-safeguard-20b"),
}


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; the exit code of the command."""
    parser = argparse.ArgumentParser(prog="python -m otel_llmroute.prices.build", description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=DIRECTORY, metavar="DIR", help="where to write")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the files are not current")
    options = parser.parse_args(arguments)
    files = compiled(_day_of(options.to))
    stale = stale_files(files, options.to)
    if options.check:
        for name in stale:
            print(f"{options.to / name}: not what {LIBRARY} {installed_version(LIBRARY)} gives", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        _put(options.to / name, files.get(name))
    print(f"{len(files)} files in {options.to}, {len(stale)} changed")
    return 0


def compiled(day: str) -> dict[str, str]:
    """File name -> text of all data files, from the installed library. ``day`` is the date they will carry."""
    from genai_prices.data import providers

    release = installed_version(LIBRARY)
    index: dict[str, Any] = {"library": LIBRARY, "version": release, "source": SOURCE, "license": LICENSE}
    index |= {"compiled": day, "lists": {}}
    files = {}
    for provider in sorted(providers, key=lambda provider: provider.id):
        head = _head(provider)
        files[f"{provider.id}.json"] = _text({"version": f"{LIBRARY}/{release}", **head}, _models(provider))
        index["lists"][provider.id] = {"model_match": head["model_match"]} if "model_match" in head else {}
    # The order in which the library tries to tell the provider from the model alone.
    index["by_model"] = [provider.id for provider in providers if provider.model_match is not None]
    files["index.json"] = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    return files


def stale_files(files: dict[str, str], directory: Path) -> list[str]:
    """Names of the files in ``directory`` that are missing, different or left over."""
    there = {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*.json")}
    return sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))


def _put(path: Path, text: str | None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")


def _day_of(directory: Path) -> str:
    """The day the files carry: kept while the library's version is the same, so that a rebuild changes nothing."""
    index = directory / "index.json"
    if index.exists():
        old = json.loads(index.read_text(encoding="utf-8"))
        if old["version"] == installed_version(LIBRARY):
            return str(old["compiled"])
    return datetime.now(timezone.utc).date().isoformat()


def _text(head: dict[str, Any], models: Iterator[dict[str, Any]]) -> str:
    lines = ",\n".join(json.dumps(model, ensure_ascii=False, separators=(",", ":")) for model in models)
    return json.dumps(head, indent=1, ensure_ascii=False)[:-2] + f',\n "models": [\n{lines}\n]\n}}\n'


def _head(provider: types.Provider) -> dict[str, Any]:
    head: dict[str, Any] = {"list": provider.id, "name": provider.name, "api_pattern": provider.api_pattern}
    if provider.pricing_urls:
        head["pricing_urls"] = provider.pricing_urls
    for name, clause in (("model_match", provider.model_match), ("provider_match", provider.provider_match)):
        if clause is not None:
            head[name] = _clause(clause)
    if provider.fallback_model_providers:
        head["fallbacks"] = provider.fallback_model_providers
    return head


def _models(provider: types.Provider) -> Iterator[dict[str, Any]]:
    for model in provider.models:
        row = {"id": model.id, "match": _clause(model.match), "prices": _prices(provider.id, model)}
        variants = [_conditional(variant, when=variant.when) for variant in model.price_variants or ()]
        # A default tier that changes nothing is the standard price.
        variants = [variant for variant in variants if not _is_plain_default(variant)]
        yield {**row, "variants": variants} if variants else row


def _is_plain_default(variant: dict[str, Any]) -> bool:
    return variant["when"] == {"service_tier": "default"} and not variant["prices"] and "from" not in variant


def _prices(provider: str, model: types.ModelInfo) -> Any:
    if (provider, model.id) in NOT_SOLD:
        return None
    if isinstance(model.prices, list):
        return [_conditional(each) for each in model.prices]
    prices = _amounts(model.prices)
    if not prices and not model.id.endswith(":free") and (provider, model.id) not in FREE_WITHOUT_PRICES:
        return None
    return prices


def _conditional(price: types.ConditionalPrice | types.PriceVariant, **row: Any) -> dict[str, Any]:
    constraint: Any = price.constraint
    if hasattr(constraint, "start_date"):
        row["from"] = _iso(constraint.start_date)
    elif constraint is not None:
        row["time"] = [_utc(constraint.start_time), _utc(constraint.end_time)]
    return {**row, "prices": _amounts(price.prices)}


def _amounts(prices: types.ModelPrice) -> dict[str, Any]:
    return {key: _amount(value) for key, value in vars(prices).items() if value is not None}


def _amount(value: Decimal | types.TieredPrices) -> Any:
    if isinstance(value, Decimal):
        return _plain(value)
    return {"base": _plain(value.base), "over": [[tier.start, _plain(tier.price)] for tier in value.tiers]}


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _iso(day: date) -> str:
    return day.isoformat()


def _utc(moment: time) -> str:
    if moment.tzinfo is None:
        return moment.isoformat()
    return datetime.combine(date(2000, 1, 2), moment).astimezone(timezone.utc).time().isoformat()


_SIGNS = {"equals": "=", "starts_with": "^", "ends_with": "$", "contains": "*"}


def _clause(clause: Any) -> Any:
    """A match clause in the notation of the files."""
    fields = vars(clause)
    if "or_" in fields:
        return [_clause(each) for each in clause.or_]
    if "and_" in fields:
        return {"all": [_clause(each) for each in clause.and_]}
    if "regex" in fields:
        return "~" + clause.regex
    ((kind, text),) = fields.items()
    return _SIGNS[kind] + text.lower()


if __name__ == "__main__":
    sys.exit(main())
