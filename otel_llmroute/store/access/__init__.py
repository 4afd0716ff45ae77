"""Who may do what on a server: roles with limits, and per customer a role that sees its own rows alone, as SQL.

Views read as the user who ran ``llmroute migrate`` (``schema/dialect.py``), so a customer has rights on a few views and
on nothing below them. What it sees of a view is a row policy on it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from typing import Final

from otel_llmroute.store.errors import StoreError
from otel_llmroute.store.quoting import quoted
from otel_llmroute.store.schema.dialect import Target
from otel_llmroute.store.schema.refreshes import LAG_S

WRITTEN: Final = (
    "otel_traces", "otel_logs", "otel_content",
    "otel_metrics_sum", "otel_metrics_gauge", "otel_metrics_histogram", "otel_metrics_exponential_histogram",
    "otel_metrics_summary", "otlp_traces", "otlp_logs", "otlp_metrics",
)  # fmt: skip
"""What a writer inserts into."""
OF_TENANTS: Final = (
    "llm_calls", "llm_routes", "llm_decisions", "llm_hourly_tenants",
    "llm_failed_attempts", "llm_unpriced_attempts", "llm_arrivals", "llm_measured_routes",
    "llm_routes_without_model",
)  # fmt: skip
"""Views whose rows say whose they are, on every kind of server. Those below the first line say of calls and routes what
a customer can work out of its own: a row of them is of one call or route."""
OF_TENANTS_ALONE: Final = ("llm_jobs", "jobs_with_cost")
"""Views of the same kind that a customer reads on a single server. On a cluster they are put together from the rows of
all shards, where the policies hold already, and events that do not name the customer would be missing."""
BELOW: Final = (
    "llm_call_records", "llm_route_records", "llm_decision_records", "llm_job_records",
    "llm_hourly_tenants_now", "llm_hourly_tenants_built", "llm_measured_calls",
)  # fmt: skip
"""What is below those and has a column ``tenant``: shards of a cluster apply a customer's policies there too."""

VIEWS_IN_FRONT: Final = (
    "llm_jobs", "jobs_with_cost", "llm_hourly_jobs", "llm_hourly_experiments", "spend_by_route", "unpriced_models",
    "data_health",
)  # fmt: skip
"""Views that a cluster has over the rows of all shards."""


def access(target: Target, tenants: Sequence[str], owners: Sequence[str] = ("default",)) -> str:
    """The SQL for all roles, and for every customer in ``tenants``: all of them, each time. ``owners`` see all rows:
    who ran ``llmroute migrate``, and on a cluster without a secret the user as whom its servers ask each other."""
    roles = [role_of(tenant) for tenant in tenants]
    if len(set(roles)) != len(roles):
        raise StoreError("two customers have names that differ only in signs that a role cannot have", "fewer at once")
    parts = [_roles(target), *(_tenant(target, tenant) for tenant in tenants), _others(target, roles, owners)]
    return "\n".join(parts)


def role_of(tenant: str) -> str:
    """``llmroute_tenant_acme``. Raises ``StoreError`` for no name at all: rows without a customer are nobody's."""
    if not tenant.strip():
        raise StoreError("a customer needs a name", "--tenant NAME")
    return "llmroute_tenant_" + re.sub(r"\W", "_", tenant, flags=re.ASCII)


def _roles(target: Target) -> str:
    # Where a cluster has a secret, its shards ask for the rights of the user who asked.
    grants = [_granted(f"INSERT ON {database}.{name}", "llmroute_writer", target)
              for database in target.databases for name in _there(target, database, WRITTEN)]  # fmt: skip
    grants += [_granted(f"SELECT ON {database}.*", "llmroute_reader", target) for database in target.databases]
    return _filled("roles.sql", target, grants=";\n".join(grants))


def _there(target: Target, database: str, names: Sequence[str]) -> list[str]:
    """Those names that a database has: metrics and requests of OTLP come in at the front of a cluster only."""
    return [name for name in names if database == target.database or not name.startswith(("otlp_", "otel_metrics_"))]


def _tenant(target: Target, tenant: str) -> str:
    role, views = role_of(tenant), OF_TENANTS + (() if target.cluster else OF_TENANTS_ALONE)
    grants = [_granted(f"SELECT ON {database}.{view}", role, target) for database in target.databases for view in views]
    # On a single server for everything: what has no column `tenant` cannot be read at all.
    some = ", ".join(f"{target.local}.{name}" for name in OF_TENANTS + BELOW)
    tables = some if target.cluster else f"{target.database}.*"
    return _filled("tenant.sql", target, role=role, tenant=quoted(tenant), tables=tables, grants=";\n".join(grants))


def _others(target: Target, roles: Sequence[str], owners: Sequence[str]) -> str:
    everyone = ", ".join([*map(_name, owners), "llmroute_writer", "llmroute_reader", *roles])
    # What stands for a table of a cluster has no policies: the shards' own hold for who asked.
    fronts = [f"{target.database}.{view}" for view in VIEWS_IN_FRONT] if target.cluster else []
    every_table = ", ".join([f"{target.local}.*", *fronts])
    return _filled("others.sql", target, every_table=every_table, all_roles=everyone)


def _granted(right: str, role: str, target: Target) -> str:
    return f"GRANT{target.everywhere} {right} TO {role}"


def _name(user: str) -> str:
    return "`" + user.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _filled(file: str, target: Target, **values: str) -> str:
    text = resources.files(__name__).joinpath(file).read_text(encoding="utf-8")
    every = {"database": target.database, "everywhere": target.everywhere, "lag_s": str(LAG_S), **values}
    return re.sub(r"\{(\w+)\}", lambda found: every[found[1]], text)
