"""What was asked about spend, and its answer as plain data: the JSON that ``llmroute spend --format json`` prints."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.questions import ask
from otel_llmroute.store.times import FIRST, LAST

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

DIMENSIONS: Final = {
    "route": "route",
    "reason": "reason",
    "model": "model",
    "provider": "provider",
    "tenant": "tenant",
    "plan": "plan",
    "feature": "feature",
    "task": "task",
    "job": "job_id",
    "callsite": "callsite",
    "risk": "risk",
    "policy": "policy",
    "purpose": "purpose",
    "attempt": "attempt_reason",
    "charge": "charge_kind",
    "tier": "service_tier",
    "service": "service",
    "experiment": "experiment",
    "variant": "variant",
}
"""What ``--by`` takes, and the column it groups by."""


@dataclass(frozen=True)
class SpendQuestion:
    """Spend by one dimension or two, of a period, of one run or all. Times are text in UTC."""

    by: tuple[str, ...] = ("route",)
    since: str = FIRST
    until: str = LAST
    run: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON. A time that is no limit is ""."""
        times = {
            "since": "" if self.since == FIRST else self.since,
            "until": "" if self.until == LAST else self.until,
        }
        return {"by": ",".join(self.by), **times, "run": self.run}

    def parameters(self) -> dict[str, str]:
        """Parameters of ``spend.sql``."""
        columns = [DIMENSIONS[name] for name in self.by] + ["nothing"]
        return {"by": columns[0], "and_by": columns[1], "since": self.since, "until": self.until, "run": self.run}


def dimensions_of(text: str) -> tuple[str, ...]:
    """``route`` or ``route,reason`` -> the dimensions. Raises ``StoreError``."""
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in DIMENSIONS:
            raise StoreError(f"--by {name!r} is not known", f"one of {', '.join(DIMENSIONS)}")
    if len(names) > 2 or len(set(names)) != len(names):
        raise StoreError(
            f"--by {text!r} is more than can be grouped by", "one dimension, or two different ones with a comma"
        )
    return names


def spend(session: Session, question: SpendQuestion) -> dict[str, Any]:
    """Rows, totals per currency, and how far they can be trusted. Money is text with its exact decimals, ``None`` when
    nothing of it is known."""
    parameters = question.parameters()
    records = ask(session, "spend", parameters).records()
    period = {name: parameters[name] for name in ("since", "until", "run")}
    return {
        "by": list(question.by),
        "since": None if question.since == FIRST else question.since,
        "until": None if question.until == LAST else question.until,
        "run": question.run or None,
        "rows": [_row(record, question.by) for record in records if not record["is_total"]],
        "totals": [_row(record, ()) for record in records if record["is_total"]],
        "unpriced_models": ask(session, "unpriced_models", period).records(),
    }


_COUNTS: Final = (
    "calls", "attempts", "charges", "without_attempt", "sdk_retries", "retries", "failed", "fallbacks",
    "input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens",
)  # fmt: skip
_TRUST: Final = ("unpriced", "partly_priced", "no_usage")


def _row(record: dict[str, Any], by: tuple[str, ...]) -> dict[str, Any]:
    keys = dict(zip(by, (record["key"], record["and_key"]), strict=False))
    return {
        **keys,
        "reasons": _reasons(record["reasons"], record["reason_spends"]),
        **{name: record[name] for name in _COUNTS},
        "cache_share": _rounded(record["cache_share"]),
        "currency": record["currency"] or None,
        "spend": money_text(record["spend"]),
        "spend_share": _rounded(record["spend_share"]),
        "cost_per_call": money_text(record["cost_per_call"]),
        "p50_ms": _rounded(record["p50_ms"], 3),
        **{name: record[name] for name in _TRUST},
    }


def _reasons(counts: dict[str, int], spends: dict[str, Decimal]) -> dict[str, int]:
    """Reason -> attempts, the one that most was spent for first; of charges alone their reasons, with none."""
    known = counts or spends
    names = sorted(known, key=lambda name: (-Decimal(spends.get(name, 0)), -counts.get(name, 0), name))
    return {name: counts.get(name, 0) for name in names}


def money_text(amount: Decimal | None) -> str | None:
    """``Decimal`` as text without an exponent and without zeros at the end: ``0.0042``, ``12``."""
    if amount is None:
        return None
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(number: float | None, digits: int = 6) -> float | None:
    return None if number is None or number != number else round(number, digits)
