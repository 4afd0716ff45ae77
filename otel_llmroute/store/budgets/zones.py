"""Time zones as the engine is told of them: from which moment on a zone is how far from UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

UTC: Final = "UTC"
_FIRST: Final = datetime(2020, 1, 1, tzinfo=timezone.utc)
_YEARS: Final = 30


@dataclass(frozen=True)
class Zone:
    """A zone from 2020 to 2049, by what this machine knows of it: from the second ``since_s[n]`` of 1970 on its clocks
    are ``offset_s[n]`` seconds ahead of UTC. The first moment is 0."""

    name: str
    since_s: tuple[int, ...]
    offset_s: tuple[int, ...]

    @property
    def has_whole_hours(self) -> bool:
        """Whether its days begin where hours of UTC do."""
        return all(offset % 3600 == 0 for offset in self.offset_s)


@cache
def zone_of(name: str) -> Zone:
    """The zone of that name, such as ``Europe/Berlin``. Raises ``ValueError`` when this machine does not know it."""
    if name == UTC:
        return Zone(UTC, (0,), (0,))
    try:
        clock = ZoneInfo(name)
    except (OSError, KeyError, ValueError):
        raise ValueError(f"no time zone {name!r}") from None
    changes = [(0, _offset_s(clock, _FIRST)), *_changes(clock)]
    return Zone(name, tuple(at for at, _ in changes), tuple(offset for _, offset in changes))


def _changes(clock: tzinfo) -> list[tuple[int, int]]:
    """When the zone's distance from UTC changes, and to what."""
    found = []
    day, before = _FIRST, _offset_s(clock, _FIRST)
    for _ in range(_YEARS * 366):
        following = day + timedelta(days=1)
        after = _offset_s(clock, following)
        if after != before:
            found.append((_change_s(clock, day, following), after))
        day, before = following, after
    return found


def _change_s(clock: tzinfo, first: datetime, last: datetime) -> int:
    """The second of the change between two moments."""
    low, high = int(first.timestamp()), int(last.timestamp())
    before = _offset_s(clock, first)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_s(clock, datetime.fromtimestamp(middle, timezone.utc)) == before:
            low = middle
        else:
            high = middle
    return high


def _offset_s(clock: tzinfo, moment: datetime) -> int:
    offset = moment.astimezone(clock).utcoffset()
    return int(offset.total_seconds()) if offset else 0
