"""The traces of one job: where the page goes from a job, which no roll-up of traces knows by its id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from otel_llmroute.store.boards.asking import period_of
from otel_llmroute.store.errors import BadStatement
from otel_llmroute.store.questions import ask
from otel_llmroute.store.times import engine_time, moment_told

if TYPE_CHECKING:
    from otel_llmroute.store.database import Session

MOST: Final = 20
"""A job that is worked on in more is shown in its first."""


@dataclass(frozen=True)
class TracesQuestion:
    """In which traces the job of that id was worked on."""

    job_id: str
    since: datetime
    until: datetime


def traces_question_of(told: Mapping[str, Any]) -> TracesQuestion:
    """The question that a client told as JSON. Raises ``BadStatement``."""
    job_id = told.get("job_id")
    if not isinstance(job_id, str) or not job_id:
        raise BadStatement("'job_id' is not text", '"job_id": "T-17"')
    since, until = (moment_told(told.get(key), key) for key in ("since", "until"))
    return TracesQuestion(job_id, since, until)


def traces(session: Session, asked: TracesQuestion) -> dict[str, Any]:
    """``{"job_id", "traces", "has_more"}``, the earliest first. Raises ``StoreError``."""
    since, until = period_of(asked.since, asked.until)
    parameters = {
        "job_id": asked.job_id,
        "since": engine_time(since),
        "until": engine_time(until),
        "limit": MOST + 1,
    }
    found = [row[0] for row in ask(session, "traces_of_job", parameters).rows]
    return {"job_id": asked.job_id, "traces": found[:MOST], "has_more": len(found) > MOST}
