"""Sums of jobs by the hour in which they began. A job has calls in other hours too, so hours are summed together with
those that they change (``schema/0021_job_rollups.sql``)."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from otel_llmroute.store.schema import migrations

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

ACTS: Final = ("plan", "build", "mark")
"""What sums the hours that are due, in this order: each a file of this folder, and a refreshed view of a server."""
JOB_HOURS_AT_ONCE: Final = 24
"""Hours due that are summed at once, beside those that they change: the memory that it takes grows with them."""
_VIEW: Final = re.compile(r"CREATE OR REPLACE VIEW llm_hourly_jobs_now AS\n(?P<sums>.+)\nCOMMENT '", re.DOTALL)
_OPEN: Final = "SELECT groupArray(hour) FROM llm_job_hours_now"
_NEXT: Final = "SELECT groupArray(hour) FROM llm_job_hours_next WHERE build = newest"


def jobs_statement(act: str) -> str:
    """The SQL of one of ``ACTS``."""
    text = resources.files(__package__).joinpath(f"{act}_jobs.sql").read_text(encoding="utf-8")
    return text.replace("{hours}", str(JOB_HOURS_AT_ONCE)).replace("{sums}", _sums())


def _sums() -> str:
    """What ``llm_hourly_jobs_now`` holds, of the hours that are noted to be next."""
    texts = [text for migration in migrations() for text in migration.statements]
    newest = [found["sums"] for text in texts if (found := _VIEW.search(text))][-1]
    if newest.count("llm_job_hours_now") != newest.count(_OPEN):
        raise ValueError("schema: llm_hourly_jobs_now does not take its hours as maintenance/jobs.py expects")
    return newest.replace(_OPEN, _NEXT)


class OpenHour(NamedTuple):
    """An hour that changed since it was summed, with what was delivered for it until now."""

    hour: str
    touched_at: str
    delivered: int
    repriced: int


def open_job_hours(session: Session) -> set[OpenHour]:
    """Hours for which something of a job was delivered that no stored sum has seen."""
    rows = session.query("SELECT hour, touched_at, delivered, repriced FROM llm_job_hours_open").rows
    return {OpenHour(str(hour), str(touched_at), int(count), int(costs)) for hour, touched_at, count, costs in rows}


def job_hours_now(session: Session) -> int:
    """How many hours have to be summed with those that are open."""
    return int(session.query("SELECT count() FROM llm_job_hours_now").rows[0][0])


def sum_touched_jobs(session: Session) -> None:
    """Sum hours that are open at once, also those that are not quiet yet: somebody asks for them."""
    session.command(jobs_statement("plan").replace("llm_job_hours_due", "llm_job_hours_open"))
    for act in ACTS[1:]:
        session.command(jobs_statement(act))


def build_jobs(session: Session) -> int:
    """Sum up to ``JOB_HOURS_AT_ONCE`` hours that are due; how many are left."""
    due = int(session.query("SELECT count() FROM llm_job_hours_due").rows[0][0])
    if due:
        for act in ACTS:
            session.command(jobs_statement(act))
    return max(0, due - JOB_HOURS_AT_ONCE)


def sweep_jobs(session: Session) -> None:
    """Delete builds that are not read any more, where they are a fifth of what is stored or more."""
    stored, outdated = session.query(_OUTDATED).rows[0]
    if outdated * 5 > stored and outdated > 10_000:
        session.command(jobs_statement("sweep"))


_OUTDATED: Final = """
SELECT count(), countIf((hour, build) NOT IN (SELECT hour, build FROM llm_job_hours_built FINAL))
FROM llm_hourly_jobs_built
"""
