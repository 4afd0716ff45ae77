"""What differs between the embedded engine, a server and a cluster: all of it.

The numbered files are written for the embedded engine. A server takes them as they are, but for who the views read as.
On a cluster ``DATABASE_local`` has what is on each shard, in tables that replicate themselves, and ``DATABASE`` has
under the same names what stands for all shards: that is what one reads, and where the collector writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from otel_llmroute.store.quoting import quoted
from otel_llmroute.store.schema.places import PLACES, place_of
from otel_llmroute.store.schema.statement import (
    Statement,
    UnknownStatement,
    engine_of,
    qualified,
    statement_of,
    with_engine,
)

# Views read as the user who made them, so that a user needs no right on what is below a view. What a user may see of a
# view is a row policy on the view itself: policies on tables could not hide those that have no column to filter by.
SECURITY: Final = " DEFINER = CURRENT_USER SQL SECURITY DEFINER"
REPLICA: Final = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
_REPLICATED: Final = frozenset({"MergeTree", "ReplacingMergeTree", "AggregatingMergeTree", "SummingMergeTree"})
_KEPT: Final = frozenset({"Null"})


@dataclass(frozen=True)
class Target:
    """A database of a server (``cluster`` is ""), or of a cluster."""

    database: str
    cluster: str = ""

    @property
    def local(self) -> str:
        """The database in which rows are."""
        return f"{self.database}_local" if self.cluster else self.database

    @property
    def databases(self) -> tuple[str, ...]:
        """All that it has."""
        return (self.local, self.database) if self.cluster else (self.database,)

    @property
    def everywhere(self) -> str:
        """What makes a statement run on all servers."""
        return f" ON CLUSTER {quoted(self.cluster)}" if self.cluster else ""


def databases(target: Target) -> list[str]:
    """What makes the databases."""
    return [f"CREATE DATABASE IF NOT EXISTS {name}{target.everywhere}" for name in target.databases]


def translated(text: str, target: Target) -> str | None:
    """A statement of a numbered file for a server, or each shard of a cluster; ``None`` when it is not for shards."""
    statement = statement_of(text)
    place = place_of(statement.name)
    if target.cluster and (not place.on_each_shard or statement.kind in ("empty", "fill", "swap")):
        return None
    return _made(statement, target, target.local)


def is_backfill(text: str) -> bool:
    """Whether a statement is about rows that are there. On a cluster no release can have left any: the first
    one that knows clusters has all files to this one."""
    return statement_of(text).kind in ("empty", "fill", "swap")


def fronts(texts: Sequence[str], target: Target) -> list[str]:
    """What stands for all shards, after all ``texts`` are applied: Distributed tables, then what reads or feeds them.
    Can be run again at any time."""
    if not target.cluster:
        return []
    statements = [statement_of(text) for text in texts]
    fronted = [_front(name, comment, target) for name, comment in _on_shards(statements).items()]
    once = {made.name: made for made in statements if not place_of(made.name).on_each_shard}
    return fronted + [_made(made, target, target.database) for made in once.values()]


def _on_shards(statements: Sequence[Statement]) -> dict[str, str]:
    """Tables and views that are on each shard in the end, with their comments, in the order in which they came."""
    there: dict[str, str] = {}
    for statement in statements:
        if not place_of(statement.name).on_each_shard:
            continue
        if statement.kind in ("table", "view"):
            there[statement.name] = statement.comment
        elif statement.kind == "drop":
            there.pop(statement.name, None)
        elif statement.kind == "rename" and statement.name in there:
            there[statement.other] = there.pop(statement.name)
        elif statement.kind == "alter" and (said := _NEW_COMMENT.search(statement.text)):
            there[statement.name] = said[1]
    return there


_NEW_COMMENT: Final = re.compile(r"MODIFY COMMENT '((?:[^'\\]|\\.|'')*)'")


def _front(name: str, comment: str, target: Target) -> str:
    """The Distributed table of a table or view. One that is written to is never replaced: rows may be on their way."""
    key = place_of(name).shard_by
    create = "CREATE TABLE IF NOT EXISTS" if key else "CREATE OR REPLACE TABLE"
    arguments = ", ".join([quoted(target.cluster), quoted(target.local), quoted(name), *([key] if key else [])])
    return (
        f"{create} {target.database}.{name}{target.everywhere} AS {target.local}.{name}\n"
        f"ENGINE = Distributed({arguments})\nCOMMENT '{comment}'"
    )


def _made(statement: Statement, target: Target, database: str) -> str:
    """The statement with all names in ``database``; on a cluster for all of its servers."""
    text = statement.text
    if statement.kind == "swap":
        return f"EXCHANGE TABLES {database}.{statement.name} AND {database}.{statement.other}"
    if target.cluster and statement.kind == "table":
        text = _replicated(statement)
    text = _with_clauses(statement_of(text), target)
    if target.cluster and statement.kind == "view" and database == target.database:
        text = _with_setting(text, "distributed_product_mode = 'global'")
    return qualified(text, dict.fromkeys(PLACES, database))


def _with_clauses(statement: Statement, target: Target) -> str:
    """The statement with ``ON CLUSTER`` and ``SQL SECURITY`` where each belongs."""
    if statement.kind == "rename":
        return statement.text.rstrip() + target.everywhere
    if statement.kind == "feed":
        named, to = statement.head.split(" TO ")
        return f"{named}{target.everywhere} TO {to}{SECURITY}{statement.body}"
    security = SECURITY if statement.kind == "view" else ""
    return f"{statement.head}{target.everywhere}{security}{statement.body}"


def _replicated(statement: Statement) -> str:
    family, arguments = engine_of(statement)
    if family in _KEPT:
        return statement.text
    if family not in _REPLICATED:
        raise UnknownStatement(f"table {statement.name} has engine {family}, which is not known to replicate")
    engine = f"Replicated{family}({', '.join([REPLICA, *([arguments] if arguments else [])])})"
    # A plain table notes inserts only when told to; a replicated one does by default, and more of them.
    text = re.sub(r"\nSETTINGS non_replicated_deduplication_window = \d+(?=\n|$)", "", statement.text)
    if "non_replicated_" in text:
        raise UnknownStatement(f"table {statement.name} has a setting of tables that do not replicate")
    return with_engine(text, engine)


def _with_setting(view: str, setting: str) -> str:
    """The view with a setting for its question."""
    question, at, comment = view.rpartition("\nCOMMENT '")
    if not at:
        return f"{view}\nSETTINGS {setting}"
    return f"{question}\nSETTINGS {setting}{at}{comment}"
