"""Roll-ups where no process of ours runs: the statements of ``maintenance/`` as views that the server refreshes itself.

Per roll-up ``<rollup>_build`` appends the sums of hours that are due, then ``<rollup>_mark`` notes builds that are
whole. Of jobs, whose hours change one another, ``<rollup>_plan`` notes before which hours are summed together.
"""

from __future__ import annotations

from typing import Final

from otel_llmroute.store.maintenance import ROLLUPS, statement
from otel_llmroute.store.maintenance.experiments import EXPERIMENT_ACTS, experiments_statement
from otel_llmroute.store.maintenance.jobs import ACTS, jobs_statement
from otel_llmroute.store.quoting import quoted
from otel_llmroute.store.schema.dialect import SECURITY, Target
from otel_llmroute.store.schema.places import PLACES
from otel_llmroute.store.schema.statement import qualified, statement_of

LAG_S: Final = 30
"""Seconds that a replica may be behind and still build, and still be asked (``roles.sql`` tells readers so)."""

_EVERY: Final = "REFRESH EVERY 1 MINUTE"
_AFTER: Final = {"mark": "build", "build": "plan"}
# Replicas of a shard build at different moments of the minute: the first one's builds leave nothing due for the others.
_SPREAD: Final = " RANDOMIZE FOR 40 SECOND"

# A replica that has not got all rows must not sum an hour without them. What it has been missing for LAG_S shows in its
# queue, and hours are built when they were quiet for a minute.
_UP_TO_DATE: Final = (
    "(SELECT count() FROM system.replicas WHERE database = {database}"
    " AND (is_readonly OR is_session_expired OR absolute_delay >= {lag})) = 0"
)
# The other replicas get a build before they hear that it may be read.
_SETTLED: Final = "build < toUnixTimestamp64Milli(now64(3) - INTERVAL 60 SECOND)"


def refreshes(target: Target) -> list[str]:
    """What makes the refreshed views, in place of those that are there: they hold nothing. A cluster sums jobs while
    reading: no shard has all of a job."""
    texts = [(f"{rollup}_{act}", statement(f"{act}_rollup", rollup)) for rollup in ROLLUPS for act in ("build", "mark")]
    if not target.cluster:
        texts += [(f"llm_hourly_jobs_{act}", jobs_statement(act)) for act in ACTS]
        texts += [(f"llm_hourly_experiments_{act}", experiments_statement(act)) for act in EXPERIMENT_ACTS]
    first = {f"{rollup}_build" for rollup in (*ROLLUPS, "llm_hourly_experiments")} | {"llm_hourly_jobs_plan"}
    return [made for name, text in texts for made in _refresh(name, text, name in first, target)]


def _refresh(name: str, text: str, is_first: bool, target: Target) -> list[str]:
    insert = statement_of(text)
    view, act = f"{target.local}.{name}", name.rpartition("_")[2]
    schedule = _EVERY + (_SPREAD if target.cluster else "")
    if not is_first:
        schedule = f"{_EVERY} DEPENDS ON {view.removesuffix(act)}{_AFTER[act]}"
    created = f"CREATE MATERIALIZED VIEW {view}{target.everywhere}"
    into = f"{schedule} APPEND TO {target.local}.{insert.name}"
    body = qualified(_guarded(insert.body.strip(), act, target), dict.fromkeys(PLACES, target.local))
    return [f"DROP VIEW IF EXISTS {view}{target.everywhere}", f"{created}\n{into}{SECURITY} AS\n{body}"]


def _guarded(question: str, act: str, target: Target) -> str:
    """On a cluster: only what is so on every replica."""
    if not target.cluster:
        return question
    conditions = [_UP_TO_DATE.format(database=quoted(target.local), lag=LAG_S), *([_SETTLED] if act == "mark" else [])]
    return f"SELECT *\nFROM\n(\n{question}\n)\nWHERE " + "\n    AND ".join(conditions)
