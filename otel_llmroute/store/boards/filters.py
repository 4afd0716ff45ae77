"""What figures can be narrowed to, and which figures can be: the one place that says which roll-up has which dimension.

A question marks where its filters go with a comment: ``-- filters: llm_hourly AS h``. There stands a condition for each
filter that was given, with its values as a parameter of the server: never as text of the statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions import question

COLUMNS: Final = {
    "route": "route",
    "reason": "reason",
    "provider": "provider",
    "model": "model",
    "tenant": "tenant",
    "plan": "plan",
    "feature": "feature",
    "task": "task",
    "service": "service",
    "currency": "currency",
    "risk": "risk",
    "tier": "service_tier",
    "attempt": "attempt_reason",
    "purpose": "purpose",
    "job": "job_name",
    "trace": "trace_id",
    "experiment": "experiment",
    "variant": "variant",
}
"""Every filter, and the column it is about."""

_OF_ROUTES: Final = (
    *("route", "reason", "tenant", "plan", "feature", "task", "service", "risk", "job", "trace"),
    *("experiment", "variant"),
)

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "llm_hourly": (
        *("route", "reason", "provider", "model", "plan", "feature", "task", "service", "currency"),
        *("risk", "tier", "attempt", "purpose"),
    ),
    "llm_hourly_tenants": ("tenant", "plan", "currency"),
    "llm_hourly_latency": ("route", "provider", "model"),
    "llm_hourly_jobs": ("tenant", "plan", "feature", "service", "job"),
    "llm_hourly_experiments": ("experiment", "variant"),
    "llm_calls": tuple(COLUMNS),
    "llm_failed_attempts": tuple(COLUMNS),
    "llm_unpriced_attempts": tuple(COLUMNS),
    "llm_arrivals": tuple(COLUMNS),
    "llm_measured_routes": _OF_ROUTES,
    "llm_routes_without_model": _OF_ROUTES,
    "llm_routes": _OF_ROUTES,
    "llm_decisions": ("route", "reason", "tenant", "plan", "feature", "service", "job", "trace"),
    "llm_job_records": ("tenant", "plan", "feature", "service", "job", "trace"),
    "llm_jobs": ("tenant", "plan", "feature", "service", "job"),
}
"""Roll-up or view -> the filters it has columns for."""

FROM_CALLS: Final[Mapping[str, str]] = {
    name: f"{name}_of_calls" for name in TABLES if name.startswith("llm_hourly") and name != "llm_hourly_jobs"
}
"""Roll-up -> the question that makes the same sums from the calls, for filters that the roll-up has no column for."""

_CALLS_TAKE: Final[Mapping[str, tuple[str, ...]]] = {"llm_hourly_experiments": _OF_ROUTES}
"""Roll-up -> the filters that it can be narrowed to so, where these are not all: it is made of routes, too."""

SUMMED: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: TABLES[name] for name in TABLES if name.startswith("llm_hourly")},
    "llm_failed_attempts": ("route", "provider", "model", "service"),
    "llm_unpriced_attempts": ("route", "provider", "model", "service", "tier"),
    "llm_arrivals": ("service",),
    "llm_measured_routes": ("route", "plan", "service"),
    "llm_routes_without_model": ("route", "plan", "service"),
}
"""Roll-up or view of which days are summed -> the filters that these sums have columns for (boards/stored.py)."""

Filters = Mapping[str, tuple[str, ...]]
"""Filter -> values, one of which must be met. Several filters must all be met."""

_BESIDE_CALLS: Final = re.compile(r"^ *-- beside calls:\n.*?^ *-- always:\n", re.MULTILINE | re.DOTALL)
_MARK: Final = re.compile(r"^( *)-- filters: (\w+) AS (\w+)$", re.MULTILINE)


def filters_of(sql: str) -> tuple[str, ...]:
    """The filters that a question can take: those that everything has that it marks."""
    taken = [_CALLS_TAKE.get(table, COLUMNS) if table in FROM_CALLS else TABLES[table] for table in tables_of(sql)]
    return tuple(name for name in COLUMNS if taken and all(name in names for names in taken))


def tables_of(sql: str) -> tuple[str, ...]:
    """The tables that a question narrows, each once."""
    return tuple(dict.fromkeys(found[2] for found in _MARK.finditer(sql)))


def filtered(sql: str, filters: Filters) -> str:
    """The question narrowed to ``filters``, all of which it can take. The values are parameters: ``parameters_of``.

    A roll-up that has no column for one of them is put together again from the calls that meet it.
    """
    if all(set(filters) <= set(TABLES[table]) for table in tables_of(sql)):
        sql = _BESIDE_CALLS.sub("", sql)
    for table, alias in dict.fromkeys((place[2], place[3]) for place in _MARK.finditer(sql)):
        if others := {name: values for name, values in filters.items() if name not in TABLES[table]}:
            sums = filtered(question(FROM_CALLS[table]), others)
            sql = sql.replace(f"FROM {table} AS {alias}\n", f"FROM\n(\n{sums}) AS {alias}\n")
    return _MARK.sub(lambda place: _conditions(place, filters), sql)


def _conditions(place: re.Match[str], filters: Filters) -> str:
    names = [name for name in filters if name in TABLES[place[2]]]
    lines = (f"AND {place[3]}.{COLUMNS[name]} IN {{only_{name}:Array(String)}}" for name in names)
    return "\n".join(place[1] + line for line in lines) or place[0]


def parameters_of(filters: Filters) -> dict[str, list[str]]:
    """The parameters that ``filtered`` put into the statement."""
    return {f"only_{name}": list(values) for name, values in filters.items()}


def checked_filters(given: Mapping[str, object]) -> Filters:
    """``given`` as filters: names that are known, each with a text or a list of texts. Raises ``BadStatement``."""
    return {name: _values(name, values) for name, values in given.items()}


def _values(name: str, values: object) -> tuple[str, ...]:
    if name not in COLUMNS:
        raise BadStatement(f"there is no filter {name[:40]!r}", f"one of {', '.join(COLUMNS)}")
    found = values if isinstance(values, (list, tuple)) else [values]
    if not found or not all(isinstance(value, str) for value in found):
        raise BadStatement(f"the values of the filter {name} are not text", f'"{name}": ["value"]')
    return tuple(found)
