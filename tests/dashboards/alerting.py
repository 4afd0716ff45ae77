"""Series in, alerts out: what Grafana does with a rule, on the engine.

Grafana asks the queries of a rule at every evaluation, makes one alert of each row by its labels, and holds the number
against the threshold; an alert is pending until it was above for as long as ``for``. With a recovery threshold one that
is above, pending or firing, stays so until it is below that. A row that is gone is resolved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from dashboards.alerts import Rule, rules
from otel_llmroute.store.budgets.budget import Budget
from tests.dashboards.grafana import asked, rows_of
from tests.store.engine import Engine
from tests.store.ledger import Call, Ledger, deliver

NOW = datetime(2026, 9, 30, 12, tzinfo=timezone.utc)
"""A Wednesday."""
ASK = f"{rows_of.__module__}:{rows_of.__name__}"
EVERY_MINUTES = 30
"""Grafana does every five, but what is asked here changes with the hour."""
UNITS = {"s": 1, "m": 60, "h": 3600}


def rule_of(name: str) -> Rule:
    (found,) = (rule for rule in rules() if rule.name == name)
    return found


def seconds_of(text: str) -> int:
    """``1h`` -> 3600."""
    return int(text[:-1]) * UNITS[text[-1]]


def figures(engine: Engine, rule: Rule, now: datetime, expression: str = "") -> dict[tuple[str, ...], float]:
    """Labels -> number of a query of the rule, that which is watched unless another is asked for."""
    sql = asked(rule.figure(expression or rule.value), now - timedelta(seconds=rule.window_s), now, {})
    rows = engine.call(ASK, sql)
    found = {tuple(row[label] or "" for label in rule.labels.values()): float(row["figure"]) for row in rows}
    assert len(found) == len(rows)
    return found


def fired(engine: Engine, name: str, until: datetime = NOW, minutes: int = 180) -> list[tuple[str, ...]]:
    """The labels of the alerts that begin to fire in the ``minutes`` before ``until``, once for each time."""
    rule = rule_of(name)
    hold, above, firing, begun = seconds_of(rule.hold), {}, set(), []
    for at in range(-minutes, 1, EVERY_MINUTES):
        now = until + timedelta(minutes=at)
        for labels, value in (found := figures(engine, rule, now)).items():
            if value > rule.above or (labels in above and value >= rule.below):
                above.setdefault(labels, now)
            else:
                above.pop(labels, None)
        above = {labels: since for labels, since in above.items() if labels in found}
        held = {labels for labels, since in above.items() if (now - since).total_seconds() >= hold}
        begun += sorted(held - firing)
        firing = held
    return begun


def calls(count: int, at: datetime, **more: Any) -> list[Call]:
    """So many calls in the hour from ``at``, each for a dollar unless ``cost`` says otherwise."""
    plain = Call(
        kind="attempt", ts=at, trace_id="", span_id="", service="shop", route_id="", route="support", reason="",
        job_id="", job_name="", tenant="acme", plan="", feature="", task="", risk="", attempt_number=1,
        attempt_reason="initial",
        outcome="accepted", sdk_retries=0, purpose="", provider="openai", model="large", service_tier="",
        input_tokens=100_000, output_tokens=500, cache_read_tokens=50_000, cache_write_tokens=None,
        cost=Decimal(1), currency="USD", cost_status="priced", cost_source="local", cost_input=Decimal(1),
        cost_cache_read=None, cost_cache_write=None, cost_output=None, cost_other=None, charge_kind="",
        first_chunk_s=None, error_type="", status="Unset", duration_ns=10**9, sampling_kept=False, received_at=at,
    )  # fmt: skip
    made = replace(plain, **more)
    late = timedelta(seconds=2) if "received_at" not in more else more["received_at"] - at
    found = []
    for number in range(count):
        ts = at + timedelta(seconds=3600 * number / max(1, count))
        found.append(replace(made, ts=ts, received_at=ts + late))
    return found


def weekly(count: int, hours: Iterable[int] = (-3, -2, -1), weeks: int = 4, **more: Any) -> list[Call]:
    """So many calls in each of those hours from ``NOW``, in each of the weeks before."""
    return [
        call
        for week in range(1, weeks + 1)
        for hour in hours
        for call in calls(count, NOW - timedelta(weeks=week) + timedelta(hours=hour), **more)
    ]


def long_ago() -> list[Call]:
    """One call that is so old that the store knows what is usual."""
    return calls(1, NOW - timedelta(weeks=6), route="old", cost=Decimal("0.001"))


def recorded(engine: Engine, *found: list[Call], budgets: Sequence[Budget] = ()) -> None:
    """Those calls and budgets, and nothing else."""
    every = [
        replace(call, trace_id=f"{number:032x}", span_id=f"{number:016x}")
        for number, call in enumerate(call for some in found for call in some)
    ]
    deliver(engine, Ledger(every), seed=3, repricings=0)
    engine.call("otel_llmroute.store.budgets.table:save", tuple(budgets))
