"""Bringing a server or a cluster to this version's schema: what is missing, in order, and doing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from otel_llmroute.store.cluster import check_cluster
from otel_llmroute.store.errors import SchemaTooNew, StoreError
from otel_llmroute.store.quoting import quoted
from otel_llmroute.store.remote import Server
from otel_llmroute.store.schema import RECORD, Migration, migrations, recorded
from otel_llmroute.store.schema.dialect import Target, databases, fronts, is_backfill, translated
from otel_llmroute.store.schema.refreshes import refreshes

_EXISTS: Final = "SELECT count() FROM system.tables WHERE database = {database} AND name = {name}"
_VERSIONS: Final = "SELECT DISTINCT version FROM {database}.llmroute_schema"
_TYPES: Final = "SELECT name, type FROM system.columns WHERE database = {database} AND table = {table}"
_IN_THE_WAY: Final = """
SELECT name, engine FROM system.tables
WHERE database = {database} AND engine NOT IN ('Distributed', 'View', 'MaterializedView', 'Null')
ORDER BY name LIMIT 1
"""
_CALLS: Final = """
SELECT ifNull(sum(total_rows), 0) FROM clusterAllReplicas({cluster}, system.tables)
WHERE database = {database} AND name IN ('llm_calls', 'llm_call_records')
"""
_ATTRIBUTES: Final = {"otel_traces": ("ResourceAttributes", "SpanAttributes"), "otel_logs": ("LogAttributes",)}


@dataclass(frozen=True)
class Step:
    """Statements that belong together; ``name`` is the schema file that they are of, "" for those run each time."""

    name: str
    statements: tuple[str, ...]


def migrated(server: Server, target: Target, dry_run: bool = False) -> Iterator[Step]:
    """Each step, after it was done; with ``dry_run`` nothing is done. Raises ``StoreError`` before the first step when
    the server, the cluster or what is there already does not fit."""
    if target.cluster:
        check_cluster(server, target.cluster)
    known = migrations()
    applied = _applied(server, target)
    _check_version(server, target, applied, known)
    missing = [migration for migration in known if migration.version not in applied]
    _check_tables(server, target, missing)
    for step in steps(known, missing, target, _lacks_event_name(server, target)):
        if not dry_run:
            _do(server, step)
        yield step


def _do(server: Server, step: Step) -> None:
    for statement in step.statements:
        server.command(statement)


def steps(
    known: Iterable[Migration], missing: Iterable[Migration], target: Target, without_event_name: bool = False
) -> Iterator[Step]:
    """All that brings ``target`` up to date. Every statement can be run again."""
    yield Step("", tuple(databases(target)))
    yield Step("", tuple(_translated([RECORD], target)) + tuple(fronts([RECORD], target)))
    for migration in missing:
        statements = _translated(migration.statements, target)
        if without_event_name and migration.name.endswith("_otel_logs.sql"):
            # Made by an exporter from before events had names. Its inserts name their columns: one more is no harm.
            statements.append(f"ALTER TABLE {target.local}.otel_logs ADD COLUMN IF NOT EXISTS EventName String")
        yield Step(migration.name, (*statements, recorded(migration, target.database)))
    every = [statement for migration in known for statement in migration.statements]
    yield Step("", (*fronts(every, target), *refreshes(target)))


def _translated(texts: Iterable[str], target: Target) -> list[str]:
    return [made for text in texts if (made := translated(text, target)) is not None]


def _applied(server: Server, target: Target) -> set[int]:
    if not server.value(_EXISTS.format(database=quoted(target.database), name=quoted("llmroute_schema"))):
        return set()
    return {int(row[0]) for row in server.rows(_VERSIONS.format(database=target.database))}


def _check_version(server: Server, target: Target, applied: set[int], known: list[Migration]) -> None:
    newest = max(migration.version for migration in known)
    if applied and max(applied) > newest:
        raise SchemaTooNew(
            f"{target.database} on {server.dsn} has schema {max(applied)}, this version knows {newest}",
            "a newer otel-llmroute",
        )


def _check_tables(server: Server, target: Target, missing: list[Migration]) -> None:
    """What is there already can be used, or is not in the way."""
    if target.cluster:
        _check_front(server, target)
        _check_backfill(server, target, missing)
        return
    for table, columns in _ATTRIBUTES.items():
        types = dict(server.rows(_TYPES.format(database=quoted(target.database), table=quoted(table))))
        for column in columns:
            if types and not str(types.get(column, "")).startswith("Map("):
                raise StoreError(
                    f"{target.database}.{table} on {server.dsn} has {column} as {types.get(column)}, not as a Map",
                    "another --database, or the exporter without json",
                )


def _check_front(server: Server, target: Target) -> None:
    found = server.rows(_IN_THE_WAY.format(database=quoted(target.database)))
    if found:
        raise StoreError(
            f"{target.database}.{found[0][0]} on {server.dsn} is a {found[0][1]}: on a cluster the tables are in "
            f"{target.local} and {target.database} is for what stands for them",
            "another --database",
        )


def _check_backfill(server: Server, target: Target, missing: list[Migration]) -> None:
    """Statements that fill a table from rows that are there have no form for a cluster, as none can have such rows."""
    if not any(is_backfill(text) for migration in missing for text in migration.statements):
        return
    if server.value(_CALLS.format(cluster=quoted(target.cluster), database=quoted(target.local))):
        raise StoreError(
            f"{target.local} on {server.dsn} has calls but not the schema of the release that made them",
            "another --database",
        )


def _lacks_event_name(server: Server, target: Target) -> bool:
    types = server.rows(_TYPES.format(database=quoted(target.database), table=quoted("otel_logs")))
    return not target.cluster and bool(types) and "EventName" not in dict(types)
