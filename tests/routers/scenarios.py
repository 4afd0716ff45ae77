"""What a router's test has to record, word for word, in a file beside the test: ``expected.toml``.

    [[scenario]]
    name = "two failing groups, then a good one"
    router = "LiteLLM Router"
    [[scenario.route]]
    route = "smart"
    reason = "complexity"
    ...
    [[scenario.route.attempt]]
    number = 1
    ...

The tables of ``docs/routers/`` are made from these files, so that what they say is what was tested.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from opentelemetry.sdk.trace import ReadableSpan

from otel_llmroute import names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROUTE: Final = {
    names.ROUTE_NAME: "route",
    names.ROUTE_SOURCE: "source",
    names.ROUTE_ROUTER: "router",
    names.ROUTE_REASON: "reason",
    names.ROUTE_REASON_DETAIL: "detail",
    names.ROUTE_RULE: "rule",
    names.ROUTE_DESTINATION: "destination",
    names.ROUTE_REQUESTED_MODEL: "requested_model",
    names.ROUTE_CANDIDATES: "candidates",
    names.ROUTE_EXCLUDED: "excluded",
    names.ROUTE_SELECTED_PROVIDER: "selected_provider",
    names.ROUTE_SELECTED_MODEL: "selected_model",
    names.ROUTE_SERVED_PROVIDER: "served_provider",
    names.ROUTE_SERVED_MODEL: "served_model",
    names.ROUTE_FALLBACK_USED: "fallback_used",
    names.ROUTE_FALLBACK_PATH: "fallback_path",
    names.ROUTE_ATTEMPT_COUNT: "attempt_count",
    names.ROUTE_OUTCOME: "outcome",
    names.ROUTE_SCORE: "score",
    names.ROUTE_THRESHOLD: "threshold",
    names.ROUTE_CONFIDENCE: "confidence",
    names.ROUTE_AVOIDED_COST: "avoided_cost_estimate",
    names.ROUTE_AVOIDED_CURRENCY: "avoided_cost_currency",
    names.EXPERIMENT_NAME: "experiment",
    names.EXPERIMENT_VARIANT: "variant",
    names.RESPONSE_CACHE_RESULT: "cache_result",
    names.RESPONSE_CACHE_KIND: "cache_kind",
    names.RESPONSE_CACHE_SIMILARITY: "cache_similarity",
    names.ERROR_TYPE: "error_type",
}
ATTEMPT: Final = {
    names.ATTEMPT_NUMBER: "number",
    names.ATTEMPT_REASON: "reason",
    names.ATTEMPT_OUTCOME: "outcome",
    names.PROVIDER_NAME: "provider",
    names.REQUEST_MODEL: "model",
    names.RESPONSE_MODEL: "served_model",
    names.ERROR_TYPE: "error_type",
    names.ATTEMPT_SDK_RETRIES: "sdk_retries",
    names.PURPOSE: "purpose",
    names.USAGE_STATUS: "usage",
    names.COST_STATUS: "cost_status",
    names.COST_AMOUNT: "cost",
}
UNREMARKABLE: Final = {"sdk_retries": 0, "purpose": "answer", "destination": "model"}
"""What is left out of an expectation, since nearly every record has it."""


def expected(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Name of each scenario -> its routes, of ``expected.toml`` in ``folder``."""
    with (folder / "expected.toml").open("rb") as file:
        told = tomllib.load(file)["scenario"]
    return {scenario["name"]: scenario["route"] for scenario in told}


def recorded_routes(spans: Iterable[ReadableSpan]) -> list[dict[str, Any]]:
    """The routes among ``spans`` as an expectation writes them, in the order in which they began, each with its
    attempts by number. Attempts of no route are a route without facts, at the end.
    """
    ended = [(span, dict(span.attributes or {})) for span in spans]
    begun = sorted(ended, key=lambda pair: pair[0].start_time or 0)
    attempts = [facts for _, facts in begun if facts.get(names.RECORD_KIND) == "attempt"]
    routes = []
    for _, facts in begun:
        if facts.get(names.RECORD_KIND) == "route":
            mine = [told for told in attempts if told.get(names.ROUTE_ID) == facts[names.ROUTE_ID]]
            attempts = [told for told in attempts if told not in mine]
            routes.append(_told(facts, ROUTE, mine))
    return [*routes, _told({}, ROUTE, attempts)] if attempts else routes


def _told(facts: dict[str, Any], words: dict[str, str], attempts: list[dict[str, Any]]) -> dict[str, Any]:
    told = _named(facts, words)
    if attempts:
        ordered = sorted(attempts, key=lambda attempt: attempt[names.ATTEMPT_NUMBER])
        told["attempt"] = [_named(attempt, ATTEMPT) for attempt in ordered]
    return told


def _named(facts: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    told = {word: _plain(facts[name]) for name, word in words.items() if name in facts}
    return {word: value for word, value in told.items() if UNREMARKABLE.get(word) != value}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
