"""Rows for tests of the tables themselves, by the engine alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.store.engine import Engine

SPAN = ("Timestamp", "TraceId", "SpanId", "ServiceName", "SpanName", "ResourceAttributes", "SpanAttributes", "Duration")
AGED = (
    "ALTER TABLE llm_hours_touched UPDATE touched_at = touched_at - INTERVAL 2 MINUTE WHERE 1 "
    "SETTINGS mutations_sync = 2"
)
LOG = ("Timestamp", "TraceId", "SpanId", "ServiceName", "LogAttributes", "EventName")


def span(number: int, at: datetime, kind: str, **attributes: str) -> list[Any]:
    """A row of ``otel_traces``. Attributes with ``__`` for the point."""
    facts = {key.replace("__", "."): value for key, value in attributes.items()}
    return [at, f"{number:032x}", f"{number:016x}", "app", kind, {}, {"llmroute.record.kind": kind, **facts}, 1_000_000]


def call(number: int, at: datetime, cost: Decimal | None, **attributes: str) -> list[Any]:
    """An attempt that cost so much, in EUR."""
    found = span(number, at, "attempt", **attributes)
    found[6] |= {"llmroute.cost.currency": "EUR", "llmroute.route.name": "r", "llmroute.tenant.id": "acme"}
    found[6]["llmroute.cost.status"] = "unpriced" if cost is None else "priced"
    if cost is not None:
        found[6]["llmroute.cost.amount"] = format(cost, "f")
    return found


def insert_spans(engine: Engine, rows: list[list[Any]]) -> None:
    engine.insert("otel_traces", list(SPAN), rows)


def quiet(engine: Engine) -> None:
    """Let a minute pass for the roll-ups, and build all that is due."""
    for table in ("llm_hours_touched", "llm_job_hours_touched"):
        engine.command(AGED.replace("llm_hours_touched", table))
    while engine.rows("SELECT (SELECT count() FROM llm_rollups_due) + (SELECT count() FROM llm_job_hours_due)")[0][0]:
        engine.build()


def hour_before(now: datetime, **past: int) -> datetime:
    """The start of the hour so long ago."""
    return (now - timedelta(**past)).replace(minute=0, second=0, microsecond=0)
