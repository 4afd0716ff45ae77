"""From timings to figures: what a row adds to its base.

A round starts every process afresh; within it the rows take short turns, A B C ... A B C .... A turn of a row is held
against the turn of its base a moment before or after, so what disturbs the machine for longer than that hits both. A
figure is the median over the rounds of the median over the turns of these differences.

A neighbour on the same processor makes every call of a virtual machine take twice as long, for a second or for hours.
So there is a second figure, of the quiet turns alone: those before and after which the base was as fast as it ever was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from typing import Any

Turn = Any  # list[int] of nanoseconds; for streams see ``worker.Worker.stream``
Round = Sequence[Turn]
Value = Callable[[Round, int], float]

QUIET = 1.08
"""A turn of a base is quiet if its faster quarter took at most so much longer than its fastest hundredth ever did."""
FEWEST_QUIET = 8
"""Of fewer turns there is no figure."""


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
    quiet: float | None = None
    """What was added in quiet turns, the median of them; ``None`` if there were too few."""
    quiet_low: float | None = None
    quiet_high: float | None = None
    """The quarters of the quiet turns in which least and most was added."""
    quiet_turns: int = 0
    turns: int = 0


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


def added(row: Sequence[Round], base: Sequence[Round], again: Sequence[Round] | None, value: Value) -> Figure:
    """What the row adds to the base. All hold the same rounds of the same turns in the same order; ``again`` are the
    turns of the base after those of the row, if it had any.
    """
    middle = _deltas(row, base, value, 50)
    quiet = [] if again is None else _quiet_deltas(row, base, again, value)
    low, medium, high = quantiles(quiet, n=4) if len(quiet) >= FEWEST_QUIET else (None, None, None)
    return Figure(
        absolute=median(value(turns, 50) for turns in row),
        added=median(middle),
        low=min(middle),
        high=max(middle),
        added_p25=median(_deltas(row, base, value, 25)),
        added_p95=median(value(own, 95) - value(other, 95) for own, other in zip(row, base, strict=True)),
        quiet=medium,
        quiet_low=low,
        quiet_high=high,
        quiet_turns=len(quiet),
        turns=sum(map(len, row)),
    )


def _quiet_deltas(row: Sequence[Round], base: Sequence[Round], again: Sequence[Round], value: Value) -> list[float]:
    """What each quiet turn added to the turns of the base before and after it."""
    most = QUIET * min(value([*before, *after], 1) for before, after in zip(base, again, strict=True))
    return [
        value([turn], 50) - fmean(value([beside], 50) for beside in around)
        for rounds in zip(row, base, again, strict=True)
        for turn, *around in zip(*rounds, strict=True)
        if all(value([beside], 25) <= most for beside in around)
    ]


def _deltas(row: Sequence[Round], base: Sequence[Round], value: Value, percent: int) -> list[float]:
    """By round, the median difference of turns that were taken at about the same time."""
    return [
        median(value([turn], percent) - value([beside], percent) for turn, beside in zip(own, other, strict=True))
        for own, other in zip(row, base, strict=True)
    ]
