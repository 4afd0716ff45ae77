"""Lines of ``llmroute doctor``: a state, what was found, what it means, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "warning", "problem"]

SPOOL_WAITS_S: Final = (60.0, 600.0)
"""Age of the oldest request that waits to be stored, from which on it is a warning, and a problem."""
QUIET_S: Final = 86_400
"""Nothing arrived for so long: a warning."""
HOURS_DUE: Final = 96
"""Hours of one roll-up that wait to be summed: more than what two rounds do."""
LATE_SHARE: Final = 0.05
NO_USAGE_SHARE: Final = 0.05
REPEATED_SHARE: Final = 0.10
PRICED_SHARE: Final = 0.90
"""Share of attempts with a price below which it is a problem; any without is a warning."""
LOST_SHARE: Final = 0.05
"""Share of the calls that were counted in the application and did not arrive: a problem. Any is a warning."""
FREE_BYTES: Final = (5 * 2**30, 2**30)
MOST_PARTS: Final = 300
"""Parts of one partition: the engine slows inserts down at 1,000."""


@dataclass(frozen=True)
class Line:
    """``found`` is one value for a person; ``meaning`` one sentence, ``advice`` what to do ("": nothing)."""

    check: str
    state: State
    found: str
    meaning: str
    advice: str = ""


def graded(value: float, warning: float, problem: float) -> State:
    """How bad a value is that should be small."""
    if value >= problem:
        return "problem"
    return "warning" if value >= warning else "ok"


def share(part: float, whole: float) -> float:
    """``part`` of ``whole``; 0 of nothing."""
    return part / whole if whole else 0.0


def percent(part: float, whole: float) -> str:
    """A share in words; never 0 % or 100 % for what is not exactly that."""
    if not whole:
        return "-"
    value = 100 * part / whole
    if 0 < value < 0.1:
        return "<0.1 %"
    if 99.9 < value < 100:
        return ">99.9 %"
    return f"{value:.1f} %".replace(".0 %", " %")


def size(count: float) -> str:
    """Bytes for a person."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def lasting(seconds: float) -> str:
    """A span of time for a person."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{sign}{seconds / length:.0f} {unit}"
    return f"{sign}{seconds:.0f} s"
