"""Sums of whole days, made of those of their hours or of calls. The store in one process makes and reads them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.maintenance import statement

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

DAYS: Final = {
    "llm_hourly": "llm_daily",
    "llm_hourly_tenants": "llm_daily_tenants",
    "llm_hourly_latency": "llm_daily_latency",
    "llm_hourly_jobs": "llm_daily_jobs",
    "llm_hourly_experiments": "llm_daily_experiments",
    "llm_failed_attempts": "llm_daily_failures",
    "llm_unpriced_attempts": "llm_daily_unpriced",
    "llm_arrivals": "llm_daily_arrivals",
    "llm_measured_routes": "llm_daily_routes",
    "llm_routes_without_model": "llm_daily_without_model",
}
"""Roll-up or view -> the sums of its days. Those of roll-ups come first: they are made of what is summed already."""
_TOUCHED: Final = {
    "llm_daily_routes": "llm_route_hours_touched FINAL",
    "llm_daily_without_model": "llm_route_hours_touched FINAL",
    # An hour of jobs changes with others: it is as it was while its build is.
    "llm_daily_jobs": (
        "(SELECT hour, fromUnixTimestamp64Milli(build) AS touched_at, build AS delivered, toUInt64(0) AS repriced"
        " FROM llm_job_hours_built FINAL)"
    ),
    "llm_daily_experiments": (
        "(SELECT hour, fromUnixTimestamp64Milli(build) AS touched_at, build AS delivered, toUInt64(0) AS repriced"
        " FROM llm_experiment_hours_built FINAL)"
    ),
}
"""Table of days -> what says which hours changed, where that is not ``llm_hours_touched``."""
AT_ONCE: Final = 4
"""Days that are summed before it is looked again what is due."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """A day that may be read whole: its start, UTC, and the build of its sums."""

    start: datetime
    build: int

    def is_within(self, bounds: tuple[datetime, ...]) -> bool:
        """Whether it lies between the first and the last of ``bounds``, and none of them inside it."""
        end = self.start + _DAY
        is_cut = any(self.start < bound < end for bound in bounds)
        return min(bounds) <= self.start and end <= max(bounds) and not is_cut


def build_days(session: Session) -> bool:
    """Sum days that are due, up to ``AT_ONCE`` of each table; whether there may be more."""
    found = [(name, session.query(_statement("days_due", name)).rows) for name in DAYS.values()]
    for name, rows in found:
        for day, touched_at, delivered, repriced in rows:
            _build_day(session, name, str(day), f"'{touched_at}', {delivered}, {repriced}")
    return any(len(rows) == AT_ONCE for _, rows in found)


def _build_day(session: Session, name: str, day: str, noted: str) -> None:
    """Sum a day, then note that it is whole: sums without a note are never read. ``noted``: what was delivered for
    it before it was summed, as SQL."""
    newest = int(
        session.query(f"SELECT max(build) FROM {name}_built WHERE day = toDateTime('{day}', 'UTC')").rows[0][0]
    )
    build = max(newest + 1, int(time.time() * 1000))
    session.command(statement(name, name).replace("{day}", day).replace("{build}", str(build)))
    session.command(f"INSERT INTO llm_days_built VALUES ('{name}', '{day}', {build}, {noted})")


def days_of(session: Session, name: str) -> tuple[Day, ...]:
    """The days of a table that are summed as they are now."""
    rows = session.query(_statement("days_summed", name)).rows
    return tuple(Day(datetime.fromtimestamp(int(start), timezone.utc), int(build)) for start, build in rows)


def sweep_days(session: Session) -> None:
    """Delete sums that are not read any more, where they are a fifth of what is stored or more."""
    for name in DAYS.values():
        stored, outdated = session.query(_OUTDATED.replace("{rollup}", name)).rows[0]
        if outdated * 5 > stored and outdated > 10_000:
            session.command(statement("sweep_days", name))


_OUTDATED: Final = """
SELECT count(), countIf((day, build) NOT IN (SELECT day, build FROM llm_days_built FINAL WHERE name = '{rollup}'))
FROM {rollup}_built
"""


def _statement(file: str, name: str) -> str:
    """The SQL of a file of this folder, for one table of days."""
    touched = _TOUCHED.get(name, "llm_hours_touched FINAL")
    return statement(file, name).replace("{touched}", touched).replace("{days}", str(AT_ONCE))
