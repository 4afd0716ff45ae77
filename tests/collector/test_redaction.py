"""What was planted never reaches a table, and what money is made of arrives as it was sent."""

from __future__ import annotations

import itertools
import json
import string
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export import SpanExportResult

from otel_llmroute import names
from tests.collector.conftest import Piped, export, piped_through, post
from tests.collector.planted import RECORD, Planted, event, listed, pair, span, text
from tests.store.telemetry import App, attempt_facts, http_exporter


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Piped]:
    """A collector that keeps all spans, and its store."""
    with piped_through(tmp_path_factory.mktemp("up") / "data") as piped:
        yield piped


def everything(piped: Piped) -> str:
    """All rows of all tables, as text."""
    tables = piped.sql(
        "SELECT name FROM system.tables "
        "WHERE database = currentDatabase() AND engine NOT IN ('Null', 'MaterializedView')"
    )
    return "".join(json.dumps(piped.sql(f"SELECT * FROM {row['name']}"), ensure_ascii=False) for row in tables)


def test_no_planted_secret_or_prompt_is_in_any_table(collected: Piped) -> None:
    planted = Planted()
    assert post(collected.collector, "traces", {"resourceSpans": planted.spans}) == 200
    assert post(collected.collector, "logs", {"resourceLogs": planted.logs}) == 200
    collected.wait_for_rows("otel_traces", len(planted.spans))
    collected.wait_for_rows("otel_logs", len(planted.logs))
    kept = everything(collected)
    assert len(kept) > 100 * (len(planted.spans) + len(planted.logs))
    assert [place for secret, place in planted.needles.items() if secret in kept] == []


def test_an_ordinary_span_arrives_as_it_was_sent(collected: Piped) -> None:
    said = [
        *pair("db.system", text("postgresql")),
        *pair("risk-adjusted", text("disk-usage-collector-service-2026-11")),
    ]
    sent = span(
        name="GET /task-force/{id}",
        attributes=[*RECORD, *said, *pair("n", {"intValue": "7"}), *pair("ids", listed("kiosk-1"))],
        status={"code": 2, "message": "no answer within 30 s"},
        events=event("retry", pair("wait_s", {"doubleValue": 0.5})),
        resource=pair("service.name", text("ordinary")),
    )
    assert post(collected.collector, "traces", {"resourceSpans": [sent]}) == 200
    assert collected.sql(
        "SELECT SpanName, SpanAttributes, StatusMessage, `Events.Name` AS events, `Events.Attributes` AS of_events "
        "FROM otel_traces WHERE ServiceName = 'ordinary'"
    ) == [
        {
            "SpanName": "GET /task-force/{id}",
            "SpanAttributes": {
                names.RECORD_KIND: "attempt",
                "db.system": "postgresql",
                "risk-adjusted": "disk-usage-collector-service-2026-11",
                "n": "7",
                "ids": '["first","kiosk-1"]',
            },
            "StatusMessage": "no answer within 30 s",
            "events": ["retry"],
            "of_events": [{"wait_s": "0.5"}],
        }
    ]


# What money is made of ------------------------------------------------------------------------------------------------

# Too short for a key of any provider.
WORDS: Final = st.text(string.ascii_lowercase + string.digits + "._/: -", min_size=1, max_size=19)
VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "int": st.integers(0, 2**63 - 1),
    "double": st.floats(0, 1e9, allow_nan=False),
    "string": WORDS,
    "boolean": st.booleans(),
    "string[]": st.lists(WORDS, min_size=1, max_size=3),
}
FACTS: Final = st.fixed_dictionaries(
    {},
    optional={
        row.name: VALUES[row.type] for row in names.ATTRIBUTES if row.type in VALUES and row.name != names.RECORD_KIND
    },
)
PRICED: Final = {names.COST_CURRENCY: "USD", names.COST_STATUS: "priced"}
AMOUNTS: Final = st.decimals(0, 10**5, places=12)
FEW: Final = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_services = itertools.count()


@FEW
@given(facts=st.lists(FACTS, min_size=1, max_size=3))
def test_every_attribute_of_a_record_arrives_as_it_does_without_a_collector(
    collected: Piped, facts: list[dict[str, Any]]
) -> None:
    number = next(_services)
    through, direct = App(service=f"through-{number}"), App(service=f"direct-{number}")
    for app in (through, direct):
        for each in facts:
            app.span("attempt", each)
    assert export(collected.collector, through.spans) is SpanExportResult.SUCCESS
    with http_exporter(collected.store) as exporter:
        assert exporter.export(direct.spans) is SpanExportResult.SUCCESS
    rows = collected.sql(
        "SELECT splitByChar('-', ServiceName)[1] AS way, groupArray(SpanAttributes) AS attributes "
        "FROM (SELECT * FROM otel_traces ORDER BY Timestamp) "
        f"WHERE ServiceName IN ('through-{number}', 'direct-{number}') GROUP BY way"
    )
    found = {row["way"]: row["attributes"] for row in rows}
    assert len(found["through"]) == len(facts)
    assert found["through"] == found["direct"]


@FEW
@given(
    tokens=st.lists(st.integers(0, 2**53), min_size=20, max_size=40),
    amounts=st.lists(AMOUNTS, min_size=20, max_size=40),
)
def test_tokens_and_costs_add_up_to_what_was_sent(collected: Piped, tokens: list[int], amounts: list[Decimal]) -> None:
    app = App(service=f"sums-{next(_services)}")
    for count, amount in zip(tokens, amounts, strict=False):
        usage = {names.USAGE_INPUT_TOKENS: count, names.USAGE_OUTPUT_TOKENS: count}
        app.span("attempt", {**attempt_facts("r", None), **usage, names.COST_AMOUNT: f"{amount:f}", **PRICED})
    assert export(collected.collector, app.spans) is SpanExportResult.SUCCESS
    found = collected.sql(
        "SELECT count() AS calls, sum(input_tokens) AS input, sum(output_tokens) AS output, sum(cost) AS cost "
        f"FROM llm_calls WHERE service = '{app.service}'"
    )
    sent = list(zip(tokens, amounts, strict=False))
    total = sum(count for count, _ in sent)
    assert [(int(row["calls"]), int(row["input"]), int(row["output"]), Decimal(row["cost"])) for row in found] == [
        (len(sent), total, total, sum(amount for _, amount in sent))
    ]
