"""What a record says of a decision."""

from __future__ import annotations

from typing import Any

import otel_llmroute as llmroute
from otel_llmroute import names
from tests.app.conftest import Recorded

DECIDED = (
    names.ROUTE_ROUTER,
    names.ROUTE_REASON,
    names.ROUTE_REASON_DETAIL,
    names.ROUTE_RULE,
    names.ROUTE_DESTINATION,
    names.ROUTE_SELECTED_PROVIDER,
    names.ROUTE_SELECTED_MODEL,
    names.ROUTE_SCORE,
    names.ROUTE_THRESHOLD,
    names.ROUTE_CONFIDENCE,
    names.ROUTE_CANDIDATES,
    names.ROUTE_EXCLUDED,
    names.ROUTE_AVOIDED_COST,
    names.ROUTE_AVOIDED_CURRENCY,
    names.EXPERIMENT_NAME,
    names.EXPERIMENT_VARIANT,
)


def decided(attributes: Any) -> dict[str, Any]:
    """What a record says of the decision, without the prefix of its names."""
    found = {name: attributes[name] for name in DECIDED if name in attributes}
    found |= {name: value for name, value in attributes.items() if name.startswith("llmroute.decision.input.")}
    return {name.removeprefix("llmroute.").removeprefix("route."): value for name, value in found.items()}


def decided_in_a_route(recorded: Recorded, chosen: Any, **options: Any) -> dict[str, Any]:
    @llmroute.router(name="pick", **options)
    def pick() -> Any:
        return chosen

    with llmroute.route("r"):
        assert pick() is chosen
    return decided(recorded.spans("route")[-1].attributes)


RULE = {"router": "app", "reason": "rule", "rule": "pick", "destination": "model"}
