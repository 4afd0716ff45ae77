"""Reading stored sums in the place of views, and calls of the hours that are not summed. A view adds those up as well,
but takes longer to plan than they take to read, though there be nothing to add; and it knows no days. What is read of
views all the same stands in the question itself, and not what is for costs that were computed anew, where there are
none."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from otel_llmroute.store.boards.filters import FROM_CALLS, SUMMED
from otel_llmroute.store.maintenance import ROLLUPS
from otel_llmroute.store.maintenance.days import Day
from otel_llmroute.store.maintenance.summing import CALLS_VIEW, Sums
from otel_llmroute.store.questions import question
from otel_llmroute.store.schema import view

SumsOf = Callable[[str], "Sums | None"]
"""What is summed of a roll-up or view; ``None`` where it has to be read itself (``maintenance/summing.py``)."""
EVER: Final = (datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc))
"""The times between which every call is."""
MOST_HOURS: Final = 5_000
"""Hours that are not summed, or beside whole days, that are worth naming one by one."""

_HOURLY: Final = frozenset({*ROLLUPS, "llm_hourly_jobs", "llm_hourly_experiments"})
"""What has sums of hours. Of other views, the hours beside whole days are read as they are."""
_FROM: Final = re.compile(rf"FROM ({'|'.join(sorted(SUMMED, reverse=True))}) AS (\w+)\n")
_HOUR: Final = timedelta(hours=1)
_OF_CALLS: Final = (
    *("llm_arrivals", "llm_failed_attempts", "llm_unpriced_attempts"),
    *("llm_measured_calls", "llm_measured_latencies"),
)
_OF_ROUTES: Final = ("llm_measured_routes", "llm_routes_without_model", "llm_routes", "llm_decisions")
"""Views of calls, and of what has no money: each takes the engine longer to plan than its SELECT in its place."""
_FROM_VIEW: Final = re.compile(rf"FROM ({'|'.join((*_OF_CALLS, *_OF_ROUTES, CALLS_VIEW))})( AS \w+)?\n")
_OF_TRACES: Final = re.compile(r"(?: *(?:WHERE|AND) .*\n)*? *AND \w+\.trace_id IN \{only_trace:")
_RECORDS: Final = re.compile(r"(FROM llm_\w+_records FINAL)\n")
_FIRST_TRACES: Final = r"\1 PREWHERE trace_id IN {only_trace:Array(String)}\n"
"""What is told of a trace lies in a few blocks, of which little is its own. All deliveries of a record are of one."""
_UNION: Final = "UNION ALL\n"
_OF_TIMES: Final = re.compile(r"^WHERE (?:day|hour) IN \{(\w+):", re.MULTILINE)


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
        # What a roll-up has no column for was put in its place before, where the question is narrowed by it.
        is_whole = name in FROM_CALLS or set(filters) <= set(SUMMED[name])
        parameters = _parameters(name, sums_of, bounds) if is_whole else None
        if parameters is not None:
            chosen[name] = parameters
    return _FROM.sub(lambda place: _from(place, chosen), sql), {
        key: value for parameters in chosen.values() for key, value in parameters.items()
    }


def without_views(sql: str, sums_of: SumsOf, asked: tuple[datetime, datetime] = EVER) -> str:
    """A question with what views read in their place, where something is summed. ``asked``: between which times it asks
    for calls. Views of calls stay where one of these has a cost that was computed anew."""
    calls = sums_of(CALLS_VIEW) if _FROM_VIEW.search(sql) else None
    if calls is None:
        return sql
    is_repriced = any(asked[0] <= hour < asked[1] for hour in calls.repriced)
    taken = _OF_ROUTES if is_repriced else (*_OF_ROUTES, *_OF_CALLS, CALLS_VIEW)
    return _FROM_VIEW.sub(lambda place: _view(place, taken), sql)


def _view(place: re.Match[str], taken: Collection[str], is_of_traces: bool = False) -> str:
    name, alias = place[1], place[2] or ""
    if name not in taken:
        return place[0]
    is_of_traces = is_of_traces or _OF_TRACES.match(place.string, place.end()) is not None
    read = question(f"{CALLS_VIEW}_of_records") if name == CALLS_VIEW else view(name) + "\n"
    read = _FROM_VIEW.sub(lambda within: _view(within, taken, is_of_traces), read)
    return f"FROM\n(\n{_RECORDS.sub(_FIRST_TRACES, read) if is_of_traces else read}){alias}\n"


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
    parts = [part for part in question(f"{name}_of_sums").split(_UNION) if not _reads_nothing(part, chosen[name])]
    if chosen[name].get(f"calls_of_{name}"):
        parts.append(question(f"{name}_of_records"))
    return f"FROM\n(\n{_UNION.join(parts)}) AS {alias}\n"


def _reads_nothing(part: str, parameters: Mapping[str, list[Any]]) -> bool:
    """Whether a part is of days or hours of which there are none: to plan it takes as long all the same."""
    found = _OF_TIMES.search(part)
    return found is not None and not parameters[found[1]]
