"""Times as people and clients say them, and as the engine takes them. All are in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from otel_llmroute.store.errors import BadStatement, StoreError

FIRST: Final = "1970-01-01 00:00:00"
LAST: Final = "2262-01-01 00:00:00"
"""The limits of a period that has none: what the engine's times can say."""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment_of(text: str, now: datetime | None = None) -> str:
    """``24h``, ``7d`` (before now), or an ISO time (UTC unless it says otherwise) -> a time for the engine.
    Raises ``StoreError``."""
    now = now or datetime.now(timezone.utc)
    try:
        if found := re.fullmatch(r"(\d{1,6})([smhdw])", text.strip()):
            moment = (now - timedelta(seconds=int(found[1]) * _UNITS[found[2]])).astimezone(timezone.utc)
        else:
            moment = _iso(text)
    except ValueError as error:
        raise StoreError(f"{text!r} is not a time", "24h, 7d, 2026-11-01 or 2026-11-01T12:00:00Z") from error
    except OverflowError:
        moment = datetime.min.replace(tzinfo=timezone.utc)
    if not 1970 <= moment.year < 2262:
        raise StoreError(f"{text!r} is no time from 1970 to 2261", "24h, 7d, 2026-11-01, or leave it out for all")
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def moment_told(text: object, key: str) -> datetime:
    """The ISO time that a client told as ``key``, UTC where it says no other. Raises ``BadStatement``."""
    try:
        return _iso(str(text))
    except (ValueError, OverflowError) as error:
        raise BadStatement(f"{key!r} is not a time", "2026-11-01T12:00:00+00:00") from error


def _iso(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def engine_time(moment: datetime) -> str:
    """A moment in UTC as a parameter of a question, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def from_engine(text: str) -> datetime:
    """A time as the engine says it."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
