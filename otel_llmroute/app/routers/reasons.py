"""Why a router chose a destination: its own literals, and which of our reasons each of them is. The one table.

A literal that is not here becomes ``unknown`` with the literal as its detail: never a new reason.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from otel_llmroute.names import RouteReason


class Reason(NamedTuple):
    """A reason, and how much it says; see ``precedence``."""

    reason: RouteReason
    is_strategy: bool = False
    """Whether it tells how the router goes about all requests, and not why it sent this one where it did."""


def _cause(reason: RouteReason, *literals: str) -> dict[str, Reason]:
    return dict.fromkeys(literals, Reason(reason))


def _strategy(reason: RouteReason, *literals: str) -> dict[str, Reason]:
    return dict.fromkeys(literals, Reason(reason, is_strategy=True))


REASONS: Final[dict[str, dict[str, Reason]]] = {
    "app": {},
}
"""Router -> its literal, in small letters -> what it means. Every router also knows our own reasons by their names."""


def reason_of(router: str, literal: str) -> Reason:
    """What ``literal`` of ``router`` means; ``unknown`` when nobody has written that down."""
    known = REASONS.get(router, {}).get(literal.lower())
    return known or Reason("unknown")
