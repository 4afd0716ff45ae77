"""A route whose end is known only some time after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.trace import Status, StatusCode

from otel_llmroute import names
from otel_llmroute.app import spans
from otel_llmroute.app.route import route

if TYPE_CHECKING:
    from collections.abc import Callable

    from otel_llmroute.app.records import Facts, RouteState

_ERROR: Final = Status(StatusCode.ERROR)


class LateRoute(route):
    """A route whose end is known only afterwards."""

    failed_with: str | None = None
    """``error.type`` of what it ended with."""
    outcome: names.RouteOutcome | None = None
    ended_ns: int | None = None

    def rename(self, facts: Facts) -> None:
        """It turns out to be another than it was opened as."""
        self.name = str(facts[names.ROUTE_NAME])
        span = self._span
        if span is not None and span.is_recording():
            span.update_name(f"route {self.name}")
            span.set_attributes(facts)

    def _outcome_of(self, state: RouteState, error: BaseException | None) -> names.RouteOutcome:
        return self.outcome or super()._outcome_of(state, error)

    def _end_span(
        self,
        attributes: spans.Attributes,
        error: BaseException | None,
        late: Callable[[], spans.Attributes] | None = None,
    ) -> None:
        span, self._span = self._span, None
        if span is None:
            return
        if span.is_recording():
            if self.failed_with is not None:
                attributes[names.ERROR_TYPE] = self.failed_with
                span.set_status(_ERROR)
            spans.say_late(span, lambda: {**attributes, **(late() if late is not None else {})})
        span.end(self.ended_ns)
