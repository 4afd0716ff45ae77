"""What a run found out about each row, and its form as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from statistics import median
from typing import TYPE_CHECKING, Any

from per_call.figures import Figure, Value, added, later, per_chunk, percentile, slope

if TYPE_CHECKING:
    from per_call.environments import Row

MEASURES = ("create", "stream", "async_create", "unsampled")
FIGURES: dict[str, tuple[str, Value]] = {
    "create": ("create", percentile),
    "chunk": ("stream", per_chunk),
    "chunk_by_slope": ("stream", slope),
    "async_create": ("async_create", percentile),
    "unsampled": ("unsampled", percentile),
    "later": ("later", later),
}
"""Name of a figure: the measure it comes from, and how."""


@dataclass
class Result:
    """One row. ``failure`` says why there is no more; figures that were not measured are absent."""

    row: Row
    failure: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    content: bool = False
    turns: dict[str, list[list[Any]]] = field(default_factory=dict)
    again: dict[str, list[list[Any]]] = field(default_factory=dict)
    """Of a base: the turns after those of the others."""
    counts: dict[str, dict[str, float]] = field(default_factory=dict)
    startups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    memory: dict[str, Any] | None = None
    figures: dict[str, Figure] = field(default_factory=dict)

    def add_turn(self, measure: str, number: int, turn: Any, is_again: bool = False) -> None:
        """Add what a turn of round ``number`` timed."""
        rounds = (self.again if is_again else self.turns).setdefault(measure, [])
        if len(rounds) == number:
            rounds.append([])
        rounds[number].append(turn)

    def count(self, measure: str, answer: dict[str, Any]) -> None:
        """Add an answer's calls, spans and tokens to the sums that tell whether the instrumentation did its work."""
        sums = self.counts.setdefault(measure, {})
        for name in ("calls", "spans", "tokens", "expected_tokens", "cost"):
            sums[name] = sums.get(name, 0) + answer.get(name, 0)

    def share(self, measure: str, part: str, whole: str) -> float | None:
        """``part`` of ``whole`` over all turns of a measure; None when it was not measured."""
        sums = self.counts.get(measure, {})
        return sums[part] / sums[whole] if sums.get(whole) else None

    def startup_ms(self, order: str) -> float | None:
        """Median over the rounds of all that was timed, the SDK's own import included; None when not measured."""
        runs = self.startups.get(order)
        return median(run["sdk_ms"] + run["import_ms"] + run["instrument_ms"] for run in runs) if runs else None

    def imported_sdks(self) -> list[str] | None:
        runs = self.startups.get("alone")
        return runs[0]["imported_sdks"] if runs else None


def base_of(result: Result, results: Sequence[Result]) -> Result:
    """The result that this one is held against; itself for a base."""
    return next(other for other in results if other.row.name == (result.row.base or result.row.name))


def work_out(results: Sequence[Result]) -> None:
    """Fill in the figures of every row whose base was measured as well."""
    for result in results:
        base = base_of(result, results)
        for name, (measure, value) in FIGURES.items():
            turns, others = result.turns.get(measure), base.turns.get(measure)
            if turns and others and len(turns) == len(others) and not (result.failure or base.failure):
                result.figures[name] = added(turns, others, base.again.get(measure), value)


def added_startup_ms(result: Result, results: Sequence[Result], order: str) -> float | None:
    """Start-up time over that of the base."""
    own, other = result.startup_ms(order), base_of(result, results).startup_ms(order)
    return None if own is None or other is None else own - other


def machine() -> str:
    """The machine in general words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def load() -> float | None:
    """Processes that wanted a core during the last minute; None where the system does not say."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def as_json(results: Sequence[Result], options: dict[str, Any], budgets: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole run; times in microseconds unless the name says otherwise. ``load_after`` includes the run's own 1."""
    return {
        "finished": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_after": load(),
        "options": options,
        "rows": [_row_as_json(result, results) for result in results],
        "budgets": budgets,
    }


def _row_as_json(result: Result, results: Sequence[Result]) -> dict[str, Any]:
    return {
        "name": result.row.name,
        "label": result.row.label,
        "base": result.row.base,
        "failure": result.failure,
        "versions": result.versions,
        "content_in_span": result.content,
        "figures_us": {name: asdict(figure) for name, figure in result.figures.items()},
        "counts": result.counts,
        "startup_ms": {order: added_startup_ms(result, results, order) for order in ("alone", "sdk-first")},
        "startup_runs": result.startups,
        "imported_sdks": result.imported_sdks(),
        "memory": result.memory,
    }
