"""The route of a request that a router inside the process answers. Adapters say when it begins and what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from otel_llmroute import names
from otel_llmroute.app import attribution
from otel_llmroute.app.current import scope_of, with_scope
from otel_llmroute.app.records import Asker
from otel_llmroute.app.route import route
from otel_llmroute.app.scoped import Scoped

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts, RouteState
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry

_Route = TypeVar("_Route", bound=route)


class Routed(Scoped):
    """Inside, a router is at work: the calls made there are the attempts of one route.

    That is the route which the application, or a router around this one, has opened; else one is opened here. It is
    named by the configuration, else by the router (``signals.route``), else as a call outside of any route is. Nothing
    here raises into the application.

    Where its calls are made to decide about another request, the route around is that one's, and hears nothing.
    """

    def __init__(self, signals: Signals) -> None:
        super().__init__()
        self._signals = signals
        self._own: route | None = None
        self._state: RouteState | None = None
        self._asker: Asker | None = None
        self._is_heard = False

    def hear(self, signals: Signals) -> None:
        """What the router has said since: a decision made, an answer come."""
        if self._state is not None and self._is_heard:
            self._state.hear(signals)

    @property
    def state(self) -> RouteState | None:
        """The route in force inside; ``None`` outside, and where nothing is instrumented."""
        return self._state

    def move_on(self, error_type: str | None = None) -> None:
        """The router goes to its next destination; see ``RouteState.move_on``."""
        if self._state is not None and self._asker is not None:
            self._state.move_on(self._asker, error_type)

    def _open(self, active: Telemetry, context: Context) -> Context:
        self._state = scope_of(context).route
        if self._state is None:
            self._own, context = opened(active, context, self._signals)
            self._state = scope_of(context).route
        scope = scope_of(context)
        self._is_heard = not scope.is_beside
        self.hear(self._signals)
        self._asker = Asker(scope.asker, scope.purpose == "routing")
        return with_scope(context, scope.asked_by(self._asker))

    def _close(self, error: BaseException | None) -> None:
        if self._asker is not None:
            self._asker.end()
        own, self._own, self._state, self._asker = self._own, None, None, None
        if own is not None:
            own._close(error)

    def _anew(self) -> Routed:
        return Routed(self._signals)


def opened(active: Telemetry, context: Context, signals: Signals) -> tuple[route, Context]:
    """A route of the router's own, and the context inside: named by the configuration, else by the router, else as a
    call outside of any route is.
    """
    callsite = active.callsites.nearest(3) if active.config.callsite else None
    return opened_as(route, active, context, signals, named(active, context, signals, callsite))


def opened_as(
    kind: type[_Route], active: Telemetry, context: Context, signals: Signals, facts: Facts
) -> tuple[_Route, Context]:
    """A route of ``kind``, called what ``facts``, which ``named`` has given, say; and the context inside."""
    own = kind(
        str(facts[names.ROUTE_NAME]),
        requested_model=signals.requested_model,
        router=signals.router,
        source=facts[names.ROUTE_SOURCE],  # type: ignore[arg-type]
    )
    return own, own._open(active, context, facts)


def named(active: Telemetry, context: Context, signals: Signals, callsite: str | None) -> Facts:
    """What a router's own route is called, and who says so."""
    around = attribution.enclosing_span(context)
    return attribution.route_facts(
        active.rules,
        callsite,
        attribution.http_route(active, around),
        signals.requested_model,
        signals.selected_provider or "",
        signals.route,
    )
