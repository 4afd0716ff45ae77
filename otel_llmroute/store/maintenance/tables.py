"""What the store wants of its tables beside their columns: settings that suit one process, and how long rows are kept.

``settings.sql`` and ``retention.sql`` say it. A table that is not so is changed by one statement: each costs a start
ten milliseconds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.maintenance.retention import Retention, configured_retention, note_retention
from otel_llmroute.store.schema import statements_of

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

_ALTER: Final = re.compile(r"ALTER TABLE (?P<table>\w+) MODIFY (?:TTL (?P<ttl>.+)|SETTING (?P<settings>.+))")
# What is there already is looked through after the start: 25 s of a million calls.
_IN_THE_BACKGROUND: Final = " SETTINGS alter_sync = 0, mutations_sync = 0"
_FOR_EVER: Final = " + toIntervalDay(0)"
_ENGINES: Final = "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()"


def settle_tables(session: Session, retention: Retention | None = None) -> list[str]:
    """Make the tables what this version and ``retention``, else the configuration, want; returns those that were
    changed. Raises ``StoreError``."""
    retention = configured_retention() if retention is None else retention
    note_retention(session, retention)
    engines = dict(session.query(_ENGINES).rows)
    changes: dict[str, list[str]] = defaultdict(list)
    for statement in (*_statements("settings", {}), *_statements("retention", asdict(retention))):
        found = _ALTER.fullmatch(statement.splitlines()[-1])
        if found is None:
            raise ValueError(f"maintenance: not understood: {statement[:60]!r}")
        change = _difference(found["ttl"], found["settings"], engines[found["table"]])
        if change is not None:
            changes[found["table"]].append(f"({change})")
    for table, several in changes.items():
        session.command(f"ALTER TABLE {table} {', '.join(several)}{_IN_THE_BACKGROUND}")
    return list(changes)


def _statements(name: str, days: Mapping[str, int]) -> list[str]:
    text = resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for kept, number in days.items():
        text = text.replace(f"{{{kept}_days}}", str(number))
    return statements_of(text)


def _difference(ttl: str | None, settings: str | None, engine: str) -> str | None:
    """What has to be done for a table to be as it is wanted; ``None`` when it is."""
    if settings is not None:
        is_so = all(setting in engine for setting in settings.split(", "))
        return None if is_so else f"MODIFY SETTING {settings}"
    assert ttl is not None
    if not ttl.endswith(_FOR_EVER):
        return None if f" TTL {ttl} SETTINGS" in engine else f"MODIFY TTL {ttl}"
    return "REMOVE TTL" if " TTL " in engine else None
