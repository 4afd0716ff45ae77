"""The route of a request that a router inside the process answers. Adapters say when it begins and what was said."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeVar

from otel_llmroute import names
from otel_llmroute.app import attribution
from otel_llmroute.app.current import scope_of, with_scope
from otel_llmroute.app.records import Asker
from otel_llmroute.app.route import Begun, begun_with, route
from otel_llmroute.app.scoped import Scoped

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.records import RouteState
    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.rules import Rules
    from otel_llmroute.app.telemetry import Telemetry

_Route = TypeVar("_Route", bound=route)
_MOST_REMEMBERED: Final = 4096


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
        scope = scope_of(context)
        if scope.route is None:
            self._own, context = opened(active, context, self._signals)
            scope = scope_of(context)
        self._state = state = scope.route
        self._asker = asker = Asker(scope.asker, scope.purpose == "routing")
        if self._own is None:
            self._is_heard = not scope.is_beside
            context = with_scope(context, scope.asked_by(asker))
        else:
            self._is_heard = True
            scope.asker = asker  # made just now, and nobody has it yet
        if state is not None and self._is_heard:
            state.hear(self._signals)
        return context

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
    return opened_as(route, active, context, named(active, context, signals, callsite))


def opened_as(kind: type[_Route], active: Telemetry, context: Context, begun: Begun) -> tuple[_Route, Context]:
    """A route of ``kind`` that begins with what ``named`` has given, and the context inside."""
    own = kind(begun.facts[names.ROUTE_NAME])  # type: ignore[arg-type]
    return own, own._open(active, context, begun)


def named(active: Telemetry, context: Context, signals: Signals, callsite: str | None) -> Begun:
    """What a router's own route is called, who says so, and what else it begins with."""
    http_route = attribution.http_route(active, attribution.enclosing_span(context)) if context else None
    model, provider = signals.requested_model, signals.selected_provider or ""
    return _named(active.rules, callsite, http_route, model, provider, signals.route, signals.router)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _named(
    rules: Rules,
    callsite: str | None,
    http_route: str | None,
    model: str | None,
    provider: str,
    by_router: str | None,
    router: str,
) -> Begun:
    return begun_with(attribution.route_facts(rules, callsite, http_route, model, provider, by_router), router, model)
