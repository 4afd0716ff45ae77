"""What is summed when somebody asks, and what has to be read beside it: hours whose calls came just now. What cannot be
read so is summed while they wait. And which hours have costs that were computed anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.maintenance import ROLLUPS, statement
from otel_llmroute.store.maintenance.days import DAYS, Day, days_of
from otel_llmroute.store.maintenance.experiments import open_experiment_hours, sum_touched_experiments
from otel_llmroute.store.maintenance.jobs import OpenHour, job_hours_now, open_job_hours, sum_touched_jobs
from otel_llmroute.store.times import from_engine

if TYPE_CHECKING:
    from otel_llmroute.store.database import Database

HOURS: Final = 6
CALLS: Final = 200_000
"""Hours, and deliveries for them, that are summed while somebody waits, where their calls cannot be read as they are.
With more, views are read: they add up while reading what is not summed."""
WAIT_S: Final = 0.5
"""How long a question waits for the maintainer to end a build before it reads views."""
QUIET_S: Final = 1.0
"""How long an hour was left alone that is summed ahead of questions: one that changes all the time is not worth it."""
ASKED_S: Final = 60.0
"""How long after a question the next one is expected."""
KEPT_S: Final = 15.0
"""How long it is not looked again which days were summed meanwhile. What changed calls is looked at each time."""


CALLS_VIEW: Final = "llm_calls"
"""No roll-up: of it there is only to say which hours have to be read as it reads them."""


@dataclass(frozen=True)
class Sums:
    """What a question may read of a roll-up or view: days whole, and the calls of ``hours``, which are not summed. All
    other hours are summed. ``repriced``, of ``llm_calls`` alone: hours in which a cost was computed anew, so that their
    records do not say what their calls cost."""

    days: tuple[Day, ...]
    hours: tuple[datetime, ...] = ()
    repriced: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class _Look:
    changes: int
    at_s: float
    sums: Sums | None


class _Touched(NamedTuple):
    """An hour that is not summed, with what was delivered for it until now. ``has_costs``: a cost of it was computed
    anew, so its records do not say what its calls cost."""

    hour: str
    touched_at: str
    delivered: int
    repriced: int
    has_costs: bool


_Hour = TypeVar("_Hour", _Touched, OpenHour)
_OPEN_HOURS: Final = {"llm_hourly_jobs": open_job_hours, "llm_hourly_experiments": open_experiment_hours}
"""Roll-ups that say by themselves which of their hours are not summed."""


def _quiet(hours: set[_Hour]) -> set[_Hour]:
    """Those for which nothing was delivered in the last ``QUIET_S`` seconds."""
    latest = datetime.now(timezone.utc) - timedelta(seconds=QUIET_S)
    return {hour for hour in hours if from_engine(hour.touched_at) <= latest}


class Summing:
    """What is summed of the roll-up that a question reads. Safe to share between threads: one of them looks, and sums
    where that has to be, the others wait for it."""

    def __init__(self, database: Database, building: threading.Lock) -> None:
        """``building`` is held while hours are built, here or by the maintainer."""
        self._database = database
        self._reader = database.reader()
        self._writer = database.writer(changes_calls=False)
        self._building = building
        self._looking = {name: threading.Lock() for name in (*DAYS, CALLS_VIEW)}
        self._looks: dict[str, _Look] = {}
        self._asked_s: dict[str, float] = {}

    def sums(self, name: str) -> Sums | None:
        """What is summed of a roll-up as of now; ``None`` when its view has to be read."""
        self._asked_s[name] = time.monotonic()
        return self.seen(name)

    @property
    def changes(self) -> int:
        """As ``Database.changes``."""
        return self._database.changes

    def asked(self) -> list[str]:
        """What somebody asked for in the last ``ASKED_S`` seconds."""
        now_s = time.monotonic()
        return [name for name, at_s in list(self._asked_s.items()) if now_s - at_s < ASKED_S]

    def sum_ahead(self, name: str) -> None:
        """Sum what was touched of a roll-up and is quiet, as far as a question would, so that the next one finds it
        summed. Raises ``StoreError``."""
        if name in ROLLUPS:
            quiet = _quiet(self._touched(name))
            if quiet and self._are_summed(name, quiet):
                self._looks.pop(name, None)
        if name in _OPEN_HOURS:
            touched = _OPEN_HOURS[name](self._reader)
            if touched != _quiet(touched):
                return
        self.seen(name)

    def seen(self, name: str) -> Sums | None:
        """As ``sums``, for who looks now and then: it is no reason to sum ahead of the next look."""
        with self._looking[name]:
            changes, now_s = self._database.changes, time.monotonic()
            look = self._looks.get(name)
            if look is None or look.changes != changes or now_s - look.at_s > KEPT_S:
                look = self._looks[name] = _Look(changes, now_s, self._looked(name))
            return look.sums

    def _looked(self, name: str) -> Sums | None:
        try:
            if name == CALLS_VIEW:
                return Sums((), repriced=self._repriced())
            touched = self._touched(name) if name in ROLLUPS else set()
            if not self._are_summed(name, {hour for hour in touched if hour.has_costs}):
                return None
            if name == "llm_hourly_jobs" and not self._jobs_are_summed():
                return None
            if name == "llm_hourly_experiments" and not self._experiments_are_summed():
                return None
            hours = sorted(from_engine(hour.hour) for hour in touched if not hour.has_costs)
            return Sums(days_of(self._reader, DAYS[name]), tuple(hours))
        except StoreError:
            # The view answers, or says what is wrong.
            return None

    def _repriced(self) -> tuple[datetime, ...]:
        rows = self._reader.query("SELECT toString(hour) FROM llm_repriced_hours FINAL ORDER BY hour").rows
        return tuple(from_engine(str(hour)) for (hour,) in rows)

    def _are_summed(self, rollup: str, touched: set[_Touched]) -> bool:
        """Sum these hours; whether that left nothing of them to be summed."""
        if not touched:
            return True
        if len(touched) > HOURS or sum(hour.delivered for hour in touched) > CALLS:
            return False
        with self._may_build() as may:
            if not may:
                return False
            for hour in touched & self._touched(rollup):
                self._writer.command(statement("sum_touched", rollup).format(**hour._asdict()))
            self._writer.command(statement("mark_rollup", rollup))
        # What was delivered meanwhile is none of what was asked for; what is left as it was cannot be summed.
        return not touched & self._touched(rollup)

    def _jobs_are_summed(self) -> bool:
        """As ``_are_summed``, of jobs: with the hours that were touched those are summed in which their jobs began."""
        touched = open_job_hours(self._reader)
        if not touched:
            return True
        if sum(hour.delivered for hour in touched) > CALLS or job_hours_now(self._reader) > HOURS:
            return False
        with self._may_build() as may:
            if not may:
                return False
            if touched & open_job_hours(self._reader):
                sum_touched_jobs(self._writer)
        return not touched & open_job_hours(self._reader)

    def _experiments_are_summed(self) -> bool:
        """As ``_are_summed``, of experiments."""
        touched = open_experiment_hours(self._reader)
        if not touched:
            return True
        if len(touched) > HOURS or sum(hour.delivered for hour in touched) > 3 * CALLS:
            return False  # the call, its route and its job are a delivery each
        with self._may_build() as may:
            if not may:
                return False
            if touched & open_experiment_hours(self._reader):
                sum_touched_experiments(self._writer)
        return not touched & open_experiment_hours(self._reader)

    @contextmanager
    def _may_build(self) -> Iterator[bool]:
        """Whether hours may be built until the block ends. Nobody waits for a long build of the maintainer, nor for a
        backup, during which nothing is written."""
        may = not self._database.gate.is_shut and self._building.acquire(timeout=WAIT_S)
        try:
            yield may
        finally:
            if may:
                self._building.release()

    def _touched(self, rollup: str) -> set[_Touched]:
        rows = self._reader.query(statement("hours_touched", rollup)).rows
        return {
            _Touched(str(hour), str(touched_at), int(count), int(costs), bool(has_costs))
            for hour, touched_at, count, costs, has_costs in rows
        }
