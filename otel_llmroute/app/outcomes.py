"""Late facts: what is only known when the span has long ended. Log events, joined by the job's id."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import TYPE_CHECKING

from opentelemetry import context as otel_context
from opentelemetry._logs import LogRecord, SeverityNumber

from otel_llmroute import names
from otel_llmroute.app import telemetry
from otel_llmroute.app.complaints import complain, raising_nothing
from otel_llmroute.app.given import member
from otel_llmroute.names import JobOutcome, ReviewStatus

if TYPE_CHECKING:
    from opentelemetry.util.types import AnyValue


@raising_nothing("Could not record an outcome")
def record_outcome(job_id: str, outcome: JobOutcome) -> None:
    """How a job ended, learnt later: ``success``, ``failure``, ``partial`` or ``abandoned``. The last one
    said holds.
    """
    known = member("" if outcome is None else outcome, names.JOB_OUTCOMES, "job outcome")
    if known is not None:
        _emit(names.EVENT_JOB_OUTCOME, {names.JOB_ID: str(job_id), names.JOB_OUTCOME: known})


@raising_nothing("Could not record a review")
def record_review(job_id: str, status: ReviewStatus, minutes: float | Decimal | None = None) -> None:
    """What a person made of a job's result: ``not_required pending approved edited rejected``, and how many minutes it
    took.
    """
    known = member("" if status is None else status, names.REVIEW_STATUSES, "review status")
    if known is None:
        return
    attributes: dict[str, AnyValue] = {names.JOB_ID: str(job_id), names.REVIEW_STATUS: known}
    if minutes is not None:
        try:
            attributes[names.REVIEW_MINUTES] = float(minutes)
        except (TypeError, ValueError, OverflowError) as error:
            complain("The minutes of a review are not a number; they are left out", error)
    _emit(names.EVENT_REVIEW, attributes)


def _emit(event: str, attributes: dict[str, AnyValue]) -> None:
    active = telemetry.active()
    if active is None:
        return
    try:
        now = time.time_ns()
        active.logger.emit(
            LogRecord(
                timestamp=now,
                observed_timestamp=now,
                context=otel_context.get_current(),
                severity_number=SeverityNumber.INFO,
                event_name=event,
                attributes=attributes,
            )
        )
    except Exception as error:
        complain("Could not record a late fact", error)
