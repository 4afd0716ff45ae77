"""Where an attempt stands: in a route of the application's, else in one of its own as soon as a router says something.

What routers say is taken at once where a route of the application's waits for it, and else when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from otel_llmroute import names
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.records import Facts, new_id
from otel_llmroute.app.routers import alone
from otel_llmroute.app.routers.signals import Word

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from otel_llmroute.app.openings import Opening
    from otel_llmroute.app.records import Asker, RouteState, Tried
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.sdks.answer import Answer
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.names import AttemptOutcome


class Standing:
    """The route of one attempt, what the route remembers of it, and what routers have said that is still to be taken.

    ``facts`` are the attempt's own: what it learns of its route is added there.
    """

    # What few attempts have is the class's until it is there.
    route: RouteState | None = None
    around: Context | None = None
    """What its span was begun in, of an attempt that stands in no route of the application's."""
    _tried: Tried | None = None
    turned_down: Sequence[bool] = ()
    """Filled once whoever asked has turned the answer down, after it has ended."""

    def __init__(self, opening: Opening, facts: Facts) -> None:
        self._opening = opening
        self._facts = facts
        self.words: tuple[Word, ...] = ()
        """What is still to be taken, the router nearest to the application first."""

    # --- while it runs ---

    def join(self, route: RouteState, purpose: str, asker: Asker | None) -> None:
        """Be the next attempt of ``route``, made by ``asker``."""
        self.route = route
        self._try(route, purpose, asker)

    def was_told(self, said: tuple[Signals, ...]) -> None:
        """Routers have decided before it was made."""
        self.add(Word(said[0].route, lambda _: said))

    def add(self, word: Word) -> None:
        """A router has said ``word``."""
        self.words = (*self.words, word)

    def take(self, answer: Answer) -> None:
        """Take all that was said. ``answer`` has been read."""
        words, self.words = self.words, ()
        for word in words:
            try:
                for signals in word.signals(answer):
                    self._hear(signals)
            except Exception as error:
                complain("Could not take what a router said", error)

    def _hear(self, signals: Signals) -> None:
        route, tried = self.route, self._tried
        if route is None:
            route = self.route = self._opened(signals)
            tried = self._try(route)
        if tried is not None:
            signals = tried.hear(signals, self._opening.target.is_gateway)
            self._facts[names.ATTEMPT_REASON] = tried.reason
            if tried.purpose == "routing" and not route.is_routing and self._opening.endpoint.purpose != "routing":
                return  # who was asked to decide, and by whom, is not where the request of the route goes
        route.hear(signals)
        self._facts.update(alone.said(route))

    def _opened(self, signals: Signals) -> RouteState:
        facts = {**self._opening.facts, **self._facts}
        return alone.opened(facts, signals, str(facts.get(names.ROUTE_ID) or new_id()))

    def _try(self, route: RouteState, purpose: str | None = None, asker: Asker | None = None) -> Tried:
        tried = self._tried = route.begin_attempt(self._opening.target.provider, self._opening.model, purpose, asker)
        self._facts[names.ATTEMPT_NUMBER], self._facts[names.ATTEMPT_REASON] = tried.number, tried.reason
        return tried

    # --- when it ends ---

    def failed_with(self, code: str | None) -> None:
        """The provider's own name of its error."""
        if self._tried is not None:
            self._tried.error_code = code

    def ended(
        self,
        outcome: AttemptOutcome,
        error_type: str | None,
        status: int | None,
        served_model: Callable[[], str | None],
    ) -> None:
        """What became of it."""
        tried, self._tried = self._tried, None  # which now holds the attempt, perhaps
        if tried is not None:
            self.turned_down = tried.turned_down
            tried.end(outcome, error_type, status, served_model)

    def record(
        self,
        telemetry: Telemetry,
        attempt: Span,
        seconds: float,
        ended_ns: int,
        late: Callable[[], Facts],
        is_error: bool,
    ) -> None:
        """Record the route of its own. ``late`` gives what is not yet known of it, which is all but its name."""
        around = self.around
        if around is None:
            return
        self._facts[names.ROUTE_ID] = new_id()
        facts = self._facts if names.ROUTE_NAME in self._facts else self._opening.facts
        begun: Facts = {
            names.RECORD_KIND: "route",
            names.ROUTE_NAME: alone.name_of(facts, self.words[0].route),
        }
        if names.SAMPLING_KEPT in self._facts:
            begun[names.SAMPLING_KEPT] = True
        alone.record(telemetry, around, attempt, begun, (ended_ns - int(seconds * 1e9), ended_ns), late, is_error)

    def described(self) -> Facts:
        """All attributes of the route of its own."""
        return {} if self.route is None else alone.described(self.route)
