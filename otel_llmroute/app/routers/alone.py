"""The route of a call that stands in none, where a router says something of it: recorded once the call has ended.

The attempt's span has begun by then, so the two stand side by side and are joined by ``llmroute.route.id``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation import _SPAN_KEY

from otel_llmroute import names
from otel_llmroute.app import live_spans, spans
from otel_llmroute.app.given import present
from otel_llmroute.app.records import Facts, RouteState, Tried, falling_back
from otel_llmroute.app.routers.precedence import own_facts

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from otel_llmroute.app.routers.signals import Signals
    from otel_llmroute.app.telemetry import Telemetry

SHARED: Final = frozenset(attribute.name for attribute in names.ATTRIBUTES if "+" in attribute.records)
"""What a route has in common with its attempts."""
_WHICH: Final = (
    names.ROUTE_ID,
    names.ROUTE_NAME,
    names.ROUTE_SOURCE,
)
_WHY: Final = (
    names.ROUTE_REASON,
    names.ROUTE_REASON_DETAIL,
    names.ROUTE_RULE,
    names.ROUTE_ROUTER,
    names.ROUTE_DESTINATION,
)
_ERROR: Final = Status(StatusCode.ERROR)


def opened(facts: Facts, signals: Signals, id: str) -> RouteState:
    """A route for a call that began with ``facts``. A name that the configuration gave stays, or the router's wins."""
    shared = {name: value for name, value in facts.items() if name in SHARED}
    shared[names.ROUTE_ID] = id
    if signals.route is not None and shared.get(names.ROUTE_SOURCE) != "config":
        shared[names.ROUTE_NAME], shared[names.ROUTE_SOURCE] = signals.route, "router"
    state = RouteState(shared)
    # A rule of the configuration, or the application, says why.
    state.is_decided = shared.get(names.ROUTE_REASON) != "explicit"
    return state


def name_of(facts: Facts, by_router: str | None) -> str:
    """What ``opened`` will call the route."""
    is_configured = facts.get(names.ROUTE_SOURCE) == "config"
    return str(facts[names.ROUTE_NAME] if is_configured or by_router is None else by_router)


def said(state: RouteState) -> Facts:
    """What the attempt says of its route, now that a router has spoken."""
    known = _WHICH if state.is_decided else _WHICH + _WHY
    return {name: state.facts[name] for name in known if name in state.facts}


def record(
    telemetry: Telemetry,
    around: Context,
    attempt: Span,
    begun: Facts,
    times_ns: tuple[int, int],
    late: Callable[[], Facts],
    is_error: bool,
) -> None:
    """Record the route of ``attempt``, whose span was begun in ``around``.

    It begins with ``begun``, and has what ``late`` gives once somebody asks. ``times_ns``: Unix times of its begin, if
    the attempt does not say that itself, and of its end.
    """
    name = f"route {begun[names.ROUTE_NAME]!s}"
    status = _ERROR if is_error else None
    times_ns = (getattr(attempt, "start_time", None) or times_ns[0], times_ns[1])
    if telemetry.live_spans.add_beside(attempt, name, begun, times_ns, status, late):
        return
    if not trace.get_current_span(around).get_span_context().is_valid:
        around = otel_context.set_value(_SPAN_KEY, attempt, around)  # one trace, not two
    span = telemetry.live_spans.begin(name, around, SpanKind.INTERNAL, begun, times_ns[0])
    live_spans.end(span, times_ns[1], status, late)


def described(state: RouteState) -> Facts:
    """All attributes of a route whose only attempt has ended."""
    facts = {**state.facts, names.RECORD_KIND: "route", **_ending(state, state.tried[-1])}
    if state.served is not None and names.ROUTE_SERVED_MODEL not in facts:
        facts.update(_served_model(state.served, is_known=facts[names.ROUTE_REASON] != "unknown"))
    return facts


def _ending(state: RouteState, tried: Tried) -> Facts:
    attributes: Facts = {
        names.ROUTE_ATTEMPT_COUNT: state.count,
        **falling_back(state.answering),
        names.ROUTE_OUTCOME: _outcome(state, tried),
    }
    served = state.served
    attributes.update(present((names.ERROR_TYPE, tried.error_type)))
    if served is not None:
        attributes.update(present((names.ROUTE_SERVED_PROVIDER, served.served_provider)))
    return {**attributes, **own_facts(state.signals)}


def _outcome(state: RouteState, tried: Tried) -> names.RouteOutcome:
    if state.facts.get(names.ROUTE_DESTINATION) == "cache":
        return "cache_hit"
    if tried.outcome == "cancelled":
        return "cancelled"
    return "error" if tried.outcome == "failed" else "success"


def _served_model(served: Tried, is_known: bool) -> spans.Attributes:
    """The model that answered: as the answer says, else the one asked for, unless somebody chose and told nobody."""
    return present((names.ROUTE_SERVED_MODEL, served.served_model or (served.model if is_known else None)))
