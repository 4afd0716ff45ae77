"""The schema on a server and on a cluster: what is made of each statement, and that it gives the same figures.

The embedded engine has no cluster. It parses every statement of one, and two databases of it are the two shards, with a
Merge table where a Distributed one would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import dedent

import pytest

from otel_llmroute.store.maintenance import ROLLUPS, statement
from otel_llmroute.store.maintenance.jobs import ACTS, jobs_statement
from otel_llmroute.store.schema import RECORD, migrations
from otel_llmroute.store.schema.dialect import Target, databases, fronts, translated
from otel_llmroute.store.schema.places import PLACES, place_of
from otel_llmroute.store.schema.refreshes import refreshes
from otel_llmroute.store.schema.statement import UnknownStatement, qualified, statement_of
from tests.store.clickhouse import ClickHouse, Span, calls, clickhouse, inserted, outcome_inserted

CLUSTER = Target("otel", "main")
SERVER = Target("otel")
EVERY = [text for migration in migrations() for text in migration.statements]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("engine") / "data") as found:
        yield found


def made(text: str, target: Target) -> str | None:
    return translated(dedent(text).strip(), target)


def test_a_table_of_a_cluster_is_replicated_and_on_every_server() -> None:
    table = """
        -- What is known of jobs.
        CREATE TABLE IF NOT EXISTS llm_job_records
        (
            job_id String COMMENT 'read FROM llm_jobs'
        )
        ENGINE = ReplacingMergeTree(received_at)
        ORDER BY job_id
        SETTINGS non_replicated_deduplication_window = 1000
        COMMENT 'One row per span.';"""
    assert (
        made(table.rstrip(";"), CLUSTER)
        == dedent("""
        CREATE TABLE IF NOT EXISTS otel_local.llm_job_records ON CLUSTER 'main'
        (
            job_id String COMMENT 'read FROM llm_jobs'
        )
        ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', received_at)
        ORDER BY job_id
        COMMENT 'One row per span.'
    """).strip()
    )


SECURITY = "DEFINER = CURRENT_USER SQL SECURITY DEFINER"
TRANSLATED = {
    "feed": (
        "CREATE MATERIALIZED VIEW IF NOT EXISTS llm_calls_from_spans TO llm_calls AS\nSELECT 1 FROM otel_traces",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS otel_local.llm_calls_from_spans ON CLUSTER 'main' "
        f"TO otel_local.llm_calls {SECURITY} AS\nSELECT 1 FROM otel_local.otel_traces",
        "CREATE MATERIALIZED VIEW IF NOT EXISTS otel.llm_calls_from_spans "
        f"TO otel.llm_calls {SECURITY} AS\nSELECT 1 FROM otel.otel_traces",
    ),
    "view": (
        "CREATE OR REPLACE VIEW llm_routes AS\nSELECT * FROM llm_route_records FINAL\nCOMMENT 'c'",
        f"CREATE OR REPLACE VIEW otel_local.llm_routes ON CLUSTER 'main' {SECURITY} AS\n"
        "SELECT * FROM otel_local.llm_route_records FINAL\nCOMMENT 'c'",
        f"CREATE OR REPLACE VIEW otel.llm_routes {SECURITY} AS\n"
        "SELECT * FROM otel.llm_route_records FINAL\nCOMMENT 'c'",
    ),
    "rename": (
        "RENAME TABLE IF EXISTS llm_calls TO llm_call_records",
        "RENAME TABLE IF EXISTS otel_local.llm_calls TO otel_local.llm_call_records ON CLUSTER 'main'",
        "RENAME TABLE IF EXISTS otel.llm_calls TO otel.llm_call_records",
    ),
    "alter": (
        "ALTER TABLE llm_call_records\n    MODIFY COMMENT 'c'",
        "ALTER TABLE otel_local.llm_call_records ON CLUSTER 'main'\n    MODIFY COMMENT 'c'",
        "ALTER TABLE otel.llm_call_records\n    MODIFY COMMENT 'c'",
    ),
    "drop": (
        "DROP VIEW IF EXISTS llm_calls_from_spans",
        "DROP VIEW IF EXISTS otel_local.llm_calls_from_spans ON CLUSTER 'main'",
        "DROP VIEW IF EXISTS otel.llm_calls_from_spans",
    ),
    "swap": (
        "EXCHANGE TABLES llm_job_records AND llm_job_records_by_hour",
        None,
        "EXCHANGE TABLES otel.llm_job_records AND otel.llm_job_records_by_hour",
    ),
    "empty": ("TRUNCATE TABLE llm_hours_touched", None, "TRUNCATE TABLE otel.llm_hours_touched"),
    "of all shards": (
        "CREATE OR REPLACE VIEW llm_jobs AS\nSELECT 1",
        None,
        f"CREATE OR REPLACE VIEW otel.llm_jobs {SECURITY} AS\nSELECT 1",
    ),
}


@pytest.mark.parametrize("text, on_cluster, on_server", TRANSLATED.values(), ids=TRANSLATED)
def test_each_kind_of_statement_is_translated(text: str, on_cluster: str | None, on_server: str) -> None:
    assert (translated(text, CLUSTER), translated(text, SERVER)) == (on_cluster, on_server)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE DICTIONARY llm_calls (a Int8)",
        "CREATE TABLE llm_calls (a Int8) ENGINE = Null",
        "OPTIMIZE TABLE llm_calls",
        "CREATE OR REPLACE VIEW of_nobody AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS llm_calls (a Int8) ENGINE = MergeTree ORDER BY a",
        "CREATE TABLE IF NOT EXISTS llm_calls\n(a Int8)\nENGINE = Log",
        "CREATE TABLE IF NOT EXISTS llm_calls\n(a Int8)\nENGINE = MergeTree\nORDER BY a\n"
        "SETTINGS non_replicated_deduplication_window = 1, index_granularity = 1",
    ],
    ids=["dictionary", "not if exists", "other", "unplaced", "engine within a line", "engine", "setting"],
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(UnknownStatement):
        translated(text, CLUSTER)


def test_names_in_text_and_comments_are_left_alone() -> None:
    text = "SELECT 'FROM llm_calls', x -- FROM llm_calls\nFROM llm_calls AS c JOIN llm_calls_x ON 'it\\'s TO llm_calls'"
    assert qualified(text, {"llm_calls": "otel"}) == (
        "SELECT 'FROM llm_calls', x FROM otel.llm_calls AS c JOIN llm_calls_x ON 'it\\'s TO llm_calls'"
    )


def test_everything_in_the_schema_has_a_place_and_every_place_is_used() -> None:
    named = {name for text in [RECORD, *EVERY] for name in (statement_of(text).name, statement_of(text).other) if name}
    assert named == set(PLACES)


def test_nothing_that_is_read_names_a_table_without_its_database() -> None:
    translations = [made for text in EVERY if (made := translated(text, CLUSTER))]
    bare = re.compile(rf"\b(?:FROM|JOIN|INTO|TO)\s+({'|'.join(PLACES)})\b(?!\.)")
    found = [
        (at[1], text[:60])
        for text in [*translations, *fronts(EVERY, CLUSTER), *refreshes(CLUSTER)]
        for at in bare.finditer(re.sub(r"'(?:[^'\\]|\\.|'')*'", "''", text))
    ]
    assert found == []


@pytest.mark.parametrize("target", [SERVER, CLUSTER], ids=["server", "cluster"])
def test_the_engine_can_parse_every_statement(engine: ClickHouse, target: Target) -> None:
    every = [made for text in [RECORD, *EVERY] if (made := translated(text, target))]
    for text in [*databases(target), *every, *fronts([RECORD, *EVERY], target), *refreshes(target)]:
        if not text.startswith("INSERT"):
            assert engine.text(f"EXPLAIN AST {text}")


def test_two_shards_show_what_one_server_shows(engine: ClickHouse) -> None:
    spans = calls(120)
    for shard in ("pair_1", "pair_2", "single"):
        _on_one_server(engine, Target(shard))
    _in_front(engine, "pair", ("pair_1", "pair_2"))
    shards = {span.number: _shard(engine, span) for span in spans}
    for delivery in (spans, spans[:40]):
        engine.text(inserted("single.otel_traces", delivery))
        for shard in ("pair_1", "pair_2"):
            engine.text(inserted(f"{shard}.otel_traces", [span for span in delivery if shards[span.number] == shard]))
    # What became known of a job later is on whatever shard it came to.
    for job in range(11):
        for table in (f"pair_{job % 2 + 1}.otel_logs", "single.otel_logs"):
            engine.text(outcome_inserted(table, f"job-{job}", "failure", spans[-1].at_ns + 10**9))
    for question in QUESTIONS:
        assert engine.text(question, "pair") == engine.text(question, "single"), question
    held = [int(engine.text("SELECT count() FROM llm_calls", shard)) for shard in ("pair_1", "pair_2")]
    assert (sum(held), min(held) > 0) == (60, True)


def _shard(engine: ClickHouse, span: Span) -> str:
    """Where the Distributed table would send it, on a cluster of two shards."""
    key = PLACES["otel_traces"].shard_by.replace("TraceId", f"'{span.number // 3:032x}'")
    return "pair_" + engine.text(f"SELECT {key} % 2 + 1").strip()


QUESTIONS = (
    "SELECT * EXCEPT (received_at) FROM llm_calls ORDER BY ts, span_id",
    "SELECT * EXCEPT (received_at) FROM llm_routes ORDER BY ts, span_id",
    "SELECT * EXCEPT (received_at) FROM llm_decisions ORDER BY ts, span_id",
    "SELECT * FROM llm_jobs ORDER BY job_id",
    "SELECT * FROM jobs_with_cost ORDER BY job_id, currency",
    "SELECT * FROM llm_hourly_jobs ORDER BY ALL",
    "SELECT * FROM spend_by_route ORDER BY route, reason, currency",
    "SELECT * FROM unpriced_models ORDER BY provider, model",
    "SELECT * FROM data_health ORDER BY check",
    "SELECT hour, route, kind, sum(records), sum(spend), sum(unpriced) FROM llm_hourly GROUP BY ALL ORDER BY ALL",
    "SELECT hour, tenant, sum(records), sum(spend) FROM llm_hourly_tenants GROUP BY ALL ORDER BY ALL",
)


def _on_one_server(engine: ClickHouse, target: Target) -> None:
    for text in databases(target) + [made for text in EVERY if (made := translated(text, target))]:
        engine.text(text)


def _in_front(engine: ClickHouse, name: str, shards: tuple[str, ...]) -> None:
    """A cluster's front, with Merge for Distributed, over databases for shards."""
    engine.text(f"CREATE DATABASE {name}")
    together = rf"Merge(REGEXP('^({'|'.join(shards)})$'), '^\2$')"
    for text in fronts(EVERY, Target(name, "c")):
        text = text.replace(" ON CLUSTER 'c'", "").replace(f" AS {name}_local.", f" AS {shards[0]}.")
        engine.text(re.sub(r"Distributed\('c', '(\w+)', '(\w+)'[^\n]*\)", together, text))


def test_refreshed_views_build_what_the_embedded_store_builds(engine: ClickHouse) -> None:
    for name in ("staged", "refreshed", "maintained"):
        _on_one_server(engine, Target(name))
    engine.text(inserted("staged.otel_traces", calls(90)))
    for name in ("refreshed", "maintained"):
        engine.text(f"INSERT INTO {name}.llm_call_records {OLDER}")
    for rollup in ROLLUPS:
        engine.text(statement("build_rollup", rollup), "maintained")
        engine.text(statement("mark_rollup", rollup), "maintained")
    for act in ACTS:
        engine.text(jobs_statement(act), "maintained")
    for text in refreshes(Target("refreshed")):
        engine.text(text)
    acts = [f"refreshed.{rollup}_{act}" for act in ("build", "mark") for rollup in ROLLUPS]
    for view in (*acts, *(f"refreshed.llm_hourly_jobs_{act}" for act in ACTS)):
        engine.text(f"SYSTEM REFRESH VIEW {view}")
        engine.text(f"SYSTEM WAIT VIEW {view}")
    clean = "SELECT name, hour FROM llm_rollups_clean ORDER BY ALL"
    assert len(engine.rows(clean, "maintained")) == 3 * int(engine.text("SELECT uniq(hour) FROM llm_calls", "staged"))
    assert engine.text(clean, "refreshed") == engine.text(clean, "maintained")
    assert engine.text(JOBS_BUILT, "refreshed") == engine.text(JOBS_BUILT, "maintained") != ""
    assert engine.text("SELECT count() FROM llm_job_hours_open", "refreshed") == "0\n"
    for rollup in ROLLUPS:
        question = BUILT.format(rollup=rollup)
        assert engine.text(question, "refreshed") == engine.text(question, "maintained") != ""
        failed = f"SELECT exception FROM system.view_refreshes WHERE view LIKE '{rollup}%' AND exception != ''"
        assert engine.text(failed) == ""


OLDER = "SELECT * REPLACE (received_at - INTERVAL 10 MINUTE AS received_at) FROM staged.llm_call_records"
"""Calls that have been quiet long enough to be summed."""
BUILT = """
SELECT * EXCEPT (build) FROM {rollup}_built
WHERE (hour, build) IN (SELECT hour, build FROM llm_rollups_clean WHERE name = '{rollup}') ORDER BY ALL
"""


JOBS_BUILT = """
SELECT * EXCEPT (build) FROM llm_hourly_jobs_built
WHERE (hour, build) IN (SELECT hour, build FROM llm_job_hours_built FINAL) ORDER BY ALL
"""


def test_on_a_cluster_only_a_replica_that_is_up_to_date_builds(engine: ClickHouse) -> None:
    texts = [text for text in refreshes(CLUSTER) if text.startswith("CREATE")]
    assert len(texts) == 2 * len(ROLLUPS)
    assert all("absolute_delay >= 30" in text and " ON CLUSTER 'main'" in text for text in texts)
    assert [" RANDOMIZE FOR " in text for text in texts] == [True, False] * len(ROLLUPS)


def test_what_is_written_through_the_front_has_a_way_to_its_shard() -> None:
    written = {name for name, place in PLACES.items() if place.shard_by}
    raw = {"otel_traces", "otel_logs", "otel_content"}
    assert written == {"llmroute_schema", *raw, "llm_metrics", "llm_costs", "llm_prices", "llm_budgets"}
    assert all(place_of(name).on_each_shard for name in written)
