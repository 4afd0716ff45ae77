"""From timings to figures: what a row adds to its base.

A round starts every process afresh; within it the rows take short turns, A B C ... A B C .... A turn of a row is held
against the turn of its base a moment before or after, so what disturbs the machine for longer than that hits both. A
figure is the median over the rounds of the median over the turns of these differences.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

Turn = Any  # list[int] of nanoseconds; for streams see ``worker.Worker.stream``
Round = Sequence[Turn]
Value = Callable[[Round, int], float]


@dataclass(frozen=True)
class Figure:
    """Microseconds. ``low`` and ``high`` are the rounds that added least and most.

    ``added_p25`` compares the faster quarter of the calls of both: it is the figure to look at on a noisy machine.
    ``added_p95`` compares the slowest calls of whole rounds.
    """

    absolute: float
    added: float
    low: float
    high: float
    added_p25: float
    added_p95: float


def percentile(turns: Sequence[Sequence[int]], percent: int) -> float:
    """A percentile of the calls of a round, in microseconds."""
    return quantiles([ns for turn in turns for ns in turn], n=100, method="inclusive")[percent - 1] / 1e3


def per_chunk(turns: Sequence[dict[str, Any]], percent: int) -> float:
    """Microseconds per chunk: a percentile of the stretches of a stream, which leave out what a stream costs once."""
    return percentile([turn["stretches"] for turn in turns], percent) / turns[0]["stretch"]


def slope(turns: Sequence[dict[str, Any]], percent: int) -> float:
    """Microseconds per chunk from whole streams: (a long one - a short one) / the chunks between them.

    Right as well, but a stream lasts long enough to be disturbed on most machines.
    """
    short, long = sorted(turns[0]["whole"], key=int)
    few, many = ([turn["whole"][length] for turn in turns] for length in (short, long))
    return (percentile(many, percent) - percentile(few, percent)) / (int(long) - int(short))


def later(turns: Sequence[float], percent: int) -> float:
    """Microseconds per call of exporting and collecting; a turn has one such figure."""
    return median(turns)


def added(row: Sequence[Round], base: Sequence[Round], value: Value) -> Figure:
    """What the row adds to the base. Both hold the same rounds of the same turns in the same order."""
    middle = _deltas(row, base, value, 50)
    return Figure(
        absolute=median(value(turns, 50) for turns in row),
        added=median(middle),
        low=min(middle),
        high=max(middle),
        added_p25=median(_deltas(row, base, value, 25)),
        added_p95=median(value(own, 95) - value(other, 95) for own, other in zip(row, base, strict=True)),
    )


def _deltas(row: Sequence[Round], base: Sequence[Round], value: Value, percent: int) -> list[float]:
    """By round, the median difference of turns that were taken at about the same time."""
    return [
        median(value([turn], percent) - value([beside], percent) for turn, beside in zip(own, other, strict=True))
        for own, other in zip(row, base, strict=True)
    ]
