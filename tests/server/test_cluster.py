"""On a real cluster: rows are where they belong, on every replica, and every server gives the same answer."""

from __future__ import annotations

import pytest

from otel_llmroute.store.remote import Server
from otel_llmroute.store.schema.dialect import Target
from tests.server.conftest import CLUSTER, Store, migrated
from tests.store.clickhouse import calls


@pytest.fixture(autouse=True)
def on_the_cluster(store: Store) -> None:
    if not store.target.cluster:
        pytest.skip("about clusters")


def test_spans_of_a_trace_are_on_one_shard_and_rows_on_both(store: Store) -> None:
    store.insert(calls(300))
    store.settled()
    shards = store.rows("SELECT uniq(_shard_num) FROM {db}.llm_call_records")
    traces = store.rows(
        "SELECT max(shards) FROM "
        "(SELECT trace_id, uniq(_shard_num) AS shards FROM {db}.llm_call_records GROUP BY trace_id)"
    )
    assert (shards, traces) == ([(2,)], [(1,)])


def test_every_replica_of_a_shard_has_the_same_rows(store: Store) -> None:
    store.settled()
    local = store.target.local
    found = store.rows(
        "SELECT getMacro('shard') AS shard, hostName(), tcpPort(), sum(cityHash64(span_id, ts)) "
        f"FROM clusterAllReplicas('{CLUSTER}', {local}.llm_call_records) GROUP BY 1, 2, 3"
    )
    by_shard: dict[str, set[int]] = {}
    for shard, _, _, rows in found:
        by_shard.setdefault(shard, set()).add(rows)
    assert [len(rows) for rows in by_shard.values()] == [1, 1]
    assert len(found) == 4


def test_a_repriced_call_shows_its_new_cost(store: Store) -> None:
    store.insert(calls(300))
    store.server.command(
        f"INSERT INTO {store.target.database}.llm_costs (ts, trace_id, span_id, service, computed_at, cost, currency) "
        f"SELECT ts, trace_id, span_id, service, now64(3), 2, 'USD' FROM {store.target.database}.llm_calls"
    )
    store.settled()
    assert store.rows("SELECT sum(cost) = 2 * count(), count() > 0 FROM {db}.llm_calls") == [(1, 1)]


def test_questions_that_compare_tables_can_be_asked(store: Store) -> None:
    assert store.rows("SELECT calls >= 0 FROM {db}.data_health WHERE check = 'without_route'") == [(1,)]


def test_a_database_in_use_for_something_else_is_refused(admin: Server) -> None:
    name = "llmroute_test_in_the_way"
    admin.command(f"CREATE DATABASE IF NOT EXISTS {name}")
    try:
        admin.command(f"CREATE TABLE IF NOT EXISTS {name}.otel_traces (a Int8) ENGINE = MergeTree ORDER BY a")
        done = migrated(Target(name, CLUSTER))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert f"{name}.otel_traces" in done.stderr
    finally:
        admin.command(f"DROP DATABASE {name} SYNC")


def test_an_unknown_cluster_is_one_line() -> None:
    done = migrated(Target("llmroute_test_nowhere", "no_such_cluster"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "knows no cluster 'no_such_cluster'; it knows " in done.stderr
