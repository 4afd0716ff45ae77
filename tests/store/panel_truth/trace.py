"""What the questions of the board of traces give."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.store.ledger import Call, DecisionRecord, JobRecord, Ledger, RouteRecord
from tests.store.panel_truth.asked import Asked, Rows, attempts, by_currency, is_failed, spend, trust


def traces_by_cost(ledger: Ledger, asked: Asked) -> Rows:
    rows: Rows = {}
    for (name, currency), calls in by_currency(asked.calls(ledger), lambda call: call.trace_id).items():
        first = min(calls, key=lambda call: call.ts)
        rows[name, currency] = {
            "name": name,
            "currency": currency,
            "spend": spend(calls),
            "records": len(calls),
            "attempts": len(attempts(calls)),
            "failed": sum(map(is_failed, calls)),
            "began": f"{first.ts:%Y-%m-%d %H:%M:%S}",
            "label": _label(calls),
            **trust(calls),
        }
    return rows


def _label(calls: Sequence[Call]) -> str:
    """The job that cost most, or where there is no job the route."""
    named: dict[tuple[bool, str], list[Call]] = defaultdict(list)
    for call in calls:
        named[call.job_name != "", call.job_name or call.route].append(call)

    def weight(name: tuple[bool, str]) -> tuple[Any, ...]:
        cost = spend(named[name])
        return name[0], -1 if cost is None else cost, len(named[name]), name[1]

    return max(named, key=weight)[1]


Step = tuple[datetime, dict[str, Any]]


def trace_records(ledger: Ledger, asked: Asked) -> Rows:
    def is_asked(start: datetime | None, record: object) -> bool:
        return start is not None and asked.since <= start < asked.until and asked.meets(record)

    steps = [_job_step(job) for job in ledger.jobs if job.source == "span" and is_asked(job.started, job)]
    steps += [_route_step(route) for route in asked.routes(ledger)]
    steps += [_decision_step(decision) for decision in ledger.decisions if is_asked(decision.ts, decision)]
    steps += [_call_step(call) for call in asked.calls(ledger)]
    firsts: dict[str, datetime] = {}
    for start, row in steps:
        firsts[row["name"]] = min(start, firsts.get(row["name"], start))
    return {
        (row["name"], row["span"]): {**row, "start_s": (start - firsts[row["name"]]).total_seconds()}
        for start, row in steps
    }


def _step(record: Any, kind: str, label: str, duration_s: float, **more: Any) -> dict[str, Any]:
    nothing = {"reason": "", "model": "", "outcome": "", "currency": "", "spend": None}
    unknown = {"unpriced": 0, "partly_priced": 0, "no_usage": 0}
    named = {"name": record.trace_id, "kind": kind, "span": record.span_id, "label": label, "duration_s": duration_s}
    return {**named, **nothing, **unknown, **more}


def _job_step(job: JobRecord) -> Step:
    start = job.started or job.ts
    return start, _step(job, "job", job.job_name, (job.ts - start).total_seconds(), outcome=job.outcome)


def _route_step(route: RouteRecord) -> Step:
    more = {"reason": route.reason, "model": route.served_model, "outcome": route.outcome}
    return route.ts, _step(route, "route", route.route, route.duration_ns / 1e9, **more)


def _decision_step(decision: DecisionRecord) -> Step:
    duration_s = decision.duration_ns / 1e9
    return decision.ts, _step(decision, "decision", decision.route, duration_s, reason=decision.reason)


def _call_step(call: Call) -> Step:
    more = {"reason": call.attempt_reason or call.charge_kind, "model": call.model, "outcome": call.outcome}
    paid = {"currency": call.currency, "spend": call.cost, **trust([call])}
    return call.ts, _step(call, call.kind, call.route, call.duration_ns / 1e9, **more, **paid)
