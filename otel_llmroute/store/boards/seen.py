"""The values of a filter that were seen in a period: what the page offers to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.boards.asking import period_of
from otel_llmroute.store.boards.filters import COLUMNS, TABLES
from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions import ask
from otel_llmroute.store.times import engine_time, moment_told

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

LIMIT: Final = 50
MOST: Final = 1000
LONGEST: Final = 200
"""Characters of what a value is to contain."""


@dataclass(frozen=True)
class SeenQuestion:
    """Which values of ``filter`` were seen, at most ``limit`` of those that contain a text in any case."""

    filter: str
    since: datetime
    until: datetime
    contains: str = ""
    limit: int = LIMIT


def seen_question_of(told: Mapping[str, Any]) -> SeenQuestion:
    """The question that a client told as JSON. Raises ``BadStatement``."""
    name, contains, limit = told.get("filter"), told.get("contains", ""), told.get("limit", LIMIT)
    if not isinstance(name, str) or name not in COLUMNS:
        raise BadStatement(f"there is no filter {str(name)[:40]!r}", f"one of {', '.join(COLUMNS)}")
    if not isinstance(contains, str) or len(contains) > LONGEST:
        raise BadStatement(f"'contains' is not a text of at most {LONGEST} characters")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= MOST:
        raise BadStatement(f"'limit' is not a number from 1 to {MOST}")
    since, until = (moment_told(told.get(key), key) for key in ("since", "until"))
    return SeenQuestion(name, since, until, contains, limit)


def seen(session: Session, asked: SeenQuestion) -> dict[str, Any]:
    """``{"filter", "values", "has_more"}``, those that cost most first. Raises ``StoreError``."""
    since, until = period_of(asked.since, asked.until)
    parameters = {
        "table": table_of(asked.filter),
        "by": COLUMNS[asked.filter],
        "since": engine_time(since),
        "until": engine_time(until),
        "contains": asked.contains,
        "limit": asked.limit + 1,
    }
    values = [row[0] for row in ask(session, "values_seen", parameters).rows]
    return {"filter": asked.filter, "values": values[: asked.limit], "has_more": len(values) > asked.limit}


def table_of(name: str) -> str:
    """The roll-up that has a column for the filter, else the calls."""
    rollups = ("llm_hourly", "llm_hourly_tenants")
    return next((table for table in rollups if name in TABLES[table]), "llm_measured_calls")
