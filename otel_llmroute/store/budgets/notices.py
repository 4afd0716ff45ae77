"""Notices: what is told when a budget is passed. Each is told once per budget, value, level and period."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final

from otel_llmroute.store.budgets.use import Row
from otel_llmroute.store.spend_table import decimals_for, money, share
from otel_llmroute.store.times import from_engine

VERSION: Final = 1
FIGURES: Final = (
    "value", "each", "period", "zone", "period_from", "period_until", "currency", "amount", "spend", "used", "forecast",
    "forecast_low", "forecast_high", "exhausted", "driver_by", "driver", "growth", "unpriced", "partly_priced",
    "no_usage", "other_currencies",
)  # fmt: skip
"""What a notice says of the budget: columns of ``budget_use.sql``."""


@dataclass(frozen=True)
class Passed:
    """A budget that has passed a level: what tells it from all others, and its figures. ``until_s``: seconds since 1970
    at which its period ends."""

    key: tuple[str, ...]
    level: str
    row: Row

    @property
    def until_s(self) -> int:
        return int(from_engine(self.row["period_until"]).timestamp())

    @property
    def length_s(self) -> int:
        """Seconds of the period."""
        return self.until_s - int(from_engine(self.row["period_from"]).timestamp())


def passed_of(rows: Sequence[Row]) -> list[Passed]:
    """What is passed now. A budget that is over is not also one at which to warn."""
    return [Passed(_key(row, level), level.partition(" ")[0], row) for row in rows for level in _levels(row)]


def _levels(row: Row) -> list[str]:
    if row["level"] == "over":
        return ["over"]
    warned = [f"warn {row['warned']:g}"] if row["warned"] is not None else []
    return [*warned, *(["forecast"] if row["level"] == "forecast" else [])]


def _key(row: Row, level: str) -> tuple[str, ...]:
    """Another amount, or another period, is another budget."""
    return (row["name"], row["value"] or "", level, row["period_from"], row["period"], row["currency"], row["amount"])


def id_of(store: str, key: Sequence[str]) -> str:
    """The same for the same thing told by the same store, so that who is told twice can see it."""
    return hashlib.sha256(json.dumps([store, *key]).encode()).hexdigest()[:32]


def notice_of(passed: Passed, id: str, now: datetime) -> dict[str, Any]:
    """The notice as JSON, its fields as in docs/budgets.md."""
    row = passed.row
    head = {"version": VERSION, "id": id, "type": "budget", "level": passed.level, "budget": row["name"]}
    warned = {"warned": row["warned"]}
    told = {"at": f"{now.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}", "text": sentence(passed)}
    return {**head, **warned, **{name: row[name] for name in FIGURES}, **told}


def trial_notice() -> dict[str, Any]:
    """A notice that says nothing of any budget, with every field."""
    empty: Mapping[str, None] = dict.fromkeys(("level", "budget", "warned", *FIGURES))
    now = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    text = "A test notice of llmroute: notices of budgets will come here."
    return {"version": VERSION, "id": uuid.uuid4().hex, "type": "test", **empty, "at": now, "text": text}


def sentence(passed: Passed) -> str:
    """What a person reads in a chat."""
    row = passed.row
    whose = f"Budget {row['name']}" + (f", {row['each']} {row['value']}" if row["value"] else "")
    decimals = decimals_for([row["amount"], row["spend"]])
    spent, amount = (money(row[name], row["currency"], decimals) for name in ("spend", "amount"))
    least = "at least " if row["unpriced"] or row["partly_priced"] else ""
    said = f"{least}{spent} of {amount} ({share(row['used'])}) in the {row['period']} from {row['period_from']} UTC"
    is_early = row["forecast"] is None
    ahead = "too early for a forecast" if is_early else f"forecast {money(row['forecast'], row['currency'], decimals)}"
    parts = [f"{whose} {_WHAT[passed.level]}: {said}; {ahead}"]
    if row["exhausted"] and passed.level != "over":
        parts.append(f"used up at about {row['exhausted']} UTC")
    if row["driver"]:
        parts.append(f"{row['driver_by']} {row['driver']} grew most")
    return "; ".join(parts) + "."


_WHAT: Final = {"warn": "is nearly used up", "forecast": "will not be enough", "over": "is passed"}
