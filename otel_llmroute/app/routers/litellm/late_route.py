"""A route whose end is known only some time after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otel_llmroute import names
from otel_llmroute.app.route import route

if TYPE_CHECKING:
    from otel_llmroute.app.records import Facts, RouteState, Tried


class LateRoute(route):
    """A route whose end is known only afterwards."""

    failed_with: str | None = None
    """``error.type`` of what it ended with."""
    outcome: names.RouteOutcome | None = None

    def rename(self, facts: Facts) -> None:
        """It turns out to be another than it was opened as."""
        self.name = str(facts[names.ROUTE_NAME])
        span = self._span
        if span is not None and span.is_recording():
            span.update_name(f"route {self.name}")
            span.set_attributes(facts)

    def _outcome_of(
        self, state: RouteState, error: BaseException | None, answering: list[Tried], served: Tried | None
    ) -> names.RouteOutcome:
        return self.outcome or super()._outcome_of(state, error, answering, served)

    def _error_type(self, error: BaseException | None) -> str | None:
        return self.failed_with
