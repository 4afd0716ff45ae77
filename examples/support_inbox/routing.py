"""Which model answers a ticket, and why: the app's own policy, a plain function of what is known."""

from __future__ import annotations

from typing import NamedTuple

from tickets import Ticket

POLICY = "inbox@3"
CHEAP = "openai/gpt-6-luna"
MIDDLE = "openai/gpt-6.1-terra"
PREMIUM = "anthropic/claude-opus-5-5"
BACKUP = "openai/gpt-6.1-sol"
CANDIDATES = [CHEAP, MIDDLE, PREMIUM, BACKUP]


class Choice(NamedTuple):
    """A destination as ``provider/model`` and one of llmroute's reasons."""

    destination: str
    reason: str


class Cooldown:
    """Leaves a provider alone for the next few tickets after it failed."""

    def __init__(self, tickets: int = 2) -> None:
        self._tickets = tickets
        self._left = 0

    def start(self) -> None:
        self._left = self._tickets

    def holds(self) -> bool:
        """Whether it is still on; each question is one ticket."""
        if not self._left:
            return False
        self._left -= 1
        return True


def choice(ticket: Ticket, kind: str, cooldown: Cooldown) -> Choice:
    """Where a mail goes that needs an answer by a model."""
    if kind in {"bug", "refund"}:
        if cooldown.holds():
            return Choice(BACKUP, "cooldown")
        return Choice(PREMIUM, "risk" if kind == "refund" else "complexity")
    if ticket.plan == "pro":
        return Choice(MIDDLE, "customer_tier")
    return Choice(CHEAP, "cost")
