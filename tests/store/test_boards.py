"""Every figure of every panel is what the ledger gives when it is worked out by hand, whatever was delivered how."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute.store.boards import NAMES, Board, Panel, board, board_of, boards
from otel_llmroute.store.boards.asking import PanelQuestion
from otel_llmroute.store.boards.columns import COLUMNS
from otel_llmroute.store.boards.filters import COLUMNS as FILTERS
from otel_llmroute.store.boards.filters import tables_of
from otel_llmroute.store.errors import StoreError
from tests.store.engine import Engine, engine_at
from tests.store.ledger import HOSTILE, SINCE, UNTIL, Call, JobRecord, Ledger, deliver, made_up
from tests.store.panel_truth import KEYS, TRUTHS, Asked

PANELS = [(each, panel) for each in boards() for panel in each.panels]
IDS = [f"{each.name}-{panel.name}" for each, panel in PANELS]
QUESTIONS = list({panel.question: (each, panel) for each, panel in reversed(PANELS)}.values())
"""The first panel of each question: others ask the same SQL for another column."""
QUESTION_IDS = [panel.question for _, panel in QUESTIONS]
KINDS = list({tables_of(panel.sql): (each, panel) for each, panel in PANELS}.values())
"""A panel of each set of tables that are narrowed."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("boards") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Another, whose tables are filled again and again."""
    with engine_at(tmp_path_factory.mktemp("changing") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def filled(engine: Engine) -> tuple[Engine, Ledger]:
    """Enough calls that every panel has something to show."""
    return engine, deliver(engine, made_up(12, 300), 12)


def answer(engine: Engine, on: Board, panel: Panel, **more: Any) -> dict[str, Any]:
    asked = PanelQuestion(on.name, panel.name, **{"since": SINCE, "until": UNTIL, "limit": 10_000, **more})
    return engine.call("otel_llmroute.store.boards.asking:answer", asked)


def assert_true(engine: Engine, ledger: Ledger, on: Board, panel: Panel, filters: dict[str, tuple[str, ...]]) -> int:
    """Ask, and compare every figure of every row; how many rows."""
    found = answer(engine, on, panel, filters=filters)
    assert (found["filters"], found["filters_not_taken"]) == ({name: list(filters[name]) for name in filters}, [])
    asked = Asked(SINCE, UNTIL, {FILTERS[name]: values for name, values in filters.items()}, panel.by)
    expected = TRUTHS[panel.question](ledger, asked)
    rows = {tuple(row[name] or "" for name in KEYS[panel.question]): row for row in found["rows"]}
    assert len(rows) == len(found["rows"])
    assert set(rows) == set(expected)
    for key, row in rows.items():
        assert plain(row, panel) == {name: like(name, value, panel) for name, value in expected[key].items()}, key
    return len(rows)


def plain(row: dict[str, Any], panel: Panel) -> dict[str, Any]:
    """A row as the truth has it: money as Decimal. What a check means is no figure."""
    is_money = {name for name, column in COLUMNS.items() if column.unit == "money"}
    return {
        name: Decimal(value) if name in is_money and value is not None else value
        for name, value in row.items()
        if name != "meaning"
    }


def like(name: str, value: Any, panel: Panel) -> Any:
    """A float is as good as its digits; a latency as its class; no currency is None."""
    if name == "currency":
        return value or None
    if isinstance(value, float):
        is_of_class = panel.question in ("latency_by", "experiment_variants") and name.endswith("_s")
        is_of_class = is_of_class or name in ("lag_p50_s", "lag_p95_s")
        return pytest.approx(value, rel=0.0251 if is_of_class else 1e-9, abs=1e-12)
    return value


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_panel_shows_what_the_ledger_gives(filled: tuple[Engine, Ledger], on: Board, panel: Panel) -> None:
    assert assert_true(*filled, on, panel, {}) > 0


@pytest.mark.parametrize(("on", "panel"), QUESTIONS, ids=QUESTION_IDS)
def test_a_panel_takes_every_filter_that_it_says_it_takes(
    filled: tuple[Engine, Ledger], on: Board, panel: Panel
) -> None:
    engine, ledger = filled
    shown = []
    for at, name in enumerate(panel.filters):
        values = sorted({str(getattr(call, FILTERS[name])) for call in ledger.calls})
        wanted = (values[-1],) if at % 2 else (values[0], values[-1])
        shown.append(assert_true(engine, ledger, on, panel, {name: wanted}))
    assert not panel.filters or any(shown)


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_several_filters_must_all_be_met_and_one_that_nothing_meets_leaves_nothing(
    filled: tuple[Engine, Ledger], on: Board, panel: Panel
) -> None:
    engine, ledger = filled
    two = dict.fromkeys(panel.filters[:2], ("", "pro", "USD", "support.reply", "acme", "small"))
    assert_true(engine, ledger, on, panel, two)
    nothing = answer(engine, on, panel, filters={**two, **dict.fromkeys(panel.filters[-1:], ("nobody",))})
    assert not panel.filters or nothing["rows"] == []


@pytest.mark.parametrize(("on", "panel"), QUESTIONS, ids=QUESTION_IDS)
def test_a_panel_says_which_filters_it_cannot_take(filled: tuple[Engine, Ledger], on: Board, panel: Panel) -> None:
    engine, _ = filled
    filters = dict.fromkeys(FILTERS, ("acme",))
    found = answer(engine, on, panel, filters=filters)
    assert found["filters_not_taken"] == [name for name in FILTERS if name not in panel.filters]
    assert set(found["filters"]) == set(panel.filters)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_with_quotes_sql_or_percent_signs_selects_exactly_itself(
    filled: tuple[Engine, Ledger], value: str
) -> None:
    engine, ledger = filled
    for on, panel in KINDS:
        for name in ("route", "tenant"):
            if name in panel.filters:
                assert_true(engine, ledger, on, panel, {name: (value,)})
    assert engine.rows("SELECT count() FROM llm_calls") == [[len(ledger.calls)]]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), calls=st.integers(0, 60), narrowed=st.booleans(), data=st.data())
def test_any_ledger_delivered_in_any_way_gives_the_truth_on_every_panel(
    changing: Engine, name: str, seed: int, calls: int, narrowed: bool, data: st.DataObject
) -> None:
    ledger, on = deliver(changing, made_up(seed, calls), seed), board(name)
    for panel in on.panels:
        filters: dict[str, tuple[str, ...]] = {}
        if narrowed and panel.filters:
            by = data.draw(st.sampled_from(panel.filters))
            filters = {by: (str(getattr(ledger.calls[0], FILTERS[by])),) if ledger.calls else ("",)}
        assert_true(changing, ledger, on, panel, filters)


def test_a_period_is_of_whole_hours_and_its_end_is_not_in_it(filled: tuple[Engine, Ledger]) -> None:
    engine, _ = filled
    on = board("spend")
    panel = on.panel("route")
    rounded = {"since": SINCE + timedelta(minutes=59), "until": UNTIL - timedelta(minutes=59)}
    exact, found = answer(engine, on, panel), answer(engine, on, panel, **rounded)
    assert found == exact
    assert (found["since"], found["until"]) == ("2026-09-01T02:00:00Z", "2026-09-01T06:00:00Z")


def test_what_begins_in_the_last_moment_of_a_period_is_in_it(changing: Engine) -> None:
    whole = made_up(1, 40)
    last = UNTIL - timedelta(microseconds=1)
    ledger = Ledger(
        [replace(whole.calls[0], ts=last, kind="attempt", outcome="failed")],
        [replace(whole.routes[0], ts=last, response_cache_result="hit")],
        [replace(whole.jobs[0], source="span", started=last, ts=UNTIL)],
        [replace(whole.decisions[0], ts=last)],
    )
    told = deliver(changing, ledger, seed=1)
    for on, panel in PANELS:
        assert_true(changing, told, on, panel, {})
    assert len(answer(changing, board("trace"), board("trace").panel("waterfall"))["rows"]) == 4
    assert len(answer(changing, board("routes"), board("routes").panel("paths"))["rows"]) == 1


def test_a_period_that_ends_before_it_begins_is_refused(engine: Engine) -> None:
    with pytest.raises(AssertionError, match="the period is empty"):
        answer(engine, board("spend"), board("spend").panel("now"), since=UNTIL, until=SINCE)


@pytest.mark.parametrize(("name", "shown"), [("spend", "route"), ("trace", "dearest")])
def test_more_rows_than_were_asked_for_are_told_and_the_largest_are_shown(
    filled: tuple[Engine, Ledger], name: str, shown: str
) -> None:
    engine, _ = filled
    on = board(name)
    whole, two = (answer(engine, on, on.panel(shown), limit=limit) for limit in (10_000, 2))
    assert (two["rows"], two["has_more"], whole["has_more"]) == (whole["rows"][:2], True, False)


BARS = [(on, panel) for on, panel in PANELS if panel.chart == "bars"]


@pytest.mark.parametrize(("on", "panel"), BARS, ids=[f"{on.name}-{panel.name}" for on, panel in BARS])
def test_bars_show_the_figure_by_which_their_rows_are_ranked(
    filled: tuple[Engine, Ledger], on: Board, panel: Panel
) -> None:
    engine, _ = filled
    currencies: dict[str | None, list[Decimal | None]] = {}
    for row in answer(engine, on, panel)["rows"]:
        drawn = row[panel.value]
        currencies.setdefault(row.get("currency"), []).append(None if drawn is None else Decimal(str(drawn)))
    for values in currencies.values():
        known = [value for value in values if value is not None]
        assert values == [*known, *[None] * (len(values) - len(known))]
        assert known == sorted(known, reverse=panel.value != "gross_margin")


# --- figures that can be followed by hand -----------------------------------------------------------------------------


def attempt(number: int, hours: int = 0, **more: Any) -> Call:
    """An attempt in an hour of the period: a dollar for a million tokens of input, two for half a million of output."""
    plain = Call(
        kind="attempt", ts=SINCE + timedelta(hours=hours, seconds=number), trace_id=f"{number:032x}",
        span_id=f"{number:016x}", service="shop", route_id="", route="support", reason="", job_id="", job_name="",
        tenant="acme", plan="", feature="", task="", risk="", attempt_number=1, attempt_reason="initial",
        outcome="accepted", sdk_retries=0, purpose="", provider="openai", model="large", service_tier="",
        input_tokens=1_000_000, output_tokens=500_000, cache_read_tokens=None, cache_write_tokens=None,
        cost=Decimal(3), currency="USD", cost_status="priced", cost_source="local", cost_input=Decimal(1),
        cost_cache_read=None, cost_cache_write=None, cost_output=Decimal(2), cost_other=None, charge_kind="",
        first_chunk_s=None, error_type="", status="Unset", duration_ns=10**9, sampling_kept=False,
        received_at=SINCE + timedelta(hours=hours + 1),
    )  # fmt: skip
    return replace(plain, **more)


def rows_of(engine: Engine, on: str, panel: str, *calls: Call) -> list[dict[str, Any]]:
    deliver(engine, Ledger(list(calls)), seed=0, repricings=0)
    return list(answer(engine, board(on), board(on).panel(panel))["rows"])


def test_the_forecast_goes_on_as_since_the_first_call_when_that_is_younger_than_a_week(changing: Engine) -> None:
    (row,) = rows_of(changing, "spend", "month", attempt(1, hours=-20), attempt(2, hours=3))
    # 6 dollars in 24 hours; September has 714 hours left at 6 o'clock of its first day.
    assert (row["month"], row["spend"], row["forecast"]) == ("2026-09-01", "3", "181.5")


def test_what_the_month_will_be_is_not_known_before_a_day_of_calls(changing: Engine) -> None:
    (row,) = rows_of(changing, "spend", "month", attempt(1, hours=-19), attempt(2, hours=3))
    found = (row["spend"], row["forecast"], row["forecast_low"], row["forecast_high"])
    assert found == ("3", None, None, None)


def test_what_the_cache_saves_is_net_of_what_writing_to_it_costs(changing: Engine) -> None:
    cached = attempt(
        2, input_tokens=1_000_000, cache_read_tokens=800_000, cache_write_tokens=200_000, cost=Decimal("2.33"),
        cost_input=Decimal(0), cost_cache_read=Decimal("0.08"), cost_cache_write=Decimal("0.25"),
    )  # fmt: skip
    (row,) = rows_of(changing, "routes", "cache", attempt(1), cached)
    # A million tokens at a dollar, less 8 cents for reading and 25 for writing.
    assert (row["saved"], row["spend_cache"], row["tokens_left_out"]) == ("0.67", "0.33", 0)
    assert row["cache_share"] == pytest.approx(0.4)


def test_a_cheaper_model_costs_what_was_paid_for_it_here(changing: Engine) -> None:
    cheap = {"model": "small", "cost": Decimal("0.5"), "cost_input": Decimal("0.25"), "cost_output": Decimal("0.25")}
    rows = rows_of(changing, "routes", "cheaper", attempt(1), attempt(2, route="search", **cheap))
    assert [(row["name"], row["model"], row["other_model"], row["cost_there"], row["saved"]) for row in rows] == [
        ("support", "large", "small", "0.5", "2.5")
    ]


def test_a_fallback_costs_more_than_the_first_choice_would_have(changing: Engine) -> None:
    other = attempt(3, attempt_number=2, attempt_reason="fallback_error", cost=Decimal(10), cost_input=Decimal(8))
    (row,) = rows_of(changing, "routes", "fallbacks", attempt(1), attempt(2), other)
    assert (row["fallback_spend"], row["first_choice_cost"], row["premium"]) == ("10", "3", "7")


def test_reasons_are_ranked_by_what_they_cost(changing: Engine) -> None:
    calls = [attempt(1, route="a", reason="rule"), attempt(2, route="a", reason="rule")]
    calls += [
        attempt(3, route="b", reason="risk", cost=Decimal(90)),
        attempt(4, route="a", reason="cost", cost=Decimal(8)),
    ]
    rows = rows_of(changing, "routes", "reasons", *calls)
    assert [(row["name"], row["reason"], row["spend"]) for row in rows] == [
        ("b", "risk", "90"),
        ("a", "cost", "8"),
        ("a", "rule", "6"),
    ]


def test_what_has_no_price_takes_no_row_of_what_has_one(changing: Engine) -> None:
    unpriced = {"cost": None, "cost_input": None, "cost_output": None, "cost_status": "unpriced", "currency": ""}
    calls = [attempt(number, route=f"paid {number}", cost=Decimal(number)) for number in range(1, 6)]
    calls += [attempt(10 + number, route=f"new {number % 3}", **unpriced) for number in range(30)]
    deliver(changing, Ledger(calls), seed=0, repricings=0)
    on = board("spend")
    rows = answer(changing, on, on.panel("route"), limit=6)["rows"]
    assert [row["name"] for row in rows] == [*(f"paid {number}" for number in range(5, 0, -1)), "new 0"]


def test_the_slowest_answers_come_first_however_few_they_are(changing: Engine) -> None:
    calls = [attempt(number, route="quick", duration_ns=10**8) for number in range(5)]
    calls += [attempt(9, route="slow", duration_ns=10**10), attempt(10, route="failed", outcome="failed")]
    rows = rows_of(changing, "routes", "latency", *calls)
    assert [row["name"] for row in rows if row["answered"]] == ["slow", "quick"]


def test_who_costs_more_than_they_earn_comes_first(changing: Engine) -> None:
    def job(tenant: str, revenue: int | None) -> JobRecord:
        return replace(
            made_up(1, 40).jobs[0], job_id=tenant, source="span", started=SINCE, ts=SINCE,
            span_id=f"{len(tenant):016x}", job_name="triage" if tenant == "loss" else "reply", tenant=tenant,
            revenue=None if revenue is None else Decimal(revenue), revenue_currency="" if revenue is None else "USD",
            outcome="success",
        )  # fmt: skip

    costs = {"gain": 30, "loss": 3, "unknown": 90, "small gain": 8}
    earned: dict[str, int | None] = {"gain": 100, "loss": 1, "unknown": None, "small gain": 9}
    calls = [
        attempt(at, job_id=name, tenant=name, cost=Decimal(cost)) for at, (name, cost) in enumerate(costs.items(), 1)
    ]
    ledger = Ledger(calls, jobs=[job(name, revenue) for name, revenue in earned.items()])
    deliver(changing, ledger, seed=0, repricings=0)
    found = answer(changing, board("jobs"), board("jobs").panel("tenant"))["rows"]
    assert [(row["name"], row["gross_margin"]) for row in found] == [
        *(("loss", "-2"), ("small gain", "1"), ("gain", "70")),
        ("unknown", None),
    ]
    kinds = answer(changing, board("jobs"), board("jobs").panel("job"))["rows"]
    assert [row["name"] for row in kinds] == ["reply", "triage"]  # the dearer kind


def test_a_trace_is_named_by_its_job_and_without_one_by_the_route_that_cost_most(changing: Engine) -> None:
    trace, other = "a" * 32, "b" * 32
    calls = [attempt(1, route="first", trace_id=trace), attempt(2, route="dear", trace_id=trace, cost=Decimal(9))]
    calls += [attempt(3, route="dear", trace_id=other), attempt(4, route="x", trace_id=other, job_name="triage")]
    rows = rows_of(changing, "trace", "dearest", *calls)
    assert [(row["name"], row["label"], row["spend"]) for row in rows] == [
        (trace, "dear", "12"),
        (other, "triage", "6"),
    ]


def test_what_has_no_price_stands_beside_the_money_its_group_is_paid_in(changing: Engine) -> None:
    unpriced = {"cost": None, "cost_input": None, "cost_output": None, "currency": "", "cost_status": "unpriced"}
    nowhere = attempt(4, route="draft", **unpriced)
    rows = rows_of(changing, "spend", "route", attempt(1), attempt(2, currency="EUR"), attempt(3, **unpriced), nowhere)
    assert [(row["name"], row["currency"], row["spend"], row["unpriced"]) for row in rows] == [
        ("support", "USD", "3", 1),
        ("support", "EUR", "3", 0),
        ("draft", None, None, 1),
    ]


# --- the definition ---------------------------------------------------------------------------------------------------


def test_what_is_made_of_calls_takes_every_filter_and_only_deliveries_and_budgets_take_none() -> None:
    of_calls = (
        *("llm_hourly", "llm_hourly_tenants", "llm_hourly_latency", "llm_calls"),
        *("llm_failed_attempts", "llm_unpriced_attempts", "llm_arrivals"),
    )
    for _, panel in PANELS:
        tables = tables_of(panel.sql)
        assert bool(tables) == (panel.name not in ("deliveries", "budgets"))
        assert (panel.filters == tuple(FILTERS)) == (bool(tables) and all(table in of_calls for table in tables))


def test_every_question_of_a_panel_has_its_truth() -> None:
    assert {panel.question for _, panel in PANELS} == set(TRUTHS) == set(KEYS)


@pytest.mark.parametrize(("on", "panel"), QUESTIONS, ids=QUESTION_IDS)
def test_a_question_has_columns_that_are_known(filled: tuple[Engine, Ledger], on: Board, panel: Panel) -> None:
    engine, _ = filled
    (row, *_) = answer(engine, on, panel)["rows"]
    assert [name for name in row if name not in COLUMNS] == []
    shown = [column.name for _, each in PANELS if each.question == panel.question for column in each.columns]
    assert [name for name in shown if name not in row] == []


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_panel_leads_to_a_board_by_a_filter_that_is_known(on: Board, panel: Panel) -> None:
    assert panel.title
    assert panel.about.endswith(("?", "once."))
    assert bool(panel.drill) == bool(panel.drill_board)
    assert panel.drill in ("", *FILTERS)
    assert panel.drill_board in ("", *NAMES)
    if panel.drill:
        assert any(panel.drill in each.filters for each in board(panel.drill_board).panels)


@pytest.mark.parametrize(("on", "panel"), PANELS, ids=IDS)
def test_a_question_says_what_it_answers(on: Board, panel: Panel) -> None:
    head = [line for line in panel.sql.splitlines() if line.startswith("-- ")]
    assert [
        word for word in ("Question: ", "Grain: ", "Parameters: ", "Unit: ") if not any(word in line for line in head)
    ] == []


WRONG = {
    "column": {"columns": ["colour"]},
    "chart": {"chart": "pie"},
    "value": {"value": "failed"},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_board_that_names_what_is_not_there_is_refused(what: str) -> None:
    panel = {"name": "p", "title": "P", "about": "?", "question": "spend_by", "chart": "bars", "columns": ["spend"]}
    board_of("b", {"title": "B", "about": "?", "panels": [panel]})
    with pytest.raises(ValueError, match="panel p: "):
        board_of("b", {"title": "B", "about": "?", "panels": [{**panel, **WRONG[what]}]})
    with pytest.raises(ValueError, match="two panels"):
        board_of("b", {"title": "B", "about": "?", "panels": [panel, panel]})


def test_a_board_and_a_panel_that_are_not_there_are_named() -> None:
    with pytest.raises(StoreError, match="there is no board 'colour'"):
        board("colour")
    with pytest.raises(StoreError, match="the board spend has no panel 'colour'"):
        board("spend").panel("colour")
