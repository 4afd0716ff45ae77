"""Roles, limits and row policies, as far as an engine with one user goes: it parses every statement, and a policy on a
view is seen to hold. Who may do what is tried on real servers (``tests/server``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from otel_llmroute.store.access import OF_TENANTS, OF_TENANTS_ALONE, access
from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.schema import migrations, statements_of
from otel_llmroute.store.schema.dialect import Target, translated
from otel_llmroute.store.schema.statement import without_leading_comments
from tests.store.clickhouse import ClickHouse, calls, clickhouse, inserted
from tests.store.conftest import llmroute

TENANTS = ["acme", "o'brien", "zwölf\n-- ; DROP DATABASE otel;\n"]
TARGETS = [Target("otel"), Target("otel", "main")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    with clickhouse(tmp_path_factory.mktemp("engine") / "data") as found:
        yield found


def statements(target: Target, tenants: list[str]) -> list[str]:
    return [without_leading_comments(text) for text in statements_of(access(target, tenants))]


@pytest.mark.parametrize("target", TARGETS, ids=["server", "cluster"])
def test_the_engine_can_parse_every_statement(engine: ClickHouse, target: Target) -> None:
    for text in statements(target, TENANTS):
        assert text.startswith(("CREATE ROLE ", "CREATE SETTINGS ", "CREATE QUOTA ", "CREATE ROW POLICY ", "GRANT "))
        assert engine.text(f"EXPLAIN AST {text}")


@pytest.mark.parametrize("target", TARGETS, ids=["server", "cluster"])
def test_everything_is_done_on_all_servers_of_a_cluster(target: Target) -> None:
    assert {"ON CLUSTER 'main'" in text for text in statements(target, TENANTS)} == {bool(target.cluster)}


def test_a_customer_is_given_views_that_say_whose_a_row_is_and_nothing_else() -> None:
    granted = [text for text in statements(Target("otel"), ["acme"]) if text.endswith(" TO llmroute_tenant_acme")]
    grants = [text for text in granted if text.startswith("GRANT")]
    assert grants == [f"GRANT SELECT ON otel.{view} TO llmroute_tenant_acme" for view in OF_TENANTS + OF_TENANTS_ALONE]


def test_the_customers_policy_is_there_before_its_rights_and_everybody_else_sees_nothing() -> None:
    texts = statements(Target("otel"), ["acme"])
    own = "CREATE ROW POLICY OR REPLACE llmroute_tenant_acme ON otel.* USING tenant = 'acme' AS RESTRICTIVE"
    policy = texts.index(f"{own} TO llmroute_tenant_acme")
    assert policy < min(at for at, text in enumerate(texts) if text.endswith(".llm_calls TO llmroute_tenant_acme"))
    assert texts[-1] == (
        "CREATE ROW POLICY OR REPLACE llmroute_nobody_else ON otel.* USING 0 AS RESTRICTIVE "
        "TO ALL EXCEPT `default`, llmroute_writer, llmroute_reader, llmroute_tenant_acme"
    )


def test_a_writer_only_inserts() -> None:
    rights = [text for text in statements(Target("otel"), []) if text.endswith(" TO llmroute_writer")]
    grants = [text.split(" TO ")[0] for text in rights if text.startswith("GRANT")]
    points = ("sum", "gauge", "histogram", "exponential_histogram", "summary")
    metrics = [f"otel_metrics_{point}" for point in points]
    tables = ("otel_traces", "otel_logs", "otel_content", *metrics, "otlp_traces", "otlp_logs", "otlp_metrics")
    assert grants == [f"GRANT INSERT ON otel.{table}" for table in tables]


@pytest.mark.parametrize("tenants", [[""], ["a-b", "a_b"]], ids=["none", "alike"])
def test_customers_that_cannot_be_told_apart_are_refused(tenants: list[str]) -> None:
    with pytest.raises(StoreError):
        access(Target("otel"), tenants)


def test_every_view_that_a_customer_reads_has_a_column_tenant(engine: ClickHouse) -> None:
    engine_migrated(engine, "columns")
    question = "SELECT table FROM system.columns WHERE database = 'columns' AND name = 'tenant'"
    have = {row[0] for row in engine.rows(question)}
    assert have >= set(OF_TENANTS + OF_TENANTS_ALONE)


def test_the_command_prints_the_sql() -> None:
    done = llmroute("users", "--tenant", "acme", "--database", "spend", "--owner", "root", "--owner", "peer")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", access(Target("spend"), ["acme"], ["root", "peer"]))


def engine_migrated(engine: ClickHouse, database: str) -> None:
    done = llmroute("migrate", "--dsn", engine.dsn, "--database", database)
    assert done.returncode == 0, done.stderr


# The embedded engine takes no CREATE ROW POLICY, but reads policies of its one user from a file. That user stands for a
# customer, and `owner`, whom the views read as, for the user who ran `llmroute migrate`.
USERS = """
<clickhouse>
  <profiles><default/></profiles><quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
      <databases><otel>{policies}</otel></databases></default>
    <owner><password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
      <grants><query>GRANT ALL ON *.*</query></grants></owner>
  </users>
</clickhouse>
"""
CONFIG = "<clickhouse><users_config>{users}</users_config></clickhouse>"
SEEN = {
    view: f"SELECT arraySort(groupUniqArray(tenant)), count() > 0 FROM {view}" for view in OF_TENANTS + OF_TENANTS_ALONE
}


def test_a_policy_on_a_view_holds_however_the_view_is_asked(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with clickhouse(data, config=_config(tmp_path, {})) as engine:
        engine_migrated(engine, "otel")
        _read_as(engine, "owner")
        engine.text(inserted("otel.otel_traces", calls(60)))
        assert engine.rows(SEEN["llm_calls"], "otel") == [["['','acme','globex']", "1"]]
    own = dict.fromkeys(SEEN, "tenant = 'acme'")
    none = dict.fromkeys(("llm_call_records", "llm_route_records", "llm_job_records", "otel_traces"), "0")
    with clickhouse(data, config=_config(tmp_path, own | none)) as engine:
        for view, question in SEEN.items():
            assert engine.rows(question, "otel") == [["['acme']", "1"]], view
        for table in none:
            assert engine.text(f"SELECT count() FROM {table}", "otel") == "0\n"
        for question in AROUND:
            answer = engine.text(question, "otel")
            assert ("acme" in answer, "globex" in answer) == (True, False), question


def _config(folder: Path, policies: dict[str, str]) -> Path:
    """A config file for the engine, with policies for its user: table or view -> condition."""
    users, config = folder / "users.xml", folder / "config.xml"
    filters = "".join(f"<{name}><filter>{condition}</filter></{name}>" for name, condition in policies.items())
    users.write_text(USERS.format(policies=filters))
    config.write_text(CONFIG.format(users=users))
    return config


AROUND = (
    "SELECT a.tenant, b.tenant FROM llm_calls AS a JOIN llm_calls AS b ON a.route = b.route",
    "SELECT tenant FROM llm_calls WHERE tenant = 'globex' OR 1",
    "SELECT tenant FROM llm_jobs WHERE job_id IN (SELECT job_id FROM llm_calls) OR tenant != ''",
    "SELECT max(tenant), min(tenant), any(tenant) FROM llm_hourly_tenants",
    "WITH every AS (SELECT * FROM llm_calls) SELECT tenant FROM every GROUP BY tenant WITH TOTALS",
    "SELECT tenant FROM merge('otel', '^llm_calls$')",
    "SELECT tenant FROM llm_calls UNION ALL SELECT tenant FROM llm_routes",
    "SELECT groupUniqArray(tenant) FROM llm_arrivals WHERE tenant = 'globex' OR records > 0",
    "SELECT tenant FROM llm_failed_attempts WHERE trace_id IN (SELECT trace_id FROM llm_measured_routes) OR failed = 1",
)


def _read_as(engine: ClickHouse, user: str) -> None:
    """Views that read as ``user``: all are made again, as the last statement on each makes it."""
    newest: dict[str, str] = {}
    for text in (text for migration in migrations() for text in migration.statements):
        made = translated(text, Target("otel"))
        if made and made.startswith("CREATE OR REPLACE VIEW"):
            name = made.split()[4]
            newest = {other: view for other, view in newest.items() if other != name} | {name: made}
    for made in newest.values():
        engine.text(made.replace("DEFINER = CURRENT_USER", f"DEFINER = {user}"))
