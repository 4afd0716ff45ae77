"""What an attempt cost, in integers, so that a sum of parts is the amount and a sum of amounts is exact."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Final, NamedTuple

from otel_llmroute.names import CostSource, CostStatus

PICO = 10**12
"""Money is counted in integer pico-units (1e-12) of its currency: the 12 decimals of ``llmroute.cost.amount``."""


MONEY: Final = Context(60, ROUND_HALF_EVEN, MIN_EMIN, MAX_EMAX, traps=[DivisionByZero, InvalidOperation, Overflow])
"""How money is added up. The context in force is the application's, which may round to four digits or trap what is
inexact.
"""


class Cost(NamedTuple):
    """Cost of one attempt or charge. All money is integer pico-units (1e-12) of ``currency``.

    ``amount`` is ``None`` when it is not known (status ``unpriced`` or ``no_usage``), and 0 only when the price or the
    counts are 0. When it is known, ``amount == input + cache_read + cache_write + output + other``, a part that is
    ``None`` counting as 0.
    """

    status: CostStatus
    source: CostSource = "local"
    currency: str = "USD"
    amount: int | None = None
    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    other: int | None = None
    price_version: str | None = None


UNPRICED = Cost("unpriced")
NO_USAGE = Cost("no_usage")


def to_pico(amount: Decimal) -> int:
    """``amount`` as integer pico-units, rounded half to even at the 12th decimal."""
    return int(MONEY.to_integral_value(MONEY.multiply(amount, PICO)))


def from_pico(pico: int) -> Decimal:
    """The exact amount that ``pico`` integer pico-units are."""
    return MONEY.scaleb(Decimal(pico), -12)
