"""Values as an application gives them, checked: what cannot be used is left out and logged once, and nothing raises."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from numbers import Real
from typing import Any, Final, Generic, TypeVar

from otel_llmroute.app.complaints import complain
from otel_llmroute.prices.cost import to_pico

Money = Decimal | int | float | str
"""An amount: best a ``Decimal`` or a decimal text; a float is taken by its shortest text."""


_Made = TypeVar("_Made")
_MOST_REMEMBERED: Final = 1024
_LONGEST_REMEMBERED: Final = 1024
_WORDS: Final = frozenset({str, type(None)})
_LETTERS: Final = 3
"""Of a code of ISO 4217."""
_TOO_MUCH: Final = 10**15
"""Nothing costs or earns as much, and columns of money have to hold a sum of many."""


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
        if value is not None and not (isinstance(value, (str, list)) and not value)
    }


def plain(value: object) -> Any:
    """The value of an enum's member; anything else as it is."""
    return value.value if isinstance(value, Enum) else value


def number(value: object) -> float | None:
    """``value`` as a float if it is a number, else ``None``."""
    if not isinstance(value, (Real, Decimal)) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except (ArithmeticError, ValueError):  # beyond what a float holds
        return None


def member(value: object, members: frozenset[str], what: str) -> str | None:
    """``value`` if it is one of ``members``; else ``None``, and a line in the log that names them."""
    value = plain(value)
    if value is None or (isinstance(value, str) and value in members):
        return value
    said = repr(value) if isinstance(value, str) else f"a {type(value).__name__}"
    complain(f"{said} is no {what}; it is one of {', '.join(sorted(members))}")
    return None


def pico_of(amount: Money | None, what: str) -> int | None:
    """``amount`` in integer pico-units; ``None``, and a line in the log, when it is not a number from 0 up that money
    may be.
    """
    if amount is None:
        return None
    try:
        exact = _exact(amount)
        if 0 <= exact < _TOO_MUCH:
            return to_pico(exact)
    except (ArithmeticError, TypeError, ValueError):
        pass
    complain(f"The {what} is not a number from 0 up; it is left out")
    return None


def _exact(amount: object) -> Decimal:
    """A number of the language or of NumPy; a float by its shortest text."""
    if isinstance(amount, float):
        return Decimal(float.__repr__(amount))
    return Decimal(str(amount) if isinstance(amount, Real) else amount)  # type: ignore[arg-type]


def currency_of(text: object) -> str:
    """A code of ISO 4217, in whichever case it was given; ``USD``, and a line in the log, if it is no text."""
    text = plain(text)
    if isinstance(text, str) and text.strip():
        code = text.strip()
        return code.upper() if len(code) == _LETTERS else code
    complain("A currency is not a text; it is taken as USD")
    return "USD"
