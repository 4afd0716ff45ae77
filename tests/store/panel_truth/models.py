"""What the questions of the board of models give, and latency."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from tests.store.ledger import Call, Ledger
from tests.store.panel_truth.asked import (
    Asked,
    Rows,
    attempts,
    by_currency,
    divided,
    known,
    spend,
    trust,
    with_share,
)


def quantile(values: Sequence[float], level: float) -> float | None:
    """The smallest value that so great a part of all is not above."""
    return sorted(values)[max(math.ceil(len(values) * level), 1) - 1] if values else None


def latency_by(ledger: Ledger, asked: Asked) -> Rows:
    took: dict[str, list[float]] = defaultdict(list)
    began: dict[str, list[float]] = defaultdict(list)
    for call in attempts(asked.calls(ledger)):
        if call.outcome not in ("failed", "cancelled", "abandoned"):
            took[getattr(call, asked.by)].append(max(call.duration_ns / 1e9, 1e-6))
        if call.first_chunk_s is not None:
            began[getattr(call, asked.by)].append(call.first_chunk_s)
    return {
        (name,): {
            "name": name,
            "answered": len(took[name]),
            "streams": len(began[name]),
            **{f"p{level}_s": quantile(took[name], level / 100) for level in (50, 95, 99)},
            **{f"first_chunk_p{level}_s": quantile(began[name], level / 100) for level in (50, 95, 99)},
        }
        for name in {*took, *began}
    }


def spend_by_model_and_tier(ledger: Ledger, asked: Asked) -> Rows:
    names = ("provider", "model", "service_tier")
    rows: Rows = {}
    for (key, currency), calls in by_currency(
        attempts(asked.calls(ledger)), lambda call: tuple(getattr(call, name) for name in names)
    ).items():
        priced = sum(call.cost is not None for call in calls)
        rows[(*key, currency)] = {
            **dict(zip(names, key, strict=True)),
            "currency": currency,
            "attempts": len(calls),
            "spend": spend(calls),
            **trust(calls),
            "input_tokens": known(call.input_tokens for call in calls),
            "output_tokens": known(call.output_tokens for call in calls),
            "per_1k_calls": divided(None if spend(calls) is None else spend(calls) * 1000, priced),
        }
    return with_share(rows, "attempts", lambda row: (row["provider"], row["model"]), "attempt_share")


def models_without_price(ledger: Ledger, asked: Asked) -> Rows:
    names = ("provider", "model", "service_tier")
    groups: dict[tuple[str, ...], list[Call]] = defaultdict(list)
    for call in attempts(asked.calls(ledger)):
        if call.cost is None and call.cost_status != "no_usage":
            groups[tuple(getattr(call, name) for name in names)].append(call)
    return {
        key: {
            **dict(zip(names, key, strict=True)),
            "attempts": len(calls),
            "input_tokens": known(call.input_tokens for call in calls),
            "output_tokens": known(call.output_tokens for call in calls),
            "last_seen": f"{max(call.ts for call in calls):%Y-%m-%d %H:%M:%S}",
        }
        for key, calls in groups.items()
    }
