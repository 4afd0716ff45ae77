"""The tables, as numbered files of SQL, and applying those that a data folder does not have yet.

A file is applied once and recorded in ``llmroute_schema``; each statement can be run again, so that a file whose
application was cut short is simply applied again. Files never change after a release: a change is a new file.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_llmroute.store.errors import SchemaTooNew
from otel_llmroute.store.schema.statement import statement_of

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

RECORD: Final = """
CREATE TABLE IF NOT EXISTS llmroute_schema
(
    version UInt32,
    name String,
    applied_at DateTime DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY version
COMMENT 'Which schema files were applied.'
"""


OTLP_SCHEMA: Final = Path(__file__).with_name("otlp.proto")
"""What the engine parses OTLP requests by."""


class Migration(NamedTuple):
    """One schema file: its number, its name, its statements."""

    version: int
    name: str
    statements: list[str]


def migrations() -> list[Migration]:
    """All schema files of this version, in order."""
    files = sorted(file.name for file in resources.files(__name__).iterdir() if file.name.endswith(".sql"))
    return [Migration(int(name[:4]), name, statements_of(_text(name))) for name in files]


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def statements_of(text: str) -> list[str]:
    """The statements of a schema file: each ends with a semicolon at the end of a line."""
    return [part.strip() for part in (text.rstrip() + "\n").split(";\n") if _has_sql(part)]


def _has_sql(part: str) -> bool:
    return any(line.strip() and not line.startswith("--") for line in part.splitlines())


@cache
def view(name: str) -> str:
    """The newest SELECT of a view. Raises ``StopIteration`` where there is no such view."""
    written = [text for migration in migrations() for text in migration.statements if f"VIEW {name} AS" in text]
    return next(found.query for found in map(statement_of, reversed(written)) if found.name == name)


def migrate(session: Session, where: str) -> list[str]:
    """Apply what is missing; returns the names of the files applied. Raises ``SchemaTooNew``."""
    session.command(RECORD)
    found = session.query("SELECT DISTINCT version FROM llmroute_schema")
    applied = {int(row[0]) for row in found.rows}
    known = migrations()
    newest = max(migration.version for migration in known)
    if applied and max(applied) > newest:
        raise SchemaTooNew(
            f"the data folder {where} has schema {max(applied)}, this version knows {newest}", "a newer otel-llmroute"
        )
    missing = [migration for migration in known if migration.version not in applied]
    for migration in missing:
        _apply(session, migration)
    return [migration.name for migration in missing]


def _apply(session: Session, migration: Migration) -> None:
    for statement in migration.statements:
        session.command(statement)
    session.command(recorded(migration))


def recorded(migration: Migration, database: str = "") -> str:
    """The statement that notes a file as applied; in ``database``, when one is named."""
    table = f"{database}.llmroute_schema" if database else "llmroute_schema"
    return f"INSERT INTO {table} (version, name) VALUES ({migration.version}, '{migration.name}')"
