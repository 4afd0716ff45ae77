"""Reading stored sums in the place of views, and calls of the hours that are not summed. A view adds those up as well,
but takes longer to plan than they take to read, though there be nothing to add; and it knows no days."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from otel_llmroute.store.boards.filters import SUMMED
from otel_llmroute.store.maintenance import ROLLUPS
from otel_llmroute.store.maintenance.days import Day
from otel_llmroute.store.maintenance.summing import Sums
from otel_llmroute.store.questions import question

SumsOf = Callable[[str], "Sums | None"]
"""What is summed of a roll-up or view; ``None`` where it has to be read itself (``maintenance/summing.py``)."""
MOST_HOURS: Final = 5_000
"""Hours that are not summed, or beside whole days, that are worth naming one by one."""

_HOURLY: Final = frozenset({*ROLLUPS, "llm_hourly_jobs", "llm_hourly_experiments"})
"""What has sums of hours. Of other views, the hours beside whole days are read as they are."""
_FROM: Final = re.compile(rf"FROM ({'|'.join(sorted(SUMMED, reverse=True))}) AS (\w+)\n")
_HOUR: Final = timedelta(hours=1)


def not_summed(name: str) -> None:
    """A ``SumsOf`` of a store in which nobody sums."""


def of_sums(
    sql: str, filters: Collection[str], sums_of: SumsOf, bounds: tuple[datetime, ...]
) -> tuple[str, dict[str, list[Any]]]:
    """A question with sums in the place of what it reads, where that is summed and can be narrowed so, and the
    parameters of these. ``bounds``: times between which it asks, the last two of them for all but what was before; days
    are read whole where none of them is inside, and none without bounds."""
    chosen = {}
    for name in dict.fromkeys(place[1] for place in _FROM.finditer(sql)):
        parameters = _parameters(name, sums_of, bounds) if set(filters) <= set(SUMMED[name]) else None
        if parameters is not None:
            chosen[name] = parameters
    return _FROM.sub(lambda place: _from(place, chosen), sql), {
        key: value for parameters in chosen.values() for key, value in parameters.items()
    }


def _parameters(name: str, sums_of: SumsOf, bounds: tuple[datetime, ...]) -> dict[str, list[Any]] | None:
    sums = sums_of(name)
    if sums is None or (name not in _HOURLY and not bounds):
        return None
    whole = [day for day in sums.days if bounds and day.is_within(bounds)]
    found: dict[str, list[Any]] = {
        f"days_of_{name}": [_text(day.start) for day in whole],
        f"builds_of_{name}": [day.build for day in whole],
    }
    if name in ROLLUPS:
        hours = found[f"calls_of_{name}"] = _hours_to_read(sums.hours, whole, bounds)
    elif name not in _HOURLY:
        hours = found[f"hours_of_{name}"] = _hours_beside(whole, *bounds[-2:])
    else:
        hours = []
    return found if len(hours) <= MOST_HOURS else None


def _hours_to_read(hours: Sequence[datetime], days: list[Day], bounds: tuple[datetime, ...]) -> list[str]:
    """Those of the hours that are not summed that are asked for and in none of ``days``."""
    starts = {day.start for day in days}
    asked = [hour for hour in hours if not bounds or min(bounds) <= hour < max(bounds)]
    return [_text(hour) for hour in asked if hour.replace(hour=0) not in starts]


def _hours_beside(days: list[Day], since: datetime, until: datetime) -> list[str]:
    """The hours of a period that are in none of ``days``; of a long period the first ``MOST_HOURS`` and one more."""
    starts = {day.start for day in days}
    found: list[str] = []
    hour = since
    while hour < until and len(found) <= MOST_HOURS:
        if hour in starts:
            hour += timedelta(days=1)
        else:
            found.append(_text(hour))
            hour += _HOUR
    return found


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _from(place: re.Match[str], chosen: Mapping[str, Mapping[str, list[Any]]]) -> str:
    name, alias = place[1], place[2]
    if name not in chosen:
        return place[0]
    calls = f"UNION ALL\n{question(f'{name}_of_records')}" if chosen[name].get(f"calls_of_{name}") else ""
    return f"FROM\n(\n{question(f'{name}_of_sums')}{calls}) AS {alias}\n"
