"""From timings to figures: what a row adds to its base.

A round starts every process afresh; within it the rows take short turns, A B C ... A B C .... All turns of a round are
taken together, so a busy neighbour who disturbs some turns does not move the median. A figure is the median over the
rounds of (this row in the round - its base in the same round).
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


def added(row: Sequence[Round], base: Sequence[Round], value: Value) -> Figure:
    """What the row adds to the base. Both hold the same rounds in the same order."""
    middle = _deltas(row, base, value, 50)
    return Figure(
        absolute=median(value(turns, 50) for turns in row),
        added=median(middle),
        low=min(middle),
        high=max(middle),
        added_p25=median(_deltas(row, base, value, 25)),
        added_p95=median(_deltas(row, base, value, 95)),
    )


def _deltas(row: Sequence[Round], base: Sequence[Round], value: Value, percent: int) -> list[float]:
    return [value(own, percent) - value(other, percent) for own, other in zip(row, base, strict=True)]
