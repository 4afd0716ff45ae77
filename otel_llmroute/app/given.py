"""Values as an application gives them, checked: what cannot be used is left out and logged once, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from otel_llmroute.app.complaints import complain
from otel_llmroute.prices.cost import to_pico

Money = Decimal | int | float | str
"""An amount: best a ``Decimal`` or a decimal text; a float is taken by its shortest text."""


_Made = TypeVar("_Made")
_MOST_REMEMBERED: Final = 1024
_LONGEST_REMEMBERED: Final = 1024
_WORDS: Final = frozenset({str, type(None)})


class Remembered(Generic[_Made]):
    """What ``work_out`` makes of texts, worked out once for all that say the same: most applications say a few things.

    What is returned is shared: to be copied, never changed. Of long texts nothing is kept. Thread-safe: one is at worst
    worked out twice.
    """

    def __init__(self, work_out: Callable[..., _Made]) -> None:
        self.work_out = work_out
        self.found: dict[tuple[object, ...], _Made] = {}

    def of(self, words: tuple[object, ...]) -> _Made:
        """What is made of ``words``, texts or ``None``; of anything else it is worked out each time."""
        try:
            made = self.found.get(words)
        except TypeError:  # not hashable
            return self.work_out(*words)
        if made is None:
            made = self.work_out(*words)
            if _WORDS.issuperset(map(type, words)) and sum(map(len, filter(None, words))) <= _LONGEST_REMEMBERED:  # type: ignore[arg-type]
                if len(self.found) >= _MOST_REMEMBERED:
                    self.found.clear()
                self.found[words] = made
        return made


def present(*pairs: tuple[str, Any]) -> dict[str, Any]:
    """The pairs that hold something, texts by their text."""
    return {
        name: str.__str__(value) if isinstance(value, str) else value
        for name, value in pairs
        if value not in (None, "", [])
    }


def number(value: object) -> float | None:
    """``value`` as a float if it is a number, else ``None``."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def member(value: str | None, members: frozenset[str], what: str) -> str | None:
    """``value`` if it is one of ``members``; else ``None``, and a line in the log that names them."""
    if value is None or value in members:
        return value
    complain(f"{value!r} is no {what}; it is one of {', '.join(sorted(members))}")
    return None


def pico_of(amount: Money | None, what: str) -> int | None:
    """``amount`` in integer pico-units; ``None``, and a line in the log, when it is not a finite number from 0 up."""
    if amount is None:
        return None
    try:
        exact = Decimal(repr(amount)) if isinstance(amount, float) else Decimal(amount)
        if exact.is_finite() and exact >= 0:
            return to_pico(exact)
    except (ArithmeticError, TypeError, ValueError):
        pass
    complain(f"The {what} is not a number from 0 up; it is left out")
    return None
