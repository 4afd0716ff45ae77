"""What the page says to type works as it stands, for the store that it came from."""

from __future__ import annotations

from playwright.sync_api import Route

from tests.browser.conftest import Visits
from tests.browser.visit import Visit
from tests.store.conftest import RunningUp


def typed(visit: Visit) -> list[str]:
    """The commands that are shown."""
    visit.page.locator(".command").first.wait_for()
    return visit.page.locator(".command code").all_inner_texts()


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
