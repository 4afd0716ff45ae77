"""The roll-up of jobs shows what calls and records show, whatever was delivered, built, interrupted or priced again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute.store.maintenance.jobs import jobs_statement
from tests.effort import tries
from tests.store.engine import Engine, engine_at
from tests.store.ledger import TABLES, Call, JobRecord
from tests.store.panel_truth.jobs import Money, job_of, margin, money_of

FIRST_HOUR = datetime(2026, 9, 21, 10, tzinfo=timezone.utc)
FIGURES = (
    *("jobs", "succeeded", "failed_jobs", "partial_jobs", "abandoned_jobs", "open_jobs", "failed_spend"),
    *(
        "review_minutes",
        "review_spend",
        "revenue",
        "without_revenue",
        "mixed_jobs",
        "unpriced",
        "partly_priced",
        "no_usage",
    ),
)
SUM_TOUCHED = "otel_llmroute.store.maintenance.jobs:sum_touched_jobs"
OPEN = "SELECT count() FROM llm_job_hours_open"


@dataclass
class Truth:
    """What was delivered, by the sender's own book, each thing once; a call at its newest cost."""

    calls: dict[int, Call] = field(default_factory=dict)
    records: dict[int, JobRecord] = field(default_factory=dict)

    def rows(self) -> dict[tuple[datetime, str, str, str], dict[str, Any]]:
        """Hour, customer, kind of job and currency -> figures."""
        said: dict[str, list[JobRecord]] = defaultdict(list)
        calls: dict[str, list[Call]] = defaultdict(list)
        for record in self.records.values():
            said[record.job_id].append(record)
        for call in self.calls.values():
            calls[call.job_id].append(call)
        groups: dict[tuple[datetime, str, str, str], list[Money]] = defaultdict(list)
        for job_id in {*said, *calls} - {""}:
            job = job_of(job_id, said[job_id], calls[job_id])
            if job.began is not None:
                hour = job.began.replace(minute=0, second=0, microsecond=0, tzinfo=None)
                for currency, money in money_of(job, calls[job_id]).items():
                    groups[hour, job.tenant, job.job_name, currency].append(money)
        return {key: figures_of(some) for key, some in groups.items()}


def figures_of(some: list[Money]) -> dict[str, Any]:
    found = margin(some)
    calls = [call for money in some for call in money.calls]
    spend = found["spend"] if calls else None
    return {name: found[name] for name in FIGURES} | {"records": len(calls), "spend": spend}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("jobs") / "data") as running:
        yield running


@pytest.fixture(autouse=True)
def _empty(engine: Engine) -> None:
    empty(engine)


def empty(engine: Engine) -> None:
    for table in TABLES:
        engine.command(f"TRUNCATE TABLE {table}")


def call_of(number: int, **more: Any) -> Call:
    """Jobs J1 to J6 have calls in several hours, in no order; every seventh call is of none."""
    cost = None if number % 4 == 0 else Decimal(number * 123_456_789 % 10**12).scaleb(-12)
    paid = {"cost": cost, "currency": ("", "USD", "EUR", "USD")[number % 4]}
    status = ("no_usage" if number % 8 else "unpriced") if cost is None else "partial" if number % 3 == 0 else "priced"
    told: dict[str, Any] = {
        **dict.fromkeys((each.name for each in fields(Call)), ""),
        **dict.fromkeys(("attempt_number", "sdk_retries", "input_tokens", "output_tokens"), None),
        **dict.fromkeys(("cache_read_tokens", "cache_write_tokens", "first_chunk_s"), None),
        **dict.fromkeys(("cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_other"), None),
        "kind": "charge" if number % 5 == 0 else "attempt",
        "ts": FIRST_HOUR + timedelta(hours=number * 5 % 6, seconds=number),
        "trace_id": f"{number:032x}",
        "span_id": f"{number:016x}",
        "service": "app",
        "job_id": f"J{number % 7}" if number % 7 else "",
        "job_name": ("", "ticket")[number % 2],
        "tenant": f"tenant-{number % 3}",
        "cost_status": status,
        "cost_source": "local",
        "outcome": "failed" if number % 3 == 0 else "",
        "charge_kind": "human_review" if number % 10 == 0 else "",
        "duration_ns": 1000,
        "sampling_kept": False,
        "received_at": FIRST_HOUR,
        **paid,
        **more,
    }
    return Call(**told)


def record_of(number: int, **more: Any) -> JobRecord:
    """Something that was said of a job: two spans, an outcome and a review of each, in several hours."""
    source = ("span", "span", "outcome", "review")[number % 4]
    started = FIRST_HOUR + timedelta(hours=number * 7 % 6, minutes=number)
    revenue = Decimal(number) if number % 3 == 0 and source != "review" else None
    plain = JobRecord(
        job_id=f"J{number % 7 or 8}", source=source, ts=started + timedelta(minutes=number * 9),
        started=started if source == "span" else None, trace_id=f"{number + 1000:032x}",
        span_id=f"{number + 1000:016x}", service="app", job_name=("", "report")[number % 2],
        tenant=("", "tenant-9")[number % 5 == 0], plan="", feature="",
        revenue=revenue, revenue_currency="" if revenue is None else ("USD", "EUR", "")[number // 3 % 3],
        outcome=("success", "failure", "", "")[number % 4] if source != "review" else "",
        review_status="approved" if source == "review" else "", review_minutes=2.5 if source == "review" else None,
        received_at=FIRST_HOUR,
    )  # fmt: skip
    return replace(plain, **more)


def deliver(engine: Engine, truth: Truth, *things: Call | JobRecord, age_s: int = 3600) -> None:
    """Deliver calls and records, the first time or again, each kind in one insert; ``age_s`` ago."""
    received_at = datetime.now(timezone.utc) - timedelta(seconds=age_s)
    for table, kind, book in (
        ("llm_call_records", Call, truth.calls),
        ("llm_job_records", JobRecord, truth.records),
    ):
        some = [replace(thing, received_at=received_at) for thing in things if isinstance(thing, kind)]
        names = [each.name for each in fields(kind)]
        if some:
            engine.insert(table, names, [[getattr(thing, name) for name in names] for thing in some])
        for thing in some:
            book.setdefault(int(thing.span_id, 16), thing)  # type: ignore[attr-defined]


def reprice(engine: Engine, truth: Truth, numbers: list[int], step: int) -> None:
    """Append another cost to calls that are there."""
    computed = datetime.now(timezone.utc) - timedelta(seconds=3000 - step)
    rows = []
    for number in dict.fromkeys(number for number in numbers if number in truth.calls):
        cost = Decimal(step * 1000 + number).scaleb(-6)
        call = truth.calls[number]
        truth.calls[number] = replace(call, cost=cost, currency="USD", cost_status="priced")
        rows.append([call.ts, call.trace_id, call.span_id, call.service, computed, "v", cost, "USD", "priced"])
    if rows:
        names = [
            "ts",
            "trace_id",
            "span_id",
            "service",
            "computed_at",
            "price_version",
            "cost",
            "currency",
            "cost_status",
        ]
        engine.insert("llm_costs", names, rows)


def break_off(engine: Engine, after: str) -> None:
    """A build that was killed: before its sums, between two of their rows, or before it was noted."""
    engine.command(jobs_statement("plan"))
    if after == "plan":
        return
    build = jobs_statement("build")
    if after == "half":
        head, _, select = build.partition("INSERT INTO llm_hourly_jobs_built\n")
        build = f"{head}INSERT INTO llm_hourly_jobs_built SELECT * FROM ({select}) WHERE rowNumberInAllBlocks() % 2 = 0"
    engine.command(build)
    if after == "half":
        engine.command(jobs_statement("mark"))


SUMS = """
SELECT hour, tenant, toString(job_name) AS job_name, toString(currency) AS currency,
    sum(h.records) AS records, sum(h.spend) AS spend, {sums}
FROM llm_hourly_jobs AS h GROUP BY hour, tenant, job_name, currency
"""


def found(engine: Engine) -> dict[tuple[datetime, str, str, str], dict[str, Any]]:
    names = ("records", "spend", *FIGURES)
    rows = engine.rows(SUMS.format(sums=", ".join(f"sum(h.{name}) AS {name}" for name in FIGURES)))
    return {(row[0].replace(tzinfo=None), *row[1:4]): dict(zip(names, row[4:], strict=True)) for row in rows}


def assert_equal(engine: Engine, truth: Truth) -> None:
    assert found(engine) == truth.rows()


NUMBERS = st.lists(st.integers(1, 42), min_size=1, max_size=15)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["calls", "records", "both", "just now", "between", "reprice"]), NUMBERS),
        st.tuples(
            st.sampled_from(["build", "build", "at once", "plan", "half", "sums", "merge", "sweep"]), st.just([])
        ),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=tries(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_deliveries_builds_breaks_and_repricings_gives_the_truth(
    engine: Engine, steps: list[tuple[str, list[int]]]
) -> None:
    empty(engine)
    truth = Truth()
    for step, (what, numbers) in enumerate(steps):
        calls, records = [call_of(number) for number in numbers], [record_of(number) for number in numbers]
        if what in ("calls", "records", "both", "just now"):
            things = [*(calls if what != "records" else []), *(records if what != "calls" else [])]
            deliver(engine, truth, *things, age_s=0 if what == "just now" else 3600 - step)
        elif what == "between":
            engine.command(jobs_statement("plan"))
            deliver(engine, truth, *calls, *records, age_s=3600 - step)
            engine.command(jobs_statement("build"))
            engine.command(jobs_statement("mark"))
        elif what == "reprice":
            reprice(engine, truth, numbers, step)
        elif what == "build":
            engine.build()
        elif what == "at once":
            engine.call(SUM_TOUCHED)
        elif what in ("plan", "half", "sums"):
            break_off(engine, what)
        elif what == "sweep":
            engine.command(jobs_statement("sweep").replace("INTERVAL 1 HOUR", "INTERVAL 0 HOUR"))
        else:
            for table in ("llm_call_records", "llm_job_records", "llm_job_hours", "llm_job_hours_next"):
                engine.command(f"OPTIMIZE TABLE {table} FINAL")
        assert_equal(engine, truth)


def test_quiet_hours_are_built_once_and_then_read_from_the_build(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, *map(call_of, range(1, 43)), *map(record_of, range(1, 43)))
    assert engine.rows(OPEN)[0][0] > 6
    assert engine.build() == 0
    assert engine.rows(OPEN) == [[0]]
    for table in ("llm_call_records", "llm_job_records"):
        engine.command(f"TRUNCATE TABLE {table}")  # so that nothing but the builds can answer
    assert_equal(engine, truth)


def test_hours_are_not_built_while_something_arrives_for_them_unless_somebody_asks(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, call_of(1), record_of(4), age_s=0)
    engine.build()
    assert engine.rows("SELECT count() FROM llm_job_hours_built") == [[0]]
    assert_equal(engine, truth)
    engine.call(SUM_TOUCHED)
    assert engine.rows(OPEN) == [[0]]
    assert_equal(engine, truth)


@pytest.mark.parametrize("built", [False, True], ids=["read at once", "built before it is read"])
def test_a_call_days_later_is_added_to_the_hour_in_which_its_job_began(engine: Engine, built: bool) -> None:
    truth = Truth()
    deliver(engine, truth, call_of(1), record_of(8, source="span", started=FIRST_HOUR, job_id="J1"))
    engine.build()
    deliver(engine, truth, call_of(9, job_id="J1", ts=FIRST_HOUR + timedelta(days=3)))
    if built:
        engine.build()
        assert engine.rows(OPEN) == [[0]]
    assert_equal(engine, truth)
    assert {hour for hour, *_ in found(engine)} == {FIRST_HOUR.replace(tzinfo=None)}


@pytest.mark.parametrize("built", [False, True], ids=["read at once", "built before it is read"])
def test_a_job_moves_to_an_earlier_hour_when_its_first_call_or_its_span_comes_last(engine: Engine, built: bool) -> None:
    truth = Truth()
    later, first = (call_of(n, job_id="J1", ts=FIRST_HOUR + timedelta(hours=h)) for n, h in ((1, 9), (2, 5)))
    span = record_of(4, source="span", job_id="J1", started=FIRST_HOUR + timedelta(hours=2))
    hours = []
    for thing in (later, first, span):
        deliver(engine, truth, thing)
        assert_equal(engine, truth)
        if built:
            engine.build()
            assert engine.rows(OPEN) == [[0]]
        assert_equal(engine, truth)
        hours.append({(hour - FIRST_HOUR.replace(tzinfo=None)) // timedelta(hours=1) for hour, *_ in found(engine)})
    assert hours == [{9}, {5}, {2}]


def test_an_outcome_that_becomes_known_next_week_counts_where_its_job_began(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, call_of(1), record_of(4, source="span", job_id="J1", outcome="success"))
    engine.build()
    late = FIRST_HOUR + timedelta(days=7)
    deliver(engine, truth, record_of(6, source="outcome", job_id="J1", outcome="failure", ts=late, started=None))
    assert_equal(engine, truth)
    engine.build()
    assert_equal(engine, truth)
    (figures,) = found(engine).values()
    assert (figures["succeeded"], figures["failed_jobs"], figures["failed_spend"]) == (0, 1, figures["spend"])


def test_a_review_that_is_delivered_again_took_its_minutes_once(engine: Engine) -> None:
    truth = Truth()
    review = record_of(7, source="review", job_id="J1", review_minutes=2.5, started=None)
    for _ in range(3):
        deliver(engine, truth, call_of(1), review)
        assert_equal(engine, truth)
        engine.build()
        assert_equal(engine, truth)
    assert [figures["review_minutes"] for figures in found(engine).values()] == [2.5]


def test_what_is_said_of_a_job_that_never_begins_is_in_no_hour(engine: Engine) -> None:
    truth = Truth()
    deliver(engine, truth, record_of(6, source="outcome", job_id="J-nobody", started=None))
    assert found(engine) == truth.rows() == {}
    engine.build()
    assert engine.rows(OPEN) == [[0]]
    assert found(engine) == {}


def test_one_job_in_every_hour_does_not_make_all_hours_be_summed_again(engine: Engine) -> None:
    truth = Truth()
    hours = [FIRST_HOUR + timedelta(hours=hour) for hour in range(40)]
    deliver(engine, truth, *(call_of(7 * n + 1, job_id="default", ts=hour) for n, hour in enumerate(hours)))
    while engine.build():
        pass
    assert engine.rows(OPEN) == [[0]]
    deliver(engine, truth, call_of(400, job_id="default", ts=hours[-1] + timedelta(minutes=5)))
    now = engine.rows("SELECT hour FROM llm_job_hours_now ORDER BY hour")
    assert [row[0].replace(tzinfo=timezone.utc) for row in now] == [hours[0], hours[-1]]
    assert_equal(engine, truth)


def test_the_hundred_dearest_jobs_of_an_hour_have_rows_of_their_own_and_the_rest_are_added_up(engine: Engine) -> None:
    truth = Truth()
    calls = [
        call_of(n, ts=FIRST_HOUR + timedelta(seconds=n), job_id=f"T{n}", job_name="", tenant="a") for n in range(120)
    ]
    calls = [replace(call, cost=Decimal(n), currency="USD", cost_status="priced") for n, call in enumerate(calls)]
    deliver(engine, truth, *calls)
    for _ in ("summed while reading", "built"):
        rows = engine.rows("SELECT job_id, jobs, spend FROM llm_hourly_jobs ORDER BY spend DESC, job_id")
        rest = ["", 20, Decimal(sum(range(20)))]
        assert sorted(rows, key=str) == sorted([[f"T{n}", 1, Decimal(n)] for n in range(20, 120)] + [rest], key=str)
        engine.build()


@pytest.mark.parametrize("after", ["plan", "half", "sums"])
def test_a_build_that_was_broken_off_is_never_read_and_made_again(engine: Engine, after: str) -> None:
    truth = Truth()
    deliver(engine, truth, *map(call_of, range(1, 43)), *map(record_of, range(1, 43)))
    break_off(engine, after)
    assert engine.rows("SELECT count() FROM llm_job_hours_built") == [[0]]
    assert_equal(engine, truth)
    engine.build()
    assert engine.rows(OPEN) == [[0]]
    assert_equal(engine, truth)
