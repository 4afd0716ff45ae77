"""Every billed attempt once, whatever the delivery does. The ledger is kept by the sender, in Decimal."""

from __future__ import annotations

import random
import signal
import time
import uuid
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute import names
from tests.effort import tries
from tests.store.conftest import RunningUp, end, start_store
from tests.store.telemetry import NOW_NS, App, SameIds, attempt_facts, send

DAY_NS = 86_400 * 10**9


def total(store: RunningUp, where: str = "1") -> Decimal | None:
    """Spend by hand, in a statement that forgets FINAL."""
    found = store.sql(f"SELECT sum(cost) AS spend FROM llm_calls WHERE {where}")[0]["spend"]
    return None if found is None else Decimal(found)


def spend_of(store: RunningUp, **question: str) -> dict[str, Decimal | None]:
    rows = store.spend(**question)["rows"]
    key = question.get("by", "route")
    return {row[key]: None if row["spend"] is None else Decimal(row["spend"]) for row in rows}


@pytest.mark.parametrize("over", ["http", "grpc"])
def test_a_batch_delivered_twice_counts_once(shared_store: RunningUp, over: str) -> None:
    app = App(service=f"twice-{over}")
    for _ in range(10):
        app.attempt(cost="0.123456789012")
    for _ in range(2):
        send(shared_store, app.spans, over)
    assert total(shared_store, f"service = 'twice-{over}'") == Decimal("1.23456789012")
    where = f"service = 'twice-{over}'"
    assert shared_store.sql(f"SELECT count() AS n FROM llm_calls WHERE {where}") == [{"n": 10}]
    assert shared_store.sql(f"SELECT count() AS n FROM llm_call_records FINAL WHERE {where}") == [{"n": 10}]
    assert shared_store.sql(f"SELECT count() AS n FROM otel_traces WHERE ServiceName = 'twice-{over}'") == [{"n": 10}]


def test_batches_that_overlap_after_a_restart_of_the_sender_count_each_span_once(shared_store: RunningUp) -> None:
    app = App(run="overlap")
    for at in range(100):
        app.attempt(route=f"route-{at % 3}", cost="0.01")
    send(shared_store, app.spans[:60])
    send(shared_store, app.spans[40:], "grpc")
    send(shared_store, app.spans[10:90])
    expected = {"route-0": Decimal("0.34"), "route-1": Decimal("0.33"), "route-2": Decimal("0.33")}
    assert spend_of(shared_store, run="overlap") == expected


def test_spans_that_arrive_days_late_count_on_their_own_day(shared_store: RunningUp) -> None:
    app = App(service="late", run="late")
    for day in range(150):  # more days than the engine takes parts in one insert by default
        app.span("attempt", attempt_facts("r", "0.5"), start_ns=NOW_NS - day * DAY_NS)
    send(shared_store, app.spans)
    send(shared_store, app.spans[-30:])
    assert spend_of(shared_store, run="late") == {"r": Decimal(75)}
    days = shared_store.sql("SELECT toDate(ts) AS day, sum(cost) AS c FROM llm_calls WHERE run_id='late' GROUP BY day")
    assert len(days) == 150
    assert {row["c"] for row in days} == {"0.500000000000"}
    recent = shared_store.spend(run="late", since="2026-09-20", until="2026-09-22")
    assert recent["totals"][0]["spend"] == "1"


def test_spans_of_clocks_that_are_wrong_by_years_count_where_they_say(shared_store: RunningUp) -> None:
    app = App(service="skewed", run="skewed")
    for year in (1970, 1999, 2026, 2106):
        app.span("attempt", attempt_facts("r", "0.5"), start_ns=1 + (year - 1970) * 365 * DAY_NS)
    for _ in range(2):
        send(shared_store, app.spans)
    assert spend_of(shared_store, run="skewed") == {"r": Decimal(2)}
    hours = shared_store.sql("SELECT hour, spend FROM llm_hourly WHERE service = 'skewed' ORDER BY hour")
    assert [row["spend"] for row in hours] == ["0.500000000000"] * 4
    assert hours[0]["hour"] == "1970-01-01 00:00:00"


def test_an_attempt_that_arrives_before_its_route_and_its_job_is_joined_later(shared_store: RunningUp) -> None:
    app = App(service="early", run="early")
    ids = {names.ROUTE_ID: "R-early", names.JOB_ID: "J-early"}
    attempt = app.attempt(cost="0.5", **ids)
    route = app.span("route", {names.ROUTE_NAME: "support.reply", names.ROUTE_ID: "R-early"})
    job = app.span("job", {names.JOB_ID: "J-early", names.JOB_NAME: "ticket", names.JOB_OUTCOME: "success"})
    send(shared_store, [attempt])
    check = "SELECT calls FROM data_health WHERE check = 'without_route'"
    (before,) = shared_store.sql(check)
    asked = "SELECT name, outcome, spend, attempts FROM jobs_with_cost WHERE job_id = 'J-early'"
    assert shared_store.sql(asked) == [{"name": "", "outcome": "", "spend": "0.500000000000", "attempts": 1}]
    send(shared_store, [job])
    send(shared_store, [route])
    (after,) = shared_store.sql(check)
    assert before["calls"] - after["calls"] == 1
    assert shared_store.sql(asked) == [
        {"name": "ticket", "outcome": "success", "spend": "0.500000000000", "attempts": 1}
    ]


def test_data_health_counts_what_is_wrong_with_the_data(tmp_path: Path) -> None:
    store = start_store(tmp_path / "data")
    app, now = App(), time.time_ns()
    app.span("attempt", attempt_facts("r", "0.5"), start_ns=now)
    app.span("attempt", attempt_facts("r", None), start_ns=now)
    app.span("attempt", attempt_facts("r", None) | {names.COST_STATUS: "no_usage"}, start_ns=now)
    app.span("attempt", attempt_facts("r", "0.5") | {names.COST_STATUS: "partial"}, start_ns=now - DAY_NS)
    app.span("attempt", attempt_facts("r", "0.5") | {names.SAMPLING_KEPT: True}, start_ns=now + DAY_NS)
    app.span("attempt", attempt_facts("r", "0.5") | {names.ROUTE_ID: "R-gone"}, start_ns=now)
    try:
        send(store, app.spans)
        send(store, app.spans[:2])
        found = {row["check"]: row["calls"] for row in store.sql("SELECT check, calls FROM data_health")}
    finally:
        end(store)
    assert found == {
        "stored": 6,
        "delivered": 8,
        "late": 1,
        "ahead": 1,
        "unpriced": 1,
        "partly_priced": 1,
        "no_usage": 1,
        "sampled_out": 1,
        "without_route": 1,
    }


def test_two_services_with_equal_ids_are_two_calls(shared_store: RunningUp) -> None:
    apps = [App(service=f"seeded-{name}", ids=SameIds(7)) for name in ("a", "b")]
    for app in apps:
        app.attempt(cost="0.25")
        send(shared_store, app.spans)
    first, second = (app.spans[0].context for app in apps)
    assert (first.trace_id, first.span_id) == (second.trace_id, second.span_id)
    assert total(shared_store, "service LIKE 'seeded-%'") == Decimal("0.5")


def test_two_runs_of_a_program_that_seeds_its_random_numbers_are_two_calls(shared_store: RunningUp) -> None:
    for run in range(2):
        app = App(service="reseeded", ids=SameIds(8))
        app.span("attempt", attempt_facts("r", "0.25"), start_ns=NOW_NS + run)
        send(shared_store, app.spans)
    assert total(shared_store, "service = 'reseeded'") == Decimal("0.5")


def test_an_unknown_cost_is_not_zero_and_zero_is_not_unknown(shared_store: RunningUp) -> None:
    app = App(run="unknown")
    app.attempt("unpriced", None)
    app.attempt("free", "0", **{names.COST_STATUS: "free"})
    app.attempt("mixed", None)
    app.attempt("mixed", "0.75")
    send(shared_store, app.spans)
    answer = shared_store.spend(run="unknown")
    found = {row["route"]: (row["spend"], row["unpriced"]) for row in answer["rows"]}
    assert found == {"unpriced": (None, 1), "free": ("0", 0), "mixed": ("0.75", 1)}
    assert (answer["totals"][0]["spend"], answer["totals"][0]["unpriced"]) == ("0.75", 2)
    assert [(row["model"], row["attempts"]) for row in answer["unpriced_models"]] == [("gpt-5-mini-2026-08-07", 2)]


def test_currencies_are_never_added_up(shared_store: RunningUp) -> None:
    app = App(run="currencies")
    app.span("attempt", attempt_facts("r", "1", "USD"))
    app.span("attempt", attempt_facts("r", "2", "EUR"))
    app.span("attempt", attempt_facts("europe", "3", "EUR"))
    app.attempt("europe", None)
    app.attempt("nowhere", None)
    send(shared_store, app.spans)
    answer = shared_store.spend(run="currencies")
    rows = {(row["route"], row["currency"]): (row["spend"], row["attempts"]) for row in answer["rows"]}
    assert rows == {
        ("r", "USD"): ("1", 1),
        ("r", "EUR"): ("2", 1),
        ("europe", "EUR"): ("3", 2),  # what has no price stands beside the money its route is paid in
        ("nowhere", "EUR"): (None, 1),
    }
    assert {row["currency"]: row["spend"] for row in answer["totals"]} == {"USD": "1", "EUR": "5"}


def test_usage_on_spans_that_are_no_records_of_ours_is_never_counted(shared_store: RunningUp) -> None:
    app = App(run="foreign", service="foreign")
    app.attempt(cost="1")
    theirs = {names.USAGE_INPUT_TOKENS: 1000, names.USAGE_OUTPUT_TOKENS: 100, names.REQUEST_MODEL: "gpt-5-mini"}
    app.span(None, {**theirs, "gen_ai.usage.cost": 1.0}, scope="opentelemetry.instrumentation.openai")
    app.span(None, {**theirs, names.COST_AMOUNT: 1.0, names.COST_CURRENCY: "USD"}, scope="someone.else")
    app.span("route", {names.ROUTE_NAME: "support.reply", names.COST_AMOUNT: 1.0})
    app.span("job", {names.JOB_ID: "J", names.COST_AMOUNT: 1.0})
    app.span("Attempt", {names.COST_AMOUNT: 1.0})
    send(shared_store, app.spans)
    answer = shared_store.spend(run="foreign")
    assert (answer["totals"][0]["spend"], answer["totals"][0]["attempts"]) == ("1", 1)
    assert answer["totals"][0]["input_tokens"] == 1000
    assert total(shared_store, "service = 'foreign'") == 1


def test_charges_are_spend_and_no_attempts(shared_store: RunningUp) -> None:
    app = App(run="charges")
    app.attempt(cost="0.5", **{names.ROUTE_ID: "R1"})
    charge = {names.ROUTE_NAME: "support.reply", names.ROUTE_ID: "R1", names.CHARGE_KIND: "search"}
    charge |= {names.COST_AMOUNT: 0.002, names.COST_CURRENCY: "USD", names.COST_STATUS: "priced"}
    app.span("charge", charge | {names.CHARGE_QUANTITY: 2.0, names.CHARGE_UNIT: "query"}, duration_ns=0)
    send(shared_store, app.spans)
    (row,) = shared_store.spend(run="charges")["rows"]
    assert (row["spend"], row["calls"], row["attempts"], row["charges"]) == ("0.502", 1, 1, 1)


def test_calls_are_first_attempts_as_on_the_boards(shared_store: RunningUp) -> None:
    app = App(service="first attempts", run="first attempts")
    for number in (1, 2, 3):
        reason = "initial" if number == 1 else "fallback_error"
        app.attempt("faq", "0.5", **{names.ROUTE_ID: "F", names.ATTEMPT_NUMBER: number, names.ATTEMPT_REASON: reason})
    app.attempt("faq", "0.5")  # outside any route
    charge = {names.ROUTE_NAME: "faq", names.CHARGE_KIND: "human_review", names.COST_STATUS: "priced"}
    charge |= {names.COST_CURRENCY: "USD"}
    two = {names.COST_AMOUNT: 2.0}
    app.span("charge", charge | two, duration_ns=0)  # outside any route: money, and no call
    app.span("route", {names.ROUTE_NAME: "faq", names.ROUTE_ID: "F"})
    app.span("route", {names.ROUTE_NAME: "faq", names.ROUTE_ID: "H", names.ROUTE_REASON: "human_review"})
    app.span("charge", charge | two | {names.ROUTE_ID: "H"}, duration_ns=0)  # a route that a person answered
    send(shared_store, app.spans)
    answer = shared_store.spend(run="first attempts")
    for row in (*answer["rows"], *answer["totals"]):
        assert (row["calls"], row["attempts"], row["charges"], row["without_attempt"]) == (2, 4, 2, 1)
        assert (row["spend"], row["cost_per_call"]) == ("6", "3")
        assert row["reasons"].get("human_review") == 1
    sums = shared_store.sql("SELECT sum(requests) AS n FROM llm_hourly WHERE service = 'first attempts'")
    assert sums == [{"n": 2}]


def test_spend_is_told_by_kind_of_charge_and_a_reason_is_chosen_by_what_it_cost(shared_store: RunningUp) -> None:
    app = App(run="by charge")
    facts = {names.ROUTE_NAME: "refund", names.COST_CURRENCY: "USD", names.COST_STATUS: "priced"}
    for at in (1, 2, 3):
        app.attempt("refund", "0.25", **{names.ROUTE_ID: f"C{at}", names.ROUTE_REASON: "cost"})
    review = {names.ROUTE_ID: "R", names.ROUTE_REASON: "risk"}
    app.attempt("refund", "0.25", **review)
    costs = [("human_review", 5.0, review), ("human_review", 1.5, review), ("search", 0.125, {names.ROUTE_ID: "C1"})]
    for kind, cost, route in costs:
        reason = {names.ROUTE_REASON: "cost", **route}
        app.span("charge", {**facts, **reason, names.CHARGE_KIND: kind, names.COST_AMOUNT: cost}, duration_ns=0)
    send(shared_store, app.spans)
    rows = shared_store.spend(run="by charge", by="charge")["rows"]
    assert [(row["charge"], row["spend"], row["calls"], row["charges"], row["reasons"]) for row in rows] == [
        ("human_review", "6.5", 0, 2, {"risk": 0}),
        ("", "1", 4, 0, {"cost": 3, "risk": 1}),
        ("search", "0.125", 0, 1, {"cost": 0}),
    ]
    (row,) = shared_store.spend(run="by charge")["rows"]
    assert (row["spend"], list(row["reasons"].items())) == ("7.625", [("risk", 1), ("cost", 3)])


Entry = tuple[str, "int | None", str]
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        # Pico-units that a double holds exactly to 12 decimals, or nothing known.
        st.none() | st.integers(0, 10**14),
        st.sampled_from(["USD", "EUR"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=tries(6, 15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=ENTRIES, seed=st.integers(0, 2**32))
def test_any_spend_delivered_in_any_way_equals_the_ledger(
    shared_store: RunningUp, entries: list[Entry], seed: int
) -> None:
    run = uuid.uuid4().hex
    app = App(service=f"any-{run}", run=run)
    ledger: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    unpriced = 0
    for route, pico, currency in entries:
        app.span("attempt", facts_of(route, pico, currency))
        if pico is None:
            unpriced += 1
        else:
            ledger[route, currency] += Decimal(pico).scaleb(-12)
    deliver(shared_store, app, random.Random(seed))
    answer = shared_store.spend(run=run)
    known = [row for row in answer["rows"] if row["spend"] is not None]
    assert {(row["route"], row["currency"]): Decimal(row["spend"]) for row in known} == dict(ledger)
    assert sum(row["unpriced"] for row in answer["totals"]) == unpriced
    assert sum(row["attempts"] for row in answer["totals"]) == len(entries)
    rolled = shared_store.sql(
        f"SELECT route, currency, sum(spend) AS total FROM llm_hourly WHERE service = 'any-{run}' GROUP BY ALL"
    )
    assert {(row["route"], row["currency"]): Decimal(row["total"]) for row in rolled if row["total"]} == dict(ledger)
    for currency in {currency for _, currency in ledger}:
        whole = sum(amount for (_, paid_in), amount in ledger.items() if paid_in == currency)
        assert {Decimal(row["spend"]) for row in answer["totals"] if row["currency"] == currency} == {whole}


def facts_of(route: str, pico: int | None, currency: str) -> dict[str, Any]:
    facts = attempt_facts(route, None)
    if pico is not None:
        facts |= {names.COST_AMOUNT: pico / 10**12, names.COST_CURRENCY: currency, names.COST_STATUS: "priced"}
    return facts


def deliver(store: RunningUp, app: App, chance: random.Random) -> None:
    """Every span at least once, some more often, in any order and any batches."""
    again = [span for span in app.spans if chance.random() < 0.5]
    spans = [*app.spans, *again]
    chance.shuffle(spans)
    while spans:
        size = chance.randint(1, len(spans))
        send(store, spans[:size])
        spans = spans[size:]


def test_what_was_acknowledged_is_there_after_a_kill_and_a_retry_counts_once(tmp_path: Path) -> None:
    app = App()
    for _ in range(50):
        app.attempt(cost="0.02")
    first = start_store(tmp_path / "data")
    send(first, app.spans[:30])
    first.process.send_signal(signal.SIGKILL)
    first.process.communicate(timeout=60)
    second = start_store(tmp_path / "data")
    try:
        assert total(second) == Decimal("0.6")
        send(second, app.spans)
        assert total(second) == Decimal("1")
        assert spend_of(second) == {"support.reply": Decimal("1")}
    finally:
        end(second)
