"""The SQL of a question as a Grafana panel of the ClickHouse data source asks it.

What is a parameter for the engine is a macro of the data source or a variable of the dashboard here. A variable comes
by URL, so it is put into the statement in one way only: as a query parameter (``${route:queryparam}``), in which only
letters, digits and ``-_.~%=&@:$,;`` are left, between quotes, and taken apart again by the engine. The formats that are
made for SQL, ``singlequote`` and ``sqlstring``, leave a backslash as it is, and ClickHouse reads on past a quote behind
one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from textwrap import indent
from types import MappingProxyType
from typing import Final

from otel_llmroute.store.boards.filters import COLUMNS, FROM_CALLS, TABLES
from otel_llmroute.store.questions import question

LIMIT: Final = 1000
"""Rows of a panel."""
TEXT_BOXES: Final = ("trace",)
"""Filters that are typed: there are too many values for a list."""
_MARK: Final = re.compile(r"^( *)-- filters: (\w+) AS (\w+)\n", re.MULTILINE)
_FROM: Final = re.compile(r"^( *)FROM (\w+) AS (\w+)$", re.MULTILINE)
_NARROWED: Final = "-- narrowed:"
"""Before an hour that is to be looked at when a variable is set alone."""
_COMMENT: Final = re.compile(r"^ *--.*\n", re.MULTILINE)
_PARAMETER: Final = re.compile(r"\{(\w+):((?:[^{}()]|\([^()]*\))+)\}")
_HOURS: Final = {
    "since": "toStartOfHour(toDateTime($__fromTime, 'UTC'))",
    "until": "toStartOfHour(toDateTime($__toTime, 'UTC') + 3599)",
}
"""As in ``boards/asking.py``: whole hours around the period."""
_ENDED: Final = {"until": "toStartOfHour(toDateTime($__toTime, 'UTC'))"}
"""The last hour that has ended: one that is running cannot be held against whole ones."""
_EVER: Final = "toDateTime(0, 'UTC')"
_NEVER: Final = "toDateTime(4294967295, 'UTC')"
_STEP: Final = "if(until - since <= 259200, 3600, 86400)"
"""As in ``boards/asking.py``: a period beyond three days is drawn by day."""


def panel_sql(
    name: str, by: str = "", variables: Sequence[str] = (), parameters: Mapping[str, int] = MappingProxyType({})
) -> str:
    """The question of that name over the time range that is looked at, narrowed by those ``variables`` it can take.

    ``by``: the column for ``{by:Identifier}``; ``parameters``: numbers for others. Raises ``ValueError`` for one that
    is left.
    """
    narrowed = _narrowed(question(name), variables)
    plain = _COMMENT.sub("", narrowed)
    taken = [variable for variable in variables if f"only_{variable}" in plain]
    filled = _PARAMETER.sub(lambda found: _filled(found[1], found[2], {"by": by, **parameters}), plain)
    hours = _ENDED if "hours" in parameters else _HOURS
    return f"-- questions/{name}.sql\n{_with(filled, taken, hours)}".rstrip("\n")


def _narrowed(sql: str, variables: Sequence[str]) -> str:
    """A condition for every variable that a marked table can take, in place of the mark."""
    marked = {(place[2], place[3]) for place in _MARK.finditer(sql)}

    def source(found: re.Match[str]) -> str:
        margin, table, alias = found[1], found[2], found[3]
        lacking = [name for name in variables if name not in TABLES.get(table, variables)]
        if (table, alias) not in marked or table not in FROM_CALLS or not lacking:
            return found[0]
        return indent(f"FROM\n(\n{_either(table, variables, lacking)}) AS {alias}", margin)

    return _MARK.sub(lambda place: _conditions(place, variables), _FROM.sub(source, sql))


def _either(table: str, variables: Sequence[str], lacking: Sequence[str]) -> str:
    """The roll-up, or as soon as a variable is set that it has no column for, the same sums made from the calls.

    One of both has no hours, which is known before anything is read: by hours every table below is found.
    """
    is_set = " OR ".join(f"notEmpty(only_{name})" for name in lacking)
    if question(FROM_CALLS[table]).count(_NARROWED):
        return _either_whole(table, lacking, is_set)
    sums = _MARK.sub(lambda place: _conditions(place, variables), question(FROM_CALLS[table]))
    sums = sums.replace("\nWHERE ", f"\nWHERE c.hour >= if({is_set}, {_EVER}, {_NEVER}) AND ").replace(
        " AND true\n", "\n"
    )
    columns = ", ".join(re.findall(r"^    .* AS (\w+),?$", sums.split("\nFROM ")[0], re.MULTILINE))
    whole = f"SELECT {columns}\nFROM {table}\nWHERE hour >= if({is_set}, {_NEVER}, {_EVER})\n"
    return indent(f"{whole}UNION ALL\n{sums}", "    ")


def _either_whole(table: str, lacking: Sequence[str], is_set: str) -> str:
    """As ``_either``, of sums that are made by a statement with parts; what these read is marked."""
    sums = _MARK.sub(lambda place: _conditions(place, lacking), question(FROM_CALLS[table]))
    sums = re.sub(rf"{_NARROWED} (.+)", rf"AND \1 >= if({is_set}, {_EVER}, {_NEVER})", sums)
    whole = f"SELECT *\nFROM {table}\nWHERE hour >= if({is_set}, {_NEVER}, {_EVER})\n"
    return indent(f"{whole}UNION ALL\nSELECT *\nFROM\n(\n{indent(sums, '    ')})\n", "    ")


def _conditions(place: re.Match[str], variables: Sequence[str]) -> str:
    margin, table, alias = place[1], place[2], place[3]
    return "".join(
        f"{margin}AND (empty(only_{name}) OR has(only_{name}, {alias}.{COLUMNS[name]}))\n"
        for name in variables
        if name in TABLES[table]
    )


def _filled(name: str, kind: str, given: Mapping[str, str | int]) -> str:
    if name in _HOURS:
        return name if kind == "DateTime('UTC')" else f"toDateTime64({name}, 9, 'UTC')"
    if given.get(name):
        return f"'{given[name]}'" if kind == "String" else str(given[name])
    if name in ("limit", "step_s"):
        return str(LIMIT) if name == "limit" else "step_s"
    raise ValueError(f"a panel has no parameter {name!r}")


def _with(sql: str, taken: Sequence[str], hours: Mapping[str, str]) -> str:
    """What stands for parameters, each once and only where it is used, before everything else."""
    given = [f"{text} AS {name}" for name, text in hours.items() if re.search(rf"\b{name}\b|step_s", sql)]
    given += [f"{_STEP} AS step_s"] * ("step_s" in sql)
    given += [f"{values_of(name)} AS only_{name}" for name in taken]
    head = "WITH\n" + ",\n".join("    " + line for line in given)
    if sql.startswith("WITH"):
        return head + ",\n" + re.sub(r"^WITH\s+", "    ", sql)
    return f"{head}\n{sql}"


def values_of(name: str) -> str:
    """An expression for the chosen values of a variable, [] when it is not to narrow anything."""
    asked = f"${{{name}:queryparam}}"
    everything = ["", f"var-{name}=$__all", f"var-{name}=%24__all", f"var-{name}=All"]
    everything += [f"var-{name}="] * (name in TEXT_BOXES)
    words = ", ".join(f"'{word}'" for word in everything)
    values = f"arrayMap(v -> decodeURLComponent(v), arrayPopFront(splitByString('&var-{name}=', '&{asked}')))"
    return f"if('{asked}' IN ({words}), [], {values})"
