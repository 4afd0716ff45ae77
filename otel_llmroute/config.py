"""Every option: its environment variable, its key in ``llmroute.toml``, its default. Both halves read the file.

The environment wins over the file. A bad file never stops the application: ``load`` raises ``ConfigError`` with one
line that names the file, the line, the key and what was expected; the instrumentor logs that line and goes on with
the defaults, the commands print it and end with exit code 2.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from otel_llmroute import names
from otel_llmroute.prices import Override, PriceError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_VARIABLE: Final = "LLMROUTE_CONFIG"
DEFAULT_FILE: Final = "llmroute.toml"


class ConfigError(ValueError):
    """A setting that cannot be used: one line saying where, what was found and what was expected."""


class Option(NamedTuple):
    """One option: field of ``Config``, environment variable, key in the file, kind of value, meaning."""

    field: str
    variable: str
    key: str
    kind: str
    meaning: str


OPTIONS: Final = (
    Option("mode", "LLMROUTE_MODE", "mode", "full | enrich", "enrich: add to another instrumentation's GenAI spans"),
    Option("keep_unsampled", "LLMROUTE_KEEP_UNSAMPLED", "keep_unsampled", "boolean", "keep records of dropped traces"),
    Option(
        "mirror_cost", "LLMROUTE_MIRROR_COST", "mirror_cost", "boolean", "also write the proposed gen_ai.usage.cost.*"
    ),
    Option("callsite", "LLMROUTE_CALLSITE", "callsite", "boolean", "find the call site in the application's own code"),
    Option("app_packages", "LLMROUTE_APP_PACKAGES", "app_packages", "list", "installed packages that are its own code"),
    Option("router_text", "LLMROUTE_ROUTER_TEXT", "router_text", "boolean", "keep a router's reason in its own words"),
    Option("tenant_metrics", "LLMROUTE_TENANT_METRICS", "tenant_metrics", "boolean", "put the tenant on metrics"),
    Option(
        "anthropic_spans", "LLMROUTE_ANTHROPIC_SPANS", "anthropic_spans", "keep | off", "the Anthropic SDK's own spans"
    ),
    Option(
        "bedrock_criteria",
        "LLMROUTE_BEDROCK_CRITERIA",
        "bedrock_criteria",
        "boolean",
        "ask Bedrock, once per prompt router, what it goes by",
    ),
    Option("tenant_from", "LLMROUTE_TENANT_FROM", "inherit.tenant", "list", "span attributes the tenant is taken from"),
    Option("plan_from", "LLMROUTE_PLAN_FROM", "inherit.plan", "list", "span attributes the plan is taken from"),
    Option(
        "feature_from", "LLMROUTE_FEATURE_FROM", "inherit.feature", "list", "span attributes the feature is taken from"
    ),
    Option("tenant_baggage", "LLMROUTE_TENANT_BAGGAGE", "baggage.tenant", "list", "baggage keys for the tenant"),
    Option("plan_baggage", "LLMROUTE_PLAN_BAGGAGE", "baggage.plan", "list", "baggage keys for the plan"),
    Option("feature_baggage", "LLMROUTE_FEATURE_BAGGAGE", "baggage.feature", "list", "baggage keys for the feature"),
    Option(
        "keep_raw_days", "LLMROUTE_KEEP_RAW_DAYS", "keep.raw_days", "days", "store: spans and logs; 0 keeps for ever"
    ),
    Option(
        "keep_calls_days",
        "LLMROUTE_KEEP_CALLS_DAYS",
        "keep.calls_days",
        "days",
        "store: calls, routes, jobs, costs, metrics",
    ),
    Option("keep_rollups_days", "LLMROUTE_KEEP_ROLLUPS_DAYS", "keep.rollups_days", "days", "store: sums per hour"),
)
"""The table that ``load`` reads and ``docs/configuration.md`` shows."""

OF_THE_STORE: Final = ("budgets", "webhook")
"""Tables of the file that are for the store alone, which checks them (``store/budgets/file.py``)."""

_MEMBERS: Final = {"mode": ("full", "enrich"), "anthropic_spans": ("keep", "off")}
_RULE_KEYS: Final = (
    "name",
    "callsite",
    "http_route",
    "model",
    "provider",
    "edge",
    "task",
    "risk",
    "feature",
    "reason",
    "policy",
)


@dataclass(frozen=True)
class RouteRule:
    """A route named by configuration. Patterns are globs (``inbox.py:*``); all that are given must match.

    ``edge`` stands alone: a conditional edge of a LangGraph graph, ``node:node`` (``triage:*``), whose decisions are
    recorded because it is named here.

    ``name`` is the route's name; ``task``, ``risk``, ``feature``, ``reason`` and ``policy`` are facts of every call
    it names.
    """

    name: str
    callsite: str | None = None
    http_route: str | None = None
    model: str | None = None
    provider: str | None = None
    task: str | None = None
    risk: str | None = None
    feature: str | None = None
    reason: str | None = None
    policy: str | None = None
    edge: str | None = None


@dataclass(frozen=True)
class Config:
    """What was told. The defaults are what an application and a store get that say nothing."""

    mode: str = "full"
    keep_unsampled: bool = True
    mirror_cost: bool = True
    callsite: bool = True
    app_packages: tuple[str, ...] = ()
    router_text: bool = False
    tenant_metrics: bool = False
    anthropic_spans: str = "keep"
    bedrock_criteria: bool = False
    tenant_from: tuple[str, ...] = (names.TENANT_ID, "tenant.id")
    plan_from: tuple[str, ...] = (names.TENANT_PLAN, "tenant.plan")
    feature_from: tuple[str, ...] = (names.FEATURE,)
    tenant_baggage: tuple[str, ...] = ()
    plan_baggage: tuple[str, ...] = ()
    feature_baggage: tuple[str, ...] = ()
    keep_raw_days: int = 30
    keep_calls_days: int = 400
    keep_rollups_days: int = 1826
    routes: tuple[RouteRule, ...] = ()
    prices: tuple[Override, ...] = field(default=(), repr=False)

    @cached_property
    def inherits_baggage(self) -> bool:
        """Whether anything is taken from baggage."""
        return bool(self.tenant_baggage or self.plan_baggage or self.feature_baggage)


def load(environ: Mapping[str, str] | None = None) -> Config:
    """The configuration in force: defaults, then the file, then the environment.

    The file is ``$LLMROUTE_CONFIG``, else ``./llmroute.toml`` if it is there. Raises ``ConfigError``.
    """
    environ = os.environ if environ is None else environ
    file = ConfigFile.read(environ)
    values: dict[str, Any] = {}
    for option in OPTIONS:
        value = _lookup(file.table, option.key)
        if value is not None:
            values[option.field] = _PARSERS[option.kind](value, file.at(option.key), option)
        text = environ.get(option.variable, "")
        if text:
            values[option.field] = _PARSERS[option.kind](text, option.variable, option)
    _refuse_unknown(file)
    values["routes"] = tuple(_rule(row, file, f"routes[{i}]") for i, row in enumerate(_array(file, "routes")))
    try:
        prices = enumerate(_array(file, "prices"))
        values["prices"] = tuple(Override.parse(row, file.at(f"prices[{i}]")) for i, row in prices)
    except PriceError as error:
        raise ConfigError(str(error)) from None
    return Config(**values)


@dataclass(frozen=True)
class ConfigFile:
    """The configuration file: its name, its text, and what the text says."""

    name: str
    text: str = ""
    table: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> ConfigFile:
        """The file in force; an empty one where there is none. Raises ``ConfigError``."""
        named = environ.get(FILE_VARIABLE, "")
        path = Path(named or DEFAULT_FILE)
        if not named and not path.is_file():
            return cls(DEFAULT_FILE)
        try:
            text = path.read_text(encoding="utf-8")
            return cls(str(path), text, tomllib.loads(text))
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not valid TOML: {error}") from None

    def at(self, key: str) -> str:
        """``llmroute.toml:12: prices[2].model``: where ``key`` is. The parser keeps no lines, so they are looked up."""
        line = _line_of(key, self.text.splitlines())
        return f"{self.name}:{line}: {key}" if line else f"{self.name}: {key}"


def _line_of(key: str, lines: list[str]) -> int | None:
    """1-based line of ``mode``, ``inherit.tenant``, ``prices[2]`` or ``prices[2].model``; ``None`` if it
    is not found.
    """
    group, _, name = key.rpartition(".")
    if key.endswith("]"):
        group, name = key, ""
    start = 0
    if group:
        table, _, index = group.rstrip("]").partition("[")
        header = f"[[{table}]]" if index else f"[{table}]"
        headers = [i for i, line in enumerate(lines, 1) if line.split("#")[0].replace(" ", "").strip() == header]
        if len(headers) <= int(index or 0):
            return None
        start = headers[int(index or 0)]
    wanted = re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
    found = (i for i, line in enumerate(lines[start:], start + 1) if wanted.match(line))
    return next(found, start or None) if name else start


def _lookup(table: Mapping[str, Any], key: str) -> Any:
    group, _, name = key.rpartition(".")
    inner = table.get(group, {}) if group else table
    return inner.get(name) if isinstance(inner, dict) else None


def _refuse_unknown(file: ConfigFile) -> None:
    known = {option.key for option in OPTIONS} | {"routes", "prices", *OF_THE_STORE}
    groups = {key.partition(".")[0] for key in known if "." in key}
    for key, value in file.table.items():
        if key in groups and isinstance(value, dict):
            for name in value:
                if f"{key}.{name}" not in known:
                    raise ConfigError(f"{file.at(f'{key}.{name}')}: unknown key")
        elif key not in known:
            raise ConfigError(f"{file.at(key)}: unknown key")


def _array(file: ConfigFile, key: str) -> list[dict[str, Any]]:
    rows = file.table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{file.at(key)}: expected [[{key}]] tables")
    return rows


def _rule(row: Mapping[str, Any], file: ConfigFile, where: str) -> RouteRule:
    for key, value in row.items():
        if key not in _RULE_KEYS:
            raise ConfigError(f"{file.at(f'{where}.{key}')}: unknown key; known are {', '.join(_RULE_KEYS)}")
        if not isinstance(value, str) or not value:
            raise ConfigError(f"{file.at(f'{where}.{key}')}: {value!r} is not a text")
    if "name" not in row:
        raise ConfigError(f"{file.at(where)}: no name: a rule has to say how its route is called")
    patterns = row.keys() & {"callsite", "http_route", "model", "provider", "edge"}
    if not patterns:
        raise ConfigError(f"{file.at(where)}: no pattern: give callsite, http_route, model, provider or edge")
    if "edge" in patterns and len(patterns) > 1:
        raise ConfigError(f"{file.at(f'{where}.edge')}: edge stands alone: give the other patterns a rule of their own")
    for key, members in (("reason", names.ROUTE_REASONS), ("risk", names.RISK_LEVELS)):
        if key in row and row[key] not in members:
            raise ConfigError(f"{file.at(f'{where}.{key}')}: {row[key]!r} is not one of {', '.join(sorted(members))}")
    return RouteRule(**row)


def _boolean(value: object, where: str, option: Option) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("true", "1", "yes", "on"):
        return True
    if text in ("false", "0", "no", "off"):
        return False
    raise ConfigError(f"{where}: {value!r} is not true or false")


def _list(value: object, where: str, option: Option) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ConfigError(f"{where}: {value!r} is not a list of texts")
    return tuple(item.strip() for item in items if item.strip())


def _member(value: object, where: str, option: Option) -> str:
    members = _MEMBERS[option.field]
    if value not in members:
        raise ConfigError(f"{where}: {value!r} is not one of {', '.join(members)}")
    return str(value)


def _days(value: object, where: str, option: Option) -> int:
    text = "" if isinstance(value, bool) else str(value).strip()
    if re.fullmatch(r"\d{1,5}", text, re.ASCII):
        return int(text)
    raise ConfigError(f"{where}: {value!r} is not a number of days, 0 to 99999; 0 keeps for ever")


_PARSERS: Final[dict[str, Callable[[object, str, Option], Any]]] = {
    "boolean": _boolean,
    "list": _list,
    "days": _days,
    "full | enrich": _member,
    "keep | off": _member,
}
