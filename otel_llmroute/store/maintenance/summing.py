"""Sums what is not summed yet when somebody asks, so that a question reads sums alone."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.maintenance import ROLLUPS, statement
from otel_llmroute.store.maintenance.days import DAYS, Day, days_of
from otel_llmroute.store.maintenance.jobs import job_hours_now, open_job_hours, sum_touched_jobs

if TYPE_CHECKING:
    from otel_llmroute.store.database import Database

HOURS: Final = 6
CALLS: Final = 200_000
"""Hours, and deliveries for them, that are summed while somebody waits. With more, views are read: they add up while
reading what is not summed."""
WAIT_S: Final = 0.5
"""How long a question waits for the maintainer to end a build before it reads views."""
KEPT_S: Final = 15.0
"""How long it is not looked again which days were summed meanwhile. What changed calls is looked at each time."""


@dataclass(frozen=True)
class _Look:
    changes: int
    at_s: float
    days: tuple[Day, ...] | None


class _Touched(NamedTuple):
    """An hour to be summed, with what was delivered for it until now."""

    hour: str
    touched_at: str
    delivered: int
    repriced: int


class Summing:
    """Whether everything is summed, of the roll-up that a question reads. Safe to share between threads: one of them
    sums, the others wait for it."""

    def __init__(self, database: Database, building: threading.Lock) -> None:
        """``building`` is held while hours are built, here or by the maintainer."""
        self._database = database
        self._session = database.writer(changes_calls=False)
        self._building = building
        self._looking = {name: threading.Lock() for name in DAYS}
        self._looks: dict[str, _Look] = {}

    def days(self, name: str) -> tuple[Day, ...] | None:
        """The days of a roll-up that may be read whole, when all its hours are summed as of now; else ``None``: then
        its view has to be read."""
        with self._looking[name]:
            changes, now_s = self._database.changes, time.monotonic()
            look = self._looks.get(name)
            if look is None or look.changes != changes or now_s - look.at_s > KEPT_S:
                look = self._looks[name] = _Look(changes, now_s, self._looked(name))
            return look.days

    def _looked(self, name: str) -> tuple[Day, ...] | None:
        if self._database.gate.is_shut:
            return None  # a backup is made: what writes waits, and questions do not
        try:
            if name in ROLLUPS and not self._is_summed(name):
                return None
            if name == "llm_hourly_jobs" and not self._jobs_are_summed():
                return None
            return days_of(self._session, DAYS[name])
        except StoreError:
            # The view answers, or says what is wrong.
            return None

    def _is_summed(self, rollup: str) -> bool:
        """Sum what was touched; whether that left nothing of it to be summed."""
        touched = self._touched(rollup)
        if not touched:
            return True
        if len(touched) > HOURS or sum(hour.delivered for hour in touched) > CALLS:
            return False
        if not self._building.acquire(timeout=WAIT_S):
            return False
        try:
            for hour in touched:
                self._session.command(statement("sum_touched", rollup).format(**hour._asdict()))
            self._session.command(statement("mark_rollup", rollup))
        finally:
            self._building.release()
        # What was delivered meanwhile is none of what was asked for; what is left as it was cannot be summed.
        return not touched & self._touched(rollup)

    def _jobs_are_summed(self) -> bool:
        """As ``_is_summed``, of jobs: with the hours that were touched those are summed in which their jobs began."""
        touched = open_job_hours(self._session)
        if not touched:
            return True
        if sum(hour.delivered for hour in touched) > CALLS or job_hours_now(self._session) > HOURS:
            return False
        if not self._building.acquire(timeout=WAIT_S):
            return False
        try:
            sum_touched_jobs(self._session)
        finally:
            self._building.release()
        return not touched & open_job_hours(self._session)

    def _touched(self, rollup: str) -> set[_Touched]:
        rows = self._session.query(statement("hours_touched", rollup)).rows
        return {_Touched(str(hour), str(touched_at), int(count), int(costs)) for hour, touched_at, count, costs in rows}
