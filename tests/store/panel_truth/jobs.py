"""What jobs cost, and what is left of what they earn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.store.ledger import Call, JobRecord, Ledger
from tests.store.panel_truth.asked import Asked, Rows, divided, known, part, spend, trust


@dataclass(frozen=True)
class Job:
    """What is known of a job in the end."""

    job_id: str
    began: datetime | None
    tenant: str
    plan: str
    feature: str
    service: str
    job_name: str
    outcome: str
    review_minutes: float | None
    revenue: Decimal | None
    revenue_currency: str
    everything: str = ""


def job_of(job_id: str, records: Sequence[JobRecord], calls: Sequence[Call]) -> Job:
    """What was said last, and by its first call what was never said."""
    said = sorted(records, key=lambda record: record.ts)
    spans = [record for record in said if record.source == "span"]
    first = min(calls, key=lambda call: call.ts) if calls else None

    def last(name: str, some: Sequence[JobRecord] = said) -> str:
        values = [getattr(record, name) for record in some]
        return ([value for value in values if value] or [""])[-1]

    def last_or_first_call(name: str, some: Sequence[JobRecord] = said) -> str:
        return last(name, some) or (getattr(first, name) if first else "")

    service = spans[-1].service if spans else ""
    earned = [record for record in said if record.revenue is not None]
    starts = [record.started for record in spans if record.started]
    return Job(
        job_id,
        min(starts) if starts else (first.ts if first else None),
        *(last_or_first_call(name) for name in ("tenant", "plan", "feature")),
        service or (first.service if first else ""),
        last_or_first_call("job_name"),
        last("outcome"),
        known(record.review_minutes for record in said),
        earned[-1].revenue if earned else None,
        earned[-1].revenue_currency if earned else "",
    )


@dataclass
class Money:
    """A job's money in one currency."""

    job: Job
    calls: list[Call]
    revenue: Decimal | None = None
    is_mixed: bool = False


def money_of(job: Job, calls: Sequence[Call]) -> dict[str, Money]:
    """Currency -> what the job cost and earned in it."""
    paid: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        paid[call.currency].append(call)
    earned_in = job.revenue_currency if job.revenue is not None else ""
    choices = [(cur != "", spend(some) is not None, len(some), cur) for cur, some in paid.items()]
    main = max([*choices, (earned_in != "", False, 0, earned_in)])[3]
    found: dict[str, Money] = {}
    for currency, some in [*paid.items(), (earned_in, [])]:
        money = found.setdefault(currency or main, Money(job, []))
        money.calls.extend(some)
    if job.revenue is not None:
        found[earned_in or main].revenue = job.revenue
    for money in found.values():
        money.is_mixed = len(found) > 1
    return found


def jobs_by(ledger: Ledger, asked: Asked) -> Rows:
    said: dict[str, list[JobRecord]] = defaultdict(list)
    calls: dict[str, list[Call]] = defaultdict(list)
    for record in ledger.jobs:
        said[record.job_id].append(record)
    for call in ledger.calls:
        if call.job_id:
            calls[call.job_id].append(call)
    groups: dict[tuple[str, str], list[Money]] = defaultdict(list)
    for job_id in {*said, *calls}:
        job = job_of(job_id, said[job_id], calls[job_id])
        if job.began is not None and asked.since <= job.began < asked.until and asked.meets(job):
            for currency, money in money_of(job, calls[job_id]).items():
                groups[getattr(job, asked.by), currency].append(money)
    return {key: {"name": key[0], "currency": key[1], **margin(some)} for key, some in groups.items()}


def dearest_jobs(ledger: Ledger, asked: Asked) -> Rows:
    """As long as an hour has no more jobs than are kept one by one."""
    return jobs_by(ledger, replace(asked, by="job_id"))


def margin(some: Sequence[Money]) -> dict[str, Any]:
    """The figures of jobs in one currency."""
    calls = [call for money in some for call in money.calls]
    cost = spend(calls) if calls else Decimal(0)
    outcomes = [money.job.outcome for money in some]
    revenue = known(money.revenue for money in some)
    mixed = sum(money.is_mixed for money in some)
    left = None if mixed or revenue is None or cost is None else revenue - cost
    reviews = [call for call in calls if call.charge_kind == "human_review"]
    return {
        "jobs": len(some),
        "spend": cost,
        "cost_per_job": divided(cost, len(some)),
        "succeeded": outcomes.count("success"),
        "failed_jobs": outcomes.count("failure"),
        "partial_jobs": outcomes.count("partial"),
        "abandoned_jobs": outcomes.count("abandoned"),
        "open_jobs": outcomes.count(""),
        "cost_per_success": divided(cost, outcomes.count("success")),
        "failed_spend": spend(call for money in some if money.job.outcome == "failure" for call in money.calls),
        "review_minutes": known(money.job.review_minutes for money in some),
        "review_spend": spend(reviews),
        "revenue": revenue,
        "gross_margin": left,
        "without_revenue": sum(money.revenue is None for money in some),
        "mixed_jobs": mixed,
        "margin_share": part(left, revenue),
        **trust(calls),
    }
