"""Budgets for the made-up ledger: each kind of period, of narrowing and of roll-up."""

from __future__ import annotations

from decimal import Decimal

from otel_llmroute.store.budgets.budget import Budget

BUDGETS = (
    Budget("all", Decimal(40)),
    Budget("berlin", Decimal("2.5"), currency="EUR", period="week", zone="Europe/Berlin", forecast=True),
    Budget("support", Decimal(6), period="week", only={"route": ("support.reply",)}, warn=(Decimal("0.5"), Decimal(1))),
    Budget("customers", Decimal(3), each="tenant", only={"plan": ("pro", "free")}),
    Budget("models", Decimal(1), period="day", each="model", only={"provider": ("openai", "")}, forecast=True),
    Budget("kolkata", Decimal(9), period="month", zone="Asia/Kolkata", only={"purpose": ("answer",)}, warn=()),
    Budget("jobs", Decimal(4), period="week", each="job", only={"tenant": ("acme",), "task": ("extract", "")}),
    Budget("nobody's", Decimal("0.000000000001"), currency="CHF", only={"feature": ("it's", "100%s")}),
)
