"""Reading stored sums in the place of views. A view adds up what is not summed yet, which takes time to plan though
there be nothing to add; and it knows no days."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from otel_llmroute.store.boards.filters import SUMMED
from otel_llmroute.store.maintenance import ROLLUPS
from otel_llmroute.store.maintenance.days import Day
from otel_llmroute.store.questions import question

DaysOf = Callable[[str], "tuple[Day, ...] | None"]
"""The days of a roll-up or view that may be read whole; ``None`` where it has to be read itself
(``maintenance/summing.py``)."""
MOST_HOURS: Final = 5_000
"""Hours beside whole days that are worth naming one by one."""

_FROM: Final = re.compile(rf"FROM ({'|'.join(sorted(SUMMED, reverse=True))}) AS (\w+)\n")
_HOUR: Final = timedelta(hours=1)


def not_summed(name: str) -> None:
    """A ``DaysOf`` of a store in which nobody sums."""


def of_sums(
    sql: str, filters: Collection[str], days_of: DaysOf, bounds: tuple[datetime, ...]
) -> tuple[str, dict[str, list[Any]]]:
    """A question with sums in the place of what it reads, where that is summed and can be narrowed so, and the
    parameters of these. ``bounds``: times between which it asks, the last two of them for all but what was before; days
    are read whole where none of them is inside, and none without bounds."""
    chosen = {}
    for name in dict.fromkeys(place[1] for place in _FROM.finditer(sql)):
        parameters = _parameters(name, days_of, bounds) if set(filters) <= set(SUMMED[name]) else None
        if parameters is not None:
            chosen[name] = parameters
    return _FROM.sub(lambda place: _from(place, chosen), sql), {
        key: value for parameters in chosen.values() for key, value in parameters.items()
    }


def _parameters(name: str, days_of: DaysOf, bounds: tuple[datetime, ...]) -> dict[str, list[Any]] | None:
    days = days_of(name)
    if days is None or (name not in ROLLUPS and not bounds):
        return None
    whole = [day for day in days if bounds and day.is_within(bounds)]
    found: dict[str, list[Any]] = {
        f"days_of_{name}": [_text(day.start) for day in whole],
        f"builds_of_{name}": [day.build for day in whole],
    }
    if name not in ROLLUPS:
        hours = _hours_beside(whole, *bounds[-2:])
        if len(hours) > MOST_HOURS:
            return None
        found[f"hours_of_{name}"] = hours
    return found


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


def _from(place: re.Match[str], chosen: Mapping[str, object]) -> str:
    return f"FROM\n(\n{question(f'{place[1]}_of_sums')}) AS {place[2]}\n" if place[1] in chosen else place[0]
