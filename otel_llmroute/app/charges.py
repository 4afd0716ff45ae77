"""Money spent on something other than a model call: a search, a tool, a person's time."""

from __future__ import annotations

import time

from opentelemetry import context as otel_context
from opentelemetry.trace import SpanKind

from otel_llmroute import names
from otel_llmroute.app import attribution, live_spans, spans, telemetry
from otel_llmroute.app.complaints import complain
from otel_llmroute.app.current import parent_context, scope_of
from otel_llmroute.app.given import Money, currency_of, member, number, pico_of, present
from otel_llmroute.app.metrics import Series
from otel_llmroute.app.records import Facts
from otel_llmroute.app.telemetry import Telemetry
from otel_llmroute.prices import Cost


def charge(
    kind: names.ChargeKind | str,
    *,
    amount: Money | None,
    currency: str = "USD",
    quantity: float | None = None,
    unit: str | None = None,
) -> None:
    """Money spent on something other than a model call, on the job and route in force.

    ``amount`` in ``currency`` (ISO 4217); ``None`` means that it is not known, which is not 0. ``quantity`` of
    ``unit``, for example 3 of ``search``. A kind outside the closed list counts as ``other``.
    """
    active = telemetry.active()
    if active is None:
        return
    try:
        _charge(active, kind, pico_of(amount, "amount of a charge"), currency, quantity, unit)
    except Exception as error:
        complain("Could not record a charge", error)


def _charge(
    active: Telemetry, kind: str, pico: int | None, currency: str, quantity: float | None, unit: str | None
) -> None:
    context = otel_context.get_current()
    scope = scope_of(context)
    currency = currency_of(currency)
    kind = member(kind, names.CHARGE_KINDS, "charge kind") or "other"
    if scope.route is None:
        facts: Facts = dict(scope.facts)
        callsite = active.callsites.nearest(3) if active.config.callsite else None
        attribution.add_unrouted(facts, active, context, callsite, None, "")
        facts[names.ROUTE_DESTINATION] = "none"
        facts.update(present((names.CALLSITE, callsite)))
    else:
        facts = {}
        scope.add_to(facts)
    status: names.CostStatus = "unpriced" if pico is None else "priced" if pico else "free"
    cost = Cost(status, "local", currency, pico, other=pico)
    attributes: spans.Attributes = {
        **facts,
        names.RECORD_KIND: "charge",
        names.CHARGE_KIND: kind,
        **present((names.CHARGE_QUANTITY, number(quantity)), (names.CHARGE_UNIT, unit)),
    }
    spans.add_cost(attributes, cost, mirror=False)
    tenant = facts.get(names.TENANT_ID) if active.config.tenant_metrics else None
    active.metrics.add(
        Series(
            "charge", str(facts[names.ROUTE_NAME]), *(None,) * 7,
            currency=currency if pico is not None else None,
            cost_source="local" if pico is not None else None,
            cost_status=status,
            tenant=None if tenant is None else str(tenant),
        ),
        pico,
    )  # fmt: skip
    now = time.time_ns()
    parent = parent_context(context, scope, attributes)
    span = active.live_spans.begin(f"charge {kind}", parent, SpanKind.INTERNAL, attributes, now)
    live_spans.end(span, now)
