"""Removing what is older than a day."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.questions import ask
from otel_llmroute.store.schema import statements_of

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

_DELETE: Final = re.compile(r"ALTER TABLE (?P<table>\w+) DELETE WHERE (?P<condition>.+)")
_BY_TIME_ALONE: Final = re.compile(r"\w+ < toDateTime(64)?\([^()]*\)")
_RAW: Final = frozenset({"otel_traces", "otel_logs"})
# Partitions are 20260831 or 202608; a table without has one named all.
_WHOLE: Final = """
SELECT DISTINCT partition_id FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String}
    AND partition_id < left({day:String}, length(partition_id))
"""
_NOTE: Final = """
INSERT INTO llm_retention (name, before)
SELECT 'pruned', greatest(toDateTime('{before}', 'UTC'), max(before)) FROM llm_retention WHERE name = 'pruned'
"""
_SIZE: Final = """
SELECT sum(rows), sum(bytes_on_disk) FROM system.parts
WHERE active AND database = currentDatabase() AND table = {table:String}
"""


def pruned(session: Session, before: str, raw_only: bool, dry_run: bool) -> dict[str, Any]:
    """Remove what is older than the UTC day ``before``; with ``raw_only`` only spans and logs as delivered.

    ``{"before", "raw_only", "dry_run", "tables": [{"table", "rows", "bytes"}], "jobs_across"}``: rows as stored, bytes
    about; ``jobs_across``: jobs that go on after the date and of whose calls those before it go. Raises ``StoreError``.
    """
    day = _day_of(before)
    wanted = [(found["table"], found["condition"], found[0]) for found in _deletions(day)]
    wanted = [one for one in wanted if not raw_only or one[0] in _RAW]
    tables = [_found(session, table, condition) for table, condition, _ in wanted]
    jobs = 0 if raw_only else int(ask(session, "jobs_across", {"before": f"{day} 00:00:00"}).rows[0][0])
    if not dry_run:
        for (_, condition, deletion), table in zip(wanted, tables, strict=True):
            if table["rows"]:
                _delete(session, table["table"], condition, deletion, day)
        if not raw_only:
            session.command(_NOTE.format(before=f"{day} 00:00:00"))
    return {"before": str(day), "raw_only": raw_only, "dry_run": dry_run, "tables": tables, "jobs_across": jobs}


def _delete(session: Session, table: str, condition: str, deletion: str, day: date) -> None:
    """Whole partitions are dropped, which takes no time; of the one that the date is in, parts are written anew."""
    if _BY_TIME_ALONE.fullmatch(condition):
        for (partition,) in session.query(_WHOLE, {"table": table, "day": f"{day:%Y%m%d}"}).rows:
            session.command(f"ALTER TABLE {table} DROP PARTITION ID '{partition}'")
    session.command(f"{deletion} SETTINGS mutations_sync = 2")


def _day_of(before: str) -> date:
    try:
        day = date.fromisoformat(before)
    except ValueError:
        raise StoreError(f"--before {before[:40]}: not a day", "--before 2026-09-01") from None
    if not date(1970, 1, 1) < day <= datetime.now(timezone.utc).date():
        raise StoreError(f"--before {day}: not a day of the past", "--before 2026-09-01")
    return day


def _deletions(day: date) -> list[re.Match[str]]:
    text = resources.files(__package__).joinpath("prune.sql").read_text(encoding="utf-8")
    found = [_DELETE.search(one) for one in statements_of(text.replace("{before}", f"{day} 00:00:00"))]
    if None in found:
        raise ValueError("care/prune.sql: a statement is not understood")
    return [one for one in found if one is not None]


def _found(session: Session, table: str, condition: str) -> dict[str, Any]:
    rows = int(session.query(f"SELECT count() FROM {table} WHERE {condition}").rows[0][0])
    stored, size = session.query(_SIZE, {"table": table}).rows[0]
    return {"table": table, "rows": rows, "bytes": round(size * rows / stored) if stored else 0}
