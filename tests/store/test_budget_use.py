"""What a budget shows is what the ledger gives when it is worked out by hand, delivered in any way, in any zone."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_llmroute.store.boards.columns import COLUMNS
from otel_llmroute.store.boards.filters import COLUMNS as FILTERS
from otel_llmroute.store.budgets.budget import DIMENSIONS, Budget
from otel_llmroute.store.budgets.use import budget_use
from otel_llmroute.store.budgets.zones import zone_of
from otel_llmroute.store.maintenance.summing import Summing
from otel_llmroute.store.questions import question
from otel_llmroute.store.questions.spend import money_text
from tests.store.budget_truth import budget_rows, midnight, period_of
from tests.store.engine import Engine, engine_at
from tests.store.ledger import HOSTILE, Call, Ledger, deliver, made_up
from tests.store.made_up_budgets import BUDGETS
from tests.store.stored_panels import summing

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

USE = "otel_llmroute.store.budgets.use:budget_use"
USE_OF = "otel_llmroute.store.budgets.table:use_of"
WITH_PERIODS = "otel_llmroute.store.budgets.table:with_periods"
SAVE = "otel_llmroute.store.budgets.table:save"
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu"),
    # Their clocks change at midnight.
    *("America/Santiago", "Africa/Cairo", "Asia/Beirut", "America/Havana"),
)
MOMENTS = tuple(
    datetime(2026, *when, tzinfo=timezone.utc)
    for when in (
        *((3, 8, 9), (3, 29, 0), (3, 29, 3), (4, 4, 20), (4, 5, 3), (4, 24, 1), (9, 1, 0), (9, 6, 5), (9, 7, 1)),
        *((10, 25, 2), (10, 26, 1), (10, 30, 1), (11, 1, 7), (11, 2, 0), (11, 20, 18)),
    )
)
"""Near changes of clocks, beginnings of months and weeks, and one that is near nothing."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine_at(tmp_path_factory.mktemp("budgets") / "data") as running:
        yield running


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the truth has it: money as Decimal."""
    is_money = {name for name, column in COLUMNS.items() if column.unit == "money"}
    return {name: Decimal(value) if name in is_money and value is not None else value for name, value in row.items()}


def like(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value


def assert_true(engine: Engine, ledger: Ledger, budgets: tuple[Budget, ...], now: datetime, place: str = USE) -> None:
    rows = {(row["name"], row["value"] or ""): plain(row) for row in engine.call(place, budgets, now)}
    expected = budget_rows(ledger.calls, budgets, now)
    assert set(rows) == set(expected)
    for key, row in rows.items():
        assert row == {name: like(value) for name, value in expected[key].items()}, key


def around(ledger: Ledger, now: datetime, seed: int) -> Ledger:
    """The same calls, up to ten weeks before a moment and a little after it, mostly on the edges of hours."""
    chance = random.Random(seed)

    def moment() -> datetime:
        within = chance.choice((0, 1, 900, 1799, 1800, 2700, 3599, chance.randint(0, 3599)))
        hours = chance.choice((chance.randint(-2, 30), chance.randint(0, 200), chance.randint(0, 1700)))
        return now - timedelta(hours=hours) + timedelta(seconds=within, microseconds=chance.randint(0, 999_999))

    return replace(ledger, calls=[replace(call, ts=moment()) for call in ledger.calls])


def budget(number: int) -> st.SearchStrategy[Budget]:
    values = st.sampled_from(("", "support.reply", "search", "acme", "pro", "small", "openai", "answer", *HOSTILE))
    only = st.dictionaries(
        st.sampled_from(DIMENSIONS), st.lists(values, min_size=1, max_size=4, unique=True).map(tuple), max_size=2
    )
    return st.builds(
        Budget,
        name=st.just(f"budget {number} {HOSTILE[number % len(HOSTILE)]}"),
        amount=st.integers(1, 40_000).map(lambda cents: Decimal(cents).scaleb(-3)),
        currency=st.sampled_from(("USD", "USD", "EUR", "JPY", "CHF")),
        period=st.sampled_from(("day", "week", "month")),
        zone=st.sampled_from(ZONES),
        each=st.sampled_from(("", "", *DIMENSIONS)),
        only=only,
        warn=st.sampled_from(((), (Decimal("0.8"),), (Decimal("0.25"), Decimal("0.5"), Decimal(1)))),
        forecast=st.booleans(),
    )


@pytest.mark.parametrize("now", MOMENTS, ids=str)
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32), calls=st.integers(0, 120), data=st.data())
def test_any_budget_shows_what_any_ledger_gives_delivered_in_any_way(
    engine: Engine, now: datetime, seed: int, calls: int, data: st.DataObject
) -> None:
    ledger = deliver(engine, around(made_up(seed, calls), now, seed), seed)
    budgets = tuple(data.draw(budget(number)) for number in range(data.draw(st.integers(1, 5))))
    assert_true(engine, ledger, budgets, now)


@pytest.mark.parametrize("each", DIMENSIONS)
def test_a_budget_for_each_value_of_a_dimension_has_a_row_for_each_that_there_is(engine: Engine, each: str) -> None:
    now = MOMENTS[-1]
    ledger = deliver(engine, around(made_up(5, 200), now, 5), 5)
    for only in ({}, {each: HOSTILE}):
        assert_true(engine, ledger, (Budget("one", Decimal(1), each=each, only=only),), now)
    found = {row["value"] for row in engine.call(USE, (Budget("one", Decimal(1), each=each),), now)}
    assert found == {
        getattr(call, FILTERS[each]) for call in ledger.calls if now - timedelta(28) <= call.hour < now
    } - {""}


def is_near_a_change(now: datetime) -> bool:
    """Whether the clocks of any zone change, or a month begins, within two days."""
    around_it = (now + timedelta(days=days) for days in (-2, 2))
    first, last = ({zone: at.astimezone(ZoneInfo(zone)) for zone in ZONES} for at in around_it)
    return any(
        first[zone].utcoffset() != last[zone].utcoffset() or first[zone].month != last[zone].month for zone in ZONES
    )


@pytest.mark.parametrize("month", range(1, 13))
def test_periods_begin_at_midnight_in_every_zone_whenever_any_clock_changes(engine: Engine, month: int) -> None:
    deliver(engine, Ledger(), 0)
    periods = ("day", "week", "month")
    every = {
        f"{zone} {name}": Budget(f"{zone} {name}", Decimal(1), period=name, zone=zone)
        for zone in ZONES
        for name in periods
    }
    days = (datetime(2026, month, 1, day % 24, tzinfo=timezone.utc) + timedelta(days=day) for day in range(1, 31))
    for now in filter(is_near_a_change, days):
        found = {
            row["name"]: (row["period_from"], row["period_until"])
            for row in engine.call(USE, tuple(every.values()), now)
        }
        wanted = {name: tuple(f"{at:%Y-%m-%d %H:%M}" for at in period_of(one, now)) for name, one in every.items()}
        assert found == wanted, now


def test_a_zone_is_known_to_the_second_of_each_change() -> None:
    berlin = zone_of("Europe/Berlin")
    change = int(datetime(2026, 3, 29, 1, tzinfo=timezone.utc).timestamp())
    at = berlin.since_s.index(change)
    assert (berlin.since_s[0], berlin.offset_s[at - 1 : at + 1], len(berlin.since_s)) == (0, (3600, 7200), 61)
    assert [zone for zone in ZONES if not zone_of(zone).has_whole_hours] == [
        *("Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu")
    ]


def test_what_a_budget_is_made_from_has_its_dimensions_and_its_hours() -> None:
    made = {
        "llm_hourly": [Budget("b", Decimal(1)), Budget("b", Decimal(1), each="plan", only={"route": ("a",)})],
        "llm_hourly_tenants": [
            Budget("b", Decimal(1), each="tenant"),
            Budget("b", Decimal(1), only={"tenant": ("a",)}),
        ],
        "llm_calls": [
            Budget("b", Decimal(1), each="tenant", only={"route": ("a",)}),
            Budget("b", Decimal(1), each="job"),
            Budget("b", Decimal(1), zone="Asia/Kolkata"),
        ],
    }
    assert {table: [each.made_from for each in some] for table, some in made.items()} == {
        table: [table] * len(some) for table, some in made.items()
    }


# --- figures that can be followed by hand -----------------------------------------------------------------------------

NOW = datetime(2026, 11, 20, tzinfo=timezone.utc)
WHOLE = made_up(1, 40)


def call(days_ago: float, cost: str | None, **more: Any) -> Call:
    """An attempt of Acme's, so long before the 20th of November."""
    (plain_call,) = [each for each in WHOLE.calls if each.kind == "attempt" and each.cost_status == "priced"][:1]
    unpriced = {"cost": None, "cost_status": "unpriced", "currency": ""}
    paid = unpriced if cost is None else {"cost": Decimal(cost), "cost_status": "priced", "currency": "USD"}
    named = {"tenant": "acme", "route": "search", "model": "small", "plan": "pro"}
    ids = {"trace_id": f"{int(days_ago * 10**6):032x}", "span_id": f"{int(days_ago * 10**6):016x}"}
    return replace(plain_call, ts=NOW - timedelta(days=days_ago), **ids, **named, **paid, **more)


def rows_of(engine: Engine, one: Budget, *calls: Call) -> list[dict[str, Any]]:
    deliver(engine, Ledger(list(calls)), seed=0, repricings=0)
    return list(engine.call(USE, (one,), NOW))


MONTH = Budget("month", Decimal(100), forecast=True)


def test_every_weekday_that_is_left_costs_what_it_cost_last_week(engine: Engine) -> None:
    # A dollar on weekdays, nothing on weekends; the 20th is a Friday: 7 weekdays are left, until Monday the 30th.
    weekdays = [day for day in range(1, 29) if (NOW - timedelta(days=day)).weekday() < 5]
    (row,) = rows_of(engine, MONTH, *(call(day, "1") for day in weekdays))
    assert (row["spend"], row["forecast"], row["forecast_low"], row["forecast_high"]) == ("14", "21", "21", "21")
    assert (row["level"], row["exhausted"]) == ("within", None)


def test_the_hour_in_which_the_amount_will_be_passed_is_told(engine: Engine) -> None:
    weekdays = [day for day in range(1, 29) if (NOW - timedelta(days=day)).weekday() < 5]
    (row,) = rows_of(engine, replace(MONTH, amount=Decimal(17)), *(call(day, "1") for day in weekdays))
    # 14 are spent; Friday the 20th, Monday, Tuesday and Wednesday make 18, which is more than 17.
    assert (row["level"], row["exhausted"]) == ("forecast", "2026-11-25 00:00")


@pytest.mark.parametrize(("hours", "forecast", "exhausted"), [(23, None, None), (24, "48", "2026-11-29 18:00")])
def test_what_a_budget_will_be_is_not_known_before_a_day_of_calls(
    engine: Engine, hours: int, forecast: str | None, exhausted: str | None
) -> None:
    # Four dollars a day, and eleven days left: 39 more dollars take nine and three quarters.
    one = replace(MONTH, amount=Decimal(43))
    (row,) = rows_of(engine, one, call(hours / 24, "3"), call(1 / 24, "1"))
    assert (row["forecast"], row["exhausted"], row["forecast_low"]) == (forecast, exhausted, None)
    assert row["level"] == ("forecast" if forecast else "within")


def test_what_is_over_or_past_is_known_without_a_day_of_calls(engine: Engine) -> None:
    (row,) = rows_of(engine, replace(MONTH, amount=Decimal(3)), call(3 / 24, "2"), call(2 / 24, "2"))
    assert (row["level"], row["forecast"], row["exhausted"]) == ("over", None, "2026-11-19 22:00")
    # The day of UTC is over at midnight: nothing of it is left to estimate.
    (row,) = rows_of(engine, replace(MONTH, period="day"), call(3 / 24, "2"))
    assert (row["forecast"], row["forecast_low"], row["forecast_high"]) == ("2", "2", "2")


@pytest.mark.parametrize("days", [(1,), (8, 1)], ids=["less than a week", "more"])
@pytest.mark.parametrize("cost", ["0.000001", "0.000000000001"])
def test_an_amount_that_is_never_passed_has_no_hour_in_which_it_is(
    engine: Engine, cost: str, days: tuple[int, ...]
) -> None:
    (row,) = rows_of(engine, replace(MONTH, amount=Decimal(10**15)), *(call(day, cost) for day in days))
    assert (row["level"], row["spend"], row["exhausted"]) == ("within", money_text(Decimal(cost) * len(days)), None)


def test_a_period_begins_when_its_clocks_show_midnight_and_not_with_the_hour(engine: Engine) -> None:
    day = {
        zone: Budget(zone, Decimal(100), period="day", zone=zone)
        for zone in ("Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "UTC")
    }
    deliver(engine, Ledger([call(0.3, "3")]), seed=0, repricings=0)  # 16:48 on the 19th, UTC
    found = {}
    for minute in (5, 14, 15, 16, 29, 30, 31, 59):
        now = datetime(2026, 11, 19, 18, minute, 1, tzinfo=timezone.utc)
        rows = {row["name"]: row for row in engine.call(USE, tuple(day.values()), now)}
        wanted = {name: period_of(one, now + timedelta(seconds=1))[0] for name, one in day.items()}
        assert {name: row["period_from"] for name, row in rows.items()} == {
            name: f"{at:%Y-%m-%d %H:%M}" for name, at in wanted.items()
        }
        found[minute] = rows["Asia/Kolkata"]["period_from"], rows["Asia/Kolkata"]["spend"]
        save = engine.call(SAVE, tuple(day.values()))
        assert save is (minute == 5)
        _, parameters = engine.call(WITH_PERIODS, question("budget_use"), {"until": "2026-11-19 19:00:00"}, now)
        starts = {each["name"]: int(each["start_s"]) for each in json.loads(parameters["periods"])}
        assert starts == {name: int(at.timestamp()) for name, at in wanted.items()}
    assert (found[29], found[30]) == (("2026-11-18 18:30", "3"), ("2026-11-19 18:30", "0"))


def test_what_is_exactly_spent_is_not_over_and_a_trillionth_more_is(engine: Engine) -> None:
    one = Budget("one", Decimal(3), warn=(Decimal(1),))
    (row,) = rows_of(engine, one, call(1, "1"), call(2, "2"))
    assert (row["level"], row["used"], row["warned"], row["exhausted"]) == ("warn", 1.0, 1.0, "2026-11-20 00:00")
    (row,) = rows_of(engine, one, call(1, "1.000000000001"), call(2, "2"))
    assert (row["level"], row["spend"], row["exhausted"]) == ("over", "3.000000000001", "2026-11-19 00:00")


def test_what_has_no_price_is_counted_and_never_nothing(engine: Engine) -> None:
    (row,) = rows_of(engine, MONTH, call(1, None))
    assert (row["level"], row["spend"], row["used"], row["forecast"], row["unpriced"]) == (
        "unknown",
        None,
        None,
        None,
        1,
    )
    (row,) = rows_of(engine, replace(MONTH, forecast=False), call(1, None), call(2, "99"))
    assert (row["level"], row["spend"], row["unpriced"]) == ("warn", "99", 1)
    (row,) = rows_of(engine, MONTH)
    assert (row["level"], row["spend"], row["records"]) == ("within", "0", 0)


def test_other_currencies_are_told_and_not_added(engine: Engine) -> None:
    (row,) = rows_of(
        engine, MONTH, call(1, "1"), replace(call(2, "500"), currency="JPY"), replace(call(3, "7.5"), currency="EUR")
    )
    assert (row["spend"], row["other_currencies"], row["records"]) == ("1", "EUR 7.5, JPY 500", 3)


def test_no_customer_above_an_amount_is_one_row_for_each_customer(engine: Engine) -> None:
    one = Budget("customers", Decimal(50), each="tenant")
    rows = rows_of(
        engine, one, call(1, "60"), replace(call(2, "20"), tenant="umbrella"), replace(call(3, "99"), tenant="")
    )
    assert [(row["value"], row["spend"], row["level"]) for row in rows] == [
        ("acme", "60", "over"),
        ("umbrella", "20", "within"),
    ]


def test_the_driver_is_what_grew_most_and_not_what_costs_most(engine: Engine) -> None:
    calls = [call(1, "30"), call(8, "29.5"), replace(call(2, "5"), route="draft"), replace(call(9, "1"), route="draft")]
    (row,) = rows_of(engine, MONTH, *calls)
    assert (row["driver_by"], row["driver"], row["growth"]) == ("route", "draft", "4")
    (row,) = rows_of(engine, replace(MONTH, only={"route": ("search",)}), *calls)
    assert (row["driver_by"], row["driver"], row["growth"]) == ("model", "small", "0.5")


# --- the budgets of the store -----------------------------------------------------------------------------------------


def test_the_budgets_that_were_saved_last_are_in_force_and_the_others_are_history(engine: Engine) -> None:
    deliver(engine, Ledger(), 0)
    engine.command("TRUNCATE TABLE llm_budgets")
    assert engine.call(USE, None, NOW) == []
    assert [engine.call(SAVE, budgets) for budgets in (BUDGETS, BUDGETS, BUDGETS[:1], (), (), BUDGETS[1:2])] == [
        *(True, False, True, True, False, True)
    ]
    assert [row["name"] for row in engine.call(USE, None, NOW)] == ["berlin"]
    assert engine.rows("SELECT count(), uniqExact(saved_at) FROM llm_budgets") == [[len(BUDGETS) + 3, 4]]


def test_budgets_that_are_saved_show_what_they_show_when_they_are_given(engine: Engine) -> None:
    ledger = deliver(engine, around(made_up(3, 200), NOW, 3), 3)
    engine.call(SAVE, BUDGETS)
    assert engine.call(USE, None, NOW) == engine.call(USE, BUDGETS, NOW)
    assert_true(engine, ledger, BUDGETS, NOW)


def whole_statement(session: Session, now: datetime) -> list[dict[str, Any]]:
    """The rows as those get them who ask everything at once: Grafana, and who takes the statement of a panel."""
    return session.query(question("budget_use"), {"until": f"{now:%Y-%m-%d %H:%M:%S}", "limit": 999}).records()


def test_one_statement_answers_what_the_store_asks_in_parts(engine: Engine) -> None:
    deliver(engine, around(made_up(4, 200), NOW, 4), 4)
    whole = f"{whole_statement.__module__}:{whole_statement.__name__}"
    for some in (BUDGETS, BUDGETS[:3], BUDGETS[3:4], BUDGETS[5:7]):
        engine.call(SAVE, some)
        assert [plain(row) for row in engine.call(USE, None, NOW)] == engine.call(whole, NOW)


def summed_use(session: Session, budgets: tuple[Budget, ...], now: datetime) -> list[dict[str, Any]]:
    """The rows as a running store gives them to the command and the webhook."""
    return budget_use(session, budgets, now, summing(session).sums)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_summed_and_what_came_since_show_what_the_ledger_gives(engine: Engine, seed: int) -> None:
    summed = f"{summed_use.__module__}:{summed_use.__name__}"
    ledger = deliver(engine, around(made_up(seed, 200), NOW, seed), seed)
    assert_true(engine, ledger, BUDGETS, NOW, summed)
    engine.build()
    engine.call("tests.store.stored_panels:sum_days")
    assert_true(engine, ledger, BUDGETS, NOW, summed)


def asked_after_a_look(session: Session) -> list[str]:
    """What is worth summing ahead of the next question after the webhook looked at budgets."""
    watched = Summing(session._database, threading.Lock())
    budget_use(session, BUDGETS, NOW, watched.seen)
    return watched.asked()


def test_the_look_of_the_webhook_is_no_reason_to_sum_ahead(engine: Engine) -> None:
    assert engine.call(f"{asked_after_a_look.__module__}:{asked_after_a_look.__name__}") == []


def test_only_what_a_budget_asks_for_is_asked(engine: Engine) -> None:
    asked = {"until": f"{NOW:%Y-%m-%d %H:%M:%S}", "limit": 999}
    sql, _ = engine.call(USE_OF, (Budget("b", Decimal(1), each="tenant", only={"plan": ("pro",)}),), asked)
    assert re.findall(r"FROM (llm_\w+) AS", sql) == ["llm_hourly_tenants"]
    assert re.findall(r"AND \(empty\(b\.only\['(\w+)'\]\)", sql) == ["plan"]
    whole = re.findall(r"AND \(empty\(b\.only\['(\w+)'\]\)", question("budget_use"))
    assert sorted(whole) == sorted(DIMENSIONS)


def test_the_truth_knows_midnights_that_do_not_exist() -> None:
    from zoneinfo import ZoneInfo

    santiago = midnight(datetime(2026, 9, 6).date(), ZoneInfo("America/Santiago"))
    assert f"{santiago:%Y-%m-%d %H:%M}" == "2026-09-06 04:00"
