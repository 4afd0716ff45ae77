"""Whose call it is: the route of a call that stands in none, and the tenant, plan and feature of the request around
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opentelemetry import baggage, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext
from opentelemetry.trace.propagation import _SPAN_KEY

from otel_llmroute import names
from otel_llmroute.app import entries, unseen_spans
from otel_llmroute.app.entries import TRACE_STATE, Inside

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from otel_llmroute.app.records import Facts
    from otel_llmroute.app.rules import Rules
    from otel_llmroute.app.telemetry import Telemetry
    from otel_llmroute.config import RouteRule

_HTTP_ROUTE: Final = (names.HTTP_ROUTE,)
_RULE_FACTS: Final = (
    ("task", names.TASK_CLASS),
    ("risk", names.RISK_LEVEL),
    ("feature", names.FEATURE),
    ("reason", names.ROUTE_REASON),
)


def enclosing_span(context: Context) -> trace.Span | None:
    """The span around a call that tells whose it is, or ``None``: the current one, or where that does not record, the
    request's that it stands in, so that this does not depend on what is sampled.
    """
    span: Any = context.get(_SPAN_KEY)
    if type(span) is NonRecordingSpan:  # as `entries.around`, in fewer steps: most unsampled calls are made below one
        found = span.get_span_context()
        if type(found) is not SpanContext:
            return None
        state = found[TRACE_STATE]
        return state.known() if type(state) is Inside else None
    if span is None or (type(span) not in unseen_spans.KINDS and not isinstance(span, trace.Span)):
        return None
    return span if span.is_recording() else entries.around(span)


def add_inherited(facts: Facts, telemetry: Telemetry, context: Context, around: trace.Span | None) -> None:
    """Add tenant, plan and feature where ``facts`` has none: from the local span ``around`` and those around it, else
    from baggage opted in.
    """
    config = telemetry.config
    if around is None and not config.inherits_baggage:
        return
    for name, attributes, keys in (
        (names.TENANT_ID, config.tenant_from, config.tenant_baggage),
        (names.TENANT_PLAN, config.plan_from, config.plan_baggage),
        (names.FEATURE, config.feature_from, config.feature_baggage),
    ):
        if name in facts:
            continue
        value = telemetry.enclosing.first(around, attributes) if around is not None else None
        for key in keys:
            value = value or _from_baggage(key, context)
        if value:
            facts[name] = value


def _from_baggage(key: str, context: Context) -> str | None:
    value = baggage.get_baggage(key, context)
    return value if isinstance(value, str) and value else None


def http_route(telemetry: Telemetry, around: trace.Span | None) -> str | None:
    """The HTTP route of the request that ``around``, a local span, belongs to."""
    return telemetry.enclosing.first(around, _HTTP_ROUTE) if around is not None else None


def add_unrouted(
    facts: Facts, telemetry: Telemetry, context: Context, callsite: str | None, model: str | None, provider: str
) -> None:
    """Add the route that a record which stands in none is given, and what it inherits."""
    around = enclosing_span(context)
    route = http_route(telemetry, around)
    facts.update(route_facts(telemetry.rules, callsite, route, model, provider))
    add_inherited(facts, telemetry, context, around)


def route_facts(
    rules: Rules,
    callsite: str | None,
    http_route: str | None,
    model: str | None,
    provider: str,
    by_router: str | None = None,
) -> Facts:
    """The route of a call that stands in none: by configuration, else what a router calls it, else the HTTP route
    around it, else its call site.
    """
    # Nobody decided anything that we could see: the code names its model.
    facts: Facts = {names.ROUTE_DESTINATION: "model", names.ROUTE_REASON: "explicit"}
    rule = rules.first(callsite, http_route, model, provider)
    if rule is not None:
        add_rule(facts, rule)
    elif by_router is not None:
        facts[names.ROUTE_NAME], facts[names.ROUTE_SOURCE] = by_router, "router"
    elif http_route is not None:
        facts[names.ROUTE_NAME], facts[names.ROUTE_SOURCE] = http_route, "http"
    else:
        facts[names.ROUTE_NAME], facts[names.ROUTE_SOURCE] = callsite or "unknown", "callsite"
    return facts


def add_rule(facts: Facts, rule: RouteRule) -> None:
    """The name and the facts that a rule of the configuration gives."""
    facts[names.ROUTE_NAME] = facts[names.ROUTE_RULE] = rule.name
    facts[names.ROUTE_SOURCE] = "config"
    for field, name in _RULE_FACTS:
        value: Any = getattr(rule, field)
        if value is not None:
            facts[name] = value
    add_policy(facts, rule.policy)


def add_policy(facts: Facts, policy: str | None) -> None:
    """``name@version``, or a name alone."""
    if policy:
        name, _, version = policy.partition("@")
        facts[names.POLICY_NAME] = name
        if version:
            facts[names.POLICY_VERSION] = version
