"""On a real server, and on a cluster where there is one: who may do what."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from otel_llmroute.store.access import OF_TENANTS, access, role_of
from otel_llmroute.store.schema import statements_of
from otel_llmroute.store.schema.dialect import Target
from tests.server.conftest import PASSWORD, Store, User, migrated
from tests.store.clickhouse import calls, inserted


class Users(NamedTuple):
    """One of each role; ``stranger`` has every right on the database and no role."""

    writer: User
    reader: User
    acme: User
    globex: User
    stranger: User


@pytest.fixture(scope="module")
def users(store: Store) -> Iterator[Users]:
    target, suffix = store.target, uuid.uuid4().hex[:8]
    for statement in statements_of(access(target, ["acme", "globex"], owners(store))):
        store.server.command(statement)
    roles = ("llmroute_writer", "llmroute_reader", role_of("acme"), role_of("globex"), "")
    made = [
        user(store, f"llmroute_test_{field}_{suffix}", role) for field, role in zip(Users._fields, roles, strict=True)
    ]
    for database in target.databases:
        store.server.command(f"GRANT{target.everywhere} SELECT ON {database}.* TO {made[4].name}")
    store.insert(calls(120))
    store.settled()
    yield Users(*made)
    for one in made:
        store.server.command(f"DROP USER IF EXISTS {one.name}{target.everywhere}")
    for name in ("llmroute_rows", "llmroute_nobody_else", role_of("acme"), role_of("globex")):
        for table in policed(store, name):
            store.server.command(f"DROP ROW POLICY IF EXISTS {name}{target.everywhere} ON {table}")


def policed(store: Store, policy: str) -> list[str]:
    """What a policy is on."""
    found = store.server.rows(f"SELECT database, table FROM system.row_policies WHERE short_name = '{policy}'")
    return [f"{database}.{table or '*'}" for database, table in found if database in store.target.databases]


def owners(store: Store) -> list[str]:
    """Who migrated, and the user of a cluster without a secret in ``cluster/cluster.xml``."""
    return sorted({store.server.dsn.user, "default"})


def user(store: Store, name: str, role: str) -> User:
    everywhere = store.target.everywhere
    store.server.command(f"CREATE USER {name}{everywhere} IDENTIFIED WITH sha256_password BY '{PASSWORD}'")
    if role:
        store.server.command(f"GRANT{everywhere} {role} TO {name}")
    return User(name, replace(store.server.dsn, user=name, password=PASSWORD))


def refused(user: User, statement: str) -> None:
    with pytest.raises(ClickHouseError):
        user.command(statement)


def test_a_writer_inserts_and_reads_nothing(store: Store, users: Users) -> None:
    database = store.target.database
    users.writer.command(inserted(f"{database}.otel_traces", calls(6, first=600)))
    store.settled()
    assert store.rows("SELECT countIf(span_id = '0000000000000259') FROM {db}.llm_calls") == [(1,)]
    for statement in (
        f"SELECT count() FROM {database}.otel_traces",
        f"SELECT count() FROM {database}.llm_calls",
        f"INSERT INTO {database}.llm_costs (span_id) VALUES ('1')",
        f"DROP TABLE {database}.otel_traces",
    ):
        refused(users.writer, statement)


def test_a_reader_reads_everything_and_changes_nothing(store: Store, users: Users) -> None:
    database = store.target.database
    seen = users.reader.rows(f"SELECT arraySort(groupUniqArray(tenant)) FROM {database}.llm_calls")
    assert seen == [(["", "acme", "globex"],)]
    assert users.reader.rows(f"SELECT count() > 0 FROM {database}.otel_traces") == [(1,)]
    for statement in (
        inserted(f"{database}.otel_traces", calls(1)),
        f"TRUNCATE TABLE {database}.otel_traces",
        f"ALTER TABLE {database}.llm_call_records DELETE WHERE 1",
        "SET max_execution_time = 1000",
        "SELECT count() FROM numbers(1) SETTINGS max_memory_usage = 100000000000",
        "SELECT * FROM numbers(2000000)",
        "SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3",
        "SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')",
        "SELECT * FROM file('/etc/passwd', 'TSV', 'a String')",
    ):
        refused(users.reader, statement)


@pytest.mark.parametrize("view", OF_TENANTS)
def test_a_customer_sees_its_own_rows_of_every_view(store: Store, users: Users, view: str) -> None:
    table = f"{store.target.database}.{view}"
    for one, tenant in ((users.acme, "acme"), (users.globex, "globex")):
        assert one.rows(f"SELECT groupUniqArray(tenant), count() > 0 FROM {table}") == [([tenant], 1)]
        of_both = f"SELECT DISTINCT a.tenant, b.tenant FROM {table} AS a CROSS JOIN {table} AS b"
        assert one.rows(of_both) == [(tenant, tenant)]


def test_a_customers_figures_are_those_of_its_rows(store: Store, users: Users) -> None:
    total = "SELECT count(), sum(cost) FROM {db}.llm_calls"
    for one, tenant in ((users.acme, "acme"), (users.globex, "globex")):
        own = one.rows(total.replace("{db}", store.target.database))
        assert own == store.rows(f"{total} WHERE tenant = '{tenant}'")
        hourly = "SELECT sum(records), sum(spend) FROM {db}.llm_hourly_tenants"
        assert one.rows(hourly.replace("{db}", store.target.database)) == own


def test_a_customer_sees_nothing_that_does_not_say_whose_it_is(store: Store, users: Users) -> None:
    everything = store.rows("SELECT name FROM system.tables WHERE database = '{db}' ORDER BY name")
    views = {f"{database}.{view}" for database in store.target.databases for view in OF_TENANTS}
    if not store.target.cluster:
        views |= {f"{store.target.database}.{view}" for view in ("llm_jobs", "jobs_with_cost")}
    tables = {f"{store.target.database}.{name}" for (name,) in everything} - views
    assert len(tables) > 20
    for table in sorted(tables):
        with pytest.raises(ClickHouseError, match=r"ACCESS_DENIED|Not enough privileges"):
            users.acme.rows(f"SELECT count() FROM {table}")


def test_a_customer_cannot_leave_its_limits(store: Store, users: Users) -> None:
    for statement in (
        "SET serialize_query_plan = 1",
        f"SELECT count() FROM {store.target.database}.llm_calls SETTINGS serialize_query_plan = 1",
        "SELECT * FROM numbers(200000)",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        f"SELECT * FROM merge('{store.target.database}', 'llm_call_records')",
        f"CREATE VIEW {store.target.database}.mine AS SELECT 1",
    ):
        refused(users.acme, statement)


def test_whoever_has_rights_but_no_role_sees_no_row(store: Store, users: Users) -> None:
    for view in (*OF_TENANTS, "llm_jobs", "spend_by_route", "llm_call_records", "otel_traces"):
        assert users.stranger.rows(f"SELECT count() FROM {store.target.database}.{view}") == [(0,)], view


def test_a_customer_that_is_no_longer_named_sees_no_row(store: Store, users: Users) -> None:
    try:
        for statement in statements_of(access(store.target, ["acme"], owners(store))):
            store.server.command(statement)
        count = f"SELECT count() FROM {store.target.database}.llm_calls"
        assert users.globex.rows(count) == [(0,)]
        assert users.acme.rows(count)[0][0] > 0
    finally:
        for statement in statements_of(access(store.target, ["acme", "globex"], owners(store))):
            store.server.command(statement)


def test_migrating_without_rights_is_one_line(users: Users) -> None:
    dsn = users.reader.dsn
    url = f"{'https' if dsn.secure else 'http'}://{dsn.user}:{PASSWORD}@{dsn.host}:{dsn.port}"
    done = migrated(Target("llmroute_test_refused"), "--dsn", url)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "does not let user" in done.stderr
    assert PASSWORD not in done.stderr
