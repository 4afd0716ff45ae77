"""A morning's tickets of two customers: one on the pro plan, one on the free plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Ticket:
    """One message of a customer. ``leaves_early``: closes the chat window before the answer is complete."""

    id: str
    tenant: str
    channel: Literal["mail", "chat"]
    text: str
    leaves_early: bool = False

    @property
    def plan(self) -> str:
        return PLANS[self.tenant]


PLANS = {"northwind": "pro", "teapot": "free"}

_TEXTS: list[tuple[str, Literal["mail", "chat"], str]] = [
    ("northwind", "mail", "Question: how do we add a second administrator?"),
    ("teapot", "mail", "Question: where can I download my data?"),
    ("northwind", "mail", "The nightly import stops with error IMP-07 since Monday. Nothing changed on our side."),
    ("teapot", "mail", "Thanks, that solved it!"),
    ("northwind", "chat", "Question: can I change the invoice address right now?"),
    ("teapot", "mail", "I was charged twice in October. Please refund one of the payments."),
    ("northwind", "mail", "Question: which of your servers hold our files, and can we choose the region?"),
    ("teapot", "mail", "Question: where can I download my data?"),
    ("northwind", "mail", "Webhooks arrive twice, error HOK-03, and our ledger now shows doubled orders."),
    ("teapot", "chat", "Question: is the mobile app free as well?"),
    ("northwind", "mail", "We cancelled 40 seats in time but were billed for them. Please refund the seats."),
    ("teapot", "mail", "Question: what happens to my shop when I forget to pay?"),
    ("northwind", "mail", "Sign-in fails with error SSO-04 for everyone who joined this week."),
    ("teapot", "mail", "Question: how long do you keep deleted orders?"),
    ("northwind", "chat", "Question: who can see the audit log?"),
    ("teapot", "mail", "Reports show error REP-02 whenever I pick more than one month."),
    ("northwind", "mail", "Thanks, all clear now."),
    ("teapot", "mail", "You lost my orders. My lawyer says this is a legal matter. Refund the whole year."),
    ("northwind", "mail", "Question: how do we add a second administrator?"),
    ("teapot", "mail", "Question: can I have two shops in one account?"),
    ("northwind", "mail", "Exports fail with error EXP-09 when a file name has an accent in it."),
    ("teapot", "chat", "Question: how do I print a label?"),
    ("northwind", "mail", "Question: do you sign data processing agreements?"),
    ("teapot", "mail", "Please refund the add-on, I never used it."),
]

TICKETS = [
    Ticket(f"T-{number:02}", tenant, channel, text, leaves_early=number == 22)
    for number, (tenant, channel, text) in enumerate(_TEXTS, 1)
]
