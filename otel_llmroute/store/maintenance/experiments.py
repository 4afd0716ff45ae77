"""Sums of experiments by hour. What has several hours is stored one by one beside them, so an hour is summed for itself
alone (``schema/0025_experiment_rollup.sql``)."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.maintenance.jobs import OpenHour
from otel_llmroute.store.schema import migrations

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

EXPERIMENT_ACTS: Final = ("build", "mark")
"""What sums the hours that are due, in this order: each a file of this folder, and a refreshed view of a server."""
EXPERIMENT_HOURS_AT_ONCE: Final = 48
"""Hours that one statement sums: its memory grows with them."""
_VIEW: Final = re.compile(r"CREATE OR REPLACE VIEW llm_hourly_experiments_now AS\n(?P<sums>.+)\nCOMMENT '", re.DOTALL)
_OPEN: Final = "(SELECT groupArray(hour) FROM llm_experiment_hours_open) AS hours"
_DUE: Final = "arrayMap(one -> one.1, due) AS hours"


def experiments_statement(act: str) -> str:
    """The SQL of one of ``EXPERIMENT_ACTS``, or of ``sweep``."""
    text = resources.files(__package__).joinpath(f"{act}_experiments.sql").read_text(encoding="utf-8")
    return text.replace("{hours}", str(EXPERIMENT_HOURS_AT_ONCE)).replace("{sums}", _sums())


def _sums() -> str:
    """What ``llm_hourly_experiments_now`` holds, of the hours that are due."""
    texts = [text for migration in migrations() for text in migration.statements]
    newest = [found["sums"] for text in texts if (found := _VIEW.search(text))][-1]
    if newest.count(_OPEN) != 1 or newest.count("llm_experiment_hours_open") != 1:
        raise ValueError("schema: llm_hourly_experiments_now does not take its hours as expected")
    return newest.replace(_OPEN, _DUE)


def open_experiment_hours(session: Session) -> set[OpenHour]:
    """Hours for which something was delivered that no stored sum of experiments has seen."""
    rows = session.query("SELECT hour, touched_at, delivered, repriced FROM llm_experiment_hours_open").rows
    return {OpenHour(str(hour), str(touched_at), int(count), int(costs)) for hour, touched_at, count, costs in rows}


def sum_touched_experiments(session: Session) -> None:
    """Sum hours that are open at once, also those that are not quiet yet: somebody asks for them."""
    session.command(experiments_statement("build").replace("llm_experiment_hours_due", "llm_experiment_hours_open"))
    session.command(experiments_statement("mark"))


def build_experiments(session: Session) -> int:
    """Sum up to ``EXPERIMENT_HOURS_AT_ONCE`` hours that are due; how many are left."""
    due = int(session.query("SELECT count() FROM llm_experiment_hours_due").rows[0][0])
    if due:
        for act in EXPERIMENT_ACTS:
            session.command(experiments_statement(act))
    return max(0, due - EXPERIMENT_HOURS_AT_ONCE)


def sweep_experiments(session: Session) -> None:
    """Delete builds that are not read any more, where they are a fifth of what is stored or more."""
    stored, outdated = session.query(_OUTDATED).rows[0]
    if outdated * 5 > stored and outdated > 10_000:
        session.command(experiments_statement("sweep"))


_OUTDATED: Final = """
SELECT count(), countIf((hour, build) NOT IN (SELECT hour, build FROM llm_experiment_hours_built FINAL))
FROM llm_hourly_experiments_built
"""
