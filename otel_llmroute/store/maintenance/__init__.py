"""What the embedded store does by itself while it runs. On a server the same statements are refreshable views."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

from otel_llmroute.store.maintenance.experiments import build_experiments, sweep_experiments
from otel_llmroute.store.maintenance.jobs import build_jobs, sweep_jobs

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

ROLLUPS: Final = ("llm_hourly", "llm_hourly_tenants", "llm_hourly_latency")
HOURS_AT_ONCE: Final = 48
"""Hours that one statement sums: its memory grows with them."""


def statement(name: str, rollup: str) -> str:
    """The SQL of a file of this folder, for one roll-up."""
    text = resources.files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return text.replace("{rollup}", rollup).replace("{hours}", str(HOURS_AT_ONCE))


def due(session: Session) -> dict[str, int]:
    """Roll-up -> hours that are to be built now."""
    return {str(name): int(hours) for name, hours in session.query(_DUE).rows}


_DUE: Final = "SELECT name, count() FROM llm_rollups_due GROUP BY name"


def build(session: Session) -> int:
    """Build up to ``HOURS_AT_ONCE`` hours of each roll-up that are due, of jobs, of experiments; how many are left."""
    found = due(session)
    for rollup in found:
        session.command(statement("build_rollup", rollup))
        session.command(statement("mark_rollup", rollup))
    left = sum(max(0, hours - HOURS_AT_ONCE) for hours in found.values())
    return left + build_jobs(session) + build_experiments(session)


def sweep(session: Session) -> None:
    """Delete builds that are not read any more, where they are a fifth of what is stored or more."""
    for rollup in ROLLUPS:
        stored, outdated = session.query(_OUTDATED.replace("{rollup}", rollup)).rows[0]
        if outdated * 5 > stored and outdated > 10_000:
            session.command(statement("sweep_rollup", rollup))
    sweep_jobs(session)
    sweep_experiments(session)


_OUTDATED: Final = """
SELECT count(), countIf((hour, build) NOT IN (SELECT hour, build FROM llm_rollups_built FINAL WHERE name = '{rollup}'))
FROM {rollup}_built
"""
