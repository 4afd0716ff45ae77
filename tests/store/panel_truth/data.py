"""What the questions on the quality of the data give."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone

from tests.store.ledger import Call, Ledger
from tests.store.panel_truth.asked import Asked, Rows, part, trust


def ended(call: Call) -> datetime:
    return call.ts + timedelta(microseconds=call.duration_ns // 1000)


def data_checks(ledger: Ledger, asked: Asked) -> Rows:
    calls = asked.calls(ledger)
    last_day = [call for call in calls if call.ts >= asked.until - timedelta(days=1)]
    recent = asked.until - timedelta(days=2)
    arrived = {route.route_id for route in ledger.routes if recent <= route.ts < asked.until}
    counts = {
        "stored": len(calls),
        "late": sum(call.received_at > ended(call) + timedelta(hours=1) for call in calls),
        "ahead": sum(call.ts > call.received_at + timedelta(minutes=5) for call in calls),
        **trust(calls),
        "sampled_out": sum(call.sampling_kept for call in calls),
        "without_route": sum(call.route_id != "" and call.route_id not in arrived for call in last_day),
    }
    return {
        (check,): {
            "check": check,
            "calls": count,
            "share": part(count, len(last_day if check == "without_route" else calls)),
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
        lags = sorted(_ms(call.received_at) - _ms(ended(call)) for call in calls)
        rows[(name,)] = {
            "name": name,
            "records": len(calls),
            **{f"lag_p{level}_s": lags[level * len(lags) // 100] / 1000 for level in (50, 95)},
            "lag_max_s": lags[-1] / 1000,
            "newest_call": f"{max(map(ended, calls)):%Y-%m-%d %H:%M:%S}",
        }
    return rows


def _ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
