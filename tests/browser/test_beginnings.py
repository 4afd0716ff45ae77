"""A store with calls, and an application that has said no more: what is not there yet, and the line that begins it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Visits
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, send

PERIOD = "since=2026-09-21T00:00&until=2026-09-22T00:00"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """A store with one call, which is of no job."""
    running = start_store(tmp_path_factory.mktemp("plain") / "data")
    app = App(service="shop")
    app.attempt("support.reply", "0.02")
    send(running, app.spans)
    yield running
    end(running)


def test_calls_without_a_job_are_told_how_a_job_begins(plain: RunningUp, visits: Visits) -> None:
    visit = visits(plain, f"board=jobs&{PERIOD}")
    visit.page.get_by_role("heading", name="No jobs yet").wait_for()
    said = visit.page.inner_text("main")
    assert 'with llmroute.job("resolve_ticket", revenue="1.00") as job:' in said
    assert "period" not in said
    assert visit.findings() == []


def test_a_period_without_calls_still_says_how_to_come_to_some(plain: RunningUp, visits: Visits) -> None:
    visit = visits(plain, "board=jobs&since=2020-01-01T00:00&until=2020-01-02T00:00")
    visit.page.get_by_role("heading", name="Nothing in this period").wait_for()


def test_what_needs_a_word_of_the_application_says_which(plain: RunningUp, visits: Visits) -> None:
    visit = visits(plain, f"board=routes&{PERIOD}")
    none = {name: panel["none"] for name, panel in visit.panels().items()}
    assert 'llmroute.bind(experiment="short_prompt", variant="b")' in none["routes/experiments"]
    assert 'route.cache("hit")' in none["routes/response_cache"]


def test_where_there_have_been_jobs_the_reader_is_sent_to_another_period(plain: RunningUp, visits: Visits) -> None:
    visit = visits(plain, f"board=data&{PERIOD}")

    def earlier_ones(route: Route) -> None:
        asked = route.request.post_data_json
        if (asked["board"], asked["since"][:4]) == ("jobs", "1970"):
            route.fulfill(json={"rows": [{"jobs": 3}]})
        else:
            route.continue_()

    visit.page.route("**/api/panel", earlier_ones)
    visit.go(f"board=jobs&{PERIOD}")
    visit.page.get_by_role("heading", name="No job in this period").wait_for()


def test_a_store_without_budgets_says_how_they_come_into_it(plain: RunningUp, visits: Visits) -> None:
    none = visits(plain, PERIOD).panels()["spend/budgets"]["none"]
    assert f"llmroute budget --save --data {plain.folder}" in none


def test_what_several_budgets_have_in_common_is_not_counted_twice(visits: Visits, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = start_store(folder)
    try:
        app = App(service="shop")
        app.attempt("support.reply", "0.02")
        app.attempt("support.reply", None)
        send(store, app.spans)
        told = tmp_path / "llmroute.toml"
        told.write_text("".join(f'[[budgets]]\nname = "{name}"\namount = "5"\n' for name in ("one", "other")))
        saved = llmroute("budget", "--save", "--config", str(told), "--data", str(folder))
        assert saved.returncode in (0, 3), saved.stderr
        visit = visits(store, PERIOD)
        assert len(visit.panels()["spend/budgets"]["rows"]) == 2
        foot = visit.page.locator('[data-panel="spend/budgets"] footer').inner_text()
        assert "+? At least this: calls without a price." in foot
    finally:
        end(store)


def test_one_step_is_not_called_steps(plain: RunningUp, visits: Visits) -> None:
    label = visits(plain, PERIOD).page.locator('[data-panel="spend/time"] .chart').get_attribute("aria-label")
    assert label is not None
    assert label.startswith("Spend over time: 1 step from")
