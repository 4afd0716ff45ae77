"""What an attempt cost, in integers, so that a sum of parts is the amount and a sum of amounts is exact."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from otel_llmroute.names import CostSource, CostStatus

PICO = 10**12
"""Money is counted in integer pico-units (1e-12) of its currency: the 12 decimals of ``llmroute.cost.amount``."""


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
    return int((amount * PICO).to_integral_value(ROUND_HALF_EVEN))


def from_pico(pico: int) -> Decimal:
    """The exact amount that ``pico`` integer pico-units are."""
    return Decimal(pico).scaleb(-12)
