"""What the questions on the quality of the data give."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone

from tests.store.ledger import Call, Ledger
from tests.store.panel_truth.asked import Asked, Rows, part, trust
from tests.store.panel_truth.models import quantile


def ended(call: Call) -> datetime:
    return call.ts + timedelta(microseconds=call.duration_ns // 1000)


def data_checks(ledger: Ledger, asked: Asked) -> Rows:
    calls = asked.calls(ledger)
    # So few that all of them are the newest.
    arrived = {route.route_id for route in ledger.routes if route.ts < asked.until}
    counts = {
        "stored": len(calls),
        "late": sum(call.received_at > ended(call) + timedelta(hours=1) for call in calls),
        "ahead": sum(call.ts > call.received_at + timedelta(minutes=5) for call in calls),
        **trust(calls),
        "sampled_out": sum(call.sampling_kept for call in calls),
        "without_route": sum(call.route_id != "" and call.route_id not in arrived for call in calls),
    }
    return {
        (check,): {
            "check": check,
            "calls": count,
            "share": part(count, len(calls)),
        }
        for check, count in counts.items()
        if calls
    }


def repeated_deliveries(ledger: Ledger, asked: Asked) -> Rows:
    delivered = sum(count for hour, count in ledger.delivered.items() if asked.since <= hour < asked.until)
    stored = len(asked.calls(ledger))
    return {(): {"delivered": delivered, "records": stored, "repeated": delivered - stored}} if delivered else {}


def arrival_lag(ledger: Ledger, asked: Asked) -> Rows:
    groups: dict[str, list[Call]] = defaultdict(list)
    for call in asked.calls(ledger):
        groups[call.service].append(call)
    rows: Rows = {}
    for name, calls in groups.items():
        lags = [(_ms(call.received_at) - _ms(ended(call))) / 1000 for call in calls]
        rows[(name,)] = {
            "name": name,
            "records": len(calls),
            **{f"lag_p{level}_s": quantile(lags, level / 100) for level in (50, 95)},
            "lag_max_s": max(lags),
            "newest_call": f"{max(map(ended, calls)):%Y-%m-%d %H:%M:%S}",
        }
    return rows


def _ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
