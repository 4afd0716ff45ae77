"""A made-up ledger, and how it is delivered: late, twice, in any order, priced again, with hours built and not."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from otel_llmroute.store.maintenance import ROLLUPS
from tests.store.engine import Engine
from tests.store.made_up_budgets import BUDGETS

SINCE = datetime(2026, 9, 1, 2, tzinfo=timezone.utc)
"""The period that is asked about begins two hours after a month does; 164 hours before it begin the seven days that end
with it."""
UNTIL = SINCE + timedelta(hours=4)
HOURS = (-300, -165, -164, -150, -40, -4, -3, -1, 0, 0, 1, 1, 2, 3, 3, 4, 5)
HOSTILE = ("it's", 'a"b\\', "100%s %(x)s", "'); DROP TABLE llm_calls; --", "漢é\U0001f600", "{route:String}", "a\tb")
TABLES = (
    *("llm_call_records", "llm_route_records", "llm_decision_records", "llm_job_records", "llm_costs"),
    *("llm_hours_touched", "llm_repriced_hours", "llm_rollups_built"),
    *("llm_job_hours", "llm_job_hours_touched", "llm_job_hours_next", "llm_job_hours_built", "llm_hourly_jobs_built"),
    *("llm_experiment_hours", "llm_experiment_hours_built", "llm_hourly_experiments_built"),
    *(f"{rollup}_built" for rollup in ROLLUPS),
)


@dataclass(frozen=True)
class Call:
    """An attempt or a charge, as in ``llm_calls``."""

    kind: str
    ts: datetime
    trace_id: str
    span_id: str
    service: str
    route_id: str
    route: str
    reason: str
    job_id: str
    job_name: str
    tenant: str
    plan: str
    feature: str
    task: str
    risk: str
    attempt_number: int | None
    attempt_reason: str
    outcome: str
    sdk_retries: int | None
    purpose: str
    provider: str
    model: str
    service_tier: str
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    cost: Decimal | None
    currency: str
    cost_status: str
    cost_source: str
    cost_input: Decimal | None
    cost_cache_read: Decimal | None
    cost_cache_write: Decimal | None
    cost_output: Decimal | None
    cost_other: Decimal | None
    charge_kind: str
    first_chunk_s: float | None
    error_type: str
    status: str
    duration_ns: int
    sampling_kept: bool
    received_at: datetime
    experiment: str = ""
    variant: str = ""

    @property
    def hour(self) -> datetime:
        return self.ts.replace(minute=0, second=0, microsecond=0)

    @property
    def is_failed(self) -> bool:
        return self.kind == "attempt" and (self.outcome == "failed" or (self.outcome == "" and self.status == "Error"))

    @property
    def is_without_report(self) -> bool:
        """It may have used what nobody reported; what failed before anything of an answer came used nothing, unless it
        came too late.
        """
        has_begun = self.first_chunk_s is not None or self.error_type == "timeout"
        return self.cost_status == "no_usage" and (has_begun or not self.is_failed)


@dataclass(frozen=True)
class RouteRecord:
    """As in ``llm_routes``."""

    ts: datetime
    trace_id: str
    span_id: str
    service: str
    route_id: str
    route: str
    reason: str
    job_name: str
    tenant: str
    plan: str
    feature: str
    task: str
    risk: str
    requested_model: str
    selected_model: str
    served_model: str
    candidates: list[str]
    fallback_used: bool | None
    outcome: str
    response_cache_result: str
    duration_ns: int
    received_at: datetime
    destination: str = "model"
    avoided_cost: Decimal | None = None
    avoided_currency: str = ""
    experiment: str = ""
    variant: str = ""


@dataclass(frozen=True)
class JobRecord:
    """As in ``llm_job_records``."""

    job_id: str
    source: str
    ts: datetime
    started: datetime | None
    trace_id: str
    span_id: str
    service: str
    job_name: str
    tenant: str
    plan: str
    feature: str
    revenue: Decimal | None
    revenue_currency: str
    outcome: str
    review_status: str
    review_minutes: float | None
    received_at: datetime


@dataclass(frozen=True)
class DecisionRecord:
    """As in ``llm_decisions``."""

    ts: datetime
    trace_id: str
    span_id: str
    service: str
    route: str
    reason: str
    job_name: str
    tenant: str
    plan: str
    feature: str
    duration_ns: int
    received_at: datetime


@dataclass
class Ledger:
    """What happened, each thing once, and what was delivered of it."""

    calls: list[Call] = field(default_factory=list)
    routes: list[RouteRecord] = field(default_factory=list)
    jobs: list[JobRecord] = field(default_factory=list)
    decisions: list[DecisionRecord] = field(default_factory=list)
    delivered: dict[datetime, int] = field(default_factory=dict)
    """Hour -> deliveries of calls."""


def made_up(seed: int, calls: int) -> Ledger:
    """A ledger of so many calls, always the same for a seed."""
    chance = random.Random(seed)
    jobs = [f"J{number}" for number in range(2 + calls // 8)]
    return Ledger(
        [_call(chance, number, jobs) for number in range(calls)],
        [_route(chance, number) for number in range(calls // 2)],
        [record for at, job in enumerate(jobs) if chance.random() < 0.8 for record in _job(chance, at, job)],
        [_decision(chance, number) for number in range(calls // 4)],
    )


def _moment(chance: random.Random, number: int) -> datetime:
    """No two alike; the edges of an hour more often than chance has it."""
    within = chance.choice([0, 1, 3_599, chance.randint(2, 3_500)]) * 10**6
    return SINCE + timedelta(hours=chance.choice(HOURS), microseconds=min(within + number, 3_600 * 10**6 - 1))


def _word(chance: random.Random, *plain: str) -> str:
    return chance.choice([*plain, *plain, "", chance.choice(HOSTILE)])


def _call(chance: random.Random, number: int, jobs: list[str]) -> Call:
    kind = "attempt" if chance.random() < 0.85 else "charge"
    ts = _moment(chance, number)
    duration_ns = chance.choice([0, 1_000, 350_000_000, 1_234_567_000, chance.randint(1, 10**7) * 1000])
    outcome = chance.choice(["accepted"] * 4 + ["failed", "rejected", "discarded", "cancelled", "abandoned", ""])
    call = Call(
        kind=kind,
        ts=ts,
        trace_id=f"{number // 2:032x}",
        span_id=f"{number:016x}",
        service=_word(chance, "shop", "api"),
        route_id=chance.choice(["", "R0", "R1", "R999"]),
        route=_word(chance, "support.reply", "search"),
        reason=_word(chance, "cost", "task_class"),
        job_id=chance.choice(["", *jobs]),
        job_name=_word(chance, "ticket"),
        **_part(number),
        tenant=_word(chance, "acme", "umbrella"),
        plan=_word(chance, "pro", "free"),
        feature=_word(chance, "chat"),
        task=_word(chance, "extract"),
        risk=chance.choice(["", "low", "high"]),
        attempt_number=chance.choice([None, 1, 1, 2, 3]) if kind == "attempt" else None,
        attempt_reason=chance.choice(["", "initial", "initial", "retry", "fallback_error", "fallback_timeout"])
        if kind == "attempt"
        else "",
        outcome=outcome if kind == "attempt" else "",
        sdk_retries=chance.choice([None, 0, 2]) if kind == "attempt" else None,
        purpose=chance.choice(["", "answer", "routing"]),
        provider=_word(chance, "openai", "anthropic"),
        model=_word(chance, "small", "large"),
        service_tier=chance.choice(["", "standard", "flex"]),
        **_usage_and_cost(chance, kind),
        charge_kind=chance.choice(["search", "human_review"]) if kind == "charge" else "",
        first_chunk_s=chance.choice([None, 0.25, 1.5, chance.uniform(0.01, 9)]),
        error_type=chance.choice(["", "timeout"]) if outcome == "failed" else "",
        status=chance.choice(["Unset", "Error"]),
        duration_ns=duration_ns,
        sampling_kept=chance.random() < 0.2,
        received_at=ts
        + timedelta(
            seconds=chance.choice([-600, 1, 2.5, 90, 3_601, 3_700, 90_000]), milliseconds=chance.randint(0, 999)
        ),
    )
    return replace(call, received_at=call.received_at.replace(microsecond=call.received_at.microsecond // 1000 * 1000))


def _usage_and_cost(chance: random.Random, kind: str) -> dict[str, Any]:
    tokens = {"input_tokens": None, "output_tokens": None, "cache_read_tokens": None, "cache_write_tokens": None}
    status = chance.choice(["priced"] * 6 + ["partial", "unpriced", "no_usage", "free"])
    if kind == "attempt" and status != "no_usage":
        tokens["input_tokens"] = chance.randint(1, 10**6)
        tokens["output_tokens"] = chance.choice([None, chance.randint(0, 10**5)])
        tokens["cache_read_tokens"] = chance.choice([None, 0, chance.randint(1, 1 + tokens["input_tokens"] // 2)])
        tokens["cache_write_tokens"] = chance.choice([None, None, tokens["input_tokens"] // 4])
    return {**tokens, **_cost(chance, status)}


def _cost(chance: random.Random, status: str) -> dict[str, Any]:
    """Cost, its parts and its currency; a provider says no parts."""
    source = chance.choice(["local", "local", "local", "provider"])
    names = ("cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_other")
    parts = [chance.choice([None, Decimal(chance.randint(0, 10**12)).scaleb(-12)]) for _ in names]
    currency = chance.choice(["USD", "USD", "EUR", "JPY"])
    if status in ("unpriced", "no_usage"):
        return {
            "cost": None,
            "currency": chance.choice(["", "", "USD"]),
            "cost_status": status,
            "cost_source": "local",
        } | (dict.fromkeys(names))
    if status == "free":
        parts = [Decimal(0)] * 5
    found = {"currency": currency, "cost_status": status, "cost_source": source}
    if source == "provider":
        return {**found, "cost": Decimal(chance.randint(0, 10**12)).scaleb(-12), **dict.fromkeys(names)}
    cost = sum((part for part in parts if part is not None), Decimal(0))
    return {**found, "cost": cost, **dict(zip(names, parts, strict=True))}


def _route(chance: random.Random, number: int) -> RouteRecord:
    ts = _moment(chance, number)
    return RouteRecord(
        ts=ts,
        trace_id=f"{number:032x}",
        span_id=f"{number + 10**6:016x}",
        service=_word(chance, "shop", "api"),
        route_id=f"R{number}",
        route=_word(chance, "support.reply", "search"),
        reason=_word(chance, "cost"),
        destination=("model", "cache", "retrieval", "", HOSTILE[0], "batch")[number % 6],
        job_name=_word(chance, "ticket"),
        **_part(number),
        tenant=_word(chance, "acme"),
        plan=_word(chance, "pro"),
        feature=_word(chance, "chat"),
        task=_word(chance, "extract"),
        risk=chance.choice(["", "low"]),
        requested_model=chance.choice(["", "auto", "large"]),
        selected_model=chance.choice(["small", "large"]),
        served_model=chance.choice(["small", "large", ""]),
        candidates=chance.choice([[], ["a/small"], ["a/small", "a/large"]]),
        fallback_used=chance.choice([None, True, False]),
        outcome=chance.choice(["success", "error", "cache_hit"]),
        response_cache_result=chance.choice(["", "hit", "miss", "stale", "bypass"]),
        avoided_cost=(None, Decimal(number) / 10**9, Decimal("123456.123456789012"))[number % 3],
        avoided_currency=("USD", "EUR", "")[number // 3 % 3],
        duration_ns=chance.randint(0, 10**7) * 1000,
        received_at=ts + timedelta(seconds=1),
    )


def _part(number: int) -> dict[str, str]:
    """Experiment and variant: of half of all, most of them in one."""
    if number % 2:
        return {"experiment": "", "variant": ""}
    experiment = ("cheaper", "cheaper", "cheaper", HOSTILE[0])[number // 2 % 4]
    return {"experiment": experiment, "variant": ("a", "b", "a", "b", "")[number // 4 % 5]}


def _decision(chance: random.Random, number: int) -> DecisionRecord:
    ts = _moment(chance, 20_000 + number)
    return DecisionRecord(
        ts=ts,
        trace_id=f"{number:032x}",
        span_id=f"{number + 10**8:016x}",
        service=_word(chance, "shop"),
        route=_word(chance, "search"),
        reason=_word(chance, "cost"),
        job_name=_word(chance, "ticket"),
        tenant=_word(chance, "acme"),
        plan=_word(chance, "pro"),
        feature=_word(chance, "chat"),
        duration_ns=chance.randint(0, 10**7) * 1000,
        received_at=ts + timedelta(seconds=1),
    )


def _job(chance: random.Random, at: int, job_id: str) -> list[JobRecord]:
    """What was said of a job: in its spans, and later."""
    records = []
    for turn, source in enumerate(chance.sample(["span", "span", "outcome", "review"], chance.randint(1, 4))):
        started = _moment(chance, 10_000 + at * 10 + turn)
        ts = started + timedelta(minutes=chance.randint(0, 90), microseconds=at * 10 + turn)
        revenue = chance.choice([None, Decimal(chance.randint(0, 10**13)).scaleb(-12)])
        is_said = source != "review"
        records.append(
            JobRecord(
                job_id=job_id,
                source=source,
                ts=ts,
                started=started if source == "span" else None,
                trace_id=f"{at * 10 + turn:032x}",
                span_id=f"{at * 10 + turn + 10**7:016x}",
                service=_word(chance, "shop"),
                job_name=_word(chance, "ticket", "report"),
                tenant=_word(chance, "acme", "umbrella"),
                plan=_word(chance, "pro"),
                feature=_word(chance, "chat"),
                revenue=revenue if is_said else None,
                revenue_currency=chance.choice(["USD", "EUR"]) if is_said and revenue is not None else "",
                outcome=chance.choice(["success", "failure", "partial", "abandoned", ""]) if is_said else "",
                review_status="approved" if source == "review" else "",
                review_minutes=chance.choice([None, 2.5, 12.0]) if source == "review" else None,
                received_at=ts + timedelta(seconds=5),
            )
        )
    return records


def deliver(engine: Engine, ledger: Ledger, seed: int, repricings: float = 0.25) -> Ledger:
    """Deliver all of it into empty tables, and price that part of the calls again. Returns the ledger at the costs that
    count in the end."""
    chance = random.Random(seed)
    for table in TABLES:
        engine.command(f"TRUNCATE TABLE {table}")
    engine.call("otel_llmroute.store.budgets.table:save", BUDGETS)
    calls = chance.sample(ledger.calls, len(ledger.calls))
    cut = chance.randint(0, len(calls))
    told = Ledger(list(ledger.calls), ledger.routes, ledger.jobs, ledger.decisions)
    _insert_calls(engine, told, calls[:cut])
    again = [call for call in calls if chance.random() < 0.3]
    if chance.random() < 0.7:
        engine.build()
    _insert_calls(engine, told, [*calls[cut:], *again])
    told.calls = _repriced(engine, told.calls, chance, repricings)
    if chance.random() < 0.4:
        engine.build()
    tables = {
        "llm_route_records": ledger.routes,
        "llm_job_records": ledger.jobs,
        "llm_decision_records": ledger.decisions,
    }
    for table, records in tables.items():
        for rows in (records, chance.sample(records, len(records) // 2)):
            _insert(engine, table, list(rows))
    return told


def _insert_calls(engine: Engine, told: Ledger, calls: list[Call]) -> None:
    _insert(engine, "llm_call_records", calls)
    for call in calls:
        told.delivered[call.hour] = told.delivered.get(call.hour, 0) + 1


def _insert(engine: Engine, table: str, records: list[Any]) -> None:
    if records:
        names = [each.name for each in fields(records[0])]
        engine.insert(table, names, [[getattr(record, name) for name in names] for record in records])


PRICED_AGAIN = (
    *("cost", "currency", "cost_status", "cost_input", "cost_cache_read", "cost_cache_write", "cost_output"),
    "cost_other",
)


def _repriced(engine: Engine, calls: list[Call], chance: random.Random, share: float) -> list[Call]:
    """Work the costs of that part of the calls out again, once or twice; what a provider billed stays."""
    start = datetime(2026, 9, 20, tzinfo=timezone.utc)
    names = ["ts", "trace_id", "span_id", "service", "computed_at", "price_version", *PRICED_AGAIN]
    turns: list[list[list[Any]]] = [[], []]
    told = []
    for call in calls:
        found = call
        for turn in range(chance.randint(1, 2) if chance.random() < share else 0):
            cost = {name: value for name, value in _cost(chance, "priced").items() if name != "cost_source"}
            key = [call.ts, call.trace_id, call.span_id, call.service, start + timedelta(seconds=turn), "v"]
            turns[turn].append([*key, *(cost[name] for name in PRICED_AGAIN)])
            found = replace(found, **cost)
        told.append(call if call.cost_source == "provider" else found)
    for rows in filter(None, turns):
        engine.insert("llm_costs", names, rows)
    return told
