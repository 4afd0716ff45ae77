"""What the page says to type works as it stands, for the store that it came from."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Visits
from tests.browser.made_up import PERIOD
from tests.browser.visit import Visit
from tests.store.conftest import RunningUp, end, llmroute, start_store
from tests.store.telemetry import App, send


def typed(visit: Visit) -> list[str]:
    """The commands that are seen."""
    visit.page.locator(".command:visible").first.wait_for()
    return visit.page.locator(".command:visible code").all_inner_texts()


def test_an_empty_page_names_the_folder_the_addresses_and_the_protocol_of_its_store(
    empty: RunningUp, visits: Visits
) -> None:
    assert typed(visits(empty)) == [
        f"llmroute run --data {empty.folder} -- python app.py",
        f"OTEL_EXPORTER_OTLP_ENDPOINT={empty.otlp_http} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        f"llmroute doctor --data {empty.folder}",
    ]


def test_where_the_reader_is_on_another_machine_the_address_of_the_page_is_named(
    empty: RunningUp, visits: Visits
) -> None:
    visit = visits(empty, "board=sql")
    visit.asked.clear()
    visit.store = "http://store.example:8317"

    def from_there(route: Route) -> None:
        path = route.request.url.removeprefix(visit.store)
        if path == "/api/health":  # as a store says that listens at all addresses of its machine
            route.fulfill(json={**empty.health(), "otlp_http": "http://0.0.0.0:4318", "needs_token": True})
        else:
            ours = {name: value for name, value in route.request.headers.items() if name not in ("origin", "referer")}
            route.fulfill(response=route.fetch(url=empty.web + path, headers=ours))

    visit.page.route(f"{visit.store}/**", from_there)
    visit.go("")
    assert typed(visit) == [
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://store.example:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf "
        "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN",
        f"llmroute doctor --url {visit.store}",
    ]


@pytest.fixture(scope="module")
def unpriced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningUp]:
    """A store with one call of a model that has no price."""
    running = start_store(tmp_path_factory.mktemp("unpriced of one's own") / "data")
    app = App(service="shop")
    app.attempt("support.reply", None, **{"gen_ai.request.model": "our-7b", "gen_ai.response.model": "our-7b"})
    send(running, app.spans)
    yield running
    end(running)


def test_the_commands_that_set_a_price_and_work_out_its_costs_do_so(unpriced: RunningUp, visits: Visits) -> None:
    visit = visits(unpriced, "board=models&since=2026-09-21T00:00&until=2026-09-22T00:00")
    setting, repricing = typed(visit)
    for command in (setting.replace("PRICE", "2"), repricing):
        done = llmroute(*shlex.split(command)[1:])
        assert done.returncode == 0, done.stderr
    visit.page.get_by_role("button", name="Refresh", exact=True).click()
    visit.page.get_by_text("Every model that was used has a price.").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_command_is_whole_and_what_copies_it_in_sight(full: RunningUp, visits: Visits, width: int) -> None:
    page = visits(full, f"board=models&{PERIOD}", width=width).page
    commands = page.locator('[data-panel="models/unpriced"] .command')
    assert commands.count() > 1
    for command in commands.all():
        code, copy = command.locator("code"), command.get_by_role("button")
        assert code.evaluate("(code) => code.scrollWidth - code.clientWidth") <= 0
        box = copy.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width
